//! From the command line to the window, and from the last window to a flushed profile.

use std::cell::{Cell, OnceCell};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use gtk::gio;
use gtk::gio::prelude::*;
use gtk::glib;
use relm4::RelmApp;
use spool_engine::{Config, Dirs, Engine, StartError};

use super::{App, actions};
use crate::services::{Playing, prepare_player, prober};
use crate::settings::Settings;
use crate::{config, i18n, logging};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "spool",
    version,
    about = "Watch and listen: Jellyfin servers and local folders"
)]
struct Arguments {
    /// Keep everything under DIR instead of the user's folders
    #[arg(long, value_name = "DIR")]
    profile: Option<PathBuf>,
    /// Wait for the session bus to ask for the window (the D-Bus service file says so)
    #[arg(long, hide = true, conflicts_with = "profile")]
    pub gapplication_service: bool,
}

/// What the window needs to start an engine.
#[derive(Clone)]
pub struct Launch {
    /// Where the profile is.
    pub dirs: Dirs,
    /// What is remembered between runs.
    pub settings: Settings,
    /// Where the running engine is left for [`run`], which shuts it down.
    pub engine: Rc<OnceCell<Engine>>,
}

/// What came of a start: the engine, and whether titles can be played.
pub type Started = (Result<Engine, StartError>, Playing);

impl Launch {
    /// The start itself, to be called on a thread that may block.
    pub fn task(&self) -> impl FnOnce() -> Started + Send + 'static {
        let dirs = self.dirs.clone();
        move || {
            // Looking through GStreamer's plug-ins and opening the database take about as long; neither needs the other.
            let player = std::thread::spawn(prepare_player);
            let engine = Engine::start(Config {
                dirs,
                device_name: gtk::glib::host_name().to_string(),
                prober: prober(),
                cache_limit: None,
                secrets: None,
            });
            (engine, player.join().unwrap_or_default())
        }
    }
}

/// How long the end of the program may take longer than it must.
const TICK: Duration = Duration::from_millis(10);

/// Lets a clock tick before the application's life and after it. relm4 waits for one more event when the application has
/// ended, and none may come: in a second start, which only raises the window of the first, or after a quiet last window.
fn tick_outside_of_life(application: &adw::Application) {
    let tick = || glib::timeout_add_local(TICK, || glib::ControlFlow::Continue);
    let ticking = Rc::new(Cell::new(Some(tick())));
    let stopped = Rc::clone(&ticking);
    application.connect_startup(move |_| {
        if let Some(source) = stopped.take() {
            source.remove();
        }
    });
    application.connect_shutdown(move |_| ticking.set(Some(tick())));
}

/// Starts the program and returns when its last window is closed.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    logging::init();
    i18n::init();
    let dirs = arguments
        .profile
        .as_deref()
        .map_or_else(Dirs::of_user, |folder| Some(Dirs::profile(folder)));
    let Some(dirs) = dirs else {
        tracing::error!("there is no home folder: use --profile");
        return ExitCode::FAILURE;
    };
    if let Err(error) = gio::resources_register_include!("spool.gresource") {
        tracing::warn!(%error, "the embedded resources cannot be used");
    }
    // Two profiles are two programs; without --profile a second start raises the window of the first.
    let flags = match arguments.profile {
        Some(_) => gio::ApplicationFlags::NON_UNIQUE,
        None if arguments.gapplication_service => gio::ApplicationFlags::IS_SERVICE,
        None => gio::ApplicationFlags::default(),
    };
    let application = adw::Application::builder()
        .application_id(config::APP_ID)
        .resource_base_path(config::RESOURCE_BASE)
        .flags(flags)
        .build();
    gtk::glib::set_application_name("Spool");
    let settings = arguments
        .profile
        .as_deref()
        .map_or_else(Settings::of_user, Settings::of_profile);
    let launch = Launch {
        dirs,
        settings,
        engine: Rc::default(),
    };
    let engine = Rc::clone(&launch.engine);
    actions::bind_keys(&application);
    tick_outside_of_life(&application);
    RelmApp::from_app(application)
        .with_args(Vec::new())
        .run::<App>(launch);
    Settings::flush();
    if let Some(engine) = engine.get() {
        engine.shutdown_blocking();
    }
    ExitCode::SUCCESS
}
