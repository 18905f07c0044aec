//! What the server is told: where a playback is, and what was watched.

use serde_json::{Value, json};

use super::Jellyfin;
use super::map::{self, PartKey};
use super::pieces::{self, Mark};
use crate::source::{Method, Report, ReportEvent};
use crate::source_error::SourceError;

impl Jellyfin {
    /// Tells of a playback. Of a film in several files the server hears as [`pieces`] says.
    pub(super) async fn tell(&self, report: &Report) -> Result<(), SourceError> {
        let film = report.part.item().key();
        let own = PartKey::title_of(&report.part);
        self.stacks.learn(own, film);
        let words = pieces::words(report);
        let date = report.happened.and_then(map::date);
        if let Some(date) = &date {
            // Its own clock dates what begins now; what ended before is dated first, so that *stopped* is what it hears last.
            self.set_where_it_can(own, &json!({ "LastPlayedDate": date }))
                .await?;
        }
        if let Some(mark) = words.before {
            self.set_mark(film, mark, date.as_deref()).await?;
        }
        self.say(report, own, map::ticks(words.position)).await?;
        if let Some(mark) = words.own {
            self.set_mark(own, mark, date.as_deref()).await?;
        }
        if let Some(mark) = words.film {
            self.set_mark(film, mark, date.as_deref()).await?;
        }
        Ok(())
    }

    async fn say(&self, report: &Report, title: &str, ticks: u64) -> Result<(), SourceError> {
        let (segments, paused): (&[&str], _) = match report.event {
            ReportEvent::Started => (&["Sessions", "Playing"], false),
            ReportEvent::Progress { paused } => (&["Sessions", "Playing", "Progress"], paused),
            ReportEvent::Stopped => (&["Sessions", "Playing", "Stopped"], false),
        };
        let mut body = json!({
            "ItemId": title,
            "MediaSourceId": PartKey::parse(report.part.key()).source,
            "PlaySessionId": report.session,
            "PositionTicks": ticks,
        });
        if let Some(chosen) = report.chosen {
            // Nothing at all is understood as a wish to forget, before 12.
            body["AudioStreamIndex"] = json!(chosen.audio);
            body["SubtitleStreamIndex"] = json!(chosen.subtitle.map_or(-1, i64::from));
        }
        if report.event == ReportEvent::Stopped {
            body["Failed"] = json!(false);
        } else {
            body["PlayMethod"] = json!(match report.method {
                Method::Direct => "DirectPlay",
                Method::Remux => "DirectStream",
                Method::Transcode => "Transcode",
            });
            body["CanSeek"] = json!(true);
            body["IsPaused"] = json!(paused);
        }
        self.http.post(&self.routes.at(segments), Some(&body)).await
    }

    async fn set_mark(
        &self,
        title: &str,
        mark: Mark,
        date: Option<&str>,
    ) -> Result<(), SourceError> {
        match mark {
            Mark::Played => self.mark(title, true, date).await,
            Mark::At(place) => {
                let mut body =
                    json!({ "PlaybackPositionTicks": map::ticks(place), "Played": false });
                if let Some(date) = date {
                    body["LastPlayedDate"] = json!(date);
                }
                self.set_where_it_can(title, &body).await
            }
        }
    }

    /// Marks a title played or not; `date` says when, where that is not now.
    pub(super) async fn mark(
        &self,
        title: &str,
        played: bool,
        date: Option<&str>,
    ) -> Result<(), SourceError> {
        let dated: Vec<_> = date.into_iter().map(|date| ("datePlayed", date)).collect();
        let url = self.routes.of_user(&["UserPlayedItems", title], &dated);
        match played {
            true => self.http.post(&url, None::<&Value>).await,
            false => self.http.delete(&url).await,
        }
    }

    /// The same as [`Jellyfin::set_user_data`]; a server without this question hears the rest all the same.
    async fn set_where_it_can(&self, title: &str, body: &Value) -> Result<(), SourceError> {
        match self.set_user_data(title, body).await {
            Ok(()) | Err(SourceError::Gone | SourceError::Status(400..500)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sets what the body names of what the server keeps of a title for this user.
    pub(super) async fn set_user_data(&self, title: &str, body: &Value) -> Result<(), SourceError> {
        let url = self.routes.of_user(&["UserItems", title, "UserData"], &[]);
        self.http.post(&url, Some(body)).await
    }
}
