//! Names and places fixed when the program is built. An installing build sets them in the environment; a plain
//! `cargo build` takes the defaults and finds everything inside the binary.

/// The application's id, also the D-Bus name and the base of every file that is installed.
pub const APP_ID: &str = "io.github.spool_player.Spool";

/// Where resources live inside the binary.
pub const RESOURCE_BASE: &str = "/io/github/spool_player/Spool";

/// The version of this build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The domain of the message catalogs.
pub const GETTEXT_PACKAGE: &str = "spool";

/// Where message catalogs are installed.
pub const LOCALE_DIR: &str = match option_env!("SPOOL_LOCALEDIR") {
    Some(dir) => dir,
    None => "/usr/share/locale",
};
