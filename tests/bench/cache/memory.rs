//! What the engine's memory grows by while it brings and shows a film.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Ground, Times, read_through};
use crate::origin::SIZE;
use crate::pair::Pair;
use crate::peer::rclone::Mount;
use crate::spent::memory;
use crate::stand::Stand;

/// MB that the peak of a process lies over its rest: a cold film by one reader, then warm by two.
#[expect(clippy::print_stdout, reason = "it speaks to its parent this way")]
pub(super) fn child(address: &str, profile: &Path) -> Result<()> {
    let stand = Stand::start(address, profile)?;
    std::thread::sleep(Duration::from_millis(300));
    let idle = memory(std::process::id(), "VmRSS")?;
    let path = format!("/0/memory{}", std::process::id());
    let (one, other) = (stand.open(&path)?, stand.open(&path)?);
    anyhow::ensure!(read_through(&one, 64 << 10)? == SIZE, "it is not whole");
    anyhow::ensure!(read_through(&other, 64 << 10)? == SIZE, "it is not whole");
    println!("{}", memory(std::process::id(), "VmHWM")? - idle);
    Ok(())
}

pub(super) fn measure(ground: &mut Ground) -> Result<Vec<Pair>> {
    let mut ours = Times::default();
    for _ in 0..ground.rounds {
        let profile = ground.folder()?;
        let profile = profile.to_str().context("a folder's name")?;
        let words = ["memory", ground.origin.address(), profile];
        ours.add(ground.child(&words)?.trim().parse()?);
    }
    let name = "engine's memory at its peak over idle, MB (peer: rclone mount, whole)";
    let place = ground.folder()?;
    let pair = match Mount::new(ground.origin.address(), "0", "memory", &place) {
        Ok(mount) => {
            std::io::copy(&mut mount.open()?, &mut std::io::sink())?;
            let peer = memory(mount.process(), "VmHWM")?;
            Pair::within(name, ours.median(), peer, 30.0)
        }
        Err(skipped) => Pair::within(name, ours.median(), f64::NAN, 30.0).note(skipped.to_string()),
    };
    Ok(vec![pair])
}
