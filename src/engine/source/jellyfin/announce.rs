//! What this device tells a server of itself, so that others see what it can do.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::Jellyfin;

/// A server that takes longer hears of it the next time.
const PATIENCE: Duration = Duration::from_secs(3);

impl Jellyfin {
    /// Says what this device plays, and that it shows words but is not to be steered from elsewhere. A server that does not take
    /// it works all the same.
    pub async fn announce(&self) {
        let url = self.routes.at(&["Sessions", "Capabilities", "Full"]);
        let body = json!({
            "PlayableMediaTypes": ["Audio", "Video"],
            "SupportedCommands": ["DisplayMessage"],
            "SupportsMediaControl": false,
            "SupportsPersistentIdentifier": true,
        });
        match timeout(PATIENCE, self.http.post(&url, Some(&body))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(%error, "the server does not hear what this device can do")
            }
            Err(_) => tracing::debug!("the server is slow to hear what this device can do"),
        }
    }
}
