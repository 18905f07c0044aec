//! Where tokens are kept: the Secret Service, a 0600 file after the person agreed, or memory for this session.

mod file;
mod memory;
pub(crate) mod places;
mod service;

pub use file::TokenFile;
pub use memory::Memory;
pub use service::SecretService;

use std::fmt;

use async_trait::async_trait;

use crate::model::AccountId;

/// A token or password: prints `***`, and is compared and exposed only on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a secret could not be kept or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SecretError {
    /// No Secret Service runs, or it did not answer within 3 s.
    #[error("no secret service is available")]
    Unavailable,
    /// It is locked, and the person did not unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// Anything else.
    #[error("the secret store failed: {0}")]
    Failed(String),
}

/// Where a new token is to be kept; what the person agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Keep {
    /// In the Secret Service, or fail with [`SecretError::Unavailable`].
    #[default]
    Service,
    /// In a file that only this user can read.
    File,
    /// Nowhere: sign in again after the next start.
    Session,
}

/// A place for tokens.
#[async_trait]
pub trait SecretStore: Send + Sync + 'static {
    /// The token of an account, if one is kept.
    async fn get(&self, account: &AccountId) -> Result<Option<Secret>, SecretError>;
    /// Keeps the token of an account, replacing an older one.
    async fn set(
        &self,
        account: &AccountId,
        token: &Secret,
        label: &str,
    ) -> Result<(), SecretError>;
    /// Forgets the token of an account; it is no error when there is none.
    async fn remove(&self, account: &AccountId) -> Result<(), SecretError>;
}
