//! The reading of what a server has told: only what changed is asked for, and written into the mirror.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::news::News;
use crate::library::sync;
use crate::library::{Inner, LibraryError};
use crate::model::{AccountId, Item, ItemId, Kind, LibraryId};
use crate::source::Source;
use crate::store::items::Walk;
use crate::store::now_ms;

/// Titles of one question.
const AT_ONCE: usize = 50;

/// Reads the news of an account. Takes turns with its refreshes.
pub(super) async fn read(
    inner: &Arc<Inner>,
    account: &AccountId,
    source: &dyn Source,
    news: News,
) -> Result<(), LibraryError> {
    if news.anything {
        sync::source_changed(inner, account);
        return Ok(());
    }
    let turn = inner.refreshes.turn(account);
    let _turn = turn.lock().await;
    let gone: Vec<ItemId> = news.gone.iter().cloned().collect();
    let mut changed = inner.store.remove_titles(account, &gone).await? > 0;
    let asked = with_those_above(inner, news.titles.keys()).await?;
    let (mut came, mut homeless, mut doubt) = (HashMap::new(), false, false);
    let (mut artists, mut albums) = (Vec::new(), false);
    for some in asked.chunks(AT_ONCE) {
        let walk = single(source);
        let mut found = source.titles(some).await?;
        found.retain(|item| some.contains(&item.id));
        // A title that is neither there nor said to be gone: only a whole refresh takes it out. What was never here is no loss:
        // servers also tell of folders.
        doubt |= lacks_known(inner, some, &found).await?;
        artists.extend(found.extract_if(.., |item| item.kind == Kind::Artist));
        albums |= found.iter().any(|item| item.kind == Kind::Album);
        let (mut placed, lost) = place_all(inner, source, &news, found, &mut came).await?;
        homeless |= lost;
        sync::read_dates(source, &mut placed);
        if !placed.is_empty() {
            inner.store.put_items(account, &placed, walk).await?;
            changed = true;
        }
    }
    let read = match albums || !artists.is_empty() {
        true => read_artists(inner, account, source, artists).await,
        false => Ok(false),
    };
    // What is stored is told, whatever became of the artists.
    if changed || matches!(read, Ok(true)) {
        inner.changed();
        inner.presence.recount();
    }
    read?;
    if doubt {
        sync::source_changed(inner, account);
        return Ok(());
    }
    let libraries = &news.libraries;
    if libraries.is_empty() && !homeless {
        return Ok(());
    }
    read_libraries(inner, account, source, libraries, homeless).await
}

/// These titles with their libraries; and whether one of them says not where it is, and is left out.
async fn place_all(
    inner: &Inner,
    source: &dyn Source,
    news: &News,
    mut found: Vec<Item>,
    came: &mut HashMap<ItemId, LibraryId>,
) -> Result<(Vec<Item>, bool), LibraryError> {
    // Parents first: a new episode of a new season is where its show is.
    found.sort_by_key(|item| item.kind.is_playable());
    let (mut placed, mut homeless) = (Vec::new(), false);
    for mut item in found {
        let told = news.titles.get(&item.id).cloned().flatten();
        item.library = match place(inner, &item, told, came).await? {
            None => ask_place(inner, source, &item.id).await?,
            known => known,
        };
        match &item.library {
            Some(library) => {
                came.insert(item.id.clone(), library.clone());
                placed.push(item);
            }
            None => homeless = true,
        }
    }
    Ok((placed, homeless))
}

/// Takes in artists, and asks for those of new albums, whom not every server tells of. Each is where its albums are; one who has
/// none is in no library, and left out.
async fn read_artists(
    inner: &Inner,
    account: &AccountId,
    source: &dyn Source,
    mut found: Vec<Item>,
) -> Result<bool, LibraryError> {
    let walk = single(source);
    let missing = inner.store.missing_artists(account).await?;
    for some in missing.chunks(AT_ONCE) {
        let told = source.titles(some).await?;
        found.extend(told.into_iter().filter(|item| some.contains(&item.id)));
    }
    let mut placed = Vec::new();
    for mut artist in found.into_iter().filter(|item| item.kind == Kind::Artist) {
        if artist.library.is_none() {
            artist.library = match inner.store.item(&artist.id).await? {
                Some(known) => known.library,
                None => inner.store.library_of_artist(&artist.id).await?,
            };
        }
        if artist.library.is_some() {
            placed.push(artist);
        }
    }
    inner.store.put_items(account, &placed, walk).await?;
    Ok(!placed.is_empty())
}

/// Reads these libraries, or all where a title came that says not where it is. What is gone is told by itself.
async fn read_libraries(
    inner: &Arc<Inner>,
    account: &AccountId,
    source: &dyn Source,
    wanted: &BTreeSet<LibraryId>,
    all: bool,
) -> Result<(), LibraryError> {
    let libraries = source.libraries().await?;
    if inner.store.replace_libraries(account, &libraries).await? {
        inner.changed();
    }
    for library in libraries {
        if all || wanted.contains(&library.id) {
            sync::walk_library(inner, account, source, &library, single(source)).await?;
        }
    }
    inner.presence.recount();
    Ok(())
}

/// An answer that is no refresh.
fn single(source: &dyn Source) -> Walk {
    Walk {
        number: None,
        began: now_ms(),
        knows_progress: !source.kind().is_folder(),
    }
}

/// These titles and what stands above them here, whose counts follow theirs.
async fn with_those_above(
    inner: &Inner,
    ids: impl Iterator<Item = &ItemId>,
) -> Result<Vec<ItemId>, LibraryError> {
    let mut asked: BTreeSet<ItemId> = BTreeSet::new();
    for id in ids {
        if let Some(item) = inner.store.item(id).await? {
            asked.extend([item.parent, item.grandparent].into_iter().flatten());
        }
        asked.insert(id.clone());
    }
    Ok(asked.into_iter().collect())
}

/// Whether a title that is known here was asked for and not found.
async fn lacks_known(
    inner: &Inner,
    asked: &[ItemId],
    found: &[Item],
) -> Result<bool, LibraryError> {
    for id in asked {
        let there = found.iter().any(|item| item.id == *id);
        if !there && inner.store.item(id).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The library of a title as its source knows it.
async fn ask_place(
    inner: &Inner,
    source: &dyn Source,
    item: &ItemId,
) -> Result<Option<LibraryId>, LibraryError> {
    let may_be = source.libraries_of(item).await?;
    let known = inner.store.libraries().await?;
    let mut known = known.into_iter().map(|library| library.id);
    Ok(known.find(|library| may_be.contains(library)))
}

/// The library of a title: as it says itself, as was told, or where it or what is above it is already.
async fn place(
    inner: &Inner,
    item: &Item,
    told: Option<LibraryId>,
    came: &HashMap<ItemId, LibraryId>,
) -> Result<Option<LibraryId>, LibraryError> {
    if let Some(library) = item.library.clone().or(told) {
        return Ok(Some(library));
    }
    let above = [
        Some(&item.id),
        item.parent.as_ref(),
        item.grandparent.as_ref(),
    ];
    for id in above.into_iter().flatten() {
        if let Some(library) = came.get(id) {
            return Ok(Some(library.clone()));
        }
        let known = inner.store.item(id).await?;
        if let Some(library) = known.and_then(|item| item.library) {
            return Ok(Some(library));
        }
    }
    Ok(None)
}
