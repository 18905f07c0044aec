//! The course of one playback, as a pure function of what happened.
//!
//! **Owns** the person's wish to play, the pipeline's stand, the seek that is under way and the one that waits for it. The
//! [`Phase`] is never stored by itself: it follows from these.
//! **Does not know** GStreamer, clocks or threads: facts go in, [`Effect`]s come out, in the order in which they are due.

use std::time::Duration;

use crate::error::PlayerError;
use crate::event::{Event, Phase};

mod seek;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use words::{Effect, Fact, Wish};

/// A seek within this distance of the end may reach the end before its call has returned.
const AT_END: Duration = Duration::from_millis(500);

/// Where the pipeline stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stand {
    /// There is none.
    Empty,
    /// There is none yet: its bytes are awaited.
    Opening,
    /// It makes its first frame.
    Starting,
    /// It is on its way to a place.
    Seeking {
        to: Wish,
        next: Option<Wish>,
        returned: bool,
        ended: bool,
    },
    /// It stands or runs.
    Steady,
    /// It has played everything.
    Ended,
    /// It is of no use any more.
    Failed,
}

/// The course of one playback.
#[derive(Debug)]
pub(crate) struct Machine {
    stand: Stand,
    /// The person wants it to play.
    play: bool,
    speed: f64,
    /// Where to go once the first frame is made.
    start: Option<Wish>,
    /// What the pipeline was last told.
    running: bool,
    /// Fill of the queue while it is not full.
    fill: Option<u8>,
    /// The queue was full once since the start or the last seek. Before that its fill says nothing: the film begins to play with
    /// what there is.
    filled: bool,
    /// The film stands because a read is waiting.
    starved: bool,
    length: Option<Duration>,
    /// The first frame of this load has been told.
    shown: bool,
    /// The silent second try is used up.
    retried: bool,
    told: Phase,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            stand: Stand::Empty,
            play: false,
            speed: 1.0,
            start: None,
            running: false,
            fill: None,
            filled: false,
            starved: false,
            length: None,
            shown: false,
            retried: false,
            told: Phase::Idle,
        }
    }
}

impl Machine {
    /// What follows from a fact.
    pub(crate) fn apply(&mut self, fact: Fact) -> Vec<Effect> {
        let mut due = Vec::new();
        match fact {
            Fact::Load { start, play } => self.load(start, play, &mut due),
            Fact::Opened => self.opened(&mut due),
            Fact::Play(play) => self.wish(play, &mut due),
            Fact::Seek(wish) => self.seek(wish, &mut due),
            Fact::Speed(speed) => self.change_speed(speed, &mut due),
            Fact::SeekReturned(done) => self.seek_returned(done, &mut due),
            Fact::Settled => self.settled(&mut due),
            Fact::Fill(percent) => self.filled_to(percent),
            Fact::Starved(starved) => self.starve(starved, &mut due),
            Fact::Length(length) => self.measured(length, &mut due),
            Fact::End => self.end(),
            Fact::Stuck(position) => self.stuck(position, &mut due),
            Fact::Rebuild(position) => self.rebuild(position, &mut due),
            Fact::Failed(error) => self.fail(error, &mut due),
            Fact::Stop => self.unload(&mut due),
        }
        self.settle(&mut due);
        due
    }

    /// Whether a frame or the end of a seek is awaited: what the watchdog watches.
    pub(crate) fn awaits(&self) -> bool {
        matches!(self.stand, Stand::Starting | Stand::Seeking { .. })
    }

    /// Whether the position moves by itself.
    pub(crate) fn runs(&self) -> bool {
        self.stand == Stand::Steady && self.running
    }

    /// Whether it stands only until there are more bytes.
    pub(crate) fn holds(&self) -> bool {
        self.starved || (self.filled && self.fill.is_some())
    }

    /// Whether there is a pipeline that can be asked.
    pub(crate) fn is_live(&self) -> bool {
        self.awaits() || matches!(self.stand, Stand::Steady | Stand::Ended)
    }

    /// Where it is going; `None` when it is going nowhere.
    pub(crate) fn target(&self) -> Option<Duration> {
        match self.stand {
            Stand::Opening | Stand::Starting => Some(
                self.start
                    .and_then(|wish| wish.position)
                    .unwrap_or_default(),
            ),
            Stand::Seeking { to, next, .. } => next.and_then(|wish| wish.position).or(to.position),
            _ => None,
        }
    }

    fn load(&mut self, start: Duration, play: bool, due: &mut Vec<Effect>) {
        self.drop_pipeline(due);
        *self = Self {
            stand: Stand::Opening,
            play,
            speed: self.speed,
            start: (!start.is_zero()).then(|| Wish::silent(Some(start))),
            told: self.told,
            ..Self::default()
        };
        due.push(Effect::Open);
    }

    fn opened(&mut self, due: &mut Vec<Effect>) {
        if self.stand == Stand::Opening {
            self.stand = Stand::Starting;
            due.push(Effect::Build { again: false });
        }
    }

    fn wish(&mut self, play: bool, due: &mut Vec<Effect>) {
        self.play = play && self.stand != Stand::Empty;
        if play && self.stand == Stand::Ended {
            self.go(Wish::silent(Some(Duration::ZERO)), due);
        }
    }

    fn change_speed(&mut self, speed: f64, due: &mut Vec<Effect>) {
        if self.speed.to_bits() != speed.to_bits() {
            self.speed = speed;
            if self.stand != Stand::Ended {
                self.seek(Wish::silent(None), due);
            }
        }
    }

    fn settled(&mut self, due: &mut Vec<Effect>) {
        match self.stand {
            Stand::Starting => {
                let place = self.start.take();
                if place.is_some() || self.speed.to_bits() != 1.0_f64.to_bits() {
                    self.go(place.unwrap_or(Wish::silent(Some(Duration::ZERO))), due);
                } else {
                    self.land(Wish::silent(None), due);
                }
            }
            Stand::Seeking {
                to,
                next,
                returned: true,
                ended,
            } => self.arrive(to, next, ended, due),
            _ => {}
        }
    }

    fn filled_to(&mut self, percent: u8) {
        if percent < 100 {
            self.fill = Some(percent);
        } else {
            self.fill = None;
            self.filled = true;
            self.starved = false;
        }
    }

    fn measured(&mut self, length: Duration, due: &mut Vec<Effect>) {
        if self.is_live() && self.length != Some(length) {
            self.length = Some(length);
            due.push(Effect::Tell(Event::Duration(length)));
        }
    }

    fn end(&mut self) {
        match &mut self.stand {
            Stand::Steady => self.stand = Stand::Ended,
            // An end that was reported before the call returned belongs to the place that was left, unless it is near.
            Stand::Seeking {
                to,
                returned,
                ended,
                ..
            } => {
                let near = |to: Duration| self.length.is_some_and(|end| to + AT_END >= end);
                *ended = *returned || to.position.is_some_and(near);
            }
            _ => {}
        }
    }

    fn stuck(&mut self, position: Duration, due: &mut Vec<Effect>) {
        if self.awaits() && self.retried {
            self.fail(PlayerError::Stuck, due);
        } else if self.awaits() {
            self.retried = true;
            self.rebuild(position, due);
        }
    }

    fn rebuild(&mut self, position: Duration, due: &mut Vec<Effect>) {
        if !self.is_live() {
            return;
        }
        let told = match self.stand {
            Stand::Seeking { to, next, .. } => to.told || next.is_some_and(|next| next.told),
            Stand::Starting => self.start.is_some_and(|wish| wish.told),
            _ => false,
        };
        self.drop_pipeline(due);
        self.start = (told || !position.is_zero()).then(|| Wish {
            told,
            ..Wish::silent(Some(position))
        });
        self.stand = Stand::Starting;
        due.push(Effect::Build {
            again: self.retried,
        });
    }

    fn fail(&mut self, error: PlayerError, due: &mut Vec<Effect>) {
        if matches!(self.stand, Stand::Empty | Stand::Failed) {
            return;
        }
        self.drop_pipeline(due);
        self.stand = Stand::Failed;
        due.push(Effect::Tell(Event::Failed(error)));
    }

    fn unload(&mut self, due: &mut Vec<Effect>) {
        self.drop_pipeline(due);
        *self = Self {
            speed: self.speed,
            told: self.told,
            ..Self::default()
        };
    }

    fn drop_pipeline(&mut self, due: &mut Vec<Effect>) {
        if self.is_live() || self.stand == Stand::Opening {
            due.push(Effect::TearDown);
        }
        self.running = false;
        self.fill = None;
        self.filled = false;
        self.starved = false;
    }

    /// Brings the pipeline's running and the told phase in line with everything else.
    fn settle(&mut self, due: &mut Vec<Effect>) {
        let steady = matches!(self.stand, Stand::Steady | Stand::Ended);
        let moving = matches!(self.stand, Stand::Seeking { .. }) && self.shown;
        let run = self.play && (steady && !self.holds() || moving && self.running);
        if self.is_live() && run != self.running && self.stand != Stand::Starting {
            self.running = run;
            due.push(Effect::Run(run));
        }
        let phase = self.phase();
        if phase != self.told {
            self.told = phase;
            due.push(Effect::Tell(Event::Phase(phase)));
        }
    }

    /// Whether the first picture or sound has been told.
    pub(crate) fn has_shown(&self) -> bool {
        self.shown
    }

    /// Where the playback stands, for people.
    pub(crate) fn phase(&self) -> Phase {
        match self.stand {
            Stand::Empty => Phase::Idle,
            Stand::Failed => Phase::Failed,
            Stand::Ended => Phase::Ended,
            _ if !self.shown => Phase::Opening,
            _ if !self.play => Phase::Paused,
            Stand::Opening | Stand::Starting => Phase::Buffering { percent: 0 },
            Stand::Seeking { .. } if !self.starved => Phase::Playing,
            _ if self.holds() => Phase::Buffering {
                percent: self.fill.unwrap_or(0),
            },
            _ => Phase::Playing,
        }
    }
}
