//! What a server tells over its socket, and what is told to it so that it goes on.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Jellyfin;
use super::wire::{Many, Maybe, Number};
use crate::model::{AccountId, ItemId, LibraryId};
use crate::source::lenient::sentence;
use crate::source::{Change, Source};
use crate::source_error::SourceError;

/// What keeps a socket alive, and is answered with the same.
const ALIVE: &str = r#"{"MessageType":"KeepAlive"}"#;
/// How often, unless the server wishes otherwise: half of the time after which it gives up.
const BEAT: Duration = Duration::from_secs(30);
/// More titles than these are not named one by one.
const MOST: usize = 500;

/// A message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_type: String,
    #[serde(default)]
    data: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LibraryChanged {
    items_added: Many<String>,
    items_updated: Many<String>,
    items_removed: Many<String>,
    collection_folders: Many<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UserDataChanged {
    user_id: Maybe<String>,
    user_data_list: Many<UserDataOf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UserDataOf {
    item_id: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Command {
    name: Maybe<String>,
    command: Maybe<String>,
    arguments: Maybe<Arguments>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Arguments {
    header: Maybe<String>,
    text: Maybe<String>,
}

/// What a message asks for.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// These changes.
    Changes(Vec<Change>),
    /// To hear from us so often.
    Beat(Duration),
    /// Nothing: it is about to go.
    Farewell,
}

/// What a message tells a user of an account; `None` for one that is not understood.
fn told(account: &AccountId, user: &str, text: &str) -> Option<Told> {
    let message: Message = serde_json::from_str(text).ok()?;
    let data = message.data;
    let changes = match message.message_type.as_str() {
        "ForceKeepAlive" => {
            let seconds: Maybe<Number> = serde_json::from_value(data).ok()?;
            let seconds = seconds.small().unwrap_or(60).clamp(2, 600);
            return Some(Told::Beat(Duration::from_secs(seconds.into()) / 2));
        }
        "ServerShuttingDown" | "ServerRestarting" => return Some(Told::Farewell),
        "LibraryChanged" => library_changed(account, &serde_json::from_value(data).ok()?),
        "UserDataChanged" => watched(account, user, &serde_json::from_value(data).ok()?),
        // What this user may see may be something else now.
        "UserUpdated" => vec![Change::Anything],
        "Playstate" => {
            let command: Command = serde_json::from_value(data).ok()?;
            let stops = command.command.text() == Some("Stop");
            stops.then_some(Change::Stop).into_iter().collect()
        }
        "GeneralCommand" => {
            let command: Command = serde_json::from_value(data).ok()?;
            let shows = command.name.text() == Some("DisplayMessage");
            let words = command.arguments.0.filter(|_| shows).map(|said| {
                let parts = [said.header.text(), said.text.text()];
                let parts: Vec<&str> = parts.into_iter().flatten().collect();
                sentence(&parts.join(": "))
            });
            let words = words.filter(|words| !words.is_empty());
            words.map(Change::Words).into_iter().collect()
        }
        _ => Vec::new(),
    };
    Some(Told::Changes(changes))
}

fn library_changed(account: &AccountId, change: &LibraryChanged) -> Vec<Change> {
    let named = |keys: &Many<String>| -> Vec<ItemId> {
        let keys = keys.0.iter().map(|key| plain(key));
        keys.filter(|key| !key.is_empty())
            .map(|key| ItemId::new(account.clone(), key))
            .collect()
    };
    let mut touched = named(&change.items_added);
    touched.extend(named(&change.items_updated));
    let gone = named(&change.items_removed);
    if touched.len() + gone.len() > MOST {
        return vec![Change::Anything];
    }
    let library = match change.collection_folders.0.as_slice() {
        [only] => Some(LibraryId::new(account.clone(), plain(only))),
        _ => None,
    };
    let mut changes = Vec::new();
    if !gone.is_empty() {
        changes.push(Change::Gone(gone));
    }
    if !touched.is_empty() {
        let ids = touched;
        changes.push(Change::Titles { ids, library });
    }
    changes
}

fn watched(account: &AccountId, user: &str, change: &UserDataChanged) -> Vec<Change> {
    if change
        .user_id
        .text()
        .is_some_and(|id| plain(id) != plain(user))
    {
        return Vec::new();
    }
    let rows = change.user_data_list.0.iter();
    let ids: Vec<ItemId> = rows
        .filter_map(|row| row.item_id.text())
        .map(|key| ItemId::new(account.clone(), plain(key)))
        .collect();
    match ids.len() {
        0 => Vec::new(),
        1..=MOST => vec![Change::Watched(ids)],
        _ => vec![Change::Anything],
    }
}

/// An id as lists have it: the real server writes its own ids as 32 hex digits there, and some messages with dashes. Others' ids
/// are left as they are.
fn plain(id: &str) -> String {
    let digits: String = id.chars().filter(|sign| *sign != '-').collect();
    let is_guid =
        id.len() == 36 && digits.len() == 32 && digits.chars().all(|sign| sign.is_ascii_hexdigit());
    match is_guid {
        true => digits.to_ascii_lowercase(),
        false => id.trim().to_owned(),
    }
}

fn beats(every: Duration) -> Interval {
    let mut beats = interval(every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}

impl Jellyfin {
    /// Listens until the server closes the socket, or says that it is about to go.
    pub(super) async fn hear(
        &self,
        heard: &(dyn Fn(Change) + Send + Sync),
    ) -> Result<(), SourceError> {
        self.meet().await?;
        let query = [("deviceId", self.device.as_str())];
        let url = self.routes.with(&["socket"], &query);
        let mut socket = self.http.socket(&url).await?;
        self.announce().await;
        heard(Change::Listening);
        let mut beats = beats(BEAT);
        loop {
            let text = tokio::select! {
                text = socket.next() => text?,
                _ = beats.tick() => {
                    socket.say(ALIVE).await?;
                    continue;
                }
            };
            let Some(text) = text else { return Ok(()) };
            match told(&self.login.account, &self.login.user_id, &text) {
                Some(Told::Changes(changes)) => {
                    let changes = changes.into_iter();
                    changes.map(|change| self.of_films(change)).for_each(heard);
                }
                Some(Told::Beat(every)) => beats = self::beats(every),
                Some(Told::Farewell) => return Ok(()),
                None => tracing::debug!(kind = ?self.kind(), "a message that is not understood"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "ada00000000000000000000000000001";

    fn account() -> AccountId {
        "acc".parse().unwrap()
    }

    fn of(text: &str) -> Option<Told> {
        told(&account(), USER, text)
    }

    fn changes(text: &str) -> Vec<Change> {
        match of(text) {
            Some(Told::Changes(changes)) => changes,
            other => panic!("{other:?}"),
        }
    }

    fn ids(keys: &[&str]) -> Vec<ItemId> {
        keys.iter()
            .map(|key| ItemId::new(account(), *key))
            .collect()
    }

    #[test]
    fn a_change_names_what_came_and_what_went() {
        let told = changes(
            r#"{"MessageId":"1","MessageType":"LibraryChanged","Data":{"FoldersAddedTo":["f"],"ItemsAdded":["a",7,""],
                "ItemsUpdated":["01234567-89AB-cdef-0123-456789abcdef"],"ItemsRemoved":["c"],"CollectionFolders":["l"],"IsEmpty":false}}"#,
        );
        let titles = Change::Titles {
            ids: ids(&["a", "0123456789abcdef0123456789abcdef"]),
            library: Some(LibraryId::new(account(), "l")),
        };
        assert_eq!(told, [Change::Gone(ids(&["c"])), titles]);
        let two = changes(
            r#"{"MessageType":"LibraryChanged","Data":{"ItemsAdded":["a"],"CollectionFolders":["l","m"]}}"#,
        );
        let nowhere = Change::Titles {
            ids: ids(&["a"]),
            library: None,
        };
        assert_eq!(two, [nowhere]);
        assert_eq!(changes(r#"{"MessageType":"LibraryChanged","Data":{}}"#), []);
    }

    #[test]
    fn too_many_to_name_are_all() {
        let many = vec!["x"; MOST + 1].join("\",\"");
        let text =
            format!(r#"{{"MessageType":"LibraryChanged","Data":{{"ItemsAdded":["{many}"]}}}}"#);
        assert_eq!(changes(&text), [Change::Anything]);
    }

    #[test]
    fn only_this_user_s_marks() {
        let of_user = |user: &str| {
            changes(&format!(
                r#"{{"MessageType":"UserDataChanged","Data":{{"UserId":"{user}","UserDataList":[{{"ItemId":"a","Played":true}},{{}},3]}}}}"#
            ))
        };
        let own = [Change::Watched(ids(&["a"]))];
        assert_eq!(of_user(USER), own);
        assert_eq!(of_user("ADA00000-0000-0000-0000-000000000001"), own);
        assert_eq!(of_user("b0b00000000000000000000000000001"), []);
    }

    #[test]
    fn what_whoever_runs_it_wants() {
        assert_eq!(
            changes(r#"{"MessageType":"Playstate","Data":{"Command":"Stop"}}"#),
            [Change::Stop]
        );
        assert_eq!(
            changes(r#"{"MessageType":"Playstate","Data":{"Command":"Pause"}}"#),
            []
        );
        let words = r#"{"MessageType":"GeneralCommand","Data":{"Name":"DisplayMessage","Arguments":{"Header":"Ada","Text":"Bed time\n","TimeoutMs":"5000"}}}"#;
        assert_eq!(changes(words), [Change::Words("Ada: Bed time".into())]);
        let long = "x".repeat(5000);
        let words = format!(
            r#"{{"MessageType":"GeneralCommand","Data":{{"Name":"DisplayMessage","Arguments":{{"Text":"{long}"}}}}}}"#
        );
        match changes(&words).as_slice() {
            [Change::Words(text)] => assert!(text.chars().count() <= 300),
            other => panic!("{other:?}"),
        }
        let other = r#"{"MessageType":"GeneralCommand","Data":{"Name":"Mute","Arguments":{}}}"#;
        assert_eq!(changes(other), []);
    }

    #[test]
    fn the_server_sets_the_beat_and_says_farewell() {
        let beat = |data: &str| {
            of(&format!(
                r#"{{"MessageType":"ForceKeepAlive","Data":{data}}}"#
            ))
        };
        assert_eq!(beat("60"), Some(Told::Beat(Duration::from_secs(30))));
        assert_eq!(beat("\"20\""), Some(Told::Beat(Duration::from_secs(10))));
        assert_eq!(beat("null"), Some(Told::Beat(Duration::from_secs(30))));
        assert_eq!(beat("0"), Some(Told::Beat(Duration::from_secs(1))));
        for word in ["ServerShuttingDown", "ServerRestarting"] {
            assert_eq!(
                of(&format!(r#"{{"MessageType":"{word}"}}"#)),
                Some(Told::Farewell)
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for text in [
            "",
            "hello",
            "{}",
            "[]",
            r#"{"MessageType":7}"#,
            r#"{"MessageType":"LibraryChanged","Data":7}"#,
            r#"{"MessageType":"UserDataChanged","Data":[]}"#,
        ] {
            let told = of(text);
            assert!(matches!(told, None | Some(Told::Changes(_))), "{text}");
            if let Some(Told::Changes(changes)) = told {
                assert_eq!(changes, [], "{text}");
            }
        }
        for text in [
            r#"{"MessageType":"KeepAlive"}"#,
            r#"{"MessageType":"Sessions","Data":[{}]}"#,
            r#"{"MessageType":"SomethingNew","Data":{"a":1}}"#,
        ] {
            assert_eq!(changes(text), [], "{text}");
        }
    }
}
