//! The player. (Placeholder; owner: video.)

use crate::services::Services;
use crate::user_message::UserMessage;
use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::model::{AccountId, ItemId};

/// What the parent asks of it.
#[derive(Debug)]
pub enum PlayerInput {
    /// Opens a title and plays it.
    Open {
        /// Which one.
        item: ItemId,
        /// From its beginning rather than where it was left.
        from_start: bool,
    },
    /// Saves the position and unloads; [`PlayerOutput::Closed`] does not follow.
    Close,
}

/// What it asks of the parent.
#[derive(Debug)]
pub enum PlayerOutput {
    /// The person left the page: take it off the screen.
    Closed,
    /// The window is to be full screen, or not.
    Fullscreen(bool),
    /// The window's title: what is playing.
    Title(String),
    /// Sign in again to this account.
    SignIn(AccountId),
    /// Something failed in the background: say so in a toast.
    Failed(UserMessage),
}

/// The page.
#[derive(Debug)]
pub struct PlayerPage {}

impl Component for PlayerPage {
    type Init = Services;
    type Input = PlayerInput;
    type Output = PlayerOutput;
    type CommandOutput = ();
    type Root = adw::NavigationPage;
    type Widgets = ();

    fn init_root() -> Self::Root {
        adw::NavigationPage::new(&adw::ToolbarView::new(), "Player")
    }

    fn init(
        _services: Self::Init,
        root: Self::Root,
        _sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&adw::StatusPage::builder().title("Player").build()));
        root.set_child(Some(&view));
        ComponentParts {
            model: Self {},
            widgets: (),
        }
    }
}
