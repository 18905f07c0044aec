//! What the cache writes down about itself, and when: a claim may lag behind the bytes on the disk, never run ahead.
//!
//! **Does not know** the database: [`Index`] is the seam. **Threads**: any; the actor commits one after the other.
//! **Cancellation**: none, a commit is awaited by a task that nobody drops.

use async_trait::async_trait;

use super::class::{Class, Watched};
use super::evict::Turn;
use super::job::StoredJob;
use super::key::{CacheKey, Generation};
use super::recovery::Note;
use crate::range::RangeSet;

/// What the index remembers of one resource. One row for each key; a new generation replaces the old one's row. Made by
/// [`Claim::fresh`], so that a new fact breaks nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which resource; unique. Its text form is `key.to_string()`.
    pub key: CacheKey,
    /// Which file holds it.
    pub generation: Generation,
    /// Size in bytes, once a reply said it for certain.
    pub size: Option<u64>,
    /// `ETag` of the reply, as sent.
    pub etag: Option<String>,
    /// `Last-Modified` of the reply, as sent.
    pub last_modified: Option<String>,
    /// What the library said when it was opened ([`super::OpenRequest::fingerprint`]).
    pub fingerprint: Option<String>,
    /// Bytes that were durable in the file when this was written ([`RangeSet::encode`] is its stored form).
    pub ranges: RangeSet,
    /// Bytes allocated on the disk.
    pub disk_bytes: u64,
    /// Order of last use: larger is later. A counter, not a time.
    pub last_use: u64,
    /// What the bytes are for.
    pub class: Class,
    /// The user wants it left alone: never evicted, though it stays in the cache folder and counts against the limit.
    pub pinned: bool,
    /// How much of it was watched; `None` where nobody follows that.
    pub watched: Option<Watched>,
    /// The era in which the file was known to hold these bytes; see [`Note::era`].
    pub era: u64,
}

impl Claim {
    /// A claim to nothing yet.
    #[must_use]
    pub fn fresh(key: CacheKey, generation: Generation) -> Self {
        Self {
            key,
            generation,
            size: None,
            etag: None,
            last_modified: None,
            fingerprint: None,
            ranges: RangeSet::default(),
            disk_bytes: 0,
            last_use: 0,
            class: Class::default(),
            pinned: false,
            watched: None,
            era: 0,
        }
    }
}

impl Claim {
    /// What people said of the version before holds for this one.
    pub(super) fn heir_of(self, old: &Self) -> Self {
        let kept = old.class == Class::Kept;
        Self {
            class: if kept { Class::Kept } else { self.class },
            pinned: old.pinned,
            ..self
        }
    }

    /// Somebody wants it to stay, so that it is worth a checksum.
    pub(super) fn is_wanted(&self) -> bool {
        Turn::of(self).is_err()
    }
}

/// The index could not be read or written. The cache goes on without: bytes are refetched at worst.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the cache index failed: {0}")]
pub struct IndexError(pub String);

/// Sums over all claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many there are.
    pub entries: u64,
    /// Bytes that they take on the disk, without those of kept titles.
    pub disk_bytes: u64,
    /// Bytes that kept titles take on the disk.
    pub kept_bytes: u64,
    /// The largest [`Claim::last_use`].
    pub last_use: u64,
}

impl Totals {
    /// The sums over `claims`.
    #[must_use]
    pub fn of<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Self {
        let mut totals = Self::default();
        for claim in claims {
            totals.last_use = totals.last_use.max(claim.last_use);
            totals.learn(claim);
        }
        totals
    }

    /// Counts a claim in.
    pub(super) fn learn(&mut self, claim: &Claim) {
        self.entries += 1;
        *self.bytes_of(claim.class) += claim.disk_bytes;
    }

    /// Counts a claim out that was counted in as it is.
    pub(super) fn forget(&mut self, claim: &Claim) {
        self.entries = self.entries.saturating_sub(1);
        let bytes = self.bytes_of(claim.class);
        *bytes = bytes.saturating_sub(claim.disk_bytes);
    }

    fn bytes_of(&mut self, class: Class) -> &mut u64 {
        match class {
            Class::Kept => &mut self.kept_bytes,
            Class::Stream | Class::Prefetch => &mut self.disk_bytes,
        }
    }
}

/// Where claims are kept. Implemented over the database by the engine's wiring.
///
/// Only [`Index::load`] and [`Index::commit`] must be written; the others have a body over `load`, good enough for a
/// test's index of a few rows. A row that makes no sense (garbage in its ranges, an unknown key) is left out everywhere,
/// which only costs fetching its bytes again.
#[async_trait]
pub trait Index: Send + Sync + 'static {
    /// All claims, in any order.
    async fn load(&self) -> Result<Vec<Claim>, IndexError>;

    /// Stores `put` (insert, or replace the row with the same key) after it has deleted the rows of `removed`, in one
    /// transaction. Never called twice at the same time, [`Index::commit_durably`] included.
    async fn commit(&self, put: Vec<Claim>, removed: Vec<CacheKey>) -> Result<(), IndexError>;

    /// Like [`Index::commit`], and what is stored outlives a power cut. Asked for before bytes that an older claim names
    /// are punched out of a file.
    async fn commit_durably(
        &self,
        put: Vec<Claim>,
        removed: Vec<CacheKey>,
    ) -> Result<(), IndexError> {
        self.commit(put, removed).await
    }

    /// The last note that was kept. Without it every end counts as orderly.
    async fn note(&self) -> Result<Option<Note>, IndexError> {
        Ok(None)
    }

    /// Keeps a note in the place of the last one. It outlives a power cut, and with it every commit before it.
    async fn keep_note(&self, _note: &Note) -> Result<(), IndexError> {
        Ok(())
    }

    /// Stores a job, or replaces it: a program that starts later goes on with it.
    async fn put_job(&self, _job: &StoredJob) -> Result<(), IndexError> {
        Ok(())
    }

    /// Forgets jobs.
    async fn remove_jobs(&self, _ids: &[u64]) -> Result<(), IndexError> {
        Ok(())
    }

    /// The stored jobs, in their order.
    async fn jobs(&self) -> Result<Vec<StoredJob>, IndexError> {
        Ok(Vec::new())
    }

    /// Sets rows aside that make no sense: what they claimed is fetched again, what is kept or pinned stays so. Returns
    /// how many there were.
    async fn heal(&self) -> Result<u64, IndexError> {
        Ok(0)
    }

    /// Sums over all claims; the only question at the start.
    async fn totals(&self) -> Result<Totals, IndexError> {
        Ok(Totals::of(&self.load().await?))
    }

    /// The claim of one resource.
    async fn get(&self, key: &CacheKey) -> Result<Option<Claim>, IndexError> {
        let claims = self.load().await?;
        Ok(claims.into_iter().find(|claim| claim.key == *key))
    }

    /// At most `count` claims behind `after` in the order of their keys' text forms.
    async fn page(&self, after: Option<&CacheKey>, count: usize) -> Result<Vec<Claim>, IndexError> {
        let after = after.map(ToString::to_string);
        let mut claims = self.load().await?;
        claims.sort_by_cached_key(|claim| claim.key.to_string());
        let behind = |claim: &Claim| Some(claim.key.to_string()) > after;
        Ok(claims.into_iter().filter(behind).take(count).collect())
    }

    /// At most `count` claims that may be evicted, in the order of [`Turn`], then of last use, then of their keys' text forms:
    /// those behind `after`.
    async fn next_to_go(
        &self,
        after: Option<&Claim>,
        count: usize,
    ) -> Result<Vec<Claim>, IndexError> {
        let order = |claim: &Claim| (Turn::of(claim).ok(), claim.last_use, claim.key.to_string());
        let after = after.map(order);
        let mut claims = self.load().await?;
        claims.retain(|claim| Turn::of(claim).is_ok() && Some(order(claim)) > after);
        claims.sort_by_cached_key(order);
        claims.truncate(count);
        Ok(claims)
    }
}
