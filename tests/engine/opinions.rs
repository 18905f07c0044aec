//! What every source promises of subtitles, people, artists, opinions, searches and lists.

use std::collections::HashSet;
use std::time::Duration;

use spool_engine::model::{CollectionKind, Credit, Item, ItemId, Kind, RowKind};
use spool_engine::source::{Method, Report, ReportEvent, SourceError};
use testkit::Media;
use testkit::titles::{self, FILMS, HARBOUR_LIGHTS, THE_LONG_REEL};

use super::{Subject, all, film, named};

/// The subtitle beside a film is found and is text.
pub(crate) async fn subtitles_can_be_had(subject: &Subject) {
    let item = named(subject, Kind::Movie, FILMS[HARBOUR_LIGHTS].title).await;
    let details = subject.source.details(&item.id).await.unwrap();
    assert_eq!(details.subtitles.len(), 1);
    let subtitle = &details.subtitles[0];
    assert_eq!(subtitle.format, "srt");
    assert!(
        subtitle
            .language
            .as_deref()
            .is_some_and(|language| language.starts_with("en"))
    );
    let text = subject
        .source
        .subtitle(&item.id, &subtitle.key)
        .await
        .unwrap();
    let original = std::fs::read(Media::ready().film_subtitles()).unwrap();
    assert_eq!(text, original);
}

/// The artist stands before the album, with a picture, a genre and a few words; album and tracks say whose they are.
pub(crate) async fn artists_are_understood(subject: &Subject) {
    let items = all(subject, 1000).await;
    let place = |kind| items.iter().position(|item| item.kind == kind).unwrap();
    assert!(place(Kind::Artist) < place(Kind::Album));
    let of = |kind: Kind| items.iter().filter(move |item| item.kind == kind);
    assert_eq!(of(Kind::Artist).count(), 1);
    let artist = of(Kind::Artist).next().unwrap();
    assert_eq!(artist.title, titles::ARTIST);
    assert_eq!(artist.overview.as_deref(), Some(titles::ARTIST_OVERVIEW));
    assert_eq!(artist.genres, [titles::ALBUM_GENRE]);
    assert_eq!((&artist.parent, artist.year), (&None, None));
    let picture = artist.artwork.poster.as_ref().unwrap();
    let picture = subject.source.image(picture, 300).await.unwrap();
    assert!(image::load_from_memory(&picture).is_ok());
    let credits = [Credit {
        artist: Some(artist.id.clone()),
        name: titles::ARTIST.to_owned(),
    }];
    for item in of(Kind::Album).chain(of(Kind::Track)) {
        assert_eq!(item.artists, credits, "{}", item.title);
    }
    for item in &items {
        let is_music = matches!(item.kind, Kind::Album | Kind::Track);
        assert_eq!(item.artists.is_empty(), !is_music, "{}", item.title);
    }
    let details = subject.source.details(&artist.id).await.unwrap();
    assert_eq!(details.item.title, titles::ARTIST);
    assert!(details.item.parts.is_empty());
}

/// Who took part is named, and each title is told the same, one by one or in a page.
pub(crate) async fn people_are_named(subject: &Subject) {
    for item in all(subject, 1000).await {
        let details = subject.source.details(&item.id).await.unwrap();
        assert_eq!(
            (&details.item.id, &details.item.title),
            (&item.id, &item.title)
        );
        for person in details.people {
            assert!(!person.name.trim().is_empty(), "of {}", item.title);
        }
    }
}

/// What a person says of a title is told again, where somebody keeps it.
pub(crate) async fn opinions_are_kept(subject: &Subject) {
    let source = &subject.source;
    let item = film(subject).await;
    let now = async || source.details(&item.id).await.unwrap().item;
    let kept = !source.kind().is_folder();
    for favourite in [true, false] {
        source.set_favourite(&item.id, favourite).await.unwrap();
        assert_eq!(now().await.favourite, favourite && kept);
    }
    for points in [Some(8), None] {
        source.rate(&item.id, points).await.unwrap();
        assert_eq!(now().await.own_rating, points.filter(|_| kept));
    }
    for watched in [true, false] {
        source.set_watched(&item.id, watched).await.unwrap();
        assert_eq!(now().await.progress.watched, watched && kept);
    }
}

/// A search finds titles that are there, by their names.
pub(crate) async fn searches_find_what_is_there(subject: &Subject) {
    let wanted = film(subject).await;
    let found = subject.source.search(&wanted.title, 20).await.unwrap();
    let there: HashSet<ItemId> = all(subject, 1000)
        .await
        .into_iter()
        .map(|item| item.id)
        .collect();
    assert!(found.iter().all(|item| there.contains(&item.id)));
    assert!(found.len() <= 20);
    if !subject.source.kind().is_folder() {
        assert!(found.iter().any(|item| item.id == wanted.id));
    }
    let nothing = subject.source.search("no title is called this", 20).await;
    assert_eq!(nothing.unwrap(), []);
}

/// Collections and playlists hold titles that are there, whatever the pages they are asked for in.
pub(crate) async fn lists_hold_what_is_there(subject: &Subject) {
    let titles = [HARBOUR_LIGHTS, THE_LONG_REEL].map(|at| FILMS[at].title);
    let face = subject.stage.server.jellyfin();
    face.add_list(true, "Tonight", &titles);
    face.add_list(false, "Reels", &titles);
    let there: HashSet<ItemId> = all(subject, 1000)
        .await
        .into_iter()
        .map(|item| item.id)
        .collect();
    let lists = subject.source.collections().await.unwrap();
    let kinds: HashSet<CollectionKind> = lists.iter().map(|list| list.kind).collect();
    let wanted = if subject.source.kind().is_folder() {
        0
    } else {
        2
    };
    assert_eq!(kinds.len(), wanted);
    for list in &lists {
        let whole = subject.source.members(&list.id, 0, 1000).await.unwrap();
        assert_eq!(whole.total, whole.items.len() as u64, "{}", list.title);
        let mut paged = Vec::new();
        for offset in 0..whole.total {
            let page = subject.source.members(&list.id, offset, 1).await.unwrap();
            assert_eq!(page.total, whole.total);
            paged.extend(page.items);
        }
        assert_eq!(paged, whole.items, "{}", list.title);
        assert!(
            paged.iter().all(|item| there.contains(&item.id)),
            "{}",
            list.title
        );
    }
    let nowhere = ItemId::new(subject.account.clone(), "7".repeat(32));
    let none = subject.source.members(&nowhere, 0, 10).await;
    assert!(none.is_err() || none.is_ok_and(|page| page.items.is_empty()));
}

/// A title without lyrics or small pictures has none, and that is no error.
pub(crate) async fn what_a_title_has_not_is_no_error(subject: &Subject) {
    let track = named(subject, Kind::Track, testkit::titles::TRACKS[0].0).await;
    assert_eq!(subject.source.lyrics(&track.id).await.unwrap(), []);
    let episode = named(subject, Kind::Episode, testkit::titles::EPISODES[0][0]).await;
    let details = subject.source.details(&episode.id).await.unwrap();
    let previews = subject.source.previews(&details.item.parts[0].id).await;
    if let Some(strip) = previews.unwrap() {
        let (columns, rows) = strip.grid();
        assert!(columns > 0 && rows > 0);
    }
}

/// Where a server has rows of its own, what was begun is in one and what comes next in a show in another; a title that was taken
/// out of the first where the server keeps that is not there until it is played again. A folder has none.
pub(crate) async fn rows_have_what_was_begun_and_what_comes_next(subject: &Subject) {
    let source = &subject.source;
    if source.kind().is_folder() {
        assert!(matches!(source.rows().await, Err(SourceError::Gone)));
        return;
    }
    let film = source.details(&film(subject).await.id).await.unwrap().item;
    let items = all(subject, 1000).await;
    let mut episodes: Vec<&Item> = items
        .iter()
        .filter(|item| item.kind == Kind::Episode)
        .collect();
    episodes.sort_by_key(|episode| (episode.parent_index, episode.index));
    source.set_watched(&episodes[0].id, true).await.unwrap();
    let play = async || {
        let events = [
            (ReportEvent::Started, 0),
            (ReportEvent::Progress { paused: false }, 20),
            (ReportEvent::Stopped, 30),
        ];
        for (event, second) in events {
            let report = Report {
                part: film.parts[0].id.clone(),
                pieces: Vec::new(),
                session: "rows".to_owned(),
                position: Duration::from_secs(second),
                method: Method::Direct,
                chosen: None,
                happened: None,
                event,
            };
            source.report(&report).await.unwrap();
        }
    };
    let row = async |kind: RowKind| -> Vec<Item> {
        let rows = source.rows().await.unwrap();
        let keys: HashSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys.len(), rows.len(), "each has a name of its own");
        let of_kind = rows.into_iter().filter(|row| row.kind == kind);
        of_kind.flat_map(|row| row.items).collect()
    };
    play().await;
    let begun = row(RowKind::Continue).await;
    assert_eq!(begun.len(), 1);
    assert_eq!((&begun[0].id, &begun[0].title), (&film.id, &film.title));
    assert_eq!(begun[0].progress.position, Duration::from_secs(30));
    let next = row(RowKind::NextUp).await;
    assert_eq!(next.len(), 1, "{next:?}");
    assert_eq!(next[0].id, episodes[1].id);
    source.dismiss(&film.id).await.unwrap();
    let keeps = source.kind() == spool_engine::model::SourceKind::Plex;
    assert_eq!(row(RowKind::Continue).await.is_empty(), keeps);
    play().await;
    assert_eq!(row(RowKind::Continue).await[0].id, film.id);
}
