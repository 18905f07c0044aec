//! Companions of a media file: posters, backdrops, subtitles beside it. Pure, over the names in its folder.

use std::path::Path;

use super::path;
use super::scan::{FileKind, FoundFile};
use crate::source::{ExternalSubtitle, Supply};

/// Names of pictures that stand for a whole folder, best first.
const FOLDER_POSTERS: [&str; 5] = ["poster", "cover", "folder", "movie", "show"];
const ARTIST_PICTURES: [&str; 5] = ["artist", "folder", "poster", "cover", "thumb"];
const FOLDER_BACKDROPS: [&str; 4] = ["fanart", "backdrop", "background", "art"];

/// The picture of a folder: its poster or cover.
pub(crate) fn folder_poster(files: &[FoundFile]) -> Option<&FoundFile> {
    named(files, &FOLDER_POSTERS)
}

/// The picture of an artist, in the folder of the albums' folders.
pub(crate) fn artist_picture(files: &[FoundFile]) -> Option<&FoundFile> {
    named(files, &ARTIST_PICTURES)
}

/// The wide picture of a folder.
pub(crate) fn folder_backdrop(files: &[FoundFile]) -> Option<&FoundFile> {
    named(files, &FOLDER_BACKDROPS)
}

/// The picture that bears a file's own name: "film.jpg", "film-poster.jpg".
pub(crate) fn own_picture<'a>(
    files: &'a [FoundFile],
    stem: &str,
    suffixes: &[&str],
) -> Option<&'a FoundFile> {
    let names: Vec<String> = suffixes
        .iter()
        .map(|suffix| format!("{stem}{suffix}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    named(files, &names)
}

fn named<'a>(files: &'a [FoundFile], names: &[&str]) -> Option<&'a FoundFile> {
    names.iter().find_map(|name| {
        files.iter().find(|file| {
            file.kind == FileKind::Picture && stem_of(&file.relative).eq_ignore_ascii_case(name)
        })
    })
}

/// A file's name without its extension.
pub(crate) fn stem_of(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Subtitles beside a film: "film.srt", "film.en.srt", "film.en.forced.ass".
pub(crate) fn subtitles(files: &[FoundFile], stem: &str) -> Vec<ExternalSubtitle> {
    let is_own = |file: &&FoundFile| {
        let own = stem_of(&file.relative);
        file.kind == FileKind::Subtitle
            && own
                .strip_prefix(stem)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    files
        .iter()
        .filter(is_own)
        .map(|file| subtitle(file, stem))
        .collect()
}

fn subtitle(file: &FoundFile, stem: &str) -> ExternalSubtitle {
    let own = stem_of(&file.relative);
    let words: Vec<&str> = own[stem.len()..]
        .split('.')
        .filter(|word| !word.is_empty())
        .collect();
    let is_language = |word: &&&str| {
        (2..=3).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let language = words
        .iter()
        .find(is_language)
        .map(|word| word.to_lowercase());
    let title: Vec<&str> = words
        .iter()
        .filter(|word| Some(word.to_lowercase()) != language)
        .copied()
        .collect();
    let extension = file
        .relative
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase());
    ExternalSubtitle {
        language,
        title: title.join(" "),
        format: match extension.as_deref() {
            Some("ssa") => "ass".to_owned(),
            other => other.unwrap_or("srt").to_owned(),
        },
        key: path::key(&file.relative),
        index: None,
        supply: Supply::File,
        part: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> FoundFile {
        let relative = Path::new("Films").join(name);
        let kind = super::super::scan::kind_of(&relative).unwrap();
        FoundFile {
            relative,
            kind,
            size: 1,
            modified: 0,
        }
    }

    #[test]
    fn subtitles_belong_to_the_film_whose_name_they_bear() {
        let files = ["a.mkv", "a.srt", "a.en.srt", "a.de.forced.ass", "ab.srt"].map(file);
        let found: Vec<_> = subtitles(&files, "a")
            .into_iter()
            .map(|s| (s.language.unwrap_or_default(), s.title, s.format))
            .collect();
        let expected = [("", "", "srt"), ("en", "", "srt"), ("de", "forced", "ass")];
        assert_eq!(
            found,
            expected.map(|(a, b, c)| (a.into(), b.into(), c.into()))
        );
    }

    #[test]
    fn the_best_named_picture_wins() {
        let files = ["folder.jpg", "Poster.PNG", "a.jpg"].map(file);
        assert_eq!(
            folder_poster(&files).unwrap().relative,
            Path::new("Films/Poster.PNG")
        );
        assert_eq!(
            own_picture(&files, "a", &["-poster", ""]).unwrap().relative,
            Path::new("Films/a.jpg")
        );
        assert_eq!(folder_backdrop(&files), None);
    }
}
