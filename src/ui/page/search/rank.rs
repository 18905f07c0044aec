//! Which of the titles that were found is meant most likely. Pure.

use std::collections::HashSet;

use spool_engine::model::Item;

/// How well a title fits: it is what was typed, begins with it, has a word that does, or contains it otherwise.
fn fit(words: &str, item: &Item) -> u8 {
    let (words, title) = (words.to_lowercase(), item.title.to_lowercase());
    let sorted = item.sort_title.to_lowercase();
    let begins = |text: &str| text.starts_with(&words);
    match () {
        () if title == words || sorted == words => 0,
        () if begins(&title) || begins(&sorted) => 1,
        () if title
            .match_indices(' ')
            .any(|(at, _)| begins(&title[at + 1..])) =>
        {
            2
        }
        () if title.contains(&words) => 3,
        // By its show or artist, or as the server sees it.
        () => 4,
    }
}

/// Each title once, the likeliest first; what fits alike stays in its order.
pub(super) fn ranked<'a>(words: &str, items: impl Iterator<Item = &'a Item>) -> Vec<Item> {
    let mut seen = HashSet::new();
    let mut ranked: Vec<(u8, &Item)> = items
        .filter(|item| seen.insert(&item.id))
        .map(|item| (fit(words, item), item))
        .collect();
    ranked.sort_by_key(|(fit, _)| *fit);
    ranked.into_iter().map(|(_, item)| item.clone()).collect()
}

#[cfg(test)]
mod tests {
    use spool_engine::model::Kind;

    use super::*;

    fn film(id: &str, title: &str) -> Item {
        Item::new(id.parse().unwrap(), Kind::Movie, title)
    }

    #[test]
    fn what_begins_with_the_words_comes_first() {
        let all = [
            film("a:1", "A Long Night"),
            film("a:2", "Fortnights"),
            film("a:3", "Night Train"),
            film("a:4", "Night"),
            film("a:3", "Night Train"),
            film("a:5", "Another"),
        ];
        let titles: Vec<_> = ranked("night", all.iter())
            .into_iter()
            .map(|item| item.title)
            .collect();
        let expected = [
            "Night",
            "Night Train",
            "A Long Night",
            "Fortnights",
            "Another",
        ];
        assert_eq!(titles, expected);
    }
}
