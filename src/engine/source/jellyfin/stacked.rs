//! The further files of a film that lies in several: asked for, and laid behind the first one.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use parking_lot::Mutex;
use serde_json::Value;

use super::map::{self, PartKey};
use super::wire::{self, Maybe, Number};
use super::{Jellyfin, pieces};
use crate::model::{Item, ItemId, Kind, LibraryId, Marker, Part, PartId, Piece};
use crate::source::{Change, Details, ExternalSubtitle};
use crate::source_error::SourceError;

/// A film has fewer files.
const MOST: usize = 64;
/// Films of a page that are asked for at the same time.
const AT_ONCE: usize = 4;
/// Films whose files are remembered: a server that has more of them is told of by whole libraries.
const KNOWN: usize = 10_000;

/// The films that further files belong to, by the server's keys.
#[derive(Debug, Default)]
pub(super) struct Stacks(Mutex<HashMap<String, String>>);

impl Stacks {
    /// A title of the server's is a file of this film.
    pub(super) fn learn(&self, title: &str, film: &str) {
        let mut known = self.0.lock();
        if title != film && known.len() < KNOWN {
            known.insert(title.to_owned(), film.to_owned());
        }
    }

    fn film_of(&self, title: &ItemId) -> ItemId {
        match self.0.lock().get(title.key()) {
            Some(film) => ItemId::new(title.account().clone(), film),
            None => title.clone(),
        }
    }
}

impl Jellyfin {
    /// One title with all that belongs to it. What people skip is not waited for long.
    pub(super) async fn all_of(&self, item: &ItemId) -> Result<Details, SourceError> {
        let url = self.routes.of_user(&["Items", item.key()], &[]);
        let (value, markers) = tokio::join!(self.http.get_json(&url), self.markers(item.key()));
        let value: Value = value?;
        let further = self.further(&value).await?;
        let mut details = map::details(&self.login.account, value, &further)
            .ok_or_else(|| SourceError::Malformed("a title that cannot be understood".into()))?;
        details.markers = markers;
        for part in &details.item.parts {
            let title = PartKey::parse(part.id.key()).title;
            if let (Some(title), Some(piece)) = (title, part.piece) {
                let markers = self.markers(title).await.into_iter();
                details.markers.extend(markers.map(|marker| Marker {
                    start: marker.start + piece.begins_at,
                    end: marker.end + piece.begins_at,
                    ..marker
                }));
            }
        }
        details.markers = Marker::sorted(details.markers);
        Ok(details)
    }

    /// Titles of a list, each with its length and what was watched of it in all of its files.
    pub(super) async fn whole(
        &self,
        library: Option<&LibraryId>,
        values: Vec<Value>,
    ) -> Result<Vec<Item>, SourceError> {
        let films: Vec<Value> = values
            .iter()
            .filter(|row| count(row) > 1)
            .cloned()
            .collect();
        let mut items: Vec<Item> = self.understood(library, values).collect();
        for some in films.chunks(AT_ONCE) {
            let asked = some.iter().map(|row| async move {
                let further = self.further(row).await?;
                let wire: wire::Item = serde_json::from_value(row.clone()).unwrap_or_default();
                Ok::<_, SourceError>((wire, further))
            });
            for (wire, further) in try_join_all(asked).await? {
                let mut of = items.iter_mut();
                let found = of.find(|item| Some(item.id.key()) == wire.id.text());
                if let Some(item) = found {
                    complete(item, &lay(&wire, &further), &further);
                }
            }
        }
        Ok(items)
    }

    /// The files of a film behind the first one, by a row that tells of it. A server that does not know them has none.
    async fn further(&self, row: &Value) -> Result<Vec<wire::Item>, SourceError> {
        let Some(film) = row["Id"].as_str().filter(|_| count(row) > 1) else {
            return Ok(Vec::new());
        };
        let url = self
            .routes
            .of_user(&["Videos", film, "AdditionalParts"], &[]);
        let page: wire::Page = match self.http.get_json(&url).await {
            Ok(page) => page,
            // One film that a server cannot tell of must not keep all others from being read.
            Err(
                error @ (SourceError::Gone
                | SourceError::Forbidden
                | SourceError::Status(_)
                | SourceError::Malformed(_)),
            ) => {
                tracing::debug!(%error, "a film of several files tells of one only");
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let rows = page.items.into_iter().take(MOST);
        let files: Vec<wire::Item> = rows
            .filter_map(|row| serde_json::from_value(row).ok())
            .filter(|file: &wire::Item| file.id.text().is_some() && own_source(file).is_some())
            .collect();
        for title in files.iter().filter_map(|file| file.id.text()) {
            self.stacks.learn(title, film);
        }
        Ok(files)
    }

    /// What is told of a further file is told of its film.
    pub(super) fn of_films(&self, change: Change) -> Change {
        let films = |ids: Vec<ItemId>| {
            let mut ids: Vec<_> = ids.iter().map(|id| self.stacks.film_of(id)).collect();
            ids.sort();
            ids.dedup();
            ids
        };
        match change {
            Change::Watched(ids) => Change::Watched(films(ids)),
            Change::Titles { ids, library } => Change::Titles {
                ids: films(ids),
                library,
            },
            other => other,
        }
    }
}

/// Files of a title, as a row of it says.
fn count(row: &Value) -> u64 {
    let count: Maybe<Number> = serde_json::from_value(row["PartCount"].clone()).unwrap_or_default();
    count.whole().unwrap_or(1)
}

/// Where the files of a film lie in it; nothing for a title of one file, and where their lengths cannot be said.
pub(super) fn lay(film: &wire::Item, further: &[wire::Item]) -> Vec<Piece> {
    let file = |wire: &wire::Item| {
        let length = wire.run_time_ticks.whole().filter(|ticks| *ticks > 0);
        let source = own_source(wire).and_then(|at| wire.media_sources.0.get(at));
        (
            length.map(map::duration),
            source.and_then(|source| source.size.whole()),
        )
    };
    let files: Vec<_> = std::iter::once(film).chain(further).map(file).collect();
    Piece::lay(0, &files, None).unwrap_or_default()
}

/// Gives a film its whole length, and what was watched of it in all its files.
pub(super) fn complete(item: &mut Item, pieces: &[Piece], further: &[wire::Item]) {
    let Some(whole) = pieces.first().map(|piece| piece.whole) else {
        return;
    };
    item.duration = Some(whole);
    let of = |file: &wire::Item| {
        file.user_data
            .0
            .as_ref()
            .map(map::progress)
            .unwrap_or_default()
    };
    let marks = further.iter().map(of);
    let marks: Vec<_> = pieces.iter().skip(1).copied().zip(marks).collect();
    item.progress = pieces::progress(item.progress, &marks);
}

/// Which of a title's versions is the one that its own file is: it has the title's id.
pub(super) fn own_source(wire: &wire::Item) -> Option<usize> {
    let plain = |id: Option<&str>| id.map(|id| id.replace('-', "").to_lowercase());
    let sources = &wire.media_sources.0;
    let own = plain(wire.id.text());
    let found = sources
        .iter()
        .position(|source| plain(source.id.text()) == own);
    found.or((!sources.is_empty()).then_some(0))
}

/// A further file of a film.
pub(super) fn part<'a>(
    film: &ItemId,
    file: &'a wire::Item,
) -> Option<(Part, &'a wire::MediaSource)> {
    let source = file.media_sources.0.get(own_source(file)?)?;
    let part = map::part(film, Kind::Video, file.id.text(), source)?;
    Some((part, source))
}

/// A subtitle belongs to this file. That of a further one is asked for at the title that the server has for the file.
pub(super) fn assign(subtitle: &mut ExternalSubtitle, part: &PartId) {
    if let Some(title) = PartKey::parse(part.key()).title {
        subtitle.key = format!("{title}/{}", subtitle.key);
    }
    subtitle.part = Some(part.clone());
}
