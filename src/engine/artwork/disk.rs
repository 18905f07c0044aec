//! Fetched pictures on disk, as they came, within a budget of bytes.
//!
//! File names are hashes of the picture's id and width, so no name of a server's choice reaches the disk. Every failure here
//! only costs a fetch.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;

use crate::model::ImageId;

/// Bytes kept.
const BUDGET: u64 = 200_000_000;
/// The folder is looked over after so many bytes were written.
const LOOK_OVER_AFTER: u64 = 10_000_000;

/// The folder of fetched pictures.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    /// Bytes written since the folder was looked over last; begins full, so that the first write looks over.
    written: Arc<AtomicU64>,
}

impl Disk {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            written: Arc::new(AtomicU64::new(LOOK_OVER_AFTER)),
        }
    }

    fn path(&self, image: &ImageId, width: u32) -> PathBuf {
        let hash = fnv1a(format!("{image} {width}").as_bytes());
        self.folder
            .join(format!("{:02x}", hash >> 120))
            .join(format!("{hash:032x}"))
    }

    /// What was written for this picture.
    pub(super) async fn read(&self, image: &ImageId, width: u32) -> Option<Bytes> {
        tokio::fs::read(self.path(image, width))
            .await
            .ok()
            .map(Bytes::from)
    }

    /// Writes a picture's bytes, whole or not at all.
    pub(super) async fn write(&self, image: &ImageId, width: u32, bytes: &Bytes) {
        let path = self.path(image, width);
        let folder = self.folder.clone();
        let bytes = bytes.clone();
        let written = Arc::clone(&self.written);
        let work = move || {
            if let Err(error) = write_whole(&path, &bytes) {
                tracing::warn!("a picture cannot be kept: {error}");
                return;
            }
            let since = written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if since >= LOOK_OVER_AFTER {
                written.store(0, Ordering::Relaxed);
                keep_within(&folder, BUDGET);
            }
        };
        // A panic inside would have been reported by the runtime; the picture is fetched again next time.
        tokio::task::spawn_blocking(work).await.ok();
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let partial = path.with_extension(format!("{:08x}", rand::random::<u32>()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&partial)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| std::fs::rename(&partial, path));
    if done.is_err() {
        // Nothing more can be done about it; the next look-over removes it.
        std::fs::remove_file(&partial).ok();
    }
    done
}

/// Removes the pictures written longest ago until the folder holds at most `budget` bytes.
fn keep_within(folder: &Path, budget: u64) {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.into_path()))
        })
        .collect();
    let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
    files.sort();
    for (_, size, path) in files {
        if total <= budget {
            break;
        }
        if std::fs::remove_file(path).is_ok() {
            total -= size;
        }
    }
}

/// 128-bit FNV-1a: the same on every machine and in every version, unlike the standard library's hashes.
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn a_picture_survives_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path().join("artwork"));
        let image = ImageId::new("a".parse().unwrap(), "../../../etc/passwd");
        assert_eq!(disk.read(&image, 160).await, None);
        disk.write(&image, 160, &Bytes::from_static(b"picture"))
            .await;
        assert_eq!(
            disk.read(&image, 160).await.as_deref(),
            Some(&b"picture"[..])
        );
        assert_eq!(disk.read(&image, 240).await, None);
        let path = disk.path(&image, 160);
        assert!(path.starts_with(folder.path()));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        for (age, name) in [(300, "old"), (200, "middle"), (100, "new")] {
            let path = folder.path().join(name);
            std::fs::write(&path, [0; 100]).unwrap();
            let time = SystemTime::now() - std::time::Duration::from_secs(age);
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        keep_within(folder.path(), 250);
        let left = |name| folder.path().join(name).exists();
        assert_eq!(
            (left("old"), left("middle"), left("new")),
            (false, true, true)
        );
    }
}
