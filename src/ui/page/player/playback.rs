//! What is known of the playback, and what follows from it: pure.
//!
//! **Does not know** widgets and gives no commands: the page asks it where a wish leads and tells the player.

use std::time::Duration;

use spool_player::{Event, Phase, Stream, Tracks};

use super::wish::Pace;

/// The speeds one can step through.
pub(super) const SPEEDS: [f64; 8] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0];

/// One playback.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    phase: Phase,
    began: bool,
    wanted: bool,
    position: Duration,
    target: Option<Duration>,
    duration: Option<Duration>,
    tracks: Tracks,
    speed: f64,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            began: false,
            wanted: true,
            position: Duration::ZERO,
            target: None,
            duration: None,
            tracks: Tracks::default(),
            speed: 1.0,
        }
    }
}

impl Playback {
    /// A playback that is about to begin at `start`, of a title that is said to be so long.
    #[must_use]
    pub(super) fn new(start: Duration, duration: Option<Duration>) -> Self {
        Self {
            phase: Phase::Opening,
            position: start,
            duration,
            ..Self::default()
        }
    }

    /// Takes in what the player says.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Phase(phase) => self.enter(*phase),
            Event::FirstFrame => self.began = true,
            // While a seek is under way, the place it goes to is the truth; the player may still tell of the old one.
            Event::Position(position) => self.position = *position,
            Event::SeekDone(position) => {
                self.position = *position;
                self.target = None;
            }
            Event::Duration(duration) => self.duration = Some(*duration),
            Event::Tracks(tracks) => self.tracks = tracks.clone(),
            Event::Failed(_) => self.enter(Phase::Failed),
            Event::Chapters(_) | Event::Lacks(_) | Event::Elsewhere(_) => {}
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        if phase == Phase::Failed
            && let Some(target) = self.target.take()
        {
            // Another attempt begins where the person wanted to go.
            self.position = target;
        }
        if matches!(phase, Phase::Ended | Phase::Idle) {
            self.target = None;
        }
    }

    /// Where it stands.
    #[must_use]
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the first frame, or the first sound of music, has come.
    #[must_use]
    pub(super) fn has_begun(&self) -> bool {
        self.began
    }

    /// Whether the person wants it to run.
    #[must_use]
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted && self.phase != Phase::Ended
    }

    /// The same, also where it has ended.
    #[must_use]
    pub(super) fn was_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether it runs now.
    #[must_use]
    pub(super) fn is_running(&self) -> bool {
        self.phase == Phase::Playing
    }

    /// The fill of the player's queue while bytes are missing.
    #[must_use]
    pub(super) fn buffering(&self) -> Option<u8> {
        match self.phase {
            Phase::Buffering { percent } => Some(percent),
            _ => None,
        }
    }

    /// Runs from now on, or stands still.
    pub(super) fn want(&mut self, running: bool) {
        self.wanted = running;
    }

    /// Where it is, or is going.
    #[must_use]
    pub(super) fn position(&self) -> Duration {
        self.target.unwrap_or(self.position)
    }

    /// Its length, once known.
    #[must_use]
    pub(super) fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// Streams and the choice among them.
    #[must_use]
    pub(super) fn tracks(&self) -> &Tracks {
        &self.tracks
    }

    /// The speed.
    #[must_use]
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    /// It is on its way to `target`.
    pub(super) fn seek(&mut self, target: Duration) {
        self.target = Some(target);
        if self.phase == Phase::Ended {
            self.wanted = true;
        }
    }

    /// The place so many seconds on from where it is or is going; within the title.
    #[must_use]
    pub(super) fn skipped(&self, seconds: i64) -> Duration {
        let by = Duration::from_secs(seconds.unsigned_abs());
        let place = if seconds < 0 {
            self.position().saturating_sub(by)
        } else {
            self.position() + by
        };
        self.duration.map_or(place, |duration| place.min(duration))
    }

    /// The place at so many tenths of the length, where that is known.
    #[must_use]
    pub(super) fn tenth(&self, tenths: u8) -> Option<Duration> {
        self.duration
            .map(|duration| duration * u32::from(tenths) / 10)
    }

    /// Changes the speed and says which it is now.
    pub(super) fn pace(&mut self, pace: Pace) -> f64 {
        let near = |speed: &&f64| (**speed - self.speed).abs() > 1e-3;
        self.speed = match pace {
            Pace::Up => SPEEDS
                .iter()
                .filter(near)
                .find(|speed| **speed > self.speed)
                .copied(),
            Pace::Down => SPEEDS
                .iter()
                .rev()
                .filter(near)
                .find(|speed| **speed < self.speed)
                .copied(),
            Pace::To(speed) => Some(speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1])),
        }
        .unwrap_or(self.speed);
        self.speed
    }

    /// The audio stream after the one that sounds.
    #[must_use]
    pub(super) fn next_audio(&self) -> Option<&Stream> {
        let audio = &self.tracks.audio;
        if audio.len() < 2 {
            return None;
        }
        let now = audio
            .iter()
            .position(|stream| Some(&stream.id) == self.tracks.audio_selected.as_ref());
        audio.get(now.map_or(0, |now| (now + 1) % audio.len()))
    }

    /// The subtitle after the one shown: `Some(None)` is none, `None` is that there is no choice.
    #[must_use]
    pub(super) fn next_subtitle(&self) -> Option<Option<&Stream>> {
        let subtitles = &self.tracks.subtitles;
        if subtitles.is_empty() {
            return None;
        }
        let now = subtitles
            .iter()
            .position(|stream| Some(&stream.id) == self.tracks.subtitle_selected.as_ref());
        Some(subtitles.get(now.map_or(0, |now| now + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn stream(id: &str) -> Stream {
        Stream {
            id: id.to_owned(),
            language: None,
            title: None,
            codec: None,
            channels: None,
        }
    }

    #[test]
    fn a_seek_under_way_is_where_it_is() {
        let mut playback = Playback::new(Duration::ZERO, Some(seconds(100)));
        playback.seek(seconds(50));
        playback.hear(&Event::Position(seconds(3)));
        assert_eq!(playback.position(), seconds(50));
        assert_eq!(playback.skipped(10), seconds(60));
        playback.hear(&Event::SeekDone(seconds(50)));
        playback.hear(&Event::Position(seconds(51)));
        assert_eq!(playback.position(), seconds(51));
    }

    #[test]
    fn what_fails_on_its_way_stands_where_it_was_to_go() {
        let mut playback = Playback::new(Duration::ZERO, Some(seconds(100)));
        playback.seek(seconds(50));
        playback.hear(&Event::Phase(Phase::Failed));
        assert_eq!(playback.position(), seconds(50));
        let mut playback = Playback::new(seconds(7), Some(seconds(100)));
        playback.hear(&Event::Phase(Phase::Failed));
        assert_eq!(playback.position(), seconds(7));
    }

    #[test]
    fn skips_stay_within_the_title() {
        let playback = Playback::new(seconds(5), Some(seconds(20)));
        assert_eq!(playback.skipped(-10), Duration::ZERO);
        assert_eq!(playback.skipped(60), seconds(20));
        assert_eq!(playback.tenth(5), Some(seconds(10)));
        assert_eq!(Playback::new(seconds(5), None).tenth(5), None);
    }

    #[test]
    fn the_ladder_of_speeds_has_ends() {
        let mut playback = Playback::default();
        assert!((playback.pace(Pace::Up) - 1.25).abs() < 1e-9);
        for _ in 0..20 {
            playback.pace(Pace::Up);
        }
        assert!((playback.speed() - 4.0).abs() < 1e-9);
        for _ in 0..20 {
            playback.pace(Pace::Down);
        }
        assert!((playback.speed() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn subtitles_cycle_through_none() {
        let mut playback = Playback::default();
        assert!(playback.next_subtitle().is_none());
        let mut tracks = Tracks {
            subtitles: vec![stream("a"), stream("b")],
            ..Tracks::default()
        };
        let id = |choice: Option<Option<&Stream>>| choice.flatten().map(|stream| stream.id.clone());
        playback.hear(&Event::Tracks(tracks.clone()));
        assert_eq!(id(playback.next_subtitle()).as_deref(), Some("a"));
        tracks.subtitle_selected = Some("b".to_owned());
        playback.hear(&Event::Tracks(tracks));
        assert_eq!(playback.next_subtitle(), Some(None));
    }

    #[test]
    fn one_audio_stream_is_no_choice() {
        let mut playback = Playback::default();
        let mut tracks = Tracks {
            audio: vec![stream("a")],
            ..Tracks::default()
        };
        playback.hear(&Event::Tracks(tracks.clone()));
        assert!(playback.next_audio().is_none());
        tracks.audio.push(stream("b"));
        tracks.audio_selected = Some("b".to_owned());
        playback.hear(&Event::Tracks(tracks));
        assert_eq!(
            playback.next_audio().map(|stream| stream.id.as_str()),
            Some("a")
        );
    }

    #[test]
    fn what_ended_is_not_wanted_until_it_is_sought() {
        let mut playback = Playback::default();
        playback.hear(&Event::Phase(Phase::Ended));
        assert!(!playback.is_wanted());
        playback.hear(&Event::Phase(Phase::Playing));
        assert!(playback.is_wanted());
    }
}
