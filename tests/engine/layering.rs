//! Who may know whom: the import rules of the architecture, checked over the tree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All Rust files below a folder or the file itself, with their text, but without comments.
fn code(place: &str) -> Vec<(String, String)> {
    let place = root().join(place);
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&place) {
        let Ok(entry) = entry else { continue };
        let path = entry.into_path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect();
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            files.push((name, code.join("\n")));
        }
    }
    files
}

/// Whether `word` stands in the code by itself.
fn names(code: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part) && (word.ends_with(':') || !after.is_some_and(part))
    })
}

/// Fails with the rule's sentence for each file of `places`, outside `except`, that names one of `words`.
fn nobody_names(rule: &str, places: &[&str], except: &[&str], words: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, code) in places.iter().flat_map(|place| code(place)) {
        if except.iter().any(|allowed| file.starts_with(allowed)) {
            continue;
        }
        for word in words.iter().filter(|word| names(&code, word)) {
            broken.push(format!("{file} names {word}: {rule}"));
        }
    }
    broken
}

#[test]
fn everybody_keeps_to_the_import_rules() {
    let toolkit = ["gtk", "adw", "relm4", "gio", "glib"];
    let mut broken = Vec::new();
    broken.extend(nobody_names(
        "the engine knows no toolkit, no player and no translations",
        &["src/engine"],
        &[],
        &[
            &toolkit[..],
            &["gst", "gst_base", "gettextrs", "gettext", "spool_player::"],
        ]
        .concat(),
    ));
    broken.extend(nobody_names(
        "the player knows no toolkit, no database and no HTTP",
        &["src/player"],
        &[],
        // GStreamer's own glib is `gst::glib`.
        &["gtk", "adw", "relm4", "gettextrs", "sea_orm", "reqwest"],
    ));
    broken.extend(nobody_names(
        "only the store speaks to the database",
        &["src"],
        &["src/engine/store.rs", "src/engine/store/"],
        &["sea_orm", "sea_query", "sqlx"],
    ));
    broken.extend(nobody_names(
        "only http and source speak HTTP",
        &["src"],
        &[
            "src/engine/http.rs",
            "src/engine/http/",
            "src/engine/source.rs",
            "src/engine/source/",
        ],
        &["reqwest"],
    ));
    broken.extend(nobody_names(
        "only http opens sockets, for it knows where a token may go",
        &["src"],
        &["src/engine/http.rs", "src/engine/http/"],
        &["tokio_tungstenite", "tungstenite"],
    ));
    broken.extend(nobody_names(
        "certificates are judged, always",
        &["src"],
        &[],
        &[
            "danger_accept_invalid_certs",
            "danger_accept_invalid_hostnames",
            "tls_danger_accept_invalid_certs",
            "tls_danger_accept_invalid_hostnames",
        ],
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The code in front of a file's tests.
fn shipped(code: &str) -> &str {
    code.split("#[cfg(test)]").next().unwrap_or_default()
}

fn is_test(file: &str) -> bool {
    file.ends_with("tests.rs") || file.contains("/tests/")
}

/// Words that only the protocols of servers have: addresses, headers and fields.
const PROTOCOLS: [&str; 23] = [
    "MediaBrowser",
    "X-Emby",
    "X-Plex",
    "X-MediaBrowser",
    "ApiKey",
    "/Items",
    "/Users/",
    "UserViews",
    "PlaybackInfo",
    "RunTimeTicks",
    "PositionTicks",
    "UserData",
    "MediaSources",
    "MediaContainer",
    "ratingKey",
    "viewOffset",
    "viewCount",
    "/library/",
    "/:/",
    "scrobble",
    "plex.direct",
    "machineIdentifier",
    "QuickConnect",
];

/// A kind of server can be added, and another version of one, without a look outside its folder.
#[test]
fn no_word_of_a_server_stands_outside_its_module() {
    let own = ["src/engine/source/jellyfin", "src/engine/source/plex"];
    // Who lists the kinds, and where people sign in to one.
    let names_them = [
        "src/engine/source.rs",
        "src/engine/accounts",
        "src/engine/model/account.rs",
        "src/engine/store/accounts.rs",
    ];
    let is_in = |file: &str, places: &[&str]| places.iter().any(|place| file.starts_with(place));
    let mut broken = Vec::new();
    for (file, code) in code("src") {
        if is_in(&file, &own) || is_test(&file) {
            continue;
        }
        let code = shipped(&code);
        let words = PROTOCOLS.iter().filter(|word| code.contains(*word));
        broken.extend(words.map(|word| {
            format!("{file} has {word}: a protocol's words stay in its source's module")
        }));
        let lower = code.to_lowercase();
        let has = |name: &&&str| {
            let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
            words.any(|word| word.starts_with(**name))
        };
        let named = ["jellyfin", "plex", "emby"].iter().filter(has);
        if file.starts_with("src/engine") && !is_in(&file, &names_them) {
            broken.extend(
                named.map(|name| {
                    format!("{file} names {name}: the engine knows sources, not servers")
                }),
            );
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A sentence, the modules it is about, and what they may not name.
const BELOW: [(&str, &[&str], &[&str]); 5] = [
    (
        "data, ranges and recoveries know nothing of ours",
        &["model", "range", "recovery"],
        &[
            "http", "source", "store", "cache", "library", "playback", "artwork", "accounts",
        ],
    ),
    (
        "http knows only data and errors",
        &["http"],
        &[
            "source", "store", "cache", "library", "playback", "artwork", "accounts",
        ],
    ),
    (
        "a source does not know who stores or reads what it says",
        &["source"],
        &[
            "store", "cache", "library", "playback", "artwork", "accounts",
        ],
    ),
    (
        "the store knows data, and of the cache only its claims",
        &["store"],
        &[
            "http", "source", "library", "playback", "artwork", "accounts",
        ],
    ),
    (
        "the cache asks its own traits, not the store or a source",
        &["cache"],
        &[
            "store", "source", "library", "playback", "artwork", "accounts",
        ],
    ),
];

#[test]
fn modules_of_the_engine_know_only_what_is_below_them() {
    let engine = |name: &str| {
        [
            format!("src/engine/{name}.rs"),
            format!("src/engine/{name}/"),
        ]
    };
    let mut broken = Vec::new();
    for (rule, modules, forbidden) in BELOW {
        for place in modules.iter().flat_map(|module| engine(module)) {
            if !root().join(&place).exists() {
                continue;
            }
            let words: Vec<String> = forbidden
                .iter()
                .map(|module| format!("crate::{module}::"))
                .collect();
            for (file, code) in code(&place) {
                let named = words.iter().filter(|word| code.contains(word.as_str()));
                broken.extend(named.map(|word| format!("{file} names {word}: {rule}")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn pages_do_not_know_each_other_and_nobody_knows_the_application() {
    let mut broken = nobody_names(
        "widgets do not know pages",
        &["src/ui/widget", "src/ui/widget.rs"],
        &[],
        &["ui::page", "super::page"],
    );
    broken.extend(nobody_names(
        "only the application itself imports the application",
        &[
            "src/ui",
            "src/desktop",
            "src/services.rs",
            "src/settings.rs",
        ],
        &[],
        &["crate::app"],
    ));
    let pages = root().join("src/ui/page");
    if pages.exists() {
        let folder = fs::read_dir(&pages).unwrap();
        let files = folder.filter_map(|entry| Some(entry.ok()?.path()));
        let names: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            // A module beside the pages that draws nothing is no page.
            .filter(|path| fs::read_to_string(path).unwrap().contains("Component for "))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        for (file, code) in code("src/ui/page") {
            for name in &names {
                let own = file.starts_with(&format!("src/ui/page/{name}"));
                if !own && code.contains(&format!("page::{name}::")) {
                    broken.push(format!(
                        "{file} names page::{name}: pages do not import pages"
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
