//! `spoolctl cache keep`, `unkeep` and `jobs`.

use std::sync::Arc;

use serde::Serialize;
use spool_engine::cache::{Job, JobId, Priority, Stage};

use super::{changed, title};
use crate::failure::Failure;
use crate::item;
use crate::output::{Output, size};
use crate::profile::Profile;

/// One thing that is fetched for later.
#[derive(Debug, Serialize)]
struct JobRow {
    item: String,
    title: String,
    /// `next`, `download`, `later`, `fill`: the most urgent first.
    priority: &'static str,
    /// `queued`, `running`, `waiting`, `failed`.
    stage: &'static str,
    /// Bytes of it here.
    bytes: u64,
    /// Bytes of it in all, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Keeps a title, and waits until it is whole unless that is for `later`.
pub(super) async fn keep(
    profile: &Profile,
    wanted: &str,
    later: bool,
    output: Output,
) -> Result<(), Failure> {
    let item = item::find(profile, wanted).await?;
    let mut news = profile.engine.cache.watch_jobs();
    let wanted = profile.engine.playback.download(&item.id).await?;
    if later {
        return jobs(profile, output).await;
    }
    loop {
        let jobs = profile.engine.cache.jobs().await?;
        match outcome(&jobs, &wanted) {
            Some(outcome) => {
                outcome?;
                break;
            }
            // What was missed of the news is in the next answer.
            None => drop(news.recv().await),
        }
    }
    match item.kind.is_playable() {
        true => changed(profile, &item.id, output).await,
        false => jobs(profile, output).await,
    }
}

/// Whether the jobs with these names are over, and how; `None` while one of them goes on.
fn outcome(jobs: &[Arc<Job>], wanted: &[JobId]) -> Option<Result<(), Failure>> {
    let mut result = Ok(());
    for job in jobs.iter().filter(|job| wanted.contains(&job.id)) {
        match &job.stage {
            Stage::Queued | Stage::Running => return None,
            Stage::Waiting => {
                result = Err(Failure::new(
                    "It waits for the network or the disk. Spool goes on with it when it runs.",
                ));
            }
            Stage::Failed(error) => result = Err(error.clone().into()),
            Stage::Completed | Stage::Cancelled => {}
        }
    }
    Some(result)
}

/// Lets a title go like others again, and fetches no more of it.
pub(super) async fn unkeep(profile: &Profile, wanted: &str, output: Output) -> Result<(), Failure> {
    let item = item::find(profile, wanted).await?;
    profile.engine.playback.undo_download(&item.id).await?;
    match item.kind.is_playable() {
        true => changed(profile, &item.id, output).await,
        false => jobs(profile, output).await,
    }
}

/// What is fetched for later.
pub(super) async fn jobs(profile: &Profile, output: Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for job in profile.engine.cache.jobs().await? {
        let item = job.key.part().item();
        rows.push(JobRow {
            item: item.to_string(),
            title: title(profile, item).await,
            priority: match job.priority {
                Priority::Next => "next",
                Priority::Download => "download",
                Priority::Later => "later",
                Priority::Fill => "fill",
            },
            stage: match job.stage {
                Stage::Queued => "queued",
                Stage::Running => "running",
                Stage::Waiting => "waiting",
                Stage::Failed(_) => "failed",
                Stage::Completed | Stage::Cancelled => continue,
            },
            bytes: job.done,
            size: job.total,
            error: match &job.stage {
                Stage::Failed(error) => Some(Failure::from(error.clone()).sentence),
                _ => None,
            },
        });
    }
    output.result(&rows, |rows| rows.iter().map(JobRow::line).collect());
    Ok(())
}

impl JobRow {
    fn line(&self) -> String {
        let of = self.size.map(|bytes| format!(" of {}", size(bytes)));
        let why = self.error.as_deref().unwrap_or_default();
        let line = format!(
            "{:<8} {}{}  {}  {why}",
            self.stage,
            size(self.bytes),
            of.unwrap_or_default(),
            self.title
        );
        format!("{}\n", line.trim_end())
    }
}
