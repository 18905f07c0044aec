//! The player: picture or cover, controls, keyboard; turns what the player says into what is seen.
//!
//! **Owns** the one [`spool_player::Player`], and the reports of where the playback is. **Does not know** addresses or
//! servers: it asks the engine for a title and gets something to read. **Threads**: the window's. What the player says
//! comes from a thread of its own, as messages.
//!
//! Every title that is opened has a number; an answer with an older one is an answer to a question nobody asks any more.

mod choice;
mod chrome;
mod controls;
mod course;
mod failure;
mod gestures;
mod layers;
mod look;
mod lyrics;
mod opening;
mod pieces;
mod playback;
mod present;
mod report;
pub mod seek_bar;
mod skip;
mod subtitles;
mod tracks_menu;
mod up_next;
mod version;
mod video;
mod view;
mod wish;
mod wishes;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::gdk;
use relm4::prelude::*;
use spool_engine::model::{AccountId, Chapter, Item, ItemId};
use spool_engine::source::Quality;
use spool_player::{Event, Phase, Player};
use tokio::sync::oneshot;

use self::chrome::{Alarm, Chrome};
use self::course::Course;
use self::lyrics::Words;
use self::playback::Playback;
use self::report::{Delivery, Reports};
use self::seek_bar::geometry::Span;
use self::subtitles::Subtitles;
use self::version::Files;
use self::view::View;
use crate::desktop::inhibit::Inhibitor;
use crate::i18n::gettext;
use crate::services::Services;
use crate::settings::Key;
use crate::user_message::UserMessage;

pub use self::chrome::Hold;
pub use self::failure::Failure;
use self::failure::Instead;
pub use self::opening::{Begin, PlayerDone};
pub use self::wish::{Pace, Wish};

/// A start that is quicker than this shows no spinner: it would only flicker.
const SPINNER_AFTER: Duration = Duration::from_millis(150);
/// The longest that closing the window waits for the last position to be saved.
const LAST_REPORT: Duration = Duration::from_millis(400);
/// The longest that it waits for the pipeline to end, which is a matter of milliseconds.
const LAST_FRAME: Duration = Duration::from_millis(600);

/// What it is told: by the parent (the first two), by its widgets, by the player.
#[derive(Debug)]
pub enum PlayerInput {
    /// Opens a title and plays it.
    Open {
        /// Which one.
        item: ItemId,
        /// From where.
        begin: Begin,
    },
    /// Saves the position and unloads; [`PlayerOutput::Closed`] does not follow.
    Close,
    /// The person wants something.
    Wish(Wish),
    /// The player says something.
    Player(Event),
    /// A sign of life: pointer, keyboard.
    Stirred,
    /// A finger tapped the picture.
    Tapped,
    /// Something holds the controls on the screen, or lets go.
    Held(Hold, bool),
    /// It may be time to hide the controls.
    ChromeDue,
    /// The title of this number has taken long enough to show a spinner.
    SpinnerDue(u64),
    /// The window fills the screen, or does not.
    FullscreenChanged(bool),
    /// A second of the countdown of this number has passed.
    Countdown(u64),
    /// The next title is not wanted.
    DeclineNext,
    /// The title of this number is to go to this place, if the person still wants it.
    Depart(u64, Duration),
    /// The pointer is over this place of the seek bar, or nowhere.
    Look(Option<Duration>),
    /// Do what the failure proposes.
    Recover,
    /// Put the failure's details on the clipboard.
    CopyDetails,
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
pub struct PlayerPage {
    services: Services,
    player: Option<Player>,
    /// Nothing ever comes; it closes when the player has torn everything down.
    player_gone: Option<mpsc::Receiver<()>>,
    paintable: Option<gdk::Paintable>,
    generation: u64,
    asked: Option<ItemId>,
    begin: Begin,
    item: Option<Item>,
    loaded: bool,
    playback: Playback,
    course: Course,
    files: Files,
    /// How good playbacks are to be from now on.
    quality: Quality,
    reports: Reports,
    delivery: Option<Delivery>,
    /// Dropping it ends the watch over what is on this device.
    watch: Option<oneshot::Sender<()>>,
    present: Vec<Span>,
    chapters: Vec<Chapter>,
    artwork: Option<gdk::MemoryTexture>,
    words: Words,
    slow: bool,
    failure: Option<Failure>,
    /// What the server has made of the title, or is to make, other than was asked for.
    instead: Instead,
    subtitles: Subtitles,
    next: Option<Item>,
    countdown: Option<u8>,
    chrome: Chrome,
    alarm: Alarm,
    volume: f64,
    muted: bool,
    fullscreen: bool,
    awake: bool,
    inhibitor: Option<Inhibitor>,
}

impl Component for PlayerPage {
    type Init = Services;
    type Input = PlayerInput;
    type Output = PlayerOutput;
    type CommandOutput = PlayerDone;
    type Root = adw::NavigationPage;
    type Widgets = View;

    fn init_root() -> Self::Root {
        adw::NavigationPage::builder()
            .tag("player")
            .title(gettext("Player"))
            .build()
    }

    fn init(
        services: Self::Init,
        root: Self::Root,
        sender: ComponentSender<Self>,
    ) -> ComponentParts<Self> {
        let view = View::new(&root, sender.input_sender());
        gestures::connect(&root, &view, sender.input_sender());
        let model = Self::new(services);
        view.show(&model);
        ComponentParts {
            model,
            widgets: view,
        }
    }

    fn update(&mut self, message: PlayerInput, sender: ComponentSender<Self>, root: &Self::Root) {
        let now = Instant::now();
        match message {
            PlayerInput::Open { item, begin } => self.open(item, begin, &sender),
            PlayerInput::Close => self.close(),
            PlayerInput::Wish(wish) => self.grant(wish, &sender),
            PlayerInput::Player(event) => self.hear(&event, &sender),
            PlayerInput::Stirred => self.chrome.stir(now),
            PlayerInput::Tapped => self.chrome.tap(now),
            PlayerInput::Held(hold, held) => self.chrome.hold(hold, held, now),
            PlayerInput::ChromeDue => self.chrome_due(now),
            PlayerInput::SpinnerDue(generation) => self.slow |= generation == self.generation,
            PlayerInput::FullscreenChanged(fullscreen) => self.fullscreen = fullscreen,
            PlayerInput::Countdown(generation) => self.count_down(generation, &sender),
            PlayerInput::DeclineNext => self.decline_next(&sender),
            PlayerInput::Depart(generation, target) => self.departed(generation, target, &sender),
            PlayerInput::Look(place) => self.look_at(place, &sender),
            PlayerInput::Recover => self.recover(&sender),
            PlayerInput::CopyDetails => self.copy_details(root),
        }
        self.settle(&sender, root);
    }

    fn update_cmd(
        &mut self,
        message: PlayerDone,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        self.done(message, &sender);
        self.settle(&sender, root);
    }

    fn update_view(&self, view: &mut View, _sender: ComponentSender<Self>) {
        view.show(self);
    }

    fn shutdown(&mut self, _view: &mut View, _output: relm4::Sender<PlayerOutput>) {
        let delivery = self.end();
        self.player = None;
        if let Some(delivery) = delivery {
            delivery.finish_blocking(LAST_REPORT);
        }
        if let Some(gone) = self.player_gone.take() {
            // Closed is what is waited for; later than this, the program ends all the same.
            gone.recv_timeout(LAST_FRAME).ok();
        }
    }
}

impl PlayerPage {
    fn new(services: Services) -> Self {
        let settings = &services.settings;
        let (volume, muted) = (settings.get(Key::Volume), settings.get(Key::Muted));
        let words = Words::new(settings.get(Key::Lyrics));
        Self {
            services,
            player: None,
            player_gone: None,
            paintable: None,
            generation: 0,
            asked: None,
            begin: Begin::default(),
            item: None,
            loaded: false,
            playback: Playback::default(),
            course: Course::default(),
            files: Files::default(),
            quality: Quality::default(),
            reports: Reports::default(),
            delivery: None,
            watch: None,
            present: Vec::new(),
            chapters: Vec::new(),
            artwork: None,
            words,
            slow: false,
            failure: None,
            instead: Instead::default(),
            subtitles: Subtitles::default(),
            next: None,
            countdown: None,
            chrome: Chrome::new(Instant::now()),
            alarm: Alarm::default(),
            volume,
            muted,
            fullscreen: false,
            awake: false,
            inhibitor: None,
        }
    }

    /// Whether there is nothing to look at but a cover.
    fn is_music(&self) -> bool {
        let without_picture = self.playback.has_begun() && !self.playback.tracks().video;
        self.item.as_ref().is_some_and(|item| !item.kind.is_video()) || without_picture
    }

    /// Whether all of the file is on this device.
    fn is_here(&self) -> bool {
        matches!(self.present.as_slice(), [all] if all.start <= 0.0 && all.end >= 1.0)
    }

    /// Whether the spinner turns: the start takes long, or bytes are missing.
    fn spins(&self) -> bool {
        let starting = self.asked.is_some() && !self.playback.has_begun();
        (starting && self.slow) || self.playback.buffering().is_some()
    }

    /// Whether the controls have no reason to go.
    fn is_still(&self) -> bool {
        !self.playback.is_running() || self.is_music() || self.failure.is_some()
    }

    /// What follows from every message: the controls' timer, the session's sleep.
    fn settle(&mut self, sender: &ComponentSender<Self>, root: &adw::NavigationPage) {
        self.chrome
            .hold(Hold::Still, self.is_still(), Instant::now());
        let input = sender.input_sender().clone();
        self.alarm.arm(self.chrome.due(), move || {
            input.emit(PlayerInput::ChromeDue)
        });
        let awake = self.playback.is_running() && !self.is_music();
        if std::mem::replace(&mut self.awake, awake) != awake {
            let window = root.root().and_downcast::<gtk::Window>();
            let reason = gettext("A film is playing");
            self.inhibitor = window
                .filter(|_| awake)
                .and_then(|window| Inhibitor::new(&window, &reason));
        }
    }

    fn chrome_due(&mut self, now: Instant) {
        self.alarm.rang();
        self.chrome.pass(now);
    }

    /// Takes in what the player says.
    fn hear(&mut self, event: &Event, sender: &ComponentSender<Self>) {
        if !self.loaded {
            // Said of a title that is not wanted any more.
            return;
        }
        self.playback.hear(event);
        let (position, now) = (self.playback.position(), Instant::now());
        match event {
            Event::FirstFrame => self.begun(sender),
            Event::Position(_) => self.report(|reports| reports.pass(position, now)),
            Event::SeekDone(_) => self.report_change(),
            Event::Phase(Phase::Ended) => self.ended(sender),
            Event::Failed(error) => self.failed(error, sender),
            Event::Lacks(lack) if self.convert_for(lack, sender) => {}
            Event::Lacks(lack) => {
                tracing::warn!(?lack, "a part of the file cannot be decoded");
                // The parent may be gone when the program ends.
                sender.output(PlayerOutput::Failed(lack.into())).ok();
            }
            Event::Chapters(chapters) if self.are_chapters(chapters) => {
                self.chapters.clone_from(chapters);
            }
            Event::Elsewhere(place) => self.open_at(*place, sender),
            Event::Tracks(_) => self.note_streams(),
            Event::Phase(_) | Event::Duration(_) | Event::Chapters(_) => {}
        }
    }

    fn begun(&mut self, sender: &ComponentSender<Self>) {
        tracing::info!(title = self.heading().0, "first frame");
        self.instead.because = None;
        let position = self.playback.position();
        self.report(|reports| reports.begin(position, Instant::now()));
        self.ask_next(sender);
    }

    fn report(&mut self, rule: impl FnOnce(&mut Reports) -> Option<report::Report>) {
        if let (Some(report), Some(delivery)) = (rule(&mut self.reports), &self.delivery) {
            delivery.send(report);
        }
    }

    fn report_change(&mut self) {
        let (position, paused) = (self.playback.position(), !self.playback.is_wanted());
        self.report(|reports| reports.change(position, paused, Instant::now()));
    }

    fn leave(&mut self, sender: &ComponentSender<Self>) {
        self.close();
        // The parent may be gone when the program ends.
        sender.output(PlayerOutput::Fullscreen(false)).ok();
        sender.output(PlayerOutput::Closed).ok();
    }
}
