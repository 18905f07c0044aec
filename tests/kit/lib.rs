//! Placeholder.
pub mod hand;
