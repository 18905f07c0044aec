//! The first page and what it leads to, over a real engine: servers of this network, and the demo library.

mod page_stage;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use adw::prelude::*;
use page_stage::{button, launch, says, until, wait, walk, window};
use relm4::prelude::*;
use spool::services::Services;
use spool::settings::Settings;
use spool::ui::page::accounts::{AddOutput, DemoDialog, DemoInput};
use spool::ui::page::{WelcomeOutput, WelcomePage};
use spool_engine::secret::{Memory, SecretStore};
use spool_engine::source::Lan;
use spool_engine::{Config, Dirs, Engine};
use testkit::{Beacon, FakeServer, Options};

/// An engine without accounts.
struct Stage {
    services: Services,
    profile: tempfile::TempDir,
}

impl Stage {
    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn new() -> Self {
        adw::init().unwrap();
        assert!(spool::services::prepare_player().is_empty());
        let profile = tempfile::tempdir().unwrap();
        let secrets: Arc<dyn SecretStore> = Arc::new(Memory::default());
        let engine = Engine::start(Config {
            dirs: Dirs::profile(profile.path()),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: Some(1 << 30),
            secrets: Some(secrets),
        });
        let services = Services {
            engine: engine.unwrap(),
            settings: Settings::in_memory(),
        };
        Self { services, profile }
    }

    /// Names in the profile's data folder that the demo library has.
    fn traces(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.profile.path().join("data"));
        let names = entries.into_iter().flatten().flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("demo")).collect()
    }

    /// The dialog, begun, in a window.
    fn making(&self) -> (page_stage::Launched<DemoDialog>, adw::Window) {
        let window = adw::Window::builder()
            .default_width(700)
            .default_height(700)
            .content(&adw::Bin::new())
            .build();
        window.present();
        let demo = launch::<DemoDialog>(&self.services);
        demo.page.emit(DemoInput::Begin);
        demo.page.widget().present(Some(&window));
        let dialog = demo.page.widget().clone();
        until("the dialog", || says(&dialog, "Drawing a Small Library"));
        (demo, window)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.services.engine.shutdown_blocking();
    }
}

/// The row of that name, once it is on the screen.
#[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
fn row(root: &impl IsA<gtk::Widget>, name: &str) -> adw::ActionRow {
    let find = || {
        let mut all = walk(root).into_iter().filter(gtk::Widget::is_mapped);
        all.find(|widget| widget.widget_name() == name)
    };
    until(name, || find().is_some());
    find().and_downcast().unwrap()
}

#[test]
fn servers_of_this_network_appear_by_themselves() {
    let stage = Stage::new();
    let server = FakeServer::start(Options::default());
    let beacon = Beacon::of(&server);
    let accounts = &stage.services.engine.accounts;
    accounts.set_lan(Lan::StandIn(beacon.address()));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let outputs = Rc::clone(&heard);
    let page = WelcomePage::builder()
        .launch((stage.services.clone(), Vec::new()))
        .connect_receiver(move |_, output| outputs.borrow_mut().push(output));
    let shown = window(page.widget(), 700, 700);
    let row = row(&shown, "nearby-Attic");
    let address = server.address();
    assert!(says(&row, &format!("Jellyfin at {address}")));
    ActionRowExt::activate(&row);
    until("it leads to the sign-in", || {
        *heard.borrow() == [WelcomeOutput::SignInAt(address.clone())]
    });
}

#[test]
fn the_demo_library_is_made_and_goes_without_a_trace() {
    let stage = Stage::new();
    let (demo, _window) = stage.making();
    until("it is a source", || !demo.outputs.borrow().is_empty());
    until("the dialog closes", || !demo.page.widget().is_mapped());
    let AddOutput::Added(account) = demo.outputs.borrow_mut().remove(0);
    let engine = stage.services.engine.clone();
    assert_eq!(account.name, "Demo library");
    assert!(engine.accounts.is_demo(&account));
    assert_eq!(stage.traces(), ["demo"]);
    let id = account.id.clone();
    for synced in wait(engine.library.sync(Some(id))) {
        synced.result.unwrap();
    }
    let mut libraries: Vec<String> = wait(engine.library.libraries())
        .unwrap()
        .into_iter()
        .map(|library| library.title)
        .collect();
    libraries.sort();
    assert_eq!(libraries.len(), 3, "{libraries:?}");
    wait(engine.accounts.remove(&account.id)).unwrap();
    assert!(stage.traces().is_empty());
}

#[test]
fn a_demo_library_that_is_cancelled_leaves_nothing() {
    let stage = Stage::new();
    let (demo, _window) = stage.making();
    let dialog = demo.page.widget();
    until("work has begun", || !stage.traces().is_empty());
    if let Some(cancel) = button(dialog, "Cancel") {
        cancel.emit_clicked();
    }
    until("the dialog closes", || !dialog.is_mapped());
    until("nothing is left", || stage.traces().is_empty());
    assert!(demo.outputs.borrow().is_empty());
    assert!(stage.services.engine.accounts.list().is_empty());
}
