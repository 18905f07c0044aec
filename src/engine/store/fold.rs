//! Texts as they are compared: without case and accents, and for sorting with numbers in their order.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Digits that a number is padded to; longer ones keep their own length.
const NUMBER: usize = 8;

/// The text without case and accents: "Amélie" and "AMELIE" are the same.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            // Letters that Unicode does not take apart, but a keyboard without them does.
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            _ => folded.extend(letter.to_lowercase()),
        }
    }
    folded
}

/// What a title is sorted by: folded, and "Part 2" before "Part 10".
pub(super) fn sort_key(title: &str) -> String {
    let folded = fold(title);
    let mut key = String::with_capacity(folded.len() + NUMBER);
    let mut digits = String::new();
    let flush = |digits: &mut String, key: &mut String| {
        if !digits.is_empty() {
            key.push_str(&format!("{digits:0>NUMBER$}"));
            digits.clear();
        }
    };
    for letter in folded.trim().chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            flush(&mut digits, &mut key);
            key.push(letter);
        }
    }
    flush(&mut digits, &mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (one, other) in [
            ("Amélie", "AMELIE"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("ﬁlm", "film"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
    }

    #[test]
    fn numbers_sort_by_their_value() {
        let mut titles = ["Part 10", "part 2", "Pärt 1", "Part"];
        titles.sort_by_key(|title| sort_key(title));
        assert_eq!(titles, ["Part", "Pärt 1", "part 2", "Part 10"]);
    }
}
