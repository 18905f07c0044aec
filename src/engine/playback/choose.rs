//! Which version of a title is played. Pure.

use crate::model::{Part, Presence, versions};

/// The version to play: they come best first, and before them the one that the person has `chosen`. Online, that one, else the
/// best one that is wholly here, else the best one; offline, the one of which most is here, or `None` when nothing is. `here` says
/// how much of a version's files there is.
pub(super) fn choose(
    parts: &[Part],
    chosen: bool,
    here: impl Fn(&[Part]) -> Presence,
    offline: bool,
) -> Option<&[Part]> {
    if chosen && !offline {
        return versions(parts).next();
    }
    let whole = versions(parts).find(|version| here(version) == Presence::Whole);
    if whole.is_some() || !offline {
        return whole.or(versions(parts).next());
    }
    let share = |version: &&[Part]| match here(version) {
        Presence::Partly { permille, .. } => permille,
        _ => 0,
    };
    // The first of equals: `max_by_key` would take the last.
    let some: Vec<&[Part]> = versions(parts)
        .filter(|version| share(version) > 0)
        .collect();
    some.into_iter().rev().max_by_key(share)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{ItemId, PartId, Piece};

    fn parts() -> Vec<Part> {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let part = |key| Part::new(PartId::new(item.clone(), key));
        let mut parts = ["4k", "hd 1", "hd 2", "sd"].map(part).to_vec();
        let file = (Some(Duration::from_secs(40)), None);
        let pieces = Piece::lay(1, &[file, file], None).unwrap();
        (parts[1].piece, parts[2].piece) = (Some(pieces[0]), Some(pieces[1]));
        parts
    }

    fn chosen(here: [u16; 3], offline: bool) -> Option<String> {
        chosen_of(&parts(), false, here, offline)
    }

    fn chosen_of(parts: &[Part], by_person: bool, here: [u16; 3], offline: bool) -> Option<String> {
        let presence = |version: &[Part]| {
            let place = versions(parts).position(|other| other == version).unwrap();
            match here[place] {
                0 => Presence::None,
                1000 => Presence::Whole,
                permille => Presence::Partly {
                    permille,
                    arriving: false,
                },
            }
        };
        let version = choose(parts, by_person, presence, offline)?;
        let keys: Vec<&str> = version.iter().map(|part| part.id.key()).collect();
        Some(keys.join(", "))
    }

    #[test]
    fn what_the_person_has_chosen_plays_where_it_can() {
        let mut all = parts();
        all.rotate_left(1);
        let chosen = |here, offline| chosen_of(&all, true, here, offline);
        assert_eq!(chosen([0, 0, 1000], false).as_deref(), Some("hd 1, hd 2"));
        assert_eq!(chosen([500, 500, 0], true).as_deref(), Some("hd 1, hd 2"));
        assert_eq!(chosen([999, 0, 1000], true).as_deref(), Some("4k"));
    }

    #[test]
    fn the_best_one_plays() {
        assert_eq!(chosen([0, 0, 0], false).as_deref(), Some("4k"));
        assert_eq!(chosen([0, 500, 0], false).as_deref(), Some("4k"));
    }

    #[test]
    fn what_is_wholly_here_costs_nothing() {
        assert_eq!(
            chosen([0, 1000, 1000], false).as_deref(),
            Some("hd 1, hd 2")
        );
        assert_eq!(chosen([999, 0, 1000], true).as_deref(), Some("sd"));
    }

    #[test]
    fn offline_most_of_it_is_better_than_the_best() {
        assert_eq!(chosen([10, 900, 900], true).as_deref(), Some("hd 1, hd 2"));
        assert_eq!(chosen([0, 0, 0], true), None);
    }
}
