//! The pages of the dialog for Plex.

use adw::prelude::*;
use gtk::glib;
use relm4::Sender;
use spool_engine::accounts::{HomeUser, PlexEntry, PlexServer};
use spool_engine::secret::Secret;

use super::super::certificate::CertificatePage;
use super::super::code::Code;
use super::super::failure::Failure;
use super::super::jellyfin_login::view::{column, keep_choices, page};
use super::super::pin::Pin;
use super::{PlexInput, PlexLogin};
use crate::i18n::{gettext, gettext_f};

/// Which page of the dialog is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlexStep {
    /// The page to open, and the code.
    #[default]
    Link,
    /// The users of the home.
    User,
    /// The PIN of one of them.
    Pin,
    /// The servers.
    Server,
    /// The certificate of one that nobody known vouches for.
    Certificate,
    /// Where the sign-in may be kept.
    Keep,
}

const STEPS: [PlexStep; 6] = [
    PlexStep::Link,
    PlexStep::User,
    PlexStep::Pin,
    PlexStep::Server,
    PlexStep::Certificate,
    PlexStep::Keep,
];

fn tag(step: PlexStep) -> &'static str {
    match step {
        PlexStep::Link => "link",
        PlexStep::User => "user",
        PlexStep::Pin => "pin",
        PlexStep::Server => "server",
        PlexStep::Certificate => "certificate",
        PlexStep::Keep => "keep",
    }
}

/// The dialog's widgets.
#[derive(Debug)]
pub struct PlexWidgets {
    dialog: adw::Dialog,
    pages: adw::NavigationView,
    place: gtk::Label,
    code: Code,
    open: gtk::Button,
    again: gtk::Button,
    waiting: gtk::Box,
    users: adw::PreferencesGroup,
    servers: adw::PreferencesGroup,
    rows: Vec<(adw::PreferencesGroup, adw::ActionRow)>,
    shown: (Vec<String>, Vec<String>),
    pin: Pin,
    pin_next: gtk::Button,
    certificate: CertificatePage,
    keep: adw::PreferencesGroup,
    signs: Vec<(PlexStep, Failure, adw::Spinner)>,
}

pub(in super::super) fn pill(name: &str, label: &str) -> gtk::Button {
    gtk::Button::builder()
        .label(label)
        .use_underline(true)
        .name(name)
        .halign(gtk::Align::Center)
        .css_classes(["pill", "suggested-action"])
        .build()
}

fn text(label: &str, classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .label(label)
        .wrap(true)
        .justify(gtk::Justification::Center)
        .css_classes(classes.to_vec())
        .build()
}

/// A spinner beside words that say what is waited for.
fn waiting() -> gtk::Box {
    let line = gtk::Box::builder()
        .spacing(8)
        .halign(gtk::Align::Center)
        .name("waiting")
        .build();
    line.append(&adw::Spinner::new());
    line.append(&text(
        &gettext("Waiting for you to confirm…"),
        &["dim-label"],
    ));
    line
}

impl PlexWidgets {
    pub(super) fn build(dialog: &adw::Dialog, input: &Sender<PlexInput>) -> Self {
        let chosen = input.clone();
        let (keep, keyring) = keep_choices(move |keep| chosen.emit(PlexInput::KeepChosen(keep)));
        keyring.set_visible(false);
        let accepted = input.clone();
        let accept = move || accepted.emit(PlexInput::CertificateAccepted);
        let mut widgets = Self {
            dialog: dialog.clone(),
            pages: adw::NavigationView::new(),
            place: text("", &["dim-label"]),
            code: Code::new(),
            open: pill("open-browser", &gettext("_Open Browser")),
            again: pill("again", &gettext("Try _Again")),
            waiting: waiting(),
            users: adw::PreferencesGroup::new(),
            servers: adw::PreferencesGroup::new(),
            rows: Vec::new(),
            shown: Default::default(),
            pin: Pin::new(),
            pin_next: pill("pin-next", &gettext("_Continue")),
            certificate: CertificatePage::new(accept),
            keep,
            signs: Vec::new(),
        };
        for step in STEPS {
            let content = widgets.content(step);
            let title = match step {
                PlexStep::Link => gettext("Sign in to Plex"),
                PlexStep::User => gettext("Who Is Watching?"),
                PlexStep::Pin => gettext("PIN"),
                PlexStep::Server => gettext("Choose a Server"),
                PlexStep::Certificate => gettext("Is This Your Server?"),
                PlexStep::Keep => gettext("Keep the Sign-in?"),
            };
            widgets.pages.add(&page(tag(step), &title, &content));
        }
        dialog.set_child(Some(&widgets.pages));
        dialog.set_title(&gettext("Sign in to Plex"));
        widgets.connect(input);
        widgets
    }

    /// What a page shows, with a place for failures and a sign of work below it.
    fn content(&mut self, step: PlexStep) -> gtk::Box {
        if step == PlexStep::Certificate {
            return column(&self.certificate.contents());
        }
        let words = text(
            &gettext("Confirm in the browser that Spool may use your Plex account."),
            &[],
        );
        let (failure, spinner) = (
            Failure::new(),
            adw::Spinner::builder().visible(false).build(),
        );
        let own: Vec<&gtk::Widget> = match step {
            PlexStep::Link => vec![
                words.upcast_ref(),
                self.open.upcast_ref(),
                self.place.upcast_ref(),
                self.code.root.upcast_ref(),
                self.waiting.upcast_ref(),
                failure.root.upcast_ref(),
                self.again.upcast_ref(),
            ],
            PlexStep::User => vec![self.users.upcast_ref(), failure.root.upcast_ref()],
            PlexStep::Pin => vec![
                self.pin.root.upcast_ref(),
                failure.root.upcast_ref(),
                self.pin_next.upcast_ref(),
            ],
            PlexStep::Server => vec![self.servers.upcast_ref(), failure.root.upcast_ref()],
            PlexStep::Keep | PlexStep::Certificate => {
                vec![self.keep.upcast_ref(), failure.root.upcast_ref()]
            }
        };
        let content = column(&own);
        content.append(&spinner);
        if step == PlexStep::Link {
            // Little text and no list: it stands in the middle rather than above an empty half.
            content.set_valign(gtk::Align::Center);
        }
        self.signs.push((step, failure, spinner));
        content
    }

    fn connect(&self, input: &Sender<PlexInput>) {
        let sender = input.clone();
        self.open
            .connect_clicked(move |_| sender.emit(PlexInput::OpenPressed));
        let sender = input.clone();
        self.again
            .connect_clicked(move |_| sender.emit(PlexInput::Begin));
        let (sender, entry) = (input.clone(), self.pin.entry.clone());
        self.pin_next.connect_clicked(move |_| {
            sender.emit(PlexInput::PinEntered(Secret::new(entry.text())));
        });
        let button = self.pin_next.clone();
        self.pin
            .entry
            .connect_entry_activated(move |_| button.emit_clicked());
        let sender = input.clone();
        self.pages.connect_popped(move |pages, _| {
            let shown = pages.visible_page().and_then(|page| page.tag());
            let step = STEPS
                .into_iter()
                .find(|step| shown.as_deref() == Some(tag(*step)));
            sender.emit(PlexInput::WentBack(step.unwrap_or_default()));
        });
        let sender = input.clone();
        self.dialog
            .connect_closed(move |_| sender.emit(PlexInput::Closed));
    }

    pub(super) fn show(&mut self, state: &PlexLogin, input: &Sender<PlexInput>) {
        let waits = state.link.is_some() && state.busy && state.step == PlexStep::Link;
        if let Some(link) = &state.link {
            self.code.show(&link.code);
            // Translators: {place} is an address such as plex.tv/link; a code stands below.
            let place = gettext_f("Or type this code at {place}:", &[("place", &link.place)]);
            self.place.set_label(&place);
        }
        for widget in [
            self.place.upcast_ref::<gtk::Widget>(),
            self.code.root.upcast_ref(),
        ] {
            widget.set_visible(state.link.is_some());
        }
        self.open
            .set_visible(state.link.is_some() || state.failure.is_none());
        self.open.set_sensitive(state.link.is_some());
        self.again
            .set_visible(state.step == PlexStep::Link && !state.busy);
        self.waiting.set_visible(waits && state.entry.is_none());
        self.pin_next.set_sensitive(!state.busy);
        for group in [&self.users, &self.servers] {
            group.set_sensitive(!state.busy);
        }
        let slow = state.busy
            && state.step == PlexStep::Keep
            && state.keep == spool_engine::secret::Keep::Service;
        self.keep.set_sensitive(!state.busy || slow);
        self.keep.set_description(Some(&state.reason));
        for (step, failure, spinner) in &self.signs {
            let here = *step == state.step;
            failure.set(state.failure.as_ref().filter(|_| here));
            spinner.set_visible(here && state.busy && (!waits || state.entry.is_some()));
        }
        self.certificate
            .show(state.certificate(), state.failure.as_ref(), state.busy);
        if let Some(name) = state.user_name() {
            self.pin.name(name);
        }
        self.list(state, input);
        self.go(state);
        if state.finished {
            self.dialog.close();
        }
    }

    /// Fills in the rows of users and servers, anew where they changed.
    fn list(&mut self, state: &PlexLogin, input: &Sender<PlexInput>) {
        let ids = |entry: Option<&PlexEntry>, users: bool| -> Vec<String> {
            let Some(entry) = entry else {
                return Vec::new();
            };
            match users {
                true => entry.home.iter().map(|user| user.uuid.clone()).collect(),
                false => entry
                    .servers
                    .iter()
                    .map(|server| server.machine_id.clone())
                    .collect(),
            }
        };
        let now = (
            ids(state.entry.as_ref(), true),
            ids(state.chosen.as_ref(), false),
        );
        if now == self.shown {
            return;
        }
        self.shown = now;
        for (group, row) in self.rows.drain(..) {
            group.remove(&row);
        }
        for user in state.entry.iter().flat_map(|entry| &entry.home) {
            let line = user_row(user);
            let (sender, uuid) = (input.clone(), user.uuid.clone());
            line.connect_activated(move |_| sender.emit(PlexInput::UserChosen(uuid.clone())));
            self.add(self.users.clone(), line);
        }
        for server in state.chosen.iter().flat_map(|entry| &entry.servers) {
            let line = row(
                format!("server-{}", server.name),
                &server.name,
                &whose(server),
            );
            line.add_prefix(&gtk::Image::from_icon_name("network-server-symbolic"));
            let (sender, id) = (input.clone(), server.machine_id.clone());
            line.connect_activated(move |_| sender.emit(PlexInput::ServerChosen(id.clone())));
            self.add(self.servers.clone(), line);
        }
    }

    fn add(&mut self, group: adw::PreferencesGroup, row: adw::ActionRow) {
        row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
        group.add(&row);
        self.rows.push((group, row));
    }

    fn go(&self, state: &PlexLogin) {
        let wanted = tag(state.step);
        let shown = self.pages.visible_page().and_then(|page| page.tag());
        if shown.as_deref() == Some(wanted) {
            return;
        }
        self.pin.entry.set_text("");
        let passed = self.passed();
        match (state.step, passed.iter().position(|tag| tag == wanted)) {
            (PlexStep::Link, _) => self.pages.replace_with_tags(&[wanted]),
            // It lies below the page that is shown.
            (_, Some(at)) => {
                let back: Vec<&str> = passed[..=at].iter().map(glib::GString::as_str).collect();
                self.pages.replace_with_tags(&back);
            }
            (_, None) => self.pages.push_by_tag(wanted),
        }
        if state.step == PlexStep::Pin {
            self.pin.entry.grab_focus();
        }
    }

    /// The pages from the first to the one that is shown.
    fn passed(&self) -> Vec<glib::GString> {
        let stack = self.pages.navigation_stack();
        let pages = stack.iter::<adw::NavigationPage>().flatten();
        pages.filter_map(|page| page.tag()).collect()
    }
}

/// A user of a home, and whether a PIN is asked for.
pub(in super::super) fn user_row(user: &HomeUser) -> adw::ActionRow {
    let line = row(format!("user-{}", user.name), &user.name, "");
    line.add_prefix(&adw::Avatar::new(32, Some(&user.name), true));
    if user.protected {
        let words = gettext("Asks for a PIN");
        line.add_suffix(&icon("system-lock-screen-symbolic", &words));
    }
    line
}

fn row(name: String, title: &str, subtitle: &str) -> adw::ActionRow {
    adw::ActionRow::builder()
        .title(glib::markup_escape_text(title))
        .subtitle(glib::markup_escape_text(subtitle))
        .name(name)
        .activatable(true)
        .build()
}

fn whose(server: &PlexServer) -> String {
    match (&server.owner, server.owned) {
        // Translators: {name} is the name of a person.
        (Some(name), false) => gettext_f("Shared by {name}", &[("name", name)]),
        (_, true) => gettext("Your server"),
        _ => String::new(),
    }
}

fn icon(name: &str, words: &str) -> gtk::Image {
    gtk::Image::builder()
        .icon_name(name)
        .tooltip_text(words)
        .build()
}
