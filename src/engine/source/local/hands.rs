//! Work at a folder's disk on the blocking pool, which for a drive in the network is not waited for without end.
//!
//! A system call on a drive whose server is gone may hang for hours, and cannot be cancelled. Who asked gets an error then;
//! as long as the call hangs, nobody else is sent after it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::source_error::SourceError;

/// A drive that gives no sign for so long does not answer. Shorter than the patience with a whole check.
const PATIENCE: Duration = Duration::from_secs(8);

/// Signs of life of a long work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// It goes on.
    pub(crate) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What works at one folder.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// `None`: for as long as it takes.
    patience: Option<Duration>,
    hanging: Arc<AtomicUsize>,
}

impl Hands {
    /// At a drive that may stop answering.
    pub(super) fn in_the_network() -> Self {
        Self {
            patience: Some(PATIENCE),
            hanging: Arc::default(),
        }
    }

    /// Runs `work` where blocking is allowed.
    ///
    /// # Errors
    /// [`SourceError::Timeout`] when it hangs, [`SourceError::Unreachable`] while an earlier one does; otherwise its own.
    pub(super) fn run<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, SourceError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Pulse) -> Result<T, SourceError> + Send + 'static,
    {
        let patience = self.patience;
        let hanging = Arc::clone(&self.hanging);
        let started = (hanging.load(Ordering::SeqCst) == 0).then(|| {
            let pulse = Pulse::default();
            let beats = pulse.clone();
            let task = tokio::task::spawn_blocking(move || work(&beats));
            // Whoever asked may go: the call hangs all the same, and is to be known of.
            tokio::spawn(watched(task, pulse, patience, hanging))
        });
        async move {
            match started {
                Some(watched) => done(watched.await)?,
                None => Err(SourceError::Unreachable("the drive does not answer".into())),
            }
        }
    }
}

async fn watched<T: Send + 'static>(
    mut task: JoinHandle<Result<T, SourceError>>,
    pulse: Pulse,
    patience: Option<Duration>,
    hanging: Arc<AtomicUsize>,
) -> Result<T, SourceError> {
    let Some(patience) = patience else {
        return done(task.await)?;
    };
    let mut beats = 0;
    loop {
        if let Ok(joined) = timeout(patience, &mut task).await {
            return done(joined)?;
        }
        if pulse.beats() == beats {
            break;
        }
        beats = pulse.beats();
    }
    hanging.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(async move {
        task.await.ok();
        hanging.fetch_sub(1, Ordering::SeqCst);
    });
    Err(SourceError::Timeout)
}

fn done<T>(joined: Result<T, tokio::task::JoinError>) -> Result<T, SourceError> {
    joined.map_err(|error| SourceError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn impatient() -> Hands {
        Hands {
            patience: Some(Duration::from_millis(20)),
            hanging: Arc::default(),
        }
    }

    #[tokio::test]
    async fn who_hangs_is_left_and_nobody_is_sent_after() {
        let hands = impatient();
        let (release, held) = mpsc::channel::<()>();
        let hung = hands.run(move |_| {
            held.recv().ok();
            Ok(())
        });
        assert_eq!(hung.await, Err(SourceError::Timeout));
        let next = hands.run(|_| -> Result<(), _> { panic!("it is not tried") });
        assert!(matches!(next.await, Err(SourceError::Unreachable(_))));
        release.send(()).unwrap();
        while hands.hanging.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        let again = loop {
            // A busy computer may take longer than this patience even for nothing.
            match hands.run(|_| Ok(7)).await {
                Ok(seven) => break seven,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        assert_eq!(again, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_signs_of_life_is_waited_for() {
        let hands = impatient();
        let (order, orders) = mpsc::channel::<()>();
        let (sign, signs) = mpsc::channel::<()>();
        let work = tokio::spawn(hands.run(move |pulse| {
            for () in orders {
                pulse.beat();
                sign.send(()).ok();
            }
            Ok(7)
        }));
        for _ in 0..20 {
            order.send(()).unwrap();
            signs.recv().unwrap();
            tokio::time::advance(Duration::from_millis(21)).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(hands.hanging.load(Ordering::SeqCst), 0);
        drop(order);
        assert_eq!(work.await.unwrap(), Ok(7));
    }

    #[tokio::test]
    async fn who_asked_may_go() {
        let hands = impatient();
        let (release, held) = mpsc::channel::<()>();
        drop(hands.run(move |_| {
            held.recv().ok();
            Ok(())
        }));
        while hands.hanging.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        release.send(()).unwrap();
    }
}
