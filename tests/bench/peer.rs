//! The others: what the rows stand beside. Each is had from Debian or crates.io, or skipped with a reason.

pub(crate) mod gst;
pub(crate) mod mpv;
pub(crate) mod nginx;
pub(crate) mod plain;
pub(crate) mod rclone;
pub(crate) mod stream_download;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Why there is no figure of a peer.
#[derive(Clone, Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "peer skipped: {}", self.0)
    }
}

/// A peer's program. Dropping it ends it.
pub(crate) struct Program(pub(crate) Child);

impl Program {
    /// Starts it without any output.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Skipped> {
        let name = command.get_program().display().to_string();
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn();
        child.map(Self).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Skipped(format!("{name} is not installed"))
            } else {
                Skipped(format!("{name}: {error}"))
            }
        })
    }

    /// Whether it has ended already.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Looks again and again until `ready`, for at most ten seconds.
pub(crate) fn until(mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while !ready() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
