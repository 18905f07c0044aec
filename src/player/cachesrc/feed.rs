//! One reader on its way through GStreamer, and the desk where elements find it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use spool_engine::cache::{CacheError, Hint, Reader};

use super::SCHEME;
use super::look::Looks;

/// The desk. Only feeds that somebody still holds are on it.
static DESK: LazyLock<Mutex<HashMap<u64, Weak<Feed>>>> = LazyLock::new(Mutex::default);

/// Zero of the clock in which [`Feed::progress`] measures.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Seconds that the queues of a pipeline may hold.
const QUEUED: f64 = 5.0;

/// No read is under way.
const IDLE: u64 = u64::MAX;

/// How the reads of a feed are going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes handed to GStreamer so far.
    pub served: u64,
    /// How long the read that is under way has been waiting; `None` when there is none.
    pub waiting: Option<Duration>,
}

/// One reader on its way through GStreamer. Whoever holds it can end its reads for good and learn why one failed.
#[derive(Debug)]
pub struct Feed {
    number: u64,
    extension: Option<&'static str>,
    reader: Reader,
    /// Closed for good. Held while the reader's flag is set, so that an element's `unlock_stop` cannot undo a close.
    closed: Mutex<bool>,
    served: AtomicU64,
    /// Where the last read ended.
    reached: AtomicU64,
    /// Milliseconds after [`EPOCH`] at which the read under way began.
    reading_since: AtomicU64,
    looks: Looks,
    failure: Mutex<Option<CacheError>>,
}

impl Feed {
    /// Puts a reader on the desk. Its first bytes are asked for at once: they come while the pipeline is built.
    #[must_use]
    pub fn open(reader: Reader) -> Arc<Self> {
        Self::of_kind(reader, None)
    }

    /// Puts a reader on the desk whose container is known by its file name extension. GStreamer then believes its first
    /// bytes instead of looking at the end and in the middle as well.
    #[must_use]
    pub fn of_kind(reader: Reader, extension: Option<&'static str>) -> Arc<Self> {
        let mut desk = DESK.lock();
        let number = std::iter::repeat_with(rand::random::<u64>)
            .find(|number| !desk.contains_key(number))
            .unwrap_or_default();
        let feed = Arc::new(Self {
            number,
            extension,
            reader,
            closed: Mutex::new(false),
            served: AtomicU64::new(0),
            reached: AtomicU64::new(0),
            reading_since: AtomicU64::new(IDLE),
            looks: Looks::new(),
            failure: Mutex::new(None),
        });
        desk.insert(number, Arc::downgrade(&feed));
        drop(desk);
        feed.reader.begin();
        feed
    }

    /// The address under which elements of this process find it. Where the container is known it ends like a file name:
    /// GStreamer then tries that kind first, instead of reading the end and the middle of the file to find out.
    #[must_use]
    pub fn uri(&self) -> String {
        let number = self.number;
        // What the bytes say is surer than what the source says.
        match self.extension.or_else(|| self.reader.container()) {
            Some(container) => format!("{SCHEME}://{number:016x}/media.{container}"),
            None => format!("{SCHEME}://{number:016x}"),
        }
    }

    /// The feed that an address names; `None` when it is no such address or nobody holds the feed any more.
    pub(super) fn find(uri: &str) -> Option<Arc<Self>> {
        let rest = uri.strip_prefix(SCHEME)?.strip_prefix("://")?;
        let digits = rest.split('/').next()?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        DESK.lock().get(&number)?.upgrade()
    }

    /// Ends the read under way and refuses every further one. Returns at once.
    pub fn close(&self) {
        let mut closed = self.closed.lock();
        *closed = true;
        self.reader.set_flushing(true);
    }

    /// Whether it was closed for good.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.closed.lock()
    }

    /// Interrupts reads, or allows them again unless the feed is closed.
    pub(super) fn set_flushing(&self, flushing: bool) {
        let closed = self.closed.lock();
        self.reader.set_flushing(flushing || *closed);
    }

    /// The reader.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until the size is known, or known to be unknown.
    ///
    /// # Errors
    /// What the cache says; [`CacheError::Cancelled`] when interrupted.
    pub fn wait_for_size(&self) -> Result<Option<u64>, CacheError> {
        self.noting(|reader| reader.len_blocking())
    }

    /// Fills `buf` from `pos`; returns fewer bytes only at the end of the resource, and to a demuxer that merely looks (see
    /// *look*), which learns by asking again.
    ///
    /// # Errors
    /// What the cache says, which [`Feed::failure`] keeps; [`CacheError::Cancelled`] when interrupted.
    pub fn read(&self, pos: u64, buf: &mut [u8]) -> Result<usize, CacheError> {
        let len = buf.len();
        let least = self.looks.least(pos, len);
        let read = self.noting(|reader| {
            let here = |at| usize::try_from(reader.covered_from(at)).unwrap_or(usize::MAX);
            let wanted = here(pos).clamp(least, len);
            let read = reader.read_at_blocking(pos, &mut buf[..wanted])?;
            if read < wanted || wanted == len {
                return Ok(read);
            }
            // What came while that was waited for.
            let next = pos + read as u64;
            let until = read.saturating_add(here(next)).min(len);
            Ok(read + reader.read_at_blocking(next, &mut buf[read..until])?)
        })?;
        self.looks.note(pos, len, &buf[..read]);
        self.served.fetch_add(read as u64, Ordering::Relaxed);
        self.reached.store(pos + read as u64, Ordering::Relaxed);
        Ok(read)
    }

    /// Tells the cache where the film is, so that the right bytes come first. `length` is its running time, where it is
    /// known.
    pub fn hint(&self, position: Duration, length: Option<Duration>, playing: bool) {
        let size = self.reader.known_len();
        let bitrate = length
            .filter(|length| !length.is_zero())
            .zip(size)
            .map(|(length, size)| size as f64 / length.as_secs_f64());
        let pos = bitrate.map_or(0.0, |rate| rate * position.as_secs_f64());
        let ahead = (self.reached.load(Ordering::Relaxed) as f64 - pos).max(0.0);
        let buffered = bitrate.map_or(0.0, |rate| ahead / rate.max(1.0));
        self.reader.hint(Hint {
            pos: pos as u64,
            bitrate: bitrate.map(|rate| rate as u64),
            playing,
            // More than queues hold is another place of the file.
            buffered: Duration::from_secs_f64(buffered.min(QUEUED)),
        });
    }

    /// Why reading failed first.
    #[must_use]
    pub fn failure(&self) -> Option<CacheError> {
        self.failure.lock().clone()
    }

    /// How the reads are going.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let since = self.reading_since.load(Ordering::Relaxed);
        let waiting =
            (since != IDLE).then(|| EPOCH.elapsed().saturating_sub(Duration::from_millis(since)));
        Progress {
            served: self.served.load(Ordering::Relaxed),
            waiting,
        }
    }

    fn noting<T>(
        &self,
        wait: impl FnOnce(&Reader) -> Result<T, CacheError>,
    ) -> Result<T, CacheError> {
        let now = u64::try_from(EPOCH.elapsed().as_millis()).unwrap_or(IDLE - 1);
        self.reading_since.store(now, Ordering::Relaxed);
        let result = wait(&self.reader);
        self.reading_since.store(IDLE, Ordering::Relaxed);
        if let Err(error) = &result
            && !matches!(error, CacheError::Cancelled)
        {
            self.failure.lock().get_or_insert_with(|| error.clone());
        }
        result
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        DESK.lock().remove(&self.number);
    }
}
