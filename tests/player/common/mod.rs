//! What the player's tests share: small clips made once, and a player whose events can be awaited.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses a part of it, and what cannot go on fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use spool_engine::cache::Reader;
use spool_player::{
    AudioOutput, Event, First, Load, Phase, Player, PlayerError, Tracks, VideoOutput,
};

/// A hang guard, generous for a machine that is busy with something else.
pub const GUARD: Duration = Duration::from_secs(60);

/// Length of every clip.
pub const LENGTH: Duration = Duration::from_secs(12);
/// Frames a second of every clip.
pub const FPS: u32 = 25;

/// A clip that ffmpeg makes once for all test programs: `name` with what makes it.
pub fn clip(name: &str, arguments: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("player-clips");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    if !path.exists() {
        let scratch = folder.join(format!("{}-{name}", std::process::id()));
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y"])
            .args(arguments.split_whitespace())
            .arg(&scratch)
            .status()
            .expect("ffmpeg runs");
        assert!(made.success(), "ffmpeg {arguments}");
        std::fs::rename(&scratch, &path).unwrap();
    }
    path
}

const PICTURE: &str = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=12";
const TONES: &str = "-f lavfi -i sine=frequency=300:duration=12:sample_rate=48000 -f lavfi -i sine=frequency=500:duration=12:sample_rate=48000";
const H264: &str = "-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p -c:a aac -threads 1";

/// Matroska with two audio tracks and two subtitles.
pub fn mkv() -> PathBuf {
    let srt = clip_text("lines.srt", &lines());
    clip(
        "two-tracks.mkv",
        &format!(
            "{PICTURE} {TONES} -i {} -map 0 -map 1 -map 2 -map 3 -map 3 {H264} -c:s:0 srt -c:s:1 ass \
             -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata:s:s:0 language=eng -metadata:s:s:1 language=deu",
            srt.display()
        ),
    )
}

/// MP4 with its index at the end.
pub fn mp4_index_last() -> PathBuf {
    clip(
        "index-last.mp4",
        &format!("{PICTURE} {TONES} -map 0 -map 1 {H264}"),
    )
}

/// MP4 with its index first.
pub fn mp4_index_first() -> PathBuf {
    clip(
        "index-first.mp4",
        &format!("{PICTURE} {TONES} -map 0 -map 1 {H264} -movflags +faststart"),
    )
}

/// VP9 and Opus.
pub fn webm() -> PathBuf {
    clip(
        "vp9.webm",
        &format!(
            "{PICTURE} {TONES} -map 0 -map 1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 -b:v 300k -c:a libopus"
        ),
    )
}

/// Theora and Vorbis, on which playbin3 hangs.
pub fn ogv() -> PathBuf {
    clip(
        "theora.ogv",
        &format!("{PICTURE} {TONES} -map 0 -map 1 -c:v libtheora -c:a libvorbis -g 50"),
    )
}

/// Sound only.
pub fn flac() -> PathBuf {
    clip("tone.flac", &format!("{TONES} -map 0 -c:a flac"))
}

/// A line for each second.
pub fn lines() -> String {
    (0..12)
        .map(|n| {
            format!(
                "{}\n00:00:{n:02},000 --> 00:00:{n:02},900\nLine {n}\n\n",
                n + 1
            )
        })
        .collect()
}

/// A small text file.
pub fn clip_text(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("player-clips");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let thread = std::thread::current().id();
    let scratch = folder.join(format!("{}-{thread:?}-{name}", std::process::id()));
    std::fs::write(&scratch, text).unwrap();
    std::fs::rename(&scratch, &path).unwrap();
    path
}

/// GStreamer with Spool's element; what must be installed is.
pub fn init() {
    spool_player::init().expect("everything is installed");
}

/// A player and what it has said.
pub struct Stand {
    pub player: Player,
    events: Receiver<Event>,
    pub seen: Vec<Event>,
}

impl Stand {
    pub fn new() -> Self {
        Self::with(VideoOutput::Fake, AudioOutput::Fake)
    }

    pub fn with(video: VideoOutput, audio: AudioOutput) -> Self {
        init();
        let (say, events) = channel();
        Self {
            player: Player::new(video, audio, move |event| {
                say.send(event).ok();
            }),
            events,
            seen: Vec::new(),
        }
    }

    pub fn load(&self, path: &Path, start: Duration, play: bool) {
        self.load_reader(Reader::file(path).unwrap(), start, play);
    }

    pub fn load_reader(&self, reader: Reader, start: Duration, play: bool) {
        self.player.load(Load {
            reader,
            start,
            play,
            subtitles: Vec::new(),
            subtitle: None,
            first: First::default(),
            served: None,
            piece: None,
        });
    }

    /// The streams as they are last told, once `ready` agrees with them.
    pub fn until_tracks(&mut self, ready: impl Fn(&Tracks) -> bool) -> Tracks {
        self.until("tracks", |event| match event {
            Event::Tracks(tracks) if ready(tracks) => Some(tracks.clone()),
            Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        })
    }

    /// The next event that `pick` takes; those before it are kept in `seen`.
    pub fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let end = Instant::now() + GUARD;
        loop {
            match self
                .events
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(event) => {
                    let picked = pick(&event);
                    self.seen.push(event);
                    if let Some(picked) = picked {
                        return picked;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no {what} after {:?}", self.seen)
                }
            }
        }
    }

    pub fn until_phase(&mut self, wanted: Phase) {
        self.until(&format!("{wanted:?}"), |event| match event {
            Event::Phase(phase) if *phase == wanted => Some(()),
            Event::Failed(error) if wanted != Phase::Failed => panic!("failed: {error}"),
            _ => None,
        });
    }

    pub fn until_first_frame(&mut self) {
        self.until("first frame", |event| match event {
            Event::FirstFrame => Some(()),
            Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        });
    }

    pub fn until_landed(&mut self) -> Duration {
        self.until("landing", |event| match event {
            Event::SeekDone(at) => Some(*at),
            Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        })
    }

    pub fn until_failed(&mut self) -> PlayerError {
        self.until("failure", |event| match event {
            Event::Failed(error) => Some(error.clone()),
            _ => None,
        })
    }

    /// The next position that is told.
    pub fn until_position(&mut self) -> Duration {
        self.until("position", |event| match event {
            Event::Position(at) => Some(*at),
            Event::Failed(error) => panic!("failed: {error}"),
            _ => None,
        })
    }

    /// Events that have come by now.
    pub fn drain(&mut self) {
        self.seen.extend(self.events.try_iter());
    }
}
