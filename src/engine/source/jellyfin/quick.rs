//! Quick Connect: signing in with a code that the person types where they are signed in already.
//!
//! **Owns** the secret of one code; it goes to the server alone, and dies with the code.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use url::Url;

use super::auth::{EntryError, FoundServer, SignedIn, client, welcome};
use super::url::below;
use super::wire;
use crate::http::Http;
use crate::secret::Secret;
use crate::source::Device;
use crate::source_error::SourceError;

/// Pause between two questions whether the person has typed the code.
const PULSE: Duration = Duration::from_secs(2);
/// The server forgets a code after ten minutes (Jellyfin 10.10 to 12), and does not say so.
const GOOD_FOR: Duration = Duration::from_secs(600);

/// A code that waits for somebody to type it.
#[derive(Clone, Debug)]
pub struct QuickCode {
    /// Six digits.
    pub code: String,
    secret: Secret,
    until: Instant,
    server: FoundServer,
    http: Http,
}

impl QuickCode {
    /// How long the code is still good for.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// The server that gave it.
    #[must_use]
    pub fn server(&self) -> &FoundServer {
        &self.server
    }

    fn at(&self, segments: &[&str]) -> Url {
        below(&self.server.address, segments)
    }

    /// Waits until somebody has typed the code, and signs in. A server that is away for a moment is waited for.
    ///
    /// # Errors
    /// [`EntryError::CodeExpired`], or what went wrong with the sign-in.
    pub async fn wait(&self) -> Result<SignedIn, EntryError> {
        let mut url = self.at(&["QuickConnect", "Connect"]);
        url.query_pairs_mut()
            .append_pair("secret", self.secret.expose());
        loop {
            let answer: Result<wire::QuickConnect, _> = self.http.get_json(&url).await;
            match answer {
                Ok(state) if state.authenticated.0 == Some(true) => return self.enter().await,
                Ok(_) => {}
                // It does not know the secret any more.
                Err(SourceError::Gone) => return Err(EntryError::CodeExpired),
                Err(SourceError::Unauthorized) => return Err(EntryError::CodeSignInOff),
                Err(error) if passes(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if self.left().is_zero() {
                return Err(EntryError::CodeExpired);
            }
            sleep(PULSE.min(self.left())).await;
        }
    }

    async fn enter(&self) -> Result<SignedIn, EntryError> {
        let url = self.at(&["Users", "AuthenticateWithQuickConnect"]);
        let body = json!({ "Secret": self.secret.expose() });
        let answer = self.http.post_json(&url, &body).await;
        let answer: wire::SignedIn = answer.map_err(|error| match error {
            SourceError::Gone | SourceError::Status(400) => EntryError::CodeExpired,
            SourceError::Unauthorized | SourceError::Forbidden => EntryError::NotAllowed,
            other => EntryError::Source(other),
        })?;
        welcome(&self.server, &answer, "")
    }
}

/// Whether a server that answers so may know more the next time.
fn passes(error: &SourceError) -> bool {
    error.is_offline() || matches!(error, SourceError::Busy { .. } | SourceError::Status(500..))
}

/// Whether a server lets anybody in by a code. `false` also where it does not say.
pub async fn quick_connect_enabled(server: &FoundServer, device: &Device) -> bool {
    let Ok(http) = client(&server.address, &server.terms, device, None) else {
        return false;
    };
    let url = below(&server.address, &["QuickConnect", "Enabled"]);
    matches!(http.get_json::<bool>(&url).await, Ok(true))
}

/// Asks a server for a code.
///
/// # Errors
/// [`EntryError::CodeSignInOff`], or what else went wrong.
pub async fn quick_connect(server: &FoundServer, device: &Device) -> Result<QuickCode, EntryError> {
    let http = client(&server.address, &server.terms, device, None)?;
    let url = below(&server.address, &["QuickConnect", "Initiate"]);
    let answer: Result<wire::QuickConnect, _> = http.post_for_json(&url).await;
    let answer = answer.map_err(|error| match error {
        SourceError::Unauthorized => EntryError::CodeSignInOff,
        SourceError::Gone => EntryError::NotAServer,
        other => EntryError::Source(other),
    })?;
    let (Some(code), Some(secret)) = (answer.code.owned(), answer.secret.owned()) else {
        return Err(SourceError::Malformed("a code without a secret".into()).into());
    };
    Ok(QuickCode {
        code,
        secret: Secret::new(secret),
        until: Instant::now() + GOOD_FOR,
        server: server.clone(),
        http,
    })
}
