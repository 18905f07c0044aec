//! The real program on the virtual display, with a hand on its window.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    unreachable_pub,
    dead_code,
    reason = "test code: what cannot go on fails the test with a sentence; each test program uses its part"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use testkit::FakeServer;
use testkit::hand::{Area, Hand};
use testkit::stamp::{self, Stamp};

/// The window is as wide and high as a picture of 16:9, so that a film fills it exactly.
const SIZE: (u32, u32) = (1280, 720);
/// A guard against a hang, generous for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A key that had no effect by then is pressed again.
const AGAIN: Duration = Duration::from_secs(10);

/// The running program.
pub struct Program {
    child: Child,
    pub hand: Hand,
    shots: PathBuf,
    log: PathBuf,
}

/// What GTK says of our own mistakes.
const COMPLAINTS: [&str; 3] = ["-CRITICAL **", "-WARNING **", "panicked at"];

impl Program {
    /// Starts it with a profile and takes hold of its window.
    pub fn start(profile: &Path) -> Self {
        Self::with(|command| {
            command.arg("--profile").arg(profile);
        })
    }

    /// Starts it as `prepare` says and takes hold of its window. What it says goes to a file.
    pub fn with(prepare: impl FnOnce(&mut Command)) -> Self {
        Self::of(command(), prepare)
    }

    /// The same behind another program that becomes it.
    pub fn behind(wrapper: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        Self::of(command_behind(wrapper), prepare)
    }

    fn of(mut command: Command, prepare: impl FnOnce(&mut Command)) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenario");
        std::fs::create_dir_all(&shots).expect("a folder for pictures");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = shots.join(format!("{}-{number}.log", std::process::id()));
        let said = File::create(&log).expect("a file for what it says");
        command
            .stdout(said.try_clone().expect("a second handle"))
            .stderr(said);
        prepare(&mut command);
        let child = command.spawn().expect("the program starts");
        let mut hand = Hand::on(child.id());
        hand.resize(SIZE.0, SIZE.1);
        Self {
            child,
            hand,
            shots,
            log,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said, on both its outputs.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The file in which that is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Signs in to a server, from the first page on.
    pub fn sign_in(&mut self, server: &FakeServer) {
        let face = server.jellyfin();
        self.sign_in_as(&server.address(), face.user(), face.password());
        // There is no keyring on the stage: the program asks before it writes the sign-in into a file.
        self.hand.click("Keep in a File");
    }

    /// Enters this name and password, from the first page on.
    pub fn sign_in_as(&mut self, address: &str, user: &str, password: &str) {
        let hand = &mut self.hand;
        hand.click("Sign in to Jellyfin");
        hand.click("Server Address");
        hand.type_text(address);
        hand.key("Return");
        hand.click("User Name");
        hand.type_text(user);
        hand.click("Password");
        hand.type_text(password);
        hand.key("Return");
    }

    /// Types another password where one was refused, and keeps the sign-in.
    pub fn correct_password(&mut self, password: &str) {
        let hand = &mut self.hand;
        hand.click("Password");
        hand.key("ctrl+a");
        hand.type_text(password);
        hand.key("Return");
        hand.click("Keep in a File");
    }

    /// Adds a folder, from the first page on.
    pub fn add_folder(&mut self, folder: &Path) {
        self.hand.click("Add a folder");
        self.hand.click("Folder");
        self.hand.type_text(&folder.display().to_string());
        self.hand.key("Return");
    }

    /// Opens a film's page from its library's grid and plays it.
    pub fn play(&mut self, library: &str, title: &str) {
        self.hand.click(library);
        self.hand.click(title);
        self.hand.click("Play");
    }

    /// Leaves the player, then the film's page.
    pub fn back_to_grid(&mut self) {
        self.hand.key("Escape");
        self.hand.click("Back");
    }

    /// Saves a picture of the window beside the other pictures of this run, for people to look at.
    pub fn shot(&mut self, name: &str) {
        self.hand.shot(&self.shots.join(format!("{name}.png")));
    }

    /// What the film's picture says: which title and which second is on the screen. `None` while controls cover it, and where
    /// the display gave no picture.
    pub fn stamp(&mut self) -> Option<Stamp> {
        let path = self.shots.join(format!("stamp-{}.ppm", self.child.id()));
        self.hand.shot(&path);
        let picture = Ppm::read(&path)?;
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

    /// Quits as a person does, waits for the end, and sees whether GTK has complained meanwhile.
    pub fn quit(mut self) {
        self.hand.key("ctrl+q");
        if !self.has_ended_within(AGAIN) {
            // Without a window manager, keys get lost now and then on a busy machine.
            self.hand.key("ctrl+q");
        }
        self.wait();
        let said = self.said();
        let complaints: Vec<_> = said
            .lines()
            .filter(|line| COMPLAINTS.iter().any(|sign| line.contains(sign)))
            .collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    /// Ends it from outside, as a session that ends does.
    pub fn end(mut self) {
        self.child.kill().ok();
        self.wait();
    }

    /// Waits for the end of the program.
    pub fn wait(&mut self) {
        if !self.has_ended_within(PATIENCE) {
            panic!(
                "the program does not quit; there is:\n{}",
                self.hand.everything()
            );
        }
    }

    fn has_ended_within(&mut self, patience: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let end = self.child.try_wait().expect("it can be waited for");
            if end.is_some() || begun.elapsed() > patience {
                return end.is_some();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The program with what every run of it needs.
pub fn command() -> Command {
    command_behind(&[])
}

fn command_behind(wrapper: &[&str]) -> Command {
    assert!(
        std::env::var_os("DISPLAY").is_some(),
        "no display: run this through ./dev test, or build-aux/stage cargo nextest run -p spool"
    );
    let words = [wrapper, &[env!("CARGO_BIN_EXE_spool")]].concat();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env("GSK_RENDERER", "cairo")
        .env("GTK_A11Y", "atspi")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("what the program said:\n{}", self.said());
        }
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
    /// `None` where the picture is empty or ends early: a window that is just being drawn or resized gives one.
    fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).expect("the picture was saved");
        let mut fields = Vec::new();
        let mut at = 0;
        while fields.len() < 4 {
            let end = at + bytes.get(at..)?.iter().position(u8::is_ascii_whitespace)?;
            fields.push(String::from_utf8_lossy(&bytes[at..end]).into_owned());
            at = end + 1;
        }
        assert_eq!((fields[0].as_str(), fields[3].as_str()), ("P6", "255"));
        let number = |i: usize| fields[i].parse().expect("a number");
        let (width, height): (u32, u32) = (number(1), number(2));
        let pixels = bytes.get(at..)?.to_vec();
        let is_whole = pixels.len() >= (width * height) as usize * 3;
        is_whole.then_some(Self {
            width,
            height,
            pixels,
        })
    }

    fn luma(&self, x: u32, y: u32) -> u8 {
        let at = (y * self.width + x) as usize * 3;
        let [r, g, b] = [0, 1, 2].map(|i| u32::from(self.pixels[at + i]));
        u8::try_from((r * 299 + g * 587 + b * 114) / 1000).unwrap_or(255)
    }
}
