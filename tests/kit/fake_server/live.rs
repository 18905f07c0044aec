//! What a running server changes and tells while clients listen.

use std::sync::Arc;
use std::time::Duration;

use super::FakeServer;
use super::socket::Piece;
use crate::jellyfin::Record;

impl FakeServer {
    /// Tells every socket that is open at a path (or `…*`). Returns how many there are.
    pub fn tell(&self, path: &str, message: &str) -> usize {
        let piece = Piece::Text(message.to_owned());
        self.shared.sockets.send(path, &piece)
    }

    /// Sends bytes that need be no message over every socket that is open at a path (or `…*`).
    pub fn blurt(&self, path: &str, bytes: &[u8]) {
        self.shared.sockets.send(path, &Piece::Raw(bytes.to_vec()));
    }

    /// Ends every socket at a path (or `…*`), in good order or as if a cable were pulled.
    pub fn hang_up(&self, path: &str, in_order: bool) {
        let piece = if in_order { Piece::Close } else { Piece::Drop };
        self.shared.sockets.send(path, &piece);
    }

    /// What clients said over sockets at a path (or `…*`).
    #[must_use]
    pub fn heard(&self, path: &str) -> Vec<String> {
        self.shared.sockets.heard(path)
    }

    /// Waits until so many sockets are open at a path (or `…*`); blocks no thread of the caller's executor.
    ///
    /// # Panics
    /// There are not within `timeout`.
    pub async fn sockets(&self, path: &str, open: usize, timeout: Duration) {
        let (shared, at) = (Arc::clone(&self.shared), path.to_owned());
        let wait = move || shared.sockets.wait(&at, open, timeout);
        let outcome = tokio::task::spawn_blocking(wait).await;
        if let Err(seen) = outcome.expect("the wait does not panic") {
            panic!("{seen} sockets at {path} within {timeout:?}, not {open}");
        }
    }

    /// Gives a title another name, and tells who listens.
    pub fn rename(&self, title: &str, name: &str) {
        let (index, id) = self.shared.face.rename(title, name);
        self.shared.face.tell_library(("ItemsUpdated", &id));
        self.shared.plex.tell_timeline(index, 5);
    }

    /// Adds a film that is another one under a new name, and tells who listens.
    pub fn add_copy(&self, film: &str, name: &str) {
        let (index, id) = self.shared.face.add_copy(film, name);
        self.shared.face.tell_library(("ItemsAdded", &id));
        self.shared.plex.tell_timeline(index, 5);
    }

    /// Adds an album, and tells who listens; of its artists, if they are new, nothing is told.
    pub fn add_record(&self, record: &Record) {
        let (index, id) = self.shared.face.add_record(record);
        self.shared.face.tell_library(("ItemsAdded", &id));
        self.shared.plex.tell_timeline(index, 5);
    }

    /// Takes a title away, and tells who listens.
    pub fn remove_title(&self, title: &str) {
        let section = self.shared.plex.section(title);
        let (index, id) = self.shared.face.remove(title);
        self.shared.face.tell_library(("ItemsRemoved", &id));
        self.shared.plex.tell_of(index, 9, section);
    }
}
