//! The minutes of fuzzing: each target of `fuzz/` in turn, from its small committed corpus on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::Bounds;
use crate::tally::Tally;

/// Fuzzes for `minutes`, shared by all targets.
pub(crate) fn run(minutes: f64, bounds: &Bounds, tally: &Tally) -> Result<()> {
    if minutes <= 0.0 {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if let Err(error) = cargo_fuzz(&root).arg("--version").output() {
        println!("fuzz: skipped: cargo-fuzz does not run: {error}");
        return Ok(());
    }
    let targets = targets(&root.join("fuzz/targets"))?;
    let seconds = (minutes * 60.0 / targets.len() as f64).ceil() as u64;
    for target in targets {
        if bounds.is_over() {
            break;
        }
        fuzz(&root, &target, seconds, bounds.seed, tally)?;
        tally.progress();
    }
    Ok(())
}

/// The fuzzing engine needs instrumentation that a stable compiler has but does not offer.
fn cargo_fuzz(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("fuzz");
    command
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let files = std::fs::read_dir(folder).context("fuzz/targets")?;
    let stems = files.flatten().map(|file| file.path());
    let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<_> = stems.filter_map(stem).collect();
    names.sort();
    anyhow::ensure!(!names.is_empty(), "there is no target");
    Ok(names)
}

fn fuzz(root: &Path, target: &str, seconds: u64, seed: u64, tally: &Tally) -> Result<()> {
    // Parsers in safe Rust: a panic is what is looked for, no sanitizer is needed.
    let common = ["--fuzz-dir", "fuzz", "-s", "none", target];
    let built = cargo_fuzz(root).arg("build").args(common).output()?;
    anyhow::ensure!(
        built.status.success(),
        "{target} does not build: {}",
        String::from_utf8_lossy(&built.stderr)
    );
    // New inputs stay out of the tree; the committed ones are the beginning.
    let found = root.join("fuzz/target/corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let begun = Instant::now();
    let ran = cargo_fuzz(root)
        .arg("run")
        .args(common)
        .arg(&found)
        .arg(root.join("fuzz/corpus").join(target))
        .args([
            "--",
            "-print_final_stats=1",
            "-timeout=10",
            "-rss_limit_mb=1024",
        ])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!(
            "-seed={}",
            u32::try_from(seed & 0x7fff_ffff).unwrap_or(1)
        ))
        .output()?;
    tally.fuzzed(begun.elapsed().as_secs().min(seconds));
    let said = String::from_utf8_lossy(&ran.stderr);
    let executed = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    println!("fuzz: {target}: {} inputs", executed.unwrap_or("no").trim());
    if !ran.status.success() {
        let tail: Vec<_> = said.lines().rev().take(30).collect();
        let tail: Vec<_> = tail.into_iter().rev().collect();
        tally.violation(&format!("the target {target} fails:\n{}", tail.join("\n")));
    }
    Ok(())
}
