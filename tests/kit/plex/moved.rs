//! Files that were replaced, analysed anew or lost: their parts have other numbers, or cannot be read.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::describe::part_id;
use super::{Plex, xml};
use crate::http::{Reply, Request};

/// So far apart are the numbers that a part has one after the other.
const STEP: usize = 100_000;

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Numbers of parts as they are now, by their first ones.
    numbers: HashMap<usize, usize>,
    /// Those that cannot be read, by their first numbers.
    lost: HashSet<usize>,
}

impl Plex {
    /// Gives a title's part another number, as a server does that has found another file or analysed it anew.
    ///
    /// # Panics
    /// There is no such title.
    pub fn replace_part(&self, title: &str) {
        let first = part_id(self.index(title));
        let mut state = self.state.lock();
        let now = state.moved.numbers.entry(first).or_insert(first);
        *now += STEP;
    }

    /// The server cannot read a title's file any more, and says so to those who have it look; or can again.
    ///
    /// # Panics
    /// There is no such title.
    pub fn lose_file(&self, title: &str, lost: bool) {
        let first = part_id(self.index(title));
        let all = &mut self.state.lock().moved.lost;
        match lost {
            true => all.insert(first),
            false => all.remove(&first),
        };
    }

    /// A path with the part's number as it is now.
    pub(super) fn path_now(&self, path: &str) -> String {
        let state = self.state.lock();
        let mut moved = state.moved.numbers.iter();
        let renamed = moved.find_map(|(first, now)| {
            let rest = path.strip_prefix(&format!("/library/parts/{first}/"))?;
            Some(format!("/library/parts/{now}/{rest}"))
        });
        renamed.unwrap_or_else(|| path.to_owned())
    }

    /// The first number of a part; `None` where no file answers to this one.
    pub(super) fn first_number(&self, number: &str) -> Option<String> {
        let Ok(number) = number.parse::<usize>() else {
            return Some(number.to_owned());
        };
        let state = self.state.lock();
        let mut numbers = state.moved.numbers.iter();
        let first = numbers.find(|(_, now)| **now == number);
        let first = first.map(|(first, _)| *first).or_else(|| {
            let is_old = state.moved.numbers.contains_key(&number);
            (!is_old).then_some(number)
        })?;
        (!state.moved.lost.contains(&first)).then(|| first.to_string())
    }

    /// A reply that tells of parts as they are now.
    pub(super) fn retold(&self, reply: Reply, ask: &Request) -> Reply {
        let checks = ask.param("checkFiles").as_deref() == Some("1");
        let state = self.state.lock();
        let moved = &state.moved;
        if !checks && moved.numbers.is_empty() || !xml::is_json(&reply) {
            return reply;
        }
        let crate::http::Body::Bytes(bytes) = &reply.body else {
            return reply;
        };
        let Ok(mut told) = serde_json::from_slice::<Value>(bytes) else {
            return reply;
        };
        retell(&mut told, moved, checks);
        Reply {
            body: crate::http::Body::Bytes(told.to_string().into()),
            ..reply
        }
    }
}

fn retell(value: &mut Value, moved: &Moved, checks: bool) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|row| retell(row, moved, checks)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::Array(parts) if name == "Part" => {
                        parts
                            .iter_mut()
                            .for_each(|it| retell_part(it, moved, checks));
                    }
                    field => retell(field, moved, checks),
                }
            }
        }
        _ => {}
    }
}

fn retell_part(part: &mut Value, moved: &Moved, checks: bool) {
    let id = part["id"].clone();
    let text = id.as_str().and_then(|id| id.parse().ok());
    let Some(first) = id.as_u64().and_then(|id| usize::try_from(id).ok()).or(text) else {
        return;
    };
    if checks {
        let there = !moved.lost.contains(&first);
        (part["exists"], part["accessible"]) = (json!(there), json!(there));
    }
    if let Some(now) = moved.numbers.get(&first) {
        part["id"] = match id.is_string() {
            true => json!(now.to_string()),
            false => json!(now),
        };
        if let Some(key) = part["key"].as_str() {
            let key = key.replacen(&format!("/{first}/"), &format!("/{now}/"), 1);
            part["key"] = json!(key);
        }
    }
}
