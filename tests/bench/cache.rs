//! The cache's rows: every figure that the cache promises, beside whoever does it best elsewhere.
//!
//! Words: *ours* is the engine in its final shape (database, files, readers); a *round* measures ours and then each peer,
//! so that all of them see the same machine. Bytes are compared with what the origin computes, outside the timed part.

mod cached;
mod cold;
mod crash;
mod frame;
mod many;
mod memory;
mod seeks;
mod sharing;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use spool_engine::cache::Reader;

use crate::origin::{Origin, SEED};
use crate::pair::{self, Pair};
use crate::stand::{self, Stand, place};

/// What a row does.
type Row = fn(&mut Ground) -> Result<Vec<Pair>>;

const ROWS: [(&str, Row); 12] = [
    ("sequential", cached::sequential),
    ("random", cached::random),
    ("cold", cold::sequential),
    ("download", cold::download),
    ("readers", sharing::measure),
    ("seeks", seeks::random),
    ("cursors", seeks::two_cursors),
    ("crash", crash::measure),
    ("many", many::start),
    ("evict", many::evict),
    ("memory", memory::measure),
    ("frame", frame::measure),
];

/// What every row stands on.
struct Ground {
    origin: Origin,
    rounds: usize,
    place: tempfile::TempDir,
    folders: usize,
}

impl Ground {
    /// Gives the disk back what the last row took, and waits until it has: the next one is not to pay for it.
    fn clear(&mut self) -> Result<()> {
        for entry in std::fs::read_dir(self.place.path())?.flatten() {
            // A mount that is still on its way out keeps its folder; the end of the run takes it along.
            std::fs::remove_dir_all(entry.path()).ok();
        }
        Ok(rustix::fs::syncfs(File::open(self.place.path())?)?)
    }

    /// Whether the disk has room for a row.
    fn has_room(&mut self) -> Result<()> {
        self.stand()?.check_room()
    }

    /// A new folder on the disk.
    fn folder(&mut self) -> Result<PathBuf> {
        self.folders += 1;
        let folder = self.place.path().join(self.folders.to_string());
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// An engine in a new profile.
    fn stand(&mut self) -> Result<Stand> {
        let folder = self.folder()?;
        Stand::start(self.origin.address(), &folder)
    }

    /// Runs `work` with this program's words `words` in a process of its own on the first core; its standard output.
    fn child(&self, words: &[&str]) -> Result<String> {
        let output = crate::origin::pinned(0)?
            .arg("child")
            .args(words)
            .stderr(std::process::Stdio::inherit())
            .output()?;
        anyhow::ensure!(output.status.success(), "{words:?}: {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Runs the wanted rows, prints them as one table and writes it down. Whether no bar was missed.
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
pub(crate) fn measure(words: &[&str]) -> Result<bool> {
    let (mut rounds, mut wanted) = (5, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--rounds" => {
                let number = words.next().context("--rounds needs a number")?;
                rounds = number.parse::<usize>()?.max(1);
            }
            name => wanted.push(name),
        }
    }
    crate::init_gstreamer()?;
    let mut ground = Ground {
        origin: Origin::start()?,
        rounds,
        place: place()?,
        folders: 0,
    };
    // Also installs the one provider of TLS, without which no client of this program can be built.
    spool_engine::http::Http::new(&ground.origin.address().parse()?, None)?;
    let (mut all, mut all_ok) = (Vec::new(), true);
    println!("{}", pair::head());
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    for (name, row) in ROWS.into_iter().filter(|(name, _)| is_wanted(name)) {
        let begin = Instant::now();
        // A row that breaks is missed, and says why; the others are measured all the same.
        let pairs = ground.has_room().and_then(|()| row(&mut ground));
        let pairs = pairs.unwrap_or_else(|error| vec![Pair::broken(name, &error)]);
        all_ok &= pair::print(&pairs);
        println!("  {name}: {:.1} s", begin.elapsed().as_secs_f64());
        all.extend(pairs);
        pair::write("cache", &all)?;
        ground.clear()?;
    }
    Ok(all_ok)
}

/// The part of a row that needs a process of its own.
pub(crate) fn child(words: &[&str]) -> Result<()> {
    match words {
        ["download", address, place, rounds] => cold::child(address, Path::new(place), rounds),
        ["victim", address, profile, path] => crash::victim(address, Path::new(profile), path),
        ["memory", address, profile] => memory::child(address, Path::new(profile)),
        _ => anyhow::bail!("no such part"),
    }
}

/// Reads `reader` in blocks of `block` bytes to its end; how many bytes they were.
fn read_through(reader: &Reader, block: usize) -> Result<u64> {
    let (mut pos, mut block) = (0, vec![0; block]);
    loop {
        let count = reader.read_at_blocking(pos, &mut block)?;
        pos += count as u64;
        if count < block.len() {
            return Ok(pos);
        }
    }
}

/// Compares all that `reader` gives with what the origin computes.
fn verify(reader: &Reader, size: u64) -> Result<()> {
    let (mut pos, mut block) = (0, vec![0; 1 << 20]);
    while pos < size {
        let count = reader.read_at_blocking(pos, &mut block)?;
        anyhow::ensure!(count > 0, "it ends at {pos} of {size}");
        verify_bytes(pos, block.get(..count).unwrap_or_default())?;
        pos += count as u64;
    }
    anyhow::ensure!(pos == size, "{pos} bytes instead of {size}");
    Ok(())
}

/// Compares bytes from `pos` on with what the origin computes.
fn verify_bytes(pos: u64, bytes: &[u8]) -> Result<()> {
    testkit::pattern::verify(SEED, pos, bytes)
        .map_err(|at| anyhow::anyhow!("byte {at} is not the origin's"))
}

/// A reader whose resource is whole and verified, the engine it belongs to and the file behind it.
fn whole(ground: &mut Ground, path: &str, size: u64) -> Result<(Reader, Stand, PathBuf)> {
    let folder = ground.folder()?;
    let stand = Stand::start(ground.origin.address(), &folder)?;
    let reader = stand.open(path)?;
    verify(&reader, size)?;
    let files = stand::data_files(&folder);
    let file = files.first().context("the cache has no file")?.clone();
    Ok((reader, stand, file))
}

/// A place for the times of several rounds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Of no round: not a number.
    fn median(&self) -> f64 {
        pair::median(self.0.as_slice())
    }

    fn worst(&self) -> f64 {
        pair::share(self.0.as_slice(), 1.0)
    }
}
