//! The question that is asked before something of a source is lost.

use adw::prelude::*;
use relm4::Sender;
use spool_engine::cache::{CacheService, Class};
use spool_engine::model::{Account, AccountId, AccountState, SourceKind};

use super::SourcesInput;
use crate::i18n::{gettext, gettext_f, ngettext_f};
use crate::ui::format;

/// What of a source is kept on this device for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Titles.
    pub titles: u64,
    /// Bytes of them that are here.
    pub bytes: u64,
}

/// What of an account is kept.
pub(super) async fn kept(cache: &CacheService, account: &AccountId) -> Kept {
    let entries = cache.entries().await.unwrap_or_default();
    let own = entries
        .iter()
        .filter(|entry| entry.class == Class::Kept)
        .filter(|entry| entry.key.part().item().account() == account);
    own.fold(Kept::default(), |sum, entry| Kept {
        titles: sum.titles + 1,
        bytes: sum.bytes + entry.disk_bytes,
    })
}

/// Heading, body and verb of the question whether a source is to go.
fn words(account: &Account, kept: Kept, is_demo: bool) -> (String, String, String) {
    let name = [("name", account.name.as_str())];
    let is_server = matches!(account.kind, SourceKind::Jellyfin | SourceKind::Plex);
    if is_server && account.state != AccountState::SignInNeeded {
        // Translators: {name} is the name of a server.
        let heading = gettext_f("Sign out of {name}?", &name);
        let body = if kept.titles > 0 {
            gettext(
                "What you watched stays on the server. What is on this device only because it was played is deleted.",
            )
        } else {
            gettext(
                "What is on this device of it is deleted. What you watched stays on the server.",
            )
        };
        return (heading, body, gettext("_Sign Out"));
    }
    // Translators: {name} is the name of a server or folder.
    let heading = gettext_f("Remove {name}?", &name);
    let body = match account.kind {
        SourceKind::Jellyfin | SourceKind::Plex if kept.titles > 0 => {
            // Translators: {titles} is a text such as "3 titles (12 GB)".
            gettext_f(
                "What is on this device of it is deleted, also what you kept: {titles}. What you watched stays on the server.",
                &[("titles", &amount(kept))],
            )
        }
        SourceKind::Jellyfin | SourceKind::Plex => gettext(
            "What is on this device of it is deleted. What you watched stays on the server.",
        ),
        SourceKind::Folder if is_demo => {
            gettext("Its films and music were made on this device, and are deleted.")
        }
        SourceKind::Folder => {
            gettext("Spool forgets where you stopped in its titles. The files themselves stay.")
        }
        SourceKind::NetworkDrive => gettext(
            "Spool forgets where you stopped in its titles, and deletes what is on this device of them. The files on the drive stay.",
        ),
    };
    (heading, body, gettext("_Remove"))
}

/// "3 titles (12 GB)".
fn amount(kept: Kept) -> String {
    let (number, size) = (kept.titles.to_string(), format::bytes(kept.bytes));
    let values = [("n", number.as_str()), ("size", size.as_str())];
    // Translators: {n} is a number, {size} a size such as 12 GB.
    ngettext_f(
        "{n} title ({size})",
        "{n} titles ({size})",
        kept.titles,
        &values,
    )
}

/// Asks whether a source is to go, and what is to stay of it.
pub(super) fn confirm(
    (account, is_demo): (&Account, bool),
    kept: Kept,
    input: &Sender<SourcesInput>,
    root: &adw::PreferencesDialog,
) {
    let (heading, body, verb) = words(account, kept, is_demo);
    let dialog = adw::AlertDialog::new(Some(&heading), Some(&body));
    dialog.add_responses(&[("cancel", &gettext("_Cancel")), ("remove", &verb)]);
    dialog.set_response_appearance("remove", adw::ResponseAppearance::Destructive);
    dialog.set_default_response(Some("cancel"));
    dialog.set_close_response("cancel");
    let offers = kept.titles > 0 && account.state != AccountState::SignInNeeded;
    let keep = offers.then(|| keep_button(kept));
    dialog.set_extra_child(keep.as_ref());
    let (input, id) = (input.clone(), account.id.clone());
    dialog.connect_response(Some("remove"), move |_, _| {
        let keeps = keep.as_ref().is_some_and(CheckButtonExt::is_active);
        input.emit(match keeps {
            true => SourcesInput::SignOut(id.clone()),
            false => SourcesInput::Remove(id.clone()),
        });
    });
    dialog.present(Some(root));
}

/// The choice to let what is kept stay, which is made unless somebody takes it back.
fn keep_button(kept: Kept) -> gtk::CheckButton {
    // Translators: {titles} is a text such as "3 titles (12 GB)".
    let words = gettext_f(
        "_Keep {titles} on this device",
        &[("titles", &amount(kept))],
    );
    let label = gtk::Label::builder()
        .label(words)
        .use_underline(true)
        .wrap(true)
        .xalign(0.0)
        .build();
    gtk::CheckButton::builder()
        .child(&label)
        .active(true)
        .name("keep-titles")
        .halign(gtk::Align::Center)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(state: AccountState) -> Account {
        Account {
            id: "a".parse().unwrap(),
            kind: SourceKind::Jellyfin,
            name: "nas".to_owned(),
            address: String::new(),
            user: String::new(),
            state,
            trouble: None,
            route: None,
            fingerprint: None,
        }
    }

    #[test]
    fn what_is_lost_is_said() {
        let kept = Kept {
            titles: 2,
            bytes: 3_000_000_000,
        };
        let (heading, body, _) = words(&account(AccountState::Online), kept, false);
        assert_eq!(heading, "Sign out of nas?");
        assert!(!body.contains("2 titles"));
        let (heading, body, _) = words(&account(AccountState::SignInNeeded), kept, false);
        assert_eq!(heading, "Remove nas?");
        assert!(body.contains("also what you kept: 2 titles ("), "{body}");
        let folder = Account {
            kind: SourceKind::Folder,
            ..account(AccountState::Online)
        };
        let body = |is_demo| words(&folder, Kept::default(), is_demo).1;
        assert!(body(true).ends_with("are deleted."));
        assert!(body(false).ends_with("The files themselves stay."));
    }
}
