//! The program under test, run as a person or script runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::{FakeServer, Options, Stage};

/// Guards against hanging only; nothing is expected to take so long.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The program on a profile of its own, beside a full server.
pub(crate) struct Ctl {
    pub(crate) stage: Stage,
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.out);
        parsed.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Asserts that the command line was not understood.
    #[track_caller]
    pub(crate) fn failed_usage(self) {
        assert_eq!(self.code, Some(2), "{self:?}");
    }

    /// Asserts that it failed with this code and one sentence that contains these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(words), "{words:?} is not in {self:?}");
        assert!(self.err.starts_with("spoolctl: "), "{self:?}");
        self
    }
}

impl Ctl {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            stage: Stage::new(options),
        }
    }

    /// With the account added and its library filled.
    pub(crate) fn signed_in(options: Options) -> Self {
        let ctl = Self::new(options);
        ctl.sign_in().done();
        ctl
    }

    pub(crate) fn sign_in(&self) -> Ran {
        let (address, face) = (self.server().address(), self.server().jellyfin());
        let arguments = [
            "--json",
            "accounts",
            "add",
            "jellyfin",
            &address,
            "--user",
            face.user(),
            "--password-stdin",
            "--token-file",
        ];
        self.run_with(&arguments, &format!("{}\n", face.password()))
    }

    pub(crate) fn server(&self) -> &FakeServer {
        &self.stage.server
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.stage.profile()
    }

    /// The command with an environment in which neither the person's profile nor a Secret Service can be reached.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let home = self.stage.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_spoolctl"));
        command
            .arg("--profile")
            .arg(self.profile())
            .args(arguments)
            .env("HOME", &home)
            .env("XDG_RUNTIME_DIR", &home)
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env("GST_REGISTRY", registry())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may have ended without reading.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs with `--json` and reads the document that a success prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[&["--json"], arguments].concat()).done().json()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::new(self.command(arguments).stderr(Stdio::null()))
    }

    /// The row of a title in `ls`.
    #[track_caller]
    pub(crate) fn row(&self, title: &str) -> Value {
        let rows = self.json(&["ls", title]);
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["title"] == title);
        row.unwrap_or_else(|| panic!("{title} is not in {rows}"))
            .clone()
    }
}

/// GStreamer's registry is read by every run and takes seconds to make: one for all tests, in the build folder.
fn registry() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("gstreamer-registry.bin")
}

/// A program that is still running; killed when this is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: Option<BufReader<std::process::ChildStdout>>,
}

impl Running {
    pub(crate) fn new(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        Self { child, lines }
    }

    /// Its next line, as JSON; `None` at its end.
    pub(crate) fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.lines.as_mut()?.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    /// Reads lines until one satisfies `wanted`.
    #[track_caller]
    pub(crate) fn until(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let mut seen = Vec::new();
        while let Some(line) = self.line() {
            if wanted(&line) {
                return line;
            }
            seen.push(line.to_string());
        }
        panic!("it ended after {seen:#?}");
    }

    /// The rest of its lines and its exit code.
    pub(crate) fn rest(mut self) -> (Vec<Value>, Option<i32>) {
        let mut text = String::new();
        self.lines
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        let code = self.child.wait().unwrap().code();
        (
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            code,
        )
    }

    /// `SIGINT`, as Ctrl+C sends it.
    pub(crate) fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Fetches a title whole into the cache.
pub(crate) fn keep(ctl: &Ctl, title: &str) {
    ctl.run(&["fetch", title, "--discard"]).done();
}
