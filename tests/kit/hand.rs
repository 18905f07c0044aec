//! The hand that clicks the real window, for tests: `tests/ui/hand.py` behind typed calls.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A box in the window: left, top, width, height, in pixels.
pub type Area = [f64; 4];

/// A hand and an eye on one running program. Each call waits until what it names shows, and panics with what showed
/// instead when it does not come: a test wants to fail there.
pub struct Hand {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Hand {
    /// Waits for the window of the process `pid` and takes hold of it.
    ///
    /// # Panics
    /// When the program shows no window within 30 s, or the display has no accessibility bus.
    #[must_use]
    pub fn on(pid: u32) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/hand.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let commands = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut hand = Self {
            child,
            commands,
            answers,
        };
        hand.ask(&json!({"do": "app", "pid": pid}));
        hand
    }

    fn ask(&mut self, command: &Value) -> Value {
        self.attempt(command)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn attempt(&mut self, command: &Value) -> Result<Value, String> {
        writeln!(self.commands, "{command}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let answer: Value =
            serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        if answer["ok"] == true {
            Ok(answer)
        } else {
            Err(answer["error"].to_string())
        }
    }

    /// Waits until a control of that name shows; its box.
    pub fn see(&mut self, name: &str) -> Area {
        area(&self.ask(&json!({"do": "see", "name": name})))
    }

    /// The content of the window.
    pub fn window(&mut self) -> Area {
        area(&self.ask(&json!({"do": "see", "role": "frame"})))
    }

    /// Waits until no control of that name shows.
    pub fn gone(&mut self, name: &str) {
        self.ask(&json!({"do": "see", "name": name, "gone": true}));
    }

    /// Whether such a control shows now.
    pub fn sees_now(&mut self, name: &str) -> bool {
        self.attempt(&json!({"do": "see", "name": name, "timeout": 0}))
            .is_ok()
    }

    /// Waits until a showing name matches the regular expression; that name.
    pub fn read(&mut self, pattern: &str, wait: Duration) -> String {
        let answer =
            self.ask(&json!({"do": "text", "pattern": pattern, "timeout": wait.as_secs_f64()}));
        answer["text"].as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the middle of the control of that name.
    pub fn click(&mut self, name: &str) {
        self.ask(&json!({"do": "click", "name": name}));
    }

    /// Clicks the middle of the control of that name and role.
    pub fn click_role(&mut self, name: &str, role: &str) {
        self.ask(&json!({"do": "click", "name": name, "role": role}));
    }

    /// Clicks a control at a share of its width.
    pub fn click_at(&mut self, name: &str, share: f64) {
        self.ask(&json!({"do": "click", "name": name, "at": share}));
    }

    /// Types a text where the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.ask(&json!({"do": "type", "text": text}));
    }

    /// Presses a key combination, as xdotool spells it.
    pub fn key(&mut self, keys: &str) {
        self.ask(&json!({"do": "key", "keys": keys}));
    }

    /// Moves the pointer to a place in the window.
    pub fn point(&mut self, x: f64, y: f64) {
        self.ask(&json!({"do": "move", "x": x, "y": y}));
    }

    /// Resizes the window.
    pub fn resize(&mut self, width: u32, height: u32) {
        self.ask(&json!({"do": "size", "w": width, "h": height}));
    }

    /// Saves a picture of the window.
    pub fn shot(&mut self, path: &Path) -> PathBuf {
        self.ask(&json!({"do": "shot", "path": path}));
        path.to_owned()
    }

    /// The colour at a place in the window.
    pub fn pixel(&mut self, x: f64, y: f64) -> [u8; 3] {
        let answer = self.ask(&json!({"do": "pixel", "x": x, "y": y}));
        [0, 1, 2].map(|i| u8::try_from(answer["rgb"][i].as_u64().unwrap_or(0)).unwrap_or(0))
    }

    /// Current value of a slider, as a share of its range.
    pub fn slider(&mut self, name: &str) -> f64 {
        let answer = self.ask(&json!({"do": "value", "name": name}));
        let [now, low, high] =
            ["current", "minimum", "maximum"].map(|key| answer[key].as_f64().unwrap_or(0.0));
        if high > low {
            (now - low) / (high - low)
        } else {
            0.0
        }
    }

    /// Every showing control, one a line, for a failing test's message.
    pub fn everything(&mut self) -> String {
        let answer = self.ask(&json!({"do": "tree"}));
        let rows = answer["tree"].as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(Value::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn area(answer: &Value) -> Area {
    [0, 1, 2, 3].map(|i| answer["box"][i].as_f64().unwrap_or(0.0))
}
