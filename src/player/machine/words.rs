//! What goes into the machine and what comes out.

use std::time::Duration;

use crate::error::PlayerError;
use crate::event::Event;
use crate::player::SeekMode;

/// A place to go to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wish {
    /// Where; `None` is where it stands: a seek that only renews what is in the queues.
    pub(crate) position: Option<Duration>,
    /// How exact.
    pub(crate) mode: SeekMode,
    /// A person asked for it and is told when it is done.
    pub(crate) told: bool,
}

impl Wish {
    /// Exactly there, on nobody's request.
    pub(crate) fn silent(position: Option<Duration>) -> Self {
        Self {
            position,
            mode: SeekMode::Exact,
            told: false,
        }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// Something is to be played from `start` on.
    Load { start: Duration, play: bool },
    /// Its bytes can be read.
    Opened,
    /// The person wants it to play, or to stand still.
    Play(bool),
    /// The person, or a change of tracks, wants to go somewhere.
    Seek(Wish),
    /// The person wants another speed.
    Speed(f64),
    /// The call of the seek has returned; `false`: the pipeline refused it.
    SeekReturned(bool),
    /// The pipeline has reached the state that was asked for, with a frame in its sinks.
    Settled,
    /// Fill of the pipeline's queue in percent.
    Fill(u8),
    /// A read has been waiting for bytes for a while, or goes on.
    Starved(bool),
    /// Length in time.
    Length(Duration),
    /// Everything has been played.
    End,
    /// Neither frame nor error came although bytes are here; it stood at this position.
    Stuck(Duration),
    /// The pipeline must be built anew, differently, and go on at this position.
    Rebuild(Duration),
    /// It cannot go on.
    Failed(PlayerError),
    /// The person wants nothing played.
    Stop,
}

/// What is due.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// To tell the application.
    Tell(Event),
    /// To begin waiting for the first bytes.
    Open,
    /// To build a pipeline and let it preroll; `again` after one that came to nothing.
    Build { again: bool },
    /// To let the pipeline run or stand.
    Run(bool),
    /// To seek, at this speed.
    Seek(Wish, f64),
    /// To get rid of the pipeline.
    TearDown,
}
