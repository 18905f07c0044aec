//! What a page shows instead of its content while that loads, when there is none, and when it failed.
//!
//! **Owns** the delay before a spinner: quick answers never flash one. **Does not know** what a recovery does: the page is
//! told that its button was pressed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gtk::glib;
use spool_engine::recovery::Recovery;

use crate::i18n::gettext;
use crate::user_message::UserMessage;

/// How long an answer may take before a spinner says that something goes on.
const PATIENCE: Duration = Duration::from_millis(150);

/// A page that has nothing to show, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Empty {
    /// Name of a symbolic icon.
    pub icon: &'static str,
    /// A few words.
    pub title: String,
    /// What can be done about it; may be empty.
    pub detail: String,
    /// Label of a button, with mnemonic; none when there is nothing to press.
    pub action: Option<String>,
}

/// What a page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its content is on its way.
    Loading,
    /// There is none.
    Empty(Empty),
    /// It cannot be had.
    Failed(UserMessage),
    /// Its content.
    Content,
}

/// What the button of a status stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusAction {
    /// The button of [`Empty`].
    Empty,
    /// The button of a failure.
    Recover(Recovery),
}

type OnAction = Box<dyn Fn(StatusAction)>;

/// The content of a page or what stands in for it.
#[derive(Clone)]
pub struct StatusView {
    /// The outermost widget.
    pub root: gtk::Stack,
    page: adw::StatusPage,
    button: gtk::Button,
    action: Rc<RefCell<Option<StatusAction>>>,
    on_action: Rc<RefCell<Option<OnAction>>>,
    patience: Rc<RefCell<Option<glib::SourceId>>>,
}

impl std::fmt::Debug for StatusView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.root.visible_child_name();
        f.debug_struct("StatusView")
            .field("shown", &shown)
            .finish_non_exhaustive()
    }
}

impl StatusView {
    /// A view of this content, which says [`Status::Loading`] until it is told otherwise.
    #[must_use]
    pub fn new(content: &impl IsA<gtk::Widget>) -> Self {
        let button = gtk::Button::builder()
            .use_underline(true)
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        let page = adw::StatusPage::builder()
            .child(&button)
            .vexpand(true)
            .build();
        let spinner = adw::Spinner::builder()
            .width_request(32)
            .height_request(32)
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Center)
            .build();
        spinner.set_tooltip_text(Some(&gettext("Loading")));
        let root = gtk::Stack::builder()
            .transition_type(gtk::StackTransitionType::Crossfade)
            .transition_duration(120)
            .vexpand(true)
            .build();
        root.add_named(&gtk::Box::default(), Some("blank"));
        root.add_named(&spinner, Some("loading"));
        root.add_named(&page, Some("status"));
        root.add_named(content, Some("content"));
        let view = Self {
            root,
            page,
            button,
            action: Rc::default(),
            on_action: Rc::default(),
            patience: Rc::default(),
        };
        view.watch_button();
        view.set(Status::Loading);
        view
    }

    /// Says who is told that the button was pressed.
    pub fn connect_action(&self, on_action: impl Fn(StatusAction) + 'static) {
        self.on_action.replace(Some(Box::new(on_action)));
    }

    /// Shows a status.
    pub fn set(&self, status: Status) {
        if let Some(patience) = self.patience.take() {
            patience.remove();
        }
        match status {
            Status::Loading => self.wait(),
            Status::Content => self.root.set_visible_child_name("content"),
            Status::Empty(empty) => {
                let action = empty.action.map(|label| (label, StatusAction::Empty));
                self.say(empty.icon, &empty.title, &empty.detail, action);
            }
            Status::Failed(message) => {
                let label = message.action();
                let action = label.map(|label| (label, StatusAction::Recover(message.recovery)));
                self.say(
                    "dialog-warning-symbolic",
                    &message.title,
                    &message.detail,
                    action,
                );
            }
        }
    }

    /// The heading that is shown now; `None` while it is content or a spinner.
    #[must_use]
    pub fn heading(&self) -> Option<String> {
        let shown = self.root.visible_child_name()?;
        (shown == "status").then(|| self.page.title().into())
    }

    /// The button, for tests: it acts as a click does.
    pub fn press(&self) {
        self.button.emit_clicked();
    }

    fn wait(&self) {
        self.root.set_visible_child_name("blank");
        let (root, patience) = (self.root.downgrade(), self.patience.clone());
        let source = glib::timeout_add_local_once(PATIENCE, move || {
            patience.take();
            if let Some(root) = root.upgrade() {
                root.set_visible_child_name("loading");
            }
        });
        self.patience.replace(Some(source));
    }

    fn say(&self, icon: &str, title: &str, detail: &str, action: Option<(String, StatusAction)>) {
        self.page.set_icon_name(Some(icon));
        // Both take markup; titles and names of people's servers are text.
        self.page.set_title(&glib::markup_escape_text(title));
        self.page
            .set_description(Some(&glib::markup_escape_text(detail)));
        self.button.set_visible(action.is_some());
        let (label, action) = action.unzip();
        self.button.set_label(&label.unwrap_or_default());
        self.action.replace(action);
        self.root.set_visible_child_name("status");
    }

    fn watch_button(&self) {
        let (action, on_action) = (self.action.clone(), self.on_action.clone());
        self.button.connect_clicked(move |_| {
            let action = action.borrow().clone();
            if let (Some(action), Some(on_action)) = (action, on_action.borrow().as_ref()) {
                on_action(action);
            }
        });
    }
}
