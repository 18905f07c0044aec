//! The player's page over a server that knows more than files: what may be skipped, small pictures, other qualities.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "player/room.rs"]
mod room;

use adw::prelude::*;
use gtk::gdk;
use room::Room;
use spool::ui::page::{Begin, PlayerInput, PlayerOutput};
use spool_engine::model::Kind;
use testkit::stamp::{self, Stamp};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, THE_LONG_REEL};
use testkit::{Blob, Fault, Gate, Only, Options, Rule, Stage};

const FILM: &str = FILMS[THE_LONG_REEL].title;

/// Whether the server made a stream. One of a fast server is over before anybody can see it under way.
fn was_made(stage: &Stage) -> bool {
    let mut requests = stage.server.requests().into_iter();
    requests.any(|request| request.path.ends_with("/master.m3u8"))
}

fn with_server(prepare: impl FnOnce(&Stage)) -> (Room, Stage) {
    let stage = Stage::new(Options::default());
    prepare(&stage);
    let room = Room::open();
    room.sign_in(&stage.server);
    let item = room.title(Kind::Movie, FILM);
    room.play(&item.id);
    (room, stage)
}

#[test]
fn an_intro_is_skipped_by_its_button() {
    let (room, _stage) = with_server(|stage| {
        stage
            .server
            .jellyfin()
            .add_segment(FILM, "Intro", 0.0, 40.0);
    });
    let button = room.find::<gtk::Button>("skip-marker");
    room.until("the offer", || button.is_mapped().then_some(()));
    assert_eq!(button.label().unwrap_or_default(), "Skip _Intro");
    button.emit_clicked();
    room.until("what comes behind it", || {
        room.picture().filter(|stamp| stamp.second >= 40)
    });
    room.until("the offer to go", || (!button.is_mapped()).then_some(()));
}

#[test]
fn a_recap_is_skipped_by_a_key_and_credits_lead_to_the_end() {
    let (room, _stage) = with_server(|stage| {
        let face = stage.server.jellyfin();
        face.add_segment(FILM, "Recap", 0.0, 30.0);
        face.add_segment(FILM, "Outro", 45.0, 60.0);
    });
    let button = room.find::<gtk::Button>("skip-marker");
    room.until("the offer", || button.is_mapped().then_some(()));
    room.press(gdk::Key::Return);
    room.until("what comes behind it", || {
        room.picture().filter(|stamp| stamp.second >= 30)
    });
    // Stands still, so that the credits cannot pass before anybody has looked.
    room.press(gdk::Key::space);
    room.press(gdk::Key::_8);
    room.until("the credits", || {
        (button.is_mapped() && button.label().is_some_and(|label| label == "Skip _Credits"))
            .then_some(())
    });
    room.press(gdk::Key::space);
    room.press(gdk::Key::Return);
    room.until("the end", || {
        let outputs = room.outputs.borrow();
        outputs
            .iter()
            .any(|output| matches!(output, PlayerOutput::Closed))
            .then_some(())
    });
}

/// What the small picture above the seek bar shows.
fn preview(room: &Room) -> Option<Stamp> {
    let picture = room.find::<gtk::Picture>("preview");
    let texture = picture.paintable().and_downcast::<gdk::Texture>()?;
    if !picture.is_visible() {
        return None;
    }
    let mut download = gdk::TextureDownloader::new(&texture);
    download.set_format(gdk::MemoryFormat::R8g8b8a8);
    let (pixels, stride) = download.download_bytes();
    let height = u32::try_from(texture.height()).ok()?;
    stamp::read(height, |x, y| pixels[y as usize * stride + x as usize * 4])
}

#[test]
fn small_pictures_show_where_the_pointer_is() {
    let (room, stage) = with_server(|_| {});
    let look = |seconds| {
        room.ask(PlayerInput::Look(Some(std::time::Duration::from_secs(
            seconds,
        ))));
    };
    look(21);
    room.until("its picture", || {
        preview(&room).filter(|stamp| stamp.second == 20)
    });
    look(55);
    room.until("another one", || {
        preview(&room).filter(|stamp| stamp.second == 54)
    });
    look(23);
    room.until("one of the first sheet", || {
        preview(&room).filter(|stamp| stamp.second == 22)
    });
    room.ask(PlayerInput::Look(None));
    let picture = room.find::<gtk::Picture>("preview");
    room.until("nothing", || (!picture.is_visible()).then_some(()));
    let sheets = stage.server.requests_to("/Videos/*");
    let sheets: Vec<_> = sheets
        .iter()
        .filter(|request| request.path.contains("/Trickplay/"))
        .collect();
    assert_eq!(sheets.len(), 2, "each sheet is fetched once");
}

/// Sound and subtitle as the server was told last.
fn remembered(stage: &Stage) -> Option<(i64, i64)> {
    stage.server.jellyfin().chosen(FILM)
}

#[test]
fn what_was_chosen_on_the_server_plays_and_what_is_chosen_here_is_remembered_there() {
    let german = (2, 3);
    let (room, stage) = with_server(|stage| {
        stage.server.jellyfin().choose(FILM, german.0, german.1);
    });
    let menu = room.find::<gtk::MenuButton>("tracks").menu_model();
    let menu = menu.expect("a menu");
    room.until("both sounds", || {
        let sounds = menu.item_link(0, "section");
        sounds.filter(|sounds| sounds.n_items() == 2).map(drop)
    });
    // The one after the German one is the first again.
    room.press(gdk::Key::v);
    room.until("the English sound", || {
        (remembered(&stage) == Some((1, 3))).then_some(())
    });
    room.press(gdk::Key::c);
    room.until("the other subtitle", || {
        (remembered(&stage) == Some((1, 4))).then_some(())
    });
    room.press(gdk::Key::c);
    room.until("none", || {
        (remembered(&stage) == Some((1, -1))).then_some(())
    });
}

/// Lets some of the film never come: what is wholly here would not be fetched in another quality.
fn keep_incomplete(stage: &Stage) {
    let film = testkit::Media::ready().film(&FILMS[THE_LONG_REEL]);
    let size = std::fs::metadata(film).expect("the film is there").len();
    let path = stage.server.jellyfin().stream_path(FILM);
    let halt = |after| Fault::Stall {
        after,
        until: Gate::new(),
    };
    let end = Rule::on(&path).only(Only::From(size - (256 << 10)));
    let middle = Rule::on(&path).only(Only::From(1)).fault(halt(size / 5));
    let beginning = Rule::on(&path).fault(halt(size * 2 / 5));
    for rule in [end, middle, beginning] {
        stage.server.script(rule);
    }
}

#[test]
fn another_quality_goes_on_at_the_same_place_and_can_be_moved_in() {
    let (room, stage) = with_server(|stage| {
        keep_incomplete(stage);
    });
    let menu = room.find::<gtk::MenuButton>("quality");
    room.until("the choice", || menu.is_visible().then_some(()));
    let offered = menu.menu_model().expect("a menu").n_items();
    assert_eq!(offered, 2, "the original, and what is lower than this file");
    // Stands still, so that no place passes before anybody has looked.
    room.press(gdk::Key::space);
    room.press(gdk::Key::_5);
    room.until("the middle", || {
        room.picture().filter(|stamp| stamp.second >= 30)
    });
    menu.activate_action("player.quality", Some(&"700000".to_variant()))
        .expect("the menu is about this");
    room.until("the stream", || was_made(&stage).then_some(()));
    room.until("its picture", || {
        room.picture().filter(|stamp| {
            (28..36).contains(&stamp.second) && room.seek_bar().position().as_secs() >= 28
        })
    });
    // A stream goes elsewhere by being opened anew.
    room.press(gdk::Key::_1);
    room.until("its beginning", || {
        room.picture()
            .filter(|stamp| (4..12).contains(&stamp.second))
    });
    let duration = room.find::<gtk::Label>("duration");
    assert_eq!(duration.label(), "1:00", "the length is the film's");
    menu.activate_action("player.quality", Some(&"original".to_variant()))
        .expect("the menu is about this");
    room.until("the end of the stream", || {
        stage.server.jellyfin().streams().is_empty().then_some(())
    });
    room.until("the film's own picture", || {
        room.picture()
            .filter(|stamp| (4..20).contains(&stamp.second))
    });
}

#[test]
fn subtitles_inside_the_film_can_be_chosen_in_a_stream_of_it_and_stay_chosen() {
    let (room, stage) = with_server(|stage| {
        keep_incomplete(stage);
        stage.server.jellyfin().add_pictures(FILM);
    });
    let quality = room.find::<gtk::MenuButton>("quality");
    room.until("the choice", || quality.is_visible().then_some(()));
    room.press(gdk::Key::space);
    quality
        .activate_action("player.quality", Some(&"700000".to_variant()))
        .expect("the menu is about this");
    let tracks = room.find::<gtk::MenuButton>("tracks");
    let menu = tracks.menu_model().expect("a menu");
    room.until("none, two texts and the pictures", || {
        // A place behind the last one is none.
        let subtitles = (menu.n_items() == 2).then(|| menu.item_link(1, "section"))??;
        (subtitles.n_items() == 4).then_some(())
    });
    let choose = |id: &str| {
        tracks
            .activate_action("player.subtitle", Some(&id.to_variant()))
            .expect("the menu is about this");
    };
    let asked = |part: &str| {
        let requests = stage.server.requests();
        let whole = requests
            .iter()
            .map(|request| format!("{}?{}", request.path, request.query));
        whole.filter(|place| place.contains(part)).count()
    };
    assert_eq!(asked("/Subtitles/"), 0, "no text is fetched unasked");
    choose("beside-0");
    room.until("its text", || (asked("/Subtitles/3/") == 1).then_some(()));
    // Drawn by the server: the title is opened anew for it, and with it wherever it goes.
    let drawn = "/master.m3u8?";
    let before = asked(drawn);
    choose("beside-2");
    let with_pictures = || {
        let requests = stage.server.requests();
        let last = requests
            .iter()
            .rfind(|request| request.path.ends_with("/master.m3u8"));
        last.is_some_and(|request| request.query.contains("SubtitleMethod=Encode"))
    };
    room.until("a stream with the pictures", || {
        (asked(drawn) > before && with_pictures()).then_some(())
    });
    room.until("its picture", || room.picture());
    let before = asked(drawn);
    room.press(gdk::Key::_5);
    room.until("a stream from the middle on", || {
        (asked(drawn) > before).then_some(())
    });
    assert!(with_pictures(), "and with the pictures");
    room.until("the middle", || {
        room.picture().filter(|stamp| stamp.second >= 28)
    });
    choose("");
    room.until("a stream without them", || (!with_pictures()).then_some(()));
}

#[test]
fn a_film_of_this_computer_has_one_quality() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let media = testkit::Media::ready();
    let films = testkit::Folder::with_film(media, folder.path(), &FILMS[THE_LONG_REEL]);
    let room = Room::open();
    let (accounts, path) = (room.engine.accounts.clone(), films.path().to_owned());
    room.run(async move { accounts.add_folder(&path).await })
        .expect("the folder is added");
    let item = room.title(Kind::Movie, FILM);
    room.play(&item.id);
    assert!(!room.find::<gtk::MenuButton>("quality").is_visible());
}

/// What the page told its parent about things that went otherwise.
fn told(room: &Room) -> Vec<String> {
    let outputs = room.outputs.borrow();
    let messages = outputs.iter().filter_map(|output| match output {
        PlayerOutput::Failed(message) => Some(message.title.clone()),
        _ => None,
    });
    messages.collect()
}

/// A page that was asked for the film of a server with something wrong.
fn opened(prepare: impl FnOnce(&Stage)) -> (Room, Stage) {
    let stage = Stage::new(Options::default());
    prepare(&stage);
    let room = Room::open();
    room.sign_in(&stage.server);
    let item = room.title(Kind::Movie, FILM);
    room.ask(PlayerInput::Open {
        item: item.id,
        begin: Begin::WhereLeft,
    });
    (room, stage)
}

#[test]
fn a_file_that_the_server_does_not_give_plays_as_a_stream() {
    let (room, stage) = opened(|stage| {
        let path = stage.server.jellyfin().stream_path(FILM);
        stage.server.fault(&path, Fault::Status(403));
    });
    room.until("the stream", || was_made(&stage).then_some(()));
    room.until("its picture", || room.picture());
    assert_eq!(told(&room), ["Not allowed: the server converts it"]);
}

#[test]
fn a_damaged_file_plays_as_a_stream() {
    let (room, stage) = opened(|stage| {
        let garbage = Blob::pattern(200_000, 1);
        stage.server.jellyfin().replace_file(FILM, garbage);
    });
    room.until("the stream", || was_made(&stage).then_some(()));
    room.until("its picture", || room.picture());
    assert_eq!(
        told(&room),
        ["The file cannot be played: the server converts it"]
    );
}

#[test]
fn what_the_server_cannot_convert_either_fails_for_its_first_reason() {
    let (room, stage) = opened(|stage| {
        let path = stage.server.jellyfin().stream_path(FILM);
        stage.server.fault(&path, Fault::Status(403));
        stage.server.jellyfin().crowd(Some(1));
    });
    let failure = room.find::<adw::StatusPage>("failure");
    room.until("the failure", || failure.is_mapped().then_some(()));
    assert_eq!(failure.title(), "Not allowed");
    assert!(!was_made(&stage));
    assert_eq!(told(&room), Vec::<String>::new());
}

const OTHER: &str = FILMS[HARBOUR_LIGHTS].title;

/// The number in the pictures of a version.
fn title(room: &Room) -> Option<u8> {
    room.picture().map(|stamp| stamp.title)
}

/// The keys of the versions that the menu offers.
fn offered_versions(menu: &gtk::MenuButton) -> Vec<String> {
    let model = menu.menu_model().expect("a menu");
    let section = (model.n_items() > 0).then(|| model.item_link(0, "section"));
    let Some(files) = section.flatten() else {
        return Vec::new();
    };
    let keys = (0..files.n_items()).filter_map(|place| {
        let target = files.item_attribute_value(place, "target", None)?;
        Some(target.str()?.to_owned())
    });
    keys.collect()
}

#[test]
fn another_version_goes_on_at_the_same_place() {
    let (room, _stage) = with_server(|stage| {
        stage.server.jellyfin().add_version(FILM, OTHER, 240);
    });
    let menu = room.find::<gtk::MenuButton>("quality");
    room.until("the choice", || {
        (menu.is_visible() && offered_versions(&menu).len() == 2).then_some(())
    });
    // Stands still, so that no place passes before anybody has looked.
    room.press(gdk::Key::space);
    room.press(gdk::Key::_2);
    let first = room.until("its place", || {
        room.picture().filter(|stamp| stamp.second >= 12)
    });
    let smaller = offered_versions(&menu).pop().expect("the smaller one");
    menu.activate_action("player.version", Some(&smaller.to_variant()))
        .expect("the menu is about this");
    room.until("the other file's picture of that place", || {
        let other = |stamp: &Stamp| stamp.title != first.title && stamp.second == first.second;
        room.picture().filter(other)
    });
}

#[test]
fn a_version_that_does_not_play_leads_to_another() {
    let (room, stage) = opened(|stage| {
        let face = stage.server.jellyfin();
        face.add_version(FILM, OTHER, 240);
        // Neither the file nor a stream of it.
        let garbage = Blob::pattern(200_000, 1);
        face.replace_file(FILM, garbage);
        face.crowd(Some(1));
    });
    let button = room.find::<gtk::Button>("failure-version");
    room.until("the way out", || button.is_mapped().then_some(()));
    button.emit_clicked();
    room.until("the other one's picture", || title(&room));
    assert!(!button.is_mapped());
    let path = stage.server.jellyfin().stream_path(FILM);
    let asked = stage.server.requests_to(&path);
    assert!(
        asked
            .iter()
            .any(|request| request.query.contains("mediaSourceId"))
    );
}
