//! `spoolctl`, the real program, against the test kit's server and folders.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of it is test code: what cannot go on fails the test"
)]

mod accounts;
mod canary;
mod certificate;
mod codes;
mod crash;
mod fetch;
mod library;
mod marks;
mod play;
mod plex;
mod program;
