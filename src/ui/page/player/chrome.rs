//! The rule by which the controls over the picture come and go.
//!
//! [`Chrome`] is pure: it is told what happens and when, and says whether the controls show and when to ask again.
//! [`Alarm`] is the one timer that asks. **Does not know** widgets.

use std::time::{Duration, Instant};

use gtk::glib;

/// How long the controls stay after the last sign of life: long enough to aim, short enough to be forgotten.
pub(super) const LINGER: Duration = Duration::from_millis(2500);

/// What keeps the controls on the screen for as long as it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The pointer rests on them.
    Pointer,
    /// One of them has the keyboard's focus, visibly.
    Focus,
    /// One of their menus is open.
    Menu,
    /// The picture stands still: paused, ended, waiting for its first frame, or music.
    Still,
}

/// Whether the controls show.
#[derive(Debug)]
pub(super) struct Chrome {
    held: [bool; 4],
    shown: bool,
    stirred: Instant,
}

impl Chrome {
    /// Shown, and held by nothing.
    #[must_use]
    pub(super) fn new(now: Instant) -> Self {
        Self {
            held: [false; 4],
            shown: true,
            stirred: now,
        }
    }

    /// A sign of life: the pointer moved, a key was pressed.
    pub(super) fn stir(&mut self, now: Instant) {
        self.shown = true;
        self.stirred = now;
    }

    /// A tap on the picture: shows them, or puts them away where nothing holds them.
    pub(super) fn tap(&mut self, now: Instant) {
        if self.shown && !self.is_held() {
            self.shown = false;
        } else {
            self.stir(now);
        }
    }

    /// Something begins or ceases to hold them. Where the last hold ends, they linger once more.
    pub(super) fn hold(&mut self, hold: Hold, held: bool, now: Instant) {
        let slot = &mut self.held[hold as usize];
        if *slot != held {
            *slot = held;
            self.stir(now);
        }
    }

    /// Time has passed.
    pub(super) fn pass(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.shown = false;
        }
    }

    /// When [`Chrome::pass`] will hide them; `None` while they are held or hidden.
    #[must_use]
    pub(super) fn due(&self) -> Option<Instant> {
        (self.shown && !self.is_held()).then(|| self.stirred + LINGER)
    }

    /// Whether they show.
    #[must_use]
    pub(super) fn is_shown(&self) -> bool {
        self.shown
    }

    fn is_held(&self) -> bool {
        self.held.contains(&true)
    }
}

/// The timer of a [`Chrome`]: at most one is under way, however often the pointer moves.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    source: Option<glib::SourceId>,
}

impl Alarm {
    /// Calls `ring` at `due`, unless a call is under way already: that one comes first, and asks again.
    pub(super) fn arm(&mut self, due: Option<Instant>, ring: impl FnOnce() + 'static) {
        let Some(due) = due.filter(|_| self.source.is_none()) else {
            return;
        };
        let wait = due.saturating_duration_since(Instant::now());
        self.source = Some(glib::timeout_add_local_once(wait, ring));
    }

    /// To be called first thing when it rings.
    pub(super) fn rang(&mut self) {
        // The source has removed itself by being called.
        self.source = None;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            source.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn they_go_when_nothing_moves() {
        let start = Instant::now();
        let mut chrome = Chrome::new(start);
        chrome.pass(start + LINGER - MOMENT);
        assert!(chrome.is_shown());
        chrome.pass(start + LINGER);
        assert!(!chrome.is_shown());
        assert_eq!(chrome.due(), None);
    }

    #[test]
    fn motion_brings_them_back_and_counts_anew() {
        let start = Instant::now();
        let mut chrome = Chrome::new(start);
        chrome.pass(start + LINGER);
        chrome.stir(start + LINGER * 2);
        assert!(chrome.is_shown());
        assert_eq!(chrome.due(), Some(start + LINGER * 3));
    }

    #[test]
    fn no_hold_lets_them_go_before_it_ends() {
        for hold in [Hold::Pointer, Hold::Focus, Hold::Menu, Hold::Still] {
            let start = Instant::now();
            let mut chrome = Chrome::new(start);
            chrome.hold(hold, true, start);
            chrome.pass(start + LINGER * 10);
            assert!(chrome.is_shown(), "{hold:?}");
            chrome.hold(hold, false, start + LINGER * 10);
            assert_eq!(chrome.due(), Some(start + LINGER * 11), "{hold:?}");
        }
    }

    #[test]
    fn holds_are_counted_apart() {
        let start = Instant::now();
        let mut chrome = Chrome::new(start);
        chrome.hold(Hold::Menu, true, start);
        chrome.hold(Hold::Pointer, true, start);
        chrome.hold(Hold::Pointer, false, start);
        chrome.pass(start + LINGER);
        assert!(chrome.is_shown());
    }

    #[test]
    fn saying_the_same_again_is_no_sign_of_life() {
        let start = Instant::now();
        let mut chrome = Chrome::new(start);
        chrome.hold(Hold::Still, false, start + LINGER);
        assert_eq!(chrome.due(), Some(start + LINGER));
    }

    #[test]
    fn a_tap_puts_them_away_and_brings_them_back() {
        let start = Instant::now();
        let mut chrome = Chrome::new(start);
        chrome.tap(start);
        assert!(!chrome.is_shown());
        chrome.tap(start);
        assert!(chrome.is_shown());
        chrome.hold(Hold::Still, true, start);
        chrome.tap(start);
        assert!(chrome.is_shown());
    }
}
