//! Every word can be translated: files are listed, `xgettext` finds every call, and a catalog reaches the window.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use testkit::hand::Hand;

const CALLS: [&str; 4] = ["gettext", "ngettext", "gettext_f", "ngettext_f"];
const KEYWORDS: [&str; 2] = ["--keyword=gettext_f", "--keyword=ngettext_f:1,2"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What follows each call's parenthesis in a source text.
fn calls(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("gettext") {
        let before = text[..at].chars().next_back();
        let start = if before == Some('n') { at - 1 } else { at };
        let whole = text[..start]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let name_end = text[at..]
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .map(|end| at + end);
        let Some(end) = name_end else { continue };
        let is_definition = text[..start].ends_with("fn ");
        if whole
            && !is_definition
            && CALLS.contains(&&text[start..end])
            && text[end..].starts_with('(')
        {
            found.push(text[end + 1..].trim_start());
        }
    }
    found
}

/// The text of a literal at the beginning, as the compiler reads it.
fn literal(text: &str) -> Option<String> {
    let body = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = body.chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
}

/// Files of the application that hold words, with these words.
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be read fails the test"
)]
fn wordy() -> Vec<(String, BTreeSet<String>)> {
    let mut files = Vec::new();
    for folder in ["src/app", "src/desktop", "src/ui", "src/user_message"] {
        sources(&root().join(folder), &mut files);
    }
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("i18n.rs")
        {
            files.push(path);
        }
    }
    let mut wordy = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let words = calls(&text).into_iter().map(|call| {
            let beginning: String = call.chars().take(40).collect();
            literal(call).unwrap_or_else(|| panic!("{name}: no plain literal: {beginning}"))
        });
        let words: BTreeSet<String> = words.collect();
        if !words.is_empty() {
            wordy.push((name, words));
        }
    }
    wordy
}

#[expect(clippy::unwrap_used, reason = "what cannot be run fails the test")]
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn xgettext(files: &[&str]) -> String {
    let mut arguments = vec![
        "--language=C",
        "--from-code=UTF-8",
        "--no-wrap",
        "--output=-",
    ];
    arguments.extend(KEYWORDS);
    arguments.extend(files);
    run("xgettext", &arguments)
}

#[test]
fn every_file_with_words_is_listed() {
    let listed = fs::read_to_string(root().join("po/POTFILES.in")).unwrap();
    let listed: Vec<&str> = listed
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    for file in &listed {
        assert!(
            root().join(file).exists(),
            "{file} is listed and does not exist"
        );
    }
    for (file, _) in wordy() {
        assert!(
            listed.contains(&file.as_str()),
            "{file} is not in po/POTFILES.in"
        );
    }
    assert!(listed.is_sorted(), "the list is not sorted");
}

#[test]
fn xgettext_finds_every_call() {
    for (file, words) in wordy() {
        let catalog = xgettext(&[&file]);
        let found = catalog
            .lines()
            .filter_map(|line| line.strip_prefix("msgid "));
        let found: BTreeSet<String> = found
            .filter_map(literal)
            .filter(|word| !word.is_empty())
            .collect();
        let missed: Vec<_> = words.difference(&found).collect();
        assert!(
            missed.is_empty(),
            "{file}: xgettext does not find {missed:?}"
        );
    }
}

/// A locale with a name of its own, which is what makes glibc look for a catalog: a copy of the one that every system
/// has, for a test must not depend on those that somebody generated.
#[expect(clippy::unwrap_used, reason = "what cannot be copied fails the test")]
fn borrowed_locale(folder: &Path) -> PathBuf {
    let locales = folder.join("locales");
    fs::create_dir(&locales).unwrap();
    let copy = locales.join("de_DE.utf8").display().to_string();
    run("cp", &["-r", "/usr/lib/locale/C.utf8", &copy]);
    locales
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_catalog_reaches_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let wordy = wordy();
    let files: Vec<&str> = wordy.iter().map(|(file, _)| file.as_str()).collect();
    fs::write(
        path("spool.pot"),
        xgettext(&files).replace("charset=CHARSET", "charset=UTF-8"),
    )
    .unwrap();
    run(
        "msgen",
        &[&path("spool.pot"), "--output-file", &path("same.po")],
    );
    let bracket = [
        "--keep-header",
        "--input",
        &path("same.po"),
        "--output-file",
        &path("other.po"),
        "sed",
        "-e",
        "s/.*/⟦&⟧/",
    ];
    run("msgfilter", &bracket);
    let messages = folder.path().join("de/LC_MESSAGES");
    fs::create_dir_all(&messages).unwrap();
    run(
        "msgfmt",
        &[
            &path("other.po"),
            "--output-file",
            &messages.join("spool.mo").display().to_string(),
        ],
    );

    let program = Command::new(env!("CARGO_BIN_EXE_spool"))
        .args(["--profile", &path("profile")])
        .env("SPOOL_LOCALEDIR", folder.path())
        .env("LOCPATH", borrowed_locale(folder.path()))
        .env("LC_ALL", "de_DE.UTF-8")
        .env("GSK_RENDERER", "cairo")
        .env("GTK_A11Y", "atspi")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let program = Running(program);
    let mut hand = Hand::on(program.0.id());
    hand.see("⟦Welcome to Spool⟧");
    hand.see("⟦Add a folder⟧");
}
