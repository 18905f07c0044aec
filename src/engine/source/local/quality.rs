//! The class of a picture, by what a file's name says of it. Pure.

use crate::model::Resolution;

/// What a release's name calls its picture.
const NAMES: [(&str, Resolution); 11] = [
    ("4320p", Resolution::Uhd),
    ("2160p", Resolution::Uhd),
    ("4k", Resolution::Uhd),
    ("uhd", Resolution::Uhd),
    ("1440p", Resolution::FullHd),
    ("1080p", Resolution::FullHd),
    ("1080i", Resolution::FullHd),
    ("720p", Resolution::Hd),
    ("576p", Resolution::Sd),
    ("540p", Resolution::Sd),
    ("480p", Resolution::Sd),
];

/// The class that a name tells, a number of lines before a word. The first word is the title's: "4K" may be a film.
pub(super) fn named(stem: &str) -> Option<Resolution> {
    let lower = stem.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .skip(1)
        .collect();
    let class = |lines: bool| {
        NAMES
            .iter()
            .filter(move |(name, _)| name.contains(['p', 'i']) == lines)
            .find(|(name, _)| words.contains(name))
            .map(|(_, class)| *class)
    };
    class(true).or_else(|| class(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_class_of_a_picture() {
        for (stem, class) in [
            (
                "Harbour.Lights.2019.1080p.BluRay.x264-GRP",
                Some(Resolution::FullHd),
            ),
            ("Runner.2017.2160p.UHD", Some(Resolution::Uhd)),
            ("Runner (2017) [4K]", Some(Resolution::Uhd)),
            ("Runner.UHD.BluRay.720p", Some(Resolution::Hd)),
            ("Old Show - s01e02 - 576p", Some(Resolution::Sd)),
            ("4K", None),
            ("Harbour Lights (2019)", None),
            ("Number 1080", None),
            ("", None),
        ] {
            assert_eq!(named(stem), class, "{stem}");
        }
    }
}
