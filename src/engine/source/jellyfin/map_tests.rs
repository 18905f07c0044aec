//! Samples written after the API description of Jellyfin 10.10, 10.11 and 12.

use serde_json::json;

use super::*;
use crate::model::Credit;

fn account() -> AccountId {
    "acc".parse().unwrap()
}

fn map(value: Value) -> Option<Item> {
    item(&account(), Some(&LibraryId::new(account(), "lib")), value)
}

fn image(key: &str) -> Option<ImageId> {
    Some(ImageId::new(account(), key))
}

#[test]
fn an_episode() {
    let episode = map(json!({
        "Id": "e1", "Type": "Episode", "Name": "The Sea", "SortName": "001 - 0002 - The Sea",
        "SeriesId": "s", "SeriesName": "Tides", "SeasonId": "s1", "ParentIndexNumber": 1, "IndexNumber": 2,
        "RunTimeTicks": 15_000_000_000_u64, "PremiereDate": "2019-03-02T00:00:00.0000000Z",
        "DateCreated": "2026-01-02T03:04:05.1234567Z", "CommunityRating": 7.5, "OfficialRating": "TV-14",
        "Overview": " Waves. ", "Genres": ["Drama"], "LocationType": "FileSystem",
        "ImageTags": { "Primary": "p1" }, "SeriesPrimaryImageTag": "sp",
        "ParentBackdropItemId": "s", "ParentBackdropImageTags": ["b1"],
        "UserData": { "PlaybackPositionTicks": 600_000_000, "Played": false, "LastPlayedDate": "2026-02-01T00:00:00Z" }
    }))
    .unwrap();
    assert_eq!(episode.id, ItemId::new(account(), "e1"));
    assert_eq!(episode.kind, Kind::Episode);
    assert_eq!(episode.parent, Some(ItemId::new(account(), "s1")));
    assert_eq!(episode.grandparent, Some(ItemId::new(account(), "s")));
    assert_eq!(episode.context.as_deref(), Some("Tides"));
    assert_eq!((episode.parent_index, episode.index), (Some(1), Some(2)));
    assert_eq!(episode.duration, Some(Duration::from_secs(1500)));
    assert_eq!(episode.year, Some(2019));
    assert_eq!(episode.added_at, Some(1_767_323_045));
    assert_eq!(episode.rating, Some(7.5));
    assert_eq!(episode.overview.as_deref(), Some("Waves."));
    assert_eq!(episode.artwork.poster, image("s/Primary/sp"));
    assert_eq!(episode.artwork.thumb, image("e1/Primary/p1"));
    assert_eq!(episode.artwork.backdrop, image("s/Backdrop/b1"));
    assert_eq!(episode.progress.position, Duration::from_secs(60));
    assert_eq!(episode.progress.last_played, Some(1_769_904_000));
    assert!(episode.progress.in_progress());
}

#[test]
fn a_show_counts_its_episodes() {
    let show = map(json!({
        "Id": "s", "Type": "Series", "Name": "Tides", "ProductionYear": "2019", "ChildCount": 2,
        "RecursiveItemCount": 6, "ImageTags": {"Primary": "x"}, "UserData": {"UnplayedItemCount": 4, "Played": false}
    }))
    .unwrap();
    assert_eq!(show.year, Some(2019));
    assert_eq!(show.child_count, Some(6));
    assert_eq!(show.progress.unwatched_children, Some(4));
    assert_eq!(show.sort_title, "tides");
}

#[test]
fn the_picture_of_the_finest_version_counts() {
    let film = |size: Value| {
        let mut film = json!({ "Id": "m", "Type": "Movie" });
        for (name, value) in size.as_object().unwrap() {
            film[name] = value.clone();
        }
        map(film).unwrap().resolution
    };
    let listed = json!({ "Width": 1920, "Height": 800 });
    assert_eq!(film(listed), Some(Resolution::FullHd));
    let stream = |width: u32| json!({ "MediaStreams": [{ "Type": "Video", "Width": width, "Height": 300 }] });
    let whole =
        json!({ "Width": 1280, "Height": "x", "MediaSources": [stream(720), stream(3840)] });
    assert_eq!(film(whole), Some(Resolution::Uhd));
    assert_eq!(film(json!({ "Width": -1, "Height": null })), None);
    let show = map(json!({ "Id": "s", "Type": "Series", "Width": 1920, "Height": 1080 }));
    assert_eq!(show.unwrap().resolution, None);
}

#[test]
fn a_track_of_an_album() {
    let track = map(json!({
        "Id": "t", "Type": "Audio", "Name": "One", "AlbumId": "a", "Artists": ["Who"], "AlbumPrimaryImageTag": "c",
        "ParentIndexNumber": 2, "IndexNumber": 7
    }))
    .unwrap();
    assert_eq!(track.context.as_deref(), Some("Who"));
    assert_eq!(track.parent, Some(ItemId::new(account(), "a")));
    assert_eq!(track.artwork.poster, image("a/Primary/c"));
    assert_eq!((track.parent_index, track.index), (Some(2), Some(7)));
}

#[test]
fn artists_by_their_ids_and_where_there_are_none_by_their_names() {
    let credit = |id: Option<&str>, name: &str| Credit {
        artist: id.map(|id| ItemId::new(account(), id)),
        name: name.to_owned(),
    };
    let artists = |value: Value| map(value).unwrap().artists;
    let pair = |id: &str, name: &str| json!({ "Id": id, "Name": name });
    let album = json!({
        "Id": "a", "Type": "MusicAlbum", "AlbumArtist": "A", "AlbumArtists": [pair("1", "A"), pair("2", "B")],
        "ArtistItems": [pair("3", "C")],
    });
    assert_eq!(
        artists(album),
        [credit(Some("1"), "A"), credit(Some("2"), "B")]
    );
    let odd = json!({
        "Id": "a", "Type": "MusicAlbum", "AlbumArtist": "A",
        "AlbumArtists": [null, 7, { "Id": "1" }, { "Name": "B", "Id": [] }, { "Name": " " }],
    });
    assert_eq!(artists(odd), [credit(None, "B")]);
    let bare = json!({ "Id": "a", "Type": "MusicAlbum", "AlbumArtist": "A", "AlbumArtists": {}, "Artists": ["C"] });
    assert_eq!(artists(bare), [credit(None, "A")]);
    let track = json!({ "Id": "t", "Type": "Audio", "Artists": ["A", "B"], "ArtistItems": null });
    assert_eq!(artists(track), [credit(None, "A"), credit(None, "B")]);
    let film = json!({ "Id": "m", "Type": "Movie", "ArtistItems": [pair("1", "A")] });
    assert_eq!(artists(film), []);
    let artist = map(json!({
        "Id": "r", "Type": "MusicArtist", "Name": "A", "Overview": "O", "Genres": ["G"], "ProductionYear": 1960,
        "ImageTags": { "Primary": "p" }, "UserData": { "IsFavorite": true, "Played": true, "UnplayedItemCount": 3 },
    }))
    .unwrap();
    assert_eq!(
        (artist.kind, artist.year, artist.favourite),
        (Kind::Artist, None, true)
    );
    assert_eq!(artist.artwork.poster, image("r/Primary/p"));
    assert_eq!(artist.progress, Progress::default());
}

#[test]
fn nonsense_costs_only_its_field() {
    let item = map(json!({
        "Id": "m", "Type": "Movie", "Name": null, "ProductionYear": "soon", "RunTimeTicks": -5,
        "Genres": ["A", 7, null, "B"], "UserData": "none", "ImageTags": [], "BackdropImageTags": {},
        "CommunityRating": {"x": 1}, "DateCreated": "yesterday", "NewField": [[[]]]
    }))
    .unwrap();
    assert_eq!(item.title, "?");
    assert_eq!(
        (item.year, item.duration, item.rating, item.added_at),
        (None, None, None, None)
    );
    assert_eq!(item.genres, ["A", "B"]);
    assert_eq!(item.resolution, None);
    assert_eq!(item.artwork, Artwork::default());
    assert_eq!(item.progress, Progress::default());
}

#[test]
fn what_is_left_out() {
    for value in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"Id": "x"}),
        json!({"Id": "", "Type": "Movie"}),
        json!({"Id": "x", "Type": "Recording9"}),
        json!({"Id": "x", "Type": "Episode", "LocationType": "Virtual"}),
    ] {
        assert_eq!(map(value.clone()), None, "{value}");
    }
}

#[test]
fn libraries_that_can_be_played() {
    let kind = |value| library(&account(), value).map(|library| library.kind);
    assert_eq!(
        kind(json!({"Id": "1", "Name": "F", "CollectionType": "movies"})),
        Some(LibraryKind::Movies)
    );
    assert_eq!(
        kind(json!({"Id": "1", "Name": "S", "CollectionType": "tvshows"})),
        Some(LibraryKind::Shows)
    );
    assert_eq!(
        kind(json!({"Id": "1", "Name": "M"})),
        Some(LibraryKind::Mixed)
    );
    assert_eq!(kind(json!({"Id": "1", "CollectionType": "books"})), None);
    assert_eq!(kind(json!({"CollectionType": "movies"})), None);
}

#[test]
fn details_have_parts_chapters_and_subtitles() {
    let details = details(
        &account(),
        json!({
            "Id": "m", "Type": "Movie", "Name": "Film",
            "Chapters": [
                {"StartPositionTicks": 300_000_000, "Name": "Two"}, {"StartPositionTicks": 0, "Name": null}, {"Name": "lost"}
            ],
            "MediaSources": [
                {
                    "Id": "v1", "Name": "1080p", "Container": "mov,mp4,m4a", "Path": "/films/Film.mp4", "Size": 1234,
                    "Bitrate": 8_000_000, "ETag": "abc",
                    "MediaStreams": [
                        {"Type": "Video", "Index": 1, "Codec": "H264", "Height": 1080},
                        {"Type": "Audio", "Index": 2, "Codec": "aac", "Language": "eng", "Channels": 6},
                        {"Type": "Subtitle", "Index": 0, "Codec": "subrip", "Language": "ger", "IsExternal": true,
                         "DisplayTitle": "German - SRT"},
                        {"Type": "Subtitle", "Index": 3, "Codec": "pgssub", "IsExternal": true},
                        {"Type": "Subtitle", "Index": 4, "Codec": "ass"},
                        {"Type": "EmbeddedImage", "Index": 5}
                    ]
                },
                {"Name": "no id"},
                {"Id": "v2", "Container": "mkv"}
            ]
        }),
        &[],
    )
    .unwrap();
    let parts = &details.item.parts;
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].id.key(), "v1");
    assert_eq!(parts[0].container.as_deref(), Some("mp4"));
    assert_eq!(
        (parts[0].size, parts[0].bitrate),
        (Some(1234), Some(8_000_000))
    );
    assert_eq!(parts[0].fingerprint.as_deref(), Some("abc-1234"));
    assert_eq!(parts[0].tracks.len(), 5);
    assert_eq!(parts[0].tracks[0].codec.as_deref(), Some("h264"));
    assert_eq!(parts[1].fingerprint, None);
    assert_eq!(details.item.chapters.len(), 2);
    assert_eq!(details.item.chapters[1].start, Duration::from_secs(30));
    assert_eq!(details.subtitles.len(), 1);
    assert_eq!(details.subtitles[0].key, "v1/0/srt");
    assert_eq!(details.subtitles[0].title, "German - SRT");
}

#[test]
fn a_track_is_behind_the_audio_address() {
    let details = details(
        &account(),
        json!({"Id": "t", "Type": "Audio", "Name": "x", "MediaSources": [{"Id": "v", "Size": 5}]}),
        &[],
    );
    let key = details.unwrap().item.parts[0].id.key().to_owned();
    assert_eq!(
        PartKey::parse(&key),
        PartKey {
            audio: true,
            title: None,
            source: "v"
        }
    );
    assert!(!PartKey::parse("v").audio);
}

#[test]
fn ticks_both_ways() {
    let position = Duration::new(3_723, 456_789_100);
    assert_eq!(duration(ticks(position)), position);
}
