//! Playing: decisions, bytes, subtitles, pictures and reports.

use bytes::Bytes;
use serde_json::{Value, json};

use super::catalogue::Entry;
use super::watched::user_data;
use super::{Face, NOT_FOUND};
use crate::blob::Blob;
use crate::http::{Reply, Request};

fn not_found() -> Reply {
    Reply::text(404, NOT_FOUND)
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

impl Face {
    fn with_entry(&self, id: &str, reply: impl FnOnce(&Entry) -> Option<Reply>) -> Reply {
        let catalogue = self.catalogue.read();
        catalogue.get(id).and_then(reply).unwrap_or_else(not_found)
    }

    /// `GET|HEAD /Videos/{id}/stream` and `/Audio/{id}/stream`, with or without an extension. Jellyfin asks for no token here.
    pub(super) fn stream(&self, id: &str, request: &Request) -> Reply {
        if request
            .param("static")
            .is_none_or(|value| !value.eq_ignore_ascii_case("true"))
        {
            // The real server would start its transcoder; this one has none, which real ones answer so.
            return Reply::text(500, NOT_FOUND);
        }
        let version = request.param("mediaSourceId");
        let of_version = version.as_deref().and_then(|id| {
            let catalogue = self.catalogue.read();
            catalogue.get(id)?.file.clone()
        });
        self.with_entry(id, |entry| {
            let mut known = entry.dto["MediaSources"].as_array().into_iter().flatten();
            let is_known = version.is_none_or(|id| known.any(|source| source["Id"] == id));
            if super::served::is_disc(&entry.dto["MediaSources"][0]) {
                // As above: many files are no file.
                return Some(Reply::text(500, NOT_FOUND));
            }
            let file = of_version.or_else(|| entry.file.clone())?;
            is_known.then(|| Reply::blob(file, request))
        })
    }

    /// `GET /Items/{id}/Download`.
    pub(super) fn download(&self, id: &str, request: &Request) -> Reply {
        self.with_entry(id, |entry| {
            let name = format!("attachment; filename=\"{id}\"");
            let file = entry
                .file
                .clone()?
                .without_head()
                .header("Content-Disposition", &name);
            Some(Reply::blob(file, request))
        })
    }

    /// `GET /Videos/{item}/{source}/Subtitles/{index}[/{start}]/Stream.{format}`.
    pub(super) fn subtitles(&self, id: &str, index: &str, file: &str) -> Reply {
        self.with_entry(id, |entry| {
            let (own, text) = entry.subtitles.get(&index.parse().ok()?)?;
            let wanted = file.strip_prefix("Stream.")?;
            let (mime, text) = match (*own, wanted) {
                ("srt", "srt") => ("application/x-subrip", text.clone()),
                ("srt", "vtt") => ("text/vtt", vtt(text)),
                ("ass", "ass" | "ssa") => ("text/x-ssa", text.clone()),
                _ => return None,
            };
            Some(Reply::empty(200).typed(mime, text))
        })
    }

    /// `GET /Items/{id}/Images/{type}`. Jellyfin asks for no token here, and neither sends 304 nor a part.
    pub(super) fn image(&self, id: &str, kind: &str) -> Reply {
        self.with_entry(id, |entry| {
            let blob = entry.images.get(kind)?;
            let len = usize::try_from(blob.size()).ok()?;
            let bytes = blob.read(0, len).ok()?;
            let mut reply = Reply::empty(200).typed(&blob.content_type, bytes);
            reply.headers.extend(blob.headers.iter().cloned());
            Some(
                reply
                    .with("Vary", "Accept")
                    .with("Content-Disposition", "attachment"),
            )
        })
    }

    /// `POST /Sessions/Playing…`.
    pub(super) fn report(&self, request: &Request, event: Option<&str>) -> Reply {
        let body = body(request);
        let id = body["ItemId"].as_str().unwrap_or_default().replace('-', "");
        let seconds = self
            .catalogue
            .read()
            .get(&id)
            .and_then(|entry| entry.seconds);
        let Some(seconds) = seconds else {
            return not_found();
        };
        self.remember(&id, &body);
        let position = body["PositionTicks"].as_i64().unwrap_or(0);
        let mut watched = self.watched.lock();
        match event {
            None => watched.started(&id),
            Some(_) => watched.reported(&id, position, seconds, self.options.min_resume),
        }
        drop(watched);
        if event != Some("Progress") {
            self.tell_marks(&[&id]);
        }
        Reply::empty(204)
    }

    /// `POST|DELETE /UserPlayedItems/{id}` and `/UserFavoriteItems/{id}`; folders mark what is in them.
    pub(super) fn mark(&self, id: &str, set: bool, favourite: bool, request: &Request) -> Reply {
        let date = request.param("datePlayed");
        let date = date.as_deref().and_then(crate::http::date::parse_iso);
        let below: Vec<String> = {
            let catalogue = self.catalogue.read();
            let mut ids = vec![id.to_owned()];
            for entry in &catalogue.entries {
                if ids.contains(&entry.parent) {
                    ids.push(entry.id.clone());
                }
            }
            ids
        };
        let mut watched = self.watched.lock();
        for id in below.iter().take(if favourite { 1 } else { usize::MAX }) {
            if favourite {
                watched.set_favourite(id, set);
            } else {
                watched.set_played(id, set, date);
            }
        }
        drop(watched);
        let ids: Vec<&str> = below.iter().map(String::as_str).collect();
        self.tell_marks(&ids);
        self.user_data(id)
    }

    /// `GET /UserItems/{id}/UserData`.
    pub(super) fn user_data(&self, id: &str) -> Reply {
        self.with_entry(id, |entry| {
            let mark = self.watched.lock().of(&entry.id);
            Some(Reply::json(&user_data(&entry.id, mark, entry.seconds)))
        })
    }

    /// `POST /UserItems/{id}/UserData`.
    pub(super) fn set_user_data(&self, id: &str, request: &Request) -> Reply {
        if self.catalogue.read().get(id).is_none() {
            return not_found();
        }
        self.watched.lock().set(id, &body(request));
        self.tell_marks(&[id]);
        self.user_data(id)
    }

    /// Gives a title's file another id, as a server does whose file was replaced by one of another name.
    ///
    /// # Panics
    /// There is no such title.
    pub fn replace_source(&self, title: &str, id: &str) {
        let mut catalogue = self.catalogue.write();
        let mut entries = catalogue.entries.iter_mut();
        let entry = entries.find(|entry| entry.name == title);
        let entry = entry.unwrap_or_else(|| panic!("no title {title:?}"));
        entry.dto["MediaSources"][0]["Id"] = json!(id);
    }

    /// Puts another file in place of a title's, with the `ETag`, size and bit rate that belong to it.
    ///
    /// # Panics
    /// There is no such title with a file.
    pub fn replace_file(&self, title: &str, file: Blob) {
        let mut catalogue = self.catalogue.write();
        let entry = catalogue
            .entries
            .iter_mut()
            .find(|entry| entry.name == title);
        let entry = entry.unwrap_or_else(|| panic!("no title {title:?}"));
        let source = &mut entry.dto["MediaSources"][0];
        let seconds = source["RunTimeTicks"].as_u64().unwrap_or(0) / 10_000_000;
        source["Size"] = json!(file.size());
        source["Bitrate"] = json!(file.size() * 8 / seconds.max(1));
        source["ETag"] = json!(super::describe::etag(&file));
        entry.file = Some(file);
    }
}

/// SubRip as WebVTT: a header, and a point where SubRip has a comma in its times.
fn vtt(srt: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(srt);
    let line = |line: &str| {
        if line.contains(" --> ") {
            line.replace(',', ".")
        } else {
            line.to_owned()
        }
    };
    let lines: Vec<_> = text.lines().map(line).collect();
    format!("WEBVTT\n\n{}\n", lines.join("\n")).into()
}
