//! A canary instead of a token, in the real window: wherever it turns up, the real one would.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

#[path = "scenario/program.rs"]
mod program;

use std::path::{Path, PathBuf};

use program::{PATIENCE, Program};
use spool_engine::secret::{Keep, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::canary::{contains, files};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Connection, FakeServer, Options, Stage};

/// Letters and digits only, so that every encoding of an address or header leaves it as it is.
const TOKEN: &str = "canary7f3a9d51c2e84b06caged00d";
const PASSWORD: &str = "canaryPasswordDoNotKeep";
/// Stands in every token of the kit's plex.tv and its servers.
const PLEX: &str = "CANARY";

/// Starts it as the user's own program, with everything that it and its libraries can say.
fn start(home: &Path, plex_tv: Option<&FakeServer>) -> Program {
    let config = home.join("config/gtk-4.0");
    std::fs::create_dir_all(&config).expect("a folder");
    let calm = "[Settings]\ngtk-enable-animations=0\n";
    std::fs::write(config.join("settings.ini"), calm).expect("a file");
    Program::with(|command| {
        command
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("GSETTINGS_BACKEND", "keyfile")
            .env("GST_DEBUG", "5")
            .env("GST_DEBUG_NO_COLOR", "1")
            .env("SPOOL_LOG", "trace")
            .env("RUST_LOG", "trace");
        if let Some(tv) = plex_tv {
            command.env("SPOOL_PLEX_TV", tv.address());
        }
    })
}

/// Asserts that the canaries are nowhere, except the token in the file that was agreed to.
#[track_caller]
fn check(home: &Path, program: &Program) {
    let agreed = home.join("data/spool/tokens.json");
    let all = files(home);
    assert!(all.contains(&agreed), "{all:?}");
    let settings = home.join("config/glib-2.0/settings/keyfile");
    assert!(all.contains(&settings), "the settings are kept: {all:?}");
    let process = |file: &str| PathBuf::from(format!("/proc/{}/{file}", program.id()));
    let said = [
        program.log().to_owned(),
        process("cmdline"),
        process("environ"),
    ];
    for path in all.iter().chain(&said) {
        let texts: &[&str] = if *path == agreed {
            &[PASSWORD]
        } else {
            &[TOKEN, PASSWORD, PLEX]
        };
        assert!(!contains(path, texts), "{}", path.display());
    }
}

#[test]
fn the_canary_is_nowhere_but_in_the_file_that_was_agreed_to() {
    let stage = Stage::new(Options {
        token: TOKEN.into(),
        password: PASSWORD.into(),
        ..Options::default()
    });
    let home = tempfile::tempdir().expect("a folder");
    let mut program = start(home.path(), None);
    program.sign_in_as(&stage.server.address(), &Options::default().user, "wrong");
    program.hand.read("^Wrong name or password$", PATIENCE);
    program.correct_password(PASSWORD);
    program.play("Films", FILMS[THE_LONG_REEL].title);
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    // Something for the settings.
    program.hand.key("m");
    program.hand.key("Escape");
    // Failures talk most.
    stage.server.set_token("another");
    program.hand.key("F5");
    program.hand.see("Sign In");
    // The profile is in use now: the log of the database is not folded in yet.
    check(home.path(), &program);
    program.hand.key("ctrl+q");
    program.wait();
    for path in files(home.path()).iter().chain([&program.log().to_owned()]) {
        let agreed = path.ends_with("tokens.json");
        let texts: &[&str] = if agreed {
            &[PASSWORD]
        } else {
            &[TOKEN, PASSWORD]
        };
        assert!(!contains(path, texts), "{}", path.display());
    }
    let heard = stage.server.log();
    assert!(heard.mentions(TOKEN), "the token was used");
    for request in heard.requests() {
        assert!(!request.query.contains(TOKEN), "{}", request.query);
    }
}

/// Adds a Plex account to the profile that the program will open, as `spoolctl` would.
async fn add_plex(home: &Path, server: &FakeServer, tv: &FakeServer) {
    let dirs = Dirs {
        data: home.join("data/spool"),
        cache: home.join("cache/spool"),
    };
    let engine = Engine::start(Config {
        dirs,
        device_name: "test".to_owned(),
        prober: None,
        cache_limit: None,
        secrets: None,
    })
    .expect("the engine starts");
    let accounts = &engine.accounts;
    accounts.set_plex_tv(&tv.address().parse().expect("an address"));
    let token = Secret::new(tv.plex_tv().token_of("Ada"));
    let entry = accounts.enter_plex(&token).await.expect("an entry");
    let machine = server.plex().machine_id();
    let added = accounts.add_plex(&entry, machine, Keep::File).await;
    let account = added.expect("an account").id;
    engine.library.sync(Some(account)).await;
    engine.shutdown_blocking();
}

#[test]
fn a_token_of_plex_is_nowhere_but_in_the_file_that_was_agreed_to() {
    let stage = Stage::new(Options::default());
    let tv = FakeServer::start(Options::default());
    let ways = vec![Connection::plain(&stage.server)];
    tv.plex_tv().offer(&stage.server, true, ways);
    let home = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(add_plex(home.path(), &stage.server, &tv));

    let mut program = start(home.path(), Some(&tv));
    program.play("Films", FILMS[THE_LONG_REEL].title);
    program.until_stamp("the first frame", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    program.hand.key("m");
    program.hand.key("Escape");
    // Failures talk most: the server's tokens are no good any more, and neither are plex.tv's.
    stage.server.plex().forget_tokens();
    tv.plex_tv().forget_tokens();
    program.hand.key("F5");
    program.hand.see("Sign In");
    check(home.path(), &program);
    program.hand.key("ctrl+q");
    program.wait();
    for path in files(home.path()).iter().chain([&program.log().to_owned()]) {
        let agreed = path.ends_with("tokens.json");
        assert_eq!(contains(path, &[PLEX]), agreed, "{}", path.display());
    }
    for server in [&stage.server, &tv] {
        assert!(server.log().mentions(PLEX), "the token was used");
        for request in server.requests() {
            assert!(!request.query.contains(PLEX), "{}", request.query);
        }
    }
}
