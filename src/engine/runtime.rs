//! The tokio runtime that the engine owns, so that its handles work from any executor.
//!
//! **Threads.** Two workers, and tokio's pool for what blocks. The runtime ends when the last clone is dropped, without
//! waiting: dropping it is allowed on any thread, also on one of its own.

use std::future::Future;
use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

/// Where all of the engine's tasks run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    /// `None` only while it is being dropped.
    runtime: Option<tokio::runtime::Runtime>,
    handle: tokio::runtime::Handle,
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Runtime {
    /// Starts the runtime's threads.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("spool-engine")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self {
            owner: Arc::new(Owner {
                runtime: Some(runtime),
                handle,
            }),
        })
    }

    /// The runtime's handle, for spawning.
    #[must_use]
    pub fn handle(&self) -> &tokio::runtime::Handle {
        &self.owner.handle
    }

    /// Runs a future on the engine's threads and waits for it from any executor. Dropping the returned future aborts it.
    pub async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> T {
        match AbortOnDropHandle::new(self.handle().spawn(future)).await {
            Ok(value) => value,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is going down: nobody is left to want the value.
            Err(_) => std::future::pending().await,
        }
    }

    /// Runs a future on the engine's threads and blocks this thread for it; allowed also inside another runtime.
    /// `None` when the future panicked.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.handle().spawn(async move {
            // The receiver waits below, so it cannot be gone.
            sender.send(future.await).ok();
        });
        receiver.recv().ok()
    }
}
