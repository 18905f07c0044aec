//! People of a home as plex.tv tells of them.

use serde_json::{Value, json};

use super::library::add;
use super::tv::HomeUser;

/// plex.tv's number of a user.
fn number(user: &HomeUser) -> u64 {
    user.uuid
        .bytes()
        .fold(10_000, |sum, byte| sum + u64::from(byte))
}

fn avatar(user: &HomeUser) -> String {
    format!("https://plex.tv/users/{}/avatar?c=1700000000", user.uuid)
}

/// A user as its own page tells of it: the same and how the account stands, as recorded of a free one.
pub(super) fn account(user: &HomeUser, token: &str) -> Value {
    let mut fields = describe(user, Some(token));
    let service = |name: &str| {
        let endpoint = format!("https://{name}.provider.plex.tv");
        json!({ "identifier": name, "endpoint": endpoint, "status": "online" })
    };
    let more = json!({
        "locale": null, "confirmed": true, "emailOnlyAuth": false, "mailingListStatus": "unsubscribed",
        "mailingListActive": false, "scrobbleTypes": "", "country": "GB", "subscriptionDescription": null,
        "anonymous": null, "home": true, "homeSize": 3, "homeAdmin": user.admin, "maxHomeSize": 15,
        "rememberExpiresAt": 1_642_415_212, "experimentalFeatures": false, "twoFactorEnabled": false,
        "backupCodesCreated": false, "joinedAt": 1_500_000_000, "adsConsent": null, "adsConsentSetAt": null,
        "adsConsentReminderAt": null, "entitlements": [], "subscriptions": [], "pastSubscriptions": [], "trials": [],
        "services": [service("epg"), service("metadata")],
        "subscription": {
            "active": false, "subscribedAt": null, "status": "Inactive", "paymentService": null, "plan": null,
            "features": ["home", "music"],
        },
        "profile": {
            "autoSelectAudio": true, "defaultAudioLanguage": null, "defaultSubtitleLanguage": null,
            "autoSelectSubtitle": 1, "defaultSubtitleAccessibility": 0, "defaultSubtitleForced": 0,
        },
    });
    add(&mut fields, Some(more));
    fields
}

/// A user as lists tell of it.
pub(super) fn describe(user: &HomeUser, token: Option<&str>) -> Value {
    let mut fields = json!({
        "id": number(user), "uuid": user.uuid, "title": user.title, "username": user.title.to_lowercase(),
        "friendlyName": "", "email": format!("{}@example.org", user.title.to_lowercase()), "thumb": avatar(user),
        "hasPassword": true, "protected": user.pin.is_some(), "restricted": user.restricted, "admin": user.admin,
        "guest": false,
    });
    if let Some(token) = token {
        fields["authToken"] = json!(token);
    }
    fields
}

/// The users of a home in the words of plex.tv's first version.
pub(super) fn home_page(users: &[HomeUser]) -> Value {
    let all: Vec<Value> = users.iter().map(|user| describe(user, None)).collect();
    json!({ "MediaContainer": {
        "friendlyName": "myPlex", "identifier": "com.plexapp.plugins.myplex", "machineIdentifier": "c0ffee",
        "size": all.len(), "totalSize": all.len(), "guestUserID": 0, "User": all,
    } })
}
