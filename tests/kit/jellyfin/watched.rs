//! What the user has watched, by the server's rules.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::describe::ticks;

/// One item's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mark {
    pub(crate) position: i64,
    pub(crate) played: bool,
    pub(crate) play_count: u32,
    pub(crate) favourite: bool,
    pub(crate) last_played: Option<SystemTime>,
    pub(crate) rating: Option<f64>,
}

impl Mark {
    /// Takes a reported position, which dates nothing: only a start does. Below 5 % it is forgotten; past 90 % or in the last second the title is watched; titles
    /// shorter than `min_resume` are watched by any report past 5 %.
    fn report(&mut self, position: i64, seconds: f64, min_resume: Duration) {
        let whole = ticks(seconds);
        if whole <= 0 {
            self.finish();
        } else if position < whole / 20 {
            self.position = 0;
        } else if position > whole / 10 * 9
            || position >= whole - ticks(1.0)
            || seconds < min_resume.as_secs_f64()
        {
            self.finish();
        } else {
            self.position = position;
            self.played = false;
        }
    }

    fn finish(&mut self) {
        self.position = 0;
        self.played = true;
        self.play_count += 1;
    }
}

/// All of one user's.
#[derive(Debug, Default)]
pub(crate) struct Watched(HashMap<String, Mark>);

impl Watched {
    pub(crate) fn of(&self, id: &str) -> Mark {
        self.0.get(id).copied().unwrap_or_default()
    }

    pub(crate) fn started(&mut self, id: &str) {
        let mark = self.0.entry(id.into()).or_default();
        mark.last_played = Some(SystemTime::now());
    }

    pub(crate) fn reported(&mut self, id: &str, position: i64, seconds: f64, min: Duration) {
        self.0
            .entry(id.into())
            .or_default()
            .report(position, seconds, min);
    }

    pub(crate) fn set_played(&mut self, id: &str, played: bool, at: Option<SystemTime>) {
        let mark = self.0.entry(id.into()).or_default();
        mark.position = 0;
        mark.played = played;
        mark.play_count = if played { mark.play_count.max(1) } else { 0 };
        mark.last_played = played.then(|| at.unwrap_or_else(SystemTime::now));
    }

    pub(crate) fn elsewhere(&mut self, id: &str, position: i64, at: SystemTime) {
        let mark = self.0.entry(id.into()).or_default();
        mark.position = position;
        mark.last_played = Some(at);
    }

    pub(crate) fn set_favourite(&mut self, id: &str, favourite: bool) {
        self.0.entry(id.into()).or_default().favourite = favourite;
    }

    /// `POST /UserItems/{id}/UserData`: sets what is named; no percentages apply.
    pub(crate) fn set(&mut self, id: &str, body: &Value) {
        let mark = self.0.entry(id.into()).or_default();
        if let Some(position) = body["PlaybackPositionTicks"].as_i64() {
            mark.position = position;
        }
        if let Some(played) = body["Played"].as_bool() {
            mark.played = played;
        }
        if let Some(favourite) = body["IsFavorite"].as_bool() {
            mark.favourite = favourite;
        }
        if let Some(rating) = body["Rating"].as_f64() {
            mark.rating = Some(rating);
        }
        let date = body["LastPlayedDate"].as_str();
        if let Some(at) = date.and_then(crate::http::date::parse_iso) {
            mark.last_played = Some(at);
        }
    }
}

/// `UserItemDataDto` of a title.
pub(crate) fn user_data(id: &str, mark: Mark, seconds: Option<f64>) -> Value {
    let mut data = json!({
        "PlaybackPositionTicks": mark.position,
        "PlayCount": mark.play_count,
        "IsFavorite": mark.favourite,
        "Played": mark.played,
        "Key": id,
        "ItemId": id,
    });
    if let Some(rating) = mark.rating {
        data["Rating"] = json!(rating);
    }
    if let Some(at) = mark.last_played {
        data["LastPlayedDate"] = json!(crate::http::date::format_iso(at));
    }
    if let Some(seconds) = seconds.filter(|_| mark.position > 0) {
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let share = mark.position as f64 / ticks(seconds).max(1) as f64;
        data["PlayedPercentage"] = json!(share * 100.0);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_follow_the_server_s_rules() {
        let min = Duration::from_secs(300);
        let after = |seconds: f64, at: f64| {
            let mut watched = Watched::default();
            watched.reported("a", ticks(at), seconds, min);
            let mark = watched.of("a");
            (mark.position, mark.played)
        };
        assert_eq!(after(1000.0, 49.0), (0, false));
        assert_eq!(after(1000.0, 50.0), (ticks(50.0), false));
        assert_eq!(after(1000.0, 900.0), (ticks(900.0), false));
        assert_eq!(after(1000.0, 901.0), (0, true));
        assert_eq!(after(299.0, 100.0), (0, true));
        assert_eq!(after(299.0, 10.0), (0, false));
        assert_eq!(after(0.0, 10.0), (0, true));
    }
}
