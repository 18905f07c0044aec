//! Signing in and out, and adding folders.

use std::os::unix::fs::PermissionsExt;

use testkit::{Fault, Options};

use crate::program::Ctl;

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
