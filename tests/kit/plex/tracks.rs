//! Streams of a file, which of them is chosen, and texts that the server takes out of a file.
//!
//! As servers do it: what a text's question says of a stream is ignored, for what is chosen counts; without a decision of the
//! same session before there is none; with a protocol come pieces, without it all of it; the type is told wrongly.

use serde_json::{Value, json};

use super::describe::part_id;
use super::{Plex, option, page, titled};
use crate::http::{Reply, Request};

/// A text that was decided on.
#[derive(Clone, Debug)]
pub(super) struct Extract {
    index: usize,
    /// Which stream was chosen then.
    stream: u64,
    format: String,
}

pub(super) fn stream(part: usize, of: &Value) -> Value {
    let kind = match of["Type"].as_str() {
        Some("Video") => 1,
        Some("Audio") => 2,
        _ => 3,
    };
    let codec = match of["Codec"].as_str() {
        Some("subrip") => "srt",
        Some("pgssub") => "pgs",
        Some(codec) => codec,
        None => "",
    };
    let index = of["Index"].as_u64().unwrap_or(0);
    let id = part as u64 * 100 + index;
    let mut stream = json!({
        "id": id,
        "streamType": kind,
        "codec": codec,
        "displayTitle": of["DisplayTitle"],
        "extendedDisplayTitle": of["DisplayTitle"],
    });
    for (name, from) in [
        ("title", "Title"),
        ("height", "Height"),
        ("width", "Width"),
        ("channels", "Channels"),
    ] {
        if !of[from].is_null() {
            stream[name] = of[from].clone();
        }
    }
    if of["VideoRangeType"] == "DOVI" {
        let vision = json!({
            "DOVIPresent": true, "DOVIProfile": 5, "DOVIBLPresent": true, "DOVIBLCompatID": 0, "DOVIELPresent": false,
            "DOVIRPUPresent": true, "DOVILevel": 6, "DOVIVersion": "1.0",
        });
        if let (Value::Object(fields), Value::Object(vision)) = (&mut stream, vision) {
            fields.extend(vision);
        }
    }
    if let Some(code) = of["Language"].as_str() {
        stream["languageCode"] = json!(code);
        stream["languageTag"] = json!(code.get(..2));
        stream["language"] = json!(if code == "deu" { "Deutsch" } else { "English" });
    }
    if of["IsDefault"] == true {
        stream["default"] = json!(true);
    }
    if of["IsExternal"] == true {
        // What lies beside the file has an address and no place in it.
        stream["key"] = json!(format!("/library/streams/{id}"));
    } else {
        stream["index"] = json!(index);
    }
    stream
}

/// Marks the subtitle that is chosen, and the sound: the file's first one where nobody chose.
pub(super) fn mark(media: &mut Value, sound: Option<u64>, subtitle: Option<u64>) {
    let streams = media["Part"][0]["Stream"].as_array_mut();
    let Some(streams) = streams else { return };
    let place = |wanted: Option<u64>| {
        let wanted = wanted?;
        streams
            .iter()
            .position(|stream| stream["id"].as_u64() == Some(wanted))
    };
    let first = || streams.iter().position(|stream| stream["streamType"] == 2);
    let chosen = [place(sound).or_else(first), place(subtitle)];
    for place in chosen.into_iter().flatten() {
        streams[place]["selected"] = json!(true);
    }
}

/// Lyrics beside a track.
#[derive(Clone, Debug)]
pub(super) struct Song {
    /// `lrc` or `txt`.
    format: String,
    text: String,
}

/// Numbers of a part's lyrics begin here.
const SONGS: usize = 90;

/// Lists the lyrics of a title among its streams.
pub(super) fn add_songs(media: &mut Value, part: usize, songs: &[Song]) {
    let Some(streams) = media["Part"][0]["Stream"].as_array_mut() else {
        return;
    };
    for (number, song) in songs.iter().enumerate() {
        let id = part * 100 + SONGS + number;
        streams.push(json!({
            "id": id, "streamType": 4, "key": format!("/library/streams/{id}"), "codec": song.format,
            "format": song.format, "provider": "com.plexapp.agents.localmedia", "minLines": 5,
            "timed": song.format == "lrc", "displayTitle": song.format.to_uppercase(),
            "extendedDisplayTitle": song.format.to_uppercase(),
        }));
    }
}

impl Plex {
    /// Gives a track lyrics more: a text in the form `lrc` or `txt`, or in Plex's own.
    pub fn add_lyrics(&self, title: &str, format: &str, text: &str) {
        let index = self.index(title);
        let song = Song {
            format: format.into(),
            text: text.into(),
        };
        self.state.lock().songs.entry(index).or_default().push(song);
    }

    /// The lyrics of this number.
    pub(super) fn song(&self, id: usize) -> Option<Reply> {
        let index = (id / 100).checked_sub(part_id(0))?;
        let state = self.state.lock();
        let song = state
            .songs
            .get(&index)?
            .get((id % 100).checked_sub(SONGS)?)?;
        Some(Reply::empty(200).typed("text/plain; charset=utf-8", song.text.clone()))
    }

    /// Lets a film have a subtitle of pictures inside. Gives its index.
    ///
    /// # Panics
    /// There is no such film.
    pub fn add_pictures(&self, title: &str) -> u64 {
        let index = self.index(title);
        self.catalogue.write().add_pictures(index)
    }

    /// The subtitle of a title that is chosen on the server, by its index in the file; `None` for none.
    #[must_use]
    pub fn chosen_subtitle(&self, title: &str) -> Option<u64> {
        let part = part_id(self.index(title));
        let chosen = self.state.lock().texts.get(&part).copied();
        chosen.map(|stream| stream % 100)
    }

    /// Chooses a subtitle of a title, as another client of this user would.
    pub fn choose_subtitle(&self, title: &str, index: u64) {
        let part = part_id(self.index(title));
        let stream = part as u64 * 100 + index;
        self.state.lock().texts.insert(part, stream);
    }

    /// The sound of a title that somebody has chosen, by its index in the file.
    #[must_use]
    pub fn chosen_sound(&self, title: &str) -> Option<u64> {
        let part = part_id(self.index(title));
        let chosen = self.state.lock().chosen.get(&part).cloned();
        chosen?.parse::<u64>().ok().map(|stream| stream % 100)
    }

    /// `PUT /library/parts/{id}?audioStreamID=&subtitleStreamID=`: what streams have from now on.
    pub(super) fn choose(&self, part: &str, ask: &Request) -> Option<Reply> {
        let id: usize = part.parse().ok()?;
        let own = |stream: &String| {
            let number = stream.parse::<usize>();
            number.is_ok_and(|stream| stream / 100 == id)
        };
        if let Some(stream) = ask.param("audioStreamID") {
            if !own(&stream) {
                return Some(page(400, "Bad Request"));
            }
            self.state.lock().chosen.insert(id, stream);
        }
        match ask.param("subtitleStreamID") {
            Some(none) if none == "0" => {
                self.state.lock().texts.remove(&id);
            }
            Some(stream) if own(&stream) => {
                let number = stream.parse().ok()?;
                self.state.lock().texts.insert(id, number);
            }
            Some(_) => return Some(page(400, "Bad Request")),
            None => {}
        }
        Some(Reply::empty(200))
    }

    /// What a decision makes of the subtitles of a title. Where it is to be text, that is remembered.
    pub(super) fn decide_text(
        &self,
        session: &str,
        index: usize,
        ask: &Request,
        streams: &mut Vec<Value>,
    ) -> Option<u64> {
        let wanted = ask.param("subtitles").unwrap_or_default();
        let chosen = self.state.lock().texts.get(&part_id(index)).copied();
        // Of subtitles a decision names the chosen one only.
        streams.retain(|stream| stream["streamType"] != 3 || stream["id"].as_u64() == chosen);
        let ours = streams
            .iter_mut()
            .find(|stream| stream["streamType"] == 3)?;
        let is_text = ours["codec"] == "srt" || ours["codec"] == "ass";
        let profile = option(ask, "X-Plex-Client-Profile-Extra").unwrap_or_default();
        ours["selected"] = json!(true);
        match wanted.as_str() {
            "none" => {
                streams.retain(|stream| stream["streamType"] != 3);
                None
            }
            "sidecar" if is_text => {
                let format = match profile.contains("subtitleCodec=ass") {
                    true => "ass",
                    false => "srt",
                };
                ours["decision"] = json!("transcode");
                ours["location"] = json!("sidecar-subs");
                ours["codec"] = json!(format);
                let extract = Extract {
                    index,
                    stream: chosen?,
                    format: format.into(),
                };
                self.state.lock().extracts.insert(session.into(), extract);
                None
            }
            _ => {
                ours["decision"] = json!("burn");
                ours["burn"] = json!("1");
                ours["location"] = json!("segments-video");
                chosen
            }
        }
    }

    /// `GET /video/:/transcode/universal/subtitles`.
    pub(super) fn text(&self, ask: &Request) -> Reply {
        let session = option(ask, "X-Plex-Session-Identifier").unwrap_or_default();
        let known = self.state.lock().extracts.get(&session).cloned();
        let Some(known) = known.filter(|_| ask.param("session") == Some(session)) else {
            return page(400, "Bad Request");
        };
        let path = ask.param("path").unwrap_or_default();
        let catalogue = self.catalogue.read();
        let key = path.strip_prefix("/library/metadata/").unwrap_or_default();
        let entry = match titled(&catalogue, key) {
            Some((index, entry)) if index == known.index => entry,
            _ => return page(400, "Bad Request"),
        };
        let number = u32::try_from(known.stream % 100).unwrap_or(0);
        let Some((own, text)) = entry.subtitles.get(&number) else {
            return page(404, "Not Found");
        };
        let text = String::from_utf8_lossy(text);
        let text = match (*own, known.format.as_str()) {
            ("ass", "srt") => lines_of(&text),
            _ => text.into_owned(),
        };
        let text = match ask.param("protocol") {
            // The first piece.
            Some(_) => text.get(..80).unwrap_or_default().to_owned(),
            None => text,
        };
        Reply::empty(200).typed("text/vtt;charset=utf-8", text)
    }
}

/// Lines of an ASS file of the kit's own as SubRip, without their styles.
fn lines_of(ass: &str) -> String {
    let mut srt = String::new();
    let lines = ass
        .lines()
        .filter_map(|line| line.strip_prefix("Dialogue: "));
    for (number, line) in (1..).zip(lines) {
        let fields: Vec<&str> = line.splitn(5, ',').collect();
        if let [_, start, end, _, text] = fields.as_slice() {
            let time = |time: &str| format!("0{}0", time.replace('.', ","));
            let (start, end) = (time(start), time(end));
            srt.push_str(&format!("{number}\n{start} --> {end}\n{text}\n\n"));
        }
    }
    srt
}
