//! The GStreamer source element that reads from the engine's cache.
//!
//! - *feed*: one [`Reader`](spool_engine::cache::Reader) on its way through GStreamer, with what the element notes about it.
//! - *desk*: the table in this process where an element finds the feed that its address names.
//!
//! **Does not know** servers: the address of a feed (`spool://` and a random number) says nothing about where bytes come
//! from, so no log, message or crash report of GStreamer's can hold a server's address or a token.
//!
//! **Threads**: GStreamer's streaming threads block in [`Feed::read`]; everything else returns at once.

mod feed;
mod imp;
mod look;

use gst::glib;
use gst::prelude::*;

pub use feed::{Feed, Progress};

/// Scheme of the addresses that name feeds.
pub(crate) const SCHEME: &str = "spool";

glib::wrapper! {
    /// Source element `spoolsrc`: random access in bytes over a [`Feed`].
    pub struct SpoolSrc(ObjectSubclass<imp::SpoolSrc>)
        @extends gst_base::BaseSrc, gst::Element, gst::Object,
        @implements gst::URIHandler;
}

/// Makes the element known to this process, so that playbin finds it by its scheme.
///
/// # Errors
/// GStreamer's, when a type of this name exists already.
pub(crate) fn register() -> Result<(), glib::BoolError> {
    gst::Element::register(
        None,
        "spoolsrc",
        gst::Rank::PRIMARY,
        SpoolSrc::static_type(),
    )
}
