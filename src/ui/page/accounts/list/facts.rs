//! What is said of a source below its name. Pure.

use spool_engine::model::{Account, AccountState, Reach, Route, SourceKind};

use crate::i18n::gettext;
use crate::user_message::UserMessage;

/// "mara · http://nas:8096 · Connected in your network", and below it why it is not, where it is not.
pub(super) fn of(account: &Account) -> String {
    let parts = [
        account.user.clone(),
        account.address.clone(),
        state(account),
    ];
    let line = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    match &account.trouble {
        Some(trouble) => format!("{line}\n{}", UserMessage::from(trouble).title),
        None => line,
    }
}

fn state(account: &Account) -> String {
    match (&account.state, &account.route) {
        (AccountState::Unknown, _) => String::new(),
        (AccountState::Online, _) if account.kind == SourceKind::Folder => String::new(),
        (AccountState::Online, Some(route)) => connected(route),
        (AccountState::Online, None) => gettext("Connected"),
        (AccountState::Offline, _) => gettext("Offline"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use spool_engine::source::SourceError;

    #[test]
    fn the_way_or_the_reason_is_said() {
        let mut account = Account {
            id: "a".parse().unwrap(),
            kind: SourceKind::Jellyfin,
            name: "nas".to_owned(),
            address: "http://nas:8096/".to_owned(),
            user: "mara".to_owned(),
            state: AccountState::Online,
            trouble: None,
            route: Some(Route {
                reach: Reach::Near,
                secure: true,
                place: "nas:8096".to_owned(),
            }),
            fingerprint: None,
        };
        let whole = "mara · http://nas:8096/ · Connected in your network";
        assert_eq!(of(&account), whole);
        account.state = AccountState::Offline;
        account.trouble = Some(SourceError::Timeout);
        assert_eq!(
            of(&account),
            "mara · http://nas:8096/ · Offline\nThe server does not answer"
        );
        account.kind = SourceKind::Folder;
        (account.state, account.trouble) = (AccountState::Online, None);
        assert_eq!(of(&account), "mara · http://nas:8096/");
    }
}
