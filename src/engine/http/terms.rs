//! What one server asks of a client besides the token, and which certificate of its own is accepted.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};

use super::tls::{self, Identity};
use crate::model::Fingerprint;
use crate::secret::Secret;

/// Headers of the protocol itself, which a person's own ones may not touch.
const RESERVED: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "range",
    "if-range",
    "accept-encoding",
    "upgrade",
];
/// More or longer ones are a mistake.
const MOST: usize = 16;
const LONGEST: usize = 4096;

/// What holds between this computer and one server. It goes to that server's own origin only, and printing it shows no
/// secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The one certificate that is accepted there, whoever signed it; `None`: as the system's authorities say.
    pub pin: Option<Fingerprint>,
    /// Headers that a proxy in front asks for.
    headers: Vec<(String, Secret)>,
    /// The client's own certificate and its key, in PEM.
    identity: Option<Secret>,
}

/// What cannot be part of [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Not `Name: value`, too long, too many, or a header that is not for people to set.
    #[error("not a header that can be added")]
    Header,
    /// No PEM with a certificate and its key.
    #[error("not a certificate with its key")]
    Identity,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("pin", &self.pin)
            .field("headers", &self.headers.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl Terms {
    /// The usual ones, but with this certificate accepted.
    #[must_use]
    pub fn pinned(fingerprint: Fingerprint) -> Self {
        Self {
            pin: Some(fingerprint),
            ..Self::default()
        }
    }

    /// Whether they hold something that is not for everybody to see.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        !self.headers.is_empty() || self.identity.is_some()
    }

    /// Adds a header to every request to the server.
    ///
    /// # Errors
    /// [`TermsError::Header`].
    pub fn add_header(&mut self, name: &str, value: &Secret) -> Result<(), TermsError> {
        let name = name.trim().to_ascii_lowercase();
        header(&name, value.expose()).ok_or(TermsError::Header)?;
        if self.headers.len() == MOST {
            return Err(TermsError::Header);
        }
        self.headers.push((name, value.clone()));
        Ok(())
    }

    /// Shows the server this certificate when it asks for one; `pem` holds it, those between it and its authority, and the
    /// key.
    ///
    /// # Errors
    /// [`TermsError::Identity`].
    pub fn set_identity(&mut self, pem: &Secret) -> Result<(), TermsError> {
        Identity::parse(pem).ok_or(TermsError::Identity)?;
        self.identity = Some(pem.clone());
        Ok(())
    }

    /// The headers as pairs, for whoever keeps them.
    pub(crate) fn headers(&self) -> &[(String, Secret)] {
        &self.headers
    }

    /// The client's certificate and key, for whoever keeps them.
    pub(crate) fn identity(&self) -> Option<&Secret> {
        self.identity.as_ref()
    }

    /// `own` and these headers; where both name one, `own` wins.
    pub(super) fn extend(&self, own: &mut HeaderMap) {
        for (name, value) in &self.headers {
            if let Some((name, value)) = header(name, value.expose())
                && !own.contains_key(&name)
            {
                own.insert(name, value);
            }
        }
    }

    /// How a connection to the server itself is made secure.
    pub(super) fn guard(&self) -> Option<tls::Guard> {
        let identity = self.identity.as_ref();
        (self.pin.is_some() || identity.is_some()).then(|| tls::Guard {
            pin: self.pin,
            identity: identity.and_then(Identity::parse),
        })
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name: HeaderName = name.parse().ok()?;
    let reserved = name == HOST || name == AUTHORIZATION || RESERVED.contains(&name.as_str());
    if reserved || value.is_empty() || value.len() > LONGEST {
        return None;
    }
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_are_for_people_can_be_added() {
        let mut terms = Terms::default();
        let value = Secret::new("CANARY");
        assert!(!terms.has_secrets());
        terms.add_header("CF-Access-Client-Secret", &value).unwrap();
        for name in ["", "Host", "authorization", "Range", "a b", "a:b", "x\r\ny"] {
            assert_eq!(
                terms.add_header(name, &value),
                Err(TermsError::Header),
                "{name}"
            );
        }
        for value in ["", "a\r\nb: c", &"x".repeat(5000)] {
            let refused = terms.add_header("x", &Secret::new(value));
            assert_eq!(refused, Err(TermsError::Header), "{value}");
        }
        assert!(terms.has_secrets());
        assert!(!format!("{terms:?}").contains("CANARY"));
        let no_pem = terms.set_identity(&Secret::new("hello"));
        assert_eq!(no_pem, Err(TermsError::Identity));
    }

    #[test]
    fn what_is_ours_wins() {
        let mut terms = Terms::default();
        terms.add_header("x-a", &Secret::new("theirs")).unwrap();
        terms.add_header("x-b", &Secret::new("theirs")).unwrap();
        let mut own = HeaderMap::new();
        own.insert("x-a", HeaderValue::from_static("ours"));
        terms.extend(&mut own);
        assert_eq!(own["x-a"], "ours");
        assert_eq!(own["x-b"], "theirs");
        assert!(own["x-b"].is_sensitive());
    }
}
