//! What is said of a source below its name. Pure.

use spool_engine::model::Account;

use crate::ui::connection;

/// "mara · http://nas:8096 · Connected in your network", and below it why it is not, where it is not.
pub(super) fn of(account: &Account) -> String {
    let parts = [
        account.user.clone(),
        account.address.clone(),
        connection::state(account),
    ];
    let line = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    match connection::reason(account) {
        Some(reason) => format!("{line}\n{reason}"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spool_engine::model::{AccountState, Reach, Route, SourceKind};
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
        assert_eq!(of(&account), "mara · http://nas:8096/ · On this computer");
    }
}
