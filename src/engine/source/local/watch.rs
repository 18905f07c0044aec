//! Notices of changes below a folder, gathered until the folder is quiet.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

/// A folder counts as quiet after this long without a change: a copied film is many writes.
const QUIET: Duration = Duration::from_secs(2);

/// Calls `changed` after each burst of changes below `root`, on a thread of its own, until the returned guard is dropped.
/// `None` when the system offers no (more) watches; the folder is then only looked at when it is synced.
pub(crate) fn watch(
    root: &Path,
    changed: Box<dyn Fn() + Send + Sync>,
) -> Option<notify::RecommendedWatcher> {
    let (sender, receiver) = mpsc::channel();
    let on_event = move |event: notify::Result<notify::Event>| {
        let matters = !matches!(event, Ok(ref event) if matches!(event.kind, EventKind::Access(_)));
        if matters {
            // The thread is gone only when the watcher is, too.
            sender.send(()).ok();
        }
    };
    let mut watcher = notify::recommended_watcher(on_event)
        .inspect_err(|error| tracing::warn!("changes in the folder are not noticed: {error}"))
        .ok()?;
    watcher
        .watch(root, RecursiveMode::Recursive)
        .inspect_err(|error| tracing::warn!("changes in the folder are not noticed: {error}"))
        .ok()?;
    std::thread::Builder::new()
        .name("spool-folder".into())
        .spawn(move || gather(&receiver, &*changed))
        .ok()?;
    Some(watcher)
}

/// Calls back after each burst; ends when the sender is gone.
fn gather(receiver: &mpsc::Receiver<()>, changed: &dyn Fn()) {
    while receiver.recv().is_ok() {
        loop {
            match receiver.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(mpsc::RecvTimeoutError::Timeout) => break,
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
        changed();
    }
}
