//! What concerns who signed in rather than their server: the users of their home, and the end of the sign-in.

use std::time::Duration;

use tokio::time::timeout;

use super::Plex;
use super::auth::HomeUser;
use crate::source_error::SourceError;

impl Plex {
    /// Users of the home of who signed in.
    ///
    /// # Errors
    /// When plex.tv cannot be reached, or does not know the token any more.
    pub async fn home(&self) -> Result<Vec<HomeUser>, SourceError> {
        self.standing.account().await?.home().await
    }

    /// Ends the sign-in at plex.tv; what does not answer within 5 s keeps it until its owner removes the device.
    pub async fn sign_out(&self) {
        let ended = async { self.standing.account().await?.sign_out().await };
        match timeout(Duration::from_secs(5), ended).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "plex.tv did not end the token"),
            Err(_) => tracing::info!("plex.tv did not end the token in time"),
        }
    }
}
