//! The jobs that outlive the program, written down one after the other: what was asked for first is stored first, and nothing
//! is struck out before it was stored.
//!
//! **Owns** the order of these writes. **Threads**: one task, that ends with the actor after what it was given.
//! **Cancellation**: who waits for a line may go; it is written all the same.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::super::checkpoint::Index;
use super::super::job::StoredJob;

enum Line {
    Put(Box<StoredJob>, oneshot::Sender<()>),
    Remove(Vec<u64>),
    Flush(oneshot::Sender<()>),
}

/// Handle to the task that writes. The task ends with it.
pub(super) struct Ledger {
    lines: mpsc::UnboundedSender<Line>,
}

impl Ledger {
    pub(super) fn start(index: Arc<dyn Index>, runtime: &Handle) -> Self {
        let (lines, mut queue) = mpsc::unbounded_channel();
        runtime.spawn(async move {
            while let Some(line) = queue.recv().await {
                let (result, done) = match line {
                    Line::Put(job, done) => (index.put_job(&job).await, Some(done)),
                    Line::Remove(ids) => (index.remove_jobs(&ids).await, None),
                    Line::Flush(done) => (Ok(()), Some(done)),
                };
                if let Err(error) = result {
                    tracing::warn!(%error, "what is to be kept is not written down");
                }
                if let Some(done) = done {
                    // Whoever asked may have given up.
                    done.send(()).ok();
                }
            }
        });
        Self { lines }
    }

    /// Stores a job; the answer comes when it is stored, or cannot be.
    pub(super) fn put(&self, job: StoredJob) -> oneshot::Receiver<()> {
        let (done, stored) = oneshot::channel();
        // The task lives as long as this.
        self.lines.send(Line::Put(Box::new(job), done)).ok();
        stored
    }

    pub(super) fn remove(&self, ids: Vec<u64>) {
        if !ids.is_empty() {
            self.lines.send(Line::Remove(ids)).ok();
        }
    }

    /// Waits until everything so far is written.
    pub(super) async fn flush(&self) {
        let (done, end) = oneshot::channel();
        if self.lines.send(Line::Flush(done)).is_ok() {
            end.await.ok();
        }
    }
}
