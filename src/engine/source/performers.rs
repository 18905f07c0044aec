//! The names in a line that says who plays a piece of music. Pure.

/// What stands between a performer and a guest.
const GUESTS: [&str; 6] = [" feat. ", " feat ", " ft. ", " ft ", " featuring ", " f/ "];
/// More names of one line are not read.
const MOST: usize = 20;

/// The performers in a line, without repetition: "A feat. B; C" are A, B and C. What may be part of a name ("&", ",", "/") is left
/// alone.
pub(super) fn performers(line: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in line.split([';', '\0']) {
        let mut rest = piece;
        loop {
            let (name, guests) = before_guests(rest);
            add(&mut names, name);
            match guests {
                Some(guests) => rest = guests,
                None => break,
            }
        }
    }
    names
}

/// The same for names that stand each by itself.
pub(super) fn each(lines: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut names = Vec::new();
    for line in lines {
        add(&mut names, line.as_ref());
    }
    names
}

fn add(names: &mut Vec<String>, name: &str) {
    let name = name.trim();
    let same = |known: &String| known.to_lowercase() == name.to_lowercase();
    if !name.is_empty() && names.len() < MOST && !names.iter().any(same) {
        names.push(name.to_owned());
    }
}

/// What stands before the guests, and the guests.
fn before_guests(line: &str) -> (&str, Option<&str>) {
    // Bytes stay where they are.
    let lower = line.to_ascii_lowercase().replace(['(', '['], " ");
    let found = GUESTS
        .iter()
        .filter_map(|mark| Some((lower.find(mark)?, mark.len())))
        .min();
    let Some((at, length)) = found else {
        return (line, None);
    };
    let name = line[..at].trim_end().trim_end_matches(['(', '[']);
    let guests = line[at + length..].trim_end().trim_end_matches([')', ']']);
    (name, Some(guests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_named_each_by_themselves() {
        for (line, names) in [
            ("A", vec!["A"]),
            (" A ; B;;a ", vec!["A", "B"]),
            ("A feat. B", vec!["A", "B"]),
            ("A (Feat. B)", vec!["A", "B"]),
            ("A ft. B featuring C", vec!["A", "B", "C"]),
            (
                "Ünder & Söhne, Inc. feat. Ö/B",
                vec!["Ünder & Söhne, Inc.", "Ö/B"],
            ),
            ("Defeat. Us", vec!["Defeat. Us"]),
            ("", vec![]),
        ] {
            assert_eq!(performers(line), names, "{line}");
        }
        assert_eq!(each(["A ft. B", "a ft. b", " "].iter()), ["A ft. B"]);
    }
}
