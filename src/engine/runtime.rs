//! The tokio runtime that the engine owns, so that its handles work from any executor.

use std::future::Future;
use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

/// Where all of the engine's tasks run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    inner: Arc<tokio::runtime::Runtime>,
}

impl Runtime {
    /// Starts the runtime's threads.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start() -> std::io::Result<Self> {
        let inner = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("spool-engine")
            .enable_all()
            .build()?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The runtime's handle, for spawning.
    #[must_use]
    pub fn handle(&self) -> &tokio::runtime::Handle {
        self.inner.handle()
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
}
