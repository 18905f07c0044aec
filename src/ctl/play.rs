//! `spoolctl play --headless`: the player without a window. A film in several files plays from one into the next.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;
use spool_engine::cache::Reader;
use spool_engine::model::Piece;
use spool_engine::playback::{Opening, Served, Session};
use spool_engine::source::{Method, Quality};
use spool_player::{
    AudioOutput, Event, First, Load, Phase, Player, PlayerError, SeekMode, VideoOutput,
};
use tokio::sync::mpsc;

use crate::cli::{Play, Sink};
use crate::failure::Failure;
use crate::item;
use crate::output::Output;
use crate::profile::Profile;

/// How often a playing position is saved and reported: with positions four times a second and the time that saving takes, what
/// is kept is never more than 10 s old.
const SAVE_EVERY: Duration = Duration::from_secs(9);

/// A place in a title: a time, or a share of its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    At(Duration),
    Percent(f64),
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a time looks like 90, 1:30, 0:01:30 or 25%";
        let number = |text: &str| {
            text.parse::<f64>()
                .ok()
                .filter(|n| n.is_finite() && *n >= 0.0)
                .ok_or(WRONG)
        };
        if let Some(share) = text.strip_suffix('%') {
            return match number(share)? {
                share if share <= 100.0 => Ok(Self::Percent(share)),
                _ => Err("a share is at most 100%"),
            };
        }
        let mut seconds = 0.0;
        for (place, field) in text.split(':').enumerate() {
            if place > 2 {
                return Err(WRONG);
            }
            seconds = seconds * 60.0 + number(field)?;
        }
        Duration::try_from_secs_f64(seconds)
            .map(Self::At)
            .map_err(|_| WRONG)
    }
}

impl Moment {
    /// The time it means in a title of this length; a share of an unknown length is not known yet.
    fn resolve(self, length: Option<Duration>) -> Option<Duration> {
        match self {
            Self::At(time) => Some(time),
            Self::Percent(share) => length.map(|length| length.mul_f64(share / 100.0)),
        }
    }
}

/// A quality, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(Quality);

impl Level {
    pub(crate) fn quality(self) -> Quality {
        self.0
    }
}

impl FromStr for Level {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a quality looks like 3M, 700k, 1500000 or original";
        if text == "original" {
            return Ok(Self(Quality::Original));
        }
        let (number, unit) = match text.strip_suffix(['k', 'K']) {
            Some(number) => (number, 1e3),
            None => match text.strip_suffix(['m', 'M']) {
                Some(number) => (number, 1e6),
                None => (text, 1.0),
            },
        };
        let bits = number.parse::<f64>().map_err(|_| WRONG)? * unit;
        if !(64e3..=1e9).contains(&bits) {
            return Err("a quality is between 64k and 1000M bits a second");
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        Ok(Self(Quality::UpTo(bits as u64)))
    }
}

/// One line of `play --json`; times in seconds.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line {
    /// `idle`, `opening`, `paused`, `playing`, `buffering`, `ended`, `failed`.
    Phase {
        phase: &'static str,
    },
    /// The server makes a stream: `remux` or `transcode`, and why, in its own words.
    Serving {
        method: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The subtitle in the picture.
        #[serde(skip_serializing_if = "Option::is_none")]
        drawn: Option<u32>,
    },
    FirstFrame,
    Position {
        seconds: f64,
    },
    Duration {
        seconds: f64,
    },
    Tracks {
        audio: usize,
        subtitles: usize,
        video: bool,
    },
    /// The last line: where it stopped.
    Stopped {
        seconds: f64,
    },
}

/// A playback under way.
struct Playback<'a> {
    profile: &'a Profile,
    arguments: &'a Play,
    player: Player,
    piece: Option<Piece>,
    /// What was loaded last has not begun: what is said before is said of the file before.
    loading: bool,
    session: Option<Session>,
    output: Output,
    position: Duration,
    saved: Duration,
    length: Option<Duration>,
    stop: Option<Moment>,
    /// It begins elsewhere than where it was left: a position that is not saved yet.
    sought: bool,
    /// A start that waits for the length.
    pending_start: Option<Moment>,
}

/// How a playback ended that did not fail.
enum End {
    Over,
    /// Here the file was not there any more, or another one.
    Lost(Duration, PlayerError),
}

pub(crate) async fn run(
    profile: &Profile,
    mut arguments: Play,
    output: Output,
) -> Result<(), Failure> {
    match attempt(profile, &arguments, output, false).await? {
        End::Over => Ok(()),
        End::Lost(at, _) => {
            if !at.is_zero() {
                arguments.start = Some(Moment::At(at));
            }
            match attempt(profile, &arguments, output, true).await? {
                End::Over => Ok(()),
                End::Lost(_, error) => Err(error.into()),
            }
        }
    }
}

/// Plays once; `anew`: the server is asked which file there is now.
async fn attempt(
    profile: &Profile,
    arguments: &Play,
    output: Output,
    anew: bool,
) -> Result<End, Failure> {
    let opened = open(profile, arguments, None, output, anew).await?;
    let (sender, mut events) = mpsc::unbounded_channel();
    let audio = match arguments.sink {
        Sink::Fake => AudioOutput::Fake,
        Sink::Auto => AudioOutput::Auto,
    };
    let player = Player::new(VideoOutput::Fake, audio, move |event| {
        // The receiver is gone only when the command has ended.
        sender.send(event).ok();
    });
    let start = arguments.start.unwrap_or(Moment::At(opened.resume));
    let first = start.resolve(opened.length);
    let mut playback = Playback {
        profile,
        arguments,
        player,
        piece: None,
        loading: true,
        session: None,
        output,
        position: Duration::ZERO,
        saved: Duration::ZERO,
        length: opened.length,
        stop: arguments.stop,
        sought: arguments.start.is_some() && first.is_some(),
        pending_start: first.is_none().then_some(start),
    };
    playback.load(opened, first.unwrap_or_default());
    let result = tokio::select! {
        result = playback.follow(&mut events) => result,
        _ = tokio::signal::ctrl_c() => Ok(End::Over),
    };
    playback.end().await;
    result
}

/// A title or file that is open.
struct Opened {
    reader: Reader,
    session: Option<Session>,
    length: Option<Duration>,
    resume: Duration,
    served: Option<Served>,
    piece: Option<Piece>,
}

/// Opens what is asked for; a title at this place, or where it is asked to begin. `anew`: the server is asked which file there is
/// now.
async fn open(
    profile: &Profile,
    arguments: &Play,
    place: Option<Duration>,
    output: Output,
    anew: bool,
) -> Result<Opened, Failure> {
    let path = Path::new(&arguments.item);
    if path.is_file() {
        return Ok(Opened {
            reader: Reader::file(path)?,
            session: None,
            length: None,
            resume: Duration::ZERO,
            served: None,
            piece: None,
        });
    }
    let found = item::find(profile, &arguments.item).await?;
    let opening = Opening {
        quality: arguments.quality.map_or(Quality::Original, Level::quality),
        as_it_is: arguments.quality == Some(Level(Quality::Original)),
        start: place.or_else(|| {
            let start = arguments.start;
            start.and_then(|start| start.resolve(found.duration))
        }),
        drawn: arguments.draw,
        anew,
        ..Opening::default()
    };
    let playable = profile.engine.playback.open_as(&found.id, opening).await?;
    let method = match playable.method {
        Method::Direct => None,
        Method::Remux => Some("remux"),
        Method::Transcode => Some("transcode"),
    };
    if let Some(method) = method {
        let reason = playable.reason.clone();
        let drawn = playable.drawn;
        let line = Line::Serving {
            method,
            reason,
            drawn,
        };
        output.result(&line, |_| format!("the server makes a stream ({method})\n"));
    }
    Ok(Opened {
        reader: playable.reader,
        session: Some(playable.session),
        length: playable.item.duration,
        resume: playable.resume,
        served: playable.served,
        piece: playable.part.piece,
    })
}

impl Playback<'_> {
    /// Plays what is open from a place of the title on.
    fn load(&mut self, opened: Opened, place: Duration) {
        (self.position, self.saved) = (place, place);
        (self.piece, self.session) = (opened.piece, opened.session);
        self.loading = true;
        self.player.load(Load {
            reader: opened.reader,
            start: place,
            play: true,
            subtitles: Vec::new(),
            subtitle: None,
            first: First::default(),
            served: opened.served,
            piece: opened.piece,
        });
    }

    /// Goes on with the file of the film that a place lies in.
    async fn go_on(&mut self, place: Duration) -> Result<(), Failure> {
        if let Some(session) = self.session.take() {
            session.stopped(self.position).await;
        }
        let opened = open(
            self.profile,
            self.arguments,
            Some(place),
            self.output,
            false,
        )
        .await?;
        self.load(opened, place);
        Ok(())
    }

    /// Follows the player until it ends, fails, or passes the wanted end.
    async fn follow(
        &mut self,
        events: &mut mpsc::UnboundedReceiver<Event>,
    ) -> Result<End, Failure> {
        while let Some(event) = events.recv().await {
            match event {
                Event::Phase(Phase::Ended) | Event::Position(_) | Event::SeekDone(_)
                    if self.loading && self.piece.is_some() => {}
                Event::Phase(Phase::Ended) if self.goes_on_at().is_some() => {
                    let place = self.goes_on_at().unwrap_or_default();
                    self.position = place;
                    self.go_on(place).await?;
                }
                Event::Phase(phase) => {
                    self.print(&Line::Phase {
                        phase: phase_name(phase),
                    });
                    if phase == Phase::Ended {
                        self.position = self.length.unwrap_or(self.position);
                        return Ok(End::Over);
                    }
                }
                Event::Elsewhere(place) => self.go_on(place).await?,
                Event::FirstFrame => self.begun().await,
                Event::SeekDone(position) => {
                    self.position = position;
                    self.save().await;
                }
                Event::Position(position) => {
                    if self.moved(position).await {
                        return Ok(End::Over);
                    }
                }
                Event::Duration(length) => self.length_known(length),
                Event::Tracks(tracks) => self.print(&Line::Tracks {
                    audio: tracks.audio.len(),
                    subtitles: tracks.subtitles.len(),
                    video: tracks.video,
                }),
                Event::Chapters(_) | Event::Lacks(_) => {}
                Event::Failed(error) if error.is_about_another_file() => {
                    return Ok(End::Lost(self.position, error));
                }
                Event::Failed(error) => return Err(error.into()),
            }
        }
        Ok(End::Over)
    }

    /// Where the file after the one that plays begins.
    fn goes_on_at(&self) -> Option<Duration> {
        let piece = self.piece.filter(|piece| !piece.is_last());
        piece.map(|piece| piece.ends_at())
    }

    /// What is said to be on the screen is on the disk: who is killed right after the line resumes there.
    async fn begun(&mut self) {
        self.loading = false;
        if let Some(session) = &self.session {
            session.started(self.position).await;
        }
        if self.sought {
            self.save().await;
        }
        self.print(&Line::FirstFrame);
    }

    /// Saves and reports the position.
    async fn save(&mut self) {
        self.saved = self.position;
        if let Some(session) = &self.session {
            session.progress(self.position, false).await;
        }
    }

    /// Notes a position; true when it is the wanted end.
    async fn moved(&mut self, position: Duration) -> bool {
        if self.pending_start.is_some() {
            return false;
        }
        self.position = position;
        self.print(&Line::Position {
            seconds: position.as_secs_f64(),
        });
        if position.abs_diff(self.saved) >= SAVE_EVERY {
            self.save().await;
        }
        let end = self.stop.and_then(|stop| stop.resolve(self.length));
        end.is_some_and(|end| position >= end)
    }

    fn length_known(&mut self, length: Duration) {
        self.length = Some(length);
        self.print(&Line::Duration {
            seconds: length.as_secs_f64(),
        });
        if let Some(start) = self
            .pending_start
            .take()
            .and_then(|start| start.resolve(self.length))
        {
            self.player.seek(start, SeekMode::Exact);
        }
    }

    async fn end(&self) {
        self.player.stop();
        if let Some(session) = &self.session {
            session.stopped(self.position).await;
        }
        self.print(&Line::Stopped {
            seconds: self.position.as_secs_f64(),
        });
    }

    fn print(&self, line: &Line) {
        self.output.result(line, |line| match line {
            Line::Phase { phase } => (*phase).to_owned(),
            Line::Stopped { seconds } => format!("stopped at {seconds:.1} s"),
            Line::FirstFrame
            | Line::Serving { .. }
            | Line::Position { .. }
            | Line::Duration { .. }
            | Line::Tracks { .. } => String::new(),
        });
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "idle",
        Phase::Opening => "opening",
        Phase::Paused => "paused",
        Phase::Playing => "playing",
        Phase::Buffering { .. } => "buffering",
        Phase::Ended => "ended",
        Phase::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_times_or_shares() {
        let seconds = |s| Ok(Moment::At(Duration::from_secs(s)));
        assert_eq!("90".parse(), seconds(90));
        assert_eq!("1:30".parse(), seconds(90));
        assert_eq!("1:01:30".parse(), seconds(3690));
        assert_eq!("25%".parse(), Ok(Moment::Percent(25.0)));
        for wrong in ["", "x", "-1", "1:2:3:4", "101%", "inf", "1:", "1e300"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn qualities_are_rates() {
        let bits = |bits| Ok(Level(Quality::UpTo(bits)));
        assert_eq!("3M".parse(), bits(3_000_000));
        assert_eq!("700k".parse(), bits(700_000));
        assert_eq!("1.5m".parse(), bits(1_500_000));
        assert_eq!("200000".parse(), bits(200_000));
        assert_eq!("original".parse(), Ok(Level(Quality::Original)));
        for wrong in ["", "x", "1", "2000M", "-3M", "inf", "M"] {
            assert!(wrong.parse::<Level>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_needs_a_length() {
        let quarter = Moment::Percent(25.0);
        assert_eq!(quarter.resolve(None), None);
        assert_eq!(
            quarter.resolve(Some(Duration::from_secs(80))),
            Some(Duration::from_secs(20))
        );
    }
}
