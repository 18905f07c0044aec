//! What is kept of a sign-in: the token alone, or sealed with the headers and the certificate that its server asks for. And
//! which certificate of the server is accepted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::login;
use super::roster::Roster;
use super::{AccountError, AccountService};
use crate::http::Terms;
use crate::model::{Account, AccountId, Fingerprint, SourceKind};
use crate::secret::Secret;
use crate::source::Source;
use crate::source::jellyfin::Jellyfin;
use crate::source::plex::Credentials;
use crate::source_error::SourceError;

#[derive(Serialize, Deserialize)]
struct Sealed {
    token: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    identity: Option<String>,
}

/// As one secret, for a keyring. The pin is no secret, and not among it.
pub(super) fn seal(token: &Secret, terms: &Terms) -> Secret {
    if !terms.has_secrets() {
        return token.clone();
    }
    let text = |secret: &Secret| secret.expose().to_owned();
    let headers = terms.headers().iter();
    let sealed = Sealed {
        token: text(token),
        headers: headers
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        identity: terms.identity().map(text),
    };
    // Texts can always be written.
    Secret::new(serde_json::to_string(&sealed).unwrap_or_default())
}

/// Out of a keyring; `None` when it makes no sense. A token alone is no JSON object.
pub(super) fn unseal(kept: &Secret) -> Option<(Secret, Terms)> {
    let mut terms = Terms::default();
    if !kept.expose().starts_with('{') {
        return Some((kept.clone(), terms));
    }
    let sealed: Sealed = serde_json::from_str(kept.expose()).ok()?;
    for (name, value) in sealed.headers {
        terms.add_header(&name, &Secret::new(value)).ok()?;
    }
    if let Some(pem) = sealed.identity {
        terms.set_identity(&Secret::new(pem)).ok()?;
    }
    Some((Secret::new(sealed.token), terms))
}

impl AccountService {
    /// What holds between this computer and an account's server; the usual where nothing else is known.
    pub async fn terms(&self, account: &AccountId) -> Terms {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        self.runtime
            .run(async move { roster.terms(&account).await })
            .await
    }

    /// Accepts this certificate for an account's server from now on, and no other; or with `None` those again that the
    /// authorities vouch for. The server has to show it now, so that nothing is accepted which is not there.
    ///
    /// # Errors
    /// [`AccountError::NoChoice`] for accounts that have no server of their own, [`AccountError::Source`] when the server shows
    /// another certificate or does not answer, [`AccountError::Store`].
    pub async fn accept_certificate(
        &self,
        account: &AccountId,
        fingerprint: Option<Fingerprint>,
    ) -> Result<Account, AccountError> {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        self.runtime
            .run(async move { roster.accept_certificate(&account, fingerprint).await })
            .await
    }
}

impl Roster {
    pub(super) async fn terms(&self, id: &AccountId) -> Terms {
        let pin = self.account(id).and_then(|account| account.fingerprint);
        let kept = self.places.get(id).await.ok().flatten();
        let terms = |kept: &Secret| match Credentials::unseal(kept) {
            Some(credentials) => Some(credentials.terms),
            None => unseal(kept).map(|(_, terms)| terms),
        };
        let mut terms = kept.as_ref().and_then(terms).unwrap_or_default();
        terms.pin = pin;
        terms
    }

    async fn accept_certificate(
        self: &Arc<Self>,
        id: &AccountId,
        fingerprint: Option<Fingerprint>,
    ) -> Result<Account, AccountError> {
        let _turn = self.turn.lock().await;
        let rows = self.store.accounts().await?;
        let row = rows
            .into_iter()
            .find(|row| row.id == *id && !row.kind.is_folder());
        let mut row = row.ok_or(AccountError::NoChoice)?;
        row.fingerprint = fingerprint.map(|pin| pin.to_string());
        let kept = self.places.get(id).await?;
        let kept = kept.ok_or(SourceError::Unauthorized)?;
        match row.kind {
            SourceKind::Plex => self.plex(&row, &kept)?.check().await?,
            _ => {
                let jellyfin = Jellyfin::new(login(&row, &kept)?, &self.device)?;
                jellyfin.check().await?;
            }
        }
        self.enter(row).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_alone_stays_as_it_is() {
        let token = Secret::new("0123abcd");
        let kept = seal(&token, &Terms::default());
        assert_eq!(kept, token);
        assert_eq!(unseal(&kept), Some((token, Terms::default())));
    }

    #[test]
    fn what_a_server_asks_for_besides_is_sealed_with_it() {
        let mut terms = Terms::default();
        terms.add_header("X-Door", &Secret::new("a\"b")).unwrap();
        let identity = testkit::Authority::new().issue_for_client("ada");
        terms.set_identity(&Secret::new(identity.pem())).unwrap();
        let token = Secret::new("0123abcd");
        let kept = seal(&token, &terms);
        assert_eq!(unseal(&kept), Some((token, terms)));
        for broken in ["{", "{}", r#"{"token":"t","headers":[["Host","x"]]}"#] {
            assert_eq!(unseal(&Secret::new(broken)), None, "{broken}");
        }
    }
}
