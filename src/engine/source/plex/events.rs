//! What a server tells over its socket.
//!
//! It tells every step of a scan; only where a title is ready, or gone, something is read. What somebody plays is told while it
//! plays, by everybody; where it ends, this user's marks may have changed. A mark that is set elsewhere without playing is not
//! told by every version, so the library is read anew from time to time all the same.

use serde::Deserialize;
use serde_json::Value;

use super::wire::{Many, Maybe, Number, Word};
use super::{Plex, at};
use crate::model::{AccountId, ItemId, LibraryId};
use crate::source::Change;
use crate::source_error::SourceError;

/// Where it tells: as servers have it, and as their description calls it.
const PLACES: [[&str; 3]; 2] = [
    [":", "websockets", "notifications"],
    [":", "websocket", "notifications"],
];
/// A title can be used now.
const READY: u64 = 5;
/// A title is gone.
const DELETED: u64 = 9;
/// Kinds of titles that are kept here: films, shows, seasons, episodes, artists, albums, tracks.
const KINDS: [u64; 7] = [1, 2, 3, 4, 8, 9, 10];

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(rename = "NotificationContainer")]
    container: Container,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    #[serde(rename = "type")]
    kind: Maybe<String>,
    #[serde(rename = "TimelineEntry")]
    timeline: Many<Entry>,
    #[serde(rename = "PlaySessionStateNotification")]
    playing: Many<Playing>,
    #[serde(rename = "ActivityNotification")]
    activity: Many<Activity>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    identifier: Maybe<String>,
    #[serde(rename = "sectionID")]
    section: Maybe<Word>,
    #[serde(rename = "itemID")]
    item: Maybe<Word>,
    #[serde(rename = "type")]
    kind: Maybe<Number>,
    state: Maybe<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Playing {
    rating_key: Maybe<Word>,
    state: Maybe<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Activity {
    event: Maybe<String>,
    #[serde(rename = "Activity")]
    of: Maybe<Work>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Work {
    #[serde(rename = "type")]
    kind: Maybe<String>,
    #[serde(rename = "Context")]
    context: Maybe<Context>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    #[serde(rename = "librarySectionID")]
    section: Maybe<Word>,
}

/// What a message tells; `None` for one that is not understood.
fn told(account: &AccountId, text: &str) -> Option<Vec<Change>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let message = Message::deserialize(value).ok()?;
    let container = message.container;
    let id = |key: &str| ItemId::new(account.clone(), key);
    let section = |key: &Maybe<Word>| {
        let key = key.text().filter(|key| !key.starts_with('-'));
        key.map(|key| LibraryId::new(account.clone(), key))
    };
    Some(match container.kind.text() {
        Some("timeline") => container
            .timeline
            .0
            .iter()
            .filter_map(|entry| {
                let own = entry
                    .identifier
                    .text()
                    .is_none_or(|name| name == super::LIBRARY.1);
                let ours = entry.kind.whole().is_none_or(|kind| KINDS.contains(&kind));
                let ids = vec![id(entry.item.text().filter(|_| own && ours)?)];
                match entry.state.whole()? {
                    READY => Some(Change::Titles {
                        ids,
                        library: section(&entry.section),
                    }),
                    DELETED => Some(Change::Gone(ids)),
                    _ => None,
                }
            })
            .collect(),
        Some("playing") => container
            .playing
            .0
            .iter()
            .filter_map(|playing| {
                let ended = playing.state.text() == Some("stopped");
                let key = playing.rating_key.text().filter(|_| ended)?;
                Some(Change::Watched(vec![id(key)]))
            })
            .collect(),
        Some("activity") => container
            .activity
            .0
            .iter()
            .filter_map(|activity| {
                let ended = activity.event.text() == Some("ended");
                let work = activity.of.0.as_ref().filter(|_| ended)?;
                let scans = work.kind.text() == Some("library.update.section");
                let context = work.context.0.as_ref().filter(|_| scans)?;
                section(&context.section).map(Change::Library)
            })
            .collect(),
        Some(_) => Vec::new(),
        None => return None,
    })
}

impl Plex {
    /// Listens until the server closes the socket.
    pub(super) async fn hear(
        &self,
        heard: &(dyn Fn(Change) + Send + Sync),
    ) -> Result<(), SourceError> {
        let opened = self.standing.ask(|way| async move {
            let [usual, described] = PLACES.map(|place| at(&way, &place, &[]));
            match way.http.socket(&usual).await {
                Err(SourceError::Gone) => way.http.socket(&described).await,
                answer => answer,
            }
        });
        let mut socket = opened.await?;
        heard(Change::Listening);
        while let Some(text) = socket.next().await? {
            match told(&self.account, &text) {
                Some(changes) => changes.into_iter().for_each(heard),
                None => tracing::debug!("a message that is not understood"),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account() -> AccountId {
        "acc".parse().unwrap()
    }

    fn of(container: &Value) -> Vec<Change> {
        let text = json!({ "NotificationContainer": container }).to_string();
        told(&account(), &text).unwrap()
    }

    fn ids(key: &str) -> Vec<ItemId> {
        vec![ItemId::new(account(), key)]
    }

    #[test]
    fn a_title_is_read_when_it_is_ready_and_goes_when_it_is_gone() {
        let entry = |item: Value, kind: u64, state: Value| {
            json!({ "identifier": "com.plexapp.plugins.library", "sectionID": "1", "itemID": item, "type": kind,
                "title": "x", "state": state, "updatedAt": 1 })
        };
        let told = of(&json!({ "type": "timeline", "size": 6, "TimelineEntry": [
            entry(json!("7"), 1, json!(0)), entry(json!(7), 1, json!("5")), entry(json!("8"), 4, json!(9)),
            entry(json!("9"), 13, json!(5)), entry(json!(null), 1, json!(5)), 7,
        ]}));
        let ready = Change::Titles {
            ids: ids("7"),
            library: Some(LibraryId::new(account(), "1")),
        };
        assert_eq!(told, [ready, Change::Gone(ids("8"))]);
        let foreign = json!({ "type": "timeline", "TimelineEntry": [
            { "identifier": "com.plexapp.plugins.other", "itemID": "7", "state": 5 } ]});
        assert_eq!(of(&foreign), []);
        let nowhere = of(&json!({ "type": "timeline", "TimelineEntry": [
            { "sectionID": "-1", "itemID": "7", "type": 1, "state": 5 } ]}));
        let library = None;
        assert_eq!(
            nowhere,
            [Change::Titles {
                ids: ids("7"),
                library
            }]
        );
    }

    #[test]
    fn the_end_of_a_playback_is_a_change_and_its_course_is_none() {
        let playing = |state: &str| {
            of(
                &json!({ "type": "playing", "size": 1, "PlaySessionStateNotification": [
                { "sessionKey": "1", "ratingKey": "7", "viewOffset": 9, "state": state } ]}),
            )
        };
        assert_eq!(playing("stopped"), [Change::Watched(ids("7"))]);
        assert_eq!(playing("playing"), []);
        assert_eq!(playing("paused"), []);
    }

    #[test]
    fn the_end_of_a_scan_changes_its_section() {
        let activity = |event: &str, kind: &str| {
            of(&json!({ "type": "activity", "ActivityNotification": [
                { "event": event, "uuid": "u", "Activity": { "type": kind, "progress": 1, "Context": { "librarySectionID": 2 } } } ]}))
        };
        let changed = Change::Library(LibraryId::new(account(), "2"));
        assert_eq!(activity("ended", "library.update.section"), [changed]);
        assert_eq!(activity("updated", "library.update.section"), []);
        assert_eq!(activity("ended", "media.generate.bif"), []);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for text in [
            "",
            "x",
            "{}",
            "[]",
            r#"{"NotificationContainer":7}"#,
            r#"{"NotificationContainer":{}}"#,
        ] {
            assert_eq!(told(&account(), text), None, "{text}");
        }
        for text in [
            r#"{"NotificationContainer":{"type":"timeline","TimelineEntry":{}}}"#,
            r#"{"NotificationContainer":{"type":"playing"}}"#,
            r#"{"NotificationContainer":{"type":"activity","ActivityNotification":[{"event":"ended","Activity":7}]}}"#,
            r#"{"NotificationContainer":{"type":"reachability","ReachabilityNotification":[{"reachability":true}]}}"#,
        ] {
            assert_eq!(told(&account(), text), Some(Vec::new()), "{text}");
        }
    }
}
