//! The connection of a source in words: whether it is there, which way leads to it, and why none does. Pure.

use spool_engine::model::{Account, AccountState, Reach, Route, SourceKind};
use spool_engine::source::{NoConnection, SourceError};

use crate::i18n::{gettext, gettext_f};
use crate::user_message::UserMessage;

/// The style class of the dot that stands for it.
#[must_use]
pub fn class(account: &Account) -> &'static str {
    let reach = account.route.as_ref().map(|route| route.reach);
    match (&account.state, reach) {
        (AccountState::Unknown, _) => "unknown",
        (AccountState::Online, Some(Reach::Relay)) => "relay",
        (AccountState::Online, Some(Reach::Far)) => "remote",
        (AccountState::Online, Some(Reach::Here | Reach::Near) | None) => "online",
        (AccountState::Offline, _) => "offline",
        (AccountState::SignInNeeded, _) => "sign-in",
    }
}

/// Whether it is there, and which way leads to it: "Connected in your network".
#[must_use]
pub fn state(account: &Account) -> String {
    match (&account.state, &account.route) {
        (AccountState::Unknown, _) => gettext("Not tried yet"),
        (AccountState::Online, _) if account.kind == SourceKind::Folder => {
            gettext("On this computer")
        }
        (AccountState::Online, Some(route)) => connected(route),
        (AccountState::Online, None) => gettext("Connected"),
        (AccountState::Offline, _) => match account.kind {
            SourceKind::Folder => gettext("The folder is not there"),
            SourceKind::NetworkDrive => gettext("The drive is not connected"),
            SourceKind::Jellyfin | SourceKind::Plex => gettext("Offline"),
        },
        (AccountState::SignInNeeded, _) => gettext("Signed out"),
    }
}

fn connected(route: &Route) -> String {
    match (route.reach, route.secure) {
        (Reach::Here, _) => gettext("Connected on this computer"),
        (Reach::Near, true) => gettext("Connected in your network"),
        (Reach::Near, false) => gettext("Connected in your network, not encrypted"),
        (Reach::Far, true) => gettext("Connected over the internet"),
        (Reach::Far, false) => gettext("Connected over the internet, not encrypted"),
        (Reach::Relay, _) => gettext("Connected through a relay, which is slow"),
    }
}

/// Why it is not there, in a few words; `None` where it is, or where its state says it all.
#[must_use]
pub fn reason(account: &Account) -> Option<String> {
    if account.state != AccountState::Offline {
        return None;
    }
    match (account.kind, &account.trouble) {
        (SourceKind::Folder, _) => Some(gettext("Was it moved, or its drive removed?")),
        (SourceKind::NetworkDrive, _) => None,
        // Who is away without having failed was not asked.
        (SourceKind::Jellyfin | SourceKind::Plex, None) => {
            Some(gettext("This computer has no network"))
        }
        (SourceKind::Jellyfin | SourceKind::Plex, Some(trouble)) => Some(why(trouble)),
    }
}

fn why(trouble: &SourceError) -> String {
    match trouble {
        SourceError::Unreachable(NoConnection::NoSuchName) => gettext("Its name is not found"),
        SourceError::Unreachable(NoConnection::Refused) => gettext("No server runs at its address"),
        SourceError::Unreachable(NoConnection::NoRoute) => gettext("No way leads to its network"),
        SourceError::Unreachable(NoConnection::NoAnswer) => {
            gettext("Nothing answers at its address")
        }
        other => UserMessage::from(other).title,
    }
}

/// All of it, for tooltips and screen readers: what it is, why, and what a person still has or can do.
#[must_use]
pub fn words(account: &Account) -> String {
    let first = match reason(account) {
        // Translators: {state} is "Offline", {reason} a reason such as "The server does not answer".
        Some(reason) => gettext_f(
            "{state}: {reason}",
            &[("state", &state(account)), ("reason", &reason)],
        ),
        None => state(account),
    };
    let then = match (&account.state, account.kind) {
        (AccountState::SignInNeeded, _) => gettext("sign in again"),
        (AccountState::Offline, SourceKind::Folder) => return first,
        (AccountState::Offline, _) if account.refused().is_some() => {
            gettext("review its certificate")
        }
        (AccountState::Offline, _) => gettext("what is on this device still plays"),
        _ => return first,
    };
    // Translators: {state} is what a connection is like, {then} what can be done, such as "sign in again".
    gettext_f("{state} – {then}", &[("state", &first), ("then", &then)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use spool_engine::model::{CertificateFault, Fingerprint, RefusedCertificate};

    fn server(state: AccountState) -> Account {
        Account {
            id: "a".parse().unwrap(),
            kind: SourceKind::Plex,
            name: "nas".to_owned(),
            address: "https://nas:32400/".to_owned(),
            user: "mara".to_owned(),
            state,
            trouble: None,
            route: None,
            fingerprint: None,
        }
    }

    #[test]
    fn each_way_has_its_words_and_its_dot() {
        let mut account = server(AccountState::Online);
        for (reach, secure, dot, said) in [
            (Reach::Here, false, "online", "Connected on this computer"),
            (Reach::Near, true, "online", "Connected in your network"),
            (
                Reach::Near,
                false,
                "online",
                "Connected in your network, not encrypted",
            ),
            (Reach::Far, true, "remote", "Connected over the internet"),
            (
                Reach::Relay,
                true,
                "relay",
                "Connected through a relay, which is slow",
            ),
        ] {
            account.route = Some(Route {
                reach,
                secure,
                place: String::new(),
            });
            assert_eq!((class(&account), words(&account).as_str()), (dot, said));
        }
        // The way that was taken last is no way now.
        account.state = AccountState::Offline;
        assert_eq!(class(&account), "offline");
    }

    #[test]
    fn each_reason_is_said_in_plain_words() {
        let refused = RefusedCertificate {
            fault: CertificateFault::Changed,
            fingerprint: Fingerprint::new([7; 32]),
        };
        let unreachable = SourceError::Unreachable;
        for (trouble, said) in [
            (None, "This computer has no network"),
            (
                Some(unreachable(NoConnection::NoSuchName)),
                "Its name is not found",
            ),
            (
                Some(unreachable(NoConnection::Refused)),
                "No server runs at its address",
            ),
            (
                Some(unreachable(NoConnection::NoRoute)),
                "No way leads to its network",
            ),
            (
                Some(unreachable("x".into())),
                "The server cannot be reached",
            ),
            (Some(SourceError::Timeout), "The server does not answer"),
            (
                Some(SourceError::Busy { retry_after: None }),
                "The server is busy",
            ),
            (
                Some(SourceError::Certificate(refused)),
                "The server’s certificate has changed",
            ),
        ] {
            let account = Account {
                trouble,
                ..server(AccountState::Offline)
            };
            let whole = words(&account);
            assert_eq!(reason(&account).as_deref(), Some(said));
            assert!(whole.starts_with(&format!("Offline: {said} – ")), "{whole}");
            let decides = whole.ends_with("review its certificate");
            assert_eq!(decides, account.refused().is_some(), "{whole}");
        }
        let out = server(AccountState::SignInNeeded);
        assert_eq!(words(&out), "Signed out – sign in again");
    }

    #[test]
    fn folders_and_drives_are_no_servers() {
        let of = |kind, state| Account {
            kind,
            trouble: None,
            ..server(state)
        };
        let folder = of(SourceKind::Folder, AccountState::Online);
        assert_eq!(words(&folder), "On this computer");
        let folder = of(SourceKind::Folder, AccountState::Offline);
        assert_eq!(
            words(&folder),
            "The folder is not there: Was it moved, or its drive removed?"
        );
        let drive = of(SourceKind::NetworkDrive, AccountState::Offline);
        assert_eq!(
            words(&drive),
            "The drive is not connected – what is on this device still plays"
        );
    }
}
