//! The live sources of all accounts: who wants to ask a server or folder looks its source up here.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::Source;
use crate::model::AccountId;

/// The live sources, by account. Cheap to clone; clones share the list.
#[derive(Clone, Default)]
pub struct Registry {
    sources: Arc<RwLock<HashMap<AccountId, Arc<dyn Source>>>>,
}

impl Registry {
    /// The source of an account; `None` when there is no such account.
    #[must_use]
    pub fn get(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.sources.read().get(account).cloned()
    }

    /// All of them, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<(AccountId, Arc<dyn Source>)> {
        let sources = self.sources.read();
        sources
            .iter()
            .map(|(id, source)| (id.clone(), Arc::clone(source)))
            .collect()
    }

    /// Adds the source of an account, or replaces it.
    pub fn insert(&self, account: AccountId, source: Arc<dyn Source>) {
        self.sources.write().insert(account, source);
    }

    /// Removes the source of an account, which is given back.
    pub fn remove(&self, account: &AccountId) -> Option<Arc<dyn Source>> {
        self.sources.write().remove(account)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.sources.read().keys()).finish()
    }
}
