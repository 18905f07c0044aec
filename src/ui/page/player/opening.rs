//! From a title's id to a playback, and back to nothing.

use std::sync::mpsc;
use std::time::Duration;

use gtk::glib;
use relm4::ComponentSender;
use spool_engine::Engine;
use spool_engine::artwork::Picture;
use spool_engine::model::{Item, ItemId, Kind, PartId, SourceKind};
use spool_engine::playback::{Opening, Playable, PlaybackError};
use spool_engine::source::{ExternalSubtitle, Font, LyricLine, PreviewStrip};
use spool_player::{AudioOutput, Load, Player};

use super::choice::Numbers;
use super::course::Course;
use super::failure::Instead;
use super::look::texture;
use super::playback::Playback;
use super::report::{Delivery, Reports};
use super::seek_bar::geometry::Span;
use super::subtitles::{Fetched, Subtitles, at_hand};
use super::version::Files;
use super::{Pace, PlayerInput, PlayerOutput, PlayerPage, SPINNER_AFTER, video};

/// How long the start waits for subtitles that lie beside the file; those that come later are left out.
const SUBTITLES_WITHIN: Duration = Duration::from_millis(700);
/// Width of the picture behind the spinner, in pixels: sharp enough on a large window, quick to decode.
const ARTWORK_WIDTH: u32 = 1280;

/// Where a title begins to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Begin {
    /// Where it was left; else at its beginning.
    #[default]
    WhereLeft,
    /// At this place: the beginning, a chapter.
    At(Duration),
}

/// Answers of the engine; each with the number of the title it is about.
#[derive(Debug)]
pub enum PlayerDone {
    /// What the database knows of the title.
    Known(u64, Option<Box<Item>>),
    /// The title can be played, or not.
    Opened(u64, Box<Result<Opened, PlaybackError>>),
    /// A picture for the time before the first frame.
    Artwork(u64, Option<Picture>),
    /// Which parts are on this device now.
    Present(u64, Vec<Span>),
    /// Which small pictures there are of it; of a film in several files, by the place of the file.
    Strip(u64, usize, Option<Box<PreviewStrip>>),
    /// A sheet of them.
    Sheet(u64, usize, u32, Option<Picture>),
    /// The words of the song.
    Lyrics(u64, Vec<LyricLine>),
    /// The text of a subtitle that was chosen, by its place among those that the player knows.
    Subtitle(u64, usize, Fetched),
    /// Fonts for those with looks of their own.
    Fonts(u64, Vec<Font>),
    /// What plays after it.
    Next(u64, Option<Box<Item>>),
    /// The server's owner has ended it, with these words; or it is over by itself.
    Ended(u64, Option<String>),
    /// Another file of the title is chosen from now on, or not.
    Version(u64, Result<PartId, PlaybackError>),
}

/// Everything for a start.
#[derive(Debug)]
pub struct Opened {
    playable: Playable,
    subtitles: Vec<(ExternalSubtitle, Option<Vec<u8>>)>,
}

impl PlayerPage {
    /// Opens a title: the page shows it at once, the rest follows.
    pub(super) fn open(&mut self, item: ItemId, begin: Begin, sender: &ComponentSender<Self>) {
        self.instead = Instead::default();
        self.subtitles = Subtitles::default();
        self.files = Files::default();
        self.reopen(item, begin, sender);
    }

    /// The same, of the title that plays already: elsewhere, or made by the server.
    pub(super) fn reopen(&mut self, item: ItemId, begin: Begin, sender: &ComponentSender<Self>) {
        self.close();
        tracing::info!(%item, "opening");
        self.asked = Some(item.clone());
        self.begin = begin;
        let speed = self.playback.speed();
        self.playback = Playback::new(Duration::ZERO, None);
        self.playback.pace(Pace::To(speed));
        self.chrome.stir(std::time::Instant::now());
        let (engine, generation) = (self.services.engine.clone(), self.generation);
        let (asked, library) = (item.clone(), engine.library.clone());
        sender.oneshot_command(async move {
            let known = library.item(&asked).await.ok();
            PlayerDone::Known(generation, known.map(Box::new))
        });
        let opening = Opening {
            quality: self.wanted_quality(),
            start: match begin {
                Begin::At(place) => Some(place),
                Begin::WhereLeft => None,
            },
            audio: None,
            drawn: self.subtitles.to_draw(),
            converted: self.instead.converted,
            as_it_is: self.instead.as_it_is,
            anew: self.renews(),
        };
        sender.oneshot_command(async move {
            let opened = prepare(&engine, &item, opening).await;
            PlayerDone::Opened(generation, Box::new(opened))
        });
        let input = sender.input_sender().clone();
        glib::timeout_add_local_once(SPINNER_AFTER, move || {
            input.emit(PlayerInput::SpinnerDue(generation))
        });
        // The sink needs a graphics context; make it while the engine looks for the bytes.
        self.ensure_player(sender);
    }

    fn ensure_player(&mut self, sender: &ComponentSender<Self>) {
        if self.player.is_some() {
            return;
        }
        let screen = video::screen();
        self.paintable = screen.paintable;
        let input = sender.input_sender().clone();
        let (alive, gone) = mpsc::sync_channel(0);
        let player = Player::new(screen.output, AudioOutput::Auto, move |event| {
            // Lives as long as the player's thread: its end is how that is seen.
            let _alive = &alive;
            input.emit(PlayerInput::Player(event));
        });
        self.player_gone = Some(gone);
        player.set_volume(self.volume);
        player.set_muted(self.muted);
        self.player = Some(player);
    }

    /// Takes in an answer of the engine.
    pub(super) fn done(&mut self, done: PlayerDone, sender: &ComponentSender<Self>) {
        match done {
            PlayerDone::Known(generation, Some(item)) if generation == self.generation => {
                self.introduce(*item, sender)
            }
            PlayerDone::Opened(generation, opened) if generation == self.generation => {
                self.opened(*opened, sender)
            }
            PlayerDone::Artwork(generation, Some(picture)) if generation == self.generation => {
                let size = (picture.width, picture.height);
                self.artwork = Some(texture(picture.rgba, size));
            }
            PlayerDone::Present(generation, present) if generation == self.generation => {
                self.present = present
            }
            PlayerDone::Lyrics(generation, lines) if generation == self.generation => {
                self.words.put(lines);
            }
            PlayerDone::Next(generation, next) if generation == self.generation => {
                self.next = next.map(|next| *next)
            }
            PlayerDone::Strip(generation, file, strip) if generation == self.generation => {
                self.strip_known(file, strip, sender);
            }
            PlayerDone::Sheet(generation, file, number, picture)
                if generation == self.generation =>
            {
                self.sheet_came(file, number, picture, sender);
            }
            PlayerDone::Ended(generation, Some(words)) if generation == self.generation => {
                self.ended_by_owner(&words);
            }
            PlayerDone::Fonts(generation, fonts) if generation == self.generation => {
                if let Some(player) = self.player.as_ref().filter(|_| !fonts.is_empty()) {
                    player.supply_fonts(fonts);
                }
            }
            PlayerDone::Subtitle(generation, row, fetched) if generation == self.generation => {
                self.subtitle_fetched(row, fetched, sender);
            }
            PlayerDone::Version(generation, chosen) if generation == self.generation => {
                self.version_chosen(chosen, sender);
            }
            // Nobody asks that any more.
            _ => {}
        }
    }

    /// Shows what is known of the title, once.
    fn introduce(&mut self, item: Item, sender: &ComponentSender<Self>) {
        if self.item.is_some() {
            return;
        }
        let pictures = &item.artwork;
        let image = match item.kind.is_video() {
            true => pictures
                .backdrop
                .clone()
                .or_else(|| pictures.thumb.clone())
                .or_else(|| pictures.poster.clone()),
            false => pictures.poster.clone(),
        };
        if let Some(image) = image {
            let (artwork, generation) = (self.services.engine.artwork.clone(), self.generation);
            sender.oneshot_command(async move {
                PlayerDone::Artwork(generation, artwork.picture(&image, ARTWORK_WIDTH).await)
            });
        }
        self.ask_words(&item, sender);
        // The parent may be gone when the program ends.
        sender.output(PlayerOutput::Title(item.title.clone())).ok();
        self.item = Some(item);
    }

    /// Asks for the words of a song. One without words is an ordinary one: no failure is worth a word.
    fn ask_words(&self, item: &Item, sender: &ComponentSender<Self>) {
        if item.kind != Kind::Track {
            return;
        }
        let (library, generation) = (self.services.engine.library.clone(), self.generation);
        let track = item.id.clone();
        sender.oneshot_command(async move {
            let lines = library.lyrics(&track).await.unwrap_or_default();
            PlayerDone::Lyrics(generation, lines)
        });
    }

    /// Whether a title is not of a folder of this computer.
    pub(super) fn is_remote(&self, item: &Item) -> bool {
        let accounts = self.services.engine.accounts.list();
        let mut accounts = accounts.iter();
        let own = accounts.find(|known| known.id == *item.id.account());
        own.is_some_and(|known| known.kind != SourceKind::Folder)
    }

    fn opened(&mut self, opened: Result<Opened, PlaybackError>, sender: &ComponentSender<Self>) {
        let Opened {
            playable,
            subtitles,
        } = match opened {
            Ok(opened) => opened,
            Err(error) => return self.fail((&error).into(), error.to_string()),
        };
        self.course = Course::of(&playable, self.is_remote(&playable.item));
        self.files = Files::of(&playable.item, &playable.part.id);
        self.tell_instead(&playable, sender);
        let Playable {
            item,
            part,
            reader,
            resume,
            session,
            served,
            drawn,
            ..
        } = playable;
        let numbers = served
            .is_none()
            .then(|| Numbers::of(&part, subtitles.iter().map(|(one, _)| one)));
        self.subtitles.carry(&part, &subtitles);
        let begins = numbers.as_ref().zip(self.subtitles.plays.or(part.chosen));
        let (first, preset) = begins.map_or_else(Default::default, |(it, chosen)| it.first(chosen));
        self.course.numbers = numbers;
        let (subtitles, beside) = self.begin_subtitles(subtitles, drawn);
        let (wanted, speed) = (self.playback.is_wanted(), self.playback.speed());
        self.playback = Playback::new(resume, item.duration);
        self.playback.want(wanted);
        self.playback.pace(Pace::To(speed));
        self.chapters.clone_from(&item.chapters);
        if served.is_none() {
            self.watch_presence(&reader, &item, &part, sender);
        }
        let piece = part.piece;
        self.introduce(item, sender);
        self.reports = Reports::default();
        let (ending, generation) = (session.ending(), self.generation);
        sender.oneshot_command(async move { PlayerDone::Ended(generation, ending.words().await) });
        self.delivery = Some(Delivery::to(session));
        self.loaded = true;
        if let Some(player) = &self.player {
            player.load(Load {
                reader,
                start: resume,
                play: wanted,
                subtitles,
                subtitle: beside.or(preset),
                first,
                served,
                piece,
            });
        }
        self.choose_again(beside, sender);
    }

    pub(super) fn ask_next(&self, sender: &ComponentSender<Self>) {
        let Some(item) = self.asked.clone() else {
            return;
        };
        let (library, generation) = (self.services.engine.library.clone(), self.generation);
        sender.oneshot_command(async move {
            let next = library.next(&item).await.ok().flatten();
            PlayerDone::Next(generation, next.map(Box::new))
        });
    }

    /// Saves where it is and unloads.
    pub(super) fn close(&mut self) {
        // Dropped: what was sent arrives all the same.
        self.end();
        self.generation += 1;
        self.asked = None;
        self.item = None;
        // What sets the speed is the player, which keeps it.
        let speed = self.playback.speed();
        self.playback = Playback::default();
        self.playback.pace(Pace::To(speed));
        self.course = Course::default();
        self.artwork = None;
        self.words.put(Vec::new());
        self.slow = false;
        self.failure = None;
        self.next = None;
        self.countdown = None;
        self.present = Vec::new();
        self.chapters = Vec::new();
    }

    /// Ends the playback and gives the way on which the last report travels.
    pub(super) fn end(&mut self) -> Option<Delivery> {
        let position = self.playback.position();
        self.report(|reports| reports.end(position));
        self.watch = None;
        let was_loaded = std::mem::take(&mut self.loaded);
        if let Some(player) = self.player.as_ref().filter(|_| was_loaded) {
            player.stop();
        }
        self.delivery.take()
    }
}

/// Everything for a start. For a title that is on this device it does not touch the network.
async fn prepare(
    engine: &Engine,
    item: &ItemId,
    opening: Opening,
) -> Result<Opened, PlaybackError> {
    let playable = engine.playback.open_as(item, opening).await?;
    let subtitles = at_hand(engine, item, &playable, SUBTITLES_WITHIN).await;
    Ok(Opened {
        playable,
        subtitles,
    })
}
