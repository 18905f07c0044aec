//! Spool, the application: a window over the engine and the player.
//!
//! ```text
//! App (window, toasts, routing)
//! ├─ WelcomePage
//! ├─ Shell (split view, offline banner)
//! │  ├─ Sidebar
//! │  ├─ HomePage
//! │  ├─ LibraryPage
//! │  └─ DetailsPage …
//! └─ PlayerPage
//! ```
//!
//! Pages are given [`services::Services`], talk to the engine themselves, and hand every request that is not their own
//! business to [`app`] as an output. The library's items are public for the tests under `tests/ui`; nobody else uses them.

pub mod app;
pub mod config;
pub mod demo;
pub mod desktop;
pub mod i18n;
pub mod logging;
pub mod services;
pub mod settings;
pub mod ui;
pub mod user_message;

/// Starts the program and returns when its last window is closed.
#[must_use]
pub fn run() -> std::process::ExitCode {
    app::run()
}
