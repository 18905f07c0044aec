//! An index in memory that forgets at a power cut what was not committed durably, as a database does whose commits are
//! not synced one by one.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "every test crate that includes it uses a part"
)]

use std::collections::HashMap;
use std::sync::Mutex;

use spool_engine::cache::{CacheKey, Claim, Index, IndexError, Note};

#[derive(Clone, Default)]
pub struct Rows {
    pub claims: HashMap<CacheKey, Claim>,
    pub note: Option<Note>,
}

#[derive(Default)]
struct State {
    now: Rows,
    /// What a cut may fall back to: the last durable state and those after it, without the last.
    before: Vec<Rows>,
    dead: bool,
    /// Nothing is durable, whatever it says.
    lies: bool,
}

/// See the module.
#[derive(Default)]
pub struct Forgetful {
    state: Mutex<State>,
}

impl Forgetful {
    pub fn holding(rows: Rows) -> Self {
        let state = State {
            now: rows,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// From now on it calls durable what is not: who relies on that must be found out by the cuts.
    pub fn lie(&self) {
        self.state.lock().unwrap().lies = true;
    }

    /// The power goes: `pick` chooses among so many states, the last of which has lost nothing.
    pub fn cut(&self, pick: impl FnOnce(usize) -> usize) -> Rows {
        let mut state = self.state.lock().unwrap();
        state.dead = true;
        let picked = pick(state.before.len() + 1);
        state.before.get(picked).unwrap_or(&state.now).clone()
    }

    pub fn now(&self) -> Rows {
        self.state.lock().unwrap().now.clone()
    }

    fn change(&self, durably: bool, change: impl FnOnce(&mut Rows)) -> Result<(), IndexError> {
        let mut state = self.state.lock().unwrap();
        if state.dead {
            return Err(IndexError("no power".into()));
        }
        let before = state.now.clone();
        state.before.push(before);
        change(&mut state.now);
        if durably && !state.lies {
            state.before.clear();
        }
        Ok(())
    }
}

fn apply(rows: &mut Rows, put: Vec<Claim>, removed: Vec<CacheKey>) {
    for key in removed {
        rows.claims.remove(&key);
    }
    rows.claims
        .extend(put.into_iter().map(|claim| (claim.key.clone(), claim)));
}

#[async_trait::async_trait]
impl Index for Forgetful {
    async fn load(&self) -> Result<Vec<Claim>, IndexError> {
        Ok(self.now().claims.into_values().collect())
    }

    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError> {
        self.change(false, |rows| apply(rows, put, removed))
    }

    async fn commit_durably(
        &self,
        put: Vec<Claim>,
        removed: Vec<CacheKey>,
    ) -> Result<(), IndexError> {
        self.change(true, |rows| apply(rows, put, removed))
    }

    async fn note(&self) -> Result<Option<Note>, IndexError> {
        Ok(self.now().note)
    }

    async fn keep_note(&self, note: &Note) -> Result<(), IndexError> {
        self.change(true, |rows| rows.note = Some(note.clone()))
    }
}
