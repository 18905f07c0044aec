//! The server behind the cache's rows: one file in memory at any pace, counted to the byte, in a process and on a core of its
//! own, so that its work is not taken for the engine's.
//!
//! A path is `/SETTINGS/NAME`. Settings are `r=` MB/s of each connection, `l=` milliseconds before each reply's head, `s=`
//! MiB of the file; whatever is left out is unlimited, none, the whole. Any name will do and shows the same file; each name is
//! counted for itself. `/SETTINGS,n=NAME/` is a list of that one name, for peers that want to see a folder.

mod count;
mod serve;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};

pub(crate) use count::Count;
pub(crate) use serve::serve;

/// Size of the file in bytes.
pub(crate) const SIZE: u64 = 256 << 20;
/// Seed of its bytes ([`testkit::pattern`]).
pub(crate) const SEED: u64 = 11;

/// A running server. Dropping it ends it.
pub(crate) struct Origin {
    process: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    address: String,
}

impl Origin {
    /// Starts this program again as a server.
    pub(crate) fn start() -> Result<Self> {
        let mut command = pinned(1)?;
        let mut process = command
            .arg("origin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the origin does not start")?;
        let ask = process.stdin.take();
        let answers = process.stdout.take().context("its output is piped")?;
        let mut answers = BufReader::new(answers);
        let mut address = String::new();
        answers.read_line(&mut address)?;
        let address = address.trim().to_owned();
        anyhow::ensure!(address.starts_with("http://"), "the origin says no address");
        Ok(Self {
            process,
            ask,
            answers,
            address,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Address of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// What was asked and sent for `path` so far.
    pub(crate) fn count(&mut self, path: &str) -> Result<Count> {
        let ask = self.ask.as_mut().context("the origin is gone")?;
        writeln!(ask, "{path}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).context("the origin's answer")
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.ask.take());
        self.process.wait().ok();
    }
}

/// This very program, to be run on one core where there are several and the system can pin.
pub(crate) fn pinned(core: usize) -> Result<Command> {
    let program = std::env::current_exe()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let able = Command::new("taskset")
        .arg("-V")
        .stdout(Stdio::null())
        .status();
    if cores < 2 || !able.is_ok_and(|status| status.success()) {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    Ok(command)
}
