//! The profile that a command works on: a running engine.

use std::path::Path;
use std::sync::Arc;

use spool_engine::{Config, Dirs, Engine};

use crate::failure::Failure;

/// An opened profile.
pub(crate) struct Profile {
    pub(crate) engine: Engine,
}

impl Profile {
    /// Opens the profile under `folder`, or the user's own.
    pub(crate) fn open(folder: Option<&Path>, with_player: bool) -> Result<Self, Failure> {
        let dirs = match folder {
            Some(folder) => Dirs::profile(folder),
            None => Dirs::of_user()
                .ok_or_else(|| Failure::new("There is no home folder. Give one with --profile."))?,
        };
        if with_player {
            spool_player::init().map_err(|missing| {
                let mut packages: Vec<_> = missing.iter().map(|element| element.package).collect();
                packages.sort_unstable();
                packages.dedup();
                Failure::new(format!(
                    "GStreamer plug-ins are missing. Install: {}.",
                    packages.join(" ")
                ))
            })?;
        }
        let engine = Engine::start(Config {
            dirs,
            device_name: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            prober: with_player.then(|| Arc::new(spool_player::GstProber::default()) as _),
            cache_limit: None,
            secrets: None,
        })?;
        Ok(Self { engine })
    }
}

/// Logs go to standard error: warnings, or with `-v` what the engine does, with `-vv` in detail.
pub(crate) fn log_to_stderr(verbose: u8) {
    let default = match verbose {
        0 => "error",
        1 => "spool_engine=info,spool_player=info,warn",
        _ => "spool_engine=debug,spool_player=debug,info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SPOOL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
