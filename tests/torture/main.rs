//! The torture of the cache: what it promises, tried at length and counted.
//!
//! Four parts: `kills` (SIGKILL at random moments), `cuts` (power cuts of a real file system), `schedules` (a model of the
//! waiters), `fuzz` (parsers). The same program is its own child: `torture child` is what gets killed. Every part derives all
//! that it does from one seed, which is printed first; moments are real time and therefore only nearly repeatable.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod chance;
mod child;
mod cuts;
mod fuzz;
mod kills;
mod model;
mod profile;
mod source;
mod tally;
mod titles;
mod watched;
mod words;

/// By the path at which the engine's own files, compiled here by the model, look for it.
use spool_engine::range;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use tally::Tally;

#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    child: Option<Role>,
    #[command(flatten)]
    amounts: Amounts,
}

#[derive(Subcommand)]
enum Role {
    /// What gets killed; started by the parts.
    #[command(hide = true)]
    Child(child::Task),
}

/// How much of each part.
#[derive(Args, Clone, Debug)]
struct Amounts {
    /// No new round begins after so many minutes.
    #[arg(long)]
    minutes: Option<f64>,
    /// Children killed at random moments.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Power cuts of an ext4 file system on a loop device; needs root.
    #[arg(long, default_value_t = 50)]
    cuts: u32,
    /// Schedules of the model of the waiters.
    #[arg(long, default_value_t = 100_000)]
    schedules: u32,
    /// Minutes of fuzzing, shared by all targets.
    #[arg(long, default_value_t = 4.0)]
    fuzz_minutes: f64,
    /// Repeats a run.
    #[arg(long)]
    seed: Option<u64>,
}

/// What every part is given.
#[derive(Clone, Debug)]
struct Bounds {
    seed: u64,
    until: Option<Instant>,
}

impl Bounds {
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

fn torture(amounts: &Amounts) -> Tally {
    let bounds = Bounds {
        seed: amounts.seed.unwrap_or_else(rand::random),
        until: amounts
            .minutes
            .map(|minutes| Instant::now() + Duration::from_secs_f64(minutes * 60.0)),
    };
    println!("torture: seed {}", bounds.seed);
    let tally = Tally::default();
    let parts: [(&str, &dyn Fn() -> Result<()>); 4] = [
        ("kills", &|| kills::run(amounts.kills, &bounds, &tally)),
        ("cuts", &|| cuts::run(amounts.cuts, &bounds, &tally)),
        ("schedules", &|| {
            model::run(amounts.schedules, &bounds, &tally);
            Ok(())
        }),
        ("fuzz", &|| fuzz::run(amounts.fuzz_minutes, &bounds, &tally)),
    ];
    for (name, part) in parts {
        if let Err(error) = part() {
            // A part that cannot do its work proves nothing, which must not look like a success.
            tally.violation(&format!("{name} could not be carried out: {error:#}"));
        }
    }
    tally
}

fn main() -> ExitCode {
    let command = Command::parse();
    if let Some(Role::Child(task)) = command.child {
        return child::run(&task);
    }
    let tally = torture(&command.amounts);
    println!("{tally}");
    if tally.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
