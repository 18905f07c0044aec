//! What is loaded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::bus::Missing;
use crate::cachesrc::Feed;
use crate::machine::Wish;
use crate::stage::Make;
use crate::subtitle::Beside;
use crate::track::{Choice, Tracks};

use super::shift::Shift;

/// The present load.
pub(super) struct Current {
    pub(super) number: u64,
    pub(super) feed: Arc<Feed>,
    pub(super) make: Make,
    pub(super) extension: Option<&'static str>,
    pub(super) choice: Arc<Mutex<Choice>>,
    pub(super) beside: Beside,
    pub(super) streams: Option<gst::StreamCollection>,
    pub(super) selected: Vec<String>,
    pub(super) told: Tracks,
    pub(super) missing: Missing,
    /// Since when new streams are on their way.
    pub(super) reselecting: Option<Instant>,
    /// The choice has changed, but the pipeline is busy.
    pub(super) reselect_due: bool,
    /// Where a person wants to go once the new streams are there.
    pub(super) held_seek: Option<Wish>,
    /// The last known position, for a stage that has to be built anew.
    pub(super) position: Duration,
    /// How the times of a stream become the title's.
    pub(super) shift: Option<Shift>,
    /// There is no sound device.
    pub(super) silent: bool,
}
