//! A wish to keep the screen on and the computer awake while a video plays.

use gtk::prelude::*;

/// While it lives, the session neither blanks the screen nor falls asleep by itself.
#[derive(Debug)]
pub struct Inhibitor {
    application: gtk::Application,
    cookie: u32,
}

impl Inhibitor {
    /// Asks the session; `None` where it does not grant such wishes. `reason` is shown to people, translated.
    #[must_use]
    pub fn new(window: &gtk::Window, reason: &str) -> Option<Self> {
        let application = window.application()?;
        let flags = gtk::ApplicationInhibitFlags::IDLE | gtk::ApplicationInhibitFlags::SUSPEND;
        let cookie = application.inhibit(Some(window), flags, Some(reason));
        (cookie != 0).then(|| Self {
            application,
            cookie,
        })
    }
}

impl Drop for Inhibitor {
    fn drop(&mut self) {
        self.application.uninhibit(self.cookie);
    }
}
