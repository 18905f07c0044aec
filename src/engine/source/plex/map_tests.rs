//! Replies as real servers wrote them, and as they never should.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::Resolution;

fn account() -> AccountId {
    "acc".parse().unwrap()
}

fn map(value: Value) -> Option<Item> {
    item(&account(), Some(&LibraryId::new(account(), "1")), value)
}

fn id(key: &str) -> ItemId {
    ItemId::new(account(), key)
}

fn image(key: &str) -> Option<ImageId> {
    Some(ImageId::new(account(), key))
}

fn versions_of_it() -> Value {
    json!([
            { "id": 1, "videoResolution": "720", "bitrate": 1100, "container": "mp4", "Part": [
                { "id": 5, "key": "/library/parts/5/100/file.mp4", "size": "500", "container": "mp4", "Stream": [
                    { "id": 50, "streamType": 1, "index": 0, "codec": "H264", "height": 720 }] }] },
            { "id": 2, "videoResolution": "4k", "bitrate": "9000", "container": "mkv", "Part": [
                { "id": "6", "key": "/library/parts/6/200/a.mkv", "size": 900, "container": "mkv", "Stream": [
                    { "id": 60, "streamType": 1, "index": 0, "codec": "hevc", "height": 2160, "displayTitle": "4K" },
                    { "id": 61, "streamType": "2", "index": 1, "codec": "eac3", "languageCode": "eng", "channels": 6 },
                    { "id": 62, "streamType": 3, "index": 2, "codec": "pgs", "languageCode": "und" },
                    { "id": 63, "streamType": 3, "key": "/library/streams/63", "codec": "srt", "languageCode": "deu" },
                    { "id": 64, "streamType": 3, "key": "/library/streams/64", "codec": "vobsub" },
                    { "id": 65, "streamType": 4, "key": "/library/streams/65", "codec": "lrc" }] }] }])
}

/// An episode in the way of PMS 1.43, with everything that is used.
fn episode() -> Value {
    json!({
        "ratingKey": "90", "key": "/library/metadata/90", "parentRatingKey": 89, "grandparentRatingKey": "22",
        "type": "episode", "title": "Pilot", "titleSort": "Pilot", "parentTitle": "Season 1",
        "grandparentTitle": "Tides", "contentRating": "TV-14", "summary": " Waves. ", "index": 1, "parentIndex": "2",
        "rating": 7.5, "audienceRating": "8.5", "year": 2019, "thumb": "/library/metadata/90/thumb/1",
        "grandparentThumb": "/library/metadata/22/thumb/2", "grandparentArt": "/library/metadata/22/art/3",
        "duration": 1_500_000, "originallyAvailableAt": "2019-03-02", "addedAt": 1_767_323_045, "viewOffset": 60_000,
        "lastViewedAt": 1_769_904_000, "viewCount": 2, "Genre": [{ "tag": "Drama" }, { "tag": 7 }, null],
        "Media": versions_of_it(),
        "Chapter": [
            { "index": 2, "startTimeOffset": 700_000, "tag": "End" }, { "startTimeOffset": 0, "tag": "" }, { "tag": "x" }],
    })
}

#[test]
fn an_episode() {
    let episode = map(episode()).unwrap();
    assert_eq!((&episode.id, episode.kind), (&id("90"), Kind::Episode));
    assert_eq!(
        (&episode.parent, &episode.grandparent),
        (&Some(id("89")), &Some(id("22")))
    );
    assert_eq!(episode.context.as_deref(), Some("Tides"));
    assert_eq!((episode.parent_index, episode.index), (Some(2), Some(1)));
    assert_eq!(episode.duration, Some(Duration::from_secs(1500)));
    assert_eq!((episode.year, episode.rating), (Some(2019), Some(8.5)));
    assert_eq!(episode.added_at, Some(1_767_323_045));
    assert_eq!(episode.overview.as_deref(), Some("Waves."));
    assert_eq!(episode.genres, ["Drama", "7"]);
    assert_eq!(
        episode.artwork.poster,
        image("/library/metadata/22/thumb/2")
    );
    assert_eq!(episode.artwork.thumb, image("/library/metadata/90/thumb/1"));
    assert_eq!(
        episode.artwork.backdrop,
        image("/library/metadata/22/art/3")
    );
    assert_eq!(episode.progress.position, Duration::from_secs(60));
    assert!(
        episode.progress.in_progress(),
        "seen before, and begun anew"
    );
    assert_eq!(episode.progress.last_played, Some(1_769_904_000));
}

#[test]
fn the_picture_of_the_finest_version_counts() {
    let film = |media: Value| {
        let film = map(json!({ "ratingKey": "1", "type": "movie", "Media": media }));
        film.unwrap().resolution
    };
    for (word, class) in [
        (json!("4k"), Resolution::Uhd),
        (json!("8K"), Resolution::Uhd),
        (json!("1080"), Resolution::FullHd),
        (json!(720), Resolution::Hd),
        (json!("576"), Resolution::Sd),
        (json!("sd"), Resolution::Sd),
        // No words of theirs: the size tells.
        (json!("\u{212a}"), Resolution::FullHd),
        (json!("fine"), Resolution::FullHd),
        (json!(null), Resolution::FullHd),
    ] {
        let media = json!([{ "videoResolution": word, "width": "1920", "height": 800 }]);
        assert_eq!(film(media), Some(class), "{word}");
    }
    let two = json!([{ "videoResolution": "sd" }, { "videoResolution": "1080" }]);
    assert_eq!(film(two), Some(Resolution::FullHd));
    assert_eq!(film(json!([{ "width": {} }, 7])), None);
    assert_eq!(film(json!(null)), None);
}

#[test]
fn its_versions_stand_finest_first() {
    let wire: wire::Item = serde_json::from_value(episode()).unwrap();
    let details = details(&account(), &wire).unwrap();
    let parts = &details.item.parts;
    let names: Vec<_> = parts.iter().map(|part| part.name.as_deref()).collect();
    assert_eq!(names, [Some("4K"), Some("720p")]);
    assert_eq!(parts[0].id, PartId::new(id("90"), "6"));
    assert_eq!(parts[0].fingerprint.as_deref(), Some("200-900"));
    assert_eq!(
        (parts[0].size, parts[0].bitrate),
        (Some(900), Some(9_000_000))
    );
    assert_eq!(parts[1].size, Some(500));
    let tracks: Vec<_> = parts[0]
        .tracks
        .iter()
        .map(|track| (track.index, track.kind, track.external))
        .collect();
    let expected = [
        (0, TrackKind::Video, false),
        (1, TrackKind::Audio, false),
        (2, TrackKind::Subtitle, false),
        (63, TrackKind::Subtitle, true),
        (64, TrackKind::Subtitle, true),
    ];
    assert_eq!(tracks, expected);
    assert_eq!(parts[0].tracks[2].language, None);
    let keys: Vec<_> = details
        .subtitles
        .iter()
        .map(|it| (it.key.as_str(), it.language.as_deref()))
        .collect();
    assert_eq!(keys, [("63.srt", Some("deu"))]);
    let starts: Vec<_> = details
        .item
        .chapters
        .iter()
        .map(|chapter| chapter.start.as_secs())
        .collect();
    assert_eq!(starts, [0, 700]);
}

#[test]
fn files_that_are_not_there_stand_last() {
    let part = |id: u32, there: Value| {
        let key = format!("/library/parts/{id}/1/x.mkv");
        let stream = json!({ "id": id, "streamType": 1, "index": 0, "height": id });
        json!({ "Part": [{ "id": id, "key": key, "exists": there, "accessible": there, "Stream": [stream] }] })
    };
    let of = |media: Value| -> wire::Item {
        let film = json!({ "ratingKey": 1, "type": "movie", "Media": media });
        serde_json::from_value(film).unwrap()
    };
    let film = of(json!([
        part(2160, json!("0")),
        part(1080, json!(null)),
        part(720, json!(true))
    ]));
    let parts = details(&account(), &film).unwrap().item.parts;
    let keys: Vec<_> = parts.iter().map(|part| part.id.key()).collect();
    assert_eq!(keys, ["1080", "720", "2160"]);
    assert!(!files::lacks_files(&film));
    assert!(files::lacks_files(&of(json!([
        part(1080, json!(0)),
        part(720, json!(false))
    ]))));
    assert!(!files::lacks_files(&of(json!([]))));
}

#[test]
fn folders_count_what_is_left() {
    let show = map(
        json!({ "ratingKey": "22", "type": "show", "title": "T", "leafCount": 6, "viewedLeafCount": 2, "childCount": 2 }),
    );
    let show = show.unwrap();
    assert_eq!(show.child_count, Some(6));
    assert_eq!(
        (show.progress.unwatched_children, show.progress.watched),
        (Some(4), false)
    );
    let seen =
        map(json!({ "ratingKey": "23", "type": "season", "leafCount": 3, "viewedLeafCount": "3" }))
            .unwrap();
    assert!(seen.progress.watched);
    let empty =
        map(json!({ "ratingKey": "24", "type": "show", "leafCount": 0, "viewedLeafCount": 0 }))
            .unwrap();
    assert!(!empty.progress.watched);
    let film = map(json!({ "ratingKey": "25", "type": "movie", "viewCount": "1" })).unwrap();
    assert!(film.progress.watched);
}

#[test]
fn a_track_of_several_artists_names_its_own() {
    let track = map(json!({
        "ratingKey": "7", "type": "track", "title": "One", "originalTitle": "Guest", "grandparentTitle": "Various",
        "parentRatingKey": "6", "grandparentRatingKey": "5", "parentThumb": "/library/metadata/6/thumb/1", "parentIndex": 1,
    }))
    .unwrap();
    assert_eq!(track.context.as_deref(), Some("Guest"));
    assert_eq!((track.parent, track.grandparent), (Some(id("6")), None));
    assert_eq!(track.artwork.poster, image("/library/metadata/6/thumb/1"));
}

#[test]
fn what_is_left_out() {
    for value in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({ "ratingKey": "1" }),
        json!({ "type": "movie" }),
        json!({ "ratingKey": " ", "type": "movie" }),
        json!({ "ratingKey": "1", "type": "photo" }),
        json!({ "ratingKey": ["1"], "type": "movie" }),
        json!({ "ratingKey": "1", "type": 4 }),
    ] {
        assert_eq!(map(value.clone()), None, "{value}");
    }
    let odd = map(
        json!({ "ratingKey": 1, "type": "movie", "title": [], "thumb": "//evil/x", "art": 5, "viewOffset": -1 }),
    );
    let odd = odd.unwrap();
    assert_eq!(
        (odd.title.as_str(), &odd.artwork, odd.progress),
        ("?", &Artwork::default(), Progress::default())
    );
}

#[test]
fn sections_that_can_be_played() {
    let kind = |value| library(&account(), value).map(|library| library.kind);
    assert_eq!(
        kind(json!({ "key": "1", "type": "movie" })),
        Some(LibraryKind::Movies)
    );
    let home = json!({ "key": 1, "type": "movie", "agent": "tv.plex.agents.none" });
    assert_eq!(kind(home), Some(LibraryKind::Videos));
    assert_eq!(
        kind(json!({ "key": "2", "type": "show", "title": 2012 })),
        Some(LibraryKind::Shows)
    );
    assert_eq!(
        kind(json!({ "key": "3", "type": "artist" })),
        Some(LibraryKind::Music)
    );
    for value in [
        json!({ "key": "4", "type": "photo" }),
        json!({ "type": "movie" }),
        json!(7),
        json!({ "key": "1" }),
    ] {
        assert_eq!(kind(value.clone()), None, "{value}");
    }
}

#[test]
fn words_of_a_server_are_one_line_in_bounds() {
    assert_eq!(words(" Not\n allowed\u{7} "), "Not allowed");
    assert_eq!(words(&"x".repeat(1000)).len(), 300);
}

/// All places inside a value, as paths.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let place = format!("{at}/{name}");
                places(value, &place, found);
                found.push(place);
            }
        }
        Value::Array(all) => {
            for (index, value) in all.iter().enumerate() {
                let place = format!("{at}/{index}");
                places(value, &place, found);
                found.push(place);
            }
        }
        _ => {}
    }
}

/// What a field may become when a server has a bad day.
fn bad_days() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(json!(null))),
        Just(Some(json!(-1))),
        Just(Some(json!(1e300))),
        Just(Some(json!(true))),
        Just(Some(json!("from the future"))),
        Just(Some(json!([[{}], 7]))),
        Just(Some(json!({ "x": { "y": [] } }))),
    ]
}

fn spoil(value: &mut Value, place: &str, to: Option<Value>) {
    let (above, name) = place.rsplit_once('/').unwrap();
    let Some(parent) = value.pointer_mut(above) else {
        return;
    };
    match (parent, to) {
        (Value::Object(fields), Some(to)) => drop(fields.insert(name.into(), to)),
        (Value::Object(fields), None) => drop(fields.remove(name)),
        (Value::Array(all), to) => {
            if let Some(slot) = name.parse().ok().and_then(|at: usize| all.get_mut(at)) {
                *slot = to.unwrap_or_default();
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever happens to fields of one title, the page is read, its neighbours are untouched, and the title itself survives
    /// unless its key or type is hurt.
    #[test]
    fn no_bad_title_costs_a_page(hurts in proptest::collection::vec((any::<prop::sample::Index>(), bad_days()), 1..6)) {
        let mut hurt = episode();
        let mut vital = false;
        for (index, to) in hurts {
            let mut all = Vec::new();
            places(&hurt, "", &mut all);
            if all.is_empty() {
                break;
            }
            let place = index.get(&all).clone();
            vital |= place == "/ratingKey" || place == "/type";
            spoil(&mut hurt, &place, to);
        }
        let page = json!({ "MediaContainer": { "size": 3, "totalSize": 3, "Metadata": [episode(), hurt.clone(), episode()] } });
        let list: wire::Answer<wire::List> = serde_json::from_value(page).unwrap();
        let rows = list.container.metadata.0;
        prop_assert_eq!(rows.len(), 3);
        let items: Vec<_> = rows.into_iter().map(map).collect();
        prop_assert_eq!(&items[0], &map(episode()));
        prop_assert_eq!(&items[2], &map(episode()));
        prop_assert!(vital || items[1].is_some());
        let wire: wire::Item = serde_json::from_value(hurt).unwrap();
        prop_assert!(vital || details(&account(), &wire).is_some());
    }

    /// Whatever happens to the page's own fields, it is a page.
    #[test]
    fn no_bad_count_costs_a_page(field in 0_usize..4, to in bad_days()) {
        let mut page = json!({ "size": 1, "totalSize": 1, "offset": 0, "Metadata": [episode()] });
        let name = ["/size", "/totalSize", "/offset", "/Metadata/0"][field];
        spoil(&mut page, name, to);
        let list: Result<wire::Answer<wire::List>, _> = serde_json::from_value(json!({ "MediaContainer": page }));
        prop_assert!(list.is_ok());
    }
}
