//! The badge as a widget: what it shows, says, and leaves out.

use gtk::prelude::*;
use spool::ui::widget::CachedBadge;
use spool::ui::widget::cached_badge::Ground;
use spool_engine::model::{Kind, Presence};

#[test]
fn a_badge_says_in_its_tooltip_what_it_draws_and_hides_when_nothing_is_here() {
    adw::init().expect("a display");
    let badge = CachedBadge::new(Ground::Picture);
    assert!(!badge.is_visible());
    let partly = |permille| Presence::Partly {
        permille,
        arriving: false,
    };
    for (presence, kind, words) in [
        (partly(999), Kind::Movie, "99 % on this device"),
        (partly(1), Kind::Movie, "1 % on this device"),
        (Presence::Whole, Kind::Movie, "On this device"),
        (
            Presence::Children { here: 6, of: 10 },
            Kind::Show,
            "6 of 10 episodes on this device",
        ),
    ] {
        badge.set(presence, kind);
        assert!(badge.is_visible());
        assert_eq!(badge.tooltip_text().as_deref(), Some(words));
    }
    badge.set(Presence::None, Kind::Movie);
    assert!(!badge.is_visible());
    assert_eq!(badge.tooltip_text(), None);
}
