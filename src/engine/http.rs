//! One HTTP client per account, with the rules that a token needs: credentials go only to the origin they were issued
//! for, redirects are followed by hand, bodies are bounded, and nothing that prints shows a secret.
//!
//! Words: *origin* is scheme, host and effective port (RFC 6454).

mod located;
pub mod ranged;
pub mod retry;
mod secret_url;

pub use located::Located;
pub use secret_url::SecretUrl;

use reqwest::header::HeaderValue;
use url::Url;

use crate::source_error::SourceError;

/// A client for one account. Cheap to clone; clones share the connection pool.
#[derive(Clone, Debug)]
pub struct Http {}

impl Http {
    /// A client whose `authorization` header goes to `base`'s origin only.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(_base: &Url, _authorization: Option<HeaderValue>) -> Result<Self, SourceError> {
        todo!()
    }
}
