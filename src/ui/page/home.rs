//! Rows of what was begun, what is here and what is new.

use crate::services::Services;
use crate::user_message::UserMessage;
use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::model::ItemId;

/// What the parent asks of it.
#[derive(Debug)]
pub enum HomeInput {
    /// Shows what there is now.
    Show,
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum HomeOutput {
    /// Play the title from where it was left.
    Play(ItemId),
    /// Show the title's page.
    OpenDetails(ItemId),
    /// Add a source.
    AddSource,
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// The page.
#[derive(Debug)]
pub struct HomePage {}

impl Component for HomePage {
    type Init = Services;
    type Input = HomeInput;
    type Output = HomeOutput;
    type CommandOutput = ();
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::new(&adw::ToolbarView::new(), "Home")
    }

    fn init(
        _services: Self::Init,
        root: Self::Root,
        _sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&adw::StatusPage::builder().title("Home").build()));
        root.set_child(Some(&view));
        ComponentParts {
            model: Self {},
            widgets: (),
        }
    }
}
