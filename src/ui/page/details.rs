//! A film, show, season or album. (Placeholder; owner: browse.)

use crate::services::Services;
use crate::user_message::UserMessage;
use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::model::{AccountId, ItemId};

/// What the parent asks of it.
#[derive(Debug)]
pub enum DetailsInput {
    /// Shows this title.
    Show(ItemId),
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum DetailsOutput {
    /// Play the title from where it was left.
    Play(ItemId),
    /// Play the title from its beginning.
    PlayFromStart(ItemId),
    /// Show another title's page above this one.
    OpenDetails(ItemId),
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// The page.
#[derive(Debug)]
pub struct DetailsPage {}

impl Component for DetailsPage {
    type Init = Services;
    type Input = DetailsInput;
    type Output = DetailsOutput;
    type CommandOutput = ();
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::new(&adw::ToolbarView::new(), "Details")
    }

    fn init(
        _services: Self::Init,
        root: Self::Root,
        _sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&adw::StatusPage::builder().title("Details").build()));
        root.set_child(Some(&view));
        ComponentParts {
            model: Self {},
            widgets: (),
        }
    }
}
