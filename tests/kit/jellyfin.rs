//! Jellyfin's face: the part of its API that players use, as 10.11 and 12 answer it.

mod auth;

use serde_json::json;

use crate::fake_server::Options;
use crate::http::{Reply, Request};

pub(crate) use auth::{Identity, authorized};

/// Titles on offer.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {}

/// Jellyfin's face: what is on offer, who may sign in, what was watched.
#[derive(Debug)]
pub struct Face {
    options: Options,
    port: u16,
}

const SERVER_ID: &str = "5f00150f00150f00150f00150f00150f";
const USER_ID: &str = "ada00000000000000000000000000001";

impl Face {
    pub(crate) fn new(options: Options, port: u16) -> Self {
        Self { options, port }
    }

    pub(crate) fn base_path(&self) -> &str {
        &self.options.base_path
    }

    /// The reply to a request that is for no blob.
    pub(crate) fn reply(&self, request: &Request, token: &str) -> Reply {
        let base = &self.options.base_path;
        let Some(path) = request.path.strip_prefix(base.as_str()) else {
            // Any path outside the base path goes to the web client.
            return Reply::empty(302).with("Location", &format!("{base}/web/"));
        };
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["System", "Info", "Public"]) => self.public_info(),
            ("POST", ["Users", "AuthenticateByName"]) => self.sign_in(request, token),
            _ if !authorized(request, token) => Reply::empty(401),
            _ => Reply::text(404, "Error processing request."),
        }
    }

    fn public_info(&self) -> Reply {
        Reply::json(&json!({
            "LocalAddress": format!("http://127.0.0.1:{}{}", self.port, self.options.base_path),
            "ServerName": "Test kit",
            "Version": self.options.version,
            "ProductName": "Jellyfin Server",
            "OperatingSystem": "",
            "Id": SERVER_ID,
            "StartupWizardCompleted": true,
        }))
    }

    fn sign_in(&self, request: &Request, token: &str) -> Reply {
        let Some(identity) = Identity::of(request).filter(Identity::is_whole) else {
            return Reply::text(400, "Error processing request.");
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if body["Username"] != self.options.user.as_str()
            || body["Pw"] != self.options.password.as_str()
        {
            return Reply::text(401, "Error processing request.");
        }
        Reply::json(&json!({
            "User": { "Name": self.options.user, "Id": USER_ID, "ServerId": SERVER_ID },
            "SessionInfo": { "DeviceId": identity.device_id, "Client": identity.client, "UserId": USER_ID },
            "AccessToken": token,
            "ServerId": SERVER_ID,
        }))
    }
}
