//! The test kit: a scripted media server, generated films and music, and the folders to lay them out in.
//!
//! - [`FakeServer`]: a real HTTP server on loopback with Jellyfin's, Plex's and plex.tv's faces and blobs of any size, [`Fault`]s
//!   by script, a pace, and a [`Log`] of every request and every byte sent; over [`Tls`] with certificates good and bad.
//! - [`Catalogue`], [`Face`] and [`Plex`]: what those faces have on offer, and what was watched of it. [`PlexTv`]: who may sign in.
//! - [`Media`]: films, a show, an album and their pictures, generated once; [`titles`] describes them, [`stamp`] reads from a
//!   picture which title and second it shows.
//! - [`Announcer`]: what servers answer to broadcasts.
//! - [`Folder`]: the same media laid out as people lay out their folders. [`Stage`]: a throw-away profile beside a full server.
//! - [`pattern`]: bytes whose value is a function of their offset.
//!
//! ```
//! use testkit::{Blob, FakeServer, Options, pattern};
//! let server = FakeServer::start(Options::default());
//! server.add_blob("/blob/film", Blob::pattern(6 << 30, 42));
//! // … read bytes 100..200 of server.url("/blob/film") and check them:
//! let got = pattern::bytes(42, 100, 100);
//! assert_eq!(pattern::verify(42, 100, &got), Ok(()));
//! assert_eq!(server.bytes_sent("/blob/film"), 0);
//! ```
//!
//! **Does not know** the engine, which tests itself with it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

pub mod canary;
pub mod hand;
pub mod pattern;
pub mod stamp;
pub mod titles;

mod announcer;
mod art;

mod beacon;
mod blob;
mod fake_server;
mod fault;
mod folder;
mod gate;
mod http;
mod jellyfin;
mod log;
mod media;
mod pace;
mod plex;
mod record;
mod stage;
mod tls;

pub use announcer::Announcer;
pub use art::Scene;
pub use beacon::Beacon;
pub use blob::{AcceptRanges, Blob};
pub use fake_server::{FakeServer, Options};
pub use fault::{Fault, Only, Rule};
pub use folder::Folder;
pub use gate::Gate;
pub use jellyfin::{Catalogue, Face, Record};
pub use log::{Ended, Log, RequestRecord};
pub use media::Media;
pub use plex::connection::Connection;
pub use plex::stream::Stream as PlexStream;
pub use plex::tv::{HomeUser, PlexTv};
pub use plex::{Plex, PlexSetup};
pub use stage::Stage;
pub use tls::{Authority, Flaw, Identity, Tls};
