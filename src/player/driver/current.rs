//! What is loaded.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::bus::Missing;
use crate::cachesrc::Feed;
use crate::stage::Make;
use crate::subtitle::Beside;
use crate::track::{Choice, Tracks};

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
    /// New streams were asked for; when they are there, what is queued of the old ones is thrown away.
    pub(super) reselecting: bool,
    /// The last known position, for a stage that has to be built anew.
    pub(super) position: Duration,
    /// There is no sound device.
    pub(super) silent: bool,
}
