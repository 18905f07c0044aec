//! Bytes that pass by: a stream that a server makes for one playback, read once from its beginning to its end and never
//! stored.
//!
//! **Owns** the bytes between the one who fetches and the one who reads: the beginning for as long as anybody reads (players
//! look at it twice), and a window around the place that is being read.
//! **Threads**: the inlet is filled on the engine's runtime, readers block their own threads.
//!
//! **Lock order**: `state` is the only one. **Cancellation**: a blocking read ends by the flag; an async one waits on the
//! blocking pool and is ended by the same flag; the inlet stops when the last reader is gone.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::error::CacheError;
use super::reader::Reader;

/// So much of the beginning is always there.
const HEAD: usize = 1 << 20;
/// So much is kept behind what was read last,
const BACK: u64 = 4 << 20;
/// and so much is fetched ahead of it.
const AHEAD: u64 = 16 << 20;

#[derive(Default)]
struct State {
    head: Vec<u8>,
    window: VecDeque<Bytes>,
    /// Where the window begins and ends.
    first: u64,
    end: u64,
    /// How far somebody has read.
    read: u64,
    over: Option<Result<(), CacheError>>,
    /// Nobody reads any more.
    left: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// More bytes, or the end.
    more: Condvar,
    /// More room, or nobody who needs it.
    room: Notify,
    /// Nobody reads any more.
    left: Notify,
}

/// The end at which bytes come in. Dropped, it ends the stream with an error.
pub struct Inlet {
    shared: Arc<Shared>,
}

/// The end at which they are read.
pub(super) struct Outlet {
    shared: Arc<Shared>,
}

impl fmt::Debug for Inlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inlet").finish_non_exhaustive()
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").finish_non_exhaustive()
    }
}

/// A new stream: where its bytes are put in, and their reader. `container` is the short name of its kind ("ts").
#[must_use]
pub fn passage(container: &str) -> (Inlet, Reader) {
    let shared = Arc::new(Shared::default());
    let outlet = Outlet {
        shared: Arc::clone(&shared),
    };
    let reader = Reader::passing(Arc::new(outlet)).with_container(Some(container));
    (Inlet { shared }, reader)
}

impl Inlet {
    /// Adds bytes; waits while there is no room for them. False: nobody reads any more.
    pub async fn push(&self, bytes: Bytes) -> bool {
        loop {
            let room = self.shared.room.notified();
            {
                let mut state = self.shared.state.lock();
                if state.left {
                    return false;
                }
                if state.end.saturating_sub(state.read) < AHEAD {
                    state.take(bytes);
                    self.shared.more.notify_all();
                    return true;
                }
            }
            room.await;
        }
    }

    /// The stream is over, with this outcome.
    pub fn finish(self, outcome: Result<(), CacheError>) {
        self.end(outcome);
    }

    /// Resolves when nobody reads any more.
    pub async fn abandoned(&self) {
        loop {
            let left = self.shared.left.notified();
            if self.shared.state.lock().left {
                return;
            }
            left.await;
        }
    }

    fn end(&self, outcome: Result<(), CacheError>) {
        self.shared.state.lock().over.get_or_insert(outcome);
        self.shared.more.notify_all();
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.end(Err(CacheError::Closed));
    }
}

impl State {
    fn take(&mut self, bytes: Bytes) {
        let missing = HEAD.saturating_sub(self.head.len());
        self.head
            .extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.end += bytes.len() as u64;
        self.window.push_back(bytes);
        while let Some(oldest) = self.window.front() {
            let next = self.first + oldest.len() as u64;
            if next + BACK > self.read {
                break;
            }
            self.first = next;
            self.window.pop_front();
        }
    }

    /// Copies what is there from `pos` on, which is all of `buf` or up to the end.
    fn copy(&self, pos: u64, buf: &mut [u8]) -> Result<usize, CacheError> {
        let mut done = 0;
        while done < buf.len() {
            let at = pos + done as u64;
            let (left, there) = (&mut buf[done..], self.at(at));
            match there {
                Some([]) => break,
                Some(bytes) => {
                    let count = bytes.len().min(left.len());
                    left[..count].copy_from_slice(&bytes[..count]);
                    done += count;
                }
                None => return Err(CacheError::NotSeekable),
            }
        }
        Ok(done)
    }

    /// Some bytes from `pos` on; none at the end, nothing where they have passed by.
    fn at(&self, pos: u64) -> Option<&[u8]> {
        let within = |start: u64, bytes: &[u8]| {
            let skip = pos.checked_sub(start)?;
            let skip = usize::try_from(skip).ok()?;
            (skip < bytes.len()).then_some(skip)
        };
        if let Some(skip) = within(0, &self.head) {
            return self.head.get(skip..);
        }
        if pos >= self.end {
            return Some(&[]);
        }
        let mut start = self.first;
        for bytes in &self.window {
            if let Some(skip) = within(start, bytes) {
                return bytes.get(skip..);
            }
            start += bytes.len() as u64;
        }
        None
    }
}

impl Outlet {
    pub(super) fn read(
        &self,
        pos: u64,
        buf: &mut [u8],
        flushing: &AtomicBool,
    ) -> Result<usize, CacheError> {
        let wanted = pos + buf.len() as u64;
        let mut state = self.shared.state.lock();
        // Says how far it is to be fetched before it waits.
        state.read = state.read.max(wanted.min(state.end + AHEAD / 2));
        self.shared.room.notify_one();
        loop {
            if flushing.load(Ordering::Acquire) {
                return Err(CacheError::Cancelled);
            }
            if state.end >= wanted {
                return state.copy(pos, buf);
            }
            match &state.over {
                Some(Ok(())) => return state.copy(pos, buf),
                Some(Err(error)) => return Err(error.clone()),
                None => self.shared.more.wait(&mut state),
            }
        }
    }

    /// The same on a thread that may wait.
    pub(super) async fn read_async(
        self: Arc<Self>,
        pos: u64,
        len: usize,
        flushing: Arc<AtomicBool>,
    ) -> Result<Bytes, CacheError> {
        let read = tokio::task::spawn_blocking(move || {
            let mut buf = vec![0; len];
            let count = self.read(pos, &mut buf, &flushing)?;
            buf.truncate(count);
            Ok(Bytes::from(buf))
        });
        read.await.map_err(|_| CacheError::Closed)?
    }

    pub(super) fn flush(&self, flag: &AtomicBool, flushing: bool) {
        // Under the lock, so that nobody begins to wait between the flag and the call.
        let state = self.shared.state.lock();
        flag.store(flushing, Ordering::Release);
        drop(state);
        self.shared.more.notify_all();
    }

    /// How many bytes from `pos` on have come and are still here.
    pub(super) fn covered_from(&self, pos: u64) -> u64 {
        let state = self.shared.state.lock();
        let here = pos >= state.first && pos < state.end;
        if here { state.end - pos } else { 0 }
    }

    /// Size, once the end was seen.
    pub(super) fn len(&self) -> Option<u64> {
        let state = self.shared.state.lock();
        matches!(state.over, Some(Ok(()))).then_some(state.end)
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.state.lock().left = true;
        self.shared.room.notify_one();
        self.shared.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(number: u8) -> Bytes {
        Bytes::from(vec![number; 1 << 20])
    }

    #[tokio::test]
    async fn bytes_pass_in_order_and_the_beginning_stays() {
        let (inlet, reader) = passage("ts");
        assert!(inlet.push(Bytes::from_static(b"abc")).await);
        assert!(inlet.push(Bytes::from_static(b"defg")).await);
        let mut buf = [0; 5];
        assert_eq!(reader.read_at_blocking(1, &mut buf).unwrap(), 5);
        assert_eq!(&buf, b"bcdef");
        assert_eq!((reader.is_seekable(), reader.is_complete()), (false, false));
        assert_eq!(reader.known_len(), None);
        inlet.finish(Ok(()));
        assert_eq!(reader.read_at_blocking(5, &mut buf).unwrap(), 2);
        assert_eq!(reader.read_at_blocking(7, &mut buf).unwrap(), 0);
        assert_eq!(reader.known_len(), Some(7));
        assert_eq!(reader.container(), Some("ts"));
        assert_eq!(&reader.read_at(0, 3).await.unwrap()[..], b"abc");
    }

    #[tokio::test]
    async fn what_has_passed_by_is_gone_but_for_the_beginning() {
        let (inlet, reader) = passage("ts");
        let mut buf = vec![0; 1 << 20];
        for number in 0..32_u8 {
            assert!(inlet.push(piece(number)).await);
            let pos = u64::from(number) << 20;
            assert_eq!(reader.read_at_blocking(pos, &mut buf).unwrap(), 1 << 20);
            assert!(buf.iter().all(|byte| *byte == number));
        }
        assert_eq!(reader.read_at_blocking(0, &mut buf).unwrap(), 1 << 20);
        let old = reader.read_at_blocking(8 << 20, &mut buf);
        assert!(matches!(old, Err(CacheError::NotSeekable)), "{old:?}");
        assert_eq!(
            reader.read_at_blocking(30 << 20, &mut buf).unwrap(),
            1 << 20
        );
    }

    #[tokio::test]
    async fn no_more_is_fetched_than_there_is_room_for() {
        let (inlet, reader) = passage("ts");
        for number in 0..16 {
            assert!(inlet.push(piece(number)).await);
        }
        {
            let more = inlet.push(piece(16));
            tokio::pin!(more);
            let at_once = tokio::time::timeout(std::time::Duration::ZERO, &mut more);
            assert!(at_once.await.is_err());
            let mut buf = vec![0; 1 << 20];
            reader.read_at_blocking(0, &mut buf).unwrap();
            assert!(more.await);
        }
        drop(reader);
        inlet.abandoned().await;
        assert!(!inlet.push(piece(17)).await);
    }

    #[test]
    fn a_waiting_reader_hears_of_the_end_and_of_flushing() {
        let (inlet, reader) = passage("ts");
        let reader = Arc::new(reader);
        let other = Arc::clone(&reader);
        let waiting = std::thread::spawn(move || other.read_at_blocking(0, &mut [0; 4]));
        reader.set_flushing(true);
        assert!(matches!(
            waiting.join().unwrap(),
            Err(CacheError::Cancelled)
        ));
        reader.set_flushing(false);
        let other = Arc::clone(&reader);
        let waiting = std::thread::spawn(move || other.read_at_blocking(0, &mut [0; 4]));
        drop(inlet);
        assert!(matches!(waiting.join().unwrap(), Err(CacheError::Closed)));
    }
}
