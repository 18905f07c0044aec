//! A child as its parent sees it: what it said, and what of it must still be true after its end.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::child::Task;
use crate::words::{Held, Word};

/// Claims are written down every two seconds; the rest of it is the writing down itself, and a busy machine.
pub(crate) const LAG: Duration = Duration::from_millis(3500);
/// A guard against hangs: a child says what it has many times a second.
const SILENCE: Duration = Duration::from_secs(90);

/// What a child has said.
#[derive(Debug, Default)]
struct Heard {
    checked: Option<Held>,
    /// What it had, oldest first.
    had: VecDeque<(Instant, Held)>,
    violations: Vec<String>,
    ended: bool,
    over: bool,
    last: Option<Instant>,
}

type Shared = Arc<(Mutex<Heard>, Condvar)>;

fn heard(shared: &Shared) -> MutexGuard<'_, Heard> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn hear(&mut self, word: Word) {
        let now = Instant::now();
        self.last = Some(now);
        match word {
            Word::Checked(held) => {
                self.had.push_back((now, held.clone()));
                self.checked = Some(held);
            }
            Word::Has(held) => {
                self.had.push_back((now, held));
                // One older than the lag is kept: it says how things stood when the lag began.
                while self
                    .had
                    .get(1)
                    .is_some_and(|second| second.0.elapsed() > LAG * 2)
                {
                    self.had.pop_front();
                }
            }
            Word::Violation(what) => self.violations.push(what),
            Word::Ended => self.ended = true,
        }
    }

    /// What was here at `since` and at every moment after: it must be claimed.
    fn lasting(&self, since: Instant) -> Option<Held> {
        let before = self.had.iter().rposition(|(when, _)| *when <= since);
        let mut states = self.had.range(before.unwrap_or(0)..);
        let mut lasting = states.next()?.1.clone();
        for (_, held) in states {
            lasting.retain(|title, ranges| {
                *ranges = held
                    .get(title)
                    .map(|now| ranges.intersection(now))
                    .unwrap_or_default();
                !ranges.is_empty()
            });
        }
        Some(lasting)
    }
}

/// A running child.
pub(crate) struct Watched {
    child: Child,
    input: Option<ChildStdin>,
    shared: Shared,
    listener: Option<JoinHandle<()>>,
}

/// What a child has left behind.
#[derive(Debug)]
pub(crate) struct Legacy {
    /// What it found at its start; `None` when it ended before it had looked.
    pub(crate) checked: Option<Held>,
    /// What its successor must find; `None` when it ended before it had looked.
    pub(crate) lasting: Option<Held>,
    /// Bytes that it had at its end.
    pub(crate) had: u64,
    pub(crate) violations: Vec<String>,
}

impl Watched {
    pub(crate) fn start(task: &Task) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(task.arguments())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("a child does not start")?;
        let out = child.stdout.take().context("a child without output")?;
        let shared = Shared::default();
        let listener = std::thread::spawn({
            let shared = shared.clone();
            move || listen(&mut BufReader::new(out), &shared)
        });
        Ok(Self {
            input: child.stdin.take(),
            child,
            shared,
            listener: Some(listener),
        })
    }

    /// Blocks until the child has checked what it found, or has ended; `false` when it hangs.
    pub(crate) fn wait_checked(&self) -> bool {
        self.wait(|heard| heard.checked.is_some() || heard.over)
    }

    fn wait(&self, holds: impl Fn(&Heard) -> bool) -> bool {
        let mut now = heard(&self.shared);
        let begun = Instant::now();
        while !holds(&now) {
            if begun.elapsed() > SILENCE {
                return false;
            }
            let waited = self.shared.1.wait_timeout(now, Duration::from_secs(1));
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Whether it speaks as often as it should.
    pub(crate) fn is_silent(&self) -> bool {
        heard(&self.shared)
            .last
            .is_some_and(|last| last.elapsed() > SILENCE)
    }

    /// SIGKILL; what it had must outlive it as far as it is older than `lag`.
    pub(crate) fn kill(mut self, lag: Duration) -> Result<Legacy> {
        let now = Instant::now();
        let by_itself = self.child.try_wait()?;
        self.child.kill().context("a child cannot be killed")?;
        let mut legacy = self.legacy(now.checked_sub(lag).unwrap_or(now))?;
        if let Some(status) = by_itself {
            let what = format!("a child ended before it was killed: {status}");
            legacy.violations.push(what);
        }
        Ok(legacy)
    }

    /// Lets it end in good order; all that it had must outlive it.
    pub(crate) fn end(mut self) -> Result<Legacy> {
        drop(self.input.take());
        let orderly = self.wait(|heard| heard.over) && heard(&self.shared).ended;
        if !orderly {
            self.child.kill().ok();
        }
        let mut legacy = self.legacy(Instant::now())?;
        if !orderly {
            legacy
                .violations
                .push("a child did not end in good order".to_owned());
        }
        Ok(legacy)
    }

    fn legacy(&mut self, since: Instant) -> Result<Legacy> {
        self.child.wait()?;
        if let Some(listener) = self.listener.take() {
            listener.join().ok();
        }
        let mut heard = heard(&self.shared);
        let bytes = |held: &Held| {
            held.values()
                .map(spool_engine::range::RangeSet::bytes)
                .sum()
        };
        Ok(Legacy {
            lasting: heard.lasting(since),
            had: heard.had.back().map_or(0, |(_, held)| bytes(held)),
            checked: heard.checked.take(),
            violations: std::mem::take(&mut heard.violations),
        })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn listen(out: &mut impl BufRead, shared: &Shared) {
    let mut line = String::new();
    loop {
        line.clear();
        let read = out.read_line(&mut line);
        // A line that a kill has cut has no end.
        let whole = line.strip_suffix('\n');
        let mut heard = heard(shared);
        match (read, whole) {
            (Ok(_), Some(whole)) => {
                if let Some(word) = Word::parse(whole) {
                    heard.hear(word);
                }
            }
            _ => heard.over = true,
        }
        shared.1.notify_all();
        if heard.over {
            return;
        }
    }
}
