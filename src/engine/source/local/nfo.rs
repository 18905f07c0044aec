//! NFO files: what Kodi, and whoever writes for it, noted of a film, show, season, episode, artist or album.
//!
//! **Does not know** the disk: text in, facts out. The files are written by many programs and by hand, so nothing in them is
//! trusted to be there or to be right: what cannot be understood is left out, what breaks off counts as far as it goes, and
//! neither document types nor entities beyond those of XML itself mean anything. Addresses in them are never followed.

use std::collections::HashSet;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Longer files are none.
pub(crate) const LONGEST: u64 = 1 << 20;
/// Elements are looked at up to here…
const MOST_ELEMENTS: usize = 20_000;
/// …titles (of episodes in one file) up to here…
const MOST_TITLES: usize = 64;
/// …and people up to here.
const MOST_PEOPLE: usize = 60;
/// A name longer than this is cut.
const LONGEST_NAME: usize = 500;
/// A plot longer than this is cut.
const LONGEST_PLOT: usize = 20_000;

/// What an NFO is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Film,
    Show,
    Season,
    Episode,
    Artist,
    Album,
}

/// Somebody who took part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Player {
    pub(crate) name: String,
    /// The character, or what was done: "Director", "Writer".
    pub(crate) role: Option<String>,
    /// Of actors, whom the file numbers.
    pub(crate) order: Option<u32>,
}

/// What is noted of one title; absent where nothing is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nfo {
    pub(crate) about: About,
    pub(crate) title: Option<String>,
    pub(crate) sort_title: Option<String>,
    pub(crate) year: Option<i32>,
    pub(crate) plot: Option<String>,
    pub(crate) duration: Option<Duration>,
    /// Width and height of the picture.
    pub(crate) size: (u32, u32),
    pub(crate) genres: Vec<String>,
    pub(crate) content_rating: Option<String>,
    /// 0 to 10.
    pub(crate) rating: Option<f32>,
    pub(crate) season: Option<u32>,
    pub(crate) episode: Option<u32>,
    pub(crate) artist: Option<String>,
    /// Actors by their numbers, then the others.
    pub(crate) people: Vec<Player>,
    /// A date that has a year, where there is no year.
    date: Option<i32>,
    outline: Option<String>,
    minutes: Option<Duration>,
    /// The rating so far is the one that the file calls its default.
    is_default_rating: bool,
}

impl Nfo {
    fn new(about: About) -> Self {
        Self {
            about,
            title: None,
            sort_title: None,
            year: None,
            plot: None,
            duration: None,
            size: (0, 0),
            genres: Vec::new(),
            content_rating: None,
            rating: None,
            season: None,
            episode: None,
            artist: None,
            people: Vec::new(),
            date: None,
            outline: None,
            minutes: None,
            is_default_rating: false,
        }
    }

    fn of_root(name: &str) -> Option<Self> {
        let about = match name {
            "movie" | "musicvideo" | "video" => About::Film,
            "tvshow" => About::Show,
            "season" => About::Season,
            "episodedetails" => About::Episode,
            "artist" => About::Artist,
            "album" => About::Album,
            _ => return None,
        };
        Some(Self::new(about))
    }

    /// Takes note of an element: its place below the root, and its text.
    fn note(&mut self, place: &[String], text: &str, marks: &Marks) {
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        let first = |field: &mut Option<String>| {
            if field.is_none() {
                *field = Some(cut(text, LONGEST_NAME));
            }
        };
        match place.as_slice() {
            ["title"] => first(&mut self.title),
            ["name"] if self.about == About::Artist => first(&mut self.title),
            ["sortname"] if self.about == About::Artist => first(&mut self.sort_title),
            ["biography"] if self.about == About::Artist => {
                self.plot = Some(cut(text, LONGEST_PLOT))
            }
            ["sorttitle"] => first(&mut self.sort_title),
            ["year"] => self.year = self.year.or_else(|| year(text)),
            ["premiered" | "releasedate" | "aired"] => {
                self.date = self.date.or_else(|| year(text));
            }
            ["plot" | "review"] => self.plot = Some(cut(text, LONGEST_PLOT)),
            ["outline"] => self.outline = Some(cut(text, LONGEST_PLOT)),
            ["runtime"] => self.minutes = self.minutes.or_else(|| minutes(text)),
            ["fileinfo", "streamdetails", "video", "durationinseconds"] => {
                self.duration = seconds(text);
            }
            ["fileinfo", "streamdetails", "video", "width"] => self.size.0 = pixels(text),
            ["fileinfo", "streamdetails", "video", "height"] => self.size.1 = pixels(text),
            ["genre"] => {
                let named = text.split(['/', '|']).map(str::trim);
                let named = named.filter(|genre| !genre.is_empty()).take(10);
                self.genres
                    .extend(named.map(|genre| cut(genre, LONGEST_NAME)));
            }
            ["mpaa" | "certification"] => first(&mut self.content_rating),
            ["rating"] | ["ratings", "rating", "value"] => self.rate(text, marks),
            ["season" | "seasonnumber"] => self.season = text.parse().ok().or(self.season),
            ["episode"] => self.episode = text.parse().ok().or(self.episode),
            ["artist" | "albumartist"] => first(&mut self.artist),
            ["director"] => self.took_part(text, Some("Director")),
            ["credits" | "writer"] => self.took_part(text, Some("Writer")),
            _ => {}
        }
    }

    fn rate(&mut self, text: &str, marks: &Marks) {
        let best = marks.best.filter(|best| *best > 0.0).unwrap_or(10.0);
        let value = text.replace(',', ".").parse::<f32>().ok();
        let value = value.map(|value| value * 10.0 / best);
        let value = value.filter(|value| (0.0..=10.0).contains(value) && *value > 0.0);
        if value.is_some() && (self.rating.is_none() || marks.is_default && !self.is_default_rating)
        {
            self.rating = value;
            self.is_default_rating = marks.is_default;
        }
    }

    fn took_part(&mut self, name: &str, role: Option<&str>) {
        self.add(Player {
            name: name.to_owned(),
            role: role.map(str::to_owned),
            order: None,
        });
    }

    fn add(&mut self, mut player: Player) {
        player.name = cut(&player.name, LONGEST_NAME);
        let known = |known: &Player| (&known.name, &known.role) == (&player.name, &player.role);
        if !player.name.is_empty()
            && self.people.len() < MOST_PEOPLE
            && !self.people.iter().any(known)
        {
            self.people.push(player);
        }
    }

    fn finish(mut self) -> Self {
        self.year = self.year.or(self.date);
        self.plot = self.plot.or(self.outline.take());
        self.duration = self.duration.or(self.minutes);
        let mut seen = HashSet::new();
        self.genres
            .retain(|genre| seen.insert(genre.to_lowercase()));
        self.people
            .sort_by_key(|player| (player.role_is_craft(), player.order.unwrap_or(u32::MAX)));
        self
    }
}

impl Player {
    fn role_is_craft(&self) -> bool {
        self.order.is_none() && matches!(self.role.as_deref(), Some("Director" | "Writer"))
    }
}

/// What attributes of elements around a text say.
#[derive(Default)]
struct Marks {
    best: Option<f32>,
    is_default: bool,
}

/// Where a reading stands.
#[derive(Default)]
struct Reading {
    found: Vec<Nfo>,
    /// Names of the open elements below the root.
    place: Vec<String>,
    /// What the root under way is about; `None` outside, and inside of what is of no use.
    title: Option<Nfo>,
    /// Elements of no use that are open around here.
    ignored: usize,
    text: String,
    marks: Marks,
    player: Player,
}

/// All titles that an NFO tells of, in its order: usually one, of a file with several episodes one for each.
pub(crate) fn parse(text: &str) -> Vec<Nfo> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut reading = Reading::default();
    for _ in 0..MOST_ELEMENTS * 3 {
        match reader.read_event() {
            Ok(Event::Start(start)) => reading.open(&start),
            Ok(Event::Empty(start)) => {
                reading.open(&start);
                reading.close();
            }
            Ok(Event::End(_)) => reading.close(),
            Ok(Event::Text(text)) => reading.add(&text),
            Ok(Event::CData(text)) => reading.add(&text),
            Ok(Event::GeneralRef(reference)) => reading.refer(&reference),
            // Behind the element there may be the address that a scraper left; a broken file counts as far as it goes.
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
        if reading.found.len() >= MOST_TITLES {
            break;
        }
    }
    reading.finish()
}

impl Reading {
    fn open(&mut self, start: &BytesStart<'_>) {
        let name = start.local_name().into_inner().to_ascii_lowercase();
        self.text.clear();
        if self.ignored > 0 {
            self.ignored += 1;
            return;
        }
        if self.title.is_none() {
            self.title = Nfo::of_root(&name);
            // "multiepisodenfo" holds its titles one level deeper.
            if self.title.is_none() && name != "multiepisodenfo" && name != "xbmcmultiepisode" {
                self.ignored = 1;
            }
            return;
        }
        let attribute = |name: &str| {
            let found = start.try_get_attribute(name).ok().flatten()?;
            Some(found.value.into_owned())
        };
        if name == "rating" {
            self.marks = Marks {
                best: attribute("max").and_then(|max| max.parse().ok()),
                is_default: attribute("default").is_some_and(|mark| mark == "true"),
            };
        }
        if name == "actor" {
            self.player = Player::default();
        }
        self.place.push(name);
    }

    fn add(&mut self, text: &str) {
        if self.title.is_some() && self.ignored == 0 && self.text.len() < 2 * LONGEST_PLOT {
            self.text.push_str(text);
        }
    }

    /// Characters by number, and XML's own five names; nothing else stands for anything.
    fn refer(&mut self, reference: &BytesRef<'_>) {
        let number = reference.resolve_char_ref().ok().flatten();
        let named = quick_xml::escape::resolve_xml_entity(reference);
        match (number, named) {
            (Some(letter), _) => self.add(letter.encode_utf8(&mut [0; 4])),
            (None, Some(text)) => self.add(text),
            (None, None) => self.add(" "),
        }
    }

    fn close(&mut self) {
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        let Some(title) = &mut self.title else { return };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let place: Vec<&str> = self.place.iter().map(String::as_str).collect();
        match place.as_slice() {
            [] => self.found.extend(self.title.take().map(Nfo::finish)),
            ["actor", "name"] => self.player.name = text.to_owned(),
            ["actor", "role"] if !text.is_empty() => {
                self.player.role = Some(cut(text, LONGEST_NAME));
            }
            ["actor", "order"] => self.player.order = text.parse().ok(),
            ["actor"] => title.add(std::mem::take(&mut self.player)),
            _ if !text.is_empty() => title.note(&self.place, text, &self.marks),
            _ => {}
        }
        self.place.pop();
    }

    fn finish(mut self) -> Vec<Nfo> {
        self.found.extend(self.title.take().map(Nfo::finish));
        self.found
    }
}

/// The text of a file, whatever its encoding.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..]
            .chunks_exact(2)
            .map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFF, 0xFE, ..] => pairs(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => pairs(u16::from_be_bytes),
        // What is no UTF-8 was written on an old computer of the west.
        _ => std::str::from_utf8(bytes).map_or_else(
            |_| bytes.iter().map(|byte| char::from(*byte)).collect(),
            str::to_owned,
        ),
    }
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

fn year(text: &str) -> Option<i32> {
    let year = text.get(..4)?.parse().ok()?;
    (1850..=2150).contains(&year).then_some(year)
}

fn leading(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().ok().filter(|number| *number > 0)
}

fn pixels(text: &str) -> u32 {
    let side = leading(text).and_then(|side| u32::try_from(side).ok());
    side.filter(|side| *side < 100_000).unwrap_or(0)
}

fn minutes(text: &str) -> Option<Duration> {
    let minutes = leading(text).filter(|minutes| *minutes < 6000)?;
    Some(Duration::from_secs(minutes * 60))
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds = leading(text).filter(|seconds| *seconds < 360_000)?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
