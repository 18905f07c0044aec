//! The real program on the virtual display, with a hand on its window.
#![allow(
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "test code: what cannot go on fails the test with a sentence; each test program uses its part"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testkit::hand::{Area, Hand};
use testkit::stamp::{self, Stamp};

/// The window is as wide and high as a picture of 16:9, so that a film fills it exactly.
const SIZE: (u32, u32) = (1280, 720);
/// A guard against a hang, generous for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The running program.
pub struct Program {
    child: Child,
    pub hand: Hand,
    shots: PathBuf,
}

impl Program {
    /// Starts it with a profile and takes hold of its window.
    pub fn start(profile: &Path) -> Self {
        assert!(
            std::env::var_os("DISPLAY").is_some(),
            "no display: run this through ./dev test, or build-aux/stage cargo nextest run -p spool"
        );
        let child = Command::new(env!("CARGO_BIN_EXE_spool"))
            .arg("--profile")
            .arg(profile)
            .env("GSK_RENDERER", "cairo")
            .env("GTK_A11Y", "atspi")
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut hand = Hand::on(child.id());
        hand.resize(SIZE.0, SIZE.1);
        let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenario");
        std::fs::create_dir_all(&shots).expect("a folder for pictures");
        Self { child, hand, shots }
    }

    /// Saves a picture of the window beside the other pictures of this run, for people to look at.
    pub fn shot(&mut self, name: &str) {
        self.hand.shot(&self.shots.join(format!("{name}.png")));
    }

    /// What the film's picture says: which title and which second is on the screen. `None` while controls cover it.
    pub fn stamp(&mut self) -> Option<Stamp> {
        let path = self.shots.join("stamp.ppm");
        self.hand.shot(&path);
        let picture = Ppm::read(&path);
        let film = picture_area(self.hand.window());
        let [left, top, _, height] = film.map(|side| side.round() as u32);
        stamp::read(height, |x, y| picture.luma(left + x, top + y))
    }

    /// Waits for a picture of the film that fulfils `wanted`.
    pub fn until_stamp(&mut self, what: &str, mut wanted: impl FnMut(Stamp) -> bool) -> Stamp {
        let begun = Instant::now();
        let mut last = None;
        loop {
            if let Some(stamp) = self.stamp() {
                if wanted(stamp) {
                    return stamp;
                }
                last = Some(stamp);
            }
            if begun.elapsed() > PATIENCE {
                self.shot("lost");
                panic!(
                    "{what}: the last picture was {last:?}; there is:\n{}",
                    self.hand.everything()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Wakes the controls by moving the pointer, clicks the seek bar there, and lets the controls go again.
    pub fn seek(&mut self, share: f64) {
        let [left, top, width, height] = self.hand.window();
        let middle = (left + width / 2.0, top + height / 2.0);
        self.hand.point(middle.0, middle.1);
        self.hand.point(middle.0 + 30.0, middle.1 + 10.0);
        self.hand.click_at("Position", share);
        self.hand.point(middle.0, middle.1);
    }

    /// Quits as a person does, and waits for the end.
    pub fn quit(mut self) {
        self.hand.key("ctrl+q");
        let begun = Instant::now();
        while self
            .child
            .try_wait()
            .expect("it can be waited for")
            .is_none()
        {
            assert!(begun.elapsed() < PATIENCE, "the program does not quit");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Where a film of 16:9 lies in a window: as large as it can be, in the middle.
fn picture_area([left, top, width, height]: Area) -> Area {
    let scale = (width / 16.0).min(height / 9.0);
    let (w, h) = (16.0 * scale, 9.0 * scale);
    [left + (width - w) / 2.0, top + (height - h) / 2.0, w, h]
}

/// A picture in Netpbm's binary form, as ImageMagick writes it.
struct Ppm {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Ppm {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("the picture was saved");
        let mut fields = Vec::new();
        let mut at = 0;
        while fields.len() < 4 {
            let end = at
                + bytes[at..]
                    .iter()
                    .position(u8::is_ascii_whitespace)
                    .expect("a header");
            fields.push(String::from_utf8_lossy(&bytes[at..end]).into_owned());
            at = end + 1;
        }
        assert_eq!((fields[0].as_str(), fields[3].as_str()), ("P6", "255"));
        let number = |i: usize| fields[i].parse().expect("a number");
        Self {
            width: number(1),
            height: number(2),
            pixels: bytes[at..].to_vec(),
        }
    }

    fn luma(&self, x: u32, y: u32) -> u8 {
        let at = (y * self.width + x) as usize * 3;
        let [r, g, b] = [0, 1, 2].map(|i| u32::from(self.pixels[at + i]));
        u8::try_from((r * 299 + g * 587 + b * 114) / 1000).unwrap_or(255)
    }
}
