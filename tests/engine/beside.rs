//! A second program beside one that holds the cache folder, and a folder that cannot be used: what plays passes through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod brittle;
mod cache_stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use brittle::{Act, Brittle, EROFS, Failing};
use cache_stage::{MemoryIndex, SEED, Stage, key, request};
use spool_engine::cache::storage::{Disk, Storage};
use spool_engine::cache::{
    CacheError, CacheService, Class, DiskCondition, Folders, Reader, Settings, Stage as JobStage,
};
use spool_engine::runtime::Runtime;
use testkit::pattern;

const MB: u64 = 1 << 20;

/// A program with a profile of its own that shares the cache folder of `stage`'s.
struct Second {
    data: tempfile::TempDir,
    index: Arc<MemoryIndex>,
    cache: CacheService,
    runtime: Runtime,
}

impl Second {
    fn beside(stage: &Stage) -> Self {
        Self::on(stage, Arc::new(Disk))
    }

    fn on(stage: &Stage, storage: Arc<dyn Storage>) -> Self {
        let (data, index) = (
            tempfile::tempdir().unwrap(),
            Arc::new(MemoryIndex::default()),
        );
        let runtime = Runtime::start().unwrap();
        let cache = start(stage, &data, storage, &index, &runtime);
        Self {
            data,
            index,
            cache,
            runtime,
        }
    }

    /// Ends it, and starts it again.
    fn again(&mut self, stage: &Stage) {
        stage.block(self.cache.shutdown());
        self.cache = start(
            stage,
            &self.data,
            Arc::new(Disk),
            &self.index,
            &self.runtime,
        );
    }

    fn until_it_is(&self, stage: &Stage, wanted: &DiskCondition) {
        let mut condition = self.cache.disk_condition();
        stage.block(async {
            condition.wait_for(|now| now == wanted).await.unwrap();
        });
    }

    fn rows(&self) -> usize {
        self.index.rows.lock().unwrap().len()
    }
}

fn start(
    stage: &Stage,
    data: &tempfile::TempDir,
    storage: Arc<dyn Storage>,
    index: &Arc<MemoryIndex>,
    runtime: &Runtime,
) -> CacheService {
    let settings = Settings {
        folder: Folders {
            cache: stage.place.path().into(),
            data: data.path().into(),
        },
        limit: None,
    };
    let signpost = stage.signpost.clone();
    CacheService::start_beside_on(storage, settings, index.clone(), signpost, runtime)
}

/// Every file below a folder, with its length.
fn files(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path(), about.len());
            }
        }
    }
    found
}

fn read_through(reader: &Reader, size: u64) {
    let mut block = vec![0; 100_000];
    let mut pos = 0;
    loop {
        let count = reader.read_at_blocking(pos, &mut block).unwrap();
        pattern::verify(SEED, pos, &block[..count]).unwrap();
        pos += count as u64;
        if count < block.len() {
            assert_eq!(pos, size, "the end is where it should be");
            return;
        }
    }
}

fn closed(stage: &Stage, cache: &CacheService, name: &str) {
    stage.block(async {
        while cache
            .entry(&key(name))
            .await
            .unwrap()
            .is_some_and(|state| state.readers > 0)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn a_second_program_passes_bytes_through_and_leaves_the_folder_alone() {
    let stage = Stage::new();
    // More than its window in memory holds.
    let size = 48 * MB;
    stage.blob("mine", MB);
    stage.blob("yours", size);
    let reader = stage.open("mine");
    stage.read_through(&reader, 0, MB);
    let second = Second::beside(&stage);
    assert_eq!(*second.cache.disk_condition().borrow(), DiskCondition::Held);
    let before = files(stage.place.path());
    let reader = stage.block(second.cache.open(request("yours"))).unwrap();
    read_through(&reader, size);
    let usage = stage.block(second.cache.usage()).unwrap();
    assert_eq!(usage.disk_bytes, 0, "nothing on the disk");
    // Limits and a general clearing are about what is ours, which is nothing.
    stage.block(second.cache.set_limit(0)).unwrap();
    stage.block(second.cache.clear(None)).unwrap();
    drop(reader);
    closed(&stage, &second.cache, "yours");
    stage.block(second.cache.shutdown());
    assert_eq!(second.rows(), 0, "and no claim");
    assert_eq!(files(stage.place.path()), before);
    assert_eq!(files(second.data.path()), BTreeMap::new());
    // The first one goes on as if nobody had been there.
    let reader = stage.open("mine");
    assert!(reader.is_complete());
    stage.read_through(&reader, 0, MB);
}

#[test]
fn when_the_first_program_ends_the_second_one_keeps_what_it_fetches() {
    let stage = Stage::new();
    stage.blob("x", 2 * MB);
    stage.blob("y", 2 * MB);
    let second = Second::beside(&stage);
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    read_through(&reader, 2 * MB);
    stage.block(stage.cache.shutdown());
    second.until_it_is(&stage, &DiskCondition::Fine);
    // What is open passes through to its end.
    read_through(&reader, 2 * MB);
    drop(reader);
    let other = stage.block(second.cache.open(request("y"))).unwrap();
    read_through(&other, 2 * MB);
    drop(other);
    let claimed = || {
        let rows = second.index.rows.lock().unwrap();
        rows.get(&key("y")).map(|claim| claim.ranges.bytes())
    };
    stage.block(async {
        while claimed() != Some(2 * MB) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert_eq!(stage.server.bytes_sent("/blob/y"), 2 * MB);
    let third = Settings {
        folder: stage.place.path().into(),
        limit: None,
    };
    let third = CacheService::start(
        third,
        stage.index.clone(),
        stage.signpost.clone(),
        &stage.runtime,
    );
    assert!(matches!(third, Err(CacheError::InUse)), "it holds it now");
}

#[test]
fn kept_titles_are_served_and_made_beside_another_program() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let mut second = Second::beside(&stage);
    let before = files(stage.place.path());
    stage.block(second.cache.download(request("x"))).unwrap();
    stage.block(async {
        while !second.cache.jobs().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    closed(&stage, &second.cache, "x");
    second.again(&stage);
    assert_eq!(*second.cache.disk_condition().borrow(), DiskCondition::Held);
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    assert!(reader.is_complete());
    read_through(&reader, 3 * MB);
    let claim = second.index.rows.lock().unwrap().get(&key("x")).cloned();
    assert_eq!(claim.unwrap().class, Class::Kept);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 3 * MB);
    assert_eq!(files(stage.place.path()), before);
}

#[test]
fn what_is_to_be_kept_waits_while_it_plays_beside_another_program() {
    let stage = Stage::new();
    stage.blob("x", 3 * MB);
    let second = Second::beside(&stage);
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    read_through(&reader, 3 * MB);
    stage.block(second.cache.download(request("x"))).unwrap();
    let stands = |holds: fn(&JobStage) -> bool| {
        stage.block(async {
            loop {
                let jobs = second.cache.jobs().await.unwrap();
                if jobs.first().is_none_or(|job| holds(&job.stage)) {
                    return jobs.len();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    };
    assert_eq!(stands(|stage| matches!(stage, JobStage::Waiting)), 1);
    drop(reader);
    stage.block(stage.cache.shutdown());
    second.until_it_is(&stage, &DiskCondition::Fine);
    assert_eq!(stands(|_| false), 0, "it is whole");
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    assert!(reader.is_complete());
    read_through(&reader, 3 * MB);
}

#[test]
fn a_cache_folder_that_cannot_be_used_does_not_keep_the_program_from_playing() {
    let stage = Stage::new();
    stage.blob("x", MB);
    stage.block(stage.cache.shutdown());
    let grave = tempfile::tempdir().unwrap();
    let brittle = Brittle::new(grave.path());
    brittle.fail(Failing {
        act: Act::MakeFolder,
        first: 1,
        count: u64::MAX,
        errno: EROFS,
    });
    let second = Second::on(&stage, Arc::new(brittle.clone()));
    let condition = second.cache.disk_condition().borrow().clone();
    assert!(
        matches!(condition, DiskCondition::Failing(_)),
        "{condition:?}"
    );
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    read_through(&reader, MB);
    drop(reader);
    closed(&stage, &second.cache, "x");
    assert_eq!(second.rows(), 0);
    brittle.heal();
    second.until_it_is(&stage, &DiskCondition::Fine);
    let reader = stage.block(second.cache.open(request("x"))).unwrap();
    read_through(&reader, MB);
    assert_eq!(stage.server.bytes_sent("/blob/x"), 2 * MB);
}
