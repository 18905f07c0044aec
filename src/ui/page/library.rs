//! The grid of one library. (Placeholder; owner: browse.)

use crate::services::Services;
use crate::user_message::UserMessage;
use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::model::{ItemId, LibraryId};

/// What the parent asks of it.
#[derive(Debug)]
pub enum LibraryInput {
    /// Shows this library, from its beginning or where it was left.
    Show(LibraryId),
    /// Puts the keyboard into the search field.
    FocusSearch,
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum LibraryOutput {
    /// Show the title's page.
    OpenDetails(ItemId),
    /// Play the title from where it was left.
    Play(ItemId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// The page.
#[derive(Debug)]
pub struct LibraryPage {}

impl Component for LibraryPage {
    type Init = Services;
    type Input = LibraryInput;
    type Output = LibraryOutput;
    type CommandOutput = ();
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::new(&adw::ToolbarView::new(), "Library")
    }

    fn init(
        _services: Self::Init,
        root: Self::Root,
        _sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&adw::StatusPage::builder().title("Library").build()));
        root.set_child(Some(&view));
        ComponentParts {
            model: Self {},
            widgets: (),
        }
    }
}
