//! What PMS 1.40 and later and plex.tv send, as they send it. Lenient, as [`crate::source::lenient`] says.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(super) use crate::source::lenient::{Flag, Many, Maybe, Number, Word};

/// Every answer of a server. Without a container it is none.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<T> {
    #[serde(rename = "MediaContainer")]
    pub(super) container: T,
}

/// Rows of an answer: a list, or the row itself where there is but one; nothing when it is neither.
#[derive(Debug, Default)]
pub(super) struct Rows(pub(super) Vec<Value>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::Array(rows) => Self(rows),
            row @ Value::Object(_) => Self(vec![row]),
            _ => Self::default(),
        })
    }
}

/// A list of titles or sections.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct List {
    #[serde(rename = "totalSize")]
    pub(super) total: Maybe<Number>,
    pub(super) offset: Maybe<Number>,
    #[serde(rename = "Metadata")]
    pub(super) metadata: Rows,
    #[serde(rename = "Directory")]
    pub(super) directory: Rows,
    #[serde(rename = "Hub")]
    pub(super) hubs: Many<Hub>,
}

/// Titles under a heading. People and collections stand in another list, which is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Hub {
    #[serde(rename = "hubIdentifier")]
    pub(super) identifier: Maybe<String>,
    pub(super) title: Maybe<Word>,
    #[serde(rename = "Metadata")]
    pub(super) metadata: Rows,
}

/// `GET /identity` and `GET /`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Identity {
    pub(super) machine_identifier: Maybe<Word>,
}

/// A section of a server.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Section {
    pub(super) key: Maybe<Word>,
    #[serde(rename = "type")]
    pub(super) kind: Maybe<String>,
    pub(super) title: Maybe<Word>,
    pub(super) agent: Maybe<String>,
}

/// Which section a title is in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    #[serde(rename = "librarySectionID")]
    section: Maybe<Word>,
}

impl Place {
    /// The section's key; `None` where the title does not say it.
    pub(super) fn of(row: &Value) -> Option<String> {
        let place = Self::deserialize(row).ok()?;
        place.section.owned()
    }
}

/// A title, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item {
    pub(super) rating_key: Maybe<Word>,
    #[serde(rename = "type")]
    pub(super) kind: Maybe<String>,
    pub(super) title: Maybe<Word>,
    pub(super) title_sort: Maybe<Word>,
    pub(super) original_title: Maybe<Word>,
    pub(super) parent_rating_key: Maybe<Word>,
    pub(super) grandparent_rating_key: Maybe<Word>,
    pub(super) parent_title: Maybe<Word>,
    pub(super) grandparent_title: Maybe<Word>,
    pub(super) parent_index: Maybe<Number>,
    pub(super) index: Maybe<Number>,
    pub(super) year: Maybe<Number>,
    pub(super) parent_year: Maybe<Number>,
    pub(super) originally_available_at: Maybe<String>,
    pub(super) duration: Maybe<Number>,
    pub(super) summary: Maybe<Word>,
    pub(super) content_rating: Maybe<Word>,
    pub(super) rating: Maybe<Number>,
    pub(super) audience_rating: Maybe<Number>,
    pub(super) child_count: Maybe<Number>,
    pub(super) leaf_count: Maybe<Number>,
    pub(super) viewed_leaf_count: Maybe<Number>,
    pub(super) view_offset: Maybe<Number>,
    pub(super) view_count: Maybe<Number>,
    pub(super) last_viewed_at: Maybe<Number>,
    pub(super) added_at: Maybe<Number>,
    pub(super) user_rating: Maybe<Number>,
    pub(super) composite: Maybe<String>,
    pub(super) thumb: Maybe<String>,
    pub(super) parent_thumb: Maybe<String>,
    pub(super) grandparent_thumb: Maybe<String>,
    pub(super) art: Maybe<String>,
    pub(super) parent_art: Maybe<String>,
    pub(super) grandparent_art: Maybe<String>,
    #[serde(rename = "Genre")]
    pub(super) genres: Many<Tag>,
    #[serde(rename = "Media")]
    pub(super) media: Many<Media>,
    #[serde(rename = "Chapter")]
    pub(super) chapters: Many<Chapter>,
    #[serde(rename = "Marker")]
    pub(super) markers: Many<Marker>,
    #[serde(rename = "Role")]
    pub(super) roles: Many<Person>,
    #[serde(rename = "Director")]
    pub(super) directors: Many<Person>,
    #[serde(rename = "Writer")]
    pub(super) writers: Many<Person>,
}

/// A stretch that people skip.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Marker {
    #[serde(rename = "type")]
    pub(super) kind: Maybe<String>,
    pub(super) start_time_offset: Maybe<Number>,
    pub(super) end_time_offset: Maybe<Number>,
}

/// Somebody who took part.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    pub(super) id: Maybe<Word>,
    pub(super) tag: Maybe<Word>,
    pub(super) role: Maybe<Word>,
    pub(super) thumb: Maybe<String>,
}

/// A genre.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tag {
    pub(super) tag: Maybe<Word>,
}

/// A version of a title.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Media {
    pub(super) title: Maybe<Word>,
    pub(super) duration: Maybe<Number>,
    pub(super) bitrate: Maybe<Number>,
    pub(super) container: Maybe<String>,
    pub(super) video_resolution: Maybe<Word>,
    pub(super) width: Maybe<Number>,
    pub(super) height: Maybe<Number>,
    #[serde(rename = "Part")]
    pub(super) parts: Many<Part>,
}

/// A file of a version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part {
    pub(super) id: Maybe<Word>,
    pub(super) key: Maybe<String>,
    pub(super) duration: Maybe<Number>,
    pub(super) size: Maybe<Number>,
    pub(super) container: Maybe<String>,
    /// Kinds of pictures for the seek bar, with commas.
    pub(super) indexes: Maybe<String>,
    pub(super) decision: Maybe<String>,
    /// The server has looked, and it is there.
    pub(super) exists: Maybe<Flag>,
    /// The same, and it may be read.
    pub(super) accessible: Maybe<Flag>,
    #[serde(rename = "Stream")]
    pub(super) streams: Many<Stream>,
}

/// A stream of a file, or beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Stream {
    pub(super) id: Maybe<Number>,
    pub(super) key: Maybe<String>,
    pub(super) stream_type: Maybe<Number>,
    pub(super) index: Maybe<Number>,
    pub(super) codec: Maybe<String>,
    pub(super) language_code: Maybe<String>,
    pub(super) title: Maybe<Word>,
    pub(super) display_title: Maybe<Word>,
    pub(super) height: Maybe<Number>,
    pub(super) channels: Maybe<Number>,
    pub(super) decision: Maybe<String>,
    /// Of lyrics: `lrc`, `txt`.
    pub(super) format: Maybe<String>,
    /// Of lyrics: lines have times.
    pub(super) timed: Maybe<Flag>,
    /// This user's choice on the server.
    pub(super) selected: Maybe<Flag>,
    /// Of a decision: drawn into the picture.
    pub(super) burn: Maybe<Flag>,
    #[serde(rename = "DOVIPresent")]
    pub(super) dovi_present: Maybe<Flag>,
    #[serde(rename = "DOVIProfile")]
    pub(super) dovi_profile: Maybe<Number>,
    /// Which other screens its picture is for; 0: none.
    #[serde(rename = "DOVIBLCompatID")]
    pub(super) dovi_compatible: Maybe<Number>,
}

/// A chapter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Chapter {
    pub(super) start_time_offset: Maybe<Number>,
    pub(super) tag: Maybe<Word>,
}

/// Whether something may be played.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Decision {
    pub(super) general_decision_code: Maybe<Number>,
    pub(super) general_decision_text: Maybe<String>,
    pub(super) mde_decision_code: Maybe<Number>,
    pub(super) mde_decision_text: Maybe<String>,
    pub(super) direct_play_decision_code: Maybe<Number>,
    pub(super) direct_play_decision_text: Maybe<String>,
    pub(super) transcode_decision_code: Maybe<Number>,
    pub(super) transcode_decision_text: Maybe<String>,
    pub(super) termination_code: Maybe<Number>,
    pub(super) termination_text: Maybe<String>,
    #[serde(rename = "Metadata")]
    pub(super) metadata: Many<Item>,
}

/// plex.tv: `POST /pins` and `GET /pins/{id}`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pin {
    pub(super) id: Maybe<Word>,
    pub(super) code: Maybe<Word>,
    pub(super) expires_in: Maybe<Number>,
    pub(super) auth_token: Maybe<String>,
}

/// plex.tv: a user.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) uuid: Maybe<Word>,
    pub(super) title: Maybe<Word>,
    pub(super) username: Maybe<Word>,
    pub(super) protected: Maybe<Flag>,
    pub(super) auth_token: Maybe<String>,
}

/// plex.tv: `GET /home/users`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Home {
    pub(super) users: Many<User>,
}

/// plex.tv: one of `GET /resources`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Resource {
    pub(super) name: Maybe<Word>,
    pub(super) client_identifier: Maybe<Word>,
    pub(super) provides: Maybe<String>,
    pub(super) access_token: Maybe<String>,
    pub(super) owned: Maybe<Flag>,
    pub(super) source_title: Maybe<Word>,
    pub(super) https_required: Maybe<Flag>,
    pub(super) public_address_matches: Maybe<Flag>,
    pub(super) connections: Many<Connection>,
}

/// plex.tv: a way to a server.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Connection {
    pub(super) address: Maybe<Word>,
    pub(super) port: Maybe<Number>,
    pub(super) uri: Maybe<String>,
    pub(super) local: Maybe<Flag>,
    pub(super) relay: Maybe<Flag>,
}
