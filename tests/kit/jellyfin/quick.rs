//! Quick Connect: codes that somebody who is signed in types in.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::describe::id_of;
use super::{Face, Identity, NOT_FOUND};
use crate::http::{Reply, Request};

#[derive(Debug)]
struct Code {
    code: String,
    secret: String,
    identity: Identity,
    approved: bool,
}

/// Codes that were given and are still known.
#[derive(Debug, Default)]
pub(crate) struct Quick {
    codes: Mutex<Vec<Code>>,
    given: AtomicUsize,
}

impl Code {
    fn json(&self) -> Value {
        json!({
            "Authenticated": self.approved,
            "Secret": self.secret,
            "Code": self.code,
            "DeviceId": self.identity.device_id,
            "DeviceName": self.identity.device,
            "AppName": self.identity.client,
            "AppVersion": self.identity.version,
            "DateAdded": "2026-11-21T12:00:00.0000000Z",
        })
    }
}

impl Face {
    /// Does what a person does who is signed in: types a code. `false` where no such code waits.
    pub fn approve(&self, code: &str) -> bool {
        let mut codes = self.quick.codes.lock();
        let found = codes.iter_mut().find(|known| known.code == code);
        found.map(|known| known.approved = true).is_some()
    }

    /// Forgets all codes, as the server does ten minutes after it gave them.
    pub fn expire_codes(&self) {
        self.quick.codes.lock().clear();
    }

    /// What Quick Connect answers, to whoever asks.
    pub(super) fn quick_reply(&self, method: &str, part: &str, request: &Request) -> Option<Reply> {
        let on = self.options.quick_connect;
        Some(match (method, part) {
            ("GET", "Enabled") => Reply::json(&json!(on)),
            ("POST", "Initiate") if !on => Reply::empty(401),
            ("POST", "Initiate") => self.quick_code(request),
            ("GET", "Connect") => {
                let secret = request.param("secret").unwrap_or_default();
                let codes = self.quick.codes.lock();
                let found = codes.iter().find(|code| code.secret == secret);
                found.map_or_else(
                    || Reply::text(404, NOT_FOUND),
                    |code| Reply::json(&code.json()),
                )
            }
            _ => return None,
        })
    }

    fn quick_code(&self, request: &Request) -> Reply {
        let Some(identity) = Identity::of(request).filter(Identity::is_whole) else {
            return Reply::text(400, NOT_FOUND);
        };
        let number = self.quick.given.fetch_add(1, Ordering::Relaxed);
        let secret = |half: &str| id_of(&format!("{half} {number} {}", identity.device_id));
        let code = Code {
            code: format!("{:06}", 407_113 + number),
            secret: format!("{}{}", secret("a"), secret("b")),
            identity,
            approved: false,
        };
        let reply = Reply::json(&code.json());
        self.quick.codes.lock().push(code);
        reply
    }

    /// `POST /Users/AuthenticateWithQuickConnect`: 400 for a secret that nobody has approved.
    pub(super) fn quick_sign_in(&self, request: &Request, token: &str) -> Reply {
        let Some(identity) = Identity::of(request).filter(Identity::is_whole) else {
            return Reply::text(400, NOT_FOUND);
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let secret = body["Secret"].as_str().unwrap_or_default();
        let codes = self.quick.codes.lock();
        let approved = codes
            .iter()
            .any(|code| code.approved && code.secret == secret);
        drop(codes);
        match approved {
            true => self.welcome(&identity, token),
            false => Reply::text(400, NOT_FOUND),
        }
    }

    /// `POST /QuickConnect/Authorize?code=`, from somebody who is signed in.
    pub(super) fn quick_authorize(&self, request: &Request) -> Reply {
        match self.approve(&request.param("code").unwrap_or_default()) {
            true => Reply::json(&json!(true)),
            false => Reply::text(404, NOT_FOUND),
        }
    }
}
