//! The details of one item: asked of its source, kept, and answered from what was kept where the source is away.

use std::time::Duration;

use super::{Inner, LibraryError};
use crate::model::{ImageId, Item, ItemId, Kind, PartId, length_of, versions};
use crate::source::{Details, ExternalSubtitle, Person, Supply};
use crate::source_error::SourceError;
use crate::store::details::{DetailsRow, PersonRow, SubtitleRow};
use crate::store::items::Walk;
use crate::store::now_ms;

/// A source that is slower than this is not waited for when its last answer is here.
const PATIENCE: Duration = Duration::from_secs(3);

impl Inner {
    pub(super) async fn details(&self, id: &ItemId) -> Result<Details, LibraryError> {
        let kept = self.store.details(id).await?;
        let asked = now_ms();
        let answer = match self.source(id.account()) {
            Ok(_) if kept.is_some() && self.is_offline(id.account()) => {
                Err(SourceError::Unreachable("offline".into()))
            }
            Ok(source) if kept.is_some() => tokio::time::timeout(PATIENCE, source.details(id))
                .await
                .unwrap_or(Err(SourceError::Timeout)),
            Ok(source) => source.details(id).await,
            Err(error) => return Err(error),
        };
        match (answer, kept) {
            (Ok(details), kept) => {
                let version = kept.and_then(|kept| kept.version);
                self.keep_details(details, version, asked).await
            }
            (Err(SourceError::Gone), _) => Err(LibraryError::NotFound),
            (Err(error), Some(kept)) => {
                tracing::debug!(%error, "the kept details answer");
                Ok(with_row(self.item(id).await?, kept))
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    /// What the source says now, of a title whose files are others than were known: what was kept answers for nothing.
    pub(super) async fn details_anew(&self, id: &ItemId) -> Result<Details, LibraryError> {
        let version = self.store.details(id).await?.and_then(|kept| kept.version);
        let asked = now_ms();
        match self.source(id.account())?.details_anew(id).await {
            Ok(details) => self.keep_details(details, version, asked).await,
            Err(SourceError::Gone) => Err(LibraryError::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a source's answer. The revision stays: whoever asked has the answer in hand.
    async fn keep_details(
        &self,
        mut details: Details,
        version: Option<PartId>,
        asked: i64,
    ) -> Result<Details, LibraryError> {
        let id = details.item.id.clone();
        let known = self.store.item(&id).await?;
        if known.is_none() && details.item.kind == Kind::Artist {
            // One who only appears on albums of others is no artist of a library.
            return Ok(details);
        }
        let walk = Walk {
            number: None,
            began: asked,
            knows_progress: self.knows_progress(id.account()),
        };
        if details.item.library.is_none() {
            details.item.library = known.and_then(|item| item.library);
        }
        self.store
            .put_items(id.account(), std::slice::from_ref(&details.item), walk)
            .await?;
        self.store.put_details(&id, &row_of(&details)).await?;
        let item = self.item(&id).await?;
        details.item.progress = item.progress;
        details.item.child_count = item.child_count;
        if let Some(version) = version {
            details.item.choose_version(&version);
        }
        Ok(details)
    }
}

fn row_of(details: &Details) -> DetailsRow {
    let subtitle = |subtitle: &ExternalSubtitle| SubtitleRow {
        language: subtitle.language.clone(),
        title: subtitle.title.clone(),
        format: subtitle.format.clone(),
        key: subtitle.key.clone(),
        index: subtitle.index,
        part: subtitle.part.as_ref().map(|part| part.key().to_owned()),
    };
    let person = |person: &Person| PersonRow {
        key: person.key.clone(),
        name: person.name.clone(),
        role: person.role.clone(),
        picture: person
            .picture
            .as_ref()
            .map(|picture| picture.key().to_owned()),
    };
    DetailsRow {
        parts: details.item.parts.clone(),
        version: None,
        chapters: details.item.chapters.clone(),
        subtitles: details.subtitles.iter().map(subtitle).collect(),
        markers: details.markers.clone(),
        people: details.people.iter().map(person).collect(),
    }
}

fn whole_of(item: &Item) -> Option<Duration> {
    versions(&item.parts).next().and_then(length_of)
}

/// The item with its kept details.
pub(crate) fn with_row(mut item: Item, row: DetailsRow) -> Details {
    item.parts = row.parts;
    if let Some(version) = row.version {
        item.choose_version(&version);
    }
    // A list may tell the length of the first file.
    item.duration = whole_of(&item).or(item.duration);
    item.chapters = row.chapters;
    let of = item.id.clone();
    let subtitle = |subtitle: SubtitleRow| ExternalSubtitle {
        language: subtitle.language,
        title: subtitle.title,
        format: subtitle.format,
        key: subtitle.key,
        index: subtitle.index,
        supply: Supply::File,
        part: subtitle.part.map(|part| PartId::new(of.clone(), part)),
    };
    let account = item.id.account().clone();
    let person = |person: PersonRow| Person {
        key: person.key,
        name: person.name,
        role: person.role,
        picture: person
            .picture
            .map(|picture| ImageId::new(account.clone(), picture)),
    };
    Details {
        item,
        subtitles: row.subtitles.into_iter().map(subtitle).collect(),
        markers: row.markers,
        people: row.people.into_iter().map(person).collect(),
    }
}
