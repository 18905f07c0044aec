//! What Plex offers besides libraries and bytes: marks, pictures for the seek bar, searches, lists, streams.

use std::time::Duration;

use spool_engine::model::{Chosen, ItemId, MarkerKind, PartId, TrackKind};
use spool_engine::source::plex::Plex;
use spool_engine::source::{
    CollectionKind, Located, LyricLine, Method, Quality, Report, ReportEvent, Source, SourceError,
    StreamWish,
};
use testkit::titles::{EPISODES, FILMS, HARBOUR_LIGHTS, PAPER_MOONS, THE_LONG_REEL, TRACKS};
use testkit::{Connection, Fault, Rule};

use crate::plex_stage::{PlexStage, account, film, film_part, signed_in};

const ADA: &str = "ada0ada0ada0ada0";

#[tokio::test]
async fn a_film_has_marks_people_and_a_heart() {
    let (stage, source) = signed_in().await;
    let film = film(&stage);
    let details = source.details(&film).await.unwrap();
    let kinds: Vec<_> = details.markers.iter().map(|marker| marker.kind).collect();
    assert_eq!(kinds, [MarkerKind::Intro, MarkerKind::Outro]);
    assert_eq!(details.markers[0].start, Duration::from_secs(2));
    assert!(!details.people.is_empty());
    assert!(!details.item.favourite);

    let title = FILMS[THE_LONG_REEL].title;
    source.set_favourite(&film, true).await.unwrap();
    let plex = stage.stage.server.plex();
    assert_eq!(plex.stars(ADA, title), Some(10.0));
    assert!(source.details(&film).await.unwrap().item.favourite);
    source.set_favourite(&film, false).await.unwrap();
    assert_eq!(plex.stars(ADA, title), None);
}

#[tokio::test]
async fn somebody_leads_to_what_else_they_are_in() {
    let (stage, source) = signed_in().await;
    let people = source.details(&film(&stage)).await.unwrap().people;
    let known = people.iter().find(|person| person.name == "Ruth Okafor");
    let key = known.unwrap().key.clone().unwrap();
    let found = source.appearances(&key, 10).await.unwrap();
    let titles: Vec<_> = found.iter().map(|item| item.title.as_str()).collect();
    // The newest comes first.
    assert_eq!(titles, ["A Kite for Tuesday", FILMS[THE_LONG_REEL].title]);
    assert_eq!(source.appearances(&key, 1).await.unwrap().len(), 1);
    assert_eq!(source.appearances("actor=1", 10).await.unwrap(), []);
}

#[tokio::test]
async fn the_seek_bar_has_the_pictures_of_one_file() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let strip = source.previews(&part).await.unwrap().unwrap();
    let path = format!("/library/parts/{}/indexes/sd", part.key());
    let moments = [0, 3, 4, 7].map(Duration::from_secs);
    let mut pictures = Vec::new();
    for moment in moments {
        let tile = strip.at(moment);
        assert_eq!((tile.column, tile.row), (0, 0));
        pictures.push(source.preview(&part, &strip, tile.sheet).await.unwrap());
    }
    assert!(
        pictures
            .iter()
            .all(|picture| picture.starts_with(&[0xff, 0xd8]))
    );
    assert_ne!(pictures[0], pictures[1]);
    assert_eq!(pictures[0], pictures[2]);
    assert_eq!(
        stage.stage.server.requests_to(&path).len(),
        1,
        "it was fetched once"
    );
    let beyond = source.preview(&part, &strip, 99_999).await;
    assert!(matches!(beyond, Err(SourceError::Gone)));

    let server = &stage.stage.server;
    server.fault(&path, Fault::Status(404));
    assert_eq!(source.previews(&part).await.unwrap(), None);
    server.clear_faults(None);
    server.fault(&path, Fault::Truncate { after: 10 });
    assert!(source.previews(&part).await.is_err());
}

#[tokio::test]
async fn a_search_finds_titles_once_and_no_people() {
    let (_stage, source) = signed_in().await;
    let titles = async |text: &str, limit| -> Vec<String> {
        let found = source.search(text, limit).await.unwrap();
        found.into_iter().map(|item| item.title).collect()
    };
    assert_eq!(
        titles(FILMS[PAPER_MOONS].title, 10).await,
        [FILMS[PAPER_MOONS].title]
    );
    let episode = EPISODES[0][0];
    assert!(titles(episode, 10).await.contains(&episode.to_owned()));
    assert!(titles("", 10).await.is_empty());
    assert!(titles(" x ", 10).await.is_empty());
    assert_eq!(titles("the", 1).await.len(), 1);
    assert!(titles("nothing is called so", 10).await.is_empty());
}

#[tokio::test]
async fn collections_and_playlists_have_members_in_their_order() {
    let (_stage, source) = signed_in().await;
    let lists = source.collections().await.unwrap();
    let named: Vec<_> = lists
        .iter()
        .map(|list| (list.title.as_str(), list.kind, list.count))
        .collect();
    assert_eq!(
        named[1],
        ("By the Sea", CollectionKind::Collection, Some(2))
    );
    assert_eq!(named[2], ("Rainy Days", CollectionKind::Playlist, Some(3)));
    assert_eq!(named[0].0, "Backwards");
    let rainy = &lists[2].id;
    let page = source.members(rainy, 0, 50).await.unwrap();
    let titles: Vec<_> = page.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(
        titles,
        [THE_LONG_REEL, PAPER_MOONS, HARBOUR_LIGHTS].map(|it| FILMS[it].title)
    );
    let second = source.members(rainy, 1, 1).await.unwrap();
    assert_eq!(
        (second.items[0].title.as_str(), second.total),
        (FILMS[PAPER_MOONS].title, 3)
    );
    let tracks = source.members(&lists[0].id, 0, 50).await.unwrap();
    assert!(tracks.total > 1 && tracks.items.len() as u64 == tracks.total);
}

fn wish(part: &PartId, session: &str, quality: Quality) -> StreamWish {
    StreamWish {
        part: part.clone(),
        quality,
        session: session.into(),
        start: Duration::ZERO,
        audio: None,
        drawn: None,
        converted: false,
    }
}

fn report(part: &PartId, seconds: u64, happened: Option<i64>, event: ReportEvent) -> Report {
    Report {
        part: part.clone(),
        pieces: Vec::new(),
        session: "offline".into(),
        position: Duration::from_secs(seconds),
        method: Method::Direct,
        chosen: None,
        happened,
        event,
    }
}

/// The index of a part's first sound.
async fn sound(source: &Plex, part: &PartId) -> u32 {
    let item = source.details(part.item()).await.unwrap().item;
    let mut tracks = item.parts[0].tracks.iter();
    tracks
        .find(|track| track.kind == TrackKind::Audio)
        .unwrap()
        .index
}

/// The text at a stream's address.
async fn playlist(stream: &spool_engine::source::ServedStream) -> String {
    let bytes = stream
        .http
        .get_bytes(&stream.playlist, 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_stream_is_decided_begun_kept_and_ended_under_one_id() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let direct = source
        .decide(&wish(&part, "s0", Quality::Original))
        .await
        .unwrap();
    assert_eq!(
        (direct.method, direct.session.as_str()),
        (Method::Direct, "s0")
    );
    assert!(direct.stream.is_none());

    let wished = StreamWish {
        audio: Some(sound(&source, &part).await),
        ..wish(&part, "s1", Quality::UpTo(64_000))
    };
    let decided = source.decide(&wished).await.unwrap();
    assert_eq!(decided.method, Method::Transcode);
    assert!(decided.reason.unwrap().contains("Conversion OK"));
    let stream = decided.stream.unwrap();
    assert!(!format!("{stream:?}").contains("CANARY"));
    assert!(playlist(&stream).await.starts_with("#EXTM3U"));
    source.keep_stream("s1").await.unwrap();
    for event in [ReportEvent::Started, ReportEvent::Stopped] {
        let report = Report {
            session: decided.session.clone(),
            method: decided.method,
            ..report(&part, 3, None, event)
        };
        source.report(&report).await.unwrap();
    }
    source.end_stream("s1").await.unwrap();
    source.end_stream("s1").await.unwrap();

    let server = &stage.stage.server;
    let streams = server.plex().streams();
    let [(session, seen)] = streams.as_slice() else {
        panic!("one stream: {streams:?}");
    };
    assert_eq!(
        (session.as_str(), seen.kilobits, seen.pings),
        ("s1", Some(64), 1)
    );
    assert!(seen.begun && seen.ended && seen.audio.is_some());
    let told = server.requests_to("/:/timeline");
    let ids: Vec<_> = told
        .iter()
        .map(|it| it.header("X-Plex-Session-Identifier"))
        .collect();
    assert_eq!(ids, [Some("s1"), Some("s1")]);
    assert_eq!(
        server
            .requests_to("/video/:/transcode/universal/stop")
            .len(),
        1
    );
}

#[tokio::test]
async fn a_server_that_gives_no_file_gives_a_stream_and_says_why() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    stage
        .stage
        .server
        .plex()
        .convert(FILMS[THE_LONG_REEL].title);
    let decided = source
        .decide(&wish(&part, "s", Quality::Original))
        .await
        .unwrap();
    assert_eq!(decided.method, Method::Transcode);
    assert!(
        playlist(&decided.stream.unwrap())
            .await
            .contains("session/s/base")
    );
    // Who wants the bytes all the same, and is refused, hears it in the server's words.
    source.locate(&part).await.unwrap();
    let refused = source.next_route(&part, 1).await.unwrap_err();
    assert!(
        matches!(&refused, SourceError::Refused(words) if words == "App cannot direct play this item."),
        "{refused}"
    );
}

#[tokio::test]
async fn a_file_below_the_limit_is_played_as_it_is() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let large = source
        .decide(&wish(&part, "s", Quality::UpTo(1_000_000_000)))
        .await
        .unwrap();
    assert_eq!(large.method, Method::Direct);
    assert!(stage.stage.server.plex().streams().is_empty());
}

fn page(status: u16, words: &str) -> Fault {
    Fault::Reply {
        status,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: format!(
            "<html><head><title>x</title></head><body><h1>{status} {words}</h1></body></html>"
        ),
    }
}

#[tokio::test]
async fn refusals_speak_in_the_server_s_words_whatever_their_status() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let server = &stage.stage.server;
    for (status, words) in [
        (403, "Remote playback needs a Plex Pass."),
        (503, "Only 2 streams &amp; no more"),
        (509, "Bandwidth Limit Exceeded"),
    ] {
        server.clear_faults(None);
        server.fault("/video/*", page(status, words));
        let refused = source.locate(&part).await.unwrap_err();
        let said = words.replace("&amp;", "&");
        assert!(
            matches!(&refused, SourceError::Refused(words) if *words == said),
            "{refused}"
        );
        let decided = source
            .decide(&wish(&part, "s", Quality::UpTo(64_000)))
            .await;
        assert!(
            matches!(decided, Err(SourceError::Refused(_))),
            "{decided:?}"
        );
    }
    server.clear_faults(None);
    server.script(
        Rule::on("/video/*")
            .fault(page(503, "Service Unavailable"))
            .times(1),
    );
    let Located::Remote { .. } = source.locate(&part).await.unwrap() else {
        panic!("a server without words may still give the bytes");
    };
}

#[tokio::test]
async fn what_happened_offline_is_told_with_its_time_and_newer_things_win() {
    let (stage, source) = signed_in().await;
    let part = film_part(&stage, &source).await;
    let title = FILMS[THE_LONG_REEL].title;
    let plex = stage.stage.server.plex();
    let late = |seconds, happened| report(&part, seconds, Some(happened), ReportEvent::Stopped);
    // A playback of the same title that goes on now keeps its id.
    source.locate(&part).await.unwrap();
    source.report(&late(9, 1_700_000_000)).await.unwrap();
    assert_eq!(plex.watched(ADA, title).0, Duration::from_secs(9));
    let told = stage.stage.server.requests_to("/:/timeline");
    for part in [
        "offline=1",
        "updated=1700000000",
        "state=stopped",
        "time=9000",
    ] {
        assert!(told[0].query.contains(part), "{}", told[0].query);
    }
    assert_eq!(told[0].header("X-Plex-Session-Identifier"), Some("offline"));
    source.report(&late(4, 1_600_000_000)).await.unwrap();
    assert_eq!(plex.watched(ADA, title).0, Duration::from_secs(9), "older");

    plex.end_playbacks(Some("Bedtime."));
    let ended = source
        .report(&report(&part, 10, None, ReportEvent::Started))
        .await;
    assert!(matches!(ended, Err(SourceError::Refused(words)) if words == "Bedtime."));
}

#[tokio::test]
async fn a_stream_is_told_of_over_the_way_it_came() {
    let stage = PlexStage::new();
    let plain = Connection::plain(&stage.stage.server);
    let source: Plex = stage.offered(vec![plain]).await;
    let part = film_part(&stage, &source).await;
    source
        .decide(&wish(&part, "s", Quality::UpTo(64_000)))
        .await
        .unwrap();
    assert!(matches!(
        source.keep_stream("other").await,
        Err(SourceError::Gone)
    ));
    source.keep_stream("s").await.unwrap();
    source.end_stream("other").await.unwrap();
    assert!(!stage.stage.server.plex().streams()[0].1.ended);
}

fn told(lines: &[LyricLine]) -> Vec<(Option<u128>, &str)> {
    let line = |line: &LyricLine| line.at.map(|at| at.as_millis());
    lines
        .iter()
        .map(|one| (line(one), one.text.as_str()))
        .collect()
}

#[tokio::test]
async fn lyrics_are_told_in_every_form_that_servers_have_them_in() {
    let (stage, source) = signed_in().await;
    let plex = stage.stage.server.plex();
    let [timed, plain, own, silent] = TRACKS.map(|(title, _)| title);
    let text = "[ti:Song]\n[00:01.50]First\n[00:04.00]\n[00:06.25]Second\n";
    plex.add_lyrics(timed, "txt", "First\nSecond\n");
    plex.add_lyrics(timed, "lrc", text);
    plex.add_lyrics(plain, "txt", "First\nSecond\n");
    let form =
        r#"{"MediaContainer":{"Lyrics":[{"Line":[{"Span":[{"text":"Only","startOffset":7}]}]}]}}"#;
    plex.add_lyrics(own, "lrc", form);
    let source = &source;
    let lyrics = |title: &'static str| {
        let track = ItemId::new(account(), plex.rating_key(title));
        async move { source.lyrics(&track).await.unwrap() }
    };
    assert_eq!(
        told(&lyrics(timed).await),
        [
            (Some(1_500), "First"),
            (Some(4_000), ""),
            (Some(6_250), "Second")
        ]
    );
    assert_eq!(
        told(&lyrics(plain).await),
        [(None, "First"), (None, "Second")]
    );
    assert_eq!(told(&lyrics(own).await), [(Some(7), "Only")]);
    assert_eq!(lyrics(silent).await, []);
    // Lyrics are no subtitles.
    let track = ItemId::new(account(), plex.rating_key(timed));
    let details = source.details(&track).await.unwrap();
    assert!(details.subtitles.is_empty());
    assert!(
        details.item.parts[0]
            .tracks
            .iter()
            .all(|it| it.kind == TrackKind::Audio)
    );
}

#[tokio::test]
async fn lists_may_come_packed() {
    let (stage, source) = signed_in().await;
    let server = &stage.stage.server;
    let plain = source.libraries().await.unwrap();
    server.fault("/library/sections*", Fault::Gzip);
    assert_eq!(source.libraries().await.unwrap(), plain);
    let page = source.items(&plain[0].id, 0, 50).await.unwrap();
    assert_eq!(page.items.len() as u64, page.total);
    let asked = |path: &str| {
        let asked = server.requests_to(path).pop().unwrap();
        asked.header("accept-encoding").map(str::to_owned)
    };
    assert_eq!(asked("/library/sections").as_deref(), Some("gzip"));
}

#[tokio::test]
async fn streams_are_chosen_for_all_of_a_user_s_programs() {
    let (stage, source) = signed_in().await;
    let title = FILMS[THE_LONG_REEL].title;
    let part = film_part(&stage, &source).await;
    let known = async || {
        let details = source.details(part.item()).await.unwrap();
        details.item.parts[0].clone()
    };
    let of = |file: &spool_engine::model::Part, kind| {
        let tracks = file.tracks.iter().filter(|track| track.kind == kind);
        tracks.map(|track| track.index).collect::<Vec<_>>()
    };
    let file = known().await;
    let (sounds, texts) = (of(&file, TrackKind::Audio), of(&file, TrackKind::Subtitle));
    let first = Chosen {
        audio: Some(sounds[0]),
        subtitle: None,
    };
    assert_eq!(file.chosen, Some(first));

    let other = Chosen {
        audio: Some(sounds[1]),
        subtitle: Some(texts[1]),
    };
    source.choose(&part, other).await.unwrap();
    let face = stage.stage.server.plex();
    assert_eq!(face.chosen_sound(title), Some(sounds[1].into()));
    assert_eq!(face.chosen_subtitle(title), Some(texts[1].into()));
    assert_eq!(known().await.chosen, Some(other));

    source.choose(&part, first).await.unwrap();
    assert_eq!(face.chosen_sound(title), Some(sounds[0].into()));
    assert_eq!(face.chosen_subtitle(title), None);
}
