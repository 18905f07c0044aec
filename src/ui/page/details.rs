//! The page of a film, show, artist, album or episode.
//!
//! **Owns** which title is shown and which answer about it is the current one. **Does not know** the player: it emits
//! outputs. Launched once and shown for any title; what the database knows is there at once, what only the source knows
//! is added when it comes.

mod act;
mod ask;
mod byline;
mod cast;
mod children;
mod extras;
mod facts;
mod files;
mod hero;
mod load;
mod message;
mod overview;
mod row;
mod strip;
mod versions;
mod works;

use std::time::Duration;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{Account, ItemId};

use crate::i18n::gettext;
use crate::services::Services;
use crate::ui::page::feed::{PresenceChange, feed};
use crate::ui::widget::status::StatusView;
use crate::ui::widget::{Feed, Status};
use crate::user_message::UserMessage;
pub use message::{DetailsDone, DetailsInput, DetailsOutput};

use act::{found, marked, settled};
use cast::Cast;
use children::Children;
use extras::Extras;
use files::Files;
use hero::Hero;
use load::Title;
use works::Works;

/// The page.
#[derive(Debug)]
pub struct DetailsPage {
    services: Services,
    feed: Feed,
    hero: Hero,
    children: Children,
    works: Works,
    cast: Cast,
    extras: Extras,
    status: StatusView,
    scroller: gtk::ScrolledWindow,
    id: Option<ItemId>,
    title: Option<Title>,
    generation: u64,
    is_stale: bool,
    /// What is here of its files.
    files: Files,
    /// The title is kept on this device for good.
    is_kept: bool,
}

#[allow(missing_docs, reason = "the macro makes the struct of widgets")]
#[relm4::component(pub)]
impl Component for DetailsPage {
    type Init = Services;
    type Input = DetailsInput;
    type Output = DetailsOutput;
    type CommandOutput = DetailsDone;

    view! {
        adw::NavigationPage {
            #[watch]
            set_title: &model.page_title(),
            connect_map => DetailsInput::Mapped,

            #[wrap(Some)]
            set_child = &adw::ToolbarView {
                set_extend_content_to_top_edge: true,
                #[name = "header"]
                add_top_bar = &adw::HeaderBar {
                    set_show_title: false,
                },
                set_content: Some(&model.status.root),
            },
        }
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let feed = feed(&services);
        let (hero, extras) = (Hero::new(), Extras::new());
        let children = Children::new(feed.clone());
        let works = Works::new(&feed);
        let cast = Cast::new(feed.clone());
        let below = [
            &extras.overview.root,
            children.root(),
            &works.root,
            &cast.root,
            &extras.root,
        ];
        let scroller = hero.above(&below);
        let bin = adw::BreakpointBin::builder()
            .width_request(300)
            .height_request(200)
            .child(&scroller)
            .build();
        hero.watch_width(&bin, sender.input_sender());
        let model = Self {
            feed,
            hero,
            children,
            works,
            cast,
            extras,
            status: StatusView::new(&bin),
            scroller,
            services,
            id: None,
            title: None,
            generation: 0,
            is_stale: false,
            files: Files::default(),
            is_kept: false,
        };
        let widgets = view_output!();
        model.hero.watch_scrolling(&model.scroller, &widgets.header);
        model.connect(&sender);
        ask::watch(&model.services, &sender);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: DetailsInput, sender: ComponentSender<Self>, _root: &Self::Root) {
        match input {
            DetailsInput::Show(id) => self.show(id, &sender),
            DetailsInput::PlayPressed => self.play_pressed(&sender),
            DetailsInput::ShufflePressed => self.shuffle_pressed(&sender),
            DetailsInput::ArtistChosen(artist) => self.artist_chosen(artist, &sender),
            DetailsInput::FromStartPressed => self.play_from(Duration::ZERO, &sender),
            DetailsInput::ChapterChosen(start) => self.play_from(start, &sender),
            DetailsInput::PersonChosen(person) => self.person_chosen(person, &sender),
            DetailsInput::MarkPressed => self.mark_pressed(&sender),
            DetailsInput::FavouritePressed => self.favourite_pressed(&sender),
            DetailsInput::Rated(points) => self.rated(points, &sender),
            DetailsInput::KeepPressed => self.keep_pressed(&sender),
            DetailsInput::VersionChosen(key) => self.version_chosen(&key, &sender),
            DetailsInput::SignInPressed => self.sign_in_pressed(&sender),
            DetailsInput::Chosen(choice, item) => self.chosen(choice, &item, &sender),
            DetailsInput::ActionPressed(action) => self.action_pressed(action, &sender),
            DetailsInput::Mapped => self.mapped(&sender),
            DetailsInput::Narrowed(is_narrow) => self.children.set_narrow(is_narrow),
        }
    }

    fn update_cmd(&mut self, done: DetailsDone, sender: ComponentSender<Self>, root: &Self::Root) {
        match done {
            DetailsDone::Known(of, known) if of == self.generation => self.known(known, &sender),
            DetailsDone::Complete(of, title) if of == self.generation => {
                self.complete(title, &sender)
            }
            DetailsDone::Entries(of, entries) if of == self.generation => {
                self.files = self.known_files();
                for entry in &entries {
                    self.files.take(entry);
                }
                self.show_files();
            }
            DetailsDone::Known(..) | DetailsDone::Complete(..) | DetailsDone::Entries(..) => {}
            DetailsDone::EntryChanged(entry) => self.entry_changed(&entry),
            DetailsDone::EntriesMissed => self.ask_parts(&sender),
            DetailsDone::Revised => self.revised(root, &sender),
            DetailsDone::Presence(change) => self.presence_changed(&change),
            DetailsDone::Settled(result) => settled(result, &sender),
            DetailsDone::Tracks(tracks) => found(tracks, &sender),
            DetailsDone::Marked(result) => marked(result, &sender),
        }
    }
}

impl DetailsPage {
    fn page_title(&self) -> String {
        let title = self.title.as_ref().map(|title| title.item.title.clone());
        title.unwrap_or_else(|| gettext("Details"))
    }

    fn connect(&self, sender: &ComponentSender<Self>) {
        let buttons = [
            (
                &self.hero.play,
                (|| DetailsInput::PlayPressed) as fn() -> DetailsInput,
            ),
            (&self.hero.shuffle, || DetailsInput::ShufflePressed),
            (&self.hero.from_start, || DetailsInput::FromStartPressed),
            (&self.hero.mark, || DetailsInput::MarkPressed),
            (&self.hero.favourite, || DetailsInput::FavouritePressed),
            (&self.hero.keep, || DetailsInput::KeepPressed),
            (&self.hero.sign_in, || DetailsInput::SignInPressed),
        ];
        for (button, pressed) in buttons {
            let input = sender.input_sender().clone();
            button.connect_clicked(move |_| input.emit(pressed()));
        }
        let input = sender.input_sender().clone();
        self.hero
            .versions
            .connect_chosen(move |key| input.emit(DetailsInput::VersionChosen(key)));
        let input = sender.input_sender().clone();
        self.children
            .connect_choice(move |choice, item| input.emit(DetailsInput::Chosen(choice, item)));
        let input = sender.input_sender().clone();
        self.works.connect_choice(move |choice, item| {
            input.emit(DetailsInput::Chosen(choice, item));
        });
        let input = sender.input_sender().clone();
        self.hero
            .byline
            .connect_artist(move |artist| input.emit(DetailsInput::ArtistChosen(artist)));
        let input = sender.input_sender().clone();
        self.cast
            .connect_person(move |person| input.emit(DetailsInput::PersonChosen(person.into())));
        let input = sender.input_sender().clone();
        self.extras
            .connect_chapter(move |start| input.emit(DetailsInput::ChapterChosen(start)));
        let input = sender.input_sender().clone();
        self.extras
            .connect_rating(move |points| input.emit(DetailsInput::Rated(points)));
        let input = sender.input_sender().clone();
        self.status
            .connect_action(move |action| input.emit(DetailsInput::ActionPressed(action)));
    }

    fn show(&mut self, id: ItemId, sender: &ComponentSender<Self>) {
        if self.id.as_ref() != Some(&id) {
            self.title = None;
            self.children.forget_choice();
            self.hero.set_parts(Vec::new());
            self.hero.set_kept(None);
            self.status.set(Status::Loading);
            self.id = Some(id);
        } else {
            self.hero.play.grab_focus();
        }
        self.ask(sender);
    }

    fn ask(&mut self, sender: &ComponentSender<Self>) {
        let Some(id) = self.id.clone() else { return };
        self.generation += 1;
        self.is_stale = false;
        ask::title(&self.services, id, self.generation, sender);
    }

    fn known(&mut self, known: Result<Title, LibraryError>, sender: &ComponentSender<Self>) {
        match known {
            Ok(mut title) => {
                if let Some(former) = &self.title {
                    title.keep_details_of(former);
                }
                self.show_title(title, sender);
            }
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    fn complete(&mut self, title: Result<Title, LibraryError>, sender: &ComponentSender<Self>) {
        match title {
            Ok(title) => self.show_title(title, sender),
            // What the database knows is shown; the page says what cannot be played and why.
            Err(error) => tracing::info!(%error, "details are not to be had now"),
        }
    }

    fn show_title(&mut self, title: Title, sender: &ComponentSender<Self>) {
        let arrives = self.title.is_none();
        let account = self.account(&title.item.id);
        self.hero.show(&self.feed, &title);
        self.cast.show(&title.people);
        self.extras.show(&title, account.as_ref());
        self.children.set_account(account);
        self.children.show(&title.body, title.season.as_ref());
        self.works.show(&title.body);
        self.title = Some(title);
        self.show_reach();
        self.ask_parts(sender);
        self.status.set(Status::Content);
        if arrives {
            self.scroller.vadjustment().set_value(0.0);
            // Enter plays what was just opened.
            self.hero.play.grab_focus();
        }
    }

    fn account(&self, id: &ItemId) -> Option<Account> {
        let accounts = self.services.engine.accounts.list();
        accounts
            .iter()
            .find(|account| account.id == *id.account())
            .cloned()
    }

    /// Shows how much is here and whether it can be played, now.
    fn show_reach(&self) {
        let Some(title) = &self.title else { return };
        let account = self.account(&title.item.id);
        let library = &self.services.engine.library;
        let presence = library.presence(&title.item.id);
        let next = title.next.as_ref().map(|next| library.presence(&next.id));
        let next = next.unwrap_or_default();
        let is_free = facts::hindrance(account.as_ref(), next).is_none();
        self.extras.set_chapters_sensitive(is_free);
        self.hero.set_reach(title, presence, next, account.as_ref());
        self.children.set_account(account);
    }

    fn mapped(&mut self, sender: &ComponentSender<Self>) {
        self.children.refresh_presence();
        self.works.refresh_presence();
        self.show_reach();
        if self.is_stale {
            self.ask(sender);
        }
    }

    fn revised(&mut self, root: &adw::NavigationPage, sender: &ComponentSender<Self>) {
        let Some(id) = self.id.clone() else { return };
        if root.is_mapped() {
            ask::again(&self.services, id, self.generation, sender);
        } else {
            self.is_stale = true;
        }
    }

    fn presence_changed(&self, change: &PresenceChange) {
        match change {
            PresenceChange::Of(changes) => {
                for (id, presence) in changes {
                    self.children.set_presence(id, *presence);
                    self.works.set_presence(id, *presence);
                }
            }
            PresenceChange::Any => {
                self.children.refresh_presence();
                self.works.refresh_presence();
            }
        }
        self.show_reach();
    }

    /// How many albums are by the artist that is shown, and on how many others the artist appears; for tests.
    #[must_use]
    pub fn albums(&self) -> (usize, usize) {
        self.works.counts()
    }

    /// Label of the button that plays, for tests.
    #[must_use]
    pub fn play_label(&self) -> String {
        self.hero.play_label()
    }
}
