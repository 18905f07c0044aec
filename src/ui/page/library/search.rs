//! The search field, the keyboard's way from it to the titles, and the way out when it finds none.

use gtk::prelude::*;
use relm4::prelude::*;

use super::{LibraryPage, LibraryPageWidgets};
use crate::ui::widget::Status;
use crate::ui::widget::status::StatusAction;

impl LibraryPage {
    /// Does what the page without titles offers.
    pub(super) fn action_pressed(
        &mut self,
        action: &StatusAction,
        widgets: &LibraryPageWidgets,
        sender: &ComponentSender<Self>,
    ) {
        match action {
            StatusAction::Empty if !self.words.is_empty() => {
                widgets.search_entry.set_text("");
                widgets.search_bar.set_search_mode(false);
            }
            StatusAction::Empty => self.filters.set_view(&self.view().whole()),
            StatusAction::Recover(_) => {
                self.status.set(Status::Loading);
                self.list(sender);
            }
        }
    }

    pub(super) fn searched(&mut self, words: String, sender: &ComponentSender<Self>) {
        if self.words != words {
            self.words = words;
            self.start_over(sender);
        }
    }

    /// Goes from the field to the titles, as soon as they are those that were searched for.
    pub(super) fn titles_wanted(
        &mut self,
        widgets: &LibraryPageWidgets,
        sender: &ComponentSender<Self>,
    ) {
        // The field waits a moment for more letters before it says what was typed.
        self.searched(widgets.search_entry.text().into(), sender);
        self.focus_due = true;
        self.focus_titles();
    }

    /// Gives the titles the keyboard, if somebody waits for that and the latest answer is there.
    pub(super) fn focus_titles(&mut self) {
        let is_due = self.focus_due && self.answered == self.generation;
        if is_due && !self.grid.is_empty() {
            self.grid.focus(0);
        }
        self.focus_due &= !is_due;
    }
}

/// Opens the field and gives it the keyboard.
pub(super) fn focus(widgets: &LibraryPageWidgets) {
    widgets.search_bar.set_search_mode(true);
    widgets.search_entry.grab_focus();
}
