//! A program that is killed in the middle of a download: how much has to be fetched again.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Ground, Times, verify};
use crate::origin::pinned;
use crate::pair::Pair;
use crate::peer::rclone::Mount;
use crate::peer::{Program, Skipped, until};
use crate::stand::Stand;

const SIZE: u64 = 128 << 20;
/// MB/s.
const RATE: f64 = 20.0;
const SLOW: &str = "r=20,s=128";
const FAST: &str = "s=128";

/// Reads in order until it is killed.
pub(super) fn victim(address: &str, profile: &Path, path: &str) -> Result<()> {
    let stand = Stand::start(address, profile)?;
    super::read_through(&stand.open(path)?, 64 << 10)?;
    Ok(())
}

/// Bytes that the origin sent for one round beyond the size of the file, in MB.
fn round(ground: &mut Ground, round: usize) -> Result<f64> {
    let profile = ground.folder()?;
    let name = format!("crash{round}");
    let slow = format!("/{SLOW}/{name}");
    let mut command = pinned(0)?;
    let profile_name = profile.to_str().context("a folder's name")?;
    command.args([
        "child",
        "victim",
        ground.origin.address(),
        profile_name,
        &slow,
    ]);
    let victim = Program::start(&mut command).map_err(|skipped| anyhow::anyhow!("{skipped}"))?;
    let origin = &mut ground.origin;
    let begun = until(|| origin.count(&slow).is_ok_and(|count| count.bytes > 0));
    anyhow::ensure!(begun, "the victim never began");
    let moment = StdRng::seed_from_u64(round as u64).random_range(2000..5000);
    std::thread::sleep(Duration::from_millis(moment));
    // Without a word, as the kernel's killer does it.
    drop(victim);
    std::thread::sleep(Duration::from_millis(300));
    let stand = Stand::start_faster(ground.origin.address(), &profile, FAST)?;
    verify(&stand.open(&slow)?, SIZE)?;
    let before = ground.origin.count(&slow)?.bytes;
    let after = ground.origin.count(&format!("/{FAST}/{name}"))?.bytes;
    anyhow::ensure!(before < SIZE, "the victim was too fast");
    Ok((before + after).saturating_sub(SIZE) as f64 / 1e6)
}

/// The same for a mount, in the middle of the file.
fn rclone(ground: &mut Ground) -> Result<Result<f64, Skipped>> {
    let place = ground.folder()?;
    let address = ground.origin.address().to_owned();
    let new = || Mount::new(&address, SLOW, "crash", &place);
    let mount = match new() {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    let mut half = vec![0; usize::try_from(SIZE / 2)?];
    std::os::unix::fs::FileExt::read_exact_at(&mount.open()?, &mut half, 0)?;
    mount.kill();
    let mount = match new() {
        Ok(mount) => mount,
        Err(skipped) => return Ok(Err(skipped)),
    };
    std::io::copy(&mut mount.open()?, &mut std::io::sink())?;
    let sent = ground.origin.count(&Mount::counted(SLOW, "crash"))?.bytes;
    Ok(Ok(sent.saturating_sub(SIZE) as f64 / 1e6))
}

pub(super) fn measure(ground: &mut Ground) -> Result<Vec<Pair>> {
    let mut again = Times::default();
    for number in 0..ground.rounds {
        again.add(round(ground, number)?);
    }
    let name = "fetched again after kill -9 at 20 MB/s, MB, worst round";
    let mut pairs = vec![Pair::within(name, again.worst(), f64::NAN, 2.0 * RATE)];
    let name = "fetched again after kill -9 at 20 MB/s, MB ÷ rclone mount";
    pairs.push(match rclone(ground)? {
        Ok(peer) => Pair::beside(name, again.median(), peer).note("one round of the peer"),
        Err(skipped) => Pair::beside(name, again.median(), f64::NAN).note(skipped.to_string()),
    });
    Ok(pairs)
}
