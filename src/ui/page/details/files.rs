//! What is on this device of the files of a film: of one, or of all that it lies in.

use std::sync::Arc;

use relm4::ComponentSender;
use spool_engine::cache::{CacheKey, Class, EntryState};
use spool_engine::model::{Part, SourceKind, versions};

use super::load::Body;
use super::{DetailsPage, ask, strip};

/// The files of the version that the page shows, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Files(Vec<File>);

#[derive(Clone, Debug)]
struct File {
    key: CacheKey,
    size: Option<u64>,
    entry: Option<Arc<EntryState>>,
}

impl Files {
    /// Those of a version, of which nothing is known yet.
    pub(super) fn of(version: &[Part]) -> Self {
        let file = |part: &Part| File {
            key: CacheKey::from(part.id.clone()),
            size: part.size,
            entry: None,
        };
        Self(version.iter().map(file).collect())
    }

    /// Their names in the cache.
    pub(super) fn keys(&self) -> Vec<CacheKey> {
        self.0.iter().map(|file| file.key.clone()).collect()
    }

    /// Takes in what is here of one of them; false where it is none of them.
    pub(super) fn take(&mut self, entry: &Arc<EntryState>) -> bool {
        let file = self.0.iter_mut().find(|file| file.key == entry.key);
        let is_ours = file.is_some();
        if let Some(file) = file {
            file.entry = Some(Arc::clone(entry));
        }
        is_ours
    }

    /// Whether all of them are kept for good.
    pub(super) fn are_kept(&self) -> bool {
        let kept = |file: &File| {
            let entry = file.entry.as_ref();
            entry.is_some_and(|entry| entry.class == Class::Kept)
        };
        !self.0.is_empty() && self.0.iter().all(kept)
    }

    /// The stretches that are here, as shares of all bytes; nothing where the size of one is not known.
    pub(super) fn shares(&self) -> Vec<(f32, f32)> {
        let size = |file: &File| {
            let known = file.entry.as_ref().and_then(|entry| entry.size);
            known.or(file.size)
        };
        let sizes: Option<Vec<u64>> = self.0.iter().map(size).collect();
        let sizes = sizes.unwrap_or_default();
        let all = sizes.iter().sum();
        let mut before = 0;
        let mut shares: Vec<(f32, f32)> = Vec::new();
        for (file, size) in self.0.iter().zip(sizes) {
            if let Some(entry) = &file.entry {
                for (start, end) in strip::shares(&entry.ranges, before, all) {
                    match shares.last_mut() {
                        Some(last) if last.1 >= start => last.1 = end,
                        _ => shares.push((start, end)),
                    }
                }
            }
            before += size;
        }
        shares
    }
}

impl DetailsPage {
    /// The files whose parts the strip shows: of a title that is played itself and comes from a server.
    pub(super) fn known_files(&self) -> Files {
        let title = self.title.as_ref();
        let film = title.filter(|title| title.body == Body::Film);
        let account = film.and_then(|title| self.account(&title.item.id));
        let film = film.filter(|_| account.is_some_and(|it| it.kind != SourceKind::Folder));
        let version = film.and_then(|title| versions(&title.item.parts).next());
        Files::of(version.unwrap_or_default())
    }

    pub(super) fn ask_parts(&self, sender: &ComponentSender<Self>) {
        let keys = self.known_files().keys();
        if !keys.is_empty() {
            ask::parts(&self.services, keys, self.generation, sender);
        }
    }

    pub(super) fn entry_changed(&mut self, entry: &Arc<EntryState>) {
        if self.files.keys() != self.known_files().keys() {
            self.files = self.known_files();
        }
        if self.files.take(entry) {
            self.show_files();
        }
    }

    pub(super) fn show_files(&mut self) {
        self.is_kept = self.files.are_kept();
        let can_be_kept = !self.files.keys().is_empty();
        self.hero.set_kept(can_be_kept.then_some(self.is_kept));
        self.hero.set_parts(self.files.shares());
    }
}
