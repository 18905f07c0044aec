//! Side-by-side measurements against peers: each pair in the same run on the same machine, medians of several rounds that
//! alternate, printed as a table and written to `target/bench/*.json`.
//!
//! `bench [NAME]` runs the groups of the player whose name contains NAME; `bench cache [NAME…] [--rounds N]` the rows of the
//! cache whose name contains one of them.

mod bed;
mod cache;
mod home;
mod origin;
mod pair;
mod peer;
mod playing;
mod reading;
mod spent;
mod stand;

use std::process::ExitCode;

use anyhow::{Context, Result};

use pair::Pair;

/// What a group of measurements does.
type Measure = fn() -> Result<Vec<Pair>>;

fn main() -> Result<ExitCode> {
    // The plain clients of the peers take the process's own; another one is there already only if somebody set it on purpose.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let all_ok = match words.as_slice() {
        ["origin"] => origin::serve().map(|()| true),
        ["child", rest @ ..] => cache::child(rest).map(|()| true),
        ["cache", rest @ ..] => cache::measure(rest),
        rest => player(rest.first().copied().unwrap_or_default()),
    }?;
    // A figure that is missed is an answer, not an error; a script still wants to know.
    Ok(if all_ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether no bar was missed.
fn player(wanted: &str) -> Result<bool> {
    init_gstreamer()?;
    let groups: [(&str, Measure); 3] = [
        ("reading", reading::measure),
        ("playing", playing::measure),
        ("home", home::measure),
    ];
    let mut all_ok = true;
    for (name, measure) in groups.into_iter().filter(|(name, _)| name.contains(wanted)) {
        let pairs = measure().with_context(|| format!("the group {name}"))?;
        all_ok &= pair::print(&pairs);
        pair::write(name, &pairs)?;
    }
    Ok(all_ok)
}

fn init_gstreamer() -> Result<()> {
    if let Err(missing) = spool_player::init() {
        anyhow::bail!("missing: {missing:?}");
    }
    Ok(())
}
