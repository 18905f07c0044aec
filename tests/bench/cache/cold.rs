//! What is not cached: read in order at a usual pace, and fetched as fast as the machine can.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{Ground, Times, read_through, verify};
use crate::origin::SIZE;
use crate::pair::Pair;
use crate::peer::plain::{Client, Cost, download as plain_download};
use crate::peer::rclone::Mount;
use crate::peer::{Skipped, gst, nginx, stream_download};
use crate::spent::cpu_seconds;
use crate::stand::{Stand, until_complete, wait};

/// A good line: 60 MB/s, 30 ms.
const PACE: &str = "r=60,l=30";
const BLOCK: usize = 256 << 10;

pub(super) fn sequential(ground: &mut Ground) -> Result<Vec<Pair>> {
    let stand = ground.stand()?;
    let place = ground.folder()?;
    let (mut ours, mut plain) = (Times::default(), Times::default());
    for round in 0..ground.rounds {
        let path = format!("/{PACE}/cold{round}");
        let begin = Instant::now();
        let reader = stand.open(&path)?;
        anyhow::ensure!(read_through(&reader, BLOCK)? == SIZE, "it is not whole");
        ours.add(begin.elapsed().as_secs_f64());
        verify(&reader, SIZE)?;
        drop(reader);
        forget(&stand, &path)?;
        let file = place.join("plain");
        plain.add(
            plain_download(&ground.origin.url(&format!("/{PACE}/plain{round}")), &file)?.seconds,
        );
        std::fs::remove_file(file)?;
    }
    let ours = ours.median();
    let floor = "cold sequential at 60 MB/s + 30 ms, s ÷ plain reqwest→pwrite loop";
    Ok(vec![
        Pair::at_most(floor, ours, plain.median(), 1.05),
        beside(
            "cold sequential at 60 MB/s + 30 ms, s ÷ rclone mount",
            ours,
            rclone(ground)?,
        ),
        beside(
            "cold sequential at 60 MB/s + 30 ms, s ÷ nginx slice (HTTP)",
            ours,
            nginx(ground)?,
        ),
        beside(
            "cold sequential at 60 MB/s + 30 ms, s ÷ stream-download",
            ours,
            other(ground)?,
        ),
        beside(
            "cold sequential at 60 MB/s + 30 ms, s ÷ souphttpsrc (keeps nothing)",
            ours,
            Ok(soup(ground)?),
        ),
    ])
}

/// A row without bar; of one round of the peer, which takes long.
fn beside(name: &str, ours: f64, peer: Result<f64, Skipped>) -> Pair {
    match peer {
        Ok(peer) => Pair::beside(name, ours, peer).note("one round of the peer"),
        Err(skipped) => Pair::beside(name, ours, f64::NAN).note(skipped.to_string()),
    }
}

fn rclone(ground: &mut Ground) -> Result<Result<f64, Skipped>> {
    let place = ground.folder()?;
    let mount = match Mount::new(ground.origin.address(), PACE, "cold", &place) {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let begin = Instant::now();
    let copied = std::io::copy(&mut mount.open()?, &mut std::io::sink())?;
    anyhow::ensure!(copied == SIZE, "rclone gave {copied} bytes");
    Ok(Ok(begin.elapsed().as_secs_f64()))
}

fn other(ground: &mut Ground) -> Result<Result<f64, Skipped>> {
    let place = ground.folder()?;
    let url = ground.origin.url(&format!("/{PACE}/other"));
    let brought = stream_download::download(&url, &place, SIZE);
    // A peer that fails is no failure of ours.
    Ok(brought
        .map(|cost| cost.seconds)
        .map_err(|error| Skipped(error.to_string())))
}

fn soup(ground: &Ground) -> Result<f64> {
    let url = ground.origin.url(&format!("/{PACE}/soup"));
    gst::to_the_end(&gst::http_source(&url)?)
}

fn nginx(ground: &mut Ground) -> Result<Result<f64, Skipped>> {
    let place = ground.folder()?;
    let nginx = match nginx::Nginx::start(ground.origin.address(), &place) {
        Ok(nginx) => nginx,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let mut whole = vec![0; usize::try_from(SIZE)?];
    let client = Client::new()?;
    let begin = Instant::now();
    client.read_at(&nginx.url(&format!("/{PACE}/nginx")), 0, &mut whole)?;
    let seconds = begin.elapsed().as_secs_f64();
    super::verify_bytes(0, &whole)?;
    Ok(Ok(seconds))
}

/// Takes a resource's bytes off the disk again, once its reader is gone.
pub(super) fn forget(stand: &Stand, path: &str) -> Result<()> {
    let key = stand.key(path);
    let end = Instant::now() + std::time::Duration::from_secs(10);
    while wait(stand.engine.cache.entry(&key))?.is_some() && Instant::now() < end {
        wait(stand.engine.cache.clear(Some(key.clone())))?;
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(())
}

/// What one round of the child measured.
#[derive(Serialize, Deserialize)]
struct Round {
    ours: (f64, f64),
    plain: (f64, f64),
    other: Option<(f64, f64)>,
    soup: f64,
}

/// As fast as it goes, everything but the origin on one core, so that time on the core can be compared.
pub(super) fn download(ground: &mut Ground) -> Result<Vec<Pair>> {
    let place = ground.folder()?;
    let place = place.to_str().context("a folder's name")?;
    let rounds = ground.rounds.to_string();
    let words = ["download", ground.origin.address(), place, &rounds];
    let rounds: Vec<Round> = serde_json::from_str(&ground.child(&words)?)?;
    let rate = |pick: &dyn Fn(&Round) -> Option<f64>| {
        let rates = rounds.iter().filter_map(pick);
        Times(rates.map(|seconds| SIZE as f64 / 1e6 / seconds).collect()).median()
    };
    let cpu = |pick: &dyn Fn(&Round) -> Option<f64>| {
        let spent = rounds.iter().filter_map(pick);
        Times(spent.map(|seconds| seconds / (SIZE as f64 / 1e9)).collect()).median()
    };
    let (ours, load) = (
        rate(&|round| Some(round.ours.0)),
        cpu(&|round| Some(round.ours.1)),
    );
    let (plain, floor) = (
        rate(&|round| Some(round.plain.0)),
        cpu(&|round| Some(round.plain.1)),
    );
    let other = rate(&|round| Some(round.other?.0));
    let other_cpu = cpu(&|round| Some(round.other?.1));
    Ok(vec![
        Pair::at_least(
            "unthrottled download, MB/s ÷ plain reqwest→pwrite loop",
            ours,
            plain,
            0.65,
        ),
        Pair::at_most(
            "unthrottled download, CPU-s/GB ÷ plain reqwest→pwrite loop",
            load,
            floor,
            1.6,
        ),
        Pair::beside("unthrottled download, MB/s ÷ stream-download", ours, other),
        Pair::beside(
            "unthrottled download, CPU-s/GB ÷ stream-download",
            load,
            other_cpu,
        ),
        Pair::beside(
            "unthrottled download, MB/s ÷ souphttpsrc (keeps nothing)",
            ours,
            rate(&|round| Some(round.soup)),
        ),
    ])
}

/// Measures all of [`download`] in this process and prints it as JSON.
#[expect(clippy::print_stdout, reason = "it speaks to its parent this way")]
pub(super) fn child(address: &str, place: &Path, rounds: &str) -> Result<()> {
    crate::init_gstreamer()?;
    let stand = Stand::start(address, &place.join("profile"))?;
    let cost = |cost: Cost| (cost.seconds, cost.cpu);
    let mut all = Vec::new();
    for round in 0..=rounds.parse::<usize>()? {
        let ours = fetch(&stand, &format!("/0/download{round}"))?;
        let file = place.join("plain");
        let plain = plain_download(&format!("{address}/0/plain{round}"), &file)?;
        std::fs::remove_file(file)?;
        let other = stream_download::download(&format!("{address}/0/other{round}"), place, SIZE);
        let source = gst::http_source(&format!("{address}/0/soup{round}"))?;
        let soup = gst::to_the_end(&source)?;
        if round > 0 {
            all.push(Round {
                ours: cost(ours),
                plain: cost(plain),
                other: other.ok().map(cost),
                soup,
            });
        }
    }
    println!("{}", serde_json::to_string(&all)?);
    Ok(())
}

/// Everything of `path` to the disk, as a download that somebody asked for; nobody reads it.
fn fetch(stand: &Stand, path: &str) -> Result<Cost> {
    let (begin, cpu) = (Instant::now(), cpu_seconds()?);
    stand.download(path)?;
    let reader = stand.open(path)?;
    until_complete(&reader)?;
    let cost = Cost {
        seconds: begin.elapsed().as_secs_f64(),
        cpu: cpu_seconds()? - cpu,
    };
    verify(&reader, SIZE)?;
    drop(reader);
    forget(stand, path)?;
    Ok(cost)
}
