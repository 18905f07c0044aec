//! Finding the one title that a person means.

use spool_engine::library::LibraryError;
use spool_engine::model::{Item, ItemId, Kind, Query};

use crate::failure::Failure;
use crate::profile::Profile;

/// How many candidates an ambiguous title lists.
const CANDIDATES: usize = 8;

/// The title with this id, or the only one with this name (letter case aside); a name that only one title contains does too.
pub(crate) async fn find(profile: &Profile, wanted: &str) -> Result<Item, Failure> {
    if let Ok(id) = wanted.parse::<ItemId>() {
        match profile.engine.library.item(&id).await {
            Ok(item) => return Ok(item),
            Err(LibraryError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let query = Query {
        text: Some(wanted.to_owned()),
        ..Query::default()
    };
    let found = profile.engine.library.page(query).await?.items;
    let (exact, others): (Vec<Item>, Vec<Item>) = found
        .into_iter()
        .partition(|item| item.title.to_lowercase() == wanted.to_lowercase());
    let candidates = if exact.is_empty() { others } else { exact };
    one_of(candidates, wanted)
}

/// The only candidate; a playable one wins over the show or album of the same name, and an album over its artist's.
fn one_of(mut candidates: Vec<Item>, wanted: &str) -> Result<Item, Failure> {
    if candidates.iter().any(|item| item.kind != Kind::Artist) {
        candidates.retain(|item| item.kind != Kind::Artist);
    }
    if candidates.len() > 1 {
        let playable = |item: &Item| item.kind.is_playable() && item.kind != Kind::Track;
        if candidates.iter().filter(|item| playable(item)).count() == 1 {
            candidates.retain(playable);
        }
    }
    match candidates.len() {
        0 => Err(Failure::new(format!("There is no title \"{wanted}\"."))),
        1 => Ok(candidates.remove(0)),
        count => {
            let list: Vec<_> = candidates
                .iter()
                .take(CANDIDATES)
                .map(|item| format!("\n  {}  {}", item.id, item.title))
                .collect();
            Err(Failure::new(format!(
                "{count} titles match \"{wanted}\"; give an id:{}",
                list.concat()
            )))
        }
    }
}
