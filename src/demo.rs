//! The demo library: a few short films, a show and an album that are drawn and sounded on this computer, for looking around.
//!
//! **Does not know** accounts or the window. **Threads**: [`make`] blocks until the folder is whole or given up, and works on a few
//! threads of its own.

mod notes;
mod plan;
mod scene;
mod titles;
mod tune;

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use spool_player::clip::{self, ClipError};

/// Threads at most: encoders keep each of them busy.
const MOST_HANDS: usize = 4;

/// Why there is no demo library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemoError {
    /// A film, track or picture cannot be made.
    Clip(ClipError),
    /// The folder cannot be written; the system's own words.
    Disk(String),
}

impl From<ClipError> for DemoError {
    fn from(error: ClipError) -> Self {
        Self::Clip(error)
    }
}

impl From<io::Error> for DemoError {
    fn from(error: io::Error) -> Self {
        Self::Disk(error.to_string())
    }
}

/// A file that is to be made.
struct Job {
    /// How much work it is, about, in frames.
    weight: u32,
    work: Work,
}

type Work = Box<dyn FnOnce(&dyn Fn() -> bool) -> Result<(), ClipError> + Send>;

/// Makes the library in this folder, in place of whatever is there. `go_on` is asked many times a second whether it is still
/// wanted, and `told` hears which share of the work is done. What was begun is gone when it fails.
///
/// # Errors
/// See [`DemoError`].
pub fn make(
    folder: &Path,
    go_on: &(dyn Fn() -> bool + Sync),
    told: &(dyn Fn(f64) + Sync),
) -> Result<(), DemoError> {
    clip::ready()?;
    let made = remove(folder)
        .and_then(|()| private_folder(folder))
        .map_err(DemoError::from)
        .and_then(|()| fill(folder, go_on, told));
    if made.is_err() {
        discard(folder);
    }
    made
}

/// Deletes a library that nobody wants any more.
pub fn discard(folder: &Path) {
    if let Err(error) = remove(folder) {
        tracing::warn!(%error, "a demo library is left");
    }
}

fn fill(
    folder: &Path,
    go_on: &(dyn Fn() -> bool + Sync),
    told: &(dyn Fn(f64) + Sync),
) -> Result<(), DemoError> {
    let jobs = plan::jobs(folder)?;
    let all: u32 = jobs.iter().map(|job| job.weight).sum();
    let (jobs, done) = (Mutex::new(VecDeque::from(jobs)), AtomicU32::new(0));
    let failed = AtomicBool::new(false);
    // Work that nobody will use is not gone on with.
    let go_on = || go_on() && !failed.load(Ordering::Relaxed);
    let work = || -> Result<(), ClipError> {
        loop {
            let next = jobs.lock().ok().and_then(|mut jobs| jobs.pop_front());
            let Some(job) = next else { return Ok(()) };
            if let Err(error) = (job.work)(&go_on) {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
            let now = done.fetch_add(job.weight, Ordering::Relaxed) + job.weight;
            told(f64::from(now) / f64::from(all));
        }
    };
    let hands = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_HANDS));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..hands).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = others.into_iter().map(|other| {
            let stopped = ClipError::Failed("a thread has ended".into());
            other.join().unwrap_or(Err(stopped))
        });
        std::iter::once(own).chain(others).collect()
    });
    // Why it failed says more than that the others then gave up.
    let mut errors: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    errors.sort_by_key(|error| *error == ClipError::GivenUp);
    match errors.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(settle(folder)?),
    }
}

/// Whole on the disk, and for nobody else to read.
fn settle(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            settle(&entry.path())?;
        } else {
            let file = File::open(entry.path())?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => all.extend(files(&path)),
                false => all.push(path),
            }
        }
        all
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn all_of_it_is_made_small_and_private() {
        spool_player::init().ok();
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("demo");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("left over"), "").unwrap();
        let shares = Mutex::new(Vec::new());
        make(&folder, &|| true, &|share| {
            shares.lock().unwrap().push(share)
        })
        .unwrap();
        let files = files(&folder);
        let size: u64 = files
            .iter()
            .map(|file| file.metadata().unwrap().len())
            .sum();
        assert!(size < 20 << 20, "{size} bytes");
        assert!(
            files
                .iter()
                .all(|file| mode(file) == 0o600 && file.metadata().unwrap().len() > 0)
        );
        assert_eq!(mode(&folder), 0o700);
        assert!(!folder.join("left over").exists());
        let count = |ending: &str| {
            let ends = |file: &&std::path::PathBuf| file.extension().is_some_and(|it| it == ending);
            files.iter().filter(ends).count()
        };
        let episodes = titles::SHOW.episodes.len();
        assert_eq!(count("mkv"), titles::FILMS.len() + episodes);
        assert_eq!(count("opus"), titles::ALBUM.tracks.len());
        assert_eq!(
            shares.lock().unwrap().len(),
            plan::jobs(&place.path().join("again")).unwrap().len()
        );
        let most = shares.lock().unwrap().iter().copied().fold(0.0, f64::max);
        assert!((most - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        spool_player::init().ok();
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("demo");
        let asked = AtomicU32::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < 4;
        let made = make(&folder, &go_on, &|_| {});
        assert_eq!(made, Err(DemoError::Clip(ClipError::GivenUp)));
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said() {
        spool_player::init().ok();
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), "").unwrap();
        let made = make(&place.path().join("file/demo"), &|| true, &|_| {});
        assert!(matches!(made, Err(DemoError::Disk(_))), "{made:?}");
    }
}
