//! Replies that real servers gave, read as they were.

use serde_json::json;
use spool_engine::model::{Item, ItemId, Kind, LibraryId, LibraryKind};
use spool_engine::source::{Located, Source};
use testkit::{Fault, Rule};

use crate::{account, json_reply, signed_in};

fn recorded(name: &str) -> Fault {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/plex");
    json_reply(&std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap())
}

async fn recorded_items(library: &str, kind: LibraryKind, name: &str) -> Vec<Item> {
    let (stage, source) = signed_in().await;
    let sections = json!({ "MediaContainer": { "size": 1, "Directory": [{
        "key": library, "title": "L", "type": match kind {
            LibraryKind::Shows => "show",
            LibraryKind::Music => "artist",
            _ => "movie",
        },
    }] } });
    stage
        .stage
        .server
        .fault("/library/sections", json_reply(&sections.to_string()));
    let path = format!("/library/sections/{library}/all");
    let nothing = json_reply(r#"{"MediaContainer":{"size":0,"totalSize":0}}"#);
    stage
        .stage
        .server
        .script(Rule::on(&path).fault(recorded(name)).times(1));
    stage.stage.server.fault(&path, nothing);
    let library = LibraryId::new(account(), library);
    let page = source.items(&library, 0, 200).await.unwrap();
    assert_eq!(page.items.len() as u64, page.total, "{name}");
    page.items
}

#[tokio::test]
async fn recorded_libraries_are_read() {
    let films = recorded_items("1", LibraryKind::Movies, "movie_library").await;
    let titles: Vec<_> = films
        .iter()
        .map(|film| (film.title.as_str(), film.year))
        .collect();
    assert_eq!(titles[0], ("Big Buck Bunny", Some(2008)));
    assert_eq!(films.len(), 4);
    assert!(
        films
            .iter()
            .all(|film| film.artwork.poster.is_some() && film.duration.is_some())
    );

    let shows = recorded_items("2", LibraryKind::Shows, "tv_library").await;
    assert_eq!(
        (shows[0].title.as_str(), shows[0].child_count),
        ("The 100", Some(18))
    );
    assert_eq!(shows[0].sort_title, "100");
    let seasons = recorded_items("2", LibraryKind::Shows, "tv_seasons").await;
    assert!(seasons.iter().all(|season| season.kind == Kind::Season));
    assert_eq!(seasons[0].parent, Some(shows[0].id.clone()));
    let episodes = recorded_items("2", LibraryKind::Shows, "tv_episodes").await;
    assert_eq!(episodes.len(), 3);
    assert_eq!(episodes[0].parent, Some(seasons[0].id.clone()));
    assert_eq!(episodes[0].grandparent, Some(shows[0].id.clone()));

    let albums = recorded_items("5", LibraryKind::Music, "music_albums").await;
    assert_eq!(albums[0].context.as_deref(), Some("Skrillex"));
    let tracks = recorded_items("5", LibraryKind::Music, "music_tracks").await;
    assert_eq!(tracks[0].parent, Some(albums[0].id.clone()));
    assert_eq!(tracks[0].index, Some(1));
}

#[tokio::test]
async fn recorded_details_are_read() {
    let (stage, source) = signed_in().await;
    stage
        .stage
        .server
        .fault("/library/metadata/13194", recorded("metadata_13194"));
    let details = source
        .details(&ItemId::new(account(), "13194"))
        .await
        .unwrap();
    assert_eq!(details.item.title, "Frozen");
    let part = &details.item.parts[0];
    assert_eq!(
        (part.size, part.container.as_deref()),
        (Some(844_474_569), Some("mp4"))
    );
    assert_eq!(part.fingerprint.as_deref(), Some("1403500932-844474569"));
    assert!(part.tracks.len() >= 2);
    stage.stage.server.fault(
        "/video/:/transcode/universal/decision",
        recorded("decision_13194"),
    );
    let Located::Remote { url, .. } = source.locate(&part.id).await.unwrap() else {
        panic!("a server's file is remote");
    };
    assert_eq!(
        url.expose().path(),
        "/library/parts/284868/1403500932/file.mp4"
    );
}
