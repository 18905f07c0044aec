//! What the accounts know of themselves, for those who fetch media beside their sources.
//!
//! **Does not keep** the accounts alive. **Threads**: every method returns at once, on the engine's runtime.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::roster::Roster;
use crate::model::{AccountId, AccountState};
use crate::source_error::SourceError;

/// A server that is away is asked again because somebody wants something of it, but not more often.
const AGAIN: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Standing {
    roster: Weak<Roster>,
    asked: Mutex<HashMap<AccountId, Instant>>,
}

impl Standing {
    pub(super) fn new(roster: &Arc<Roster>) -> Self {
        Self {
            roster: Arc::downgrade(roster),
            asked: Mutex::default(),
        }
    }

    /// Takes note of how a fetch ended. That bytes are refused is no word about the sign-in: the account is asked for one.
    pub(crate) fn mark(&self, account: &AccountId, outcome: Result<(), &SourceError>) {
        let Some(roster) = self.roster.upgrade() else {
            return;
        };
        if outcome != Err(&SourceError::Unauthorized) {
            roster.mark(account, outcome);
        } else if self.is_due(account) {
            let account = account.clone();
            tokio::spawn(async move { roster.check(&account).await });
        }
    }

    /// Whether it makes sense to ask the account for something; `online` says that there is a network. One that was away is
    /// asked in the background whether it still is, so that the next try may succeed.
    pub(crate) fn is_reachable(&self, account: &AccountId, online: bool) -> bool {
        let Some(roster) = self.roster.upgrade() else {
            return false;
        };
        let Some(known) = roster.account(account) else {
            return true;
        };
        if !online && super::roster::needs_network(&known) {
            return false;
        }
        if known.state != AccountState::Offline {
            return true;
        }
        if roster.may_ask(&known) && self.is_due(account) {
            let account = account.clone();
            tokio::spawn(async move { roster.check(&account).await });
        }
        false
    }

    fn is_due(&self, account: &AccountId) -> bool {
        let now = Instant::now();
        let mut asked = self.asked.lock();
        let due = asked.get(account).is_none_or(|at| now - *at >= AGAIN);
        if due {
            asked.insert(account.clone(), now);
        }
        due
    }
}
