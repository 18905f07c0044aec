//! mpv with its own disk cache: until it has shown one frame.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::{Program, Skipped};

/// Milliseconds of a whole run that shows one frame of `address`, a file or a URL, and ends.
pub(crate) fn one_frame(address: &str, place: &Path) -> Result<f64, Skipped> {
    let mut command = Command::new("mpv");
    command
        .args(["--no-config", "--vo=null", "--ao=null", "--frames=1"])
        .args(["--cache=yes", "--cache-on-disk=yes"])
        .arg(format!("--demuxer-cache-dir={}", place.display()))
        .arg(address);
    let begin = Instant::now();
    let mut program = Program::start(&mut command)?;
    let status = program.0.wait();
    let elapsed = begin.elapsed().as_secs_f64() * 1e3;
    match status {
        Ok(status) if status.success() => Ok(elapsed),
        _ => Err(Skipped("mpv does not play it".into())),
    }
}
