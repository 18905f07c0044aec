//! Side-by-side measurements against peers: each pair in the same run on the same machine, medians of several rounds that
//! alternate, printed as ratios and written to `target/bench/*.json`.
//!
//! `bench [NAME]` runs the groups whose name contains NAME.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod bed;
mod playing;
mod reading;

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

/// One measurement beside its peer's.
#[derive(Debug, Serialize)]
struct Pair {
    name: &'static str,
    ours: f64,
    peer: f64,
    /// Ours ÷ peer's, or the difference where the name says "minus".
    ratio: f64,
    bar: f64,
    ok: bool,
}

impl Pair {
    /// Good when ours is at least `bar` of the peer's.
    fn at_least(name: &'static str, ours: f64, peer: f64, bar: f64) -> Self {
        let ratio = ours / peer;
        Self {
            name,
            ours,
            peer,
            ratio,
            bar,
            ok: ratio >= bar,
        }
    }

    /// Good when ours is at most `bar` times the peer's.
    fn at_most(name: &'static str, ours: f64, peer: f64, bar: f64) -> Self {
        let ratio = ours / peer;
        Self {
            name,
            ours,
            peer,
            ratio,
            bar,
            ok: ratio <= bar,
        }
    }

    /// Good when ours is at most `bar` more than the peer's.
    fn at_most_more(name: &'static str, ours: f64, peer: f64, bar: f64) -> Self {
        let ratio = ours - peer;
        Self {
            name,
            ours,
            peer,
            ratio,
            bar,
            ok: ratio <= bar,
        }
    }
}

/// What a group of measurements does.
type Measure = fn() -> Result<Vec<Pair>>;

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    if let Err(missing) = spool_player::init() {
        anyhow::bail!("missing: {missing:?}");
    }
    let groups: [(&str, Measure); 2] =
        [("reading", reading::measure), ("playing", playing::measure)];
    let folder = Path::new("target/bench");
    std::fs::create_dir_all(folder).context("target/bench cannot be made")?;
    let mut all_ok = true;
    for (name, measure) in groups
        .into_iter()
        .filter(|(name, _)| name.contains(&wanted))
    {
        let pairs = measure().with_context(|| format!("the group {name}"))?;
        for pair in &pairs {
            let verdict = if pair.ok { "ok" } else { "MISSED" };
            println!(
                "{:<58} {:>10.3}  (ours {:.3}, peer {:.3}, bar {})  {verdict}",
                pair.name, pair.ratio, pair.ours, pair.peer, pair.bar
            );
            all_ok &= pair.ok;
        }
        std::fs::write(
            folder.join(format!("{name}.json")),
            serde_json::to_vec_pretty(&pairs)?,
        )?;
    }
    anyhow::ensure!(all_ok, "a bar was missed");
    Ok(())
}
