//! The pages. Each is launched once and shown again with an imperative input (`Show`, `Open`); it asks the engine itself
//! and hands every request that is not its own business to the parent as an output.
//!
//! Pages do not import each other. The root of a page is an [`adw::NavigationPage`] whose child is an
//! [`adw::ToolbarView`]: the frame adds the offline banner there, below the page's own header bar.

pub mod accounts;
pub mod choice;
pub mod collections;
pub mod details;
pub mod feed;
pub mod home;
pub mod library;
pub mod listing;
mod merge;
pub mod player;
pub mod preferences;
pub mod search;
pub mod up_next;
pub mod welcome;

pub use choice::CardOutput;
pub use collections::{CollectionsInput, CollectionsOutput, CollectionsPage};
pub use details::{DetailsInput, DetailsOutput, DetailsPage};
pub use home::{HomeInput, HomeOutput, HomePage};
pub use library::{LibraryInput, LibraryOutput, LibraryPage};
pub use listing::{ListInput, ListOutput, ListPage, Listed};
pub use player::{Begin, PlayerInput, PlayerOutput, PlayerPage};
pub use search::{SearchInput, SearchOutput, SearchPage};
pub use welcome::{WelcomeOutput, WelcomePage};
