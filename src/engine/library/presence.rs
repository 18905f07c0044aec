//! What part of each title is on this device, in memory, followed live from the cache.
//!
//! **Owns** the map from items to their presence. One task writes it; anybody reads it without waiting.
//! A title with several versions counts with the one of which most is here; the files of a version count together. A show,
//! season, album or artist sums up the playable titles below it, as the mirror counts them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use parking_lot::RwLock;
use tokio::sync::{Notify, broadcast, watch};

use super::{Inner, LibraryService};
use crate::cache::{CacheService, EntryState};
use crate::model::{ItemId, Part, Presence, versions};

/// Changes that a slow listener may fall behind before it has to ask anew.
const BACKLOG: usize = 1024;

/// One cached file.
#[derive(Clone, Debug)]
struct Here {
    bytes: u64,
    size: Option<u64>,
    arriving: bool,
    last_use: u64,
}

impl Here {
    fn presence(&self) -> Presence {
        Presence::of_bytes(self.bytes, self.size, self.arriving)
    }
}

/// A version in several files: the keys of its parts, and their sizes as the source says.
type Pieces = Vec<(String, Option<u64>)>;

/// The map and who wants to know.
#[derive(Debug)]
pub(super) struct PresenceMap {
    known: RwLock<Known>,
    changes: broadcast::Sender<(Arc<ItemId>, Presence)>,
    recount: Arc<Notify>,
    /// Whether the cache was asked once for all that it holds.
    complete: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Known {
    /// Files with bytes here: item, key of the part.
    parts: HashMap<ItemId, HashMap<String, Here>>,
    /// Versions in several files, of those items that have any.
    pieces: HashMap<ItemId, Vec<Pieces>>,
    /// The shows, seasons, albums and artists above those items.
    above: HashMap<ItemId, Vec<ItemId>>,
    /// How many playable titles are below each of those.
    below: HashMap<ItemId, u32>,
    /// What is told to the outside.
    told: HashMap<ItemId, Presence>,
}

impl Default for PresenceMap {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            changes: broadcast::Sender::new(BACKLOG),
            recount: Arc::new(Notify::new()),
            complete: watch::Sender::new(false),
        }
    }
}

impl PresenceMap {
    /// Waits until all that the cache held at the start is counted.
    pub(super) async fn complete(&self) {
        // The sender is ours, so the wait cannot fail.
        self.complete.subscribe().wait_for(|done| *done).await.ok();
    }

    pub(super) fn get(&self, id: &ItemId) -> Presence {
        self.known.read().told.get(id).copied().unwrap_or_default()
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<(Arc<ItemId>, Presence)> {
        self.changes.subscribe()
    }

    /// All titles of which something is here, with the shows and albums above them.
    pub(super) fn present(&self) -> Vec<ItemId> {
        self.known.read().told.keys().cloned().collect()
    }

    /// The playable titles of which something is here, last used first.
    pub(super) fn leaves_by_use(&self) -> Vec<ItemId> {
        let known = self.known.read();
        let last = |parts: &HashMap<String, Here>| parts.values().map(|here| here.last_use).max();
        let mut leaves: Vec<_> = known
            .parts
            .iter()
            .map(|(id, parts)| (last(parts), id))
            .collect();
        leaves.sort_by(|one, other| other.cmp(one));
        leaves.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// The mirror has changed: what is above and below may be different.
    pub(super) fn recount(&self) {
        self.recount.notify_one();
    }

    /// Takes in a state of the cache. Returns whether the item was not known before, so that what is above it must be
    /// looked up.
    fn take(&self, state: &EntryState) -> bool {
        let part = state.key.part();
        let item = part.item();
        let presence = Presence::of_bytes(state.ranges.bytes(), state.size, state.arriving);
        let changed = {
            let mut known = self.known.write();
            let is_new = presence != Presence::None && !known.above.contains_key(item);
            let parts = known.parts.entry(item.clone()).or_default();
            if presence == Presence::None {
                parts.remove(part.key());
            } else {
                let here = Here {
                    bytes: state.ranges.bytes(),
                    size: state.size,
                    arriving: state.arriving,
                    last_use: state.last_use,
                };
                parts.insert(part.key().to_owned(), here);
            }
            if parts.is_empty() {
                known.parts.remove(item);
            }
            if is_new {
                return true;
            }
            let mut affected = known.above.get(item).cloned().unwrap_or_default();
            affected.push(item.clone());
            known.retell(affected)
        };
        self.tell(changed);
        false
    }

    /// Forgets all files but these: whoever fell behind has missed that others went.
    fn keep_only(&self, entries: &[Arc<EntryState>]) {
        let parts = entries.iter().map(|entry| entry.key.part());
        let here: HashSet<(&ItemId, &str)> = parts.map(|part| (part.item(), part.key())).collect();
        let changed = {
            let mut known = self.known.write();
            let mut affected = Vec::new();
            known.parts.retain(|item, parts| {
                let before = parts.len();
                parts.retain(|part, _| here.contains(&(item, part.as_str())));
                if parts.len() < before {
                    affected.push(item.clone());
                }
                !parts.is_empty()
            });
            let above = affected.iter().filter_map(|item| known.above.get(item));
            let above: Vec<_> = above.flatten().cloned().collect();
            affected.extend(above);
            known.retell(affected)
        };
        self.tell(changed);
    }

    /// Takes in what is above and below and which files belong together, and tells what changed by that.
    fn place(
        &self,
        above: HashMap<ItemId, Vec<ItemId>>,
        below: HashMap<ItemId, u32>,
        pieces: HashMap<ItemId, Vec<Pieces>>,
    ) {
        let changed = {
            let mut known = self.known.write();
            known.pieces.retain(|item, _| !above.contains_key(item));
            known.pieces.extend(pieces);
            let mut affected: HashSet<ItemId> = known.told.keys().cloned().collect();
            affected.extend(above.keys().cloned());
            affected.extend(below.keys().cloned());
            known.above.extend(above);
            known.below.extend(below);
            known.retell(affected)
        };
        self.tell(changed);
    }

    fn tell(&self, changed: Vec<(ItemId, Presence)>) {
        for (id, presence) in changed {
            // An error says that nobody listens.
            self.changes.send((Arc::new(id), presence)).ok();
        }
    }

    /// The items to look up: those with bytes here.
    fn items(&self) -> Vec<ItemId> {
        self.known.read().parts.keys().cloned().collect()
    }
}

impl Known {
    /// Works out these titles anew and returns those that say something else than before.
    fn retell(&mut self, ids: impl IntoIterator<Item = ItemId>) -> Vec<(ItemId, Presence)> {
        let mut changed = Vec::new();
        for id in ids {
            let now = self.presence(&id);
            let before = self.told.get(&id).copied().unwrap_or_default();
            if now != before {
                match now {
                    Presence::None => self.told.remove(&id),
                    _ => self.told.insert(id.clone(), now),
                };
                changed.push((id, now));
            }
        }
        changed
    }

    fn presence(&self, id: &ItemId) -> Presence {
        if let Some(parts) = self.parts.get(id) {
            return self.of_title(id, parts);
        }
        let mut some = false;
        let mut here = 0;
        for (item, above) in &self.above {
            if above.contains(id)
                && let Some(parts) = self.parts.get(item)
            {
                some = true;
                here += u32::from(self.of_title(item, parts) == Presence::Whole);
            }
        }
        match (some, self.below.get(id).copied().unwrap_or(0)) {
            (false, _) => Presence::None,
            (true, of) if of > 0 && here >= of => Presence::Whole,
            (true, of) => Presence::Children {
                here,
                of: of.max(here),
            },
        }
    }

    /// The version of which most is here.
    fn of_title(&self, id: &ItemId, parts: &HashMap<String, Here>) -> Presence {
        let versions = self.pieces.get(id).map(Vec::as_slice).unwrap_or_default();
        let in_pieces = versions.iter().map(|pieces| {
            Presence::of_files(pieces.iter().map(|(key, size)| match parts.get(key) {
                Some(here) => (here.bytes, here.size.or(*size), here.arriving),
                None => (0, *size, false),
            }))
        });
        let is_piece = |key: &String| versions.iter().flatten().any(|(piece, _)| piece == key);
        let alone = parts.iter().filter(|(key, _)| !is_piece(key));
        let alone = alone.map(|(_, here)| here.presence());
        in_pieces.chain(alone).max_by_key(rank).unwrap_or_default()
    }
}

/// How much that is, for the choice among several versions of one title.
fn rank(presence: &Presence) -> u16 {
    match presence {
        Presence::None | Presence::Children { .. } => 0,
        Presence::Partly { permille, .. } => *permille,
        Presence::Whole => 1000,
    }
}

/// Starts the task that follows the cache.
pub(super) fn follow(library: &LibraryService, cache: CacheService) {
    // Listens before it asks, so that no change falls between.
    let states = cache.subscribe();
    let inner = Arc::downgrade(&library.inner);
    library
        .inner
        .runtime
        .handle()
        .spawn(follow_cache(inner, cache, states));
}

async fn follow_cache(
    inner: Weak<Inner>,
    cache: CacheService,
    mut states: broadcast::Receiver<Arc<EntryState>>,
) {
    let recount = {
        let Some(inner) = inner.upgrade() else { return };
        Arc::clone(&inner.presence.recount)
    };
    take_all(&inner, &cache).await;
    match inner.upgrade() {
        Some(inner) => drop(inner.presence.complete.send_replace(true)),
        None => return,
    }
    loop {
        tokio::select! {
            state = states.recv() => match state {
                Ok(state) => {
                    let Some(inner) = inner.upgrade() else { return };
                    if inner.presence.take(&state) {
                        look_up(&inner, vec![state.key.part().item().clone()]).await;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => take_all(&inner, &cache).await,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            () = recount.notified() => {
                let Some(inner) = inner.upgrade() else { return };
                let items = inner.presence.items();
                look_up(&inner, items).await;
            }
        }
    }
}

async fn take_all(inner: &Weak<Inner>, cache: &CacheService) {
    let Ok(entries) = cache.entries().await else {
        return;
    };
    let Some(inner) = inner.upgrade() else { return };
    inner.presence.keep_only(&entries);
    for state in &entries {
        inner.presence.take(state);
    }
    let items = inner.presence.items();
    look_up(&inner, items).await;
}

fn pieces_among(parts: &[Part]) -> Vec<Pieces> {
    let several = versions(parts).filter(|version| version.len() > 1);
    let piece = |part: &Part| (part.id.key().to_owned(), part.size);
    several
        .map(|version| version.iter().map(piece).collect())
        .collect()
}

async fn look_up(inner: &Inner, items: Vec<ItemId>) {
    let found = async {
        let mut above = inner.store.parents(&items).await?;
        let parents: HashSet<&ItemId> = above.values().flatten().collect();
        let parents: Vec<&ItemId> = parents.into_iter().collect();
        let tallies = inner.store.tallies(&parents).await?;
        let below = tallies
            .into_iter()
            .map(|(id, tally)| (id, tally.of))
            .collect();
        let pieces = inner.store.in_pieces(&items).await?.into_iter();
        let pieces = pieces
            .map(|(item, parts)| (item, pieces_among(&parts)))
            .collect();
        // Bytes of a title that has left the library still count for itself.
        for item in items {
            above.entry(item).or_default();
        }
        Ok::<_, crate::store::StoreError>((above, below, pieces))
    };
    match found.await {
        Ok((above, below, pieces)) => inner.presence.place(above, below, pieces),
        Err(error) => tracing::warn!(%error, "the titles above cached bytes cannot be looked up"),
    }
}
