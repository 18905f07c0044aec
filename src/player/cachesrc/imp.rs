//! The class behind `spoolsrc`.

use std::sync::{Arc, LazyLock};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use parking_lot::Mutex;
use spool_engine::cache::CacheError;

use super::{Feed, SCHEME};

/// Bytes per read where the peer does not say: what demuxers ask for, and 16 system calls per MiB.
const BLOCK: u32 = 64 * 1024;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "spoolsrc",
        gst::DebugColorFlags::empty(),
        Some("Source over Spool's cache"),
    )
});

#[derive(Debug, Default)]
pub struct SpoolSrc {
    /// Set by the address, while stopped; read at every block.
    feed: Mutex<Option<Arc<Feed>>>,
}

impl SpoolSrc {
    fn feed(&self) -> Option<Arc<Feed>> {
        self.feed.lock().clone()
    }

    /// The message for the bus. It names the kind of failure only: the reason, which may name a server, stays with the
    /// feed, where the player fetches it.
    fn failure(error: &CacheError) -> gst::ErrorMessage {
        let kind = match error {
            CacheError::NotSeekable => gst::ResourceError::Seek,
            CacheError::Closed | CacheError::InUse => gst::ResourceError::Busy,
            CacheError::Upstream(_) | CacheError::Offline => gst::ResourceError::NotFound,
            CacheError::DiskFull { .. } => gst::ResourceError::NoSpaceLeft,
            CacheError::Disk(_) | CacheError::Changed | CacheError::Cancelled => {
                gst::ResourceError::Read
            }
        };
        gst::error_msg!(kind, ["The bytes cannot be had"])
    }
}

#[glib::object_subclass]
impl ObjectSubclass for SpoolSrc {
    const NAME: &'static str = "SpoolSrc";
    type Type = super::SpoolSrc;
    type ParentType = gst_base::BaseSrc;
    type Interfaces = (gst::URIHandler,);
}

impl ObjectImpl for SpoolSrc {
    fn constructed(&self) {
        self.parent_constructed();
        let element = self.obj();
        element.set_format(gst::Format::Bytes);
        element.set_blocksize(BLOCK);
    }
}

impl GstObjectImpl for SpoolSrc {}

impl ElementImpl for SpoolSrc {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Spool cache source",
                "Source/File",
                "Reads media through Spool's cache",
                "Spool",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            gst::PadTemplate::new(
                "src",
                gst::PadDirection::Src,
                gst::PadPresence::Always,
                &gst::Caps::new_any(),
            )
            .into_iter()
            .collect()
        });
        &TEMPLATES
    }
}

impl BaseSrcImpl for SpoolSrc {
    /// Waits for the size, which the first reply of the server tells; `unlock` ends the wait.
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let feed = self
            .feed()
            .ok_or_else(|| gst::error_msg!(gst::ResourceError::NotFound, ["No such feed"]))?;
        let size = feed
            .wait_for_size()
            .map_err(|error| Self::failure(&error))?;
        gst::debug!(CAT, imp = self, "started, size {size:?}");
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        self.feed().is_some_and(|feed| feed.reader().is_seekable())
    }

    fn size(&self) -> Option<u64> {
        self.feed()?.reader().known_len()
    }

    /// Reads straight into the buffer's memory. Ends the stream at the true size and nowhere else: a missing byte is an
    /// error, because demuxers take a short buffer for the end of the film. The one that does not gets one where it
    /// merely looks (see *look*).
    fn fill(
        &self,
        offset: u64,
        length: u32,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        gst::trace!(CAT, imp = self, "reading {length} bytes at {offset}");
        let feed = self.feed().ok_or(gst::FlowError::Error)?;
        let read = {
            let mut memory = buffer
                .map_writable()
                .map_err(|_refused| gst::FlowError::Error)?;
            feed.read(offset, memory.as_mut_slice())
        };
        match read {
            Ok(0) => Err(gst::FlowError::Eos),
            Ok(read) => {
                buffer.set_size(read);
                buffer.set_offset(offset);
                buffer.set_offset_end(offset + read as u64);
                Ok(gst::FlowSuccess::Ok)
            }
            Err(CacheError::Cancelled) => Err(gst::FlowError::Flushing),
            Err(error) => {
                gst::warning!(CAT, imp = self, "cannot read at {offset}");
                self.post_error_message(Self::failure(&error));
                Err(gst::FlowError::Error)
            }
        }
    }

    fn query(&self, query: &mut gst::QueryRef) -> bool {
        let answered = BaseSrcImplExt::parent_query(self, query);
        // Where bytes may have to come over the network the player shall queue and report its fill; where all are here
        // a queue would only cost start-up time.
        if answered
            && let gst::QueryViewMut::Scheduling(scheduling) = query.view_mut()
            && self.feed().is_some_and(|feed| !feed.reader().is_complete())
        {
            let (flags, min, max, align) = scheduling.result();
            let flags = flags | gst::SchedulingFlags::BANDWIDTH_LIMITED;
            scheduling.set(flags, min, max, align);
        }
        answered
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(feed) = self.feed() {
            feed.set_flushing(true);
        }
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(feed) = self.feed() {
            feed.set_flushing(false);
        }
        Ok(())
    }
}

impl URIHandlerImpl for SpoolSrc {
    const URI_TYPE: gst::URIType = gst::URIType::Src;

    fn protocols() -> &'static [&'static str] {
        &[SCHEME]
    }

    fn uri(&self) -> Option<String> {
        self.feed().map(|feed| feed.uri())
    }

    fn set_uri(&self, uri: &str) -> Result<(), glib::Error> {
        if self.obj().current_state() > gst::State::Ready {
            return Err(glib::Error::new(
                gst::URIError::BadState,
                "The address changes only while stopped",
            ));
        }
        let feed = Feed::find(uri)
            .ok_or_else(|| glib::Error::new(gst::URIError::BadReference, "No such feed"))?;
        *self.feed.lock() = Some(feed);
        Ok(())
    }
}
