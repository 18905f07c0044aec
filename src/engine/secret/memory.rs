//! Tokens for this session only; also the test double of the Secret Service.

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Secret, SecretError, SecretStore};
use crate::model::AccountId;

/// Tokens that are gone when the program ends.
#[derive(Debug, Default)]
pub struct Memory {
    tokens: Mutex<HashMap<AccountId, Secret>>,
}

#[async_trait]
impl SecretStore for Memory {
    async fn get(&self, account: &AccountId) -> Result<Option<Secret>, SecretError> {
        Ok(self.tokens.lock().get(account).cloned())
    }

    async fn set(&self, account: &AccountId, token: &Secret, _: &str) -> Result<(), SecretError> {
        self.tokens.lock().insert(account.clone(), token.clone());
        Ok(())
    }

    async fn remove(&self, account: &AccountId) -> Result<(), SecretError> {
        self.tokens.lock().remove(account);
        Ok(())
    }
}
