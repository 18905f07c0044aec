//! The floor: what the system and the HTTP client do without any cache.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::spent::cpu_seconds;

/// What a transfer took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) cpu: f64,
}

/// The loop that everybody would write: each chunk of the body goes to its place in the file.
pub(crate) fn download(url: &str, file: &Path) -> Result<Cost> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let file = File::create(file)?;
    let (begin, cpu) = (Instant::now(), cpu_seconds()?);
    runtime.block_on(async {
        let mut response = client.get(url).send().await?.error_for_status()?;
        let mut pos = 0;
        while let Some(chunk) = response.chunk().await? {
            file.write_all_at(&chunk, pos)?;
            pos += chunk.len() as u64;
        }
        anyhow::Ok(())
    })?;
    Ok(Cost {
        seconds: begin.elapsed().as_secs_f64(),
        cpu: cpu_seconds()? - cpu,
    })
}

/// A client that keeps its connections, for one ranged GET after another.
pub(crate) struct Client {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

impl Client {
    pub(crate) fn new() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { runtime, client })
    }

    /// The bytes `pos..pos + buf.len()` of what is at `url`.
    pub(crate) fn read_at(&self, url: &str, pos: u64, buf: &mut [u8]) -> Result<()> {
        let last = pos + buf.len() as u64 - 1;
        self.runtime.block_on(async {
            let request = self.client.get(url);
            let request = request.header("Range", format!("bytes={pos}-{last}"));
            let mut response = request.send().await?.error_for_status()?;
            let mut done = 0;
            while let Some(chunk) = response.chunk().await? {
                let end = done + chunk.len();
                let place = buf.get_mut(done..end).context("more than was asked")?;
                place.copy_from_slice(&chunk);
                done = end;
            }
            anyhow::ensure!(done == buf.len(), "less than was asked");
            Ok(())
        })
    }
}
