//! The pages of the sign-in dialog.

use adw::prelude::*;
use relm4::Sender;
use spool_engine::accounts::FoundServer;
use spool_engine::secret::{Keep, Secret};

use super::super::certificate::CertificatePage;
use super::super::next::Next;
use super::code_page::CodePage;
use super::nearby::Nearby;
use super::{JellyfinLogin, LoginInput, Reason, Step};
use crate::i18n::{gettext, gettext_f};

/// The dialog's widgets.
#[derive(Debug)]
pub struct LoginWidgets {
    dialog: adw::Dialog,
    pages: adw::NavigationView,
    step: Step,
    opened: u64,
    address: adw::EntryRow,
    address_next: Next,
    certificate: CertificatePage,
    nearby: Nearby,
    server: adw::ActionRow,
    exposed: gtk::Label,
    user: adw::EntryRow,
    password: adw::PasswordEntryRow,
    password_next: Next,
    use_code: gtk::Button,
    code: CodePage,
    keep: adw::PreferencesGroup,
    keep_keyring: adw::ActionRow,
}

impl LoginWidgets {
    pub(super) fn build(dialog: &adw::Dialog, input: &Sender<LoginInput>) -> Self {
        let address = adw::EntryRow::builder()
            .title(gettext("Server Address"))
            .name("address")
            .input_purpose(gtk::InputPurpose::Url)
            .input_hints(gtk::InputHints::NO_SPELLCHECK | gtk::InputHints::LOWERCASE)
            .build();
        let user = adw::EntryRow::builder()
            .title(gettext("User Name"))
            .name("user")
            .build();
        let password = adw::PasswordEntryRow::builder()
            .title(gettext("Password"))
            .name("password")
            .build();
        let server = adw::ActionRow::builder()
            .name("server")
            .css_classes(["property"])
            .build();
        let accepted = input.clone();
        let accept = move || accepted.emit(LoginInput::CertificateAccepted);
        let chosen = input.clone();
        let (keep, keep_keyring) =
            keep_choices(move |keep| chosen.emit(LoginInput::KeepChosen(keep)));
        let widgets = Self {
            dialog: dialog.clone(),
            pages: adw::NavigationView::new(),
            step: Step::Address,
            opened: 0,
            address_next: Next::new("connect", &gettext("_Connect")),
            certificate: CertificatePage::new(accept),
            password_next: Next::new("sign-in", &gettext("_Sign In")),
            nearby: Nearby::new(),
            use_code: gtk::Button::builder()
                .label(gettext("Use _Quick Connect"))
                .use_underline(true)
                .name("quick-connect")
                .halign(gtk::Align::Center)
                .css_classes(["flat"])
                .visible(false)
                .build(),
            code: CodePage::new(input),
            keep,
            keep_keyring,
            address,
            server,
            exposed: exposed(),
            user,
            password,
        };
        for (tag, title, content) in widgets.contents() {
            widgets.pages.add(&page(tag, &title, &content));
        }
        dialog.set_child(Some(&widgets.pages));
        dialog.set_title(&gettext("Sign in to Jellyfin"));
        widgets.connect(input);
        widgets
    }

    fn contents(&self) -> [(&'static str, String, gtk::Box); 5] {
        let typed = adw::PreferencesGroup::builder()
            .description(gettext(
                "The address you open Jellyfin with in a browser, such as “nas:8096”.",
            ))
            .build();
        typed.add(&self.address);
        let who = adw::PreferencesGroup::new();
        who.add(&self.server);
        who.add(&self.user);
        who.add(&self.password);
        [
            (
                "address",
                gettext("Sign in to Jellyfin"),
                column(&[
                    typed.upcast_ref(),
                    self.address_next.column.upcast_ref(),
                    self.nearby.root.upcast_ref(),
                ]),
            ),
            (
                "certificate",
                gettext("Is This Your Server?"),
                column(&self.certificate.contents()),
            ),
            (
                "password",
                gettext("Name and Password"),
                column(&[
                    who.upcast_ref(),
                    self.exposed.upcast_ref(),
                    self.password_next.column.upcast_ref(),
                    self.use_code.upcast_ref(),
                ]),
            ),
            ("quick", gettext("Quick Connect"), self.code.root.clone()),
            (
                "keep",
                gettext("Keep the Sign-in?"),
                column(&[self.keep.upcast_ref()]),
            ),
        ]
    }

    fn connect(&self, input: &Sender<LoginInput>) {
        let (sender, entry) = (input.clone(), self.address.clone());
        self.address_next.button.connect_clicked(move |_| {
            sender.emit(LoginInput::AddressEntered(entry.text().trim().to_owned()));
        });
        let (sender, user, password) = (input.clone(), self.user.clone(), self.password.clone());
        self.password_next.button.connect_clicked(move |_| {
            let (user, password) = (user.text().to_string(), Secret::new(password.text()));
            sender.emit(LoginInput::PasswordEntered { user, password });
        });
        let sender = input.clone();
        self.use_code
            .connect_clicked(move |_| sender.emit(LoginInput::QuickChosen));
        let button = self.address_next.button.clone();
        self.address
            .connect_changed(move |entry| button.set_sensitive(!entry.text().trim().is_empty()));
        activates(self.address.upcast_ref(), &self.address_next.button);
        let button = self.password_next.button.clone();
        self.user
            .connect_changed(move |entry| button.set_sensitive(!entry.text().is_empty()));
        activates(self.password.upcast_ref(), &self.password_next.button);
        activates(self.user.upcast_ref(), &self.password_next.button);
        let sender = input.clone();
        self.pages
            .connect_popped(move |_, _| sender.emit(LoginInput::WentBack));
        let sender = input.clone();
        self.dialog
            .connect_closed(move |_| sender.emit(LoginInput::Closed));
    }

    pub(super) fn show(&mut self, state: &JellyfinLogin, input: &Sender<LoginInput>) {
        self.begin(state);
        let (failure, busy) = (state.failure.as_ref(), state.busy);
        self.address_next
            .show(failure, busy, !self.address.text().trim().is_empty());
        self.certificate.show(state.certificate(), failure, busy);
        self.password_next
            .show(failure, busy, !self.user.text().is_empty());
        self.use_code.set_visible(state.quick.offered);
        self.use_code.set_sensitive(!state.busy);
        self.code.show(state);
        self.nearby.show(state, input);
        self.keep.set_sensitive(!state.keeps());
        self.keep.set_description(Some(&reason(state.reason)));
        let again = matches!(state.reason, Reason::Locked | Reason::Failed);
        self.keep_keyring.set_visible(again);
        if let Some(server) = &state.server {
            self.show_server(server);
        }
        self.go(state.step);
        if state.finished {
            self.dialog.close();
        }
    }

    /// Fills in what is known of an account, once for each time the dialog is opened.
    fn begin(&mut self, state: &JellyfinLogin) {
        if std::mem::replace(&mut self.opened, state.opened) == state.opened {
            return;
        }
        let (address, user) = &state.known;
        self.address.set_text(address);
        self.user.set_text(user);
        self.password.set_text("");
    }

    fn show_server(&self, server: &FoundServer) {
        self.server
            .set_title(&gtk::glib::markup_escape_text(&server.name));
        // Translators: {version} is a version such as 10.10.7, {address} a web address.
        let facts = gettext_f(
            "Jellyfin {version} at {address}",
            &[
                ("version", &server.version),
                ("address", server.address.as_str().trim_end_matches('/')),
            ],
        );
        self.server
            .set_subtitle(&gtk::glib::markup_escape_text(&facts));
        self.exposed.set_visible(server.exposed);
    }

    fn go(&mut self, step: Step) {
        if step == self.step {
            return;
        }
        let before = std::mem::replace(&mut self.step, step);
        let shown = self.pages.visible_page().and_then(|page| page.tag());
        if shown.as_deref() == Some(tag(step)) {
            return;
        }
        match (before, step) {
            (_, Step::Address) => {
                self.pages.replace_with_tags(&[tag(Step::Address)]);
                self.password.set_text("");
            }
            (Step::Quick | Step::Keep, Step::Password) => {
                self.pages
                    .replace_with_tags(&[tag(Step::Address), tag(Step::Password)]);
            }
            (_, step) => self.pages.push_by_tag(tag(step)),
        }
        if step == Step::Password {
            let first = if self.user.text().is_empty() {
                self.user.upcast_ref::<gtk::Widget>()
            } else {
                self.password.upcast_ref()
            };
            first.grab_focus();
        }
    }
}

/// What is said of an address that others can listen to.
fn exposed() -> gtk::Label {
    gtk::Label::builder()
        .label(gettext("This address is not encrypted and lies outside your own network: others may read the password on its way. Use “https://” if the server offers it."))
        .wrap(true)
        .xalign(0.0)
        .name("exposed")
        .css_classes(["warning"])
        .build()
}

fn tag(step: Step) -> &'static str {
    match step {
        Step::Address => "address",
        Step::Certificate => "certificate",
        Step::Password => "password",
        Step::Quick => "quick",
        Step::Keep => "keep",
    }
}

/// Enter in an entry presses the button.
fn activates(entry: &adw::EntryRow, button: &gtk::Button) {
    let button = button.clone();
    entry.connect_entry_activated(move |_| {
        if button.is_sensitive() {
            button.emit_clicked();
        }
    });
}

fn reason(reason: Reason) -> String {
    match reason {
        Reason::NoKeyring => gettext(
            "This session has no keyring, the usual safe place for a sign-in. The password itself is never kept.",
        ),
        Reason::Slow => gettext(
            "The keyring, the usual safe place for a sign-in, does not answer. If it asks for its password, answer it, or choose another place. Your password for the server is never kept.",
        ),
        Reason::Locked => gettext(
            "The keyring, the usual safe place for a sign-in, stays locked. The password itself is never kept.",
        ),
        Reason::Failed => gettext(
            "The keyring, the usual safe place for a sign-in, could not keep it. The password itself is never kept.",
        ),
    }
}

/// The places to choose from; the keyring among them, for where it makes sense.
pub(in super::super) fn keep_choices(
    choose: impl Fn(Keep) + Clone + 'static,
) -> (adw::PreferencesGroup, adw::ActionRow) {
    let group = adw::PreferencesGroup::new();
    let row = |name: &str, title: String, subtitle: String, keep: Keep| {
        let row = adw::ActionRow::builder()
            .title(title)
            .subtitle(subtitle)
            .name(name)
            .activatable(true)
            .build();
        row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
        let choose = choose.clone();
        row.connect_activated(move |_| choose(keep));
        group.add(&row);
        row
    };
    let keyring = row(
        "keep-keyring",
        gettext("Try the Keyring Again"),
        gettext("Unlock it when it asks."),
        Keep::Service,
    );
    row(
        "keep-file",
        gettext("Keep in a File"),
        gettext("Only you can read it, and programs that run as you."),
        Keep::File,
    );
    row(
        "keep-session",
        gettext("Keep Until Spool Closes"),
        gettext("You sign in again the next time."),
        Keep::Session,
    );
    (group, keyring)
}

pub(in super::super) fn column(children: &[&gtk::Widget]) -> gtk::Box {
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .margin_start(18)
        .margin_end(18)
        .margin_top(12)
        .margin_bottom(24)
        .build();
    for child in children {
        column.append(*child);
    }
    column
}

pub(in super::super) fn page(tag: &str, title: &str, content: &gtk::Box) -> adw::NavigationPage {
    let clamp = adw::Clamp::builder()
        .maximum_size(480)
        .child(content)
        .build();
    let scrolled = gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .propagate_natural_height(true)
        .child(&clamp)
        .build();
    let view = adw::ToolbarView::new();
    view.add_top_bar(&adw::HeaderBar::new());
    view.set_content(Some(&scrolled));
    adw::NavigationPage::builder()
        .tag(tag)
        .title(title)
        .child(&view)
        .build()
}
