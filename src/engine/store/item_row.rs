//! Items between the model and their rows. Pure.

use std::time::Duration;

use sea_orm::ActiveValue::Set;

use super::StoreError;
use super::entity::{item, progress};
use super::fold::{fold, sort_key};
use crate::model::{
    AccountId, Artwork, Credit, ImageId, Item, ItemId, Kind, LibraryId, Progress, Resolution,
};

const KINDS: [(Kind, &str); 8] = [
    (Kind::Movie, "movie"),
    (Kind::Show, "show"),
    (Kind::Season, "season"),
    (Kind::Episode, "episode"),
    (Kind::Artist, "artist"),
    (Kind::Album, "album"),
    (Kind::Track, "track"),
    (Kind::Video, "video"),
];

/// The name of a kind in the database.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("video", |(_, name)| name)
}

fn kind_of(name: &str) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(kind, _)| *kind)
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn number(stored: i32) -> Option<u32> {
    u32::try_from(stored).ok()
}

fn written_credits(credits: &[Credit]) -> String {
    let rows: Vec<(Option<&str>, &str, String)> = credits
        .iter()
        .map(|credit| {
            let artist = credit.artist.as_ref().map(ItemId::key);
            (artist, credit.name.as_str(), fold(&credit.name))
        })
        .collect();
    serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned())
}

fn read_credits(account: &AccountId, text: String) -> Result<Vec<Credit>, StoreError> {
    type Row = (Option<String>, String, String);
    let rows: Vec<Row> = serde_json::from_str(&text).map_err(|_| StoreError::Row(text))?;
    let credit = |(artist, name, _): Row| Credit {
        artist: artist.map(|key| ItemId::new(account.clone(), key)),
        name,
    };
    Ok(rows.into_iter().map(credit).collect())
}

/// The item's row, to be written whole, as seen by the refresh `walk`.
pub(super) fn row_of(item: &Item, walk: i64) -> item::ActiveModel {
    let image = |image: &Option<ImageId>| image.as_ref().map(|image| image.key().to_owned());
    let parent = |parent: &Option<ItemId>| parent.as_ref().map(|parent| parent.key().to_owned());
    let search = [Some(item.title.as_str()), item.context.as_deref()];
    let search = search
        .into_iter()
        .flatten()
        .map(fold)
        .collect::<Vec<_>>()
        .join("\n");
    item::ActiveModel {
        account: Set(item.id.account().as_str().to_owned()),
        key: Set(item.id.key().to_owned()),
        library: Set(item
            .library
            .as_ref()
            .map(|library| library.key().to_owned())),
        kind: Set(kind_name(item.kind).to_owned()),
        title: Set(item.title.clone()),
        sort_title: Set(item.sort_title.clone()),
        sort_key: Set(sort_key(&item.sort_title)),
        search_text: Set(search),
        context: Set(item.context.clone()),
        artists: Set(written_credits(&item.artists)),
        parent: Set(parent(&item.parent)),
        grandparent: Set(parent(&item.grandparent)),
        parent_number: Set(item.parent_index.map(small)),
        number: Set(item.index.map(small)),
        year: Set(item.year),
        duration_ms: Set(item.duration.map(millis)),
        overview: Set(item.overview.clone()),
        genres: Set(serde_json::to_string(&item.genres).unwrap_or_else(|_| "[]".to_owned())),
        content_rating: Set(item.content_rating.clone()),
        rating: Set(item.rating.map(f64::from)),
        child_count: Set(item.child_count.map(small)),
        unwatched_children: Set(item.progress.unwatched_children.map(small)),
        poster: Set(image(&item.artwork.poster)),
        backdrop: Set(image(&item.artwork.backdrop)),
        thumb: Set(image(&item.artwork.thumb)),
        added_at: Set(item.added_at),
        favourite: Set(item.favourite),
        own_rating: Set(item.own_rating.map(i32::from)),
        resolution: Set(item.resolution.map(|class| small(class.lines()))),
        walk: Set(walk),
    }
}

/// The item of a row; without parts and chapters, which its details have.
pub(super) fn item_of(
    row: item::Model,
    progress: Option<progress::Model>,
) -> Result<Item, StoreError> {
    let account: AccountId = row
        .account
        .parse()
        .map_err(|_| StoreError::Row(row.account))?;
    let kind = kind_of(&row.kind).ok_or(StoreError::Row(row.kind))?;
    let image = |key: Option<String>| key.map(|key| ImageId::new(account.clone(), key));
    let parent = |key: Option<String>| key.map(|key| ItemId::new(account.clone(), key));
    let mut watched = progress.map_or_else(Progress::default, |row| progress_of(&row));
    watched.unwatched_children = row.unwatched_children.and_then(number);
    Ok(Item {
        id: ItemId::new(account.clone(), row.key),
        library: row.library.map(|key| LibraryId::new(account.clone(), key)),
        kind,
        title: row.title,
        sort_title: row.sort_title,
        context: row.context,
        artists: read_credits(&account, row.artists)?,
        parent: parent(row.parent),
        grandparent: parent(row.grandparent),
        parent_index: row.parent_number.and_then(number),
        index: row.number.and_then(number),
        year: row.year,
        duration: row.duration_ms.map(duration),
        overview: row.overview,
        genres: serde_json::from_str(&row.genres).map_err(|_| StoreError::Row(row.genres))?,
        content_rating: row.content_rating,
        // Kept as f64 by SQLite; the source gave an f32.
        #[expect(clippy::cast_possible_truncation, reason = "it was an f32 before")]
        rating: row.rating.map(|rating| rating as f32),
        resolution: row
            .resolution
            .and_then(number)
            .and_then(Resolution::of_lines),
        child_count: row.child_count.and_then(number),
        artwork: Artwork {
            poster: image(row.poster),
            backdrop: image(row.backdrop),
            thumb: image(row.thumb),
        },
        added_at: row.added_at,
        favourite: row.favourite,
        own_rating: row.own_rating.and_then(|stars| u8::try_from(stars).ok()),
        progress: watched,
        parts: Vec::new(),
        version_chosen: false,
        chapters: Vec::new(),
    })
}

/// The progress of a row.
pub(super) fn progress_of(row: &progress::Model) -> Progress {
    Progress {
        position: duration(row.position_ms),
        watched: row.watched,
        unwatched_children: None,
        last_played: row.last_played,
    }
}
