//! `spoolctl sync`, `ls` and `show`.

use serde::Serialize;
use spool_engine::library::Synced;
use spool_engine::model::{Facets, Filter, Item, Query, Resolution, Sort};

use crate::cli::{Listing, Order, PictureClass};
use crate::failure::Failure;
use crate::output::{ItemRow, Output, size};
use crate::profile::Profile;
use crate::{accounts, item};

/// One account's outcome of `sync`.
#[derive(Debug, Serialize)]
struct SyncRow {
    account: String,
    /// Titles there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<Synced> for SyncRow {
    fn from(synced: Synced) -> Self {
        let account = synced.account.to_string();
        match synced.result {
            Ok(items) => Self {
                account,
                items: Some(items),
                error: None,
            },
            Err(error) => Self {
                account,
                items: None,
                error: Some(Failure::from(error).sentence),
            },
        }
    }
}

pub(crate) async fn sync(
    profile: &Profile,
    account: Option<&str>,
    output: Output,
) -> Result<(), Failure> {
    let account = account.map(|id| accounts::known(profile, id)).transpose()?;
    let rows: Vec<SyncRow> = profile
        .engine
        .library
        .sync(account)
        .await
        .into_iter()
        .map(SyncRow::from)
        .collect();
    output.result(&rows, |rows| {
        rows.iter()
            .map(|row| match (&row.items, &row.error) {
                (Some(items), _) => format!("{}  {items} titles\n", row.account),
                (None, error) => format!(
                    "{}  {}\n",
                    row.account,
                    error.as_deref().unwrap_or_default()
                ),
            })
            .collect()
    });
    let failed: Vec<_> = rows.iter().filter(|row| row.error.is_some()).collect();
    match failed.len() {
        0 => Ok(()),
        count => Err(Failure::new(format!(
            "{count} of {} accounts could not be refreshed.",
            rows.len()
        ))),
    }
}

/// The question that a listing asks.
fn question(listing: Listing) -> Query {
    let only = &listing.only;
    let filters = [
        (only.on_device, Filter::OnDevice),
        (only.unwatched, Filter::Unwatched),
        (only.in_progress, Filter::InProgress),
        (only.favourites, Filter::Favourites),
    ];
    let chosen = filters.into_iter().find(|(is_chosen, _)| *is_chosen);
    let resolution = listing.resolution.map(|class| match class {
        PictureClass::Sd => Resolution::Sd,
        PictureClass::Hd => Resolution::Hd,
        PictureClass::FullHd => Resolution::FullHd,
        PictureClass::Uhd => Resolution::Uhd,
    });
    let sort = match listing.sort {
        Order::Title => Sort::Title,
        Order::Added => Sort::Added,
        Order::Year => Sort::Year,
        Order::Watched => Sort::Watched,
        Order::Rating => Sort::Rating,
        Order::Duration => Sort::Duration,
    };
    Query {
        text: listing.query,
        filter: chosen.map(|(_, filter)| filter).unwrap_or_default(),
        facets: Facets {
            genre: listing.genre,
            decade: listing.decade,
            resolution,
        },
        sort,
        ..Query::default()
    }
}

pub(crate) async fn ls(profile: &Profile, listing: Listing, output: Output) -> Result<(), Failure> {
    let query = question(listing);
    profile.engine.library.presence_known().await;
    let rows: Vec<_> = profile
        .engine
        .library
        .page(query)
        .await?
        .items
        .iter()
        .map(|item| row(profile, item))
        .collect();
    output.result(&rows, |rows| rows.iter().map(ItemRow::line).collect());
    Ok(())
}

/// A title's row; [`spool_engine::library::LibraryService::presence_known`] first.
fn row(profile: &Profile, item: &Item) -> ItemRow {
    ItemRow::new(item, profile.engine.library.presence(&item.id))
}

/// What `show` prints: the title's row and what only its details have.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    row: ItemRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    overview: Option<String>,
    genres: Vec<String>,
    parts: Vec<PartRow>,
    chapters: Vec<ChapterRow>,
}

/// A file of a title.
#[derive(Debug, Serialize)]
struct PartRow {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    tracks: Vec<TrackRow>,
}

/// A stream of a file.
#[derive(Debug, Serialize)]
struct TrackRow {
    /// `video`, `audio`, `subtitle`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    codec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

/// A chapter.
#[derive(Debug, Serialize)]
struct ChapterRow {
    /// In seconds.
    start: f64,
    title: String,
}

pub(crate) async fn show(profile: &Profile, wanted: &str, output: Output) -> Result<(), Failure> {
    let found = item::find(profile, wanted).await?;
    let item = profile.engine.library.details(&found.id).await?.item;
    profile.engine.library.presence_known().await;
    output.result(&shown(profile, &item), |shown| {
        let mut text = shown.row.line();
        for part in &shown.parts {
            let bytes = part.size.map(size).unwrap_or_default();
            text += &format!(
                "  {} {bytes}\n",
                part.container.as_deref().unwrap_or("file")
            );
            for track in &part.tracks {
                let codec = track.codec.as_deref().unwrap_or("unknown");
                text += &format!(
                    "    {} {codec} {}\n",
                    track.kind,
                    track.language.as_deref().unwrap_or("")
                );
            }
        }
        for chapter in &shown.chapters {
            text += &format!("  {:>7.1} s  {}\n", chapter.start, chapter.title);
        }
        text + shown.overview.as_deref().unwrap_or_default()
    });
    Ok(())
}

fn shown(profile: &Profile, item: &Item) -> Shown {
    use spool_engine::model::TrackKind;
    let parts = item.parts.iter().map(|part| PartRow {
        id: part.id.key().to_owned(),
        container: part.container.clone(),
        size: part.size,
        tracks: part
            .tracks
            .iter()
            .map(|track| TrackRow {
                kind: match track.kind {
                    TrackKind::Video => "video",
                    TrackKind::Audio => "audio",
                    TrackKind::Subtitle => "subtitle",
                },
                codec: track.codec.clone(),
                language: track.language.clone(),
            })
            .collect(),
    });
    let chapters = item.chapters.iter().map(|chapter| ChapterRow {
        start: chapter.start.as_secs_f64(),
        title: chapter.title.clone(),
    });
    Shown {
        row: row(profile, item),
        overview: item.overview.clone(),
        genres: item.genres.clone(),
        parts: parts.collect(),
        chapters: chapters.collect(),
    }
}
