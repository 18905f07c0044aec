//! What Plex tells of a title besides itself, and of lists of titles; pure.

use std::time::Duration;

use serde_json::Value;

use super::map::is_image;
use super::wire::{self, Maybe, Number};
use crate::model::{AccountId, Credit, ImageId, ItemId, Kind, Marker, MarkerKind, Resolution};
use crate::source::performers::performers;
use crate::source::{Collection, CollectionKind, Person};

/// More people than this are not shown.
const MOST_PEOPLE: usize = 60;

/// The class of a version's picture: in the server's words ("4k", "1080", "sd"), else by its size.
pub(super) fn resolution(media: &wire::Media) -> Option<Resolution> {
    let side = |number: &Maybe<Number>| number.small().unwrap_or(0);
    let word = media.video_resolution.text().unwrap_or_default();
    let named = match word.strip_suffix(['k', 'K']) {
        Some(thousands) => thousands
            .parse()
            .ok()
            .and_then(|thousands: u32| Resolution::of_size(thousands.checked_mul(960)?, 0)),
        None if word.eq_ignore_ascii_case("sd") => Some(Resolution::Sd),
        None => word
            .parse()
            .ok()
            .and_then(|lines| Resolution::of_size(0, lines)),
    };
    named.or_else(|| Resolution::of_size(side(&media.width), side(&media.height)))
}

/// Stretches that people skip. They come unsorted, and some twice.
pub(super) fn markers(wire: &wire::Item) -> Vec<Marker> {
    let known = wire.markers.0.iter().filter_map(|marker| {
        let kind = match marker.kind.text()? {
            "intro" => MarkerKind::Intro,
            "credits" => MarkerKind::Outro,
            "commercial" => MarkerKind::Commercial,
            _ => return None,
        };
        Some(Marker {
            kind,
            start: Duration::from_millis(marker.start_time_offset.whole()?),
            end: Duration::from_millis(marker.end_time_offset.whole()?),
        })
    });
    Marker::sorted(known.collect())
}

/// Who an album or a track is by. A track whose performer is another than the album's artist has no more than a line of names;
/// the artist of the album is known by it wherever the name is the same.
pub(super) fn credits(account: &AccountId, kind: Kind, wire: &wire::Item) -> Vec<Credit> {
    let (key, title) = match kind {
        Kind::Album => (&wire.parent_rating_key, &wire.parent_title),
        Kind::Track => (&wire.grandparent_rating_key, &wire.grandparent_title),
        _ => return Vec::new(),
    };
    let artist = key.text().map(|key| ItemId::new(account.clone(), key));
    let title = title.owned();
    let own = wire.original_title.text().filter(|_| kind == Kind::Track);
    let names = match own {
        Some(line) => performers(line),
        None => title.iter().cloned().collect(),
    };
    let same = |name: &str| {
        title
            .as_ref()
            .is_some_and(|title| title.to_lowercase() == name.to_lowercase())
    };
    let credit = |name: String| Credit {
        artist: artist.clone().filter(|_| same(&name)),
        name,
    };
    names.into_iter().map(credit).collect()
}

/// Libraries are asked for the titles of somebody by what they did: one person has a number for each job.
const JOBS: [&str; 3] = ["actor", "director", "writer"];

/// The job and the number in the key of a person.
pub(super) fn job(person: &str) -> (&'static str, &str) {
    let named = person.split_once('=').and_then(|(job, id)| {
        let job = JOBS.into_iter().find(|known| *known == job)?;
        Some((job, id))
    });
    named.unwrap_or((JOBS[0], person))
}

/// Who took part: those who play, then who directed and wrote.
pub(super) fn people(account: &AccountId, wire: &wire::Item) -> Vec<Person> {
    let person = |of: &wire::Person, job: Option<&str>| {
        let picture = of.thumb.text().filter(|path| is_image(path));
        let field = job.map_or(JOBS[0].to_owned(), str::to_lowercase);
        Some(Person {
            key: of.id.text().map(|id| format!("{field}={id}")),
            name: of.tag.owned()?,
            role: of.role.owned().or_else(|| job.map(str::to_owned)),
            picture: picture.map(|path| ImageId::new(account.clone(), path)),
        })
    };
    let of = |list: &[wire::Person], job: Option<&str>| -> Vec<Person> {
        list.iter().filter_map(|one| person(one, job)).collect()
    };
    let mut all = of(&wire.roles.0, None);
    all.extend(of(&wire.directors.0, Some("Director")));
    all.extend(of(&wire.writers.0, Some("Writer")));
    all.truncate(MOST_PEOPLE);
    all
}

/// Lists of titles are asked for in one place or the other: the key says where.
const COLLECTION: &str = "collections";
const PLAYLIST: &str = "playlists";

/// A collection or playlist; `None` when it is none or has no key.
pub(super) fn collection(account: &AccountId, value: Value) -> Option<Collection> {
    let wire: wire::Item = serde_json::from_value(value).ok()?;
    let (kind, place) = match wire.kind.text()? {
        "collection" => (CollectionKind::Collection, COLLECTION),
        "playlist" => (CollectionKind::Playlist, PLAYLIST),
        _ => return None,
    };
    let image = |path: &Maybe<String>| path.owned().filter(|path| is_image(path));
    let poster = image(&wire.thumb).or_else(|| image(&wire.composite));
    Some(Collection {
        id: ItemId::new(
            account.clone(),
            format!("{place}/{}", wire.rating_key.text()?),
        ),
        kind,
        title: wire.title.owned().unwrap_or_else(|| "?".into()),
        count: wire.child_count.small().or(wire.leaf_count.small()),
        poster: poster.map(|path| ImageId::new(account.clone(), path)),
    })
}

/// Where the members of a collection or playlist are, below the server's address.
pub(super) fn place(key: &str) -> Option<Vec<&str>> {
    let (place, key) = key.split_once('/')?;
    match place {
        COLLECTION => Some(vec!["library", COLLECTION, key, "items"]),
        PLAYLIST => Some(vec![PLAYLIST, key, "items"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wire(value: Value) -> wire::Item {
        serde_json::from_value(value).unwrap()
    }

    fn account() -> AccountId {
        "acc".parse().unwrap()
    }

    #[test]
    fn markers_in_order_and_only_those_that_are_some() {
        let found = markers(&wire(json!({ "Marker": [
            { "type": "credits", "startTimeOffset": 90_000, "endTimeOffset": "99000", "final": true },
            { "type": "intro", "startTimeOffset": 2000, "endTimeOffset": 7000 },
            { "type": "intro", "startTimeOffset": 2000, "endTimeOffset": 7000 },
            { "type": "intro", "startTimeOffset": 7000, "endTimeOffset": 7000 },
            { "type": "party", "startTimeOffset": 1, "endTimeOffset": 2 },
            { "type": "commercial", "endTimeOffset": 2 }, null, 7,
        ] })));
        let all: Vec<_> = found
            .iter()
            .map(|it| (it.kind, it.start.as_secs(), it.end.as_secs()))
            .collect();
        assert_eq!(
            all,
            [(MarkerKind::Intro, 2, 7), (MarkerKind::Outro, 90, 99)]
        );
    }

    #[test]
    fn people_with_what_they_did() {
        let found = people(
            &account(),
            &wire(json!({
                "Role": [
                    { "id": 93, "tag": "Kay", "role": "Ann", "thumb": "https://metadata-static.plex.tv/k.jpg" },
                    { "tag": "Lee", "thumb": "file:///etc/passwd" }, { "role": "Nobody" },
                ],
                "Director": [{ "tag": "Max" }], "Writer": null,
            })),
        );
        let all: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.role.as_deref(), it.picture.is_some()))
            .collect();
        assert_eq!(
            all,
            [
                ("Kay", Some("Ann"), true),
                ("Lee", None, false),
                ("Max", Some("Director"), false)
            ]
        );
        assert_eq!(found[0].key.as_deref(), Some("actor=93"));
        assert_eq!(job("director=7"), ("director", "7"));
        assert_eq!(job("93"), ("actor", "93"));
    }

    #[test]
    fn collections_and_playlists_have_their_places() {
        let list = |value| collection(&account(), value);
        let one = list(json!({ "ratingKey": "161", "type": "collection", "title": "Animation", "childCount": "3",
            "thumb": "/library/collections/161/composite/1663510762?width=400&height=600" })).unwrap();
        assert_eq!((one.kind, one.count), (CollectionKind::Collection, Some(3)));
        assert_eq!(
            place(one.id.key()),
            Some(vec!["library", "collections", "161", "items"])
        );
        assert!(one.poster.is_some());
        let two = list(json!({ "ratingKey": 7, "type": "playlist", "leafCount": 12,
            "composite": "/playlists/7/composite/16" }))
        .unwrap();
        assert_eq!(
            (two.kind, two.count, two.title.as_str()),
            (CollectionKind::Playlist, Some(12), "?")
        );
        assert_eq!(place(two.id.key()), Some(vec!["playlists", "7", "items"]));
        assert!(two.poster.is_some());
        assert_eq!(list(json!({ "ratingKey": 7, "type": "movie" })), None);
        assert_eq!(list(json!({ "type": "playlist" })), None);
        for key in ["7", "library/7", ""] {
            assert_eq!(place(key), None);
        }
    }
}
