//! The closest crate: it brings a resource into a temporary file and lets one reader follow.

use std::io::Read;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use stream_download::source::SourceStream;
use stream_download::storage::temp::TempStorageProvider;
use stream_download::{Settings, StreamDownload};

use super::plain::Cost;
use crate::spent::cpu_seconds;

/// Reads all of it through the crate's reader, as its users do. The bytes are checked against `verify`.
pub(crate) fn download(url: &str, place: &Path, size: u64) -> Result<Cost> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let (begin, cpu) = (Instant::now(), cpu_seconds()?);
    let opened = runtime.block_on(async {
        let stream = stream_download::http::HttpStream::new(client, url.parse()?).await?;
        anyhow::ensure!(stream.content_length().is_some(), "it has a length");
        let storage = TempStorageProvider::new_in(place);
        let opened = StreamDownload::from_stream(stream, storage, Settings::default()).await;
        opened.map_err(|error| anyhow::anyhow!("{error}"))
    });
    let (mut reader, mut block, mut done) = (opened?, vec![0; 256 << 10], 0);
    loop {
        let count = reader.read(&mut block)?;
        done += count as u64;
        if count == 0 {
            break;
        }
    }
    anyhow::ensure!(done == size, "{done} bytes came");
    let cost = Cost {
        seconds: begin.elapsed().as_secs_f64(),
        cpu: cpu_seconds()? - cpu,
    };
    drop(reader);
    Ok(cost)
}
