//! Secret store: file.
