//! Which file of a title is played. Pure.

use crate::model::{Part, Presence};

/// The file to play: parts come best first, and before them the one that the person has `chosen`. Online, that one, else the best
/// one that is wholly here, else the best one; offline, the one of which most is here, or `None` when nothing is.
pub(super) fn choose(
    parts: &[Part],
    chosen: bool,
    here: impl Fn(&Part) -> Presence,
    offline: bool,
) -> Option<&Part> {
    if chosen && !offline {
        return parts.first();
    }
    let whole = parts.iter().find(|part| here(part) == Presence::Whole);
    if whole.is_some() || !offline {
        return whole.or(parts.first());
    }
    let share = |part: &&Part| match here(part) {
        Presence::Partly { permille, .. } => permille,
        _ => 0,
    };
    // The first of equals: `max_by_key` would take the last.
    parts
        .iter()
        .rev()
        .filter(|part| share(part) > 0)
        .max_by_key(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ItemId, PartId};

    fn parts() -> Vec<Part> {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        ["4k", "hd", "sd"]
            .map(|key| Part {
                id: PartId::new(item.clone(), key),
                name: None,
                container: None,
                size: None,
                bitrate: None,
                fingerprint: None,
                tracks: Vec::new(),
                chosen: None,
                unfit: None,
            })
            .to_vec()
    }

    fn chosen(here: [u16; 3], offline: bool) -> Option<String> {
        chosen_of(&parts(), false, here, offline)
    }

    fn chosen_of(parts: &[Part], by_person: bool, here: [u16; 3], offline: bool) -> Option<String> {
        let presence = |part: &Part| {
            let place = parts.iter().position(|other| other.id == part.id).unwrap();
            match here[place] {
                0 => Presence::None,
                1000 => Presence::Whole,
                permille => Presence::Partly {
                    permille,
                    arriving: false,
                },
            }
        };
        choose(parts, by_person, presence, offline).map(|part| part.id.key().to_owned())
    }

    #[test]
    fn what_the_person_has_chosen_plays_where_it_can() {
        let mut all = parts();
        all.rotate_left(1);
        let chosen = |here, offline| chosen_of(&all, true, here, offline);
        assert_eq!(chosen([0, 0, 1000], false).as_deref(), Some("hd"));
        assert_eq!(chosen([500, 500, 0], true).as_deref(), Some("hd"));
        assert_eq!(chosen([999, 0, 1000], true).as_deref(), Some("4k"));
    }

    #[test]
    fn the_best_one_plays() {
        assert_eq!(chosen([0, 0, 0], false).as_deref(), Some("4k"));
        assert_eq!(chosen([0, 500, 0], false).as_deref(), Some("4k"));
    }

    #[test]
    fn what_is_wholly_here_costs_nothing() {
        assert_eq!(chosen([0, 1000, 1000], false).as_deref(), Some("hd"));
        assert_eq!(chosen([999, 0, 1000], true).as_deref(), Some("sd"));
    }

    #[test]
    fn offline_most_of_it_is_better_than_the_best() {
        assert_eq!(chosen([10, 900, 900], true).as_deref(), Some("hd"));
        assert_eq!(chosen([0, 0, 0], true), None);
    }
}
