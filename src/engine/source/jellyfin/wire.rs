//! What Jellyfin 10.10 to 12 sends, as it sends it. Lenient: a field that is absent, null, of another type or of an unknown
//! kind is simply not there, and never costs more than itself.

use serde::Deserialize;
use serde_json::Value;

pub(super) use crate::source::lenient::{Many, Maybe, Number};

/// `POST /QuickConnect/Initiate` and `GET /QuickConnect/Connect`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct QuickConnect {
    pub(super) authenticated: Maybe<bool>,
    pub(super) code: Maybe<String>,
    pub(super) secret: Maybe<String>,
}

/// The answer to the question who is there (UDP 7359).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Discovered {
    pub(super) address: Maybe<String>,
    pub(super) id: Maybe<String>,
}

/// `GET /System/Info/Public`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PublicInfo {
    pub(super) id: Maybe<String>,
    pub(super) server_name: Maybe<String>,
    pub(super) version: Maybe<String>,
    pub(super) product_name: Maybe<String>,
    pub(super) local_address: Maybe<String>,
}

/// `POST /Users/AuthenticateByName`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SignedIn {
    pub(super) user: User,
    pub(super) access_token: Maybe<String>,
    pub(super) server_id: Maybe<String>,
}

/// A user of the server.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct User {
    pub(super) id: Maybe<String>,
    pub(super) name: Maybe<String>,
}

/// A page of anything. `items` is a plain list: a page without one is no page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    #[serde(default)]
    pub(super) total_record_count: Maybe<Number>,
}

/// `BaseItemDto`, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Item {
    pub(super) id: Maybe<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Maybe<String>,
    pub(super) name: Maybe<String>,
    pub(super) sort_name: Maybe<String>,
    pub(super) collection_type: Maybe<String>,
    pub(super) location_type: Maybe<String>,
    pub(super) series_id: Maybe<String>,
    pub(super) series_name: Maybe<String>,
    pub(super) season_id: Maybe<String>,
    pub(super) album_id: Maybe<String>,
    pub(super) album_artist: Maybe<String>,
    pub(super) album_artists: Many<Named>,
    pub(super) artists: Many<String>,
    pub(super) artist_items: Many<Named>,
    pub(super) parent_index_number: Maybe<Number>,
    pub(super) index_number: Maybe<Number>,
    pub(super) production_year: Maybe<Number>,
    pub(super) premiere_date: Maybe<String>,
    pub(super) date_created: Maybe<String>,
    pub(super) run_time_ticks: Maybe<Number>,
    /// Files of a film in several.
    pub(super) part_count: Maybe<Number>,
    pub(super) overview: Maybe<String>,
    pub(super) genres: Many<String>,
    pub(super) official_rating: Maybe<String>,
    pub(super) community_rating: Maybe<Number>,
    pub(super) width: Maybe<Number>,
    pub(super) height: Maybe<Number>,
    pub(super) child_count: Maybe<Number>,
    pub(super) recursive_item_count: Maybe<Number>,
    pub(super) user_data: Maybe<UserData>,
    pub(super) image_tags: Maybe<ImageTags>,
    pub(super) backdrop_image_tags: Many<String>,
    pub(super) parent_backdrop_item_id: Maybe<String>,
    pub(super) parent_backdrop_image_tags: Many<String>,
    pub(super) series_primary_image_tag: Maybe<String>,
    pub(super) album_primary_image_tag: Maybe<String>,
    pub(super) parent_thumb_item_id: Maybe<String>,
    pub(super) parent_thumb_image_tag: Maybe<String>,
    pub(super) media_sources: Many<MediaSource>,
    pub(super) chapters: Many<Chapter>,
    pub(super) people: Many<Person>,
    pub(super) trickplay: Value,
}

/// `NameGuidPair`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Named {
    pub(super) id: Maybe<String>,
    pub(super) name: Maybe<String>,
}

/// Tags of an item's own pictures.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageTags {
    pub(super) primary: Maybe<String>,
    pub(super) thumb: Maybe<String>,
}

/// What the user has watched.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct UserData {
    pub(super) playback_position_ticks: Maybe<Number>,
    pub(super) played: Maybe<bool>,
    pub(super) is_favorite: Maybe<bool>,
    pub(super) item_id: Maybe<String>,
    pub(super) last_played_date: Maybe<String>,
    pub(super) rating: Maybe<Number>,
    pub(super) unplayed_item_count: Maybe<Number>,
}

/// One version of an item.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MediaSource {
    pub(super) id: Maybe<String>,
    pub(super) name: Maybe<String>,
    pub(super) container: Maybe<String>,
    pub(super) path: Maybe<String>,
    pub(super) size: Maybe<Number>,
    pub(super) bitrate: Maybe<Number>,
    #[serde(rename = "ETag")]
    pub(super) etag: Maybe<String>,
    pub(super) media_streams: Many<MediaStream>,
    pub(super) media_attachments: Many<Attachment>,
    pub(super) default_audio_stream_index: Maybe<Number>,
    pub(super) default_subtitle_stream_index: Maybe<Number>,
    pub(super) supports_direct_play: Maybe<bool>,
    /// `VideoFile`, `Iso`, `Dvd`, `BluRay`.
    pub(super) video_type: Maybe<String>,
    pub(super) iso_type: Maybe<String>,
    pub(super) transcoding_url: Maybe<String>,
}

/// Something inside a file that is no stream: a font, a picture.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Attachment {
    pub(super) index: Maybe<Number>,
    pub(super) file_name: Maybe<String>,
    pub(super) mime_type: Maybe<String>,
    pub(super) codec: Maybe<String>,
}

/// One stream of a version.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MediaStream {
    #[serde(rename = "Type")]
    pub(super) kind: Maybe<String>,
    pub(super) index: Maybe<Number>,
    pub(super) codec: Maybe<String>,
    pub(super) language: Maybe<String>,
    pub(super) title: Maybe<String>,
    pub(super) display_title: Maybe<String>,
    pub(super) width: Maybe<Number>,
    pub(super) height: Maybe<Number>,
    pub(super) channels: Maybe<Number>,
    pub(super) is_external: Maybe<bool>,
    pub(super) video_range_type: Maybe<String>,
}

/// A chapter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Chapter {
    pub(super) start_position_ticks: Maybe<Number>,
    pub(super) name: Maybe<String>,
}

/// `BaseItemPerson`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Person {
    pub(super) id: Maybe<String>,
    pub(super) name: Maybe<String>,
    pub(super) role: Maybe<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Maybe<String>,
    pub(super) primary_image_tag: Maybe<String>,
}

/// `MediaSegmentDto`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Segment {
    #[serde(rename = "Type")]
    pub(super) kind: Maybe<String>,
    pub(super) start_ticks: Maybe<Number>,
    pub(super) end_ticks: Maybe<Number>,
}

/// `GET /MediaSegments/{id}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Segments {
    pub(super) items: Many<Segment>,
}

/// `TrickplayInfoDto`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Trickplay {
    pub(super) width: Maybe<Number>,
    pub(super) height: Maybe<Number>,
    pub(super) tile_width: Maybe<Number>,
    pub(super) tile_height: Maybe<Number>,
    pub(super) thumbnail_count: Maybe<Number>,
    /// Milliseconds.
    pub(super) interval: Maybe<Number>,
}

/// `POST /Items/{id}/PlaybackInfo`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct PlaybackInfo {
    pub(super) media_sources: Many<MediaSource>,
    pub(super) play_session_id: Maybe<String>,
    pub(super) error_code: Maybe<String>,
}

/// `GET /Audio/{id}/Lyrics`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Lyrics {
    pub(super) metadata: Maybe<LyricMetadata>,
    pub(super) lyrics: Many<LyricLine>,
}

/// `LyricMetadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LyricMetadata {
    /// Ticks.
    pub(super) offset: Maybe<Number>,
}

/// `LyricLine`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct LyricLine {
    pub(super) text: Maybe<String>,
    pub(super) start: Maybe<Number>,
}
