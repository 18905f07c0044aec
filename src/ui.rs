//! Everything that draws: the frame, the pages and their widgets.

pub mod connection;
pub mod format;
pub mod page;
pub mod shell;
pub mod version;
pub mod widget;
