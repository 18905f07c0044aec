//! Subtitles that do not come with the bytes that are played: beside the file, or inside the one that a stream is made of.

use bytes::Bytes;

use crate::model::PartId;

/// A subtitle that is not inside what is played.
#[derive(Clone, Debug)]
pub struct ExternalSubtitle {
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title, for people.
    pub title: String,
    /// File name extension: `srt`, `vtt`, `ass`; for pictures the short name of their codec.
    pub format: String,
    /// The source's key, for [`Source::subtitle`](super::Source::subtitle).
    pub key: String,
    /// Its [`Track::index`](crate::model::Track::index), where the source has one.
    pub index: Option<u32>,
    /// How it can be had.
    pub supply: Supply,
    /// The file that it belongs to; `None` for the title's first. Its times are that file's.
    pub part: Option<PartId>,
}

impl ExternalSubtitle {
    /// Whether it belongs to a file; `first` is the title's first.
    #[must_use]
    pub fn is_of(&self, part: &PartId, first: Option<&PartId>) -> bool {
        self.part.as_ref().or(first) == Some(part)
    }
}

/// A font that styled subtitles of a file ask for by its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Font {
    /// File name, for people and for the renderer.
    pub name: String,
    /// TrueType or OpenType.
    pub data: Bytes,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Font({:?}, {} bytes)", self.name, self.data.len())
    }
}

/// How a subtitle can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Supply {
    /// As a text that is there.
    #[default]
    File,
    /// As a text that the server takes out of the title's file first. That may take it minutes: only what somebody has chosen
    /// is asked for.
    Extracted,
    /// Not as text: drawn into the picture of a stream that is asked for with this
    /// [`Track::index`](crate::model::Track::index) as [`StreamWish::drawn`](super::StreamWish::drawn).
    Drawn(u32),
}

impl ExternalSubtitle {
    /// Short name of a text format, by a server's name of its codec. `None` for pictures and the rest, which cannot be had
    /// as text.
    pub(crate) fn format_of(codec: &str) -> Option<&'static str> {
        match codec.to_ascii_lowercase().as_str() {
            "srt" | "subrip" => Some("srt"),
            "vtt" | "webvtt" => Some("vtt"),
            "ass" => Some("ass"),
            "ssa" => Some("ssa"),
            _ => None,
        }
    }

    /// Short name of a format of pictures, by a server's name of its codec. `None` for text and the rest.
    pub(crate) fn pictures_of(codec: &str) -> Option<&'static str> {
        match codec.to_ascii_lowercase().as_str() {
            "pgs" | "pgssub" | "hdmv_pgs_subtitle" => Some("pgs"),
            "vobsub" | "dvdsub" | "dvd_subtitle" => Some("vobsub"),
            "dvbsub" | "dvb_subtitle" => Some("dvbsub"),
            _ => None,
        }
    }
}
