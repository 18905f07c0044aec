//! The choice of a subtitle: which of them the player draws, which are fetched first, which need another stream.
//!
//! A stream that a server makes goes without the subtitles of its file. Their texts are fetched when they are chosen, for a
//! server may read a whole film for one; pictures are drawn by the server, into a stream that is opened for it. What is chosen
//! stays chosen when the title is opened anew elsewhere or in another quality.

use std::time::Duration;

use futures_util::future::join_all;
use relm4::prelude::*;
use spool_engine::Engine;
use spool_engine::model::{self, ItemId, Part};
use spool_engine::playback::{Playable, PlaybackError};
use spool_engine::source::{ExternalSubtitle, Supply};
use spool_player::{Lines, Stream, SubtitleFile};

use super::pieces::carried;
use super::{PlayerDone, PlayerOutput, PlayerPage};
use crate::i18n::gettext_f;
use crate::user_message;

/// What comes later than this is announced.
const SOON: Duration = Duration::from_millis(1500);

/// What is known of a title's subtitles besides those in what is loaded.
#[derive(Clone, Debug, Default)]
pub(super) struct Subtitles {
    /// In the player's order.
    rows: Vec<Row>,
    /// The one in the picture of the stream.
    drawn: Option<u32>,
    chosen: Option<Chosen>,
    /// The fonts of what plays now were asked for.
    fonts: bool,
    /// What played last of the file itself, by its source's numbers.
    pub(super) plays: Option<model::Chosen>,
    /// The file that played last, where it is one of several.
    file: Option<Part>,
}

#[derive(Clone, Debug)]
struct Row {
    key: String,
    language: Option<String>,
    title: String,
    supply: Supply,
    here: bool,
    /// It has looks of its own, and may ask for fonts.
    styled: bool,
}

/// What somebody has chosen, for as long as the title plays.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Chosen {
    /// A subtitle that is not in the file, by its key.
    Key(String, Supply),
    /// This one of so many that are in the file.
    Inside(usize, usize),
}

/// Where a choice leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The player draws it, or nothing.
    Draw,
    /// The same once its text, which this key names, has come.
    Fetch(usize, String),
    /// The title is opened anew for it.
    Open,
}

/// What came of a fetch.
#[derive(Debug)]
pub enum Fetched {
    /// It takes long.
    Slow,
    /// A text.
    Text(Vec<u8>),
    /// None.
    Failed(PlaybackError),
}

impl Subtitles {
    /// What plays now, with the texts that are here. What was chosen before is not forgotten.
    fn begin(&mut self, known: &[(ExternalSubtitle, Option<Vec<u8>>)], drawn: Option<u32>) {
        let row = |(known, text): &(ExternalSubtitle, Option<Vec<u8>>)| Row {
            key: known.key.clone(),
            language: known.language.clone(),
            title: known.title.clone(),
            supply: known.supply,
            here: text.is_some(),
            styled: matches!(known.format.as_str(), "ass" | "ssa"),
        };
        self.rows = known.iter().map(row).collect();
        self.drawn = drawn;
        self.fonts = false;
        // A server that does not draw what it was asked for is not asked again.
        if self.to_draw().is_some_and(|track| drawn != Some(track)) {
            self.chosen = None;
        }
    }

    /// Another file of the same film plays now, with these subtitles beside it: what was chosen of the one before is chosen of it.
    pub(super) fn carry(&mut self, part: &Part, beside: &[(ExternalSubtitle, Option<Vec<u8>>)]) {
        let new = part.piece.map(|_| part.clone());
        let Some(before) = std::mem::replace(&mut self.file, new) else {
            return;
        };
        if before.id == part.id {
            return;
        }
        self.plays = self.plays.map(|plays| carried(&before, plays, part));
        let Some(Chosen::Key(key, _)) = &self.chosen else {
            return;
        };
        let row = self.rows.iter().find(|row| row.key == *key);
        let alike = |(one, _): &&(ExternalSubtitle, _)| {
            let same_kind = |row: &Row| {
                std::mem::discriminant(&one.supply) == std::mem::discriminant(&row.supply)
            };
            row.is_some_and(|row| one.language == row.language && same_kind(row))
        };
        let found = beside.iter().filter(alike);
        let found = found.min_by_key(|(one, _)| row.is_none_or(|row| one.title != row.title));
        self.chosen = found.map(|(one, _)| Chosen::Key(one.key.clone(), one.supply));
    }

    /// The row that is to be chosen from the start.
    fn first(&self) -> Option<usize> {
        match self.chosen.as_ref()? {
            Chosen::Key(key, _) => self.rows.iter().position(|row| row.key == *key),
            Chosen::Inside(number, count) => {
                let rows = self.rows.iter().enumerate();
                let inside = rows.filter(|(_, row)| row.supply != Supply::File);
                let inside: Vec<usize> = inside.map(|(at, _)| at).collect();
                // Unless the server counts as the file does, it is another one.
                let same = inside.len() == *count;
                inside.get(*number).copied().filter(|_| same)
            }
        }
    }

    /// The subtitle that the server is to draw, when the title is opened anew.
    pub(super) fn to_draw(&self) -> Option<u32> {
        match self.chosen {
            Some(Chosen::Key(_, Supply::Drawn(track))) => Some(track),
            _ => None,
        }
    }

    /// Whether what is chosen may ask for fonts that nobody has asked for yet.
    fn wants_fonts(&mut self) -> bool {
        let chosen = self.first().and_then(|at| self.rows.get(at));
        chosen.is_some_and(|row| row.styled) && !std::mem::replace(&mut self.fonts, true)
    }

    /// Somebody chooses one of these streams, by its id, or none.
    pub(super) fn choose(&mut self, id: Option<&str>, streams: &[Stream]) -> Step {
        let row = id.and_then(|id| (0..self.rows.len()).find(|at| SubtitleFile::id(*at) == id));
        let found = row.and_then(|at| Some((at, self.rows.get(at)?)));
        self.chosen = match found {
            Some((_, row)) => Some(Chosen::Key(row.key.clone(), row.supply)),
            None => {
                let inside: Vec<&Stream> = streams
                    .iter()
                    .filter(|stream| {
                        (0..self.rows.len()).all(|at| SubtitleFile::id(at) != stream.id)
                    })
                    .collect();
                let number = inside
                    .iter()
                    .position(|stream| Some(stream.id.as_str()) == id);
                number.map(|number| Chosen::Inside(number, inside.len()))
            }
        };
        match found {
            _ if self.to_draw() != self.drawn => Step::Open,
            Some((at, row)) if row.supply == Supply::Extracted && !row.here => {
                Step::Fetch(at, row.key.clone())
            }
            _ => Step::Draw,
        }
    }
}

/// The subtitles of a playback with the texts that are had at once. One that cannot be had is no reason not to play.
pub(super) async fn at_hand(
    engine: &Engine,
    item: &ItemId,
    playable: &Playable,
    within: Duration,
) -> Vec<(ExternalSubtitle, Option<Vec<u8>>)> {
    let fetches = playable.subtitles.iter().map(|subtitle| async move {
        if subtitle.supply != Supply::File {
            return Some((subtitle.clone(), None));
        }
        let fetch = engine.playback.subtitle(item, &subtitle.key);
        let text = tokio::time::timeout(within, fetch).await;
        let Ok(Ok(text)) = text else {
            tracing::warn!(title = subtitle.title, "a subtitle was left out");
            return None;
        };
        Some((subtitle.clone(), Some(text.to_vec())))
    });
    join_all(fetches).await.into_iter().flatten().collect()
}

fn file(subtitle: &ExternalSubtitle, text: Option<Vec<u8>>) -> SubtitleFile {
    let title = match subtitle.supply {
        // Translators: a subtitle made of pictures, which the server draws into the film while it converts it.
        Supply::Drawn(_) => gettext_f("{title} (in the picture)", &[("title", &subtitle.title)]),
        _ => subtitle.title.clone(),
    };
    SubtitleFile {
        language: subtitle.language.clone(),
        title,
        format: subtitle.format.clone(),
        lines: match (subtitle.supply, text) {
            (Supply::Drawn(_), _) => Lines::InPicture,
            (_, Some(text)) => Lines::Here(text),
            (_, None) => Lines::Later,
        },
    }
}

impl PlayerPage {
    /// What the player is given of them, and which is chosen from the start.
    pub(super) fn begin_subtitles(
        &mut self,
        known: Vec<(ExternalSubtitle, Option<Vec<u8>>)>,
        drawn: Option<u32>,
    ) -> (Vec<SubtitleFile>, Option<usize>) {
        self.subtitles.begin(&known, drawn);
        let files = known.into_iter().map(|(one, text)| file(&one, text));
        (files.collect(), self.subtitles.first())
    }

    /// What was chosen before is chosen again, where it has to be fetched or drawn.
    pub(super) fn choose_again(&mut self, first: Option<usize>, sender: &ComponentSender<Self>) {
        if let Some(first) = first {
            self.choose_subtitle(Some(&SubtitleFile::id(first)), sender);
        }
    }

    pub(super) fn choose_subtitle(&mut self, id: Option<&str>, sender: &ComponentSender<Self>) {
        let step = self.subtitles.choose(id, &self.playback.tracks().subtitles);
        if step == Step::Open {
            return self.open_at(self.playback.position(), sender);
        }
        if let Some(player) = &self.player {
            player.select_subtitle(id);
        }
        if self.subtitles.wants_fonts() {
            self.fetch_fonts(sender);
        }
        if let Step::Fetch(row, key) = step {
            self.fetch_subtitle(row, key, sender);
        }
    }

    /// Fonts that come later than their lines are used from then on; without them, lines are drawn in another one.
    fn fetch_fonts(&self, sender: &ComponentSender<Self>) {
        let Some(part) = self.course.part.clone() else {
            return;
        };
        let (playback, generation) = (self.services.engine.playback.clone(), self.generation);
        sender.oneshot_command(async move {
            let fonts = playback.fonts(&part).await;
            let fonts = fonts.inspect_err(|error| tracing::warn!(%error, "no fonts for subtitles"));
            PlayerDone::Fonts(generation, fonts.unwrap_or_default())
        });
    }

    fn fetch_subtitle(&self, row: usize, key: String, sender: &ComponentSender<Self>) {
        let Some(item) = self.asked.clone() else {
            return;
        };
        let (playback, generation) = (self.services.engine.playback.clone(), self.generation);
        sender.command(move |out, shutdown| {
            let fetch = async move {
                let fetch = playback.subtitle(&item, &key);
                let told = |fetched| {
                    // Nobody is told when the page is gone.
                    out.send(PlayerDone::Subtitle(generation, row, fetched))
                        .ok();
                };
                let mut fetch = std::pin::pin!(fetch);
                let fetched = match tokio::time::timeout(SOON, &mut fetch).await {
                    Ok(fetched) => fetched,
                    Err(_late) => {
                        told(Fetched::Slow);
                        fetch.await
                    }
                };
                told(match fetched {
                    Ok(text) => Fetched::Text(text.to_vec()),
                    Err(error) => Fetched::Failed(error),
                });
            };
            shutdown.register(fetch).drop_on_shutdown()
        });
    }

    pub(super) fn subtitle_fetched(
        &mut self,
        row: usize,
        fetched: Fetched,
        sender: &ComponentSender<Self>,
    ) {
        let Some(player) = &self.player else { return };
        let id = SubtitleFile::id(row);
        let message = match fetched {
            Fetched::Text(text) => {
                if let Some(row) = self.subtitles.rows.get_mut(row) {
                    row.here = true;
                }
                return player.supply_subtitle(&id, Some(text));
            }
            Fetched::Slow => user_message::subtitle_takes_long(),
            Fetched::Failed(error) => {
                player.supply_subtitle(&id, None);
                // Not asked for again wherever the title goes on.
                self.subtitles.chosen = None;
                user_message::no_subtitle(&error)
            }
        };
        // The parent may be gone when the program ends.
        sender.output(PlayerOutput::Failed(message)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(key: &str, supply: Supply, text: Option<&str>) -> (ExternalSubtitle, Option<Vec<u8>>) {
        let subtitle = ExternalSubtitle {
            language: None,
            title: key.to_owned(),
            format: "srt".to_owned(),
            key: key.to_owned(),
            index: None,
            supply,
            part: None,
        };
        (subtitle, text.map(|text| text.as_bytes().to_vec()))
    }

    fn inside(id: &str) -> Stream {
        Stream {
            id: id.to_owned(),
            language: None,
            title: None,
            codec: None,
            channels: None,
        }
    }

    fn of_stream(drawn: Option<u32>) -> Subtitles {
        let mut subtitles = Subtitles::default();
        let rows = [
            known("file", Supply::File, Some("x")),
            known("text", Supply::Extracted, None),
            known("pictures", Supply::Drawn(4), None),
        ];
        subtitles.begin(&rows, drawn);
        subtitles
    }

    fn id(row: usize) -> String {
        SubtitleFile::id(row)
    }

    #[test]
    fn a_text_that_is_here_is_drawn_and_another_one_fetched_first() {
        let mut subtitles = of_stream(None);
        assert_eq!(subtitles.choose(Some(&id(0)), &[]), Step::Draw);
        assert_eq!(
            subtitles.choose(Some(&id(1)), &[]),
            Step::Fetch(1, "text".to_owned())
        );
        subtitles.rows[1].here = true;
        assert_eq!(subtitles.choose(Some(&id(1)), &[]), Step::Draw);
        assert_eq!(subtitles.choose(None, &[]), Step::Draw);
        assert_eq!(subtitles.first(), None);
    }

    #[test]
    fn pictures_need_another_stream_and_so_does_what_follows_them() {
        let mut subtitles = of_stream(None);
        assert_eq!(subtitles.choose(Some(&id(2)), &[]), Step::Open);
        assert_eq!(subtitles.to_draw(), Some(4));
        let mut drawn = of_stream(Some(4));
        assert_eq!(drawn.choose(Some(&id(2)), &[]), Step::Draw, "it is there");
        assert_eq!(drawn.first(), Some(2));
        assert_eq!(drawn.choose(Some(&id(0)), &[]), Step::Open);
        assert_eq!((drawn.to_draw(), drawn.first()), (None, Some(0)));
        assert_eq!(drawn.choose(None, &[]), Step::Open);
        let mut refused = of_stream(None);
        refused.choose(Some(&id(2)), &[]);
        refused.begin(&[known("pictures", Supply::Drawn(4), None)], None);
        assert_eq!((refused.first(), refused.to_draw()), (None, None));
    }

    #[test]
    fn a_choice_in_the_file_is_the_same_one_in_a_stream_of_it() {
        let mut subtitles = Subtitles::default();
        subtitles.begin(&[known("file", Supply::File, Some("x"))], None);
        let streams = [inside("a"), inside("b"), inside(&id(0))];
        assert_eq!(subtitles.choose(Some("b"), &streams), Step::Draw);
        subtitles.begin(
            &[
                known("file", Supply::File, Some("x")),
                known("text", Supply::Extracted, None),
                known("pictures", Supply::Drawn(4), None),
            ],
            None,
        );
        assert_eq!(subtitles.first(), Some(2));
        // A server that sees another number of them means others.
        subtitles.begin(&[known("text", Supply::Extracted, None)], None);
        assert_eq!(subtitles.first(), None);
    }
}
