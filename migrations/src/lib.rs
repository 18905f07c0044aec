//! The history of the database's schema: an ordered list of steps, each applied once.
//!
//! **Owns** table and index definitions. **Does not know** who reads or writes rows. A step that has been released is
//! never edited; a change is a new step.

mod m20261121_000001_accounts;
mod m20261121_000002_library;
mod m20261121_000003_progress;
mod m20261121_000004_cache_index;
mod m20261121_000005_subtitles;
mod m20261121_000006_cache_classes;
mod m20261121_000007_cache_eras;
mod m20261121_000008_favourites;
mod m20261121_000009_cache_jobs;
mod m20261121_000010_outbox;
mod m20261121_000011_lists;
mod m20261121_000012_facets;
mod m20261121_000013_server_rows;
mod m20261121_000014_versions;
mod m20261121_000015_artists;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_accounts::Migration),
            Box::new(m20261121_000002_library::Migration),
            Box::new(m20261121_000003_progress::Migration),
            Box::new(m20261121_000004_cache_index::Migration),
            Box::new(m20261121_000005_subtitles::Migration),
            Box::new(m20261121_000006_cache_classes::Migration),
            Box::new(m20261121_000007_cache_eras::Migration),
            Box::new(m20261121_000008_favourites::Migration),
            Box::new(m20261121_000009_cache_jobs::Migration),
            Box::new(m20261121_000010_outbox::Migration),
            Box::new(m20261121_000011_lists::Migration),
            Box::new(m20261121_000012_facets::Migration),
            Box::new(m20261121_000013_server_rows::Migration),
            Box::new(m20261121_000014_versions::Migration),
            Box::new(m20261121_000015_artists::Migration),
        ]
    }
}
