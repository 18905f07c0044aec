//! Which video files of a folder are one title in several files, by the ends of their names. Pure.
//!
//! The forms are those that Kodi and Jellyfin document: a name, then `cd`, `dvd`, `part`, `pt`, `disc` or `disk` with a number or a
//! letter from a to d. The files of a title have the same name before it, and are numbered from the first one on.

use std::collections::BTreeMap;

use super::scan::FoundFile;
use super::sidecar;

/// What numbers files.
const WORDS: [&str; 6] = ["cd", "dvd", "part", "pt", "disc", "disk"];
/// What stands between a name and what numbers it, or within that.
const BETWEEN: [char; 4] = [' ', '_', '.', '-'];

/// The files of one title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stack<'a> {
    /// In their order; one for most titles.
    pub(super) files: Vec<&'a FoundFile>,
    /// What the files are called, without what numbers them; empty where they are called nothing else.
    pub(super) stem: String,
}

/// The titles that the video files of one folder make, in the order of their first files.
pub(super) fn stacks<'a>(videos: impl Iterator<Item = &'a FoundFile>) -> Vec<Stack<'a>> {
    let videos: Vec<&FoundFile> = videos.collect();
    let mut groups: BTreeMap<Name, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
    for (place, file) in videos.iter().enumerate() {
        if let Some((name, number)) = numbered(&sidecar::stem_of(&file.relative)) {
            let numbers = groups.entry(name.lower()).or_default();
            numbers.entry(number).or_default().push(place);
        }
    }
    let mut stacked = BTreeMap::new();
    for numbers in groups.into_values() {
        let in_turn = (1..)
            .zip(&numbers)
            .all(|(turn, (number, _))| turn == *number);
        let alone = numbers.values().all(|files| files.len() == 1);
        if numbers.len() > 1 && in_turn && alone {
            let places: Vec<usize> = numbers.into_values().flatten().collect();
            stacked.insert(places[0], places);
        }
    }
    let further: Vec<usize> = stacked
        .values()
        .flat_map(|all| &all[1..])
        .copied()
        .collect();
    let places = (0..videos.len()).filter(|place| !further.contains(place));
    let stack = |place: usize| {
        let own = sidecar::stem_of(&videos[place].relative);
        match stacked.get(&place) {
            Some(all) => Stack {
                files: all.iter().map(|place| videos[*place]).collect(),
                stem: numbered(&own).map_or(own, |(name, _)| name.stem),
            },
            None => Stack {
                files: vec![videos[place]],
                stem: own,
            },
        }
    };
    places.map(stack).collect()
}

/// What the files of a title have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    stem: String,
    word: &'static str,
    by_letter: bool,
}

impl Name {
    fn lower(self) -> Self {
        Self {
            stem: self.stem.to_lowercase(),
            ..self
        }
    }
}

/// The name of a file that is numbered, and its number.
fn numbered(stem: &str) -> Option<(Name, u32)> {
    let text = stem.trim_end_matches([')', ']']);
    let before = text.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let digits = &text[before.len()..];
    let (before, number, by_letter) = match digits {
        "" => {
            let letter = text.chars().next_back()?.to_ascii_lowercase();
            let number = u32::from(letter).checked_sub(u32::from('a'))?;
            let before = text.strip_suffix(|sign: char| sign.is_ascii_alphabetic())?;
            (
                before,
                number.checked_add(1).filter(|number| *number <= 4)?,
                true,
            )
        }
        digits => (before, digits.parse().ok()?, false),
    };
    let before = before.trim_end_matches(BETWEEN);
    let ends_with = |word: &&&str| {
        let from = before.len().checked_sub(word.len());
        let end = from.and_then(|from| before.get(from..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    let word = WORDS.iter().find(ends_with)?;
    let rest = &before[..before.len() - word.len()];
    let apart =
        rest.is_empty() || rest.ends_with(BETWEEN) || rest.ends_with(['(', '[', ')', ']', '}']);
    let stem = rest.trim_end_matches(BETWEEN).trim_end_matches(['(', '[']);
    let name = Name {
        stem: stem.trim_end_matches(BETWEEN).to_owned(),
        word,
        by_letter,
    };
    apart.then_some((name, number))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::local::scan::FileKind;

    fn titles(names: &[&str]) -> Vec<(String, usize)> {
        let file = |name: &&str| FoundFile {
            relative: Path::new("Films").join(name),
            kind: FileKind::Video,
            size: 1,
            modified: 0,
        };
        let files: Vec<FoundFile> = names.iter().map(file).collect();
        let all = stacks(files.iter());
        all.into_iter()
            .map(|one| (one.stem, one.files.len()))
            .collect()
    }

    fn film(names: &[&str]) -> Option<String> {
        match titles(names).as_slice() {
            [(stem, count)] if *count == names.len() => Some(stem.clone()),
            _ => None,
        }
    }

    #[test]
    fn the_usual_ways_to_number_files() {
        for names in [
            ["Film (1999) - cd1.mkv", "Film (1999) - cd2.mkv"],
            ["Film (1999)-part1.mkv", "Film (1999)-PART2.mp4"],
            ["Film (1999).disc 1.avi", "film (1999).disc 2.avi"],
            ["Film (1999) pt1.mkv", "Film (1999) pt2.mkv"],
            ["Film (1999)_dvd_a.mkv", "Film (1999)_dvd_b.mkv"],
            ["Film (1999) [disk 01].mkv", "Film (1999) [disk 02].mkv"],
            ["Film (1999)(part1).mkv", "Film (1999)(part2).mkv"],
        ] {
            assert_eq!(film(&names).as_deref(), Some("Film (1999)"), "{names:?}");
        }
        assert_eq!(
            film(&["cd1.avi", "cd2.avi", "cd3.avi"]).as_deref(),
            Some("")
        );
        let many: Vec<String> = (1..=11).map(|number| format!("F cd{number}.mkv")).collect();
        let names: Vec<&str> = many.iter().rev().map(String::as_str).collect();
        assert_eq!(film(&names).as_deref(), Some("F"));
    }

    #[test]
    fn other_files_are_titles_of_their_own() {
        for names in [
            &["Film part 2.mkv"][..],
            &["Film part 2.mkv", "Film part 3.mkv"],
            &["Film part 1.mkv", "Film part 3.mkv"],
            &["Film part 1.mkv", "Film cd2.mkv"],
            &["Film part 1.mkv", "Movie part 2.mkv"],
            &["Film cd1.mkv", "Film cd1.avi", "Film cd2.mkv"],
            &["Film cd1.mkv", "Film cdb.mkv"],
            &["Rampart1.mkv", "Rampart2.mkv"],
            &["Film 1.mkv", "Film 2.mkv"],
            &["Film a.mkv", "Film b.mkv"],
            &["Film part e.mkv", "Film part f.mkv"],
            &["1.mkv", "é.mkv", ".mkv"],
        ] {
            let found = titles(names);
            assert_eq!(found.len(), names.len(), "{names:?}");
        }
    }

    #[test]
    fn a_film_in_files_stands_among_others() {
        let names = ["A.mkv", "B cd2.mkv", "B cd1.mkv", "C cd1.mkv"];
        let found = titles(&names);
        let expected = [("A", 1), ("B", 2), ("C cd1", 1)];
        assert_eq!(
            found,
            expected.map(|(stem, count)| (stem.to_owned(), count))
        );
    }
}
