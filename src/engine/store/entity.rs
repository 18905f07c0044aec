//! The tables as Rust types, one file for each; columns and nothing else.
#![expect(
    unreachable_pub,
    reason = "the derives of sea_orm make public items, which stay inside the store"
)]

pub(super) mod account;
pub(super) mod cache_facts;
pub(super) mod cache_index;
pub(super) mod cache_job;
pub(super) mod details;
pub(super) mod dismissal;
pub(super) mod item;
pub(super) mod library;
pub(super) mod list;
pub(super) mod outbox;
pub(super) mod progress;
pub(super) mod server_row;
pub(super) mod subtitle;
