//! Sizes that a reader can take in: files of at most 400 lines (600 with their tests), functions of at most 60.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

const FILE: usize = 400;
const FILE_WITH_TESTS: usize = 600;
const FUNCTION: usize = 60;

fn rust_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    ["src", "migrations", "tests"]
        .iter()
        .flat_map(|place| walkdir::WalkDir::new(root.join(place)))
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Functions that are too long, as "name (lines)": from the line with `fn` to the closing brace in the same column.
fn long_functions(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let words = [
            "pub ",
            "pub(crate) ",
            "pub(super) ",
            "const ",
            "async ",
            "unsafe ",
        ];
        let mut rest = code;
        while let Some(shorter) = words.iter().find_map(|word| rest.strip_prefix(word)) {
            rest = shorter;
        }
        let Some(name) = rest.strip_prefix("fn ") else {
            continue;
        };
        let closing = format!("{}}}", " ".repeat(indent));
        let Some(length) = lines[start..].iter().position(|line| *line == closing) else {
            continue;
        };
        let declaration_only = lines[start..=start + length]
            .iter()
            .position(|line| line.ends_with(';'));
        let body = lines[start..].iter().position(|line| line.ends_with('{'));
        if declaration_only < body && declaration_only.is_some() && declaration_only == Some(0) {
            continue;
        }
        if length + 1 > FUNCTION {
            let name: String = name.chars().take_while(|letter| *letter != '(').collect();
            long.push(format!("{name} ({} lines)", length + 1));
        }
    }
    long
}

#[test]
fn files_and_functions_stay_small() {
    let mut broken = Vec::new();
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        let limit = if is_test || text.contains("#[cfg(test)]") {
            FILE_WITH_TESTS
        } else {
            FILE
        };
        if lines > limit {
            broken.push(format!(
                "{}: {lines} lines, {limit} are enough",
                path.display()
            ));
        }
        for function in long_functions(&text) {
            broken.push(format!("{}: {function}", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_long_function_is_found() {
    let text = format!(
        "impl A {{\n    pub async fn long(\n    ) {{\n{}    }}\n}}\n",
        "        ;\n".repeat(60)
    );
    assert_eq!(long_functions(&text), ["long (63 lines)"]);
}
