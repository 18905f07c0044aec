//! A file system over a real folder that fails when told, and forgets at a power cut what was not synced.
//!
//! A cut treats every page of 4 KiB that was written or punched since its file's last sync as a coin: it has its old state
//! or its new one. Names that were given, taken or changed since their folder's last sync may be as before, too.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test crate that includes it uses a part, and a broken double ends the test"
)]

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use spool_engine::cache::storage::{Disk, Medium, Opening, Space, Storage, StoredFile};
use spool_engine::range::{ByteRange, RangeSet};

const PAGE: u64 = 4096;

pub const EIO: i32 = 5;
pub const EXDEV: i32 = 18;
pub const EMFILE: i32 = 24;
pub const ENOSPC: i32 = 28;
pub const EROFS: i32 = 30;
pub const EOPNOTSUPP: i32 = 95;

/// Kinds of operations, counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Open,
    Read,
    Write,
    Sync,
    Punch,
    Rename,
    Remove,
    MakeFolder,
}

/// Which operations fail: from the `first`-th of their kind on (the first is 1), `count` of them.
#[derive(Clone, Copy, Debug)]
pub struct Failing {
    pub act: Act,
    pub first: u64,
    pub count: u64,
    pub errno: i32,
}

/// What a cut may take back.
#[derive(Debug)]
enum Unsure {
    /// One page's former bytes; `None` was a hole.
    Page {
        file: u64,
        handle: Arc<File>,
        page: u64,
        before: Option<Vec<u8>>,
    },
    Length {
        file: u64,
        handle: Arc<File>,
        before: u64,
    },
    Made(PathBuf),
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    /// It had `path`, and has this other name now.
    Removed {
        path: PathBuf,
        kept: PathBuf,
    },
}

#[derive(Debug, Default)]
struct World {
    counts: HashMap<Act, u64>,
    failed: HashMap<Act, u64>,
    failing: Vec<Failing>,
    unsure: Vec<Unsure>,
    /// What a failed sync has lost, and memory still shows.
    lost: Vec<Unsure>,
    dead: bool,
    /// A sync makes nothing durable, and says that it did.
    lies: bool,
    /// So many operations are left until the power goes.
    left: Option<u64>,
    removed: u64,
    /// Free bytes that are told, where not the disk's own.
    free: Option<u64>,
}

impl World {
    fn act(&mut self, act: Act) -> io::Result<()> {
        // Reading changes nothing that a cut could take.
        if let (Some(left), true) = (&mut self.left, act != Act::Read) {
            *left = left.saturating_sub(1);
            self.dead |= *left == 0;
        }
        if self.dead {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let count = self.counts.entry(act).or_default();
        *count += 1;
        let fails = |rule: &&Failing| {
            rule.act == act && (rule.first..rule.first.saturating_add(rule.count)).contains(count)
        };
        match self.failing.iter().find(fails) {
            Some(rule) => {
                *self.failed.entry(act).or_default() += 1;
                Err(io::Error::from_raw_os_error(rule.errno))
            }
            None => Ok(()),
        }
    }
}

/// See the module. Clones are the same file system.
#[derive(Clone, Debug)]
pub struct Brittle {
    world: Arc<Mutex<World>>,
    /// Where removed files lie until they are surely gone.
    grave: PathBuf,
}

impl Brittle {
    /// `grave` is a folder on the same file system, outside of what is tested.
    pub fn new(grave: &Path) -> Self {
        Self {
            world: Arc::default(),
            grave: grave.into(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn fail(&self, rule: Failing) {
        self.world().failing.push(rule);
    }

    pub fn heal(&self) {
        self.world().failing.clear();
    }

    pub fn count(&self, act: Act) -> u64 {
        self.world().counts.get(&act).copied().unwrap_or_default()
    }

    /// How many failed as a rule said.
    pub fn failed(&self, act: Act) -> u64 {
        self.world().failed.get(&act).copied().unwrap_or_default()
    }

    /// The `count`-th operation from now on finds no power.
    pub fn die_at(&self, count: u64) {
        self.world().left = Some(count);
    }

    /// From now on a sync only says that it has worked: who relies on it must be found out by the cuts.
    pub fn lie(&self) {
        self.world().lies = true;
    }

    pub fn is_dead(&self) -> bool {
        self.world().dead
    }

    /// Says that so many bytes are free.
    pub fn set_free(&self, bytes: Option<u64>) {
        self.world().free = bytes;
    }

    /// The power goes: nothing works any more, and what was not synced is as `coin` says, asked once for each page and name.
    pub fn cut(&self, mut coin: impl FnMut() -> bool) {
        let mut world = self.world();
        world.dead = true;
        for one in std::mem::take(&mut world.lost).into_iter().rev() {
            one.take_back();
        }
        let unsure = std::mem::take(&mut world.unsure);
        for one in unsure.into_iter().rev() {
            if coin() {
                one.take_back();
            }
        }
    }
}

impl Unsure {
    fn take_back(self) {
        match self {
            Self::Page {
                handle,
                page,
                before: Some(bytes),
                ..
            } => FileExt::write_all_at(&*handle, &bytes, page * PAGE).unwrap(),
            Self::Page { handle, page, .. } => {
                let hole = ByteRange::new(page * PAGE, (page + 1) * PAGE);
                Medium::punch(&*handle, hole).unwrap();
            }
            Self::Length { handle, before, .. } => {
                // Pages behind it that a coin has kept stay: a length is never shorter than its data.
                let data = Medium::extents(&*handle).iter().last();
                let end = data.map_or(0, |range| range.end);
                handle.set_len(before.max(end)).unwrap();
            }
            // Names: whatever became of them meanwhile, a name that is not there any more cannot be changed.
            Self::Made(path) => drop(std::fs::remove_file(path)),
            Self::Renamed { from, to } => drop(std::fs::rename(to, from)),
            Self::Removed { path, kept } => drop(std::fs::rename(kept, path)),
        }
    }

    fn is_of(&self, id: u64) -> bool {
        matches!(self, Self::Page { file, .. } | Self::Length { file, .. } if *file == id)
    }

    fn is_page_of(&self, id: u64, range: ByteRange) -> bool {
        let pages = range.start / PAGE..range.end.div_ceil(PAGE);
        matches!(self, Self::Page { file, page, .. } if *file == id && pages.contains(page))
    }

    fn is_in(&self, folder: &Path) -> bool {
        match self {
            Self::Made(path) | Self::Removed { path, .. } | Self::Renamed { to: path, .. } => {
                path.parent() == Some(folder)
            }
            _ => false,
        }
    }
}

impl Storage for Brittle {
    fn open(&self, path: &Path, opening: Opening) -> io::Result<StoredFile> {
        let mut world = self.world();
        world.act(Act::Open)?;
        let there = path.exists();
        let StoredFile::Plain(file) = Disk.open(path, opening)? else {
            unreachable!("the real disk has real files");
        };
        if !there {
            world.unsure.push(Unsure::Made(path.into()));
        }
        Ok(StoredFile::Other(Box::new(BrittleFile {
            id: file.metadata()?.ino(),
            file: Arc::new(file),
            storage: self.clone(),
        })))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.world().act(Act::MakeFolder)?;
        Disk.make_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.act(Act::Rename)?;
        Disk.rename(from, to)?;
        world.unsure.push(Unsure::Renamed {
            from: from.into(),
            to: to.into(),
        });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.act(Act::Remove)?;
        world.removed += 1;
        let kept = self.grave.join(world.removed.to_string());
        std::fs::rename(path, &kept)?;
        world.unsure.push(Unsure::Removed {
            path: path.into(),
            kept,
        });
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.act(Act::Sync)?;
        world.unsure.retain(|one| !one.is_in(path));
        Ok(())
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let space = Disk.space(path)?;
        Ok(Space {
            free: self.world().free.unwrap_or(space.free),
            ..space
        })
    }
}

#[derive(Debug)]
struct BrittleFile {
    id: u64,
    file: Arc<File>,
    storage: Brittle,
}

impl BrittleFile {
    /// Remembers what the pages of `range` hold now.
    fn remember(&self, world: &mut World, range: ByteRange) {
        let extents = Medium::extents(&*self.file);
        for page in range.start / PAGE..range.end.div_ceil(PAGE) {
            let mut bytes = vec![0; PAGE as usize];
            let hole = !extents
                .missing_in(ByteRange::new(page * PAGE, (page + 1) * PAGE))
                .is_empty()
                && extents.covered_from(page * PAGE) == 0;
            let before = (!hole).then(|| {
                let count = FileExt::read_at(&*self.file, &mut bytes, page * PAGE).unwrap();
                bytes.truncate(count);
                bytes
            });
            world.unsure.push(Unsure::Page {
                file: self.id,
                handle: self.file.clone(),
                page,
                before,
            });
        }
    }
}

impl Medium for BrittleFile {
    fn read_at(&self, buf: &mut [u8], pos: u64) -> io::Result<usize> {
        self.storage.world().act(Act::Read)?;
        FileExt::read_at(&*self.file, buf, pos)
    }

    fn write_all_at(&self, bytes: &[u8], pos: u64) -> io::Result<()> {
        let mut world = self.storage.world();
        world.act(Act::Write)?;
        let range = ByteRange::new(pos, pos + bytes.len() as u64);
        world.lost.retain(|one| !one.is_page_of(self.id, range));
        let before = self.file.metadata()?.len();
        world.unsure.push(Unsure::Length {
            file: self.id,
            handle: self.file.clone(),
            before,
        });
        self.remember(&mut world, range);
        FileExt::write_all_at(&*self.file, bytes, pos)
    }

    /// A failing sync loses what it was to save, as on Linux: the pages count as clean, memory shows them for a while, and
    /// the next sync says that all is well.
    fn sync(&self) -> io::Result<()> {
        let mut world = self.storage.world();
        let result = world.act(Act::Sync);
        if world.dead || world.lies {
            return result;
        }
        let take = |from: &mut Vec<Unsure>| -> Vec<Unsure> {
            from.extract_if(.., |one| one.is_of(self.id)).collect()
        };
        let unsure = take(&mut world.unsure);
        if result.is_err() {
            world.lost.extend(unsure);
        } else {
            let lost = take(&mut world.lost);
            lost.into_iter().rev().for_each(Unsure::take_back);
        }
        result
    }

    fn punch(&self, range: ByteRange) -> io::Result<()> {
        let mut world = self.storage.world();
        world.act(Act::Punch)?;
        self.remember(&mut world, range);
        Medium::punch(&*self.file, range)
    }

    fn extents(&self) -> RangeSet {
        Medium::extents(&*self.file)
    }

    fn allocated(&self) -> u64 {
        Medium::allocated(&*self.file)
    }

    fn length(&self) -> io::Result<u64> {
        Medium::length(&*self.file)
    }

    fn drop_from_memory(&self, _: ByteRange) {}
}
