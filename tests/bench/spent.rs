//! What this process has spent: time on the cores, and memory.

use anyhow::{Context, Result};

/// Seconds that this process's living threads ran. A scheduler tick exact for each of them.
pub(crate) fn cpu_seconds() -> Result<f64> {
    let mut nanos = 0;
    for thread in std::fs::read_dir("/proc/self/task")?.flatten() {
        // A thread may end while it is looked at.
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let first = text.split_ascii_whitespace().next();
        nanos += first
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0);
    }
    Ok(nanos as f64 / 1e9)
}

/// A line of `/proc/PID/status` in MB: `VmRSS` is the memory now, `VmHWM` the most there was.
pub(crate) fn memory(process: u32, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let lines = status.lines().filter_map(|text| text.split_once(':'));
    let mut of_name = lines.filter(|(name, _)| *name == line);
    let (_, value) = of_name
        .next()
        .context("the system says nothing of memory")?;
    let kib = value.split_ascii_whitespace().next().unwrap_or_default();
    Ok(kib.parse::<f64>()? * 1024.0 / 1e6)
}
