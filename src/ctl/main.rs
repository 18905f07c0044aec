//! `spoolctl`: Spool without a window, for scripts, tests and people on a terminal.
//!
//! Every command takes `--json` (one JSON document on standard output; `play` writes one event a line) and
//! `--profile DIR` (everything under one folder). Exit codes: 0 done, 1 failed with one sentence on standard error,
//! 2 wrong usage, 3 the program is running and holds the profile. The JSON shapes are the types in `output.rs`, described
//! in `docs/spoolctl.md`; fields are added, never renamed or removed.
//!
//! **Does not know** GTK or gettext: a terminal program for scripts speaks English.

mod accounts;
mod cache;
mod cli;
mod failure;
mod fetch;
mod item;
mod jellyfin;
mod library;
mod marks;
mod output;
mod play;
mod plex;
mod profile;
mod terms;
mod texts;
mod versions;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;
use crate::profile::Profile;

fn main() -> ExitCode {
    let cli = Cli::parse();
    profile::log_to_stderr(cli.verbose);
    let output = Output::new(cli.json);
    match run(cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failure(&failure),
    }
}

fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("This program cannot start: {error}.")))?;
    let profile = Profile::open(cli.profile.as_deref(), cli.command.needs_player())?;
    for notice in profile.engine.notices() {
        output.notice(&notice);
    }
    let result = runtime.block_on(async {
        match cli.command {
            // A playback ends itself when it is interrupted, so that its position is kept.
            Command::Play(arguments) => play::run(&profile, arguments, output).await,
            command => tokio::select! {
                result = command.run(&profile, output) => result,
                _ = tokio::signal::ctrl_c() => Err(Failure::new("Stopped.")),
            },
        }
    });
    profile.engine.shutdown_blocking();
    result
}
