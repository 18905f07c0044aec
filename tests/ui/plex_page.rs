//! The dialog for Plex, by clicks, over a real engine, the kit's plex.tv and its server.

mod page_stage;

use std::sync::Arc;

use adw::prelude::*;
use page_stage::{Launched, button, launch, says, texts, until, wait, walk};
use relm4::prelude::*;
use spool::services::Services;
use spool::settings::Settings;
use spool::ui::page::accounts::{AddOutput, PlexInput, PlexLogin, SourcesDialog};
use spool_engine::model::{Account, AccountState, SourceKind};
use spool_engine::secret::{Memory, SecretStore};
use spool_engine::{Config, Dirs, Engine};
use testkit::{Connection, FakeServer, Identity, Options, PlexSetup, Tls};

/// A window over an engine without accounts, a server, and a plex.tv that lists it.
struct Stage {
    services: Services,
    window: adw::Window,
    server: FakeServer,
    tv: FakeServer,
    login: Launched<PlexLogin>,
    _profile: tempfile::TempDir,
}

impl Stage {
    fn open(secrets: Option<Arc<dyn SecretStore>>, width: i32, height: i32) -> Self {
        let server = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(&server)];
        Self::at(server, ways, secrets, (width, height))
    }

    /// With a server that is reached in these ways.
    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn at(
        server: FakeServer,
        ways: Vec<Connection>,
        secrets: Option<Arc<dyn SecretStore>>,
        (width, height): (i32, i32),
    ) -> Self {
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
        let tv = FakeServer::start(Options::default());
        tv.plex_tv().offer(&server, true, ways);
        services
            .engine
            .accounts
            .set_plex_tv(&tv.address().parse().unwrap());
        let window = adw::Window::builder()
            .default_width(width)
            .default_height(height)
            .build();
        window.set_content(Some(&adw::Bin::new()));
        window.present();
        let login = launch::<PlexLogin>(&services);
        let stage = Self {
            services,
            window,
            server,
            tv,
            login,
            _profile: profile,
        };
        stage.begin();
        stage
    }

    fn with_keyring() -> Self {
        Self::open(Some(Arc::new(Memory::default())), 700, 700)
    }

    fn begin(&self) {
        self.login.page.emit(PlexInput::Begin);
        self.dialog().present(Some(&self.window));
    }

    fn dialog(&self) -> &adw::Dialog {
        self.login.page.widget()
    }

    /// Waits for a code, and does what a person does with it at plex.tv.
    fn confirm(&self) {
        let link = self.shown::<gtk::Label>("code");
        until("a code", || link.is_mapped() && !link.text().is_empty());
        assert!(
            self.tv.plex_tv().link(&link.text()),
            "the code is plex.tv's"
        );
    }

    /// The widget of that name, once there is one.
    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn shown<W: IsA<gtk::Widget>>(&self, name: &str) -> W {
        let find = || {
            walk(self.dialog())
                .into_iter()
                .find(|widget| widget.widget_name() == name)
        };
        until(name, || find().is_some());
        find().and_downcast().unwrap()
    }

    fn press(&self, row: &str) {
        let row = self.shown::<adw::ActionRow>(row);
        until("the row is on the screen", || row.is_mapped());
        ActionRowExt::activate(&row);
    }

    fn says(&self, sentence: &str) {
        until(sentence, || says(self.dialog(), sentence));
    }

    /// The account that the parent was told of, and that the dialog is closed.
    #[expect(clippy::panic, reason = "what is not there fails the test")]
    fn added(&self) -> Account {
        until("the account is added", || {
            !self.login.outputs.borrow().is_empty()
        });
        until("the dialog closes", || !self.dialog().is_mapped());
        match self.login.outputs.borrow().as_slice() {
            [AddOutput::Added(account)] => account.clone(),
            others => panic!("{} answers", others.len()),
        }
    }

    /// Writes what the window shows as a picture, where a person asks for it.
    fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("SPOOL_PICTURES") else {
            return;
        };
        for _ in 0..40 {
            gtk::glib::MainContext::default().iteration(false);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let paintable = gtk::WidgetPaintable::new(Some(&self.window));
        let snapshot = gtk::Snapshot::new();
        let (width, height) = (self.window.width(), self.window.height());
        paintable.snapshot(&snapshot, f64::from(width), f64::from(height));
        let (Some(node), Some(renderer)) = (snapshot.to_node(), self.window.renderer()) else {
            return;
        };
        let file = std::path::Path::new(&folder).join(format!("{name}-{width}.png"));
        renderer.render_texture(node, None).save_to_png(file).ok();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.services.engine.shutdown_blocking();
    }
}

#[test]
fn somebody_alone_needs_nothing_but_the_code() {
    let stage = Stage::with_keyring();
    stage.tv.plex_tv().live_alone();
    stage.says("Waiting for you to confirm");
    stage.confirm();
    let account = stage.added();
    assert_eq!(
        (account.kind, account.user.as_str()),
        (SourceKind::Plex, "Ada")
    );
    assert_eq!(account.name, stage.server.plex().name());
}

#[test]
fn a_user_of_the_home_types_a_pin() {
    let stage = Stage::with_keyring();
    stage.confirm();
    stage.press("user-Ben");
    let pin = stage.shown::<adw::PasswordEntryRow>("pin");
    until("the PIN is asked for", || pin.is_mapped());
    assert_eq!(pin.title(), "PIN of Ben");
    pin.set_text("1111");
    stage.shown::<gtk::Button>("pin-next").emit_clicked();
    stage.says("Wrong PIN");
    pin.set_text("2468");
    stage.shown::<gtk::Button>("pin-next").emit_clicked();
    assert_eq!(stage.added().user, "Ben");
}

#[test]
fn of_several_servers_one_is_chosen() {
    let stage = Stage::with_keyring();
    let shed = FakeServer::start(Options {
        plex: PlexSetup {
            machine_id: "5hed".into(),
            name: "Shed".into(),
            ..PlexSetup::default()
        },
        ..Options::default()
    });
    stage
        .tv
        .plex_tv()
        .offer(&shed, true, vec![Connection::plain(&shed)]);
    stage.confirm();
    stage.press("user-Cleo");
    stage.press("server-Shed");
    let account = stage.added();
    assert_eq!(
        (account.user.as_str(), account.name.as_str()),
        ("Cleo", "Shed")
    );
}

/// A server behind a certificate that it made itself, at an address of its owner's own.
fn house() -> (FakeServer, Vec<Connection>) {
    let server = FakeServer::start(Options {
        tls: Some(Tls::new(Identity::self_signed())),
        ..Options::default()
    });
    let own = Connection {
        uri: format!("https://127.0.0.1:{}", server.port()),
        ..Connection::plain(&server).remote()
    };
    (server, vec![own])
}

/// The fingerprint that a page shows, once it shows another one than this.
fn fingerprint_after(dialog: &impl IsA<gtk::Widget>, former: &str) -> String {
    let mut shown = String::new();
    until("a fingerprint", || {
        let rows = walk(dialog).into_iter();
        let mut rows = rows.filter(|row| row.is_mapped() && row.widget_name() == "fingerprint");
        let row = rows.find_map(|row| row.downcast::<adw::ActionRow>().ok());
        shown = row
            .and_then(|row| row.subtitle())
            .unwrap_or_default()
            .into();
        !shown.is_empty() && shown != former
    });
    shown
}

#[test]
fn a_certificate_of_the_house_is_shown_and_accepted_and_so_is_the_next() {
    let (server, ways) = house();
    let stage = Stage::at(server, ways, Some(Arc::new(Memory::default())), (700, 700));
    stage.confirm();
    stage.press("user-Ada");
    stage.says("The server vouches for itself");
    let first = fingerprint_after(stage.dialog(), "");
    assert!(
        stage.server.requests().is_empty(),
        "nothing was asked before"
    );
    stage.picture("certificate");

    // Another one takes its place while the person looks: it is shown, and not taken for the one that was looked at.
    stage.server.set_tls(Tls::new(Identity::self_signed()));
    stage.shown::<gtk::Button>("accept").emit_clicked();
    stage.says("The server’s certificate has changed");
    let second = fingerprint_after(stage.dialog(), &first);
    assert!(
        stage.server.requests().is_empty(),
        "nothing was asked before"
    );
    stage.shown::<gtk::Button>("accept").emit_clicked();
    let account = stage.added();
    assert!(account.fingerprint.is_some());
    the_list_leads_to_the_next(stage, &account, &second);
}

/// The account is there, and its server shows another certificate: the list of sources leads to it.
fn the_list_leads_to_the_next(mut stage: Stage, account: &Account, second: &str) {
    stage.server.stop();
    stage.server.set_tls(Tls::new(Identity::self_signed()));
    stage.server.start_again();
    let asked = stage.server.requests().len();
    let accounts = stage.services.engine.accounts.clone();
    let check = accounts.clone();
    until("it is refused", || {
        let asked = check.clone();
        wait(async move { asked.check(None).await });
        accounts.list()[0].refused().is_some()
    });
    assert_eq!(stage.server.requests().len(), asked, "nothing was asked");
    let sources = launch::<SourcesDialog>(&stage.services);
    let dialog = sources.page.widget();
    dialog.present(Some(&stage.window));
    let review = || button(dialog, "Review the Certificate");
    until("a way to look at it", || review().is_some());
    if let Some(button) = review() {
        button.emit_clicked();
    }
    let third = fingerprint_after(dialog, "");
    assert_ne!(third, second);
    assert_eq!(accounts.list()[0].fingerprint, account.fingerprint);
    let accept = || button(dialog, "Accept This Certificate");
    until("the button", || accept().is_some());
    if let Some(button) = accept() {
        button.emit_clicked();
    }
    until("it is accepted", || {
        let now = accounts.list()[0].clone();
        now.state == AccountState::Online && now.fingerprint != account.fingerprint
    });
    until("the list is back", || accept().is_none());
}

#[test]
fn who_answers_in_place_of_plex_tv_is_not_believed() {
    let stage = Stage::with_keyring();
    stage.says("Waiting for you to confirm");
    stage.dialog().force_close();
    until("the dialog closes", || !stage.dialog().is_mapped());
    let other = FakeServer::start(Options {
        tls: Some(Tls::new(Identity::self_signed())),
        ..Options::default()
    });
    let accounts = &stage.services.engine.accounts;
    if let Ok(address) = other.address().parse() {
        accounts.set_plex_tv(&address);
    }
    stage.begin();
    stage.says("This is not plex.tv");
    assert!(other.requests().is_empty());
    assert!(button(stage.dialog(), "Accept This Certificate").is_none());
}

#[test]
fn a_code_that_ran_out_is_replaced() {
    let stage = Stage::with_keyring();
    let code = stage.shown::<gtk::Label>("code");
    until("a code", || code.is_mapped());
    let first = code.text();
    stage.tv.plex_tv().expire_codes();
    stage.says("The code has run out");
    stage.shown::<gtk::Button>("again").emit_clicked();
    until("another code", || code.is_mapped() && code.text() != first);
    stage.tv.plex_tv().live_alone();
    stage.confirm();
    stage.added();
}

#[test]
fn plex_tv_out_of_reach_is_said_and_tried_again() {
    let mut stage = Stage::with_keyring();
    stage.says("Waiting for you to confirm");
    stage.dialog().force_close();
    until("the dialog closes", || !stage.dialog().is_mapped());
    stage.tv.stop();
    stage.begin();
    stage.says("The server cannot be reached");
    stage.tv.start_again();
    stage.shown::<gtk::Button>("again").emit_clicked();
    stage.tv.plex_tv().live_alone();
    stage.confirm();
    stage.added();
}

#[test]
fn a_server_that_is_off_is_said_where_it_was_chosen() {
    let mut stage = Stage::with_keyring();
    stage.server.stop();
    stage.confirm();
    stage.press("user-Ada");
    stage.says("The server cannot be reached");
    stage.server.start_again();
    // A lost race is not run again at once; the person is not that quick either.
    stage.press("user-Ada");
    assert_eq!(stage.added().user, "Ada");
}

#[test]
fn without_a_keyring_the_person_chooses_where_to_keep_the_sign_in() {
    let stage = Stage::open(None, 700, 700);
    stage.tv.plex_tv().live_alone();
    stage.confirm();
    stage.says("Keep Until Spool Closes");
    stage.press("keep-session");
    stage.added();
}

#[test]
fn a_closed_dialog_asks_no_more() {
    let stage = Stage::with_keyring();
    let code = stage.shown::<gtk::Label>("code");
    until("a code", || code.is_mapped());
    stage.dialog().force_close();
    until("the dialog closes", || !stage.dialog().is_mapped());
    assert!(stage.tv.plex_tv().link(&code.text()));
    stage.begin();
    until("a new code", || {
        code.is_mapped() && stage.tv.plex_tv().codes().len() == 4 && says(stage.dialog(), "Waiting")
    });
    assert!(
        stage.login.outputs.borrow().is_empty(),
        "{:?}",
        texts(stage.dialog())
    );
}

#[test]
fn it_fits_a_phone_and_a_desk() {
    for (width, height) in [(360, 640), (900, 700)] {
        let stage = Stage::open(Some(Arc::new(Memory::default())), width, height);
        stage.says("Waiting for you to confirm");
        stage.picture("link");
        let open = stage.shown::<gtk::Button>("open-browser");
        assert!(open.is_mapped() && open.width() > 0);
        assert!(
            stage.dialog().width() <= width,
            "nothing is wider than the window"
        );
        stage.confirm();
        stage.press("user-Ben");
        stage.picture("pin");
    }
}
