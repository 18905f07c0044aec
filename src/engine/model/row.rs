//! Rows that a server makes of its titles itself, as its Home shows them.

use super::Item;

/// What a row of a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// What was begun and not finished. A title that is not among it is left out on purpose: somebody took it out there.
    Continue,
    /// What comes next in shows, of which nothing is begun.
    NextUp,
    /// Whatever else the server puts forward, under a heading of its own.
    Promoted,
}

/// A row of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerRow {
    /// What it is.
    pub kind: RowKind,
    /// The server's name of it, which stays the same from one answer to the next.
    pub key: String,
    /// Its heading, in the server's words; of promoted rows.
    pub title: String,
    /// Its titles, in its order.
    pub items: Vec<Item>,
}
