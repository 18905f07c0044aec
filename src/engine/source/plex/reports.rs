//! What the server is told: where a playback is, what was watched, what is loved.

use std::time::Duration;

use super::play::as_session;
use super::{LIBRARY, Plex, at, map, wire};
use crate::model::{ItemId, is_finished};
use crate::source::{Method, Report, ReportEvent};
use crate::source_error::SourceError;

/// "No stars", which is another thing than none of them.
const NO_STARS: &str = "-1";

impl Plex {
    /// Tells where a playback is. What is told late says when it happened, and that nobody plays now: a server that knows
    /// better ignores it.
    ///
    /// # Errors
    /// [`SourceError::Refused`] when the server's owner has ended the playback, with the server's words.
    pub(super) async fn tell(&self, report: &Report) -> Result<(), SourceError> {
        let item = report.part.item();
        let (state, session) = match report.event {
            _ if report.happened.is_some() => ("stopped", None),
            ReportEvent::Stopped => ("stopped", self.session_of(report)),
            ReportEvent::Progress { paused: true } => ("paused", self.session_of(report)),
            _ => ("playing", self.session_of(report)),
        };
        let session = session.as_ref().unwrap_or(&report.session);
        let key = format!("/library/metadata/{}", item.key());
        let time = map::milliseconds(report.position).to_string();
        let whole = self.length_of(report);
        let length = whole.map(|length| map::milliseconds(length).to_string());
        let happened = report.happened.map(|seconds| seconds.to_string());
        let mut query = vec![
            ("ratingKey", item.key()),
            ("key", &key),
            ("state", state),
            ("time", &time),
            LIBRARY,
        ];
        query.extend(length.as_deref().map(|length| ("duration", length)));
        if let Some(happened) = &happened {
            query.extend([("offline", "1"), ("updated", happened)]);
        }
        let query = &query;
        let heard = self.standing.ask(|way| async move {
            let url = at(&way, &[":", "timeline"], query);
            let http = as_session(&way.http, session);
            http.post_for_json::<wire::Answer<wire::Decision>>(&url)
                .await
        });
        match heard.await {
            Ok(answer) => ended(&answer.container)?,
            // It was heard: the answer to a report may be anything or nothing.
            Err(SourceError::Malformed(_)) => {}
            Err(error) => return Err(error),
        }
        // PMS counts a viewing when it sees a session pass the threshold. Of a late report it sees one moment only, and of a
        // film whose last file is begun behind the threshold only what is behind it.
        let finished = is_finished(report.position, whole);
        let unseen = report.happened.is_some() || self.saw_only_the_end(report, finished);
        if finished && unseen {
            self.mark(item, true).await?;
        }
        Ok(())
    }

    /// Length of what is reported, where it is known.
    fn length_of(&self, report: &Report) -> Option<Duration> {
        let known = || {
            let seen = self.seen.lock();
            seen.lengths.get(report.part.item()).copied()
        };
        report.piece().map(|piece| piece.whole).or_else(known)
    }

    /// Whether a playback of a piece of a film ends of which the server has seen nothing but the film's end.
    fn saw_only_the_end(&self, report: &Report, finished: bool) -> bool {
        if report.pieces.is_empty() {
            return false;
        }
        let mut seen = self.seen.lock();
        if !finished {
            seen.begun.insert(report.part.clone());
        }
        report.event == ReportEvent::Stopped && !seen.begun.remove(&report.part)
    }

    /// The session of a playback: that of the file's bytes, or of the stream that the server makes.
    fn session_of(&self, report: &Report) -> Option<String> {
        let part = &report.part;
        match (report.method, report.event) {
            (Method::Remux | Method::Transcode, _) => None,
            (Method::Direct, ReportEvent::Stopped) => self.sessions.end(part),
            (Method::Direct, _) => Some(self.sessions.of(part)),
        }
    }

    /// How long a title is, for what is told of it later.
    pub(super) fn remember_length(&self, item: &ItemId, wire: &wire::Item) {
        if let Some(length) = map::duration(&wire.duration) {
            self.seen.lock().lengths.insert(item.clone(), length);
        }
    }

    pub(super) async fn mark(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        let word = if watched { "scrobble" } else { "unscrobble" };
        self.put(&[":", word], &[LIBRARY, ("key", item.key())])
            .await
    }

    /// Plex has stars and no favourites: a favourite has all of them.
    pub(super) async fn love(&self, item: &ItemId, loved: bool) -> Result<(), SourceError> {
        let all = map::LOVED.to_string();
        let stars = if loved { all.as_str() } else { NO_STARS };
        let query = [LIBRARY, ("key", item.key()), ("rating", stars)];
        self.put(&[":", "rate"], &query).await
    }

    /// Gives so many points of 10, or takes them back.
    pub(super) async fn give(&self, item: &ItemId, points: Option<u8>) -> Result<(), SourceError> {
        let points = points.map_or(NO_STARS.to_owned(), |points| points.to_string());
        let query = [LIBRARY, ("key", item.key()), ("rating", &points)];
        self.put(&[":", "rate"], &query).await
    }

    pub(super) async fn put(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<(), SourceError> {
        self.standing
            .ask(|way| async move { way.http.put(&at(&way, segments, query)).await })
            .await
    }
}

/// Whether the server's owner has ended the playback.
fn ended(answer: &wire::Decision) -> Result<(), SourceError> {
    if answer.termination_code.whole().is_none() && answer.termination_text.text().is_none() {
        return Ok(());
    }
    Err(match answer.termination_text.text() {
        Some(text) => SourceError::Refused(map::words(text)),
        None => SourceError::Forbidden,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(fields: Value) -> Result<(), SourceError> {
        ended(&serde_json::from_value(fields).unwrap())
    }

    #[test]
    fn a_playback_that_was_ended_is_a_refusal() {
        assert!(of(json!({ "size": 0, "playbackState": "progress" })).is_ok());
        let words = of(json!({ "terminationCode": "2006", "terminationText": "Bedtime.\n" }));
        assert!(matches!(words, Err(SourceError::Refused(words)) if words == "Bedtime."));
        assert!(matches!(
            of(json!({ "terminationCode": 2006 })),
            Err(SourceError::Forbidden)
        ));
    }
}
