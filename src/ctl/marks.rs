//! `spoolctl watched`, `favourite`, `rate` and `outbox`.

use clap::Args;
use serde::Serialize;
use spool_engine::library::{Heard, Waiting};

use crate::failure::Failure;
use crate::item;
use crate::output::{ItemRow, Output};
use crate::profile::Profile;

/// What `watched` and `favourite` are told.
#[derive(Debug, Args)]
pub(crate) struct Mark {
    /// An id or a unique title.
    pub(crate) item: String,
    /// Take it back.
    #[arg(long)]
    pub(crate) undo: bool,
}

/// Something that a server has not heard yet.
#[derive(Debug, Serialize)]
struct WaitingRow {
    item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// `position`, `watched`, `favourite`, `rating`.
    what: &'static str,
    /// Of a position, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<f64>,
    /// Of a mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    yes: Option<bool>,
    /// Of a rating; left out where it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u8>,
    /// Seconds since 1970.
    happened_at: i64,
}

impl WaitingRow {
    fn new(waiting: &Waiting, title: Option<String>) -> Self {
        let (what, position, yes, points) = match waiting.what {
            Heard::Position(position) => ("position", Some(position.as_secs_f64()), None, None),
            Heard::Watched(yes) => ("watched", None, Some(yes), None),
            Heard::Favourite(yes) => ("favourite", None, Some(yes), None),
            Heard::Rating(points) => ("rating", None, None, points),
        };
        Self {
            item: waiting.item.to_string(),
            title,
            what,
            position,
            yes,
            points,
            happened_at: waiting.happened_at / 1000,
        }
    }

    fn line(&self) -> String {
        let title = self.title.as_deref().unwrap_or("?");
        let value = match (self.position, self.yes, self.points) {
            (Some(seconds), ..) => format!("{seconds:.0} s"),
            (_, Some(yes), _) => if yes { "yes" } else { "no" }.to_owned(),
            (_, _, Some(points)) => points.to_string(),
            _ => "none".to_owned(),
        };
        format!("{}  {title}  {}: {value}\n", self.item, self.what)
    }
}

pub(crate) async fn watched(profile: &Profile, mark: &Mark, output: Output) -> Result<(), Failure> {
    let found = item::find(profile, &mark.item).await?;
    let library = &profile.engine.library;
    library.set_watched(&found.id, !mark.undo).await?;
    show(profile, &found.id, output).await
}

pub(crate) async fn favourite(
    profile: &Profile,
    mark: &Mark,
    output: Output,
) -> Result<(), Failure> {
    let found = item::find(profile, &mark.item).await?;
    let library = &profile.engine.library;
    library.set_favourite(&found.id, !mark.undo).await?;
    show(profile, &found.id, output).await
}

pub(crate) async fn rate(
    profile: &Profile,
    wanted: &str,
    points: Option<u8>,
    output: Output,
) -> Result<(), Failure> {
    let found = item::find(profile, wanted).await?;
    profile.engine.library.rate(&found.id, points).await?;
    show(profile, &found.id, output).await
}

async fn show(
    profile: &Profile,
    id: &spool_engine::model::ItemId,
    output: Output,
) -> Result<(), Failure> {
    let library = &profile.engine.library;
    let now = library.item(id).await?;
    output.result(&ItemRow::new(&now, library.presence(id)), ItemRow::line);
    Ok(())
}

pub(crate) async fn outbox(profile: &Profile, output: Output) -> Result<(), Failure> {
    let library = &profile.engine.library;
    let mut rows = Vec::new();
    for waiting in library.outbox().await? {
        // A title that its server does not have any more may still be waited for.
        let title = library.item(&waiting.item).await.ok();
        rows.push(WaitingRow::new(&waiting, title.map(|item| item.title)));
    }
    output.result(&rows, |rows| rows.iter().map(WaitingRow::line).collect());
    Ok(())
}
