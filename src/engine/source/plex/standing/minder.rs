//! The look-out for a better way: in the background, when the network may have changed, and now and then while the relay stands in.
//!
//! **Owns** its task, which ends with it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{Standing, Way};
use crate::source::plex::race::{self, Class};

/// While the relay stands in, a direct way is looked for so often: further and further apart.
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(120);

#[derive(Default)]
pub(super) struct Minder {
    told: Arc<Notify>,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Minder {
    /// Looks for a better way soon; once for many who say so at the same time. To be called on a runtime.
    pub(super) fn wake(&self, standing: &Weak<Standing>) {
        self.told.notify_one();
        let mut task = self.task.lock();
        if task.is_none() {
            let run = run(Weak::clone(standing), Arc::clone(&self.told));
            *task = Some(AbortOnDropHandle::new(tokio::spawn(run)));
        }
    }
}

async fn run(standing: Weak<Standing>, told: Arc<Notify>) {
    let mut pause = FIRST;
    loop {
        // Nothing but a name is held while waiting.
        let is_relayed = match standing.upgrade() {
            Some(standing) => standing.is_relayed(),
            None => return,
        };
        pause = is_due(&told, is_relayed, pause).await;
        let Some(standing) = standing.upgrade() else {
            return;
        };
        standing.improve().await;
    }
}

/// Waits until it is time to look: when told, or while the relay stands in after this pause. Gives the next one.
async fn is_due(told: &Notify, is_relayed: bool, pause: Duration) -> Duration {
    tokio::select! {
        () = told.notified() => FIRST,
        () = sleep(pause), if is_relayed => (pause * 2).min(LONGEST),
    }
}

impl Standing {
    /// Whether the relay stands in for the server.
    pub(in crate::source::plex) fn is_relayed(&self) -> bool {
        let last = self.last.lock();
        last.as_ref().is_some_and(|way| way.class == Class::Relay)
    }

    /// Looks for a better way than the one that is used; whoever asks meanwhile has that one.
    async fn improve(&self) {
        let (way, known) = {
            let mut state = self.state.lock().await;
            state.lost = None;
            let Some(way) = &state.way else { return };
            (Arc::clone(way), state.credentials.clone())
        };
        if way.class.is_near() {
            // Nothing is better; but the device may have left its network.
            let same = [(way.base.clone(), way.class)];
            let there = race::race(&same, &self.machine_id, &known.terms).await;
            if there.is_err() {
                self.leave(&way).await;
            }
            return;
        }
        let won = self.race(&known).await.ok();
        if self.change(&way, won).await {
            return;
        }
        if let Some(near) = self.nearby(&known).await {
            self.remember(&mut *self.state.lock().await, &near).await;
            if self.change(&way, Some(near)).await {
                return;
            }
        }
        self.learn_aside().await;
        let fresh = self.credentials().await;
        if fresh.ways != known.ways {
            let won = self.race(&fresh).await.ok();
            self.change(&way, won).await;
        }
    }

    /// Takes what won in place of `way`, where that is worth it; whether `way` is out of use.
    async fn change(&self, way: &Arc<Way>, won: Option<(Url, Class)>) -> bool {
        let mut state = self.state.lock().await;
        if !state.way.as_ref().is_some_and(|now| Arc::ptr_eq(now, way)) {
            return true;
        }
        let Some((base, class)) = won.filter(|(_, class)| way.class.is_worth_leaving(*class))
        else {
            return false;
        };
        match self.make(&state, base, class) {
            Ok(better) => self.take(&mut state, &better),
            Err(error) => {
                tracing::debug!(%error, "a better way that cannot be used");
                return false;
            }
        }
        if !class.is_near() {
            // There may be a still better one.
            self.minder.wake(&self.me);
        }
        true
    }

    async fn leave(&self, way: &Arc<Way>) {
        let mut state = self.state.lock().await;
        if state.way.as_ref().is_some_and(|now| Arc::ptr_eq(now, way)) {
            state.way = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn while_the_relay_stands_in_a_better_way_is_looked_for_further_and_further_apart() {
        let told = Notify::new();
        let (mut pause, mut waits) = (FIRST, Vec::new());
        for _ in 0..5 {
            let began = Instant::now();
            pause = is_due(&told, true, pause).await;
            waits.push(began.elapsed().as_secs());
        }
        assert_eq!(waits, [30, 60, 120, 120, 120]);
        // Word of another network is not waited for, and begins anew.
        told.notify_one();
        let began = Instant::now();
        pause = is_due(&told, true, pause).await;
        assert_eq!((began.elapsed(), pause), (Duration::ZERO, FIRST));
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_direct_way_leads_there_nothing_is_looked_for_unless_told() {
        let told = Notify::new();
        let day = Duration::from_secs(86_400);
        assert!(timeout(day, is_due(&told, false, FIRST)).await.is_err());
        told.notify_one();
        assert_eq!(timeout(day, is_due(&told, false, LONGEST)).await, Ok(FIRST));
    }
}
