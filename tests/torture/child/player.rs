//! One thread of a child that opens, reads, seeks, closes, keeps, pins, fetches ahead, clears and limits at random, and
//! compares all that it is given.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use spool_engine::Engine;
use spool_engine::cache::{CacheError, Group, Priority, Reader, Span};
use spool_engine::model::AccountId;
use testkit::pattern;

use super::{block, complain, limit};
use crate::chance::Chance;
use crate::profile::NO_LIMIT;
use crate::titles::Title;

/// The longest read: stalls and retries of a misbehaving server are within it, a hang is not.
const PATIENCE: Duration = Duration::from_secs(120);

/// See the module.
pub(super) struct Player<'a> {
    engine: &'a Engine,
    account: &'a AccountId,
    chance: Chance,
    titles: Vec<Title>,
    readers: BTreeMap<Title, (Reader, u64)>,
    /// Its jobs, to be called off together.
    group: Group,
}

impl<'a> Player<'a> {
    pub(super) fn new(engine: &'a Engine, account: &'a AccountId, seed: u64, index: u64) -> Self {
        Self {
            engine,
            account,
            chance: Chance::new(seed, index),
            titles: Title::all().collect(),
            readers: BTreeMap::new(),
            group: Group::new(&format!("player {index}")),
        }
    }

    pub(super) fn play(mut self, over: &AtomicBool) {
        while !over.load(Ordering::Acquire) {
            let title = *self.chance.of(&self.titles);
            match self.chance.below(100) {
                0..36 => self.play_on(title, over),
                36..58 => self.seek(title),
                58..67 => self.end_of(title),
                67..71 => self.behind(title),
                71..76 => self.scrub(title),
                76..84 => drop(self.readers.remove(&title)),
                84..86 => self.clear(title),
                86..88 => self.pin(title),
                88..91 => self.keep(title),
                91..94 => self.let_go(title),
                94..97 => self.fetch_ahead(title),
                97 => self.call_off(),
                _ => self.limit(),
            }
        }
    }

    /// The reader of a title, and where it is.
    fn open(&mut self, title: Title) -> Option<(Reader, u64)> {
        if let Some((reader, pos)) = self.readers.get(&title) {
            return Some((reader.clone(), *pos));
        }
        let opened = block(self.engine.cache.open(title.request(self.account)));
        match opened {
            Ok(reader) => {
                self.readers.insert(title, (reader.clone(), 0));
                Some((reader, 0))
            }
            // The file changed, the disk failed: allowed, if it does not give wrong bytes.
            _ => None,
        }
    }

    fn moved(&mut self, title: Title, to: u64) {
        if let Some(place) = self.readers.get_mut(&title) {
            place.1 = to;
        }
    }

    /// Reads `len` bytes at `pos` and compares them; `false` where the cache had to give up.
    fn read(&mut self, title: Title, pos: u64, len: u64) -> bool {
        let Some((reader, _)) = self.open(title) else {
            return false;
        };
        let mut buf = vec![0; usize::try_from(len).unwrap_or_default()];
        let begun = Instant::now();
        let result = reader.read_at_blocking(pos, &mut buf);
        if begun.elapsed() > PATIENCE {
            complain(format!(
                "{}: a read at {pos} took {:?}",
                title.name(),
                begun.elapsed()
            ));
        }
        match result {
            Ok(count) => {
                let right = title.size().saturating_sub(pos).min(len);
                if count as u64 != right {
                    complain(format!(
                        "{}: {count} bytes at {pos} where {right} are; the end was told at a wrong place",
                        title.name()
                    ));
                }
                if let Err(at) = pattern::verify(title.seed(), pos, &buf[..count]) {
                    complain(format!(
                        "{}: the byte {at} that was read differs",
                        title.name()
                    ));
                }
                self.moved(title, pos + count as u64);
                true
            }
            Err(_) => {
                // What cannot go on is closed, as a player would; not in a tight loop.
                self.readers.remove(&title);
                std::thread::sleep(Duration::from_millis(5));
                false
            }
        }
    }

    fn play_on(&mut self, title: Title, over: &AtomicBool) {
        let Some((_, mut pos)) = self.open(title) else {
            return;
        };
        for _ in 0..self.chance.below(24) {
            let len = *self.chance.of(&[4096, 65_536, 65_536, 262_144]);
            if over.load(Ordering::Acquire) || pos >= title.size() || !self.read(title, pos, len) {
                return;
            }
            pos += len;
        }
    }

    fn seek(&mut self, title: Title) {
        let pos = self.chance.below(title.size());
        let len = 1 + self.chance.below(300_000);
        self.read(title, pos, len);
    }

    /// The end is where it is, to the byte.
    fn end_of(&mut self, title: Title) {
        let back = 1 + self.chance.below(200_000);
        let more = self.chance.below(3) * 100_000;
        let pos = title.size().saturating_sub(back);
        self.read(title, pos, back + more);
    }

    fn behind(&mut self, title: Title) {
        let pos = title.size() + self.chance.below(1000);
        self.read(title, pos, 1000);
    }

    /// A read that is given up at once: it ends with the right bytes or without any.
    fn scrub(&mut self, title: Title) {
        let Some((reader, _)) = self.open(title) else {
            return;
        };
        let pos = self.chance.below(title.size());
        let wait = self
            .chance
            .duration(Duration::ZERO, Duration::from_millis(30));
        let flushed = std::thread::scope(|scope| {
            let read = scope.spawn(|| {
                let mut buf = vec![0; 100_000];
                let count = reader.read_at_blocking(pos, &mut buf)?;
                Ok::<_, CacheError>(pattern::verify(title.seed(), pos, &buf[..count]))
            });
            std::thread::sleep(wait);
            reader.set_flushing(true);
            let begun = Instant::now();
            let read = read.join();
            (read, begun.elapsed())
        });
        reader.set_flushing(false);
        match flushed {
            (Ok(Ok(Err(at))), _) => complain(format!("{}: the byte {at} differs", title.name())),
            (_, waited) if waited > PATIENCE => complain("a flushed read went on"),
            _ => {}
        }
    }

    fn clear(&mut self, title: Title) {
        let key = (!self.chance.happens(200)).then(|| title.request(self.account).key);
        // What is open stays; that is the cache's affair.
        block(self.engine.cache.clear(key)).ok();
    }

    fn pin(&mut self, title: Title) {
        let key = title.request(self.account).key;
        block(self.engine.cache.set_pinned(&key, self.chance.happens(500))).ok();
    }

    /// Keeps it for good, as long as nobody lets it go: its file moves while others read it.
    fn keep(&mut self, title: Title) {
        let pos = self.readers.get(&title).map_or(0, |(_, pos)| *pos);
        // What fails here is allowed to, as where it is opened.
        if let Ok(reader) = block(self.engine.cache.keep(title.request(self.account))) {
            self.readers.insert(title, (reader, pos));
        }
    }

    fn let_go(&mut self, title: Title) {
        let key = title.request(self.account).key;
        block(self.engine.cache.unkeep(&key)).ok();
    }

    fn fetch_ahead(&mut self, title: Title) {
        let span = *self.chance.of(&[Span::Whole, Span::START]);
        let priorities = [Priority::Next, Priority::Download, Priority::Later];
        let (priority, request) = (*self.chance.of(&priorities), title.request(self.account));
        let job = self
            .engine
            .cache
            .fetch_ahead(request, span, priority, &self.group);
        block(job).ok();
    }

    fn call_off(&mut self) {
        block(self.engine.cache.cancel_group(&self.group)).ok();
    }

    fn limit(&mut self) {
        let bytes = *self
            .chance
            .of(&[4 << 20, 20 << 20, 60 << 20, NO_LIMIT, NO_LIMIT]);
        limit(self.engine, bytes);
    }
}
