//! The dialogs that add and remove sources, over a real engine and the kit's server: every way in, every way it fails.

mod page_stage;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use adw::prelude::*;
use async_trait::async_trait;
use page_stage::{Launched, button, launch, says, texts, until, wait, walk};
use relm4::prelude::*;
use spool::services::Services;
use spool::settings::Settings;
use spool::ui::page::accounts::{
    AddOutput, FolderInput, JellyfinLogin, LocalFolder, LoginInput, SourcesDialog, SourcesOutput,
};
use spool_engine::model::{AccountId, AccountState, SourceKind};
use spool_engine::secret::{Memory, Secret, SecretError, SecretStore};
use spool_engine::source::Lan;
use spool_engine::{Config, Dirs, Engine};
use testkit::{Beacon, FakeServer, Fault, Identity, Options, Tls};

const PUBLIC: &str = "/System/Info/Public";

/// A window over an engine without accounts.
struct Stage {
    services: Services,
    window: adw::Window,
    profile: tempfile::TempDir,
}

impl Stage {
    /// With a place for tokens, or with none but what the session offers: on the virtual display that is nothing.
    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn open(secrets: Option<Arc<dyn SecretStore>>) -> Self {
        adw::init().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let engine = Engine::start(Config {
            dirs: Dirs::profile(profile.path()),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: Some(1 << 30),
            secrets,
        });
        let services = Services {
            engine: engine.unwrap(),
            settings: Settings::in_memory(),
        };
        let window = adw::Window::builder()
            .default_width(700)
            .default_height(700)
            .build();
        window.set_content(Some(&adw::Bin::new()));
        window.present();
        Self {
            services,
            window,
            profile,
        }
    }

    fn with_keyring() -> Self {
        Self::open(Some(Arc::new(Memory::default())))
    }

    fn login(&self) -> Launched<JellyfinLogin> {
        let login = launch::<JellyfinLogin>(&self.services);
        login.page.emit(LoginInput::Begin {
            address: String::new(),
            user: String::new(),
        });
        login.page.widget().present(Some(&self.window));
        login
    }

    fn accounts(&self) -> usize {
        self.services.engine.accounts.list().len()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.services.engine.shutdown_blocking();
    }
}

/// The widget of that name.
#[expect(clippy::panic, reason = "what is not there fails the test")]
fn named<W: IsA<gtk::Widget>>(root: &impl IsA<gtk::Widget>, name: &str) -> W {
    let found = walk(root)
        .into_iter()
        .find(|widget| widget.widget_name() == name);
    found
        .and_downcast()
        .unwrap_or_else(|| panic!("no {name} in {:?}", texts(root)))
}

fn enter_address(login: &Launched<JellyfinLogin>, address: &str) {
    let dialog = login.page.widget();
    named::<adw::EntryRow>(dialog, "address").set_text(address);
    named::<gtk::Button>(dialog, "connect").emit_clicked();
}

/// Goes to the second page, where name and password are typed.
fn connect(login: &Launched<JellyfinLogin>, server: &FakeServer) {
    enter_address(login, &server.address());
    until("the server is found", || {
        named::<gtk::Widget>(login.page.widget(), "user").is_mapped()
    });
}

fn enter_password(login: &Launched<JellyfinLogin>, user: &str, password: &str) {
    let dialog = login.page.widget();
    named::<adw::EntryRow>(dialog, "user").set_text(user);
    named::<adw::PasswordEntryRow>(dialog, "password").set_text(password);
    named::<gtk::Button>(dialog, "sign-in").emit_clicked();
}

fn added(login: &Launched<JellyfinLogin>) -> bool {
    matches!(login.outputs.borrow().as_slice(), [AddOutput::Added(_)])
}

fn says_in_time(login: &Launched<JellyfinLogin>, sentence: &str) {
    until(sentence, || says(login.page.widget(), sentence));
}

#[test]
fn an_address_a_name_and_a_password_are_all_it_takes() {
    let server = FakeServer::start(Options::default());
    let (stage, options) = (Stage::with_keyring(), Options::default());
    let login = stage.login();
    connect(&login, &server);
    assert!(says(
        login.page.widget(),
        &format!("Jellyfin {} at {}", options.version, server.address())
    ));
    assert!(
        !named::<gtk::Widget>(login.page.widget(), "exposed").is_visible(),
        "loopback is not exposed"
    );

    enter_password(&login, &options.user, &options.password);
    until("the account is added", || added(&login));
    until("the dialog closes", || !login.page.widget().is_mapped());
    assert_eq!(stage.accounts(), 1);
}

#[test]
fn a_wrong_password_is_said_in_place_and_can_be_corrected() {
    let server = FakeServer::start(Options::default());
    let (stage, options) = (Stage::with_keyring(), Options::default());
    let login = stage.login();
    connect(&login, &server);
    enter_password(&login, &options.user, "wrong");
    says_in_time(&login, "Wrong name or password");
    assert_eq!(stage.accounts(), 0);
    enter_password(&login, &options.user, &options.password);
    until("the account is added", || added(&login));
}

#[test]
fn a_server_that_is_down_is_said_and_another_address_may_follow() {
    let mut gone = FakeServer::start(Options::default());
    let address = gone.address();
    gone.stop();
    let server = FakeServer::start(Options::default());
    let stage = Stage::with_keyring();
    let login = stage.login();
    enter_address(&login, &address);
    says_in_time(&login, "The server cannot be reached");
    connect(&login, &server);
    assert!(!says(login.page.widget(), "cannot be reached"));
}

#[test]
fn what_is_no_server_or_no_address_is_told_apart() {
    let server = FakeServer::start(Options::default());
    server.fault(PUBLIC, Fault::Html);
    let stage = Stage::with_keyring();
    let login = stage.login();
    enter_address(&login, &server.address());
    says_in_time(&login, "No Jellyfin server there");
    enter_address(&login, "http://");
    says_in_time(&login, "That is not an address");
}

#[test]
fn a_server_that_is_too_old_is_named_with_its_version() {
    let server = FakeServer::start(Options {
        version: "10.8.13".into(),
        ..Options::default()
    });
    let stage = Stage::with_keyring();
    let login = stage.login();
    enter_address(&login, &server.address());
    says_in_time(&login, "The server is too old");
    assert!(says(login.page.widget(), "10.8.13"));
}

#[test]
fn a_certificate_is_shown_and_accepted_and_so_is_the_next() {
    let mut server = FakeServer::start(Options {
        tls: Some(Tls::new(Identity::self_signed())),
        ..Options::default()
    });
    let (stage, options) = (Stage::with_keyring(), Options::default());
    let login = stage.login();
    enter_address(&login, &server.address());
    says_in_time(&login, "The server vouches for itself");
    let dialog = login.page.widget();
    let shown = named::<adw::ActionRow>(dialog, "fingerprint").subtitle();
    assert_eq!(shown.map(|text| text.len()), Some(95));
    assert!(server.requests().is_empty(), "nothing was asked before");
    named::<gtk::Button>(dialog, "accept").emit_clicked();
    until("the server is found", || {
        named::<gtk::Widget>(dialog, "user").is_mapped()
    });
    enter_password(&login, &options.user, &options.password);
    until("the account is added", || added(&login));

    // It changes: the list of sources says so, shows the new one, and takes it where the person does.
    server.stop();
    server.set_tls(Tls::new(Identity::self_signed()));
    server.start_again();
    let accounts = &stage.services.engine.accounts;
    let first = accounts.list()[0].fingerprint;
    let asked = accounts.clone();
    wait(async move { asked.check(None).await });
    let sources = launch::<SourcesDialog>(&stage.services);
    let dialog = sources.page.widget();
    dialog.present(Some(&stage.window));
    until("the reason", || says(dialog, "certificate has changed"));
    button(dialog, "Review the Certificate")
        .expect("a way to look at it")
        .emit_clicked();
    until("its page", || says(dialog, "Accept This Certificate"));
    let page = named::<adw::ActionRow>(dialog, "fingerprint");
    let former = named::<adw::ActionRow>(dialog, "former-fingerprint");
    assert!(
        former.is_mapped(),
        "the one before is there to compare with"
    );
    assert_ne!(former.subtitle(), page.subtitle());
    named::<gtk::Button>(dialog, "accept").emit_clicked();
    until("it is accepted", || {
        let now = accounts.list()[0].clone();
        now.state == AccountState::Online && now.fingerprint != first
    });
    until("the list says so", || {
        says(dialog, "Connected on this computer")
    });
}

#[test]
fn without_a_keyring_the_person_is_asked_before_a_file_is_written() {
    let server = FakeServer::start(Options::default());
    let (stage, options) = (Stage::open(None), Options::default());
    let login = stage.login();
    connect(&login, &server);
    enter_password(&login, &options.user, &options.password);
    says_in_time(&login, "Keep in a File");
    let file = stage.profile.path().join("data/tokens.json");
    assert!(!file.exists(), "nothing is written unasked");

    ActionRowExt::activate(&named::<adw::ActionRow>(login.page.widget(), "keep-file"));
    until("the account is added", || added(&login));
    let mode = std::fs::metadata(&file)
        .expect("the token file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn without_a_keyring_the_sign_in_may_last_for_the_session_only() {
    let server = FakeServer::start(Options::default());
    let (stage, options) = (Stage::open(None), Options::default());
    let login = stage.login();
    connect(&login, &server);
    enter_password(&login, &options.user, &options.password);
    says_in_time(&login, "Keep Until Spool Closes");
    ActionRowExt::activate(&named::<adw::ActionRow>(
        login.page.widget(),
        "keep-session",
    ));
    until("the account is added", || added(&login));
    assert!(!stage.profile.path().join("data/tokens.json").exists());
}

/// A keyring that answers every question with this error, or never.
struct Keyring(Option<SecretError>);

impl Keyring {
    async fn answer<T>(&self) -> Result<T, SecretError> {
        match &self.0 {
            Some(error) => Err(error.clone()),
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn get(&self, _: &AccountId) -> Result<Option<Secret>, SecretError> {
        self.answer().await
    }
    async fn set(&self, _: &AccountId, _: &Secret, _: &str) -> Result<(), SecretError> {
        self.answer().await
    }
    async fn remove(&self, _: &AccountId) -> Result<(), SecretError> {
        self.answer().await
    }
}

#[test]
fn a_keyring_that_never_answers_does_not_hold_the_sign_in() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::open(Some(Arc::new(Keyring(None))));
    let (login, options) = (stage.login(), Options::default());
    connect(&login, &server);
    enter_password(&login, &options.user, &options.password);
    says_in_time(&login, "does not answer");
    let dialog = login.page.widget();
    assert!(!named::<gtk::Widget>(dialog, "keep-keyring").is_mapped());
    ActionRowExt::activate(&named::<adw::ActionRow>(dialog, "keep-file"));
    until("the account is added", || added(&login));
    until("the dialog closes", || !dialog.is_mapped());
}

#[test]
fn a_keyring_that_stays_locked_is_said_and_other_places_are_offered() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::open(Some(Arc::new(Keyring(Some(SecretError::Locked)))));
    let (login, options) = (stage.login(), Options::default());
    connect(&login, &server);
    enter_password(&login, &options.user, &options.password);
    says_in_time(&login, "stays locked");
    let dialog = login.page.widget();
    let again = named::<adw::ActionRow>(dialog, "keep-keyring");
    let tries = || server.requests_to("/Users/AuthenticateByName").len();
    assert_eq!(tries(), 1);
    ActionRowExt::activate(&again);
    until("another try", || tries() == 2);
    until("the choice is back", || again.is_sensitive());
    ActionRowExt::activate(&named::<adw::ActionRow>(dialog, "keep-session"));
    until("the account is added", || added(&login));
}

#[test]
fn a_closed_dialog_forgets_what_was_typed() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::with_keyring();
    let login = stage.login();
    connect(&login, &server);
    named::<adw::PasswordEntryRow>(login.page.widget(), "password").set_text("secret");
    login.page.widget().force_close();
    until("the dialog closes", || !login.page.widget().is_mapped());

    login.page.emit(LoginInput::Begin {
        address: String::new(),
        user: String::new(),
    });
    login.page.widget().present(Some(&stage.window));
    let dialog = login.page.widget().clone();
    until("the first page", || {
        named::<gtk::Widget>(&dialog, "address").is_mapped()
    });
    assert_eq!(named::<adw::EntryRow>(&dialog, "address").text(), "");
    assert_eq!(
        named::<adw::PasswordEntryRow>(&dialog, "password").text(),
        ""
    );
}

#[test]
fn a_folder_is_added_by_its_path_and_a_missing_one_is_said() {
    let stage = Stage::with_keyring();
    let folder = launch::<LocalFolder>(&stage.services);
    folder.page.emit(FolderInput::Begin);
    folder.page.widget().present(Some(&stage.window));
    let dialog = folder.page.widget().clone();
    let enter = |path: &str| {
        named::<adw::EntryRow>(&dialog, "path").set_text(path);
        named::<gtk::Button>(&dialog, "add").emit_clicked();
    };
    enter("/nowhere/at/all");
    until("the failure", || says(&dialog, "The folder cannot be read"));
    let films = tempfile::tempdir().expect("a folder");
    enter(&films.path().display().to_string());
    until("the account is added", || stage.accounts() == 1);
    until("the dialog closes", || !dialog.is_mapped());
    until("the parent is told", || !folder.outputs.borrow().is_empty());
    let AddOutput::Added(account) = &folder.outputs.borrow()[0];
    assert_eq!(account.kind, SourceKind::Folder);
}

#[test]
fn a_source_is_removed_only_after_a_question() {
    let stage = Stage::with_keyring();
    let films = tempfile::tempdir().expect("a folder");
    let account =
        wait(stage.services.engine.accounts.add_folder(films.path())).expect("it is added");
    let sources = launch::<SourcesDialog>(&stage.services);
    sources.page.widget().present(Some(&stage.window));
    until("the list", || says(sources.page.widget(), &account.name));
    button(sources.page.widget(), "Remove")
        .expect("a button")
        .emit_clicked();
    let question = format!("Remove {}?", account.name);
    until("the question", || says(&stage.window, &question));
    assert_eq!(stage.accounts(), 1, "not before the answer");

    let dialogs = walk(&stage.window)
        .into_iter()
        .filter(gtk::Widget::is_mapped);
    let mut dialogs = dialogs.filter_map(|widget| widget.downcast::<adw::AlertDialog>().ok());
    let dialog = dialogs.next().expect("the question's dialog");
    button(&dialog, "Remove").expect("a button").emit_clicked();
    until("it is gone", || stage.accounts() == 0);
    until(
        "the parent is told",
        || matches!(sources.outputs.borrow().as_slice(), [SourcesOutput::Removed(id)] if *id == account.id),
    );
    assert!(films.path().exists(), "the files stay");
}

/// Goes to the page with the code, which is returned.
fn ask_code(login: &Launched<JellyfinLogin>, server: &FakeServer) -> String {
    connect(login, server);
    let dialog = login.page.widget();
    until("Quick Connect is offered", || {
        named::<gtk::Button>(dialog, "quick-connect").is_visible()
    });
    named::<gtk::Button>(dialog, "quick-connect").emit_clicked();
    shown_code(login)
}

fn shown_code(login: &Launched<JellyfinLogin>) -> String {
    let code = named::<gtk::Label>(login.page.widget(), "code");
    until("the code is shown", || {
        code.is_mapped() && code.text().len() == 6
    });
    code.text().into()
}

#[test]
fn a_code_that_is_typed_elsewhere_signs_in() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::with_keyring();
    let login = stage.login();
    let code = ask_code(&login, &server);
    let dialog = login.page.widget();
    assert!(named::<gtk::Widget>(dialog, "waiting").is_visible());
    named::<gtk::Button>(dialog, "copy-code").emit_clicked();
    assert!(server.jellyfin().approve(&code));
    until("the account is added", || added(&login));
    until("the dialog closes", || !login.page.widget().is_mapped());
    assert_eq!(stage.accounts(), 1);
}

#[test]
fn a_code_that_ran_out_is_replaced_on_demand() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::with_keyring();
    let login = stage.login();
    let first = ask_code(&login, &server);
    server.jellyfin().expire_codes();
    says_in_time(&login, "The code has run out");
    let dialog = login.page.widget();
    assert!(!named::<gtk::Widget>(dialog, "waiting").is_visible());
    let again = named::<gtk::Button>(dialog, "new-code");
    assert!(again.is_visible());
    again.emit_clicked();
    let other = shown_code(&login);
    assert_ne!(first, other);
    until("it is waited for again", || {
        named::<gtk::Widget>(dialog, "waiting").is_visible()
    });
    assert!(server.jellyfin().approve(&other));
    until("the account is added", || added(&login));
}

#[test]
fn a_code_without_a_keyring_waits_for_a_place() {
    let server = FakeServer::start(Options::default());
    let stage = Stage::open(None);
    let login = stage.login();
    let code = ask_code(&login, &server);
    assert!(server.jellyfin().approve(&code));
    let dialog = login.page.widget();
    until("a place is asked for", || {
        named::<gtk::Widget>(dialog, "keep-file").is_mapped()
    });
    named::<adw::ActionRow>(dialog, "keep-file").emit_activate();
    until("the account is added", || added(&login));
    let entered = server.requests_to("/Users/AuthenticateWithQuickConnect");
    assert_eq!(entered.len(), 1, "the code is used once");
}

#[test]
fn a_server_without_quick_connect_does_not_offer_it() {
    let server = FakeServer::start(Options {
        quick_connect: false,
        ..Options::default()
    });
    let stage = Stage::with_keyring();
    let login = stage.login();
    connect(&login, &server);
    until("the server has said so", || {
        !server.requests_to("/QuickConnect/Enabled").is_empty()
    });
    let options = Options::default();
    enter_password(&login, &options.user, &options.password);
    until("the account is added", || added(&login));
    assert!(!named::<gtk::Button>(login.page.widget(), "quick-connect").is_visible());
}

#[test]
fn a_server_of_this_network_is_one_click_away() {
    let server = FakeServer::start(Options::default());
    let beacon = Beacon::of(&server);
    let stage = Stage::with_keyring();
    let lan = Lan::StandIn(beacon.address());
    stage.services.engine.accounts.set_lan(lan);
    let login = stage.login();
    let dialog = login.page.widget();
    let row = "nearby-Attic";
    until("the server is listed", || {
        walk(dialog)
            .iter()
            .any(|widget| widget.widget_name() == row)
    });
    named::<adw::ActionRow>(dialog, row).emit_activate();
    until("name and password are asked for", || {
        named::<gtk::Widget>(dialog, "user").is_mapped()
    });
    let options = Options::default();
    enter_password(&login, &options.user, &options.password);
    until("the account is added", || added(&login));
}
