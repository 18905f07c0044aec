//! What is cached, read again: in order and at random, beside the same reads of the same file.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use spool_engine::cache::Reader;
use spool_player::Feed;

use super::{Ground, Times, read_through, whole};
use crate::origin::SIZE;
use crate::pair::{Pair, median, share};
use crate::peer::rclone::Mount;
use crate::peer::{Skipped, gst as gstreamer};
use crate::stand::wait;

/// What demuxers ask for.
const BLOCK: usize = 64 << 10;
/// Random reads of one round.
const READS: usize = 2000;

/// MB/s of `work`, which moves the whole file.
fn rate(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    work()?;
    Ok(SIZE as f64 / 1e6 / begin.elapsed().as_secs_f64())
}

fn pread_through(file: &File) -> Result<()> {
    let mut block = vec![0; BLOCK];
    for pos in (0..SIZE).step_by(BLOCK) {
        file.read_exact_at(&mut block, pos)?;
    }
    Ok(())
}

fn async_through(reader: &Reader) -> Result<()> {
    for pos in (0..SIZE).step_by(BLOCK) {
        let bytes = wait(reader.read_at(pos, BLOCK))?;
        anyhow::ensure!(bytes.len() == BLOCK, "a short read");
    }
    Ok(())
}

/// A mount whose file is cached as a whole.
fn mounted(ground: &mut Ground, name: &str) -> Result<Result<Mount, Skipped>> {
    let place = ground.folder()?;
    let mount = match Mount::new(ground.origin.address(), "0", name, &place) {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    pread_through(&mount.open()?)?;
    Ok(Ok(mount))
}

/// MB/s of a whole film through the player's element, and through `filesrc` from the very same file.
fn elements(ground: &Ground, reader: &Reader, path: &Path) -> Result<(f64, f64)> {
    let (mut ours, mut filesrc) = (Times::default(), Times::default());
    for _ in 0..2 * ground.rounds {
        let feed = Feed::open(reader.clone());
        let source = gst::Element::make_from_uri(gst::URIType::Src, &feed.uri(), None)?;
        ours.add(SIZE as f64 / 1e6 / gstreamer::to_the_end(&source)?);
        let source = gst::ElementFactory::make("filesrc").property("location", path);
        filesrc.add(SIZE as f64 / 1e6 / gstreamer::to_the_end(&source.build()?)?);
    }
    Ok((ours.median(), filesrc.median()))
}

pub(super) fn sequential(ground: &mut Ground) -> Result<Vec<Pair>> {
    let (reader, stand, path) = whole(ground, "/0/sequential", SIZE)?;
    let mount = mounted(ground, "sequential")?;
    let (mut ours, mut later) = (Times::default(), Times::default());
    let (mut plain, mut rclone) = (Times::default(), Times::default());
    // Who reads after another finds some of the file in the processor's caches, so they take turns at being first. Each
    // opens anew, as a player does: a mount may keep the pages of a file only while it is open.
    for pass in 0..4 * ground.rounds {
        let engine = || rate(|| read_through(&stand.open("/0/sequential")?, BLOCK).map(drop));
        let system = || rate(|| pread_through(&File::open(&path)?));
        if pass % 2 == 0 {
            ours.add(engine()?);
            plain.add(system()?);
        } else {
            plain.add(system()?);
            ours.add(engine()?);
        }
        later.add(rate(|| async_through(&reader))?);
        if let (Ok(mount), 0) = (&mount, pass % 4) {
            rclone.add(rate(|| pread_through(&mount.open()?))?);
        }
    }
    let (element, filesrc) = elements(ground, &reader, &path)?;
    let ours = ours.median();
    let name = |peer| format!("cached sequential, 64 KiB, MB/s ÷ {peer}");
    let beside = Pair::at_least(name("rclone mount"), ours, rclone.median(), 1.5);
    Ok(vec![
        Pair::at_least(name("pread loop, same file"), ours, plain.median(), 0.9),
        noted(beside, mount.as_ref().err()),
        Pair::at_least(
            "the same through the player's element, MB/s ÷ filesrc, same file",
            element,
            filesrc,
            0.9,
        ),
        Pair::beside(
            "the same through the async API, MB/s ÷ pread loop",
            later.median(),
            plain.median(),
        ),
    ])
}

fn noted(pair: Pair, skipped: Option<&Skipped>) -> Pair {
    match skipped {
        Some(skipped) => pair.note(skipped.to_string()),
        None => pair,
    }
}

/// Microseconds of random reads of 64 KiB, always the same ones for the same round.
pub(super) fn random_reads(
    round: usize,
    count: usize,
    size: u64,
    mut read: impl FnMut(u64, &mut [u8]) -> Result<()>,
) -> Result<Vec<f64>> {
    let mut random = StdRng::seed_from_u64(round as u64);
    let mut block = vec![0; BLOCK];
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let pos = random.random_range(0..size - BLOCK as u64);
        let begin = Instant::now();
        read(pos, &mut block)?;
        times.push(begin.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}

/// Reads all of a block through the engine.
pub(super) fn read(reader: &Reader, pos: u64, block: &mut [u8]) -> Result<()> {
    let count = reader.read_at_blocking(pos, block)?;
    anyhow::ensure!(count == block.len(), "a short read");
    Ok(())
}

pub(super) fn random(ground: &mut Ground) -> Result<Vec<Pair>> {
    let (reader, _stand, path) = whole(ground, "/0/random", SIZE)?;
    let mount = mounted(ground, "random")?;
    let file = File::open(&path)?;
    let pread = |file: &File, round| {
        let plain = |pos, block: &mut [u8]| Ok(file.read_exact_at(block, pos)?);
        random_reads(round, READS, SIZE, plain)
    };
    let mut middle = [const { Times(Vec::new()) }; 3];
    let mut tail = [const { Times(Vec::new()) }; 3];
    for round in 0..ground.rounds {
        // Places of its own for each, or the second would find them in the processor's caches.
        let seed = 3 * round;
        let ours = random_reads(seed, READS, SIZE, |pos, block| read(&reader, pos, block))?;
        let mut all = vec![ours, pread(&file, seed + 1)?];
        if let Ok(mount) = &mount {
            all.push(pread(&mount.open()?, seed + 2)?);
        }
        for (times, (middle, tail)) in all.into_iter().zip(middle.iter_mut().zip(&mut tail)) {
            middle.add(median(times.clone()));
            tail.add(share(times, 0.99));
        }
    }
    let [ours, plain, rclone] = middle.map(|times| times.median());
    let [ours_tail, plain_tail, rclone_tail] = tail.map(|times| times.median());
    let skipped = mount.as_ref().err();
    let beside = |name: &str, ours, peer| noted(Pair::beside(name, ours, peer), skipped);
    Ok(vec![
        Pair::at_most(
            "cached random 64 KiB, p50 µs ÷ pread, same file",
            ours,
            plain,
            3.0,
        ),
        Pair::within(
            "cached random 64 KiB, p99 µs (peer: pread)",
            ours_tail,
            plain_tail,
            100.0,
        ),
        beside("cached random 64 KiB, p50 µs ÷ rclone mount", ours, rclone),
        beside(
            "cached random 64 KiB, p99 µs ÷ rclone mount",
            ours_tail,
            rclone_tail,
        ),
    ])
}
