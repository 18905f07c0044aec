//! What a caller may do about an error: one value for retry loops and buttons alike.

use std::time::Duration;

use crate::model::AccountId;

/// What a caller may do about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The same again may work now.
    Retry,
    /// The same again may work after this time.
    RetryAfter(Duration),
    /// Somebody has to sign in.
    SignIn(AccountId),
    /// So many bytes must be freed on the disk.
    FreeSpace(u64),
    /// This package or plug-in must be installed.
    Install(String),
    /// Nothing helps but another choice.
    GiveUp,
}
