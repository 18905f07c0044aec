//! A generation's place: among the kept titles or among the others, and how its files get from the one to the other.
//!
//! The bytes go last: where they lie is where the generation lies, and a program that ends in between finds them in either
//! folder. Checksums go before them, so that no kept title is ever without those it had. **Threads**: everything blocks, and
//! waits for its [`Turn`]: who looks for a file while it gets another name finds it in neither folder, and two who move it at
//! once would each take the other's for a copy that was left.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::key::Generation;
use super::super::storage::Opening;
use super::Folder;

/// Bytes that are copied at a time.
const COPIED: usize = 1 << 20;

/// The right to touch the names of one generation's files, until it is dropped.
pub(super) struct Turn<'a> {
    folder: &'a Folder,
    generation: Generation,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.folder.busy.lock().remove(&self.generation);
        self.folder.free.notify_all();
    }
}

impl Folder {
    /// Waits until nobody else touches the names of this generation's files. Blocks.
    pub(super) fn turn(&self, generation: Generation) -> Turn<'_> {
        let mut busy = self.busy.lock();
        while !busy.insert(generation) {
            self.free.wait(&mut busy);
        }
        Turn {
            folder: self,
            generation,
        }
    }

    /// Gives a generation's files their place: among the kept titles, or among the others. Between two file systems they
    /// are copied, if `copy` allows it: nobody may write to them meanwhile. `stop` ends a copy early; then the bytes are
    /// where they were. Blocks.
    pub(in super::super) fn relocate(
        &self,
        generation: Generation,
        kept: bool,
        copy: bool,
        stop: &AtomicBool,
    ) -> io::Result<()> {
        if !self.is_ours() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let _alone = self.turn(generation);
        let (old, new) = match kept {
            true => (&self.media, &self.kept),
            false => (&self.kept, &self.media),
        };
        let bytes = (generation.path(old), generation.path(new));
        let is_there = |path| self.storage.open(path, Opening::Existing).is_ok();
        if is_there(&bytes.1) {
            // In both, after a copy whose original could not be deleted: the one among the others is written on.
            match (is_there(&bytes.0), kept) {
                (false, _) => return Ok(()),
                (true, false) => return self.storage.remove(&bytes.0),
                (true, true) => self.storage.remove(&bytes.1)?,
            }
        }
        let parents = (bytes.0.parent(), bytes.1.parent());
        let (Some(from), Some(to)) = parents else {
            return Ok(());
        };
        self.storage.make_folder(to)?;
        let copy = copy.then_some(stop);
        let sums = (generation.sums_path(old), generation.sums_path(new));
        match self.bring(&sums.0, &sums.1, copy) {
            // A file without checksums gets its first ones when it needs them.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            brought => brought?,
        }
        self.bring(&bytes.0, &bytes.1, copy)?;
        self.storage.sync_folder(to)?;
        for left in [&sums.0, &bytes.0] {
            match self.storage.remove(left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.storage.sync_folder(from)
    }

    /// Renames a file, or copies it where that cannot be and `copy` says so; a copy leaves the old one where it is.
    fn bring(&self, from: &Path, to: &Path, copy: Option<&AtomicBool>) -> io::Result<()> {
        let stop = match (self.storage.rename(from, to), copy) {
            (Err(error), Some(stop)) if error.kind() == io::ErrorKind::CrossesDevices => stop,
            (renamed, _) => return renamed,
        };
        let part = to.with_extension("part");
        let copied = self.copy(from, &part, stop);
        if copied.is_err() {
            // What is left of it is of no use; that there may be nothing is no matter.
            self.storage.remove(&part).ok();
        }
        copied?;
        self.storage.rename(&part, to)
    }

    /// Copies what a file has data for, and makes it durable.
    fn copy(&self, from: &Path, to: &Path, stop: &AtomicBool) -> io::Result<()> {
        let source = self.storage.open(from, Opening::Existing)?;
        // What a copy that was broken off has left would show through the holes of this one.
        self.storage.remove(to).ok();
        let target = self.storage.open(to, Opening::Create)?;
        let mut block = vec![0; COPIED];
        for range in source.extents().iter() {
            let mut pos = range.start;
            while pos < range.end {
                if stop.load(Ordering::Acquire) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let left = usize::try_from(range.end - pos).unwrap_or(COPIED);
                let part = &mut block[..left.min(COPIED)];
                let count = source.read_at(pos, part)?;
                if count == 0 {
                    break;
                }
                target.write_all_at(&part[..count], pos)?;
                pos += count as u64;
            }
        }
        target.sync()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::storage::Disk;
    use super::*;

    #[test]
    fn a_file_that_is_moved_to_and_fro_is_always_somewhere() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take(&place.path().into(), Arc::new(Disk)).unwrap();
        let generation = Generation::random();
        let file = folder.open(generation, false).unwrap();
        file.write_all_at(b"abc", 0).unwrap();
        std::thread::scope(|scope| {
            for kept in [true, false, true, false] {
                let folder = &folder;
                let stop = AtomicBool::new(false);
                scope.spawn(move || {
                    for _ in 0..200 {
                        folder.relocate(generation, kept, false, &stop).unwrap();
                        folder.open_existing(generation).unwrap();
                    }
                });
            }
        });
        let (file, _) = folder.open_existing(generation).unwrap();
        let mut bytes = [0; 3];
        assert_eq!(file.read_at(0, &mut bytes).unwrap(), 3);
        folder.delete(generation);
        assert!(folder.open_existing(generation).is_err());
    }
}
