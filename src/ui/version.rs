//! What the versions of a title are called. Pure.

use spool_engine::model::{self, Item, Part, Track, TrackKind, size_of};

use crate::i18n::gettext_f;
use crate::ui::format;

/// A version of a title that has several, for a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The key of the [`PartId`](spool_engine::model::PartId) of its first file.
    pub key: String,
    /// What tells it from the others in a word or two: "Director’s Cut", "2160p".
    pub name: String,
    /// The same with what it holds: "2160p · H.265 · 45.2 GB".
    pub label: String,
}

/// The versions of a title, the finest first, whichever is chosen; none where there is no choice.
#[must_use]
pub fn versions(item: &Item) -> Vec<Version> {
    let mut all: Vec<(&Part, Option<u64>)> = model::versions(&item.parts)
        .filter_map(|files| Some((files.first()?, size_of(files))))
        .collect();
    if all.len() < 2 {
        return Vec::new();
    }
    let height = |part: &Part| picture(part).and_then(|track| track.height);
    all.sort_by(|(one, _), (other, _)| one.id.key().cmp(other.id.key()));
    all.sort_by_key(|(part, size)| std::cmp::Reverse((height(part), *size)));
    let versions = all.into_iter().enumerate();
    versions
        .map(|(place, (part, size))| version(item, part, size, place))
        .collect()
}

fn picture(part: &Part) -> Option<&Track> {
    let mut tracks = part.tracks.iter();
    tracks.find(|track| track.kind == TrackKind::Video)
}

fn version(item: &Item, part: &Part, size: Option<u64>, place: usize) -> Version {
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
        size.map(format::bytes).unwrap_or_default(),
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
    use spool_engine::model::{ItemId, Kind, PartId, Piece};

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
            piece: None,
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
    fn the_files_of_a_version_are_one_choice() {
        let length = (Some(std::time::Duration::from_secs(60)), None);
        let pieces = Piece::lay(0, &[length, length], None).expect("two files");
        let piece = |key: &str, number: usize| Part {
            piece: Some(pieces[number]),
            ..part(key, None, Some(480))
        };
        let two = vec![piece("a", 0), piece("b", 1)];
        assert_eq!(versions(&film(two.clone())), []);
        let all = versions(&film([two, vec![part("c", None, Some(720))]].concat()));
        let keys: Vec<&str> = all.iter().map(|version| version.key.as_str()).collect();
        assert_eq!(keys, ["c", "a"]);
        assert_eq!(all[1].label, "480p · H.265 · 2.1\u{a0}GB");
    }

    #[test]
    fn one_file_is_no_choice() {
        assert_eq!(versions(&film(vec![part("a", Some("x"), None)])), []);
        assert_eq!(versions(&film(Vec::new())), []);
    }
}
