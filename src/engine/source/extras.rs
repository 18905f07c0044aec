//! What a source can have besides libraries and bytes: pictures for the seek bar, streams in another quality, collections,
//! lyrics, people, and notices of change.

use std::time::Duration;

use super::ExternalSubtitle;
use crate::http::{Http, SecretUrl};
use crate::model::{ImageId, ItemId, LibraryId, PartId};

/// More frames than this are no strip: twelve hours at one a second.
const MOST_FRAMES: usize = 43_200;

/// Small pictures of a film at known times, in sheets of several; for the seek bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewStrip {
    /// The source's own name for it, for [`Source::preview`](super::Source::preview).
    pub key: String,
    /// When each picture was taken, ascending.
    frames: Vec<Duration>,
    /// Pictures side by side in a sheet; 1 where each comes alone.
    columns: u32,
    /// Rows of a sheet.
    rows: u32,
    /// Width and height of one picture, where the source says it; otherwise the sheet's divided by its columns and rows.
    pub size: Option<(u32, u32)>,
}

/// One picture of a [`PreviewStrip`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewTile {
    /// Which sheet, from 0.
    pub sheet: u32,
    /// Which column of it, from 0.
    pub column: u32,
    /// Which row of it, from 0.
    pub row: u32,
}

impl PreviewStrip {
    /// A strip of pictures that were taken at these times, in sheets of `columns` by `rows`. `None` when there is none, or
    /// when it makes no sense.
    #[must_use]
    pub fn new(
        key: impl Into<String>,
        mut frames: Vec<Duration>,
        (columns, rows): (u32, u32),
    ) -> Option<Self> {
        frames.sort();
        let sensible = (1..=MOST_FRAMES).contains(&frames.len())
            && (1..=100).contains(&columns)
            && (1..=100).contains(&rows);
        sensible.then(|| Self {
            key: key.into(),
            frames,
            columns,
            rows,
            size: None,
        })
    }

    /// The same for `count` pictures, one each `interval` from the beginning on.
    #[must_use]
    pub fn regular(
        key: impl Into<String>,
        count: u32,
        interval: Duration,
        grid: (u32, u32),
    ) -> Option<Self> {
        let few = usize::try_from(count).is_ok_and(|count| count <= MOST_FRAMES);
        if interval.is_zero() || !few {
            return None;
        }
        let frames = (0..count).map(|number| interval.saturating_mul(number));
        Self::new(key, frames.collect(), grid)
    }

    /// How the pictures lie in a sheet: columns and rows.
    #[must_use]
    pub fn grid(&self) -> (u32, u32) {
        (self.columns, self.rows)
    }

    /// The picture that shows a moment: the last one taken until then.
    #[must_use]
    pub fn at(&self, moment: Duration) -> PreviewTile {
        let after = self.frames.partition_point(|frame| *frame <= moment);
        let number = u32::try_from(after.saturating_sub(1)).unwrap_or(0);
        let place = number % (self.columns * self.rows);
        PreviewTile {
            sheet: number / (self.columns * self.rows),
            column: place % self.columns,
            row: place / self.columns,
        }
    }
}

/// How good a playback is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Quality {
    /// The file as it is.
    #[default]
    Original,
    /// At most so many bits per second, all streams together.
    UpTo(u64),
}

impl Quality {
    /// The choices below the original, best first.
    pub const LOWER: [Self; 6] = [
        Self::UpTo(20_000_000),
        Self::UpTo(10_000_000),
        Self::UpTo(6_000_000),
        Self::UpTo(3_000_000),
        Self::UpTo(1_500_000),
        Self::UpTo(700_000),
    ];

    /// The lower one of two.
    #[must_use]
    pub fn lower(self, other: Self) -> Self {
        match (self, other) {
            (Self::Original, other) => other,
            (own, Self::Original) => own,
            (Self::UpTo(own), Self::UpTo(other)) => Self::UpTo(own.min(other)),
        }
    }

    /// The height in pixels that makes sense at a bit rate.
    #[must_use]
    pub fn height(self) -> Option<u32> {
        match self {
            Self::Original => None,
            Self::UpTo(15_000_000..) => Some(2160),
            Self::UpTo(5_000_000..) => Some(1080),
            Self::UpTo(2_500_000..) => Some(720),
            Self::UpTo(1_000_000..) => Some(480),
            Self::UpTo(_) => Some(360),
        }
    }
}

/// A playback that a server is asked to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamWish {
    /// Which file.
    pub part: PartId,
    /// How good.
    pub quality: Quality,
    /// One random id for one playback.
    pub session: String,
    /// Where it is to begin; a hint.
    pub start: Duration,
    /// [`Track::index`](crate::model::Track::index) of the sound; `None` for the server's choice.
    pub audio: Option<u32>,
    /// [`Track::index`](crate::model::Track::index) of a subtitle that is to be drawn into the picture, as
    /// [`Supply::Drawn`](super::Supply::Drawn) names it; `None` for none, whatever the server would choose.
    pub drawn: Option<u32>,
    /// The file as it is has failed: the server makes a stream in any case.
    pub converted: bool,
}

/// How a server serves a playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// The file as it is.
    #[default]
    Direct,
    /// The same picture and sound in another container.
    Remux,
    /// Converted.
    Transcode,
}

/// What a server has decided.
#[derive(Clone, Debug)]
pub struct Decision {
    /// How it serves the playback.
    pub method: Method,
    /// Why it does not serve the file as it is, in the server's own words.
    pub reason: Option<String>,
    /// The id that the server knows the playback by, for [`Report::session`](super::Report::session).
    pub session: String,
    /// Where the stream is, unless it is the file itself.
    pub stream: Option<ServedStream>,
    /// Subtitles inside the file, which the stream goes without, and how they can be had.
    pub inside: Vec<ExternalSubtitle>,
    /// [`Track::index`](crate::model::Track::index) of the subtitle that the server draws into the stream's picture.
    pub drawn: Option<u32>,
}

impl Decision {
    /// The file as it is.
    #[must_use]
    pub fn direct(session: impl Into<String>) -> Self {
        Self {
            method: Method::Direct,
            reason: None,
            session: session.into(),
            stream: None,
            inside: Vec::new(),
            drawn: None,
        }
    }
}

/// A stream that a server makes for one playback: an HLS playlist (RFC 8216) of a whole film. Never stored.
#[derive(Clone, Debug)]
pub struct ServedStream {
    /// The client of the account, which adds the credentials.
    pub http: Http,
    /// The address of the playlist; it may hold a token.
    pub playlist: SecretUrl,
}

/// Somebody who took part in a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The source's own key, where it has one.
    pub key: Option<String>,
    /// Name.
    pub name: String,
    /// Whom they play, or what they did.
    pub role: Option<String>,
    /// Their picture.
    pub picture: Option<ImageId>,
}

/// A line of lyrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LyricLine {
    /// When it is sung; `None` where nobody has timed it.
    pub at: Option<Duration>,
    /// Its words; may be empty, for a pause.
    pub text: String,
}

/// Something that a server tells without being asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// From now on it tells what changes. What changed before may not have been told.
    Listening,
    /// Something changed, and it does not say what.
    Anything,
    /// Titles in this library changed, and it does not say which.
    Library(LibraryId),
    /// These titles came or changed; all of them are in `library`, where that is known.
    Titles {
        /// Which.
        ids: Vec<ItemId>,
        /// Where.
        library: Option<LibraryId>,
    },
    /// These titles are gone, and what was below them.
    Gone(Vec<ItemId>),
    /// What this user has watched of some titles, or their marks, changed.
    Watched(Vec<ItemId>),
    /// It wants this device to stop playing.
    Stop,
    /// Words for the person, from whoever runs the server: at most 300 letters.
    Words(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_picture() {
        let interval = Duration::from_secs(10);
        let strip = PreviewStrip::regular("k", 25, interval, (4, 3)).unwrap();
        let tile = |sheet, column, row| PreviewTile { sheet, column, row };
        let at = |second| strip.at(Duration::from_secs(second));
        assert_eq!(at(0), tile(0, 0, 0));
        assert_eq!(at(9), tile(0, 0, 0));
        assert_eq!(at(10), tile(0, 1, 0));
        assert_eq!(at(40), tile(0, 0, 1));
        assert_eq!(at(119), tile(0, 3, 2));
        assert_eq!(at(120), tile(1, 0, 0));
        assert_eq!(at(9999), tile(2, 0, 0), "past the end, the last one");
    }

    #[test]
    fn pictures_at_odd_times_and_alone() {
        let seconds = [7, 0, 3].map(Duration::from_secs);
        let strip = PreviewStrip::new("k", seconds.into(), (1, 1)).unwrap();
        let sheets = [0, 2, 3, 6, 7, 100].map(|second| strip.at(Duration::from_secs(second)).sheet);
        assert_eq!(sheets, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn what_is_no_strip() {
        let second = Duration::from_secs(1);
        assert_eq!(PreviewStrip::new("k", Vec::new(), (1, 1)), None);
        assert_eq!(PreviewStrip::regular("k", 5, Duration::ZERO, (1, 1)), None);
        assert_eq!(PreviewStrip::regular("k", 5, second, (0, 1)), None);
        assert_eq!(PreviewStrip::regular("k", 5, second, (1, u32::MAX)), None);
        assert_eq!(PreviewStrip::regular("k", u32::MAX, second, (1, 1)), None);
    }
}
