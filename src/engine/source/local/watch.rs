//! Notices of changes below a folder, gathered until the folder is quiet.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak, mpsc};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind, RemoveKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;

/// A folder counts as quiet after this long without a change: a copied film is many writes.
const QUIET: Duration = Duration::from_secs(2);

/// Keeps a watch alive.
type Guard = Arc<Mutex<RecommendedWatcher>>;

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    /// Something below the folder changed.
    Changed,
    /// The folder itself went away, and the system's watch with it.
    Lost,
}

/// Calls `changed` after each burst of changes below `root`, on a thread of its own, until the returned guard is dropped.
/// `None` when the system offers no (more) watches, or there is no such folder; it is then only looked at when it is synced.
pub(crate) fn watch(root: &Path, changed: Box<dyn Fn() + Send + Sync>) -> Option<Guard> {
    let (sender, receiver) = mpsc::channel();
    let folder = root.to_owned();
    let on_event = move |event: notify::Result<notify::Event>| {
        if let Some(notice) = notice(event, &folder) {
            // The thread is gone only when the watcher is, too.
            sender.send(notice).ok();
        }
    };
    let mut watcher = notify::recommended_watcher(on_event)
        .inspect_err(|error| tracing::warn!("changes in the folder are not noticed: {error}"))
        .ok()?;
    watcher
        .watch(root, RecursiveMode::Recursive)
        .inspect_err(|error| tracing::warn!("changes in the folder are not noticed: {error}"))
        .ok()?;
    let guard = Arc::new(Mutex::new(watcher));
    let (watched, root) = (Arc::downgrade(&guard), root.to_owned());
    std::thread::Builder::new()
        .name("spool-folder".into())
        .spawn(move || gather(&receiver, &watched, &root, &*changed))
        .ok()?;
    Some(guard)
}

fn notice(event: notify::Result<notify::Event>, root: &PathBuf) -> Option<Notice> {
    let Ok(event) = event else {
        return Some(Notice::Changed);
    };
    match event.kind {
        EventKind::Access(_) => None,
        EventKind::Remove(RemoveKind::Folder | RemoveKind::Any | RemoveKind::Other)
        | EventKind::Modify(ModifyKind::Name(_))
            if event.paths.first() == Some(root) =>
        {
            Some(Notice::Lost)
        }
        _ => Some(Notice::Changed),
    }
}

/// Calls back after each burst; ends when the sender is gone.
fn gather(
    receiver: &mpsc::Receiver<Notice>,
    watched: &Weak<Mutex<RecommendedWatcher>>,
    root: &Path,
    changed: &dyn Fn(),
) {
    while let Ok(first) = receiver.recv() {
        let mut lost = first == Notice::Lost;
        loop {
            match receiver.recv_timeout(QUIET) {
                Ok(notice) => lost |= notice == Notice::Lost,
                Err(mpsc::RecvTimeoutError::Timeout) => break,
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
        if lost && let Some(watcher) = watched.upgrade() {
            // Another folder may have its name by now. When there is none, its account is watched anew once it is back.
            let mut watcher = watcher.lock();
            watcher.unwatch(root).ok();
            watcher.watch(root, RecursiveMode::Recursive).ok();
        }
        changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_replaced_in_a_moment_is_watched_on() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("Films");
        std::fs::create_dir(&root).unwrap();
        let (sender, changes) = mpsc::channel();
        let changed = Box::new(move || sender.send(()).unwrap());
        let _guard = watch(&root, changed).unwrap();
        let guard = Duration::from_secs(20);

        std::fs::remove_dir(&root).unwrap();
        std::fs::create_dir(&root).unwrap();
        changes.recv_timeout(guard).expect("the end is noticed");
        std::fs::write(root.join("film.mkv"), "").unwrap();
        changes.recv_timeout(guard).expect("the film is noticed");

        let moved = parent.path().join("Elsewhere");
        std::fs::rename(&root, &moved).unwrap();
        std::fs::create_dir(&root).unwrap();
        changes.recv_timeout(guard).expect("the move is noticed");
        std::fs::write(root.join("another.mkv"), "").unwrap();
        changes.recv_timeout(guard).expect("the film is noticed");
    }
}
