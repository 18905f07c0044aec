//! Jumps into what is not cached, and two places read in turn.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};

use super::cached::read;
use super::{Ground, Times, verify_bytes};
use crate::origin::{Count, SIZE};
use crate::pair::{Pair, median};
use crate::peer::Skipped;
use crate::peer::nginx::Nginx;
use crate::peer::plain::Client;
use crate::peer::rclone::Mount;

const PACE: &str = "r=60,l=30";
const BLOCK: usize = 64 << 10;
const SEEKS: usize = 60;
/// How far apart the two cursors are, and how far each goes.
const APART: u64 = 128 << 20;
const STEPS: u64 = 200;
/// What a server has sent is counted when nothing moves any more.
const SETTLE: Duration = Duration::from_millis(300);

/// Where a round jumps to: as many places of the file as there are seeks, none twice.
fn places(round: usize) -> Vec<u64> {
    let mut all: Vec<u64> = (0..SIZE).step_by(BLOCK).collect();
    all.shuffle(&mut StdRng::seed_from_u64(round as u64));
    all.truncate(SEEKS);
    all
}

/// Places of the two cursors in turn.
fn steps() -> impl Iterator<Item = u64> {
    let of_step = |step| [step * BLOCK as u64, APART + step * BLOCK as u64];
    (0..STEPS).flat_map(of_step)
}

/// Milliseconds of each read, whose bytes are compared afterwards.
fn timed(
    places: impl Iterator<Item = u64>,
    mut read: impl FnMut(u64, &mut [u8]) -> Result<()>,
) -> Result<Vec<f64>> {
    let (mut block, mut times) = (vec![0; BLOCK], Vec::new());
    for pos in places {
        let begin = Instant::now();
        read(pos, &mut block)?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        verify_bytes(pos, &block)?;
    }
    Ok(times)
}

/// The origin's numbers of a path once nothing moves.
fn settled(ground: &mut Ground, path: &str) -> Result<Count> {
    let mut count = ground.origin.count(path)?;
    loop {
        std::thread::sleep(SETTLE);
        let next = ground.origin.count(path)?;
        if next == count {
            return Ok(count);
        }
        count = next;
    }
}

fn from_file(file: &File) -> impl FnMut(u64, &mut [u8]) -> Result<()> + '_ {
    |pos, block| Ok(file.read_exact_at(block, pos)?)
}

/// A peer's times and bytes, of one round.
type Peer = Result<(Vec<f64>, Count), Skipped>;

fn rclone(ground: &mut Ground, name: &str, places: impl Iterator<Item = u64>) -> Result<Peer> {
    let place = ground.folder()?;
    let mount = match Mount::new(ground.origin.address(), PACE, name, &place) {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let times = timed(places, from_file(&mount.open()?))?;
    drop(mount);
    Ok(Ok((times, settled(ground, &Mount::counted(PACE, name))?)))
}

fn nginx(ground: &mut Ground, name: &str, places: impl Iterator<Item = u64>) -> Result<Peer> {
    let place = ground.folder()?;
    let nginx = match Nginx::start(ground.origin.address(), &place) {
        Ok(nginx) => nginx,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let path = format!("/{PACE}/{name}");
    let (client, url) = (Client::new()?, nginx.url(&path));
    let times = timed(places, |pos, block| client.read_at(&url, pos, block))?;
    drop(nginx);
    Ok(Ok((times, settled(ground, &path)?)))
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A row without bar, beside one round of a peer.
fn beside(name: String, ours: f64, peer: &Peer, pick: impl Fn(&(Vec<f64>, Count)) -> f64) -> Pair {
    match peer {
        Ok(figures) => Pair::beside(name, ours, pick(figures)).note("one round of the peer"),
        Err(skipped) => Pair::beside(name, ours, f64::NAN).note(skipped.to_string()),
    }
}

pub(super) fn random(ground: &mut Ground) -> Result<Vec<Pair>> {
    let stand = ground.stand()?;
    let client = Client::new()?;
    let (mut ours, mut plain) = (Times::default(), Times::default());
    let (mut bytes, mut repeated) = (Times::default(), Times::default());
    for round in 0..ground.rounds {
        let path = format!("/{PACE}/seeks{round}");
        let reader = stand.open(&path)?;
        let times = timed(places(round).into_iter(), |pos, block| {
            read(&reader, pos, block)
        })?;
        ours.add(median(times));
        drop(reader);
        let count = settled(ground, &path)?;
        bytes.add(megabytes(count.bytes));
        repeated.add(megabytes(count.repeated));
        let url = ground.origin.url(&format!("/{PACE}/single{round}"));
        let single = |pos, block: &mut [u8]| client.read_at(&url, pos, block);
        plain.add(median(timed(places(round).into_iter(), single)?));
    }
    let rclone = rclone(ground, "seeks", places(0).into_iter())?;
    let nginx = nginx(ground, "nginxseeks", places(0).into_iter())?;
    let (ours, moved) = (ours.median(), bytes.median());
    let mut pairs = vec![
        Pair::within(
            "60 cold seeks at 30 ms, p50 ms (peer: a plain ranged GET each)",
            ours,
            plain.median(),
            36.0,
        ),
        Pair::within(
            "60 cold seeks: MB from upstream (peer: what is wanted)",
            moved,
            megabytes((SEEKS * BLOCK) as u64),
            60.0,
        ),
        Pair::within(
            "60 cold seeks: MB fetched twice, worst round (peer: rclone mount)",
            repeated.worst(),
            rclone
                .as_ref()
                .map_or(f64::NAN, |figures| megabytes(figures.1.repeated)),
            0.0,
        ),
    ];
    for (name, peer) in [("rclone mount", &rclone), ("nginx slice (HTTP)", &nginx)] {
        let p50 = format!("60 cold seeks at 30 ms, p50 ms ÷ {name}");
        pairs.push(beside(p50, ours, peer, |figures| {
            median(figures.0.as_slice())
        }));
        let upstream = format!("60 cold seeks: MB from upstream ÷ {name}");
        pairs.push(beside(upstream, moved, peer, |figures| {
            megabytes(figures.1.bytes)
        }));
    }
    Ok(pairs)
}

pub(super) fn two_cursors(ground: &mut Ground) -> Result<Vec<Pair>> {
    let stand = ground.stand()?;
    let (mut requests, mut seconds, mut bytes) =
        (Times::default(), Times::default(), Times::default());
    for round in 0..ground.rounds {
        let path = format!("/{PACE}/cursors{round}");
        let reader = stand.open(&path)?;
        let times = timed(steps(), |pos, block| read(&reader, pos, block))?;
        seconds.add(times.iter().sum::<f64>() / 1e3);
        requests.add(ground.origin.count(&path)?.requests as f64);
        drop(reader);
        bytes.add(megabytes(settled(ground, &path)?.bytes));
    }
    let rclone = rclone(ground, "cursors", steps())?;
    let nginx = nginx(ground, "nginxcursors", steps())?;
    let name = "two cursors 128 MB apart: requests, worst round (peer: one for each)";
    let mut pairs = vec![Pair::within(name, requests.worst(), 2.0, 2.0)];
    for (name, peer) in [("rclone mount", &rclone), ("nginx slice (HTTP)", &nginx)] {
        let time = format!("two cursors, 13 MB each at 60 MB/s: s ÷ {name}");
        let whole = |figures: &(Vec<f64>, Count)| figures.0.iter().sum::<f64>() / 1e3;
        pairs.push(beside(time, seconds.median(), peer, whole));
        let upstream = format!("two cursors: MB from upstream ÷ {name}");
        pairs.push(beside(upstream, bytes.median(), peer, |figures| {
            megabytes(figures.1.bytes)
        }));
        let asked = format!("two cursors: requests ÷ {name}");
        pairs.push(beside(asked, requests.median(), peer, |figures| {
            figures.1.requests as f64
        }));
    }
    Ok(pairs)
}
