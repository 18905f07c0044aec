//! The root component: the window, the start of the engine, and the routing of every page's requests.

pub mod route;

use adw::prelude::*;
use relm4::prelude::*;

use crate::{config, i18n, logging};

/// The root component.
#[derive(Debug)]
pub struct App {}

impl SimpleComponent for App {
    type Init = ();
    type Input = ();
    type Output = ();
    type Root = adw::ApplicationWindow;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::ApplicationWindow::builder()
            .title("Spool")
            .default_width(1100)
            .default_height(760)
            .build()
    }

    fn init((): (), root: Self::Root, _sender: ComponentSender<Self>) -> ComponentParts<Self> {
        root.set_content(Some(&adw::StatusPage::builder().title("Spool").build()));
        ComponentParts {
            model: Self {},
            widgets: (),
        }
    }
}

/// Starts the program and returns when its last window is closed.
pub fn run() -> std::process::ExitCode {
    logging::init();
    i18n::init();
    let application = adw::Application::builder()
        .application_id(config::APP_ID)
        .resource_base_path(config::RESOURCE_BASE)
        .build();
    RelmApp::from_app(application)
        .with_args(Vec::new())
        .run::<App>(());
    std::process::ExitCode::SUCCESS
}
