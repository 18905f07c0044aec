//! `spoolctl subtitles` and `spoolctl lyrics`.

use clap::Args;
use serde::Serialize;
use spool_engine::playback::Opening;
use spool_engine::source::{ExternalSubtitle, LyricLine, Supply};

use crate::failure::Failure;
use crate::item;
use crate::output::Output;
use crate::profile::Profile;

/// What `subtitles` is told.
#[derive(Debug, Args)]
pub(crate) struct Subtitles {
    /// An id or a unique title.
    pub(crate) item: String,
    /// Of the title in this quality: a stream goes without those that are inside the file.
    #[arg(long, value_name = "BITS|original", default_value = "original")]
    pub(crate) quality: crate::play::Level,
    /// Print the text of the one with this number.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) print: Option<usize>,
}

/// A subtitle that is not in what would be played.
#[derive(Debug, Serialize)]
struct SubtitleRow {
    /// From 1, for `--print`.
    number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    title: String,
    /// `srt`, `vtt`, `ass`, `pgs`, `vobsub`, `dvbsub`.
    format: String,
    /// `file`, `extracted` (the server takes it out of the film), `drawn` (into a stream's picture).
    supply: &'static str,
    /// Of `drawn`, for `play --draw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    track: Option<u32>,
}

impl SubtitleRow {
    fn new((at, known): (usize, &ExternalSubtitle)) -> Self {
        let (supply, track) = match known.supply {
            Supply::File => ("file", None),
            Supply::Extracted => ("extracted", None),
            Supply::Drawn(track) => ("drawn", Some(track)),
        };
        Self {
            number: at + 1,
            language: known.language.clone(),
            title: known.title.clone(),
            format: known.format.clone(),
            supply,
            track,
        }
    }

    fn line(&self) -> String {
        let language = self.language.as_deref().unwrap_or("?");
        let track = self.track.map(|track| format!(" --draw {track}"));
        format!(
            "{}  {language}  {}  {}  {}{}\n",
            self.number,
            self.format,
            self.title,
            self.supply,
            track.unwrap_or_default()
        )
    }
}

/// A subtitle's text.
#[derive(Debug, Serialize)]
struct Text {
    text: String,
}

/// A line of lyrics.
#[derive(Debug, Serialize)]
struct LyricRow {
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    text: String,
}

impl LyricRow {
    fn new(line: &LyricLine) -> Self {
        Self {
            at: line.at.map(|at| at.as_secs_f64()),
            text: line.text.clone(),
        }
    }

    fn line(&self) -> String {
        match self.at {
            Some(at) => format!("{at:8.2}  {}\n", self.text),
            None => format!("{}\n", self.text),
        }
    }
}

pub(crate) async fn subtitles(
    profile: &Profile,
    arguments: &Subtitles,
    output: Output,
) -> Result<(), Failure> {
    let found = item::find(profile, &arguments.item).await?;
    let opening = Opening {
        quality: arguments.quality.quality(),
        ..Opening::default()
    };
    let playback = &profile.engine.playback;
    let playable = playback.open_as(&found.id, opening).await?;
    let Some(number) = arguments.print else {
        let rows = playable.subtitles.iter().enumerate();
        let rows: Vec<_> = rows.map(SubtitleRow::new).collect();
        output.result(&rows, |rows| rows.iter().map(SubtitleRow::line).collect());
        return Ok(());
    };
    let wanted = number
        .checked_sub(1)
        .and_then(|at| playable.subtitles.get(at));
    let wanted = wanted.ok_or_else(|| Failure::new(format!("There is no subtitle {number}.")))?;
    if matches!(wanted.supply, Supply::Drawn(_)) {
        return Err(Failure::new(
            "That subtitle has no text: it can only be drawn into the picture.",
        ));
    }
    let text = playback.subtitle(&found.id, &wanted.key).await?;
    let text = Text {
        text: String::from_utf8_lossy(&text).into_owned(),
    };
    output.result(&text, |text| text.text.clone());
    Ok(())
}

pub(crate) async fn lyrics(profile: &Profile, item: &str, output: Output) -> Result<(), Failure> {
    let found = item::find(profile, item).await?;
    let lines = profile.engine.library.lyrics(&found.id).await?;
    let rows: Vec<_> = lines.iter().map(LyricRow::new).collect();
    output.result(&rows, |rows| rows.iter().map(LyricRow::line).collect());
    Ok(())
}
