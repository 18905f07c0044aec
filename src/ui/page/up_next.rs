//! Which episode or track a person means by *Play* on a show, season, album or artist.

use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Item, ItemId, Kind, Query, Sort};

/// The children of an item, of one kind, in the order of their numbers.
pub async fn children(
    library: &LibraryService,
    parent: &ItemId,
    kind: Kind,
) -> Result<Vec<Item>, LibraryError> {
    let query = Query {
        account: Some(parent.account().clone()),
        parent: Some(parent.clone()),
        kinds: vec![kind],
        sort: Sort::Index,
        ..Query::default()
    };
    Ok(library.page(query).await?.items)
}

/// What *Play* plays: the item itself, or the child of it that comes next; `None` when it has none.
pub async fn playable(
    library: &LibraryService,
    item: &Item,
) -> Result<Option<ItemId>, LibraryError> {
    let choices = match item.kind {
        Kind::Show => {
            let mut episodes = Vec::new();
            for season in children(library, &item.id, Kind::Season).await? {
                episodes.extend(children(library, &season.id, Kind::Episode).await?);
            }
            episodes
        }
        Kind::Season => children(library, &item.id, Kind::Episode).await?,
        Kind::Album => children(library, &item.id, Kind::Track).await?,
        Kind::Artist => library.artist_tracks(&item.id).await?,
        Kind::Movie | Kind::Episode | Kind::Track | Kind::Video => {
            return Ok(Some(item.id.clone()));
        }
    };
    let next = match item.kind {
        Kind::Album | Kind::Artist => choices.first(),
        _ => next(&choices),
    };
    Ok(next.map(|item| item.id.clone()))
}

/// All that is by an artist, in order.
pub async fn by_artist(
    library: &LibraryService,
    artist: &ItemId,
) -> Result<Vec<ItemId>, LibraryError> {
    let tracks = library.artist_tracks(artist).await?;
    Ok(tracks.into_iter().map(|track| track.id).collect())
}

/// The same things in another order; `random` gives a number below the one that it is given.
#[must_use]
pub fn shuffled<T>(mut all: Vec<T>, mut random: impl FnMut(usize) -> usize) -> Vec<T> {
    for last in (1..all.len()).rev() {
        all.swap(last, random(last + 1));
    }
    all
}

/// Of episodes in order: the one that was begun last, else the first not watched after the last watched one, else the
/// first not watched, else the first. Specials (season 0) are chosen only when nothing else is left.
#[must_use]
pub fn next(episodes: &[Item]) -> Option<&Item> {
    let begun = episodes.iter().filter(|item| item.progress.in_progress());
    let is_special = |item: &&Item| item.parent_index == Some(0);
    let (specials, regular): (Vec<&Item>, Vec<&Item>) = episodes.iter().partition(is_special);
    let last_watched = regular.iter().rposition(|item| item.progress.watched);
    let (before, after) = regular.split_at(last_watched.map_or(0, |position| position + 1));
    let in_turn = after.iter().chain(before).chain(&specials);
    begun
        .max_by_key(|item| item.progress.last_played)
        .or_else(|| in_turn.copied().find(|item| !item.progress.watched))
        .or_else(|| regular.first().copied())
        .or_else(|| episodes.first())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use spool_engine::model::AccountId;

    use super::*;

    fn season(number: u32, watched: &[bool]) -> Vec<Item> {
        let account: AccountId = "a".parse().unwrap();
        let episode = |(index, watched): (usize, &bool)| {
            let title = format!("{number}x{}", index + 1);
            let id = ItemId::new(account.clone(), &title);
            let mut item = Item::new(id, Kind::Episode, title);
            item.parent_index = Some(number);
            item.progress.watched = *watched;
            item
        };
        watched.iter().enumerate().map(episode).collect()
    }

    fn next_title(episodes: &[Item]) -> Option<&str> {
        next(episodes).map(|item| item.title.as_str())
    }

    #[test]
    fn the_first_when_nothing_was_watched() {
        assert_eq!(next_title(&season(1, &[false, false])), Some("1x1"));
        assert_eq!(next_title(&[]), None);
    }

    #[test]
    fn the_one_after_the_last_watched_and_not_an_earlier_gap() {
        assert_eq!(next_title(&season(1, &[false, true, false])), Some("1x3"));
    }

    #[test]
    fn an_earlier_gap_when_the_end_was_watched() {
        assert_eq!(next_title(&season(1, &[true, false, true])), Some("1x2"));
        assert_eq!(next_title(&season(1, &[true, true])), Some("1x1"));
    }

    #[test]
    fn what_was_begun_comes_before_all() {
        let mut episodes = season(1, &[false, true, false]);
        episodes[0].progress.position = Duration::from_secs(60);
        assert_eq!(next_title(&episodes), Some("1x1"));
    }

    #[test]
    fn every_order_may_come_out_and_nothing_is_lost() {
        let mut seen = std::collections::BTreeSet::new();
        for one in 0..3 {
            for other in 0..2 {
                let all = shuffled(vec![1, 2, 3], |below| if below == 3 { one } else { other });
                let mut sorted = all.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, [1, 2, 3]);
                seen.insert(all);
            }
        }
        assert_eq!(seen.len(), 6);
        assert!(shuffled(Vec::<u8>::new(), |_| 0).is_empty());
    }

    #[test]
    fn specials_wait_for_the_end() {
        let episodes = |watched| [season(0, &[false]), season(1, &[watched])].concat();
        assert_eq!(next_title(&episodes(false)), Some("1x1"));
        assert_eq!(next_title(&episodes(true)), Some("0x1"));
    }
}
