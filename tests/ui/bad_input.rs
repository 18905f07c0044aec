//! What a person reads when something is wrong, in the real window, and that the program goes on afterwards.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "scenario/program.rs"]
mod program;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use program::{PATIENCE, Program};
use testkit::titles::{FILMS, HARBOUR_LIGHTS, PAPER_MOONS, THE_GLASS_ORCHARD, THE_LONG_REEL};
use testkit::{FakeServer, Fault, Folder, Media, Options, Rule, Stage};

/// Every path under which films are sent.
const STREAMS: &str = "/Videos/*";

/// Reads this sentence, and takes a picture for people.
fn reads(program: &mut Program, sentence: &str) {
    program.hand.read(&format!("^{sentence}$"), PATIENCE);
    let name: String = sentence
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    program.shot(&format!("bad-{name}"));
}

/// Plays a film to its first picture, and goes back to the grid: the program is usable.
fn plays(program: &mut Program, film: usize) {
    program.play("Films", FILMS[film].title);
    let number = u8::try_from(film).expect("few films");
    program.until_stamp("a film that is well", |stamp| stamp.title == number);
    program.back_to_grid();
}

#[test]
fn a_sign_in_says_what_is_wrong_and_can_be_put_right() {
    let stage = Stage::new(Options::default());
    let mut gone = FakeServer::start(Options::default());
    gone.stop();
    let website = FakeServer::start(Options::default());
    website.script(Rule::on("*").fault(Fault::Html));
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    let hand = &mut program.hand;
    hand.click("Sign in to Jellyfin");
    hand.click("Server Address");
    for (address, sentence) in [
        (gone.address(), "The server cannot be reached"),
        (website.address(), "No Jellyfin server there"),
    ] {
        program.hand.key("ctrl+a");
        program.hand.type_text(&address);
        program.hand.key("Return");
        reads(&mut program, sentence);
    }
    let hand = &mut program.hand;
    hand.key("ctrl+a");
    hand.type_text(&stage.server.address());
    hand.key("Return");
    hand.click("User Name");
    hand.type_text(stage.server.jellyfin().user());
    hand.click("Password");
    hand.type_text("wrong");
    hand.key("Return");
    reads(&mut program, "Wrong name or password");
    program.correct_password(stage.server.jellyfin().password());
    plays(&mut program, THE_LONG_REEL);
    program.quit();
}

#[test]
fn a_server_without_ranges_or_with_a_wrong_length_plays_all_the_same() {
    let stage = Stage::new(Options::default());
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    program.sign_in(&stage.server);
    let cases = [
        // Its index is at the end, so the player has to go there first.
        (THE_GLASS_ORCHARD, Fault::NoRanges),
        (HARBOUR_LIGHTS, Fault::WrongLength(-50_000)),
    ];
    for (film, fault) in cases {
        stage.server.script(Rule::on(STREAMS).fault(fault));
        plays(&mut program, film);
        stage.server.clear_faults(Some(STREAMS));
    }
    program.quit();
}

#[test]
fn a_server_that_answers_with_a_web_page_is_said_in_place() {
    let stage = Stage::new(Options::default());
    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::start(profile.path());
    program.sign_in(&stage.server);
    stage.server.script(Rule::on(STREAMS).fault(Fault::Html));
    program.play("Films", FILMS[THE_LONG_REEL].title);
    reads(&mut program, "The answer makes no sense");
    stage.server.clear_faults(Some(STREAMS));
    program.back_to_grid();
    plays(&mut program, THE_LONG_REEL);
    program.quit();
}

/// What takes away from an administrator what makes every folder readable.
fn without_privileges() -> &'static [&'static str] {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        &[
            "setpriv",
            "--bounding-set=-dac_override,-dac_read_search",
            "--inh-caps=-dac_override,-dac_read_search",
        ]
    } else {
        &[]
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("the mode is set");
}

#[test]
fn an_unreadable_folder_and_a_broken_file_are_said() {
    let media = tempfile::tempdir().expect("a folder");
    let closed = media.path().join("closed");
    std::fs::create_dir(&closed).expect("a folder");
    set_mode(&closed, 0o000);
    let films = media.path().join("films");
    let _laid_out = Folder::lay_out(Media::ready(), &films);
    let broken = films.join("Films/Broken Thing (2001)");
    std::fs::create_dir_all(&broken).expect("a folder");
    std::fs::write(broken.join("Broken Thing (2001).mkv"), vec![0x5a; 300_000]).expect("a file");

    let profile = tempfile::tempdir().expect("a folder");
    let mut program = Program::behind(without_privileges(), |command| {
        command.arg("--profile").arg(profile.path());
    });
    program.add_folder(&closed);
    reads(&mut program, "The folder cannot be read");
    set_mode(&closed, 0o755);
    let hand = &mut program.hand;
    hand.click("Folder");
    hand.key("ctrl+a");
    hand.type_text(&films.display().to_string());
    hand.key("Return");

    program.play("Films", "Broken Thing");
    reads(&mut program, "The file cannot be played");
    program.back_to_grid();
    plays(&mut program, THE_LONG_REEL);
    program.quit();
}

/// Starts it as on a system where these decoders are not installed, with a folder of films.
fn without(decoders: &[&str], profile: &Path, films: &Path) -> Program {
    let ranks: Vec<String> = decoders
        .iter()
        .map(|decoder| format!("{decoder}:NONE"))
        .collect();
    let mut program = Program::with(|command| {
        command
            .arg("--profile")
            .arg(profile)
            .env("GST_PLUGIN_FEATURE_RANK", ranks.join(","));
    });
    program.add_folder(films);
    program
}

#[test]
fn a_picture_that_nothing_decodes_is_said_in_place() {
    let films = tempfile::tempdir().expect("a folder");
    let _laid_out = Folder::lay_out(Media::ready(), films.path());
    let profile = tempfile::tempdir().expect("a folder");
    let decoders = ["avdec_h264", "openh264dec", "vah264dec", "v4l2h264dec"];
    let mut program = without(&decoders, profile.path(), films.path());
    program.play("Films", FILMS[THE_LONG_REEL].title);
    reads(&mut program, "A decoder is missing");
    program.hand.read("H\\.264", PATIENCE);
    program.back_to_grid();
    plays(&mut program, PAPER_MOONS);
    program.quit();
}

#[test]
fn a_sound_that_nothing_decodes_is_said_while_the_film_plays() {
    let films = tempfile::tempdir().expect("a folder");
    let _laid_out = Folder::lay_out(Media::ready(), films.path());
    let profile = tempfile::tempdir().expect("a folder");
    let decoders = ["avdec_aac", "avdec_aac_fixed", "faad", "fdkaacdec"];
    let mut program = without(&decoders, profile.path(), films.path());
    program.play("Films", FILMS[THE_LONG_REEL].title);
    reads(&mut program, "No sound: a decoder is missing");
    program.until_stamp("the picture", |stamp| stamp.title == THE_LONG_REEL as u8);
    program.back_to_grid();
    plays(&mut program, PAPER_MOONS);
    program.quit();
}
