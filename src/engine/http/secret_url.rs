//! An address that may carry a token.

use std::fmt;

use url::Url;

/// An address that may carry a token in its query: printing it shows scheme, host and path only.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// Wraps an address.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The whole address, for the request itself.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.0.origin().ascii_serialization(),
            self.0.path()
        )?;
        if self.0.query().is_some() {
            f.write_str("?…")?;
        }
        Ok(())
    }
}
