//! What is kept of a sign-in: three tokens, the known ways to the server and what it asks of its clients, sealed as one secret.

use serde::{Deserialize, Serialize};
use url::Url;

use super::race::{self, Class};
use crate::http::Terms;
use crate::secret::Secret;

/// What is kept of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// plex.tv's token of who signed in, who may switch to other users of the home.
    pub(super) account: Secret,
    /// plex.tv's token of the user whose account this is.
    pub(super) user: Secret,
    /// The server's own token for that user: the only one that is sent to it.
    pub(super) server: Secret,
    /// Ways to the server, as plex.tv last told: it works without plex.tv then.
    pub(super) ways: Vec<(Url, Class)>,
    /// What holds between this computer and the server, at addresses of its owner's own. The pin is no secret, and not sealed.
    pub(crate) terms: Terms,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    account: String,
    user: String,
    server: String,
    #[serde(default)]
    ways: Vec<(String, Class)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
}

impl Credentials {
    /// As one secret, for a keyring.
    #[must_use]
    pub fn seal(&self) -> Secret {
        let sealed = Sealed {
            account: self.account.expose().to_owned(),
            user: self.user.expose().to_owned(),
            server: self.server.expose().to_owned(),
            ways: self
                .ways
                .iter()
                .map(|(url, class)| (url.to_string(), *class))
                .collect(),
            headers: self
                .terms
                .headers()
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            identity: self.terms.identity().map(|pem| pem.expose().to_owned()),
        };
        // Texts and numbers can always be written.
        Secret::new(serde_json::to_string(&sealed).unwrap_or_default())
    }

    /// Out of a keyring; `None` when it is something else.
    #[must_use]
    pub fn unseal(secret: &Secret) -> Option<Self> {
        let sealed: Sealed = serde_json::from_str(secret.expose()).ok()?;
        let ways = sealed.ways.into_iter();
        let mut terms = Terms::default();
        for (name, value) in sealed.headers {
            terms.add_header(&name, &Secret::new(value)).ok()?;
        }
        if let Some(pem) = sealed.identity {
            terms.set_identity(&Secret::new(pem)).ok()?;
        }
        Some(Self {
            account: Secret::new(sealed.account),
            user: Secret::new(sealed.user),
            server: Secret::new(sealed.server),
            ways: ways
                .filter_map(|(text, class)| Some((text.parse().ok()?, class)))
                .collect(),
            terms,
        })
    }

    /// Takes a way that plex.tv does not know of; of those that it told, the last ones may have to go.
    pub(super) fn remember(&mut self, way: (Url, Class)) {
        self.ways.insert(0, way);
        self.ways.truncate(race::MOST);
    }

    /// plex.tv's token of who signed in.
    pub(crate) fn account(&self) -> &Secret {
        &self.account
    }

    /// Whether both came from the same sign-in at plex.tv, which ends for both at once.
    #[must_use]
    pub fn shares_sign_in(&self, other: &Self) -> bool {
        self.account == other.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_and_unsealed_it_is_the_same() {
        let mut terms = Terms::default();
        terms.add_header("X-Door", &Secret::new("a\"b")).unwrap();
        let identity = testkit::Authority::new().issue_for_client("ada");
        terms.set_identity(&Secret::new(identity.pem())).unwrap();
        let credentials = Credentials {
            account: Secret::new("a"),
            user: Secret::new("u"),
            server: Secret::new("s\"1"),
            ways: vec![
                ("https://nas:32400/".parse().unwrap(), Class::LocalSecure),
                ("https://relay.example.org/".parse().unwrap(), Class::Relay),
            ],
            terms,
        };
        let sealed = credentials.seal();
        assert_eq!(Credentials::unseal(&sealed), Some(credentials));
        assert_eq!(Credentials::unseal(&Secret::new("plain token")), None);
    }
}
