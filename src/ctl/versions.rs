//! `spoolctl versions`: the files of a title, and which of them plays.

use clap::Args;
use serde::Serialize;
use spool_engine::model::{Item, PartId, TrackKind, size_of, versions};

use crate::failure::Failure;
use crate::item;
use crate::output::{Output, size};
use crate::profile::Profile;

/// What `versions` is told.
#[derive(Debug, Args)]
pub(crate) struct Versions {
    /// An id or a unique title.
    pub(crate) item: String,
    /// Play and keep the one with this id from now on.
    #[arg(id = "chosen", value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

/// A file of a title.
#[derive(Debug, Serialize)]
struct VersionRow {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Lines of its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    /// Chosen by a person; otherwise the best one plays.
    chosen: bool,
}

impl VersionRow {
    fn line(&self) -> String {
        let mark = if self.chosen { '*' } else { ' ' };
        let lines = self.height.map(|lines| format!(" {lines}p"));
        format!(
            "{mark} {}  {}{} {}\n",
            self.id,
            self.name.as_deref().unwrap_or("?"),
            lines.unwrap_or_default(),
            self.size.map(size).unwrap_or_default()
        )
    }
}

pub(crate) async fn run(
    profile: &Profile,
    arguments: &Versions,
    output: Output,
) -> Result<(), Failure> {
    let found = item::find(profile, &arguments.item).await?;
    let library = &profile.engine.library;
    let mut item = library.details(&found.id).await?.item;
    if let Some(version) = &arguments.version {
        let part = PartId::new(item.id.clone(), version.as_str());
        if !item.parts.iter().any(|known| known.id == part) {
            return Err(Failure::new(format!(
                "\"{}\" has no version \"{version}\".",
                item.title
            )));
        }
        profile.engine.playback.choose_version(&part).await?;
        item.choose_version(&part);
    }
    output.result(&rows(&item), |rows| {
        rows.iter().map(VersionRow::line).collect()
    });
    Ok(())
}

fn rows(item: &Item) -> Vec<VersionRow> {
    let versions = versions(&item.parts).enumerate();
    let rows = versions.filter_map(|(place, files)| {
        let part = files.first()?;
        let mut tracks = part.tracks.iter();
        let video = tracks.find(|track| track.kind == TrackKind::Video);
        Some(VersionRow {
            id: part.id.key().to_owned(),
            name: part.name.clone(),
            container: part.container.clone(),
            size: size_of(files),
            height: video.and_then(|track| track.height),
            chosen: item.version_chosen && place == 0,
        })
    });
    rows.collect()
}
