//! Servers over TLS: authorities from a file, certificates that a person accepts, headers and certificates that a server
//! asks for.

use testkit::canary::{contains, files};
use testkit::{Authority, Flaw, Identity, Options, Tls};

use crate::program::{Ctl, Ran};

fn secure(tls: Tls) -> Ctl {
    Ctl::new(Options {
        tls: Some(tls),
        ..Options::default()
    })
}

fn add(ctl: &Ctl, more: &[&str]) -> Ran {
    let address = ctl.server().address();
    let base = [
        "--json",
        "accounts",
        "add",
        "jellyfin",
        &address,
        "--user",
        "ada",
        "--password-stdin",
        "--token-file",
    ];
    ctl.run_with(&[&base, more].concat(), "correct horse")
}

/// The fingerprint inside a sentence.
#[track_caller]
pub(crate) fn fingerprint(sentence: &str) -> String {
    let digits = |word: &&str| word.len() == 95 && word.matches(':').count() == 31;
    let mut words = sentence.split([' ', ',', '\n']);
    words
        .find(digits)
        .unwrap_or_else(|| panic!("none in {sentence}"))
        .to_owned()
}

#[test]
fn each_bad_certificate_has_its_sentence() {
    let authority = Authority::new();
    for (identity, words) in [
        (authority.issue(Flaw::Expired), "has expired"),
        (authority.issue(Flaw::NotYetValid), "is not valid yet"),
        (authority.issue(Flaw::WrongName), "is for another name"),
        (Identity::self_signed(), "signed its certificate itself"),
        (Authority::new().issue(Flaw::None), "does not know"),
    ] {
        let ctl = secure(Tls::new(identity));
        let file = ctl.stage.path().join("authority.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let address = ctl.server().address();
        let arguments = [
            "accounts",
            "add",
            "jellyfin",
            &address,
            "--user",
            "ada",
            "--token-file",
        ];
        let output = ctl
            .command(&[&arguments[..], &["--password-stdin"]].concat())
            .env("SPOOL_CA_FILE", &file)
            .output()
            .unwrap();
        let refused = Ran::of(output).failed(1, words);
        assert!(refused.err.contains("--accept-fingerprint"), "{refused:?}");
        assert!(ctl.server().requests().is_empty());
    }
}

#[test]
fn an_authority_from_a_file_is_believed() {
    let authority = Authority::new();
    let ctl = secure(Tls::new(authority.issue(Flaw::None)));
    add(&ctl, &[]).failed(1, "does not know");
    let file = ctl.stage.path().join("authority.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    std::fs::write(ctl.stage.path().join("password"), "correct horse").unwrap();
    let address = ctl.server().address();
    let run = |arguments: &[&str]| {
        let password = std::fs::File::open(ctl.stage.path().join("password")).unwrap();
        let mut command = ctl.command(arguments);
        Ran::of(
            command
                .env("SPOOL_CA_FILE", &file)
                .stdin(password)
                .output()
                .unwrap(),
        )
    };
    let arguments = [
        "accounts",
        "add",
        "jellyfin",
        &address,
        "--user",
        "ada",
        "--token-file",
    ];
    run(&[&arguments[..], &["--password-stdin"]].concat()).done();
    let list = run(&["--json", "accounts", "list"]).done().json();
    assert_eq!(list[0]["state"], "online");
    assert_eq!(list[0]["route"]["secure"], true);
    assert_eq!(list[0]["route"]["reach"], "here");
    // Without the file the next run does not believe it, and says why.
    let list = ctl.json(&["accounts", "list"]);
    assert_eq!(list[0]["state"], "offline");
    assert!(
        list[0]["reason"]
            .as_str()
            .unwrap()
            .contains("does not know")
    );
}

#[test]
fn a_self_signed_server_is_accepted_by_its_fingerprint() {
    let ctl = secure(Tls::new(Identity::self_signed()));
    let refused = add(&ctl, &[]).failed(1, "--accept-fingerprint");
    let first = fingerprint(&refused.err);
    let wrong = "11:22:".repeat(16);
    add(&ctl, &["--accept-fingerprint", wrong.trim_end_matches(':')])
        .failed(1, "not the one that was accepted");
    add(&ctl, &["--accept-fingerprint", "no"]).failed_usage();
    let account = add(&ctl, &["--accept-fingerprint", &first.to_lowercase()])
        .done()
        .json();
    assert_eq!(account["fingerprint"], first);
    let id = account["id"].as_str().unwrap();
    assert!(!ctl.json(&["ls"]).as_array().unwrap().is_empty());

    ctl.server().set_tls(Tls::new(Identity::self_signed()));
    let list = ctl.json(&["accounts", "list"]);
    assert_eq!(list[0]["state"], "offline");
    let reason = list[0]["reason"].as_str().unwrap();
    assert!(reason.contains("accounts accept"), "{reason}");
    let second = fingerprint(reason);
    ctl.run(&["accounts", "accept", id, &first])
        .failed(1, "not the one that was accepted");
    ctl.run(&["accounts", "accept", id, &second]).done();
    let list = ctl.json(&["accounts", "list"]);
    assert_eq!(list[0]["state"], "online");
    assert_eq!(list[0]["fingerprint"], second);
    // What the authorities vouch for is not there to go back to.
    ctl.run(&["accounts", "accept", id])
        .failed(1, "signed its certificate itself");
}

#[test]
fn headers_and_a_certificate_that_a_server_asks_for_are_read_from_files() {
    let members = Authority::new();
    let ctl = secure(Tls::new(Identity::self_signed()).only_for_clients(&members));
    let first = fingerprint(&add(&ctl, &[]).failed(1, "itself").err);
    let path = |name: &str| ctl.stage.path().join(name).to_str().unwrap().to_owned();
    let (headers, own) = (path("headers"), path("own.pem"));
    std::fs::write(&headers, "# of the proxy\nX-Door: canaryDoor5511\n").unwrap();
    std::fs::write(&own, members.issue_for_client("ada").pem()).unwrap();
    let accepted = ["--accept-fingerprint", &first, "--header-file", &headers];
    add(&ctl, &accepted).failed(1, "");
    add(
        &ctl,
        &[&accepted[..], &["--client-certificate", &headers]].concat(),
    )
    .failed(1, "no certificate");
    add(
        &ctl,
        &[&accepted[..], &["--client-certificate", &own]].concat(),
    )
    .done();
    assert!(ctl.server().log().mentions("canaryDoor5511"));
    ctl.run(&["fetch", "Copper Valley", "--discard"]).done();
    assert!(
        ctl.server()
            .requests()
            .iter()
            .all(|request| request.header("x-door").is_some())
    );
    let secrets = ["canaryDoor5511", "PRIVATE KEY"];
    for file in files(&ctl.profile()) {
        let token_file = file.ends_with("data/tokens.json");
        assert_eq!(contains(&file, &secrets), token_file, "{}", file.display());
    }
    std::fs::write(&headers, "Host: elsewhere\n").unwrap();
    add(&ctl, &accepted).failed(1, "Line 1");
}
