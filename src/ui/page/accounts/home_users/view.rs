//! The pages of the dialog that switches the user: the list, and the PIN.

use adw::prelude::*;
use relm4::Sender;
use spool_engine::secret::Secret;

use super::super::failure::Failure;
use super::super::jellyfin_login::view::{column, page};
use super::super::pin::Pin;
use super::super::plex_link::view::{pill, user_row};
use super::{UserSwitch, UsersInput};
use crate::i18n::{gettext, gettext_f};

/// Which page of the dialog is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersStep {
    /// The users of the home.
    List,
    /// The PIN of one of them.
    Pin,
}

fn tag(step: UsersStep) -> &'static str {
    match step {
        UsersStep::List => "users",
        UsersStep::Pin => "switch-pin",
    }
}

/// The dialog's widgets.
#[derive(Debug)]
pub struct UsersWidgets {
    dialog: adw::Dialog,
    pages: adw::NavigationView,
    users: adw::PreferencesGroup,
    rows: Vec<adw::ActionRow>,
    /// Who is listed, and who is in.
    shown: Vec<(String, bool)>,
    list_failure: Failure,
    again: gtk::Button,
    list_spinner: adw::Spinner,
    pin: Pin,
    pin_next: gtk::Button,
    pin_failure: Failure,
    pin_spinner: adw::Spinner,
}

impl UsersWidgets {
    pub(super) fn build(dialog: &adw::Dialog, input: &Sender<UsersInput>) -> Self {
        let widgets = Self {
            dialog: dialog.clone(),
            pages: adw::NavigationView::new(),
            users: adw::PreferencesGroup::new(),
            rows: Vec::new(),
            shown: Vec::new(),
            list_failure: Failure::new(),
            again: pill("again", &gettext("Try _Again")),
            list_spinner: spinner(),
            pin: Pin::new(),
            pin_next: pill("pin-next", &gettext("_Switch")),
            pin_failure: Failure::new(),
            pin_spinner: spinner(),
        };
        let list = column(&[
            widgets.users.upcast_ref(),
            widgets.list_failure.root.upcast_ref(),
            widgets.again.upcast_ref(),
            widgets.list_spinner.upcast_ref(),
        ]);
        let pin = column(&[
            widgets.pin.root.upcast_ref(),
            widgets.pin_failure.root.upcast_ref(),
            widgets.pin_next.upcast_ref(),
            widgets.pin_spinner.upcast_ref(),
        ]);
        let title = gettext("Switch User");
        widgets
            .pages
            .add(&page(tag(UsersStep::List), &title, &list));
        widgets
            .pages
            .add(&page(tag(UsersStep::Pin), &gettext("PIN"), &pin));
        dialog.set_child(Some(&widgets.pages));
        dialog.set_title(&title);
        widgets.connect(input);
        widgets
    }

    fn connect(&self, input: &Sender<UsersInput>) {
        let sender = input.clone();
        self.again
            .connect_clicked(move |_| sender.emit(UsersInput::Again));
        let (sender, entry) = (input.clone(), self.pin.entry.clone());
        self.pin_next.connect_clicked(move |_| {
            sender.emit(UsersInput::PinEntered(Secret::new(entry.text())));
        });
        let button = self.pin_next.clone();
        self.pin
            .entry
            .connect_changed(move |entry| button.set_sensitive(!entry.text().is_empty()));
        let button = self.pin_next.clone();
        self.pin.entry.connect_entry_activated(move |_| {
            if button.is_sensitive() {
                button.emit_clicked();
            }
        });
        let sender = input.clone();
        self.pages
            .connect_popped(move |_, _| sender.emit(UsersInput::WentBack));
        let sender = input.clone();
        self.dialog
            .connect_closed(move |_| sender.emit(UsersInput::Closed));
    }

    pub(super) fn show(&mut self, state: &UserSwitch, input: &Sender<UsersInput>) {
        let on = |step| state.step == step;
        let failure = state.failure.as_ref();
        self.list_failure
            .set(failure.filter(|_| on(UsersStep::List)));
        self.pin_failure.set(failure.filter(|_| on(UsersStep::Pin)));
        let is_lost = on(UsersStep::List) && failure.is_some() && state.users.is_empty();
        self.again.set_visible(is_lost);
        self.list_spinner
            .set_visible(state.busy && on(UsersStep::List));
        self.pin_spinner
            .set_visible(state.busy && on(UsersStep::Pin));
        self.users.set_visible(!state.users.is_empty());
        self.users.set_sensitive(!state.busy);
        self.pin_next
            .set_sensitive(!state.busy && !self.pin.entry.text().is_empty());
        if let Some(account) = &state.account {
            // Translators: {server} is the name of a media server.
            let words = gettext_f(
                "Who watches on {server}? Each user has titles, places and favourites of their own. What is on this device stays.",
                &[("server", &account.name)],
            );
            self.users
                .set_description(Some(&gtk::glib::markup_escape_text(&words)));
        }
        if let Some(user) = &state.user {
            self.pin.name(&user.name);
        }
        self.list(state, input);
        self.go(state);
        if state.finished {
            self.dialog.close();
        }
    }

    fn list(&mut self, state: &UserSwitch, input: &Sender<UsersInput>) {
        let users = state.users.iter();
        let now: Vec<_> = users
            .map(|user| (user.uuid.clone(), state.is_current(user)))
            .collect();
        if now == self.shown {
            return;
        }
        self.shown = now;
        for row in self.rows.drain(..) {
            self.users.remove(&row);
        }
        for user in &state.users {
            let row = user_row(user);
            if state.is_current(user) {
                row.set_activatable(false);
                row.set_subtitle(&gettext("Watches now"));
                row.add_suffix(&suffix("object-select-symbolic"));
            } else {
                row.add_suffix(&suffix("go-next-symbolic"));
                let (sender, uuid) = (input.clone(), user.uuid.clone());
                row.connect_activated(move |_| sender.emit(UsersInput::Chosen(uuid.clone())));
            }
            self.users.add(&row);
            self.rows.push(row);
        }
    }

    fn go(&self, state: &UserSwitch) {
        let shown = self.pages.visible_page().and_then(|page| page.tag());
        if shown.as_deref() == Some(tag(state.step)) {
            return;
        }
        self.pin.entry.set_text("");
        match state.step {
            UsersStep::List => self.pages.replace_with_tags(&[tag(UsersStep::List)]),
            UsersStep::Pin => {
                self.pages.push_by_tag(tag(UsersStep::Pin));
                self.pin.entry.grab_focus();
            }
        }
    }
}

fn spinner() -> adw::Spinner {
    adw::Spinner::builder().visible(false).build()
}

/// A sign at the end of a row that says nothing by itself.
fn suffix(icon: &str) -> gtk::Image {
    gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build()
}
