//! What connects the program with the person's session.

pub mod inhibit;
pub mod network;
