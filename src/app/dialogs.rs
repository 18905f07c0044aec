//! What the app itself shows: the page while the engine starts, messages, keys, about.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use adw::prelude::*;
use gtk::glib;
use relm4::Sender;

use super::AppInput;
use super::actions::Action;
use crate::config;
use crate::i18n::gettext;
use crate::user_message::UserMessage;

/// A start that is quicker than this shows no spinner: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(150);

/// The page that is seen until the engine runs, and when it cannot.
pub(super) struct Opening {
    pub(super) page: adw::NavigationPage,
    view: adw::ToolbarView,
    failed: adw::StatusPage,
    patience: Rc<RefCell<Option<glib::SourceId>>>,
}

impl Opening {
    pub(super) fn new(input: &Sender<AppInput>) -> Self {
        let button = gtk::Button::builder()
            .label(gettext("Try _Again"))
            .use_underline(true)
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        let input = input.clone();
        button.connect_clicked(move |_| input.emit(AppInput::Start));
        let failed = adw::StatusPage::builder()
            .icon_name("dialog-warning-symbolic")
            .child(&button)
            .build();
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::builder().show_title(false).build());
        let page = adw::NavigationPage::builder()
            .title("Spool")
            .tag("opening")
            .child(&view)
            .build();
        Self {
            page,
            view,
            failed,
            patience: Rc::default(),
        }
    }

    /// Blank at first, then a spinner.
    pub(super) fn wait(&self) {
        self.settle();
        self.view.set_content(gtk::Widget::NONE);
        let (view, patience) = (self.view.downgrade(), Rc::clone(&self.patience));
        let source = glib::timeout_add_local_once(PATIENCE, move || {
            patience.take();
            let spinner = adw::Spinner::builder()
                .width_request(32)
                .height_request(32)
                .halign(gtk::Align::Center)
                .build();
            if let Some(view) = view.upgrade() {
                view.set_content(Some(&spinner));
            }
        });
        self.patience.replace(Some(source));
    }

    /// Says why there is no engine.
    pub(super) fn fail(&self, message: &UserMessage) {
        self.settle();
        self.failed
            .set_title(&glib::markup_escape_text(&message.title));
        self.failed
            .set_description(Some(&glib::markup_escape_text(&message.detail)));
        self.view.set_content(Some(&self.failed));
    }

    fn settle(&self) {
        if let Some(source) = self.patience.take() {
            source.remove();
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.settle();
    }
}

/// A message with nothing to decide.
pub(super) fn alert(window: &adw::ApplicationWindow, message: &UserMessage) {
    let dialog = adw::AlertDialog::new(Some(&message.title), Some(&message.detail));
    dialog.add_response("close", &gettext("_Close"));
    dialog.set_close_response("close");
    dialog.present(Some(window));
}

/// Who made it, under which licence.
pub(super) fn about(window: &adw::ApplicationWindow) {
    adw::AboutDialog::builder()
        .application_name("Spool")
        .application_icon(config::APP_ID)
        .version(config::VERSION)
        .developer_name(gettext("The Spool contributors"))
        .comments(gettext("Watch and listen to what is on your servers and in your folders. What you started stays with you."))
        .license_type(gtk::License::Gpl30)
        .build()
        .present(Some(window));
}

/// Keys of the player, which has no actions of the window: keys and words.
fn player_keys() -> Vec<(&'static str, String)> {
    vec![
        ("space", gettext("Play or pause")),
        ("Left", gettext("Back 10 seconds")),
        ("Right", gettext("Forward 10 seconds")),
        ("<Shift>Left", gettext("Back a minute")),
        ("<Shift>Right", gettext("Forward a minute")),
        ("j", gettext("Back 30 seconds")),
        ("l", gettext("Forward 30 seconds")),
        ("5", gettext("To the middle; other digits to their tenths")),
        ("n", gettext("Next episode or track")),
        ("Return", gettext("Skip intro or credits")),
        ("Up", gettext("Louder")),
        ("Down", gettext("Quieter")),
        ("m", gettext("Mute")),
        ("c", gettext("Next subtitles, or none")),
        ("v", gettext("Next sound")),
        ("bracketleft", gettext("Slower")),
        ("bracketright", gettext("Faster")),
        ("y", gettext("Lyrics")),
        ("f", gettext("Fill the screen")),
        ("Escape", gettext("Leave the full screen, or the player")),
    ]
}

/// All keys.
pub(super) fn shortcuts(window: &adw::ApplicationWindow) {
    let general = adw::PreferencesGroup::builder()
        .title(gettext("Window"))
        .build();
    for action in Action::ALL {
        if let Some(key) = action.keys().first() {
            general.add(&key_row(&action.words(), key));
        }
    }
    let player = adw::PreferencesGroup::builder()
        .title(gettext("Player"))
        .build();
    for (key, words) in player_keys() {
        player.add(&key_row(&words, key));
    }
    let page = adw::PreferencesPage::new();
    page.add(&general);
    page.add(&player);
    let dialog = adw::PreferencesDialog::builder()
        .title(gettext("Keyboard Shortcuts"))
        .content_width(420)
        .build();
    dialog.add(&page);
    dialog.present(Some(window));
}

fn key_row(words: &str, key: &str) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .title(glib::markup_escape_text(words))
        .build();
    let label =
        gtk::accelerator_parse(key).map(|(key, mods)| gtk::accelerator_get_label(key, mods));
    row.add_suffix(
        &gtk::Label::builder()
            .label(label.unwrap_or_default())
            .valign(gtk::Align::Center)
            .css_classes(["keycap", "caption"])
            .build(),
    );
    row
}
