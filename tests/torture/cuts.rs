//! Power cuts of a real file system: ext4 on a loop device loses everything that was not made durable, and what is claimed
//! afterwards is still the origin's.
//!
//! `EXT4_IOC_SHUTDOWN` without a log flush is the cut: the journal's tail and all dirty pages are gone, and the next mount
//! replays what had been committed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use spool_engine::Dirs;

use crate::Bounds;
use crate::chance::Chance;
use crate::kills::Lane;
use crate::tally::Tally;

/// Large, so that the disk is nowhere near full; sparse, so that it takes only what is written.
const DISK: &str = "64G";
/// `ioctl(fd, EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH)` (include/uapi/linux/ext4.h); no library here offers it
/// safely, and the interpreter is there for other tests.
const SHUTDOWN: &str = "import fcntl, os, sys; \
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, (2).to_bytes(4, sys.byteorder))";

/// Cuts the power `count` times, and checks after each.
pub(crate) fn run(count: u32, bounds: &Bounds, tally: &Tally) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let place = tempfile::tempdir().context("no place for a disk")?;
    let disk = match Disk::make(place.path()) {
        Ok(disk) => disk,
        Err(error) => {
            println!("cuts: skipped: {error:#}");
            return Ok(());
        }
    };
    let mut chance = Chance::new(bounds.seed, 200);
    let mut lane = Lane::on(
        Chance::new(bounds.seed, 201),
        disk.profile(),
        "cuts".to_owned(),
    );
    for _ in 0..count {
        if bounds.is_over() {
            break;
        }
        let moment = lane.moment();
        let child = lane.begin(Duration::ZERO)?;
        // It looks at what the cut before has left while the disk works.
        if !child.wait_checked() {
            tally.violation("cuts: a child hangs");
        }
        disk.age(moment, &mut chance);
        // One in five has ended before: then nothing at all may be lost.
        if chance.happens(200) {
            let legacy = child.end()?;
            disk.cut()?;
            disk.restore()?;
            lane.judge(legacy, tally);
        } else {
            disk.cut()?;
            // It goes on for a moment on a disk that fails: what it says then must be right as well.
            std::thread::sleep(Duration::from_millis(50));
            let legacy = child.kill(Duration::ZERO)?;
            disk.restore()?;
            lane.judge(legacy, tally);
            lane.forgive();
        }
        tally.cut();
        tally.progress();
    }
    let last = lane.begin(Duration::ZERO)?;
    if !last.wait_checked() {
        tally.violation("cuts: the last child hangs");
    }
    lane.judge(last.end()?, tally);
    println!("cuts: {} claimed bytes compared", lane.found().checked);
    Ok(())
}

/// An ext4 file system in a file, mounted.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    fn make(place: &Path) -> Result<Self> {
        let disk = Self {
            image: place.join("image"),
            mount: place.join("mount"),
        };
        std::fs::create_dir(&disk.mount)?;
        let image = &disk.image.display().to_string();
        call("truncate", &["--size", DISK, image])?;
        let few = [
            "-q",
            "-F",
            "-N",
            "4096",
            "-E",
            "lazy_itable_init=1,lazy_journal_init=1",
            image,
        ];
        call("mkfs.ext4", &few)?;
        disk.mount()?;
        Ok(disk)
    }

    fn mount(&self) -> Result<()> {
        let (image, mount) = (
            self.image.display().to_string(),
            self.mount.display().to_string(),
        );
        call("mount", &["-o", "loop", &image, &mount])
    }

    fn unmount(&self) -> Result<()> {
        call("umount", &[&self.mount.display().to_string()])
    }

    /// Lets time pass in which the kernel writes back what it likes, in an order of its own: the database's log, at random
    /// moments, long before the files that it speaks of.
    fn age(&self, time: Duration, chance: &mut Chance) {
        let end = Instant::now() + time;
        let log = Dirs::profile(&self.profile()).data.join("spool.db-wal");
        while Instant::now() < end {
            let wait = chance.duration(Duration::from_millis(20), Duration::from_millis(700));
            std::thread::sleep(wait.min(end.saturating_duration_since(Instant::now())));
            // Not there yet, or not any more.
            File::open(&log).and_then(|log| log.sync_all()).ok();
        }
    }

    fn profile(&self) -> PathBuf {
        self.mount.join("profile")
    }

    /// The power is back: the journal is replayed.
    fn restore(&self) -> Result<()> {
        self.unmount()?;
        self.mount()
    }

    fn cut(&self) -> Result<()> {
        call(
            "python3",
            &["-c", SHUTDOWN, &self.mount.display().to_string()],
        )
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Not mounted: nothing to undo.
        self.unmount().ok();
    }
}

fn call(program: &str, arguments: &[&str]) -> Result<()> {
    let ran = Command::new(program).args(arguments).output();
    let ran = ran.with_context(|| format!("{program} is not here"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    anyhow::ensure!(ran.status.success(), "{program}: {}", said.trim());
    Ok(())
}
