//! What the server tells over its sockets.

use serde_json::{Value, json};

use super::{Plex, library};
use crate::fake_server::socket::Piece;

impl Plex {
    fn tell(&self, kind: &str, list: &str, row: &Value) {
        let message = json!({ "NotificationContainer": { "type": kind, "size": 1, list: [row] } });
        let piece = Piece::Text(message.to_string());
        self.sockets.send("/:/websocket*", &piece);
    }

    /// Key of the section that a title is in.
    pub(crate) fn section(&self, title: &str) -> Option<String> {
        let index = self.index(title);
        library::section_with(&self.catalogue.read(), index)
    }

    /// Tells that a title is in this state: 5 is ready, 9 gone.
    pub(crate) fn tell_timeline(&self, index: usize, state: u32) {
        let section = library::section_with(&self.catalogue.read(), index);
        self.tell_of(index, state, section);
    }

    /// The same of a title whose section is known.
    pub(crate) fn tell_of(&self, index: usize, state: u32, section: Option<String>) {
        let kind = {
            let catalogue = self.catalogue.read();
            super::describe::kind(&catalogue.entries[index]).map(|(_, number)| number)
        };
        let row = json!({
            "identifier": "com.plexapp.plugins.library", "sectionID": section.unwrap_or_else(|| "-1".into()),
            "itemID": (index + 1).to_string(), "type": kind.unwrap_or(1), "title": "", "state": state,
            "metadataState": if state == 9 { "deleted" } else { "created" }, "updatedAt": 1,
        });
        self.tell("timeline", "TimelineEntry", &row);
    }

    /// Tells where somebody's playback is, in milliseconds.
    pub(super) fn tell_playing(&self, index: usize, state: &str, offset: u64) {
        let key = (index + 1).to_string();
        let row = json!({
            "sessionKey": "1", "guid": "", "ratingKey": key, "url": "", "key": format!("/library/metadata/{key}"),
            "viewOffset": offset, "playQueueItemID": 1, "state": state,
        });
        self.tell("playing", "PlaySessionStateNotification", &row);
    }
}
