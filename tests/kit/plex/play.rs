//! Playing: decisions, bytes, pictures, subtitles and reports.

use serde_json::json;

use super::describe::{below, milliseconds, part_id, stamp, whole};
use super::{Plex, container, option, page, titled};
use crate::http::{Reply, Request};
use crate::jellyfin::Catalogue;

/// Platforms that the transcoder has a profile for; any other is refused.
const PLATFORMS: [&str; 4] = ["Generic", "Chrome", "Firefox", "Android"];

/// The title that `/library/metadata/{key}` names.
fn of_path(catalogue: &Catalogue, path: &str) -> Option<usize> {
    let key = path.strip_prefix("/library/metadata/")?;
    titled(catalogue, key).map(|(index, _)| index)
}

fn session(request: &Request) -> Option<String> {
    option(request, "X-Plex-Session-Identifier")
}

impl Plex {
    /// `GET /{video,music}/:/transcode/universal/decision`.
    pub(super) fn decide(&self, ask: &Request, user: &str) -> Reply {
        let known = |name: &String| PLATFORMS.contains(&name.as_str());
        let index = {
            let path = ask.param("path").unwrap_or_default();
            of_path(&self.catalogue.read(), &path)
        };
        let platform = option(ask, "X-Plex-Platform").filter(known);
        let (Some(index), Some(_), Some(session)) = (index, platform, session(ask)) else {
            return page(400, "Bad Request");
        };
        let refusal = self.state.lock().refusals.get(&index).cloned();
        if let Some((code, text)) = refusal {
            return container(&json!({
                "size": 0, "generalDecisionCode": code, "generalDecisionText": text,
                "mdeDecisionCode": code, "mdeDecisionText": text,
            }));
        }
        let mut title = self.view(user, |view| view.full(index));
        let place = |name: &str| -> usize {
            let place = ask.param(name).and_then(|place| place.parse().ok());
            place.unwrap_or(0)
        };
        let (version, number) = (place("mediaIndex"), place("partIndex"));
        let Some(part) = title["Media"][version]["Part"][number]["id"].as_u64() else {
            return page(400, "Bad Request");
        };
        let file = usize::try_from(part).unwrap_or(0) - part_id(0);
        let converted = self.state.lock().converted.contains(&index);
        if converted || ask.param("directPlay").as_deref() == Some("0") {
            let rate = ask.param("maxVideoBitrate");
            let rate = rate.and_then(|rate| rate.parse().ok()).unwrap_or(u64::MAX);
            let crowded = self.state.lock().crowded.clone();
            if let Some((_, status, words)) = crowded.filter(|(most, ..)| rate > *most) {
                return page(status, &words);
            }
            return self.converts(&session, (index, file, (version, number)), ask, title);
        }
        // A session may have one file at a time.
        let mut state = self.state.lock();
        state.decided.retain(|(known, _)| *known != session);
        state.decided.insert((session, file));
        drop(state);
        let media = &mut title["Media"][version];
        media["selected"] = json!(true);
        let part = &mut media["Part"][number];
        part["selected"] = json!(true);
        part["decision"] = json!("directplay");
        // Numbers as texts: the decision writes its own dialect.
        part["id"] = json!(part_id(file).to_string());
        container(&json!({
            "size": 1, "allowSync": "1", "generalDecisionCode": 1000, "generalDecisionText": "Direct play OK.",
            "directPlayDecisionCode": 1000, "directPlayDecisionText": "Direct play OK.", "Metadata": [title],
        }))
    }

    /// `GET /library/parts/{id}/{stamp}/{file}`.
    pub(super) fn part(&self, id: &str, at: &str, ask: &Request) -> Option<Reply> {
        let catalogue = self.catalogue.read();
        let index = id.parse::<usize>().ok()?.checked_sub(part_id(0))?;
        let entry = catalogue.entries.get(index)?;
        let file = entry.file.clone()?;
        if at.parse().ok() != stamp(entry) {
            return None;
        }
        let decided = || {
            let key = session(ask).map(|session| (session, index));
            key.is_some_and(|key| self.state.lock().decided.contains(&key))
        };
        let download = ask.param("download").as_deref() == Some("1");
        if self.setup.needs_decision && !download && !decided() {
            return Some(page(503, "Service Unavailable"));
        }
        Some(Reply::blob(file, ask))
    }

    /// `GET /library/streams/{id}[.{format}]`: only what lies beside a file.
    pub(super) fn stream(&self, file: &str) -> Option<Reply> {
        let id: usize = file.split('.').next()?.parse().ok()?;
        if let Some(song) = self.song(id) {
            return Some(song);
        }
        let catalogue = self.catalogue.read();
        let entry = catalogue.entries.get((id / 100).checked_sub(part_id(0))?)?;
        let number = u32::try_from(id % 100).ok()?;
        let streams = entry.dto["MediaStreams"].as_array()?;
        let beside = streams.iter().find(|stream| stream["Index"] == number)?;
        if beside["IsExternal"] != true {
            return Some(page(501, "Not Implemented"));
        }
        let (_, text) = entry.subtitles.get(&number)?;
        Some(Reply::empty(200).typed("text/plain; charset=utf-8", text.clone()))
    }

    /// `GET /photo/:/transcode`: the picture as it is; this server does not scale.
    pub(super) fn photo(&self, ask: &Request) -> Option<Reply> {
        let size = |name: &str| ask.param(name).and_then(|size| size.parse::<u32>().ok());
        if size("width").is_none() || size("height").is_none() {
            return Some(page(400, "Bad Request"));
        }
        let path = ask.param("url")?;
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "library", "metadata", key, kind @ ("thumb" | "art"), _] => {
                self.picture(key, kind)
            }
            _ => None,
        }
    }

    /// `GET /library/metadata/{key}/{thumb,art}/{stamp}`.
    pub(super) fn picture(&self, key: &str, kind: &str) -> Option<Reply> {
        let catalogue = self.catalogue.read();
        let (_, entry) = titled(&catalogue, key)?;
        let name = if kind == "thumb" {
            "Primary"
        } else {
            "Backdrop"
        };
        let blob = entry.images.get(name)?;
        let bytes = blob.read(0, usize::try_from(blob.size()).ok()?).ok()?;
        Some(Reply::empty(200).typed(&blob.content_type, bytes))
    }

    /// `POST /:/timeline`.
    pub(super) fn timeline(&self, ask: &Request, user: &str) -> Reply {
        let catalogue = self.catalogue.read();
        let key = ask.param("ratingKey").unwrap_or_default();
        let states = ["playing", "paused", "buffering", "stopped"];
        let state = ask
            .param("state")
            .filter(|state| states.contains(&state.as_str()));
        let time = ask.param("time").and_then(|time| time.parse().ok());
        let found = titled(&catalogue, &key).filter(|(_, entry)| entry.file.is_some());
        let (Some((index, _)), Some(_), Some(time)) = (found, state, time) else {
            return page(400, "Bad Request");
        };
        let whole = whole(&catalogue, index);
        let mut state = self.state.lock();
        let told = ask.param("updated").and_then(|at| at.parse().ok());
        let late = told.filter(|_| ask.param("offline").as_deref() == Some("1"));
        let session = ask.header("X-Plex-Session-Identifier").unwrap_or_default();
        let mark = state
            .watched
            .report(user, index, time, whole, late, session);
        self.tell_playing(index, &ask.param("state").unwrap_or_default(), time);
        if let Some(words) = state.ended.as_ref().filter(|_| late.is_none()) {
            return container(
                &json!({ "size": 0, "terminationCode": 2006, "terminationText": words }),
            );
        }
        container(&json!({
            "size": 0, "playbackState": "progress", "skipCount": 0, "viewCount": mark.count, "viewOffset": mark.offset,
        }))
    }

    /// `GET /library/parts/{id}/indexes/sd`: the title's pictures in turns, one each 2 s.
    pub(super) fn index_frames(&self, id: &str) -> Option<Reply> {
        let catalogue = self.catalogue.read();
        let index = id.parse::<usize>().ok()?.checked_sub(part_id(0))?;
        let entry = catalogue.entries.get(index)?;
        let pictures: Vec<_> = ["Primary", "Backdrop"]
            .iter()
            .filter_map(|kind| entry.images.get(kind))
            .filter_map(|blob| blob.read(0, usize::try_from(blob.size()).ok()?).ok())
            .collect();
        let count = u32::try_from(milliseconds(entry) / 2000).ok()?.max(1);
        let word = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
        let mut file = b"\x89BIF\r\n\x1a\n\0\0\0\0".to_vec();
        file.extend([count.to_le_bytes(), 2000_u32.to_le_bytes()].concat());
        file.resize(64, 0);
        let turns = || (0..count).zip(pictures.iter().cycle());
        let mut at = 64 + (turns().count() + 1) * 8;
        for (number, picture) in turns() {
            file.extend([number.to_le_bytes(), word(at)].concat());
            at += picture.len();
        }
        file.extend([u32::MAX.to_le_bytes(), word(at)].concat());
        for (_, picture) in turns() {
            file.extend_from_slice(picture);
        }
        Some(Reply::empty(200).typed("application/octet-stream", file))
    }

    /// `PUT /:/rate`: 0 to 10, and -1 for none.
    pub(super) fn rate(&self, ask: &Request, user: &str) -> Option<Reply> {
        ask.param("identifier")?;
        let stars: f64 = ask.param("rating")?.parse().ok()?;
        let (index, _) = titled(&self.catalogue.read(), &ask.param("key")?)
            .map(|(index, entry)| (index, entry.kind))?;
        let mut state = self.state.lock();
        let key = (user.to_owned(), index);
        if (0.0..=10.0).contains(&stars) {
            state.stars.insert(key, stars);
        } else {
            state.stars.remove(&key);
        }
        Some(Reply::empty(200))
    }

    /// `PUT /:/scrobble` and `/:/unscrobble`: a show or season marks what is in it.
    pub(super) fn mark(&self, ask: &Request, user: &str, watched: bool) -> Option<Reply> {
        ask.param("identifier")?;
        let key = ask.param("key")?;
        let catalogue = self.catalogue.read();
        let (index, entry) = titled(&catalogue, &key)?;
        let all = match entry.file {
            Some(_) => vec![index],
            None => below(&catalogue, &entry.id, true),
        };
        let mut state = self.state.lock();
        for index in all {
            state.watched.mark(user, index, watched);
        }
        Some(Reply::empty(200))
    }
}
