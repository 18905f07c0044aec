//! What the server says of itself as a whole: what it is able to do, and its libraries with the ways to look at them.

use serde_json::{Value, json};

use super::library::{add, number_of, section_type, sections};
use super::{Plex, container};
use crate::http::Reply;
use crate::jellyfin::{Entry, NEWEST};

/// One way to look at a library: its name, its symbol, what it is for, and its address.
fn pivot(id: &str, symbol: &str, context: &str, key: &str) -> Value {
    let mut title = id.to_owned();
    title[..1].make_ascii_uppercase();
    json!({
        "id": id, "key": key, "type": if id == "recommended" { "hub" } else { "list" }, "title": title,
        "context": format!("content.{context}"), "symbol": symbol,
    })
}

/// A library as the provider of all libraries lists it.
fn directory(key: &str, library: &Entry) -> Value {
    let kind = section_type(library);
    let (scanner, agent, listed) = match kind {
        "show" => ("Plex TV Series", "series", "video"),
        "artist" => ("Plex Music", "music", "audio"),
        _ => ("Plex Movie", "movie", "video"),
    };
    let section = format!("/library/sections/{key}");
    let hubs = format!("/hubs/sections/{key}");
    let all = format!("{section}/all?type={}", number_of(kind));
    let playlists = format!("/playlists?type=15&sectionID={key}&playlistType={listed}");
    json!({
        "agent": format!("tv.plex.agents.{agent}"), "language": "en-US", "refreshing": false, "scanner": scanner,
        "uuid": library.id, "id": key, "key": section, "hubKey": hubs, "type": kind, "title": library.name,
        "updatedAt": NEWEST, "scannedAt": NEWEST,
        "Pivot": [
            pivot("recommended", "star", "discover", &hubs),
            pivot("library", "library", "library", &all),
            pivot("collections", "stack", "collections", &format!("{section}/collections")),
            pivot("playlists", "playlist", "playlists", &playlists),
        ],
    })
}

impl Plex {
    /// What the server's first page and its providers both begin with: numbers are lists as texts here.
    fn abilities(&self) -> Value {
        let mut fields = json!({
            "size": 0, "allowCameraUpload": false, "allowChannelAccess": false, "allowMediaDeletion": true,
            "allowSharing": true, "allowSync": false, "allowTuners": false, "backgroundProcessing": true,
            "certificate": true, "companionProxy": true, "countryCode": "gbr",
            "diagnostics": "logs,databases,streaminglogs", "eventStream": true, "friendlyName": self.setup.name,
            "livetv": 7, "machineIdentifier": self.setup.machine_id, "musicAnalysis": 2, "myPlex": true,
            "myPlexMappingState": "mapped", "myPlexSigninState": "ok", "myPlexSubscription": false,
            "myPlexUsername": "ada@example.org", "offlineTranscode": 1,
            "ownerFeatures": "adaptive_bitrate,collections,federated-auth,home,radio,type-first", "platform": "Linux",
            "platformVersion": "6.12", "pluginHost": false, "pushNotifications": false, "readOnlyLibraries": false,
            "sync": false, "updatedAt": NEWEST, "updater": true, "version": self.setup.version, "voiceSearch": true,
        });
        let more = json!({
            "streamingBrainABRVersion": 3, "streamingBrainVersion": 2, "transcoderActiveVideoSessions": 0,
            "transcoderAudio": true, "transcoderLyrics": true, "transcoderSubtitles": true, "transcoderVideo": true,
            "transcoderVideoBitrates": "64,96,208,320,720,1500,2000,3000,4000,8000,10000,12000,20000",
            "transcoderVideoQualities": "0,1,2,3,4,5,6,7,8,9,10,11,12",
            "transcoderVideoResolutions": "128,128,160,240,320,480,768,720,720,1080,1080,1080,1080",
        });
        add(&mut fields, Some(more));
        fields
    }

    /// `GET /`.
    pub(super) fn root(&self) -> Reply {
        let mut fields = self.abilities();
        fields["claimed"] = json!(true);
        container(&fields)
    }

    /// `GET /media/providers`: only the libraries, no channels of Plex's own.
    pub(super) fn providers(&self) -> Reply {
        let catalogue = self.catalogue.read();
        let home = [json!({ "hubKey": "/hubs", "title": "Home" })].into_iter();
        let libraries = sections(&catalogue).map(|(key, library)| directory(&key, library));
        let directories: Vec<Value> = home.chain(libraries).collect();
        let mut fields = self.abilities();
        fields["size"] = json!(1);
        fields["MediaProvider"] = json!([{
            "identifier": "com.plexapp.plugins.library", "title": "Library", "types": "video,audio,photo",
            "protocols": "stream,download",
            "Feature": [
                { "key": "/library/sections", "type": "content", "Directory": directories },
                { "key": "/hubs/search", "type": "search" },
                { "key": "/library/matches", "type": "match" },
                { "key": "/library/metadata", "type": "metadata" },
                { "key": "/:/rate", "type": "rate" },
                { "key": "/photo/:/transcode", "type": "imagetranscoder" },
                { "key": "/hubs/promoted", "type": "promoted" },
                { "key": "/hubs/continueWatching", "type": "continuewatching" },
                { "key": "/playlists", "type": "playlist", "flavor": "universal" },
                { "key": "/library/collections", "type": "collection" },
                { "key": "/:/timeline", "type": "timeline", "scrobbleKey": "/:/scrobble", "unscrobbleKey": "/:/unscrobble" },
                { "type": "queryParser" },
            ],
        }]);
        container(&fields)
    }
}
