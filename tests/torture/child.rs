//! What gets killed: it checks what is claimed, with its server away, and then plays, seeks, evicts until it ends.
//!
//! It speaks [`Word`]s on standard output and ends in good order when its standard input ends.

mod player;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use spool_engine::Engine;
use spool_engine::cache::{EntryState, Reader};
use spool_engine::model::AccountId;
use spool_engine::range::{ByteRange, RangeSet};
use testkit::pattern;
use tokio::sync::broadcast::error::TryRecvError;

use crate::profile;
use crate::titles::Title;
use crate::words::{Held, Word};

/// Threads that read.
const PLAYERS: u64 = 3;
/// How often it says what it has.
const RHYTHM: Duration = Duration::from_millis(40);

#[derive(Args, Clone, Debug)]
pub(crate) struct Task {
    /// Folder of the profile.
    #[arg(long)]
    folder: PathBuf,
    /// Address of the server.
    #[arg(long)]
    server: url::Url,
    #[arg(long)]
    seed: u64,
}

impl Task {
    pub(crate) fn new(folder: PathBuf, server: url::Url, seed: u64) -> Self {
        Self {
            folder,
            server,
            seed,
        }
    }

    /// The arguments that make this task of a command line.
    pub(crate) fn arguments(&self) -> [String; 7] {
        [
            "child".to_owned(),
            "--folder".to_owned(),
            self.folder.display().to_string(),
            "--server".to_owned(),
            self.server.to_string(),
            "--seed".to_owned(),
            self.seed.to_string(),
        ]
    }
}

/// Says it whole or not at all; a parent that is gone does not matter.
pub(crate) fn say(word: &Word) {
    let line = format!("{word}\n");
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .ok();
}

pub(crate) fn complain(what: impl Into<String>) {
    say(&Word::Violation(what.into()));
}

/// Waits for a future of the engine with nothing but a parked thread: its handles work from any executor.
pub(crate) fn block<T>(future: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Thread(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

pub(crate) fn run(task: &Task) -> ExitCode {
    match live(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn live(task: &Task) -> Result<()> {
    let (engine, paths) = profile::start(&task.folder, &task.server)?;
    let account = profile::account()?;
    if profile::lost_its_database(&task.folder) {
        complain("the database was damaged");
    }
    say(&Word::Checked(check(&engine, &account)?));
    paths.appear();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for index in 0..PLAYERS {
            let player = player::Player::new(&engine, &account, task.seed, index);
            scope.spawn(|| player.play(&over));
        }
        scope.spawn(|| tell(&engine, &over));
        // Whatever comes or not: the end of it is the sign.
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        over.store(true, Ordering::Release);
    });
    // What was open was safe from a low limit until now, and need not be any more.
    limit(&engine, profile::NO_LIMIT);
    let last = held(&engine)?;
    engine.shutdown_blocking();
    say(&Word::Has(last));
    say(&Word::Ended);
    Ok(())
}

/// Whether the limit is low, and whether it was since [`was_low`] was asked last.
static LOW: Mutex<(bool, bool)> = Mutex::new((false, false));
/// One limit is set after the other.
static SETTING: Mutex<()> = Mutex::new(());

fn low() -> MutexGuard<'static, (bool, bool)> {
    LOW.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the limit. While it is low, titles are evicted and slide at any moment, also after the last look at what is here and
/// before a kill: nothing is promised then.
pub(crate) fn limit(engine: &Engine, bytes: u64) {
    let _alone = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
    let lowers = bytes < profile::NO_LIMIT;
    if lowers {
        *low() = (true, true);
        say(&Word::Has(Held::new()));
    }
    // The service ends with the engine, which this borrows.
    block(engine.cache.set_limit(bytes)).ok();
    low().0 = lowers;
}

fn was_low() -> bool {
    let mut low = low();
    let now = low.0;
    std::mem::replace(&mut low.1, now)
}

/// Says what is here, again and again. What went between two looks is left out once, though it may have come back: those are
/// other bytes, and too young to be claimed.
fn tell(engine: &Engine, over: &AtomicBool) {
    let mut states = engine.cache.subscribe();
    while !over.load(Ordering::Acquire) {
        if let Ok(mut held) = held(engine) {
            let whole = held.clone();
            loop {
                match states.try_recv() {
                    Ok(state) if state.ranges.is_empty() => {
                        let title = Title::of_key(&state.key);
                        title.and_then(|title| held.remove(&title));
                    }
                    Ok(_) => {}
                    Err(TryRecvError::Lagged(_)) => held.clear(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            if was_low() {
                say(&Word::Has(Held::new()));
            } else {
                if held != whole {
                    say(&Word::Has(held));
                }
                say(&Word::Has(whole));
            }
        }
        std::thread::sleep(RHYTHM);
    }
}

fn entries(engine: &Engine) -> Result<BTreeMap<Title, Arc<EntryState>>> {
    let entries = block(engine.cache.entries()).context("the cache does not answer")?;
    let titled = entries
        .into_iter()
        .filter_map(|entry| Some((Title::of_key(&entry.key)?, entry)));
    Ok(titled.collect())
}

fn held(engine: &Engine) -> Result<Held> {
    let entries = entries(engine)?.into_iter();
    Ok(entries
        .map(|(title, entry)| (title, entry.ranges.clone()))
        .collect())
}

/// Reads every claimed byte while no server can be asked.
fn check(engine: &Engine, account: &AccountId) -> Result<Held> {
    let mut good = Held::new();
    for (title, entry) in entries(engine)? {
        if entry.size.is_some_and(|size| size != title.size()) {
            complain(format!(
                "{}: claims a size of {:?}",
                title.name(),
                entry.size
            ));
        }
        let reader = block(engine.cache.open(title.request(account)));
        let reader = reader.with_context(|| format!("{} does not open", title.name()))?;
        let ranges = reader.ranges();
        if ranges.is_empty() {
            // Its file went before its row did: nothing of it is here, which only who evicted it may have caused.
            continue;
        }
        for range in entry.ranges.iter() {
            for lost in ranges.missing_in(range) {
                complain(format!(
                    "{}: {lost} was claimed and is not here",
                    title.name()
                ));
            }
        }
        compare(title, &reader, &entry.ranges.intersection(&ranges));
        good.insert(title, entry.ranges.clone());
    }
    Ok(good)
}

fn compare(title: Title, reader: &Reader, ranges: &RangeSet) {
    let mut block = vec![0; 1 << 18];
    for range in ranges.iter() {
        let mut pos = range.start;
        while pos < range.end {
            let part = ByteRange::new(pos, range.end.min(pos + block.len() as u64));
            let room = &mut block[..usize::try_from(part.len()).unwrap_or_default()];
            match reader.read_at_blocking(pos, room) {
                Ok(count) if count == room.len() => {
                    if let Err(at) = pattern::verify(title.seed(), pos, room) {
                        complain(format!("{}: the claimed byte {at} differs", title.name()));
                    }
                }
                other => complain(format!(
                    "{}: {part} was claimed, reading it: {other:?}",
                    title.name()
                )),
            }
            pos = part.end;
        }
    }
}
