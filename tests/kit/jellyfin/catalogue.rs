//! What a server has on offer: titles with their files, pictures and descriptions.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use serde_json::{Value, json};

use super::describe::{self, Streams, id_of, ticks};
use crate::blob::Blob;
use crate::media::Media;
use crate::titles::{self, FILMS, Film};

/// One title, season, album or library.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    /// `BaseItemDto.Type`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) parent: String,
    /// Everything of the `BaseItemDto` that does not depend on the user.
    pub(crate) dto: Value,
    pub(crate) seconds: Option<f64>,
    /// Its file; `None` of folders.
    pub(crate) file: Option<Blob>,
    /// By `Primary` and `Backdrop`.
    pub(crate) images: HashMap<&'static str, Blob>,
    /// Subtitles by stream index, in their own format.
    pub(crate) subtitles: HashMap<u32, (&'static str, Bytes)>,
    /// Ids of those whose files are further versions of it.
    pub(crate) versions: Vec<String>,
    /// Ids of its further files, of a film in several.
    pub(crate) further: Vec<String>,
    /// The film of the kit's own whose streams are its.
    pub(crate) shows: Option<&'static Film>,
}

/// Where the further files of films stand: in no library.
pub(crate) const FURTHER: &str = "further";

impl Entry {
    pub(super) fn new(key: &str, kind: &'static str, name: &str, parent: &str) -> Self {
        let id = id_of(key);
        Self {
            dto: json!({ "Id": id, "Name": name, "Type": kind, "ServerId": super::SERVER_ID, "ParentId": parent }),
            id,
            kind,
            name: name.into(),
            parent: parent.into(),
            seconds: None,
            file: None,
            images: HashMap::new(),
            subtitles: HashMap::new(),
            versions: Vec::new(),
            further: Vec::new(),
            shows: None,
        }
    }

    /// Adds the fields of an object.
    pub(super) fn with(mut self, fields: Value) -> Self {
        if let (Value::Object(dto), Value::Object(fields)) = (&mut self.dto, fields) {
            dto.extend(fields);
        }
        self
    }

    pub(super) fn folder(self, collection: Option<&str>) -> Self {
        let entry = self.with(json!({ "IsFolder": true }));
        match collection {
            Some(collection) => entry.with(json!({ "CollectionType": collection })),
            None => entry,
        }
    }

    pub(super) fn picture(mut self, kind: &'static str, path: &Path) -> Self {
        let blob = Blob::file(path)
            .expect("a generated picture is there")
            .content_type("image/jpeg");
        self.images.insert(
            kind,
            blob.header("Cache-Control", "public, max-age=31536000"),
        );
        self.tag_pictures()
    }

    fn tag_pictures(mut self) -> Self {
        let tag = |kind: &str| id_of(&format!("{}-{kind}", self.id));
        if self.images.contains_key("Primary") {
            self.dto["ImageTags"] = json!({ "Primary": tag("Primary") });
        }
        if self.images.contains_key("Backdrop") {
            self.dto["BackdropImageTags"] = json!([tag("Backdrop")]);
        }
        self
    }

    /// Gives it a file, described by `streams`.
    pub(super) fn playable(mut self, file: Blob, seconds: f64, streams: Streams) -> Self {
        let source = describe::media_source(&self.id, &self.name, &file, seconds, streams);
        self.seconds = Some(seconds);
        self.file = Some(file);
        let media = if self.kind == "Audio" {
            "Audio"
        } else {
            "Video"
        };
        let all = source["MediaStreams"].as_array();
        let video = all.and_then(|all| all.iter().find(|one| one["Type"] == "Video"));
        // A track has no picture, and no size of one.
        let size = |side: &str| video.map_or(Value::Null, |video| video[side].clone());
        self.with(json!({
            "Width": size("Width"),
            "Height": size("Height"),
            "MediaType": media,
            "IsFolder": false,
            "LocationType": "FileSystem",
            "RunTimeTicks": ticks(seconds),
            "MediaStreams": source["MediaStreams"],
            "Container": source["Container"],
            "MediaSourceCount": 1,
            "CanDownload": true,
            "HasSubtitles": streams.has_subtitles(),
            "MediaSources": [source],
        }))
    }
}

/// What a server has on offer.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(crate) entries: Vec<Entry>,
}

/// Seconds since 1970 when the newest title was added; the others lie an hour apart before it.
pub(crate) const NEWEST: u64 = 1_790_000_000;

impl Catalogue {
    /// The generated films, the show and the album.
    #[must_use]
    pub fn of(media: &Media) -> Self {
        let mut catalogue = Self::default();
        catalogue.add_films(media);
        catalogue.add_show(media);
        catalogue.add_album(media);
        catalogue
    }

    /// Adds so many films that exist only to be many: each is the same short file, with one of the generated posters.
    #[must_use]
    pub fn and_films(mut self, media: &Media, count: usize) -> Self {
        let model = FILMS.last().expect("there are films");
        let file = Blob::file(&media.film(model)).expect("a generated film is there");
        self.library("Films", "movies");
        // Pictures are opened once: ten thousand open files would be too many.
        let pictures: Vec<_> = FILMS
            .iter()
            .map(|film| {
                Entry::new("", "", "", "")
                    .picture("Primary", &media.poster(film))
                    .images
            })
            .collect();
        for number in 1..=count {
            let film = &FILMS[number % FILMS.len()];
            let name = format!("{} {number:05}", film.title);
            let mut entry = self.film_entry(&name, film);
            entry.images = pictures[number % FILMS.len()].clone();
            let entry = entry.tag_pictures();
            let seconds = model.duration().as_secs_f64();
            self.push(entry.playable(file.clone(), seconds, Streams::film(model)));
        }
        self
    }

    /// Adds a film of this name whose bytes are a blob that no player can play: for tests of bytes.
    #[must_use]
    pub fn and_blob(mut self, name: &str, blob: Blob, seconds: u64) -> Self {
        self.library("Films", "movies");
        let entry = self.film_entry(name, &FILMS[0]);
        let seconds = std::time::Duration::from_secs(seconds).as_secs_f64();
        self.push(entry.playable(blob, seconds, Streams::film(&FILMS[1])));
        self
    }

    /// Adds a film that lies in several files, which are those of films of the kit's own.
    #[must_use]
    pub fn and_film_in_files(mut self, media: &Media, name: &str, films: &[&'static Film]) -> Self {
        let files = films.iter().map(|film| {
            let file = Blob::file(&media.film(film)).expect("a generated film is there");
            (file, film.duration().as_secs_f64(), Some(*film))
        });
        self.add_film_in(name, files.collect());
        self
    }

    /// Adds a film that lies in several files, each of so many seconds, whose bytes no player can play: for tests of bytes. A
    /// subtitle lies beside each, with the file's number in it.
    #[must_use]
    pub fn and_blobs(mut self, name: &str, files: &[(Blob, u64)]) -> Self {
        let seconds = |seconds: u64| std::time::Duration::from_secs(seconds).as_secs_f64();
        let files = files
            .iter()
            .map(|(file, length)| (file.clone(), seconds(*length), None));
        self.add_film_in(name, files.collect());
        self
    }

    fn add_film_in(&mut self, name: &str, files: Vec<(Blob, f64, Option<&'static Film>)>) {
        self.library("Films", "movies");
        let count = files.len();
        let mut made = Vec::new();
        for (number, (file, seconds, film)) in (1..).zip(files) {
            let mut entry = if number == 1 {
                let entry = self.film_entry(name, &FILMS[0]);
                entry.with(json!({ "PartCount": count }))
            } else {
                let own = format!("{name} part {number}");
                let entry = Entry::new(&format!("film {own}"), "Further", &own, FURTHER);
                entry.with(json!({ "Type": "Video", "ParentId": null }))
            };
            entry.shows = film;
            if film.is_none() {
                let text = format!("1\n00:00:01,000 --> 00:00:02,000\nFile {number}\n");
                entry.subtitles.insert(0, ("srt", text.into()));
            }
            let streams = Streams::film(film.unwrap_or(&FILMS[titles::HARBOUR_LIGHTS]));
            made.push(entry.playable(file, seconds, streams));
        }
        let further = made.iter().skip(1).map(|entry| entry.id.clone()).collect();
        if let Some(first) = made.first_mut() {
            first.further = further;
        }
        for entry in made {
            self.push(entry);
        }
    }

    /// The files of a title, by their places: its own, and its further ones.
    pub(crate) fn files_of(&self, index: usize) -> Vec<usize> {
        let further = self.entries[index].further.iter();
        let places = further.filter_map(|id| self.entries.iter().position(|one| one.id == *id));
        std::iter::once(index).chain(places).collect()
    }

    /// Tells something else of what is called so.
    pub fn describe(&mut self, name: &str, fields: &[(&str, Value)]) {
        let named = self.entries.iter_mut().filter(|entry| entry.name == name);
        for entry in named {
            for (field, value) in fields {
                entry.dto[*field] = value.clone();
            }
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first entry of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Entry> {
        let plain = id.replace('-', "").to_lowercase();
        self.entries.iter().find(|entry| entry.id == plain)
    }

    pub(super) fn push(&mut self, entry: Entry) {
        let age = u64::try_from(self.entries.len()).unwrap_or(0) * 3600;
        let at = std::time::SystemTime::UNIX_EPOCH
            + std::time::Duration::from_secs(NEWEST.saturating_sub(age));
        let date = crate::http::date::format_iso(at);
        self.entries
            .push(entry.with(json!({ "DateCreated": date })));
    }

    /// Adds a library unless it is there; its id.
    pub(super) fn library(&mut self, name: &str, collection: &str) -> String {
        let entry = Entry::new(&format!("library {name}"), "CollectionFolder", name, "");
        let id = entry.id.clone();
        if self.get(&id).is_none() {
            self.push(entry.folder(Some(collection)));
        }
        id
    }

    fn film_entry(&mut self, name: &str, film: &Film) -> Entry {
        let library = self.library("Films", "movies");
        let person = |(index, name): (usize, &&str)| {
            let (role, kind) = [("", "Director"), ("Lead", "Actor"), ("Friend", "Actor")][index];
            json!({ "Name": name, "Id": id_of(name), "Role": role, "Type": kind })
        };
        Entry::new(&format!("film {name}"), "Movie", name, &library).with(json!({
            "SortName": sort_name(name),
            "Overview": film.overview,
            "Taglines": [film.tagline],
            "ProductionYear": film.year,
            "PremiereDate": format!("{}-03-14T00:00:00.0000000Z", film.year),
            "Genres": film.genres,
            "OfficialRating": film.content_rating,
            "CommunityRating": film.rating,
            "People": film.people.iter().enumerate().map(person).collect::<Vec<_>>(),
            "PrimaryImageAspectRatio": 2.0 / 3.0,
        }))
    }

    /// Lets a title have a subtitle of pictures inside, behind all other streams. Gives its index.
    pub(crate) fn add_pictures(&mut self, index: usize) -> u64 {
        let source = &mut self.entries[index].dto["MediaSources"][0];
        let streams = source["MediaStreams"]
            .as_array_mut()
            .expect("a title with a file");
        let number = streams.len() as u64;
        let pictures = json!({
            "Index": number, "IsExternal": false, "IsDefault": false, "IsForced": false, "Type": "Subtitle",
            "Codec": "pgssub", "Language": "eng", "DisplayTitle": "English - PGSSUB", "IsTextSubtitleStream": false,
            "SupportsExternalStream": false,
        });
        streams.push(pictures);
        self.entries[index].dto["MediaStreams"] =
            self.entries[index].dto["MediaSources"][0]["MediaStreams"].clone();
        number
    }

    fn add_films(&mut self, media: &Media) {
        for (index, film) in FILMS.iter().enumerate() {
            let file = Blob::file(&media.film(film)).expect("a generated film is there");
            let seconds = film.duration().as_secs_f64();
            let mut entry = self.film_entry(film.title, film);
            if index == titles::THE_LONG_REEL {
                entry = entry.with(json!({ "Chapters": describe::chapters() }));
                entry.subtitles.insert(3, ("srt", media.text("film.srt")));
                entry.subtitles.insert(4, ("ass", media.text("film.ass")));
            }
            if index == titles::HARBOUR_LIGHTS {
                entry.subtitles.insert(0, ("srt", media.text("film.srt")));
            }
            let entry = entry
                .picture("Primary", &media.poster(film))
                .picture("Backdrop", &media.backdrop(film));
            let streams = Streams::film(film);
            self.push(entry.playable(file.content_type(streams.mime()), seconds, streams));
        }
    }

    fn add_show(&mut self, media: &Media) {
        let library = self.library("Shows", "tvshows");
        let show = Entry::new("show", "Series", titles::SHOW, &library)
            .folder(None)
            .picture("Primary", &media.show_poster())
            .picture("Backdrop", &media.show_backdrop())
            .with(json!({
                "SortName": sort_name(titles::SHOW),
                "Overview": titles::SHOW_OVERVIEW,
                "ProductionYear": titles::SHOW_YEAR,
                "Genres": ["Drama"],
                "OfficialRating": "12",
                "CommunityRating": 8.4,
                "Status": "Ended",
                "ChildCount": titles::EPISODES.len(),
                "RecursiveItemCount": titles::EPISODES.concat().len(),
            }));
        let inherited = json!({
            "SeriesId": show.id,
            "SeriesName": titles::SHOW,
            "SeriesPrimaryImageTag": show.dto["ImageTags"]["Primary"],
            "ParentBackdropItemId": show.id,
            "ParentBackdropImageTags": show.dto["BackdropImageTags"],
        });
        let show_id = show.id.clone();
        self.push(show);
        for (season, episodes) in (1..).zip(titles::EPISODES) {
            let name = format!("Season {season}");
            let entry = Entry::new(&format!("show {season}"), "Season", &name, &show_id)
                .folder(None)
                .picture("Primary", &media.season_poster(season))
                .with(inherited.clone())
                .with(json!({ "IndexNumber": season, "SortName": format!("{season:04}"), "ChildCount": episodes.len() }));
            let season_id = entry.id.clone();
            self.push(entry);
            for (episode, title) in (1..).zip(episodes) {
                let key = format!("show {season} {episode}");
                let entry = Entry::new(&key, "Episode", title, &season_id)
                    .picture("Primary", &media.still(season, episode))
                    .with(inherited.clone())
                    .with(json!({
                        "SeasonId": season_id,
                        "SeasonName": name,
                        "ParentIndexNumber": season,
                        "IndexNumber": episode,
                        "SortName": format!("{season:03} - {episode:04} - {title}"),
                        "Overview": "The dome opens at dusk. By three in the morning nobody is sure what they have seen.",
                        "PrimaryImageAspectRatio": 16.0 / 9.0,
                    }));
                let file = Blob::file(&media.episode(season, episode))
                    .expect("a generated episode is there");
                let streams = Streams::EPISODE;
                self.push(entry.playable(file.content_type(streams.mime()), 20.0, streams));
            }
        }
    }
}

/// As Jellyfin sorts: lower case, without a leading article.
pub(super) fn sort_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let bare = ["the ", "a ", "an "]
        .iter()
        .find_map(|article| lower.strip_prefix(article));
    bare.unwrap_or(&lower).to_owned()
}
