//! The dialog that makes the demo library: how far it is, a way out, and what stood in the way.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adw::prelude::*;
use gtk::glib;
use relm4::prelude::*;
use spool_engine::accounts::AccountError;
use spool_engine::model::Account;

use super::AddOutput;
use crate::demo::{self, DemoError};
use crate::i18n::gettext;
use crate::services::Services;
use crate::user_message::UserMessage;

/// What it is told.
#[derive(Debug)]
pub enum DemoInput {
    /// Begins, also once more.
    Begin,
    /// The dialog was closed: what was begun is given up.
    Closed,
}

/// What was done, with the number of the attempt.
#[derive(Debug)]
pub enum DemoDone {
    /// This share of the work.
    Share(u64, f64),
    /// All of it, or why not.
    Made(u64, Result<(), DemoError>),
    /// It is a source, or why not.
    Added(u64, Result<Account, AccountError>),
}

/// The dialog.
#[derive(Debug)]
pub struct DemoDialog {
    services: Services,
    attempt: u64,
    /// Whether what is under way is still wanted.
    wanted: Arc<AtomicBool>,
    share: f64,
    failure: Option<UserMessage>,
    finished: bool,
}

/// Its widgets.
#[derive(Debug)]
pub struct DemoWidgets {
    dialog: adw::Dialog,
    status: adw::StatusPage,
    bar: gtk::ProgressBar,
    cancel: gtk::Button,
    again: gtk::Button,
}

impl Component for DemoDialog {
    type Init = Services;
    type Input = DemoInput;
    type Output = AddOutput;
    type CommandOutput = DemoDone;
    type Root = adw::Dialog;
    type Widgets = DemoWidgets;

    fn init_root() -> Self::Root {
        adw::Dialog::builder()
            .title(gettext("Demo Library"))
            .content_width(400)
            .content_height(420)
            .build()
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let widgets = build(&root, &sender);
        let model = Self {
            services,
            attempt: 0,
            wanted: Arc::default(),
            share: 0.0,
            failure: None,
            finished: false,
        };
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: DemoInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            DemoInput::Begin => self.begin(&sender),
            DemoInput::Closed => {
                self.give_up();
                self.finished = false;
            }
        }
    }

    fn update_cmd(&mut self, done: DemoDone, sender: ComponentSender<Self>, _root: &Self::Root) {
        match done {
            // Threads tell of their work in any order.
            DemoDone::Share(now, share) if now == self.attempt => {
                self.share = self.share.max(share);
            }
            DemoDone::Made(now, Ok(())) if now == self.attempt => self.add(&sender),
            DemoDone::Made(now, Ok(())) => {
                // It was whole just when it was given up.
                let folder = self.making(now);
                relm4::spawn_blocking(move || demo::discard(&folder));
            }
            DemoDone::Made(now, Err(error)) if now == self.attempt => {
                self.failure = Some(UserMessage::from(&error));
            }
            DemoDone::Added(now, Ok(account)) => {
                self.finished = now == self.attempt;
                // The parent outlives its dialogs.
                sender.output(AddOutput::Added(account)).ok();
            }
            DemoDone::Added(now, Err(error)) if now == self.attempt => {
                self.failure = Some(UserMessage::from(&error));
            }
            _ => {}
        }
    }

    fn update_view(&self, widgets: &mut DemoWidgets, _sender: ComponentSender<Self>) {
        let failed = self.failure.as_ref();
        let (icon, title, detail) = match failed {
            Some(message) => (
                "dialog-warning-symbolic",
                message.title.clone(),
                message.detail.clone(),
            ),
            None => (
                "applications-graphics-symbolic",
                gettext("Drawing a Small Library"),
                gettext(
                    "A few short films, a show and an album, made on this device. Nothing is fetched.",
                ),
            ),
        };
        widgets.status.set_icon_name(Some(icon));
        widgets.status.set_title(&glib::markup_escape_text(&title));
        let detail = glib::markup_escape_text(&detail);
        widgets.status.set_description(Some(&detail));
        widgets.bar.set_fraction(self.share);
        widgets.bar.set_visible(failed.is_none());
        widgets.cancel.set_visible(failed.is_none());
        widgets.again.set_visible(failed.is_some());
        if self.finished && widgets.dialog.parent().is_some() {
            widgets.dialog.close();
        }
    }
}

impl DemoDialog {
    fn give_up(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.attempt += 1;
    }

    fn begin(&mut self, sender: &ComponentSender<Self>) {
        self.give_up();
        (self.share, self.failure, self.finished) = (0.0, None, false);
        self.wanted = Arc::new(AtomicBool::new(true));
        let (attempt, wanted, folder) = (
            self.attempt,
            Arc::clone(&self.wanted),
            self.making(self.attempt),
        );
        sender.spawn_command(move |out| {
            let go_on = || wanted.load(Ordering::Relaxed);
            let told = |share| out.emit(DemoDone::Share(attempt, share));
            let made = demo::make(&folder, &go_on, &told);
            out.emit(DemoDone::Made(attempt, made));
        });
    }

    /// Where an attempt works: one that was given up may still be tidying its own place.
    fn making(&self, attempt: u64) -> PathBuf {
        let place = self.services.engine.accounts.demo_folder();
        place.with_extension(format!("making-{attempt}"))
    }

    fn add(&self, sender: &ComponentSender<Self>) {
        let (attempt, made) = (self.attempt, self.making(self.attempt));
        let accounts = self.services.engine.accounts.clone();
        sender.oneshot_command(async move {
            // Translators: the name of a source.
            let name = gettext("Demo library");
            DemoDone::Added(attempt, accounts.add_demo(&made, &name).await)
        });
    }
}

impl Drop for DemoDialog {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn build(dialog: &adw::Dialog, sender: &ComponentSender<DemoDialog>) -> DemoWidgets {
    let bar = gtk::ProgressBar::builder()
        .name("share")
        .halign(gtk::Align::Center)
        .width_request(220)
        .build();
    bar.update_property(&[gtk::accessible::Property::Label(&gettext("Progress"))]);
    let button = |name: &str, label: String, class: &str| {
        gtk::Button::builder()
            .label(label)
            .use_underline(true)
            .name(name)
            .halign(gtk::Align::Center)
            .css_classes(["pill", class])
            .build()
    };
    let cancel = button("cancel", gettext("_Cancel"), "regular");
    let again = button("again", gettext("Try _Again"), "suggested-action");
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(24)
        .build();
    column.append(&bar);
    column.append(&cancel);
    column.append(&again);
    let status = adw::StatusPage::builder()
        .css_classes(["compact"])
        .child(&column)
        .build();
    let view = adw::ToolbarView::new();
    view.add_top_bar(&adw::HeaderBar::builder().show_title(false).build());
    view.set_content(Some(&status));
    dialog.set_child(Some(&view));
    let closing = dialog.clone();
    cancel.connect_clicked(move |_| {
        closing.close();
    });
    let input = sender.input_sender().clone();
    again.connect_clicked(move |_| input.emit(DemoInput::Begin));
    let input = sender.input_sender().clone();
    dialog.connect_closed(move |_| input.emit(DemoInput::Closed));
    DemoWidgets {
        dialog: dialog.clone(),
        status,
        bar,
        cancel,
        again,
    }
}
