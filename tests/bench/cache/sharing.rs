//! Eight readers of one uncached resource: how often it is fetched, and how long the others wait for what one has.

use std::sync::Barrier;
use std::time::Instant;

use anyhow::Result;

use super::{Ground, Times, verify};
use crate::pair::Pair;
use crate::peer::Skipped;
use crate::peer::nginx::Nginx;
use crate::peer::plain::Client;
use crate::peer::rclone::Mount;

const READERS: usize = 8;
const SIZE: u64 = 64 << 20;
/// Slow enough that the readers overlap.
const SETTINGS: &str = "r=60,l=30,s=64";
const BLOCK: usize = 64 << 10;

/// Reads everything with as many threads as there are readers, all beginning together. Milliseconds between the first and
/// the last of them that had its first block.
fn together<R: Send>(
    readers: Vec<R>,
    read: impl Fn(&R, u64, &mut [u8]) -> Result<usize> + Sync,
) -> Result<f64> {
    let start = Barrier::new(readers.len());
    let one = |reader: R| {
        let (mut pos, mut block) = (0, vec![0; BLOCK]);
        start.wait();
        let mut first = None;
        while pos < SIZE {
            let count = read(&reader, pos, &mut block)?;
            anyhow::ensure!(count > 0, "it ends at {pos}");
            pos += count as u64;
            first.get_or_insert_with(Instant::now);
        }
        Ok(first)
    };
    let firsts: Vec<Instant> = std::thread::scope(|scope| {
        let threads: Vec<_> = readers
            .into_iter()
            .map(|reader| scope.spawn(|| one(reader)))
            .collect();
        let joined = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a reader died"))?
        });
        joined.filter_map(Result::transpose).collect::<Result<_>>()
    })?;
    let (leader, last) = (firsts.iter().min(), firsts.iter().max());
    let apart = leader.zip(last).map(|(leader, last)| *last - *leader);
    Ok(apart.unwrap_or_default().as_secs_f64() * 1e3)
}

/// Spread in milliseconds, and upstream bytes ÷ size.
type Figures = (f64, f64);

fn nginx(ground: &mut Ground) -> Result<Result<Figures, Skipped>> {
    let place = ground.folder()?;
    let nginx = match Nginx::start(ground.origin.address(), &place) {
        Ok(nginx) => nginx,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let path = format!("/{SETTINGS}/nginxreaders");
    let url = nginx.url(&path);
    let clients: Vec<_> = (0..READERS).map(|_| Client::new()).collect::<Result<_>>()?;
    let apart = together(clients, |client, pos, block| {
        client.read_at(&url, pos, block).map(|()| block.len())
    })?;
    let sent = ground.origin.count(&path)?.bytes;
    Ok(Ok((apart, sent as f64 / SIZE as f64)))
}

fn rclone(ground: &mut Ground) -> Result<Result<Figures, Skipped>> {
    let place = ground.folder()?;
    let mount = match Mount::new(ground.origin.address(), SETTINGS, "readers", &place) {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let files: Vec<_> = (0..READERS)
        .map(|_| mount.open())
        .collect::<std::io::Result<_>>()?;
    let apart = together(files, |file, pos, block| {
        Ok(std::os::unix::fs::FileExt::read_at(file, block, pos)?)
    })?;
    let sent = ground
        .origin
        .count(&Mount::counted(SETTINGS, "readers"))?
        .bytes;
    Ok(Ok((apart, sent as f64 / SIZE as f64)))
}

pub(super) fn measure(ground: &mut Ground) -> Result<Vec<Pair>> {
    let stand = ground.stand()?;
    let (mut apart, mut ratio) = (Times::default(), Times::default());
    for round in 0..ground.rounds {
        let path = format!("/{SETTINGS}/readers{round}");
        let readers: Vec<_> = (0..READERS)
            .map(|_| stand.open(&path))
            .collect::<Result<_>>()?;
        let one = readers.first().cloned();
        apart.add(together(readers, |reader, pos, block| {
            Ok(reader.read_at_blocking(pos, block)?)
        })?);
        let sent = ground.origin.count(&path)?.bytes;
        ratio.add(sent as f64 / SIZE as f64);
        if let Some(reader) = one {
            verify(&reader, SIZE)?;
        }
    }
    let mut pairs = vec![
        Pair::within(
            "8 readers of one uncached item: bytes from upstream ÷ size, worst round",
            ratio.worst(),
            1.0,
            1.001,
        ),
        Pair::within(
            "8 readers: last one's first block after the leader's, ms (peer: none)",
            apart.median(),
            f64::NAN,
            5.0,
        ),
    ];
    for (name, peer) in [
        ("rclone mount", rclone(ground)?),
        ("nginx slice + lock (HTTP)", nginx(ground)?),
    ] {
        let names = [
            format!("8 readers: bytes from upstream ÷ size, and {name}'s"),
            format!("8 readers: last one's first block, ms ÷ {name}'s"),
        ];
        let ours = [ratio.median(), apart.median()];
        for (index, (name, ours)) in names.into_iter().zip(ours).enumerate() {
            pairs.push(match &peer {
                Ok(figures) => {
                    let peer = if index == 0 { figures.1 } else { figures.0 };
                    Pair::beside(name, ours, peer).note("one round of the peer")
                }
                Err(skipped) => Pair::beside(name, ours, f64::NAN).note(skipped.to_string()),
            });
        }
    }
    Ok(pairs)
}
