use super::*;
use crate::model::Artwork;
use crate::source::local::nfo;
use crate::source::local::scan::kind_of;

fn tree(names: &[&str]) -> Tree {
    let mut tree = Tree::new();
    for name in names {
        let relative = PathBuf::from(name);
        let folder = relative.parent().unwrap().to_owned();
        let kind = kind_of(&relative).unwrap();
        let file = FoundFile {
            relative,
            kind,
            size: 10,
            modified: 5_000_000_000,
        };
        tree.entry(folder).or_default().push(file);
    }
    tree
}

fn catalogue(names: &[&str], tags: &TagsOf) -> Catalogue {
    let notes = Notes {
        tags: tags.clone(),
        ..Notes::default()
    };
    Catalogue::new(&"acc".parse().unwrap(), "Media", &tree(names), &notes)
}

/// The titles of files with NFO files among them, which tell what is written here.
fn noted(names: &[&str], nfos: &[(&str, &str)]) -> Catalogue {
    let told = nfos
        .iter()
        .map(|(name, text)| (PathBuf::from(name), nfo::parse(text)));
    let notes = Notes {
        nfos: told.collect(),
        ..Notes::default()
    };
    let files: Vec<&str> = names
        .iter()
        .chain(nfos.iter().map(|(name, _)| name))
        .copied()
        .collect();
    Catalogue::new(&"acc".parse().unwrap(), "Media", &tree(&files), &notes)
}

#[test]
fn notes_belong_to_the_title_whose_name_they_bear() {
    let film = |title| {
        format!(
            "<movie><title>{title}</title><year>1999</year><actor><name>A</name></actor></movie>"
        )
    };
    let (one, two, three) = (film("One"), film("Two"), film("Three"));
    let catalogue = noted(
        &["Films/a.mkv", "Films/b.mkv", "Films/C (2001)/c.mkv"],
        &[
            ("Films/a.nfo", &one),
            ("Films/movie.nfo", &two),
            ("Films/C (2001)/movie.nfo", &three),
        ],
    );
    let mut found: Vec<_> = catalogue
        .items(MOVIES)
        .iter()
        .map(|item| (item.title.as_str(), item.year))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [("One", Some(1999)), ("Three", Some(1999)), ("b", None)]
    );
    let id = &catalogue
        .items(MOVIES)
        .iter()
        .find(|item| item.title == "One")
        .unwrap()
        .id;
    assert_eq!(id.key(), "file:Films/a.mkv");
    assert_eq!(catalogue.people(id)[0].name, "A");
}

#[test]
fn a_show_is_noted_on_each_of_its_levels() {
    let two = "<episodedetails><title>First</title><season>1</season><episode>1</episode></episodedetails>\
        <episodedetails><title>Second</title><season>1</season><episode>2</episode><plot>P</plot></episodedetails>";
    let catalogue = noted(
        &["Shows/tide/Season 01/S01E02.mkv"],
        &[
            (
                "Shows/tide/tvshow.nfo",
                "<tvshow><title>Tidewater</title><year>2010</year><genre>Drama</genre></tvshow>",
            ),
            (
                "Shows/tide/Season 01/season.nfo",
                "<season><title>The Flood</title></season>",
            ),
            ("Shows/tide/Season 01/S01E02.nfo", two),
        ],
    );
    let items = catalogue.items(SHOWS);
    assert_eq!(
        titles(items),
        ["Show Tidewater", "Season The Flood", "Episode Second"]
    );
    assert_eq!(
        (items[0].year, items[0].genres.as_slice()),
        (Some(2010), &["Drama".to_owned()][..])
    );
    assert_eq!(items[2].context.as_deref(), Some("Tidewater"));
    assert_eq!(items[2].overview.as_deref(), Some("P"));
    // Keys are made of names: a note that comes or goes leaves positions where they are.
    assert_eq!(items[0].id.key(), "show:tide");
}

fn titles(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .map(|item| format!("{:?} {}", item.kind, item.title))
        .collect()
}

#[test]
fn a_show_comes_before_its_seasons_and_they_before_their_episodes() {
    let names = [
        "Shows/Tidewater/poster.jpg",
        "Shows/Tidewater/Season 02/S02E01.mkv",
        "Shows/Tidewater/Season 01/S01E02 - Two.mkv",
        "Shows/Tidewater/Season 01/S01E01 - One.mkv",
    ];
    let catalogue = catalogue(&names, &TagsOf::new());
    let items = catalogue.items(SHOWS);
    let expected = [
        "Show Tidewater",
        "Season Season 1",
        "Episode One",
        "Episode Two",
        "Season Season 2",
        "Episode Episode 1",
    ];
    assert_eq!(titles(items), expected);
    assert_eq!(items[2].parent, Some(items[1].id.clone()));
    assert_eq!(items[2].grandparent, Some(items[0].id.clone()));
    assert_eq!(items[0].child_count, Some(3));
    assert_eq!(
        items[0].artwork.poster.as_ref().unwrap().key(),
        "file:5000000000:Shows/Tidewater/poster.jpg"
    );
}

#[test]
fn numbered_files_of_a_season_are_its_episodes_and_an_episode_may_have_several() {
    let names = [
        "Shows/Planet/Season 1/Part 1.mkv",
        "Shows/Planet/Season 1/Part 2.mkv",
        "Shows/Tidewater/Season 1/S01E01 cd1.mkv",
        "Shows/Tidewater/Season 1/S01E01 cd2.mkv",
        "Films/The Crossing (1999) cd1.mkv",
        "Films/The Crossing (1999) cd2.mkv",
    ];
    let catalogue = catalogue(&names, &TagsOf::new());
    let episodes = catalogue.items(SHOWS).iter();
    let episodes = episodes.filter(|item| item.kind == Kind::Episode);
    let numbers: Vec<_> = episodes
        .map(|item| {
            (
                item.context.clone().unwrap(),
                item.index.unwrap(),
                item.parts.len(),
            )
        })
        .collect();
    let expected = [("Planet", 1, 1), ("Planet", 2, 1), ("Tidewater", 1, 2)];
    let expected = expected.map(|(show, number, files)| (show.to_owned(), number, files));
    assert_eq!(numbers, expected);
    assert_eq!(catalogue.items(MOVIES).len(), 1);
}

#[test]
fn only_a_film_alone_in_its_folder_takes_the_folders_poster() {
    let shared = catalogue(
        &[
            "Films/a.mkv",
            "Films/b.mkv",
            "Films/poster.jpg",
            "Films/b.jpg",
        ],
        &TagsOf::new(),
    );
    let posters: Vec<_> = shared
        .items(MOVIES)
        .iter()
        .map(|i| i.artwork.poster.clone().unwrap())
        .collect();
    assert_eq!(posters[0].key(), "frame:5000000000:Films/a.mkv");
    assert_eq!(posters[1].key(), "file:5000000000:Films/b.jpg");
    let alone = catalogue(
        &["Films/A (2019)/a.mkv", "Films/A (2019)/folder.jpg"],
        &TagsOf::new(),
    );
    let film = &alone.items(MOVIES)[0];
    assert_eq!(
        film.artwork.poster.as_ref().unwrap().key(),
        "file:5000000000:Films/A (2019)/folder.jpg"
    );
    assert_eq!((film.title.as_str(), film.year), ("A", Some(2019)));
}

#[test]
fn albums_follow_their_tags_and_fall_back_to_folders() {
    let tagged = |track, artist: &str| Tags {
        title: Some(format!("Song {track}")),
        album: Some("Low Tide".into()),
        artist: Some(artist.into()),
        track: Some(track),
        has_cover: true,
        ..Tags::default()
    };
    let tags = TagsOf::from([
        ("Music/x/2.flac".into(), tagged(2, "Ada")),
        ("Music/x/1.mp3".into(), tagged(1, "Ben")),
    ]);
    let names = [
        "Music/x/2.flac",
        "Music/x/1.mp3",
        "Music/Cleo/Dunes/01 First.mp3",
    ];
    let catalogue = catalogue(&names, &tags);
    let items = catalogue.items(MUSIC);
    let albums: Vec<_> = items
        .iter()
        .filter(|item| item.kind == Kind::Album)
        .collect();
    assert_eq!(albums[0].title, "Dunes");
    assert_eq!(albums[0].context.as_deref(), Some("Cleo"));
    assert_eq!(albums[1].context.as_deref(), Some("Various artists"));
    let expected = ["Artist Cleo", "Artist Various artists"];
    assert_eq!(titles(&items[..2]), expected);
    assert_eq!(titles(&items[5..]), ["Track Song 1", "Track Song 2"]);
    // Who plays a track is told of it, though none of them has an album.
    assert_eq!(items[6].artists[0].name, "Ada");
    assert_eq!(
        albums[1].artwork.poster.as_ref().unwrap().key(),
        "cover:5000000000:Music/x/1.mp3"
    );
}

/// Tags of a track of an album, of whose album it is, and of who plays.
fn tagged(album: &str, whose: &[&str], players: &[&str]) -> Tags {
    Tags {
        album: Some(album.into()),
        album_artist: whose.first().map(|name| (*name).into()),
        album_artists: whose.iter().map(|name| (*name).into()).collect(),
        artist: players.first().map(|name| (*name).into()),
        artists: players.iter().map(|name| (*name).into()).collect(),
        genre: Some(format!("Of {album}")),
        ..Tags::default()
    }
}

#[test]
fn artists_are_those_whose_albums_there_are() {
    let files = [
        ("Music/Ada/One/1.mp3", tagged("One", &["Ada"], &["Ada"])),
        (
            "Music/Ada/Two/1.mp3",
            tagged("Two", &["ADA", "Ben"], &["ADA", "Cleo"]),
        ),
        // Without an artist of the album, a guest does not make it another's.
        ("Music/Three/1.mp3", tagged("Three", &[], &["Ben", "Cleo"])),
        ("Music/Three/2.mp3", tagged("Three", &[], &["Ben"])),
    ];
    let note = "<artist><name>ada</name><sortname>Lovelace</sortname><biography>B</biography><genre>G</genre></artist>";
    let nfos = NfosOf::from([("Music/Ada/artist.nfo".into(), nfo::parse(note))]);
    let beside = [
        "Music/Ada/artist.nfo",
        "Music/Ada/folder.jpg",
        "Music/Ada/fanart.jpg",
    ];
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).chain(beside).collect();
    let tags = files
        .into_iter()
        .map(|(name, tags)| (name.into(), tags))
        .collect();
    let notes = Notes { tags, nfos };
    let catalogue = Catalogue::new(&"acc".parse().unwrap(), "Media", &tree(&names), &notes);
    let items = catalogue.items(MUSIC);
    assert_eq!(titles(&items[..2]), ["Artist Ada", "Artist Ben"]);
    let ada = &items[0];
    assert_eq!(
        (ada.sort_title.as_str(), ada.overview.as_deref()),
        ("lovelace", Some("B"))
    );
    assert_eq!(ada.genres, ["G"]);
    let picture = ada.artwork.poster.as_ref().unwrap();
    assert_eq!(picture.key(), "file:5000000000:Music/Ada/folder.jpg");
    assert!(ada.artwork.backdrop.is_some());
    let ben = &items[1];
    assert_eq!(
        ben.artwork,
        Artwork::default(),
        "what lies in Ada's folder is not Ben's"
    );
    assert_eq!(ben.genres, ["Of Three", "Of Two"]);
    assert_eq!((ada.id.key(), ben.id.key()), ("artist:ada", "artist:ben"));
    let whose = |title: &str| {
        let album = items
            .iter()
            .find(|item| item.kind == Kind::Album && item.title == title);
        let artists = album.unwrap().artists.iter();
        artists
            .map(|credit| credit.artist.as_ref().unwrap().key())
            .collect::<Vec<_>>()
    };
    assert_eq!(whose("One"), ["artist:ada"]);
    assert_eq!(whose("Two"), ["artist:ada", "artist:ben"]);
    assert_eq!(whose("Three"), ["artist:ben"]);
}

#[test]
fn every_id_is_unique_and_empty_libraries_do_not_show() {
    let names = [
        "a.mkv",
        "b/a.mkv",
        "IMG_1234.mov",
        "b/S01E01.mkv",
        "b/S01E02.mkv",
    ];
    let catalogue = catalogue(&names, &TagsOf::new());
    let libraries: Vec<_> = catalogue.libraries().map(|(key, _)| key).collect();
    assert_eq!(libraries, [MOVIES, SHOWS, VIDEOS]);
    let mut ids: Vec<_> = libraries
        .iter()
        .flat_map(|key| catalogue.items(key))
        .map(|i| i.id.clone())
        .collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn articles_do_not_count_for_the_order() {
    assert_eq!(sort_title("The Long Reel"), "long reel");
    assert_eq!(sort_title("A"), "a");
    assert_eq!(sort_title("Theory"), "theory");
}

#[test]
fn a_folder_that_is_a_show_gives_it_its_name() {
    let names = [
        "Season 1/S01E01.mkv",
        "Season 1/S01E02.mkv",
        "Featurettes/Making of.mkv",
    ];
    let catalogue = catalogue(&names, &TagsOf::new());
    let expected = [
        "Show Media",
        "Season Season 1",
        "Episode Episode 1",
        "Episode Episode 2",
    ];
    assert_eq!(titles(catalogue.items(SHOWS)), expected);
    assert!(catalogue.items(MOVIES).is_empty());
}
