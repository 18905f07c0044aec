//! Sources: the list of them, signing in to a server, adding a folder.

mod certificate;
mod code;
pub mod demo;
pub mod failure;
pub mod home_users;
pub mod jellyfin_login;
pub mod list;
pub mod local_folder;
mod next;
mod pin;
pub mod plex_link;

pub use demo::{DemoDialog, DemoInput};
pub use home_users::{UserSwitch, UsersInput, UsersOutput};
pub use jellyfin_login::{JellyfinLogin, LoginInput};
pub use list::{SourcesDialog, SourcesInput, SourcesOutput};
pub use local_folder::{FolderInput, LocalFolder};
pub use plex_link::{PlexInput, PlexLogin};

use spool_engine::model::Account;

/// What the dialogs that add a source tell the parent.
#[derive(Debug)]
pub enum AddOutput {
    /// This source was added, or is signed in again.
    Added(Account),
}
