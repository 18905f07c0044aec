//! What the versions of a title are called. Pure.

use spool_engine::model::{Item, Part, Track, TrackKind};

use crate::i18n::gettext_f;
use crate::ui::format;

/// A file of a title that has several, for a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The key of its [`PartId`](spool_engine::model::PartId).
    pub key: String,
    /// What tells it from the others in a word or two: "Director’s Cut", "2160p".
    pub name: String,
    /// The same with what it holds: "2160p · H.265 · 45.2 GB".
    pub label: String,
}

/// The versions of a title, the finest first, whichever is chosen; none where there is no choice.
#[must_use]
pub fn versions(item: &Item) -> Vec<Version> {
    if item.parts.len() < 2 {
        return Vec::new();
    }
    let mut parts: Vec<&Part> = item.parts.iter().collect();
    let height = |part: &Part| picture(part).and_then(|track| track.height);
    parts.sort_by(|one, other| one.id.key().cmp(other.id.key()));
    parts.sort_by_key(|part| std::cmp::Reverse((height(part), part.size)));
    let versions = parts.into_iter().enumerate();
    versions
        .map(|(place, part)| version(item, part, place))
        .collect()
}

fn picture(part: &Part) -> Option<&Track> {
    let mut tracks = part.tracks.iter();
    tracks.find(|track| track.kind == TrackKind::Video)
}

fn version(item: &Item, part: &Part, place: usize) -> Version {
    let video = picture(part);
    let height = video.and_then(|track| track.height);
    let lines = height.map(format::resolution);
    let codec = video.and_then(|track| track.codec.as_deref());
    let named = own_name(item, part).or_else(|| lines.clone());
    let name = named.unwrap_or_else(|| {
        let number = (place + 1).to_string();
        // Translators: one of several files of a film of which nothing else is known.
        gettext_f("Version {number}", &[("number", &number)])
    });
    // A name often says the resolution already.
    let exact = height.map(|height| format!("{height}p"));
    let says = |lines: &String| name.contains(lines.as_str());
    let lines = lines.filter(|lines| !says(lines) && !exact.as_ref().is_some_and(says));
    let label = format::facts([
        name.clone(),
        lines.unwrap_or_default(),
        codec.map(format::codec).unwrap_or_default(),
        part.size.map(format::bytes).unwrap_or_default(),
    ]);
    Version {
        key: part.id.key().to_owned(),
        name,
        label,
    }
}

/// What the server calls it, without the title of the film, which servers put before it.
fn own_name(item: &Item, part: &Part) -> Option<String> {
    let name = part.name.as_deref()?.trim();
    let rest = name.strip_prefix(item.title.as_str()).unwrap_or(name);
    let year = item.year.map(|year| format!("({year})"));
    let rest = rest.trim_start();
    let rest = year
        .and_then(|year| rest.strip_prefix(&year))
        .unwrap_or(rest);
    let rest = rest.trim_matches(|letter: char| letter.is_whitespace() || letter == '-');
    (!rest.is_empty()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use spool_engine::model::{ItemId, Kind, PartId};

    use super::*;

    fn part(key: &str, name: Option<&str>, height: Option<u32>) -> Part {
        let item = ItemId::new("abc".parse().expect("an id"), "film");
        let track = height.map(|height| Track {
            index: 0,
            kind: TrackKind::Video,
            codec: Some("hevc".to_owned()),
            language: None,
            title: None,
            height: Some(height),
            channels: None,
            external: false,
        });
        Part {
            id: PartId::new(item, key),
            name: name.map(str::to_owned),
            container: None,
            size: height.map(|_| 1 << 30),
            bitrate: None,
            fingerprint: None,
            tracks: track.into_iter().collect(),
            chosen: None,
            unfit: None,
        }
    }

    fn film(parts: Vec<Part>) -> Item {
        let id = ItemId::new("abc".parse().expect("an id"), "film");
        let mut film = Item::new(id, Kind::Movie, "The Long Reel");
        film.year = Some(1999);
        film.parts = parts;
        film
    }

    #[test]
    fn a_version_is_called_by_what_tells_it_from_the_others() {
        let film = film(vec![
            part(
                "a",
                Some("The Long Reel (1999) - Director’s Cut"),
                Some(2160),
            ),
            part("b", Some("The Long Reel - 1080p"), Some(1080)),
            part("c", Some("The Long Reel"), Some(720)),
            part("d", None, None),
        ]);
        let all = versions(&film);
        let names: Vec<&str> = all.iter().map(|version| version.name.as_str()).collect();
        assert_eq!(names, ["Director’s Cut", "1080p", "720p", "Version 4"]);
        let labels: Vec<&str> = all.iter().map(|version| version.label.as_str()).collect();
        assert_eq!(labels[0], "Director’s Cut · 4K · H.265 · 1.1\u{a0}GB");
        assert_eq!(labels[1], "1080p · H.265 · 1.1\u{a0}GB");
        assert_eq!(labels[3], "Version 4");
        assert_eq!(all[2].key, "c");
    }

    #[test]
    fn one_file_is_no_choice() {
        assert_eq!(versions(&film(vec![part("a", Some("x"), None)])), []);
        assert_eq!(versions(&film(Vec::new())), []);
    }
}
