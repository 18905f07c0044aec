//! A refusal in the server's own words, out of the web page that Plex sends instead of an answer.

use super::map::words;
use crate::source_error::SourceError;

/// How much of a page is read.
const READ: usize = 16 << 10;
/// What every server says to a status: no words of its own.
const PHRASES: [&str; 8] = [
    "bad request",
    "forbidden",
    "internal server error",
    "not found",
    "service temporarily unavailable",
    "service unavailable",
    "temporarily unavailable",
    "error",
];

/// An error as the server put it: of those that a person may have to read (not allowed, no capacity, no bandwidth), the
/// words; all others as they are.
pub(super) fn of(error: &SourceError, html: bool, body: &[u8]) -> SourceError {
    let told = match error {
        SourceError::Forbidden | SourceError::Busy { .. } | SourceError::Status(402 | 509) => {
            own(html, body)
        }
        _ => None,
    };
    told.map_or_else(|| error.clone(), SourceError::Refused)
}

fn own(html: bool, body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body.get(..READ).unwrap_or(body));
    let text = match html {
        true => plain(heading(&text)),
        false if text.trim_start().starts_with(['{', '[', '<']) => return None,
        false => text.into_owned(),
    };
    let said = words(&text);
    let said = said.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == ':');
    let said = said.trim();
    let known = said.trim_end_matches('.').to_lowercase();
    (!said.is_empty() && !PHRASES.contains(&known.as_str())).then(|| said.to_owned())
}

/// The part of a page that says it in short: its heading, its title, or all of it.
fn heading(page: &str) -> &str {
    let between = |tag: &str| {
        let lower = page.to_ascii_lowercase();
        let from = lower.find(&format!("<{tag}>"))? + tag.len() + 2;
        let length = lower.get(from..)?.find(&format!("</{tag}"))?;
        page.get(from..from + length)
    };
    between("h1").or_else(|| between("title")).unwrap_or(page)
}

/// Without tags, and with the signs that tags need written out.
fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for sign in page.chars() {
        match sign {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            sign if !inside => text.push(sign),
            _ => {}
        }
    }
    for (name, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(name, sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: &SourceError, page: &str) -> String {
        of(error, true, page.as_bytes()).to_string()
    }

    fn page(words: &str) -> String {
        format!("<html><head><title>x</title></head><body><H1>{words}</H1></body></html>")
    }

    #[test]
    fn own_words_are_shown_as_plain_text() {
        let busy = || SourceError::Busy { retry_after: None };
        let of = |words: &str| said(&busy(), &page(words));
        assert_eq!(
            of("503 Plex Pass &amp; more <b>needed</b>"),
            "the server says: Plex Pass & more needed"
        );
        assert_eq!(
            of("Too many people\n watch."),
            "the server says: Too many people watch."
        );
        assert_eq!(of("503 Service Unavailable"), busy().to_string());
        assert_eq!(of(""), busy().to_string());
        let long = said(&SourceError::Forbidden, &page(&"word ".repeat(9000)));
        assert!(long.len() < 400, "{}", long.len());
        let limit = said(
            &SourceError::Status(509),
            &page("509 Bandwidth Limit Exceeded"),
        );
        assert_eq!(limit, "the server says: Bandwidth Limit Exceeded");
    }

    #[test]
    fn other_errors_and_other_bodies_stay_what_they_are() {
        assert_eq!(
            said(&SourceError::Gone, &page("No such film")),
            SourceError::Gone.to_string()
        );
        let plain = |body: &[u8]| of(&SourceError::Forbidden, false, body).to_string();
        assert_eq!(
            plain(b"Downloads not allowed"),
            "the server says: Downloads not allowed"
        );
        for body in [&b"{\"errors\":[]}"[..], b"<?xml?>", b"\xff\xfe", b""] {
            let shown = plain(body);
            assert!(
                !shown.contains("errors") && !shown.contains("xml"),
                "{shown}"
            );
        }
    }
}
