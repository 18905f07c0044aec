//! The test kit's server: started, commanded and ended by its command-line program, as tests/judges/kit.py does it.

use std::fmt::Debug;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::Result;

/// A film that both faces have, as tests/kit/titles.rs tells of it.
pub const FILM: &str = "The Long Reel";

/// A running server with both faces.
pub struct Kit {
    child: Child,
    into: ChildStdin,
    out: BufReader<ChildStdout>,
    hello: Value,
}

impl Kit {
    pub fn start() -> Result<Self> {
        let program = std::env::var("JUDGES_KIT")?;
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let into = child.stdin.take().ok_or("the kit takes no commands")?;
        let out = child.stdout.take().ok_or("the kit gives no answers")?;
        let mut kit = Self {
            child,
            into,
            out: BufReader::new(out),
            hello: Value::Null,
        };
        kit.hello = kit.line()?;
        Ok(kit)
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.out.read_line(&mut line)? == 0 {
            return Err("the kit's server ended".into());
        }
        Ok(serde_json::from_str(&line)?)
    }

    fn ask(&mut self, command: &Value) -> Result<Value> {
        writeln!(self.into, "{command}")?;
        let answer = self.line()?;
        if answer["ok"] != true {
            return Err(format!("the kit does not do {command}: {answer}").into());
        }
        Ok(answer)
    }

    /// What it said first, by name.
    pub fn hello(&self, name: &str) -> &str {
        self.hello[name].as_str().unwrap_or_default()
    }

    /// Does what a person does at plex.tv: lets the device with this code in.
    pub fn link(&mut self, code: &str) -> Result {
        self.ask(&json!({ "link": code })).map(drop)
    }

    /// Position of the film in seconds and whether it is watched, as the server keeps them for its owner.
    pub fn heard(&mut self) -> Result<(f64, bool)> {
        let answer = self.ask(&json!({ "title": FILM }))?;
        let position = answer["plex_position"].as_f64().unwrap_or(-1.0);
        Ok((position, answer["plex_watched"] == true))
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        // It would live on without its caller.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One promise, in words; an error when it is broken.
pub fn check(what: &str, holds: bool, seen: impl Debug) -> Result {
    if !holds {
        return Err(format!("{what}: {seen:?}").into());
    }
    println!("  {what}");
    Ok(())
}
