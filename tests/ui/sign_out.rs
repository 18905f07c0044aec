//! Signing out in the window: what is kept stays unless the person says otherwise.

mod page_stage;

use adw::prelude::*;
use page_stage::{Launched, PageStage, button, launch, says, texts, until, wait, walk};
use relm4::prelude::*;
use spool::ui::page::accounts::{SourcesDialog, SourcesOutput};
use spool_engine::cache::Class;
use spool_engine::model::{AccountState, Kind, Query};
use testkit::{Blob, Catalogue};

const SIZE: u64 = 1 << 20;

/// A server with two films, one of them kept, and the list of sources on the screen.
struct Stage {
    stage: PageStage,
    window: adw::Window,
    sources: Launched<SourcesDialog>,
}

impl Stage {
    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn new() -> Self {
        let films = Catalogue::default()
            .and_blob("Kept", Blob::pattern(SIZE, 7), 600)
            .and_blob("Other", Blob::pattern(SIZE, 8), 600);
        let stage = PageStage::new(films);
        let kept = stage.item(Kind::Movie, "Kept").id;
        wait(stage.services.engine.playback.download(&kept)).unwrap();
        let is_here = || {
            let entries = wait(stage.services.engine.cache.entries()).unwrap();
            let mut entries = entries.iter();
            entries.any(|entry| entry.class == Class::Kept && entry.ranges.bytes() == SIZE)
        };
        until("the film is kept", is_here);
        let window = adw::Window::builder()
            .default_width(700)
            .default_height(700)
            .build();
        window.set_content(Some(&adw::Bin::new()));
        window.present();
        let sources = launch::<SourcesDialog>(&stage.services);
        sources.page.widget().present(Some(&window));
        Self {
            stage,
            window,
            sources,
        }
    }

    /// Presses the button of the account and waits for the question.
    fn ask(&self, button_name: &str, question: &str) -> adw::AlertDialog {
        let dialog = self.sources.page.widget();
        until(button_name, || button(dialog, button_name).is_some());
        if let Some(button) = button(dialog, button_name) {
            button.emit_clicked();
        }
        until(question, || says(&self.window, question));
        self.question()
    }

    #[expect(clippy::panic, reason = "what is not there fails the test")]
    fn question(&self) -> adw::AlertDialog {
        let mapped = walk(&self.window)
            .into_iter()
            .filter(gtk::Widget::is_mapped);
        let mut dialogs = mapped.filter_map(|widget| widget.downcast::<adw::AlertDialog>().ok());
        let found = dialogs.next();
        found.unwrap_or_else(|| panic!("no question in {:?}", texts(&self.window)))
    }

    fn state(&self) -> Option<AccountState> {
        let accounts = self.stage.services.engine.accounts.list();
        accounts.first().map(|account| account.state.clone())
    }

    #[expect(clippy::unwrap_used, reason = "what cannot go on fails the test")]
    fn titles(&self) -> Vec<String> {
        let page = wait(self.stage.services.engine.library.page(Query::default())).unwrap();
        page.items.into_iter().map(|item| item.title).collect()
    }
}

#[expect(clippy::panic, reason = "what is not there fails the test")]
fn press(dialog: &adw::AlertDialog, name: &str) {
    let button = button(dialog, name).unwrap_or_else(|| panic!("no {name}: {:?}", texts(dialog)));
    button.emit_clicked();
}

#[expect(clippy::panic, reason = "what is not there fails the test")]
fn keep_button(dialog: &adw::AlertDialog) -> gtk::CheckButton {
    let found = walk(dialog)
        .into_iter()
        .find(|widget| widget.widget_name() == "keep-titles");
    found
        .and_downcast()
        .unwrap_or_else(|| panic!("nothing to choose: {:?}", texts(dialog)))
}

#[test]
fn what_is_kept_stays_until_the_source_is_removed() {
    let stage = Stage::new();
    let question = stage.ask("Sign Out", "Sign out of ");
    assert!(says(&question, "Keep 1 title ("), "{:?}", texts(&question));
    assert!(
        keep_button(&question).is_active(),
        "the safe choice is made"
    );
    press(&question, "Sign Out");
    until("it is signed out", || {
        stage.state() == Some(AccountState::SignInNeeded)
    });
    until("the parent is told", || {
        matches!(
            stage.sources.outputs.borrow().as_slice(),
            [SourcesOutput::Removed(_)]
        )
    });
    assert_eq!(stage.titles(), ["Kept"]);

    let question = stage.ask("Remove", "Remove ");
    assert!(says(&question, "also what you kept: 1 title ("));
    press(&question, "Remove");
    until("it is gone", || stage.state().is_none());
    until("nothing is left", || stage.titles().is_empty());
}

#[test]
fn who_wants_nothing_to_stay_says_so() {
    let stage = Stage::new();
    let question = stage.ask("Sign Out", "Sign out of ");
    keep_button(&question).set_active(false);
    press(&question, "Sign Out");
    until("it is gone", || stage.state().is_none());
    until("nothing is left", || stage.titles().is_empty());
}
