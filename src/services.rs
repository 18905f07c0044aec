//! What every page is given: the engine's handles and the settings.
//!
//! The engine owns its runtime, so its `async` methods work from any executor. A page asks in a command, which is dropped
//! with the page, and recognises late answers by a generation number:
//!
//! ```ignore
//! let library = self.services.engine.library.clone();
//! let generation = self.generation.next();
//! sender.oneshot_command(async move { LibraryDone::Page(generation, library.page(query).await) });
//! ```
//!
//! **Threads**: `Services` stays on the window's thread (settings are GLib's); the engine's handles inside it go anywhere.

use std::fmt;
use std::sync::Arc;

use spool_engine::Engine;
use spool_engine::source::Prober;

use crate::settings::Settings;

/// The handles that pages work with. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Accounts, library, playback, cache, pictures.
    pub engine: Engine,
    /// What is remembered between runs.
    pub settings: Settings,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").finish_non_exhaustive()
    }
}

/// Whether titles can be played: nothing is missing, or what is.
pub type Playing = Vec<spool_player::MissingElement>;

/// Looks into media files of this computer.
#[must_use]
pub fn prober() -> Option<Arc<dyn Prober>> {
    Some(Arc::new(spool_player::GstProber::default()))
}

/// Starts GStreamer; returns what must be installed before anything can be played. Takes seconds at the very first start.
#[must_use]
pub fn prepare_player() -> Playing {
    spool_player::init().err().unwrap_or_default()
}
