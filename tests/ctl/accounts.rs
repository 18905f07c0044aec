//! Signing in and out, and adding folders.

use std::os::unix::fs::PermissionsExt;

use testkit::{Beacon, Fault, Options};

use crate::program::{Ctl, Running};

fn add(ctl: &Ctl, address: &str, password: &str, more: &[&str]) -> crate::program::Ran {
    let base = [
        "accounts",
        "add",
        "jellyfin",
        address,
        "--user",
        "ada",
        "--password-stdin",
    ];
    ctl.run_with(&[&base, more].concat(), password)
}

#[test]
fn a_server_is_added_listed_and_removed() {
    let ctl = Ctl::new(Options::default());
    let added = ctl.sign_in().done().json();
    assert_eq!(added["kind"], "jellyfin");
    assert_eq!(added["user"], "ada");
    let list = ctl.json(&["accounts", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["state"], "online");
    let id = list[0]["id"].as_str().unwrap();
    assert!(!ctl.json(&["ls"]).as_array().unwrap().is_empty());

    ctl.run(&["accounts", "remove", id]).done();
    assert_eq!(ctl.json(&["accounts", "list"]).as_array().unwrap().len(), 0);
    assert_eq!(ctl.json(&["ls"]).as_array().unwrap().len(), 0);
    let ended = ctl.server().requests_to("/Sessions/Logout");
    assert_eq!(ended.len(), 1, "the server is told to forget the token");
}

#[test]
fn the_token_file_is_for_this_user_alone() {
    let ctl = Ctl::signed_in(Options::default());
    let data = ctl.profile().join("data");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.join("tokens.json")), 0o600);
    assert_eq!(mode(&data), 0o700);
}

#[test]
fn without_a_keyring_the_way_out_is_named() {
    let ctl = Ctl::new(Options::default());
    add(&ctl, &ctl.server().address(), "correct horse", &[]).failed(1, "--token-file");
    assert_eq!(ctl.json(&["accounts", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_wrong_password_is_tried_once_and_said_plainly() {
    let ctl = Ctl::new(Options::default());
    let address = ctl.server().address();
    add(&ctl, &address, "wrong\n", &["--token-file"]).failed(1, "name or the password is wrong");
    assert_eq!(
        ctl.server().requests_to("/Users/AuthenticateByName").len(),
        1
    );
}

#[test]
fn what_is_no_server_is_said_plainly() {
    let mut ctl = Ctl::new(Options::default());
    let address = ctl.server().address();
    ctl.server().fault("*", Fault::Html);
    add(&ctl, &address, "x", &["--token-file"]).failed(1, "no Jellyfin server");
    ctl.stage.server.stop();
    add(&ctl, &address, "x", &["--token-file"]).failed(1, "cannot be reached");
    add(&ctl, "http://", "x", &["--token-file"]).failed(2, "not the address");
}

#[test]
fn folders_are_added_once_and_must_be_readable() {
    let ctl = Ctl::new(Options::default());
    let folder = ctl.stage.folder();
    let path = folder.path().to_str().unwrap();
    assert_eq!(
        ctl.json(&["accounts", "add", "folder", path])["kind"],
        "folder"
    );
    ctl.run(&["accounts", "add", "folder", path])
        .failed(1, "there already");
    let missing = folder.path().join("missing");
    let missing = missing.to_str().unwrap();
    ctl.run(&["accounts", "add", "folder", missing])
        .failed(1, "cannot be read");
    assert_eq!(ctl.json(&["accounts", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_quick_connect_code_is_printed_and_waited_for() {
    let ctl = Ctl::new(Options::default());
    let address = ctl.server().address();
    let arguments = [
        "--json",
        "accounts",
        "add",
        "jellyfin",
        &address,
        "--quick-connect",
        "--token-file",
    ];
    let mut running = Running::new(&mut ctl.command(&arguments));
    let waiting = running.line().unwrap();
    assert_eq!(waiting["server"], "Attic");
    assert!(
        ctl.server()
            .jellyfin()
            .approve(waiting["code"].as_str().unwrap())
    );
    let (lines, code) = running.rest();
    assert_eq!(code, Some(0), "{lines:?}");
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["user"]),
        (&"jellyfin".into(), &"ada".into())
    );
    assert!(!ctl.json(&["ls"]).as_array().unwrap().is_empty());
    let requests = ctl.server().requests();
    assert!(
        requests
            .iter()
            .all(|request| request.path != "/Users/AuthenticateByName")
    );
}

#[test]
fn a_quick_connect_that_is_off_or_given_up_leaves_nothing() {
    let ctl = Ctl::new(Options {
        quick_connect: false,
        ..Options::default()
    });
    let address = ctl.server().address();
    let arguments = ["accounts", "add", "jellyfin", &address, "--quick-connect"];
    ctl.run(&arguments).failed(1, "--user");

    let ctl = Ctl::new(Options::default());
    let address = ctl.server().address();
    let arguments = [
        "--json",
        "accounts",
        "add",
        "jellyfin",
        &address,
        "--quick-connect",
    ];
    let mut running = Running::new(&mut ctl.command(&arguments));
    running.line().unwrap();
    running.interrupt();
    assert_eq!(running.rest().1, Some(1));
    assert_eq!(ctl.json(&["accounts", "list"]).as_array().unwrap().len(), 0);
}

#[test]
fn servers_of_the_network_are_listed() {
    let ctl = Ctl::new(Options::default());
    let discover = |beacon: &Beacon| {
        let mut command = ctl.command(&["--json", "accounts", "discover"]);
        command.env("SPOOL_LAN", beacon.address().to_string());
        crate::program::Ran::of(command.output().unwrap())
            .done()
            .json()
    };
    let servers = discover(&Beacon::of(ctl.server()));
    assert_eq!(servers.as_array().unwrap().len(), 1, "{servers}");
    assert_eq!(servers[0]["kind"], "jellyfin");
    assert_eq!(
        servers[0]["address"],
        format!("{}/", ctl.server().address())
    );
    assert_eq!(servers[0]["name"], "Attic");
    assert_eq!(
        discover(&Beacon::saying(Vec::new()))
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_drive_that_is_gone_for_good_is_forgotten() {
    let ctl = Ctl::new(Options::default());
    let drive = tempfile::tempdir_in("/dev/shm").unwrap();
    let (films, place) = (ctl.stage.path().join("films"), "usb");
    std::fs::create_dir_all(&films).unwrap();
    std::fs::write(films.join("At Home (2001).mkv"), "x").unwrap();
    std::fs::write(drive.path().join("Away (2002).mkv"), "y").unwrap();
    std::os::unix::fs::symlink(drive.path(), films.join(place)).unwrap();
    let folder = films.to_str().unwrap();
    let added = ctl.json(&["accounts", "add", "folder", folder]);
    let id = added["id"].as_str().unwrap();
    let forget = ["accounts", "forget-away", id];
    let titles = || {
        let rows = ctl.json(&["ls"]);
        let rows = rows.as_array().unwrap().iter();
        let titles = rows.map(|row| row["title"].as_str().unwrap().to_owned());
        titles.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(titles().len(), 2);
    let none = ctl.json(&forget);
    assert_eq!(none["forgotten"], serde_json::json!([]), "all is there");

    std::fs::remove_file(films.join(place)).unwrap();
    ctl.run(&["sync"]).done();
    assert_eq!(titles().len(), 2, "what is away is not gone");
    assert_eq!(ctl.json(&forget)["forgotten"], serde_json::json!([place]));
    ctl.run(&["sync"]).done();
    assert_eq!(titles(), ["At Home".to_owned()].into());
    assert_eq!(ctl.json(&forget)["forgotten"], serde_json::json!([]));
    ctl.run(&["accounts", "forget-away", "nobody"])
        .failed(1, "no account");
}
