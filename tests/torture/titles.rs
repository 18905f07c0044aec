//! The resources that children read: sizes around every border that matters, contents by a formula.

use spool_engine::cache::{CacheKey, OpenRequest};
use spool_engine::model::{AccountId, ItemId, PartId};
use testkit::{Blob, FakeServer};

const MB: u64 = 1 << 20;

/// Sizes; a title's number is its place here.
pub(crate) const SIZES: [u64; 9] = [
    1,
    4095,
    MB,
    MB + 1,
    3 * MB - 1,
    7_654_321,
    16 * MB,
    24 * MB + 13,
    48 * MB,
];

/// One resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Title(usize);

impl Title {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..SIZES.len()).map(Self)
    }

    pub(crate) fn size(self) -> u64 {
        SIZES[self.0]
    }

    /// The seed of its bytes ([`testkit::pattern`]).
    pub(crate) fn seed(self) -> u64 {
        1000 + self.0 as u64
    }

    pub(crate) fn name(self) -> String {
        format!("title{}", self.0)
    }

    pub(crate) fn path(self) -> String {
        format!("/blob/{}", self.name())
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|title| title.name() == name)
    }

    pub(crate) fn of_key(key: &CacheKey) -> Option<Self> {
        Self::named(key.part().item().key())
    }

    pub(crate) fn request(self, account: &AccountId) -> OpenRequest {
        let item = ItemId::new(account.clone(), self.name());
        OpenRequest {
            key: PartId::new(item, "file").into(),
            fingerprint: None,
            size_hint: None,
        }
    }
}

/// Puts all of them on a server.
pub(crate) fn offer(server: &FakeServer) {
    for title in Title::all() {
        let blob = Blob::pattern(title.size(), title.seed());
        server.add_blob(&title.path(), blob);
    }
}
