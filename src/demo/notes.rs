//! What lies beside the demo library's files as NFO, in the form that other programs write and read as well. Pure.

use std::fmt::Write;

use super::titles::{Album, Episode, Film, Show};

/// A document of one element that holds these.
fn note(root: &str, fields: &[(&str, &str)], genres: &[&str]) -> String {
    let genres = genres.iter().map(|genre| ("genre", *genre));
    let fields = fields.iter().copied().chain(genres);
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>\n");
    for (name, value) in fields {
        // Writing to a text cannot fail.
        writeln!(text, "  <{name}>{}</{name}>", escaped(value)).ok();
    }
    text + &format!("</{root}>\n")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn film(film: &Film) -> String {
    let year = film.year.to_string();
    let fields = [("title", film.title), ("year", &year), ("plot", film.plot)];
    note("movie", &fields, film.genres)
}

pub(super) fn show(show: &Show) -> String {
    let year = show.year.to_string();
    let fields = [("title", show.title), ("year", &year), ("plot", show.plot)];
    note("tvshow", &fields, show.genres)
}

pub(super) fn episode(number: usize, episode: &Episode) -> String {
    let number = number.to_string();
    let fields = [
        ("title", episode.title),
        ("season", "1"),
        ("episode", &number),
        ("plot", episode.plot),
    ];
    note("episodedetails", &fields, &[])
}

pub(super) fn album(album: &Album) -> String {
    let year = album.year.to_string();
    let fields = [
        ("title", album.title),
        ("artist", album.artist),
        ("year", &year),
    ];
    note("album", &fields, album.genres)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_markup_is_none() {
        let text = note("movie", &[("title", "Salt & <Pepper>")], &["Drama"]);
        assert!(text.contains("<title>Salt &amp; &lt;Pepper&gt;</title>"));
        assert!(text.ends_with("  <genre>Drama</genre>\n</movie>\n"));
    }
}
