//! The re-checks of accounts that are offline, further and further apart. Nothing runs while all are online.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

use super::roster::Roster;
use crate::model::{AccountId, AccountState};

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);
/// While there is nothing to do, the task only looks whether the accounts are still there.
const IDLE: Duration = Duration::from_secs(3600);

/// When each offline account is asked next.
#[derive(Debug, Default)]
struct Timetable {
    next: HashMap<AccountId, (Instant, Duration)>,
}

impl Timetable {
    /// Takes over who is offline now; who came back begins anew when it is lost again.
    fn follow(&mut self, offline: &[AccountId], now: Instant) {
        self.next.retain(|id, _| offline.contains(id));
        for id in offline {
            let entry = self.next.entry(id.clone());
            entry.or_insert((now + FIRST, FIRST));
        }
    }

    /// Whose time has come; each is put off for twice as long as before.
    fn due(&mut self, now: Instant) -> Vec<AccountId> {
        let mut due = Vec::new();
        for (id, (at, wait)) in &mut self.next {
            if *at <= now {
                *wait = (*wait * 2).min(LONGEST);
                *at = now + *wait;
                due.push(id.clone());
            }
        }
        due
    }

    fn earliest(&self) -> Option<Instant> {
        self.next.values().map(|(at, _)| *at).min()
    }
}

/// Runs until the accounts are gone.
pub(super) async fn run(accounts: Weak<Roster>) {
    let mut timetable = Timetable::default();
    loop {
        let Some(roster) = accounts.upgrade() else {
            return;
        };
        let list = roster.accounts.borrow().clone();
        let offline: Vec<AccountId> = list
            .iter()
            .filter(|account| account.state == AccountState::Offline && roster.may_ask(account))
            .map(|account| account.id.clone())
            .collect();
        timetable.follow(&offline, Instant::now());
        let due = timetable.due(Instant::now());
        join_all(due.iter().map(|id| roster.check(id))).await;
        let wake = Arc::clone(&roster.wake);
        // Nothing but a name is held while waiting: the accounts may go.
        drop(roster);
        let until = timetable
            .earliest()
            .unwrap_or_else(|| Instant::now() + IDLE);
        tokio::select! {
            () = sleep_until(until) => {}
            () = wake.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_a_minute_and_begin_anew() {
        let id = AccountId::random();
        let start = Instant::now();
        let mut timetable = Timetable::default();
        timetable.follow(std::slice::from_ref(&id), start);
        let mut asked = Vec::new();
        for second in 0..=260 {
            let now = start + Duration::from_secs(second);
            timetable.follow(std::slice::from_ref(&id), now);
            if !timetable.due(now).is_empty() {
                asked.push(second);
            }
        }
        assert_eq!(asked, [5, 15, 35, 75, 135, 195, 255]);

        timetable.follow(&[], start);
        assert_eq!(timetable.earliest(), None);
        timetable.follow(&[id], start);
        assert_eq!(timetable.earliest(), Some(start + FIRST));
    }
}
