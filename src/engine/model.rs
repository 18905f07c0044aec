//! Plain data that every part of Spool speaks: ids, items, libraries, streams, progress, presence.
//!
//! **Does not know** where data comes from, how it is stored or how it is drawn; no serde, no I/O.

mod account;
mod certificate;
mod collection;
mod facet;
mod id;
mod item;
mod library;
mod marker;
mod piece;
mod presence;
mod progress;
mod row;
mod stream;

pub use account::{Account, AccountState, Reach, Route, SourceKind};
pub use certificate::{CertificateFault, Fingerprint, NoFingerprint, RefusedCertificate};
pub use collection::{Collection, CollectionKind};
pub use facet::{FacetValues, Facets, Resolution};
pub use id::{AccountId, ImageId, InvalidId, ItemId, LibraryId, PartId};
pub use item::{Artwork, Credit, Item, Kind};
pub use library::{Filter, Library, LibraryKind, Page, Query, Shelf, Sort};
pub use marker::{Marker, MarkerKind};
pub use piece::{Piece, length_of, piece_at, pieces_of, size_of, version_of, versions};
pub use presence::Presence;
pub use progress::{Progress, is_finished};
pub use row::{RowKind, ServerRow};
pub use stream::{Chapter, Chosen, Part, Track, TrackKind, Unfit};
