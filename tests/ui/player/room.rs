//! The player page in a window of its own, over a real engine, for the tests of the page.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    dead_code,
    reason = "test code shared by several tests: each uses a part of it, and what cannot go on fails with a sentence"
)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::glib::translate::IntoGlib;
use gtk::{gdk, glib};
use relm4::prelude::*;
use spool::services::Services;
use spool::settings::Settings;
use spool::ui::page::player::seek_bar::SeekBar;
use spool::ui::page::{Begin, PlayerInput, PlayerOutput, PlayerPage};
use spool_engine::model::{Item, ItemId, Kind, Query};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::stamp::{self, Stamp};
use testkit::{FakeServer, Options};

/// The longest that anything may take on a busy two-core machine; what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The page, and what stands around it.
pub(crate) struct Room {
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    page: Option<Controller<PlayerPage>>,
    pub(crate) outputs: Rc<RefCell<Vec<PlayerOutput>>>,
    window: adw::Window,
    _profile: tempfile::TempDir,
}

impl Room {
    /// Opens the window. One for each process: GTK belongs to one thread.
    pub(crate) fn open() -> Self {
        spool_player::init().expect("GStreamer is complete");
        adw::init().expect("there is a display");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let engine = Engine::start(Config {
            dirs: Dirs::profile(profile.path()),
            device_name: "test".to_owned(),
            prober: spool::services::prober(),
            cache_limit: None,
            secrets: Some(std::sync::Arc::new(Memory::default())),
        })
        .expect("the engine starts");
        let settings = Settings::in_memory();
        let services = Services {
            engine: engine.clone(),
            settings: settings.clone(),
        };
        let outputs: Rc<RefCell<Vec<PlayerOutput>>> = Rc::default();
        let told = outputs.clone();
        let page = PlayerPage::builder()
            .launch(services)
            .connect_receiver(move |_, output| told.borrow_mut().push(output));
        let view = adw::NavigationView::new();
        view.add(page.widget());
        let window = adw::Window::builder()
            .default_width(960)
            .default_height(600)
            .content(&view)
            .build();
        window.present();
        Self {
            engine,
            settings,
            page: Some(page),
            outputs,
            window,
            _profile: profile,
        }
    }

    /// Runs an engine's future to its end, while the window lives on.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (done, answer) = std::sync::mpsc::channel();
        relm4::spawn(async move { done.send(future.await) });
        self.until("an answer of the engine", || answer.try_recv().ok())
    }

    fn page(&self) -> &Controller<PlayerPage> {
        self.page.as_ref().expect("it goes last")
    }

    /// Asks the page, as its parent does.
    pub(crate) fn ask(&self, input: PlayerInput) {
        self.page().emit(input);
    }

    /// Lets the window live until `look` finds something.
    ///
    /// # Panics
    /// It does not come in [`PATIENCE`].
    pub(crate) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let context = glib::MainContext::default();
        let end = Instant::now() + PATIENCE;
        // Wakes the loop now and then, for what changes without an event.
        let pulse =
            glib::timeout_add_local(Duration::from_millis(20), || glib::ControlFlow::Continue);
        let found = loop {
            if let Some(found) = look() {
                break found;
            }
            assert!(
                Instant::now() < end,
                "{what} did not come; the page: {}",
                self.describe()
            );
            context.iteration(true);
        };
        pulse.remove();
        found
    }

    fn describe(&self) -> String {
        let names = ["position", "duration"].map(|name| self.find::<gtk::Label>(name).label());
        format!("{names:?}, outputs {:?}", self.outputs.borrow())
    }

    /// Signs in to the server of the test kit.
    pub(crate) fn sign_in(&self, server: &FakeServer) {
        let (accounts, address) = (self.engine.accounts.clone(), server.address());
        let options = Options::default();
        self.run(async move {
            let found = accounts.find_jellyfin(&address).await?;
            let password = Secret::new(options.password);
            accounts
                .sign_in_jellyfin(&found, &options.user, &password, Keep::Session)
                .await
        })
        .expect("the server lets us in");
    }

    /// Where the database says that a title was left, once it says anything.
    pub(crate) fn saved(&self, item: &ItemId) -> Duration {
        loop {
            let (library, id) = (self.engine.library.clone(), item.clone());
            let mut changes = library.revision();
            let known = self
                .run(async move { library.item(&id).await })
                .expect("the title is known");
            if !known.progress.position.is_zero() {
                return known.progress.position;
            }
            self.run(async move { tokio::time::timeout(PATIENCE, changes.changed()).await })
                .expect("the position is saved")
                .expect("the engine lives");
        }
    }

    /// The title of that name, once the library has it.
    pub(crate) fn title(&self, kind: Kind, title: &'static str) -> Item {
        let library = self.engine.library.clone();
        let query = Query {
            kinds: vec![kind],
            ..Query::default()
        };
        loop {
            let (library, query) = (library.clone(), query.clone());
            let mut changes = library.revision();
            let page = self
                .run(async move { library.page(query).await })
                .expect("the library answers");
            if let Some(item) = page.items.into_iter().find(|item| item.title == title) {
                return item;
            }
            self.run(async move { tokio::time::timeout(PATIENCE, changes.changed()).await })
                .expect("the library comes to know the title")
                .expect("the engine lives");
        }
    }

    /// Opens a title and waits for its first frame.
    pub(crate) fn play(&self, item: &ItemId) {
        self.ask(PlayerInput::Open {
            item: item.clone(),
            begin: Begin::WhereLeft,
        });
        self.until("the first frame", || self.picture());
    }

    /// The widget of that name and type.
    ///
    /// # Panics
    /// There is none.
    pub(crate) fn find<W: IsA<gtk::Widget>>(&self, name: &str) -> W {
        find(self.page().widget().upcast_ref(), name)
            .unwrap_or_else(|| panic!("there is no {name}"))
    }

    pub(crate) fn seek_bar(&self) -> SeekBar {
        self.find("seek-bar")
    }

    /// Presses a key as the window would hand it to the page.
    pub(crate) fn press(&self, key: gdk::Key) {
        let controllers = self.page().widget().observe_controllers();
        let keys = (0..controllers.n_items()).filter_map(|index| {
            controllers
                .item(index)
                .and_downcast::<gtk::EventControllerKey>()
        });
        for controller in keys {
            let none = gdk::ModifierType::empty();
            let _: bool =
                controller.emit_by_name("key-pressed", &[&key.into_glib(), &0_u32, &none]);
        }
    }

    /// What the picture on the page is of, if there is one.
    pub(crate) fn picture(&self) -> Option<Stamp> {
        let paintable = self.find::<gtk::Picture>("video").paintable()?;
        let (width, height) = (paintable.intrinsic_width(), paintable.intrinsic_height());
        if width <= 0 || height <= 0 {
            return None;
        }
        let snapshot = gtk::Snapshot::new();
        paintable.snapshot(&snapshot, f64::from(width), f64::from(height));
        let renderer = self.window.renderer()?;
        let texture = renderer.render_texture(snapshot.to_node()?, None);
        let mut download = gdk::TextureDownloader::new(&texture);
        download.set_format(gdk::MemoryFormat::R8g8b8a8);
        let (pixels, stride) = download.download_bytes();
        stamp::read(u32::try_from(height).ok()?, |x, y| {
            let pixel = &pixels[y as usize * stride + x as usize * 4..][..3];
            (pixel.iter().map(|channel| u16::from(*channel)).sum::<u16>() / 3) as u8
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // The page shuts down in the loop, once nobody holds it.
        self.page = None;
        let context = glib::MainContext::default();
        while context.iteration(false) {}
        self.engine.shutdown_blocking();
    }
}

fn find<W: IsA<gtk::Widget>>(from: &gtk::Widget, name: &str) -> Option<W> {
    if from.widget_name() == name
        && let Some(found) = from.downcast_ref::<W>()
    {
        return Some(found.clone());
    }
    let mut child = from.first_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget, name) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}
