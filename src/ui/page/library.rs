//! The grid of one library.
//!
//! **Owns** what is asked of the library: order, filter and words, and which answer is the current one. **Does not know**
//! how cards are drawn, nor what follows from a choice: it emits outputs. Launched once and shown for any library.

mod ask;
mod filter_bar;
mod message;
mod remembered;
mod search;
mod view;

use adw::prelude::*;
use gtk::{gdk, glib};
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{FacetValues, Library, LibraryId};

use crate::i18n::gettext;
use crate::services::Services;
use crate::ui::page::choice;
use crate::ui::page::feed::{PresenceChange, feed};
use crate::ui::widget::status::StatusView;
use crate::ui::widget::{PosterGrid, Status};
use crate::user_message::UserMessage;
pub use message::{LibraryDone, LibraryInput, LibraryOutput};

use filter_bar::FilterBar;
use remembered::Views;
use view::View;

/// The page.
#[derive(Debug)]
pub struct LibraryPage {
    services: Services,
    grid: PosterGrid,
    status: StatusView,
    filters: FilterBar,
    /// Which library is shown, and what is known of it.
    id: Option<LibraryId>,
    library: Option<Library>,
    /// Titles that fit the view, when known.
    total: Option<u64>,
    views: Views,
    words: String,
    generation: u64,
    /// The latest question that has an answer.
    answered: u64,
    /// The keyboard goes to the titles as soon as the answer is there.
    focus_due: bool,
    /// The content changed while the page was not on the screen.
    is_stale: bool,
    /// Order, filter or words changed since the last question.
    is_new_question: bool,
}

#[allow(missing_docs, reason = "the macro makes the struct of widgets")]
#[relm4::component(pub)]
impl Component for LibraryPage {
    type Init = Services;
    type Input = LibraryInput;
    type Output = LibraryOutput;
    type CommandOutput = LibraryDone;

    view! {
        #[root]
        #[name(page)]
        adw::NavigationPage {
            #[watch]
            set_title: &model.title(),
            connect_map => LibraryInput::Mapped,

            #[wrap(Some)]
            set_child = &adw::ToolbarView {
                add_top_bar = &adw::HeaderBar {
                    #[wrap(Some)]
                    set_title_widget = &adw::WindowTitle {
                        #[watch]
                        set_title: &model.title(),
                        #[watch]
                        set_subtitle: &model.subtitle(),
                    },
                    pack_end = &model.filters.menu.clone(),
                    #[name(search_button)]
                    pack_end = &gtk::ToggleButton {
                        set_icon_name: "system-search-symbolic",
                        set_tooltip_text: Some(&gettext("Search in This Library")),
                    },
                },
                #[name(search_bar)]
                add_top_bar = &gtk::SearchBar {
                    set_key_capture_widget: Some(&page),
                    #[wrap(Some)]
                    #[name(search_entry)]
                    set_child = &gtk::SearchEntry {
                        set_hexpand: true,
                        set_placeholder_text: Some(&gettext("Search in this library")),
                        connect_search_changed[sender] => move |entry| {
                            sender.input(LibraryInput::Searched(entry.text().into()));
                        },
                        connect_activate => LibraryInput::TitlesWanted,
                        add_controller = gtk::EventControllerKey {
                            set_propagation_phase: gtk::PropagationPhase::Capture,
                            connect_key_pressed[sender] => move |_, key, _, _| {
                                if key != gdk::Key::Down && key != gdk::Key::KP_Down {
                                    return glib::Propagation::Proceed;
                                }
                                sender.input(LibraryInput::TitlesWanted);
                                glib::Propagation::Stop
                            },
                        },
                    },
                },
                #[wrap(Some)]
                #[name(bin)]
                set_content = &adw::BreakpointBin {
                    set_width_request: 300,
                    set_height_request: 200,
                    #[wrap(Some)]
                    set_child = &gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        append: &model.filters.row.clone(),
                        append: &model.status.root,
                    },
                },
            },
        }
    }

    fn init(
        services: Services,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let grid = PosterGrid::new(feed(&services), &gettext("Titles"));
        let status = StatusView::new(&grid.root);
        let model = Self {
            filters: FilterBar::new(&root),
            views: Views::of(&services.settings),
            services,
            grid,
            status,
            id: None,
            library: None,
            total: None,
            words: String::new(),
            generation: 0,
            answered: 0,
            focus_due: false,
            is_stale: false,
            is_new_question: true,
        };
        let widgets = view_output!();
        model.connect(&sender);
        ask::watch(&model.services, &sender);
        widgets
            .search_button
            .bind_property("active", &widgets.search_bar, "search-mode-enabled")
            .bidirectional()
            .sync_create()
            .build();
        widgets.search_bar.connect_entry(&widgets.search_entry);
        model.filters.fit(&widgets.bin);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Self::Input,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match input {
            LibraryInput::Show(id) => self.show(id, widgets, &sender),
            LibraryInput::FocusSearch => search::focus(widgets),
            LibraryInput::Chosen(choice, item) => {
                choice::choose(&self.services, choice, &item, &sender, LibraryDone::Chosen);
            }
            LibraryInput::ViewChosen(view) => self.view_chosen(&view, &sender),
            LibraryInput::Searched(words) => self.searched(words, &sender),
            LibraryInput::TitlesWanted => self.titles_wanted(widgets, &sender),
            LibraryInput::ActionPressed(action) => self.action_pressed(&action, widgets, &sender),
            LibraryInput::Mapped => self.mapped(&sender),
        }
        self.update_view(widgets, sender);
    }

    fn update_cmd(&mut self, done: LibraryDone, sender: ComponentSender<Self>, root: &Self::Root) {
        match done {
            LibraryDone::Found(of, found) if of == self.generation => self.found(found, &sender),
            LibraryDone::Listed(of, answer) if of == self.generation => self.listed(of, answer),
            LibraryDone::Offered(of, values) => self.offered(&of, values),
            LibraryDone::Found(..) | LibraryDone::Listed(..) => {}
            LibraryDone::Revised => self.revised(root, &sender),
            LibraryDone::Presence(change) => self.presence_changed(change),
            LibraryDone::Chosen(done) => choice::finish(done, &sender),
        }
    }
}

impl LibraryPage {
    fn title(&self) -> String {
        let title = self.library.as_ref().map(|library| library.title.clone());
        title.unwrap_or_else(|| gettext("Library"))
    }

    fn subtitle(&self) -> String {
        match (&self.library, self.total) {
            (Some(library), Some(total)) => view::count(library.kind, self.view().artists, total),
            _ => String::new(),
        }
    }

    fn view(&self) -> View {
        let known = self.id.as_ref().map(|id| self.views.get(id));
        known.unwrap_or_default()
    }

    fn connect(&self, sender: &ComponentSender<Self>) {
        let input = sender.input_sender().clone();
        self.grid
            .connect_choice(move |choice, item| input.emit(LibraryInput::Chosen(choice, item)));
        let input = sender.input_sender().clone();
        self.filters
            .connect_view(move |view| input.emit(LibraryInput::ViewChosen(view)));
        let input = sender.input_sender().clone();
        self.status
            .connect_action(move |action| input.emit(LibraryInput::ActionPressed(action)));
    }

    fn show(
        &mut self,
        id: LibraryId,
        widgets: &LibraryPageWidgets,
        sender: &ComponentSender<Self>,
    ) {
        if self.id.as_ref() == Some(&id) {
            return;
        }
        self.id = Some(id);
        self.library = None;
        self.total = None;
        self.words.clear();
        widgets.search_entry.set_text("");
        widgets.search_bar.set_search_mode(false);
        self.filters.offer_values(&FacetValues::default());
        self.filters.set_view(&self.view());
        self.grid.show(Vec::new());
        self.grid.scroll_to_top();
        self.status.set(Status::Loading);
        self.find(sender);
    }

    /// Asks what the library is, then what is in it.
    fn find(&mut self, sender: &ComponentSender<Self>) {
        let Some(id) = self.id.clone() else { return };
        self.generation += 1;
        let (generation, library) = (self.generation, self.services.engine.library.clone());
        sender.oneshot_command(async move {
            LibraryDone::Found(generation, ask::find(&library, &id).await)
        });
    }

    fn found(&mut self, found: Result<Library, LibraryError>, sender: &ComponentSender<Self>) {
        match found {
            Ok(library) => {
                self.filters.offer(library.kind);
                self.library = Some(library);
                self.list(sender);
            }
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    /// Asks for the titles; what is shown stays until the answer comes.
    fn list(&mut self, sender: &ComponentSender<Self>) {
        let Some(library) = &self.library else {
            return self.find(sender);
        };
        self.generation += 1;
        self.is_stale = false;
        let query = view::query(library, &self.view(), &self.words);
        let artists = self.view().artists;
        ask::values(&self.services.engine.library, library, artists, sender);
        // Where titles are shown already, half an answer would lose the place among them.
        let first = self.grid.is_empty() || self.is_new_question;
        self.is_new_question = false;
        ask::list(
            &self.services.engine.library,
            query,
            first,
            self.generation,
            sender,
        );
    }

    fn listed(&mut self, question: u64, answer: Result<ask::Answer, LibraryError>) {
        self.answered = question;
        match answer {
            Ok(answer) => {
                self.total = Some(answer.total);
                let is_empty = answer.items.is_empty();
                self.grid.show(answer.items);
                self.status.set(if is_empty {
                    Status::Empty(view::empty(&self.view(), &self.words))
                } else {
                    Status::Content
                });
                self.focus_titles();
            }
            Err(error) => self.status.set(Status::Failed(UserMessage::from(&error))),
        }
    }

    fn offered(&self, of: &LibraryId, values: Result<FacetValues, LibraryError>) {
        match values {
            Ok(values) if self.id.as_ref() == Some(of) => self.filters.offer_values(&values),
            Ok(_) => {}
            // The titles say what is wrong with the database.
            Err(error) => tracing::debug!(%error, "nothing to narrow the library down by"),
        }
    }

    fn view_chosen(&mut self, view: &View, sender: &ComponentSender<Self>) {
        let Some(id) = self.id.clone() else { return };
        if self.view() != *view {
            self.views.set(&id, view);
            self.start_over(sender);
        }
    }

    /// Another question: its answer begins at the top.
    fn start_over(&mut self, sender: &ComponentSender<Self>) {
        self.grid.scroll_to_top();
        self.is_new_question = true;
        self.list(sender);
    }

    fn mapped(&mut self, sender: &ComponentSender<Self>) {
        // Cards that are bound heard of every change; this is for those a lagging receiver missed.
        self.grid.refresh_presence();
        if self.is_stale {
            self.list(sender);
        }
    }

    fn revised(&mut self, root: &adw::NavigationPage, sender: &ComponentSender<Self>) {
        if self.id.is_none() {
            return;
        }
        if root.is_mapped() {
            self.list(sender);
        } else {
            self.is_stale = true;
        }
    }

    /// The grid, for tests.
    #[must_use]
    pub fn grid(&self) -> &PosterGrid {
        &self.grid
    }

    fn presence_changed(&self, change: PresenceChange) {
        let PresenceChange::Of(changes) = change else {
            return self.grid.refresh_presence();
        };
        for (id, presence) in changes {
            self.grid.set_presence(&id, presence);
        }
    }
}
