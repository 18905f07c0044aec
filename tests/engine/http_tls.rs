//! Who is believed to be the server: certificates good and bad, the one that a person accepted, and redirects over TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::process::Command;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::Value;
use spool_engine::http::{Http, SecretUrl, Terms};
use spool_engine::model::{CertificateFault, Fingerprint};
use spool_engine::secret::Secret;
use spool_engine::source::SourceError;
use testkit::{Authority, Blob, FakeServer, Fault, Flaw, Identity, Options, Tls};
use url::Url;

const CANARY: &str = "CANARY51ab77e0";
const AUTHORITIES: &str = "SPOOL_CA_FILE";

/// Runs `body` in a program of its own, which finds a new authority in the file that its environment names: authorities are
/// read once in a program, so no other test may have asked before.
fn knowing_an_authority<F: Future<Output = ()>>(test: &str, body: impl FnOnce(Authority) -> F) {
    if let Some(file) = std::env::var_os(AUTHORITIES) {
        let authority = Authority::new();
        std::fs::write(file, authority.pem()).unwrap();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime
            .enable_all()
            .build()
            .unwrap()
            .block_on(body(authority));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(AUTHORITIES, folder.path().join("authority.pem"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "it ran nothing: {said}");
}

fn server(identity: &Identity) -> FakeServer {
    serve(Tls::new(identity.clone()))
}

fn serve(tls: Tls) -> FakeServer {
    let server = FakeServer::start(Options {
        tls: Some(tls),
        ..Options::default()
    });
    server.add_blob("/end", Blob::pattern(64, 1));
    server
}

fn own() -> HeaderMap {
    let token = HeaderValue::from_str(&format!("MediaBrowser Token=\"{CANARY}\"")).unwrap();
    [(AUTHORIZATION, token)].into_iter().collect()
}

fn client(server: &FakeServer, terms: &Terms) -> Http {
    let base: Url = server.address().parse().unwrap();
    Http::on(&base, own(), None, terms).unwrap()
}

async fn get(http: &Http, url: String) -> Result<usize, SourceError> {
    let url = SecretUrl::new(url.parse().unwrap());
    http.get_bytes(&url, 1 << 20).await.map(|bytes| bytes.len())
}

/// What a server's certificate is refused for, when it is; nothing was sent to it then.
async fn refused(server: &FakeServer, terms: &Terms) -> Option<CertificateFault> {
    let answer = get(&client(server, terms), server.url("/end")).await;
    match answer {
        Ok(_) => None,
        Err(SourceError::Certificate(refused)) => {
            assert!(server.requests().is_empty(), "nothing was asked");
            Some(refused.fault)
        }
        Err(other) => panic!("{other}"),
    }
}

/// The fingerprint of the certificate that a server shows, as its refusal tells it.
async fn seen(server: &FakeServer) -> Fingerprint {
    match get(&client(server, &Terms::default()), server.url("/end")).await {
        Err(SourceError::Certificate(refused)) => refused.fingerprint,
        other => panic!("{other:?}"),
    }
}

fn redirect(to: &str) -> Fault {
    Fault::Redirect(to.into())
}

#[test]
fn five_bad_certificates_are_refused() {
    knowing_an_authority("five_bad_certificates_are_refused", async |authority| {
        use CertificateFault as F;
        let cases = [
            (authority.issue(Flaw::Expired), F::Expired),
            (authority.issue(Flaw::NotYetValid), F::NotYetValid),
            (authority.issue(Flaw::WrongName), F::WrongName),
            (Identity::self_signed(), F::SelfSigned),
            (Authority::new().issue(Flaw::None), F::UnknownAuthority),
            (authority.issue(Flaw::WrongUse), F::Unsuitable),
        ];
        for (identity, fault) in &cases {
            let server = server(identity);
            assert_eq!(refused(&server, &Terms::default()).await, Some(*fault));
        }
        println!("{0}/{0} bad certificates refused", cases.len());
        let good = server(&authority.issue(Flaw::None));
        assert_eq!(refused(&good, &Terms::default()).await, None);
    });
}

#[tokio::test]
async fn without_the_file_its_authority_is_unknown() {
    let good = server(&Authority::new().issue(Flaw::None));
    let refused = refused(&good, &Terms::default()).await;
    assert_eq!(refused, Some(CertificateFault::UnknownAuthority));
}

#[tokio::test]
async fn the_accepted_certificate_and_no_other() {
    let (first, second) = (Identity::self_signed(), Identity::self_signed());
    let server = server(&first);
    let terms = Terms::pinned(seen(&server).await);
    assert_eq!(refused(&server, &terms).await, None);
    server.set_tls(Tls::new(second));
    // A connection that is there proves nothing of the next one.
    let changed = get(&client(&server, &terms), server.url("/end")).await;
    let Err(SourceError::Certificate(refused)) = changed else {
        panic!("{changed:?}");
    };
    assert_eq!(refused.fault, CertificateFault::Changed);
    assert_ne!(Some(refused.fingerprint), terms.pin);
    let anew = Terms::pinned(refused.fingerprint);
    assert!(
        get(&client(&server, &anew), server.url("/end"))
            .await
            .is_ok()
    );
}

#[test]
fn an_accepted_certificate_is_for_its_own_server_only() {
    let name = "an_accepted_certificate_is_for_its_own_server_only";
    knowing_an_authority(name, async |authority| {
        let identity = Identity::self_signed();
        let home = server(&identity);
        let terms = Terms::pinned(seen(&home).await);
        let http = client(&home, &terms);
        // Another server is judged by the authorities, also when it shows the very same certificate.
        let same = server(&identity);
        home.fault("/same", redirect(&same.url("/end")));
        let answer = get(&http, home.url("/same")).await;
        assert!(
            matches!(answer, Err(SourceError::Certificate(_))),
            "{answer:?}"
        );
        assert!(same.requests().is_empty());

        let good = server(&authority.issue(Flaw::None));
        home.fault("/good", redirect(&good.url("/end")));
        assert_eq!(get(&http, home.url("/good")).await.unwrap(), 64);
        assert!(!good.log().mentions(CANARY));
        assert!(home.log().mentions(CANARY));
        // A certificate that the authorities vouch for is not the accepted one either.
        home.set_tls(Tls::new(authority.issue(Flaw::None)));
        let answer = get(&client(&home, &terms), home.url("/end")).await;
        assert!(
            matches!(&answer, Err(SourceError::Certificate(refused)) if refused.fault == CertificateFault::Changed),
            "{answer:?}"
        );
    });
}

#[test]
fn redirects_over_tls() {
    knowing_an_authority("redirects_over_tls", async |authority| {
        let good = || server(&authority.issue(Flaw::None));
        let (home, away) = (good(), good());
        let open = FakeServer::start(Options::default());
        open.add_blob("/end", Blob::pattern(64, 1));
        let http = client(&home, &Terms::default());

        home.fault("/stay", redirect("/end"));
        get(&http, home.url("/stay")).await.unwrap();
        let stayed = home.requests_to("/end");
        assert!(stayed[0].header("authorization").is_some());

        home.fault("/away", redirect(&away.url("/back")));
        away.fault("/back", redirect(&home.url("/end")));
        get(&http, home.url("/away")).await.unwrap();
        assert!(!away.log().mentions(CANARY));
        let back = home.requests_to("/end");
        assert_eq!(back[1].header("authorization"), None, "not even back home");

        for (name, target) in [("/down", open.url("/end")), ("/same", plain(&home))] {
            home.fault(name, redirect(&target));
            let answer = get(&http, home.url(name)).await;
            assert!(
                matches!(answer, Err(SourceError::Insecure(_))),
                "{answer:?}"
            );
        }
        away.fault("/down", redirect(&open.url("/end")));
        home.fault("/over", redirect(&away.url("/down")));
        let answer = get(&http, home.url("/over")).await;
        assert!(
            matches!(answer, Err(SourceError::Insecure(_))),
            "{answer:?}"
        );
        assert!(open.requests().is_empty());

        // From an open connection to a secure one: another origin, so without the token.
        let base: Url = open.address().parse().unwrap();
        let plain = Http::with(&base, own(), None).unwrap();
        open.fault("/up", redirect(&home.url("/end")));
        get(&plain, open.url("/up")).await.unwrap();
        let last = home.requests_to("/end").pop().unwrap();
        assert_eq!(last.header("authorization"), None);
        // A certificate that is no good ends it there.
        let bad = server(&Identity::self_signed());
        open.fault("/bad", redirect(&bad.url("/end")));
        let answer = get(&plain, open.url("/bad")).await;
        assert!(
            matches!(answer, Err(SourceError::Certificate(_))),
            "{answer:?}"
        );
    });
}

/// The open address of a server that is only asked over TLS.
fn plain(server: &FakeServer) -> String {
    server.url("/end").replace("https:", "http:")
}

#[test]
fn own_headers_and_the_own_certificate_go_home_only() {
    let name = "own_headers_and_the_own_certificate_go_home_only";
    knowing_an_authority(name, async |authority| {
        let members = Authority::new();
        let secure = |tls: fn(Tls, &Authority) -> Tls| {
            serve(tls(Tls::new(authority.issue(Flaw::None)), &members))
        };
        let (home, away) = (
            secure(|tls, members| tls.only_for_clients(members)),
            secure(|tls, members| tls.asking_clients(members)),
        );
        let stranger = get(&client(&home, &Terms::default()), home.url("/end")).await;
        assert!(stranger.is_err(), "it wants a certificate");

        let mut terms = Terms::default();
        let header = Secret::new("CANARYheader");
        terms
            .add_header("CF-Access-Client-Secret", &header)
            .unwrap();
        let member = members.issue_for_client("ada");
        terms.set_identity(&Secret::new(member.pem())).unwrap();
        let http = client(&home, &terms);
        assert_eq!(get(&http, home.url("/end")).await.unwrap(), 64);
        let asked = home.requests_to("/end");
        assert_eq!(
            asked[0].header("cf-access-client-secret"),
            Some("CANARYheader")
        );
        assert_eq!(home.log().introduced(), 1);

        home.fault("/away", redirect(&away.url("/end")));
        assert_eq!(get(&http, home.url("/away")).await.unwrap(), 64);
        assert_eq!(
            away.log().introduced(),
            0,
            "away does not see the certificate"
        );
        assert!(!away.log().mentions("CANARY"));
        let direct = get(&http, away.url("/end")).await;
        assert_eq!((direct.unwrap(), away.log().introduced()), (64, 0));

        let shown = format!("{http:?} {terms:?}");
        assert!(
            !shown.contains("CANARY") && !shown.contains("PRIVATE"),
            "{shown}"
        );
        home.fault("/broken", Fault::Html);
        let broken: Result<Value, _> = http.get_json(&home.url("/broken").parse().unwrap()).await;
        let error = format!("{0:?} {0}", broken.unwrap_err());
        assert!(!error.contains("CANARY"), "{error}");
    });
}

#[tokio::test]
async fn the_servers_clock_is_known_from_its_answers() {
    let server = FakeServer::start(Options::default());
    server.add_blob("/end", Blob::pattern(64, 1));
    let http = client(&server, &Terms::default());
    assert_eq!(http.clock_offset(), None);
    get(&http, server.url("/end")).await.unwrap();
    let offset = http.clock_offset().unwrap();
    // It is this computer's own, and the answer may have waited for it a while.
    assert!((-60_000..=1_000).contains(&offset), "{offset}");
}
