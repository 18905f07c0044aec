//! A canary instead of a token: wherever it turns up, the real one would.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use testkit::Options;
use testkit::canary::{contains, files};

use crate::program::{Ctl, Running};

/// Letters and digits only, so that every encoding of an address or header leaves it as it is.
const TOKEN: &str = "canary7f3a9d51c2e84b06caged00d";
const PASSWORD: &str = "canaryPasswordDoNotKeep";

/// Runs a command with everything it can say, into files.
fn talkative(ctl: &Ctl, name: &str, arguments: &[&str]) -> Running {
    let file =
        |suffix: &str| File::create(ctl.stage.path().join(format!("{name}.{suffix}"))).unwrap();
    let mut command = ctl.command(&[&["-v", "-v"], arguments].concat());
    command
        .env("GST_DEBUG", "5")
        .env("GST_DEBUG_NO_COLOR", "1")
        .env("SPOOL_LOG", "trace")
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"));
    Running::new(&mut command)
}

#[test]
fn the_canary_is_nowhere_but_in_the_file_that_was_agreed_to() {
    let ctl = Ctl::signed_in(Options {
        token: TOKEN.into(),
        password: PASSWORD.into(),
        ..Options::default()
    });
    let mut play = talkative(
        &ctl,
        "play",
        &["play", "Northbound", "--headless", "--stop", "1.5"],
    );
    ctl.server()
        .wait_until(|log| log.bytes_sent("/Videos/*") > 0, crate::program::LONG);
    for file in ["cmdline", "environ"] {
        let path = format!("/proc/{}/{file}", play.child.id());
        assert!(!contains(Path::new(&path), &[TOKEN, PASSWORD]), "{path}");
    }
    // The profile is in use now: the log of the database is not folded in yet.
    check_files(&ctl);
    assert!(play.child.wait().unwrap().success());
    let commands: [(&str, &[&str]); 6] = [
        ("sync", &["sync"]),
        ("ls", &["--json", "ls"]),
        ("show", &["--json", "show", "Copper Valley"]),
        ("fetch", &["fetch", "Copper Valley", "--discard"]),
        ("verify", &["--json", "cache", "verify"]),
        ("accounts", &["--json", "accounts", "list"]),
    ];
    for (name, arguments) in commands {
        assert!(succeeds(&ctl, name, arguments), "{name}");
    }
    // Failures talk most.
    ctl.server().set_token("another");
    // Jellyfin asks for no token where bytes are; then it is the refresh that fails.
    let refused = !succeeds(&ctl, "refused", &["fetch", "Saltwater Choir"])
        || !succeeds(&ctl, "refused-sync", &["sync"]);
    assert!(refused);
    check_files(&ctl);
    let heard = ctl.server().log();
    assert!(heard.mentions(TOKEN), "the token was used");
    let addresses = heard.requests().iter().map(|request| &request.query);
    for query in addresses {
        assert!(!query.contains(TOKEN), "{query}");
    }
}

/// Runs a command to its end, as talkative as can be.
fn succeeds(ctl: &Ctl, name: &str, arguments: &[&str]) -> bool {
    let mut program = talkative(ctl, name, arguments);
    program.child.wait().unwrap().success()
}

/// Asserts that the canaries are in none of the files, except the token in the one that was agreed to.
#[track_caller]
fn check_files(ctl: &Ctl) {
    let agreed = ctl.profile().join("data/tokens.json");
    let all = files(ctl.stage.path());
    assert!(all.contains(&agreed));
    for path in all {
        let texts: &[&str] = if path == agreed {
            &[PASSWORD]
        } else {
            &[TOKEN, PASSWORD]
        };
        assert!(!contains(&path, texts), "{}", path.display());
    }
}
