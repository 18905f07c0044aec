//! A gate that a reply waits at until the test opens it.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate that a reply waits at until the test opens it. Clones are the same gate; it cannot be closed again.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    /// Waits until it is open.
    pub(crate) async fn opened(&self) {
        // The sender lives in `self`, so waiting cannot end by its loss.
        self.0.subscribe().wait_for(|open| *open).await.ok();
    }
}
