//! The lines of the sidebar as widgets.

use adw::prelude::*;
use gtk::accessible::Property;
use relm4::prelude::*;
use spool_engine::model::{Account, AccountState};

use super::entry::{Entry, icon};
use super::{Sidebar, SidebarInput};
use crate::i18n::{gettext, gettext_f};
use crate::ui::{connection, format};

/// The widget of a line.
pub(super) fn build(entry: &Entry, sender: &ComponentSender<Sidebar>) -> gtk::ListBoxRow {
    match entry {
        Entry::Home => place("go-home-symbolic", &gettext("Home")),
        Entry::Search => place("system-search-symbolic", &gettext("Search")),
        Entry::Library(library) => place(icon(library.kind), &library.title),
        Entry::Collections(_) => place("view-list-symbolic", &gettext("Collections")),
        Entry::Source(account) => source(account, sender),
    }
}

fn place(icon: &str, title: &str) -> gtk::ListBoxRow {
    let line = gtk::Box::builder().spacing(12).build();
    let image = gtk::Image::builder()
        .icon_name(icon)
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    line.append(&image);
    line.append(&label(title));
    let row = gtk::ListBoxRow::builder().child(&line).build();
    row.update_property(&[Property::Label(title)]);
    row
}

fn label(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .tooltip_text(text)
        .xalign(0.0)
        .hexpand(true)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .build()
}

/// The heading of a source: its name and the dot of its connection, which lead to all that can be done with it, and a
/// button where somebody has to act.
fn source(account: &Account, sender: &ComponentSender<Sidebar>) -> gtk::ListBoxRow {
    let heading = gtk::Box::builder().spacing(8).build();
    let name = label(&account.name);
    name.add_css_class("caption-heading");
    let about = format::facts([account.user.clone(), account.address.clone()]);
    name.set_tooltip_text(Some(&about));
    heading.append(&name);
    let (class, words) = (connection::class(account), connection::words(account));
    let dot = gtk::Box::builder()
        .accessible_role(gtk::AccessibleRole::Img)
        .css_classes(["connection-dot", class])
        .tooltip_text(&words)
        .valign(gtk::Align::Center)
        .build();
    dot.update_property(&[Property::Label(&words)]);
    heading.append(&dot);
    // Translators: a source and the state of its connection, for screen readers.
    let spoken = gettext_f(
        "{source}: {state}",
        &[("source", &account.name), ("state", &words)],
    );
    let button = gtk::Button::builder()
        .child(&heading)
        .hexpand(true)
        .css_classes(["flat", "heading"])
        .build();
    button.update_property(&[Property::Label(&spoken)]);
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(SidebarInput::HeadingPressed));
    let line = gtk::Box::builder()
        .spacing(4)
        .css_classes(["source-heading"])
        .build();
    line.append(&button);
    if let Some(button) = way_out(account, sender) {
        line.append(&button);
    }
    gtk::ListBoxRow::builder()
        .child(&line)
        .activatable(false)
        .selectable(false)
        .focusable(false)
        .css_classes(["source-row"])
        .build()
}

/// The button where the person has to do something before the source is there again.
fn way_out(account: &Account, sender: &ComponentSender<Sidebar>) -> Option<gtk::Button> {
    let id = account.id.clone();
    let (label, pressed) = match (&account.state, account.refused()) {
        (AccountState::SignInNeeded, _) => (
            gettext("_Sign In"),
            SidebarInput::SourcePressed as fn(_) -> _,
        ),
        (_, Some(_)) => (
            gettext("_Review"),
            SidebarInput::ReviewPressed as fn(_) -> _,
        ),
        _ => return None,
    };
    let button = gtk::Button::builder()
        .label(label)
        .use_underline(true)
        .valign(gtk::Align::Center)
        .css_classes(["caption", "pill-small"])
        .build();
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(pressed(id.clone())));
    Some(button)
}
