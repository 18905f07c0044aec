//! What only the details of an item have, kept as one JSON text for each item, so that it plays without the network.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::entity::details::{ActiveModel, Column, Entity};
use super::item_row::{duration, millis};
use super::{Store, StoreError};
use crate::model::{
    Chapter, Chosen, ItemId, Marker, MarkerKind, Part, PartId, Piece, Track, TrackKind, Unfit,
};

/// Rows of one question.
const AT_ONCE: usize = 200;

/// Parts, chapters, subtitles, markers and people of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DetailsRow {
    /// Playable files, as the source has them: the best version first, the files of a version in their order.
    pub(crate) parts: Vec<Part>,
    /// Which of them the person wants to play; [`Store::put_details`] leaves that as it is.
    pub(crate) version: Option<PartId>,
    /// Chapters, in order.
    pub(crate) chapters: Vec<Chapter>,
    /// Subtitles beside the parts.
    pub(crate) subtitles: Vec<SubtitleRow>,
    /// What people skip, by their beginnings.
    pub(crate) markers: Vec<Marker>,
    /// Who took part.
    pub(crate) people: Vec<PersonRow>,
}

/// Somebody who took part; the picture's key is of the item's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonRow {
    /// The source's key.
    pub(crate) key: Option<String>,
    /// Name.
    pub(crate) name: String,
    /// Whom they play.
    pub(crate) role: Option<String>,
    /// The picture's key.
    pub(crate) picture: Option<String>,
}

/// A subtitle beside a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubtitleRow {
    /// ISO 639 code.
    pub(crate) language: Option<String>,
    /// Title, for people.
    pub(crate) title: String,
    /// File name extension.
    pub(crate) format: String,
    /// The source's key.
    pub(crate) key: String,
    /// The index of its track.
    #[serde(default)]
    pub(crate) index: Option<u32>,
    /// The key of the part it is beside; rows of older versions have none, for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    parts: Vec<PartBody>,
    chapters: Vec<(i64, String)>,
    subtitles: Vec<SubtitleRow>,
    /// Begin, end and kind. Rows of older versions have none.
    #[serde(default)]
    markers: Vec<(i64, i64, MarkerBody)>,
    #[serde(default)]
    people: Vec<PersonRow>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MarkerBody {
    Intro,
    Outro,
    Recap,
    Commercial,
    Preview,
}

impl From<MarkerKind> for MarkerBody {
    fn from(kind: MarkerKind) -> Self {
        match kind {
            MarkerKind::Intro => Self::Intro,
            MarkerKind::Outro => Self::Outro,
            MarkerKind::Recap => Self::Recap,
            MarkerKind::Commercial => Self::Commercial,
            MarkerKind::Preview => Self::Preview,
        }
    }
}

impl From<MarkerBody> for MarkerKind {
    fn from(body: MarkerBody) -> Self {
        match body {
            MarkerBody::Intro => Self::Intro,
            MarkerBody::Outro => Self::Outro,
            MarkerBody::Recap => Self::Recap,
            MarkerBody::Commercial => Self::Commercial,
            MarkerBody::Preview => Self::Preview,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct PartBody {
    key: String,
    name: Option<String>,
    container: Option<String>,
    size: Option<u64>,
    bitrate: Option<u64>,
    fingerprint: Option<String>,
    tracks: Vec<TrackBody>,
    /// Sound and subtitle. Rows of older versions have none.
    #[serde(default)]
    chosen: Option<(Option<u32>, Option<u32>)>,
    #[serde(default)]
    unfit: Option<UnfitBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    piece: Option<PieceBody>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum UnfitBody {
    Disc,
    Colours,
}

impl From<Unfit> for UnfitBody {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Disc => Self::Disc,
            Unfit::Colours => Self::Colours,
        }
    }
}

impl From<UnfitBody> for Unfit {
    fn from(body: UnfitBody) -> Self {
        match body {
            UnfitBody::Disc => Self::Disc,
            UnfitBody::Colours => Self::Colours,
        }
    }
}

/// Times in milliseconds.
#[derive(Serialize, Deserialize)]
struct PieceBody {
    version: u32,
    number: u32,
    of: u32,
    begins_at: i64,
    length: i64,
    whole: i64,
}

/// What only a text that tells of a film in several files holds.
pub(super) const IN_PIECES: &str = "\"piece\":{";

impl From<Piece> for PieceBody {
    fn from(piece: Piece) -> Self {
        Self {
            version: piece.version,
            number: piece.number,
            of: piece.of,
            begins_at: millis(piece.begins_at),
            length: millis(piece.length),
            whole: millis(piece.whole),
        }
    }
}

impl From<PieceBody> for Piece {
    fn from(body: PieceBody) -> Self {
        Self {
            version: body.version,
            number: body.number,
            of: body.of,
            begins_at: duration(body.begins_at),
            length: duration(body.length),
            whole: duration(body.whole),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct TrackBody {
    index: u32,
    kind: KindBody,
    codec: Option<String>,
    language: Option<String>,
    title: Option<String>,
    height: Option<u32>,
    channels: Option<u32>,
    external: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindBody {
    Video,
    Audio,
    Subtitle,
}

impl Store {
    /// Keeps the details of an item that is in the mirror.
    pub(crate) async fn put_details(
        &self,
        item: &ItemId,
        details: &DetailsRow,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(&body_of(details))
            .map_err(|error| StoreError::Row(error.to_string()))?;
        let row = ActiveModel {
            account: Set(item.account().as_str().to_owned()),
            key: Set(item.key().to_owned()),
            body: Set(body),
            version: NotSet,
        };
        let writer = self.writer().await;
        Entity::insert(row)
            .on_conflict(
                OnConflict::columns([Column::Account, Column::Key])
                    .update_column(Column::Body)
                    .to_owned(),
            )
            .exec_without_returning(&writer.quick)
            .await?;
        Ok(())
    }

    /// The details of an item as they were kept last.
    pub(crate) async fn details(&self, item: &ItemId) -> Result<Option<DetailsRow>, StoreError> {
        let key = (item.account().as_str().to_owned(), item.key().to_owned());
        let Some(row) = Entity::find_by_id(key).one(self.readers()).await? else {
            return Ok(None);
        };
        Ok(Some(DetailsRow {
            version: row.version.map(|key| PartId::new(item.clone(), key)),
            ..read(&row.body, item)?
        }))
    }

    /// Keeps which file of a title the person wants to play. Says whether the title's details are here to keep it with.
    pub(crate) async fn put_version(&self, part: &PartId) -> Result<bool, StoreError> {
        let item = part.item();
        let writer = self.writer().await;
        let done = Entity::update_many()
            .col_expr(Column::Version, Expr::value(part.key()))
            .filter(Column::Account.eq(item.account().as_str()))
            .filter(Column::Key.eq(item.key()))
            .exec(&writer.quick)
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// The parts of those of these items that lie in several files.
    pub(crate) async fn in_pieces(
        &self,
        items: &[ItemId],
    ) -> Result<HashMap<ItemId, Vec<Part>>, StoreError> {
        let mut found = HashMap::new();
        for some in items.chunks(AT_ONCE) {
            let accounts: BTreeSet<_> = some.iter().map(|item| item.account().as_str()).collect();
            let rows = Entity::find()
                .filter(Column::Account.is_in(accounts))
                .filter(Column::Key.is_in(some.iter().map(ItemId::key)))
                .filter(Column::Body.contains(IN_PIECES));
            for row in rows.all(self.readers()).await? {
                let same = |item: &&ItemId| {
                    item.account().as_str() == row.account && item.key() == row.key
                };
                if let Some(item) = some.iter().find(same) {
                    found.insert(item.clone(), read(&row.body, item)?.parts);
                }
            }
        }
        Ok(found)
    }
}

fn read(body: &str, item: &ItemId) -> Result<DetailsRow, StoreError> {
    let body: Body =
        serde_json::from_str(body).map_err(|error| StoreError::Row(error.to_string()))?;
    Ok(details_of(body, item))
}

fn body_of(details: &DetailsRow) -> Body {
    let track = |track: &Track| TrackBody {
        index: track.index,
        kind: match track.kind {
            TrackKind::Video => KindBody::Video,
            TrackKind::Audio => KindBody::Audio,
            TrackKind::Subtitle => KindBody::Subtitle,
        },
        codec: track.codec.clone(),
        language: track.language.clone(),
        title: track.title.clone(),
        height: track.height,
        channels: track.channels,
        external: track.external,
    };
    let part = |part: &Part| PartBody {
        key: part.id.key().to_owned(),
        name: part.name.clone(),
        container: part.container.clone(),
        size: part.size,
        bitrate: part.bitrate,
        fingerprint: part.fingerprint.clone(),
        tracks: part.tracks.iter().map(track).collect(),
        chosen: part.chosen.map(|chosen| (chosen.audio, chosen.subtitle)),
        unfit: part.unfit.map(UnfitBody::from),
        piece: part.piece.map(PieceBody::from),
    };
    let chapter = |chapter: &Chapter| (millis(chapter.start), chapter.title.clone());
    let marker = |marker: &Marker| {
        let (start, end) = (millis(marker.start), millis(marker.end));
        (start, end, marker.kind.into())
    };
    Body {
        parts: details.parts.iter().map(part).collect(),
        chapters: details.chapters.iter().map(chapter).collect(),
        subtitles: details.subtitles.clone(),
        markers: details.markers.iter().map(marker).collect(),
        people: details.people.clone(),
    }
}

fn details_of(body: Body, item: &ItemId) -> DetailsRow {
    let track = |track: TrackBody| Track {
        index: track.index,
        kind: match track.kind {
            KindBody::Video => TrackKind::Video,
            KindBody::Audio => TrackKind::Audio,
            KindBody::Subtitle => TrackKind::Subtitle,
        },
        codec: track.codec,
        language: track.language,
        title: track.title,
        height: track.height,
        channels: track.channels,
        external: track.external,
    };
    let part = |part: PartBody| Part {
        id: PartId::new(item.clone(), part.key),
        name: part.name,
        container: part.container,
        size: part.size,
        bitrate: part.bitrate,
        fingerprint: part.fingerprint,
        tracks: part.tracks.into_iter().map(track).collect(),
        chosen: part
            .chosen
            .map(|(audio, subtitle)| Chosen { audio, subtitle }),
        unfit: part.unfit.map(Unfit::from),
        piece: part.piece.map(Piece::from),
    };
    let chapter = |(start, title): (i64, String)| Chapter {
        start: duration(start),
        title,
    };
    let marker = |(start, end, kind): (i64, i64, MarkerBody)| Marker {
        kind: kind.into(),
        start: duration(start),
        end: duration(end),
    };
    DetailsRow {
        parts: body.parts.into_iter().map(part).collect(),
        version: None,
        chapters: body.chapters.into_iter().map(chapter).collect(),
        subtitles: body.subtitles,
        markers: body.markers.into_iter().map(marker).collect(),
        people: body.people,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn details_survive_their_text() {
        let length = |millis| (Some(Duration::from_millis(millis)), None);
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let details = DetailsRow {
            parts: vec![Part {
                id: PartId::new(item.clone(), "1080"),
                name: Some("Original".to_owned()),
                container: Some("mkv".to_owned()),
                size: Some(u64::MAX),
                bitrate: None,
                fingerprint: Some("etag".to_owned()),
                tracks: vec![Track {
                    index: 1,
                    kind: TrackKind::Subtitle,
                    codec: Some("srt".to_owned()),
                    language: Some("deu".to_owned()),
                    title: None,
                    height: None,
                    channels: None,
                    external: true,
                }],
                chosen: Some(Chosen {
                    audio: Some(2),
                    subtitle: None,
                }),
                unfit: Some(Unfit::Colours),
                piece: Piece::lay(1, &[length(40_500), length(20_000)], None)
                    .map(|pieces| pieces[1]),
            }],
            version: None,
            chapters: vec![Chapter {
                start: Duration::from_millis(1_500),
                title: "Opening".to_owned(),
            }],
            subtitles: vec![SubtitleRow {
                language: None,
                title: "Forced".to_owned(),
                format: "ass".to_owned(),
                key: "3".to_owned(),
                index: Some(3),
                part: Some("1080".to_owned()),
            }],
            markers: vec![Marker {
                kind: MarkerKind::Outro,
                start: Duration::from_secs(60),
                end: Duration::from_millis(90_500),
            }],
            people: vec![PersonRow {
                key: Some("p1".to_owned()),
                name: "Ada".to_owned(),
                role: None,
                picture: Some("p1/Primary/t".to_owned()),
            }],
        };
        let text = serde_json::to_string(&body_of(&details)).unwrap();
        assert!(text.contains(IN_PIECES));
        let read = details_of(serde_json::from_str(&text).unwrap(), &item);
        assert_eq!(read, details);
    }

    #[test]
    fn rows_of_older_versions_are_read() {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let text = r#"{"parts":[{"key":"k","name":null,"container":null,"size":1,"bitrate":null,"fingerprint":null,"tracks":[]}],
            "chapters":[[0,"One"]],"subtitles":[{"language":null,"title":"","format":"srt","key":"s"}]}"#;
        let details = details_of(serde_json::from_str(text).unwrap(), &item);
        assert_eq!(details.chapters.len(), 1);
        assert_eq!(
            (details.parts[0].piece, details.parts[0].chosen),
            (None, None)
        );
        assert_eq!(details.subtitles[0].part, None);
        let again = serde_json::to_string(&body_of(&details)).unwrap();
        assert!(!again.contains("piece"));
        assert_eq!((details.markers.len(), details.people.len()), (0, 0));
    }
}
