//! Reader of one resource or of a stream that passes by, async and blocking.
//!
//! **Owns** a cursor's interest: dropping the last clone tells the actor. **Does not know** where bytes come from.
//! **Threads**: cached bytes are read on the caller's thread; an async read of what is not in memory on the blocking pool.
//! Only a miss asks the actor. **Cancellation**: an async read by dropping it, a blocking one by [`Reader::set_flushing`].

use std::fs::File;
use std::ops::Deref;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::command::Command;
use super::cursor::Cursor;
use super::entry::EntryShared;
use super::error::CacheError;
use super::hint::Hint;
use super::key::Generation;
use super::passage::Outlet;
use super::storage::read_full;
use crate::range::{ByteRange, RangeSet};
use crate::source_error::SourceError;

/// Copying so much out of memory takes no longer than asking another thread to do it.
const AT_ONCE: usize = 1 << 20;

/// A reader of one resource: a cached one, a plain file of this computer, or a stream that is not stored. Cheap to clone;
/// each clone is a cursor of its own. Dropping the last clone drops the interest in the bytes.
#[derive(Debug)]
pub struct Reader {
    origin: Origin,
    flushing: Arc<AtomicBool>,
    container: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Origin {
    Cached(Seat),
    Plain(Arc<(File, u64)>),
    Passing(Arc<Outlet>),
}

/// A cursor's place among the readers of an open resource.
#[derive(Debug)]
struct Seat {
    interest: Arc<Interest>,
    cursor: Arc<Cursor>,
}

impl Seat {
    fn new(interest: Arc<Interest>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let cursor = interest.shared.cursors.enter(id);
        Self { interest, cursor }
    }

    fn wait_for(&self, range: ByteRange) -> Result<Wait<'_>, CacheError> {
        self.cursor.note(range.start, 0);
        self.interest.wait_for(self.cursor.id, range)
    }
}

impl Deref for Seat {
    type Target = Interest;

    fn deref(&self) -> &Interest {
        &self.interest
    }
}

impl Clone for Seat {
    fn clone(&self) -> Self {
        Self::new(self.interest.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.cursors.leave(self.cursor.id);
    }
}

/// An open reader, as the actor counts it.
#[derive(Debug)]
pub(super) struct Interest {
    pub shared: Arc<EntryShared>,
    pub actor: mpsc::UnboundedSender<Command>,
    pub runtime: Handle,
    /// Not counted.
    pub quiet: bool,
}

impl Drop for Interest {
    fn drop(&mut self) {
        if self.quiet {
            return;
        }
        let gone = Command::ReaderGone(self.shared.key.clone(), self.shared.generation);
        // An actor that has ended counts no readers.
        self.actor.send(gone).ok();
    }
}

/// Leaves the list of waiters on every way out, cancellation included.
struct Wait<'a>(&'a Interest, u64);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.shared.leave(self.1);
    }
}

impl Interest {
    fn wait_for(&self, reader: u64, range: ByteRange) -> Result<Wait<'_>, CacheError> {
        let shared = &self.shared;
        let wait = Wait(self, shared.enter(reader, range));
        let want = Command::Want(shared.key.clone(), shared.generation);
        self.actor.send(want).map_err(|_| CacheError::Closed)?;
        Ok(wait)
    }

    fn len(&self) -> Result<Option<u64>, CacheError> {
        Ok(self.shared.size())
    }
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        Self {
            container: self.container.clone(),
            ..Self::new(self.origin.clone())
        }
    }
}

impl Reader {
    fn new(origin: Origin) -> Self {
        Self {
            origin,
            flushing: Arc::default(),
            container: None,
        }
    }

    pub(super) fn cached(interest: Interest) -> Self {
        Self::new(Origin::Cached(Seat::new(Arc::new(interest))))
    }

    /// A reader of a stream that is read once, from its beginning to its end, and never stored.
    pub(super) fn passing(outlet: Arc<Outlet>) -> Self {
        Self::new(Origin::Passing(outlet))
    }

    /// Which generation it reads, of a cached resource.
    pub(super) fn generation(&self) -> Option<Generation> {
        match &self.origin {
            Origin::Cached(seat) => Some(seat.shared.generation),
            Origin::Plain(_) | Origin::Passing(_) => None,
        }
    }

    /// A reader of a plain file of this computer: complete, seekable, never copied.
    ///
    /// # Errors
    /// [`CacheError::Upstream`] with `Unreadable` when it cannot be opened.
    pub fn file(path: &Path) -> Result<Self, CacheError> {
        let open = || {
            let file = File::open(path)?;
            let about = file.metadata()?;
            if !about.is_file() {
                return Err(std::io::Error::other("it is not a file"));
            }
            Ok((file, about.len()))
        };
        let plain = open().map_err(|error| unreadable(&error))?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        Ok(Self::new(Origin::Plain(Arc::new(plain))).with_container(extension))
    }

    /// The same, with the short name of its container ("mkv") as the library knows it. It saves a player from looking for
    /// the kind of file at its end and in its middle. Anything but a short plain word is ignored.
    #[must_use]
    pub fn with_container(mut self, container: Option<&str>) -> Self {
        let plain = |name: &&str| {
            (1..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        self.container = container.filter(plain).map(Arc::from);
        self
    }

    /// Short name of the container, where it is known.
    #[must_use]
    pub fn container(&self) -> Option<&str> {
        self.container.as_deref()
    }

    /// Size in bytes; waits for the first reply where it is not known yet. `None`: the server does not say. Cancelled by
    /// dropping it.
    ///
    /// # Errors
    /// [`CacheError`] when there is no first reply.
    pub async fn len(&self) -> Result<Option<u64>, CacheError> {
        if let (Origin::Cached(interest), None) = (&self.origin, self.known_len()) {
            let wait = interest.wait_for(ByteRange::new(0, 0))?;
            interest.shared.wait(wait.1).await?;
            return interest.len();
        }
        Ok(self.known_len())
    }

    /// Like [`Reader::len`], on a thread that may block. Ends with [`Reader::set_flushing`].
    ///
    /// # Errors
    /// As [`Reader::len`], and [`CacheError::Cancelled`].
    pub fn len_blocking(&self) -> Result<Option<u64>, CacheError> {
        if let (Origin::Cached(interest), None) = (&self.origin, self.known_len()) {
            let wait = interest.wait_for(ByteRange::new(0, 0))?;
            interest.shared.wait_blocking(wait.1, &self.flushing)?;
            return interest.len();
        }
        Ok(self.known_len())
    }

    /// Size as known now, without waiting.
    #[must_use]
    pub fn known_len(&self) -> Option<u64> {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.size(),
            Origin::Plain(plain) => Some(plain.1),
            Origin::Passing(stream) => stream.len(),
        }
    }

    /// Whether any position can be read. Without waiting.
    #[must_use]
    pub fn is_seekable(&self) -> bool {
        match &self.origin {
            Origin::Cached(one) => !one.shared.is_sequential() || one.shared.is_complete(),
            Origin::Plain(_) => true,
            Origin::Passing(_) => false,
        }
    }

    /// Whether all bytes are on this device. Without waiting.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.is_complete(),
            Origin::Plain(_) => true,
            Origin::Passing(_) => false,
        }
    }

    /// Exactly `len` bytes from `pos`, fewer only at the end of the resource, none at or behind it. Cancelled by dropping it.
    ///
    /// # Errors
    /// [`CacheError`] when the bytes cannot be had.
    pub async fn read_at(&self, pos: u64, len: usize) -> Result<Bytes, CacheError> {
        if let Origin::Passing(stream) = &self.origin {
            let (stream, flag) = (Arc::clone(stream), Arc::clone(&self.flushing));
            return stream.read_async(pos, len, flag).await;
        }
        let Origin::Cached(interest) = &self.origin else {
            let left = self.known_len().unwrap_or_default().saturating_sub(pos);
            let mut buf = vec![0; usize::try_from(left).unwrap_or(len).min(len)];
            let count = self.read_at_blocking(pos, &mut buf)?;
            buf.truncate(count);
            return Ok(buf.into());
        };
        loop {
            let range = interest.shared.clip(pos, len);
            if range.is_empty() {
                return Ok(Bytes::new());
            }
            let mut buf = vec![0; usize::try_from(range.len()).unwrap_or(len)];
            if len <= AT_ONCE && interest.shared.read_at_once(range, &mut buf) {
                return Ok(buf.into());
            }
            let shared = interest.shared.clone();
            let read = interest.runtime.spawn_blocking(move || {
                let read = shared.read(range, &mut buf)?;
                Ok(read.map(|_| Bytes::from(buf)))
            });
            if let Some(bytes) = read.await.map_err(|_| CacheError::Closed)?? {
                interest.cursor.note(pos, range.len());
                return Ok(bytes);
            }
            let wait = interest.wait_for(range)?;
            interest.shared.wait(wait.1).await?;
        }
    }

    /// Fills `buf` from `pos` if all of it is here now; never waits, never fetches. Blocks for the disk.
    pub(super) fn peek_blocking(&self, pos: u64, buf: &mut [u8]) -> bool {
        let range = ByteRange::new(pos, pos + buf.len() as u64);
        match &self.origin {
            Origin::Cached(interest) => matches!(interest.shared.read(range, buf), Ok(Some(_))),
            Origin::Plain(_) | Origin::Passing(_) => false,
        }
    }

    /// Compares all that is here and has a checksum. Returns what was compared, and what of it was damaged.
    pub(super) fn recheck_blocking(&self) -> Result<(RangeSet, Vec<ByteRange>), CacheError> {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.recheck(),
            Origin::Plain(_) | Origin::Passing(_) => Ok((RangeSet::default(), Vec::new())),
        }
    }

    /// Fills `buf` from `pos`; returns fewer bytes only at the end of the resource. Returns within 20 ms of
    /// [`Reader::set_flushing`]`(true)`.
    ///
    /// # Errors
    /// [`CacheError`] when the bytes cannot be had; [`CacheError::Cancelled`] while flushing.
    pub fn read_at_blocking(&self, pos: u64, buf: &mut [u8]) -> Result<usize, CacheError> {
        if self.flushing.load(Ordering::Acquire) {
            return Err(CacheError::Cancelled);
        }
        let interest = match &self.origin {
            Origin::Cached(interest) => interest,
            Origin::Plain(plain) => {
                let read = read_full(|buf, pos| plain.0.read_at(buf, pos), pos, buf);
                return read.map_err(|error| unreadable(&error));
            }
            Origin::Passing(stream) => return stream.read(pos, buf, &self.flushing),
        };
        loop {
            let range = interest.shared.clip(pos, buf.len());
            if range.is_empty() {
                return Ok(0);
            }
            let part = &mut buf[..usize::try_from(range.len()).unwrap_or_default()];
            if let Some(count) = interest.shared.read(range, part)? {
                interest.cursor.note(pos, count as u64);
                return Ok(count);
            }
            let wait = interest.wait_for(range)?;
            interest.shared.wait_blocking(wait.1, &self.flushing)?;
        }
    }

    /// Says that this clone is about to read from the beginning: the first request goes out now, while its player is still
    /// being built. Never waits, and fails in silence; the first read tells what is the matter.
    pub fn begin(&self) {
        let Origin::Cached(seat) = &self.origin else {
            return;
        };
        seat.cursor.begin();
        let want = Command::Want(seat.shared.key.clone(), seat.shared.generation);
        // An actor that has ended tells the first read.
        seat.actor.send(want).ok();
    }

    /// Says how this clone's bytes are used, so that the right ones come first. Cheap, never waits, and may be lost.
    pub fn hint(&self, hint: Hint) {
        if let Origin::Cached(seat) = &self.origin {
            seat.cursor.hint(hint);
        }
    }

    /// While set, blocking reads of this clone end with [`CacheError::Cancelled`].
    pub fn set_flushing(&self, flushing: bool) {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.flush(&self.flushing, flushing),
            Origin::Plain(_) => self.flushing.store(flushing, Ordering::Release),
            Origin::Passing(stream) => stream.flush(&self.flushing, flushing),
        }
    }

    /// How many bytes from `pos` are on this device now, without a gap.
    #[must_use]
    pub fn covered_from(&self, pos: u64) -> u64 {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.covered_from(pos),
            Origin::Plain(plain) => plain.1.saturating_sub(pos),
            Origin::Passing(stream) => stream.covered_from(pos),
        }
    }

    /// Ranges on this device, now.
    #[must_use]
    pub fn ranges(&self) -> RangeSet {
        match &self.origin {
            Origin::Cached(interest) => interest.shared.ranges(),
            Origin::Plain(plain) => [ByteRange::new(0, plain.1)].into_iter().collect(),
            Origin::Passing(_) => RangeSet::default(),
        }
    }
}

fn unreadable(error: &std::io::Error) -> CacheError {
    CacheError::Upstream(SourceError::Unreadable(error.to_string()))
}
