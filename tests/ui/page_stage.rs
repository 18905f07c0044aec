//! A page under test: a window, a real engine on a throw-away profile, and the kit's server, signed in and mirrored.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each test program uses a part of it; what cannot go on fails the test"
)]

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool::services::Services;
use spool::settings::Settings;
use spool_engine::model::{Item, ItemId, Kind, Library, Query};
use spool_engine::secret::{Keep, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::{Catalogue, FakeServer, Options};

/// A test that waits longer than this for what must come has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a page stands on.
pub struct PageStage {
    pub services: Services,
    pub server: FakeServer,
    _profile: tempfile::TempDir,
}

impl PageStage {
    /// Starts a server with these titles and an engine that has signed in to it and mirrored it.
    pub fn new(catalogue: Catalogue) -> Self {
        adw::init().expect("a display");
        let server = FakeServer::start(Options {
            catalogue,
            ..Options::default()
        });
        let profile = tempfile::tempdir().unwrap();
        let engine = Engine::start(Config {
            dirs: Dirs::profile(profile.path()),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: Some(1 << 30),
            secrets: None,
        })
        .unwrap();
        wait(sign_in(&engine, &server));
        Self {
            services: Services {
                engine,
                settings: Settings::in_memory(),
            },
            server,
            _profile: profile,
        }
    }

    /// The library of that name.
    pub fn library(&self, title: &str) -> Library {
        let all = wait(self.services.engine.library.libraries()).unwrap();
        let found = all.into_iter().find(|library| library.title == title);
        found.unwrap_or_else(|| panic!("no library {title}"))
    }

    /// The title of that name and kind.
    pub fn item(&self, kind: Kind, title: &str) -> Item {
        let query = Query {
            kinds: vec![kind],
            text: Some(title.to_owned()),
            ..Query::default()
        };
        let page = wait(self.services.engine.library.page(query)).unwrap();
        let found = page.items.into_iter().find(|item| item.title == title);
        found.unwrap_or_else(|| panic!("no {kind:?} {title}"))
    }

    /// Reads bytes of a title from its beginning, so that they are on this device.
    pub fn fetch(&self, item: &ItemId, bytes: usize) {
        let playable = wait(self.services.engine.playback.open(item)).unwrap();
        wait(playable.reader.read_at(0, bytes)).unwrap();
    }
}

impl Drop for PageStage {
    fn drop(&mut self) {
        self.services.engine.shutdown_blocking();
    }
}

async fn sign_in(engine: &Engine, server: &FakeServer) {
    let found = engine
        .accounts
        .find_jellyfin(&server.address())
        .await
        .unwrap();
    let (user, password) = (server.jellyfin().user(), server.jellyfin().password());
    let password = Secret::new(password);
    let account = engine
        .accounts
        .sign_in_jellyfin(&found, user, &password, Keep::Session)
        .await
        .unwrap();
    for synced in engine.library.sync(Some(account.id)).await {
        synced.result.unwrap();
    }
}

/// Waits for a future while the window lives on.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    glib::MainContext::default().block_on(future)
}

/// Lets the window live until something holds; fails with `what` when it never does.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    let context = glib::MainContext::default();
    // Wakes the loop also when nothing happens.
    let pulse = glib::timeout_add_local(Duration::from_millis(10), || glib::ControlFlow::Continue);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        context.iteration(true);
    }
    pulse.remove();
}

/// Shows a page in a window of this size.
pub fn window(page: &adw::NavigationPage, width: i32, height: i32) -> adw::Window {
    let view = adw::NavigationView::new();
    view.add(page);
    let window = adw::Window::builder()
        .default_width(width)
        .default_height(height)
        .content(&view)
        .build();
    window.present();
    let mapped = page.clone();
    until("the page is on the screen", move || mapped.is_mapped());
    window
}

/// A page and what it asked of its parent.
pub struct Launched<C: Component> {
    pub page: Controller<C>,
    pub outputs: Rc<RefCell<Vec<C::Output>>>,
}

/// Launches a page as the program does.
pub fn launch<C>(services: &Services) -> Launched<C>
where
    C: Component<Init = Services>,
    C::Output: 'static,
{
    let outputs = Rc::new(RefCell::new(Vec::new()));
    let heard = outputs.clone();
    let page = C::builder()
        .launch(services.clone())
        .connect_receiver(move |_, output| heard.borrow_mut().push(output));
    Launched { page, outputs }
}

/// All widgets below one, itself first, in the order of their places.
pub fn walk(widget: &impl IsA<gtk::Widget>) -> Vec<gtk::Widget> {
    let mut all = vec![widget.clone().upcast::<gtk::Widget>()];
    let mut child = widget.as_ref().first_child();
    while let Some(widget) = child {
        all.extend(walk(&widget));
        child = widget.next_sibling();
    }
    all
}

/// Texts of all labels that are on the screen.
pub fn texts(widget: &impl IsA<gtk::Widget>) -> Vec<String> {
    let labels = walk(widget).into_iter().filter(gtk::Widget::is_mapped);
    let labels = labels.filter_map(|widget| widget.downcast::<gtk::Label>().ok());
    labels.map(|label| label.text().into()).collect()
}

/// Whether a label on the screen says this.
pub fn says(widget: &impl IsA<gtk::Widget>, text: &str) -> bool {
    texts(widget).iter().any(|found| found.contains(text))
}

/// The button on the screen that has this text in it, or this tooltip.
pub fn button(widget: &impl IsA<gtk::Widget>, text: &str) -> Option<gtk::Button> {
    let buttons = walk(widget).into_iter().filter(gtk::Widget::is_mapped);
    let mut buttons = buttons.filter_map(|widget| widget.downcast::<gtk::Button>().ok());
    buttons.find(|button| button.tooltip_text().as_deref() == Some(text) || says(button, text))
}
