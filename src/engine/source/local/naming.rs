//! What a video file's name and folders say of it.
//!
//! **Does not know** the file system: names in, titles out. The forms are those that Kodi, Plex and Jellyfin document for
//! their own folders, and what release groups make of them.

/// What a video file is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A film.
    Movie {
        /// Its title.
        title: String,
        /// Its year, where the name has one.
        year: Option<i32>,
    },
    /// An episode.
    Episode(Episode),
    /// A video that a camera named.
    Video {
        /// The file's name without its extension.
        title: String,
    },
}

/// Where an episode belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Episode {
    /// The show's title.
    pub(crate) show: String,
    /// The show's year, where a folder or the name has one.
    pub(crate) year: Option<i32>,
    /// Season; 0 holds specials.
    pub(crate) season: u32,
    /// Number in the season.
    pub(crate) number: u32,
    /// Its own title, where the name has one.
    pub(crate) title: Option<String>,
}

/// Words that begin the technical part of a release's name.
const TECHNICAL: [&str; 34] = [
    "2160p", "1440p", "1080p", "1080i", "720p", "576p", "540p", "480p", "4k", "uhd", "hdr10",
    "bluray", "blu-ray", "bdrip", "brrip", "bdremux", "remux", "web-dl", "webdl", "webrip", "hdtv",
    "pdtv", "dvdrip", "hdrip", "x264", "x265", "h264", "h265", "h.264", "h.265", "hevc", "av1",
    "xvid", "divx",
];

/// Words that belong to the technical part in front of one of its words, and to a title otherwise: "Charlotte's Web".
const MAYBE_TECHNICAL: [&str; 13] = [
    "web",
    "dvd",
    "hdr",
    "sdr",
    "dv",
    "avc",
    "extended",
    "unrated",
    "proper",
    "repack",
    "remastered",
    "uncut",
    "imax",
];

/// What a file is, from the folders above it (outermost first) and its name without extension.
pub(crate) fn name(folders: &[&str], stem: &str) -> Named {
    if let Some(episode) = episode(folders, stem) {
        return Named::Episode(episode);
    }
    if is_camera_name(stem) {
        return Named::Video {
            title: stem.to_owned(),
        };
    }
    let (title, year) = title_and_year(stem);
    // "Title (2019)/film.mkv": the folder knows more than the file.
    let folder = folders.last().map(|folder| title_and_year(folder));
    match (year, folder) {
        (None, Some((folder_title, Some(folder_year)))) => Named::Movie {
            title: folder_title,
            year: Some(folder_year),
        },
        _ => Named::Movie { title, year },
    }
}

/// Whether a file is a sample, a trailer or another companion of a title rather than a title.
pub(crate) fn is_extra(folders: &[&str], stem: &str) -> bool {
    let words = [
        "sample",
        "trailer",
        "featurette",
        "behindthescenes",
        "deleted",
        "interview",
        "scene",
        "short",
    ];
    let places = [
        "sample",
        "samples",
        "trailers",
        "featurettes",
        "behind the scenes",
        "deleted scenes",
        "interviews",
    ];
    let stem = stem.to_lowercase();
    let marked = stem
        .rsplit_once('-')
        .is_some_and(|(_, end)| words.contains(&end.trim()));
    let inside = folders.last().map(|folder| folder.to_lowercase());
    marked
        || ["sample", "trailer"].contains(&stem.as_str())
        || inside.is_some_and(|folder| folders.len() > 1 && places.contains(&folder.as_str()))
}

/// The season that a folder's name says: "Season 1", "Staffel 02", "S03", "Specials".
pub(crate) fn season_folder(name: &str) -> Option<u32> {
    let lower = name.trim().to_lowercase();
    if lower == "specials" || lower == "extras" {
        return Some(0);
    }
    let words = [
        "season",
        "staffel",
        "saison",
        "series",
        "temporada",
        "stagione",
        "seizoen",
        "s",
    ];
    words.iter().find_map(|word| {
        let rest = lower
            .strip_prefix(word)?
            .trim_start_matches([' ', '.', '_', '-']);
        let digits = leading_digits(rest);
        (!digits.is_empty() && digits.len() <= 4 && rest.len() == digits.len())
            .then(|| digits.parse().ok())
            .flatten()
    })
}

fn episode(folders: &[&str], stem: &str) -> Option<Episode> {
    let season_of_folder = folders.last().and_then(|folder| season_folder(folder));
    let bare = || {
        let found = match season_of_folder {
            Some(season) => (season, bare_number(stem)?),
            // "[Group] Show - 02": groups number episodes through.
            None if stem.starts_with('[') => (1, dashed_number(stem)?),
            None => return None,
        };
        let (season, (start, end, number)) = found;
        Some(Marker {
            start,
            end,
            season,
            number,
        })
    };
    let marker = marker(stem).or_else(bare)?;
    let show_folder = match season_of_folder {
        Some(_) => folders.len().checked_sub(2).map(|i| folders[i]),
        None => None,
    };
    let before = tidy(&stem[..marker.start]);
    let (show, year) = match (show_folder, before.as_str()) {
        (Some(folder), _) => title_and_year(folder),
        (None, "") => folders.last().map(|folder| title_and_year(folder))?,
        (None, before) => title_and_year(before),
    };
    let title = own_title(&stem[marker.end..]);
    Some(Episode {
        show,
        year,
        season: marker.season,
        number: marker.number,
        title,
    })
}

/// Where in a name the season and episode stand.
struct Marker {
    start: usize,
    end: usize,
    season: u32,
    number: u32,
}

/// Finds "S01E02" (also "s1.e2", "S01E02E03", "S01E02-E03") or "1x02".
fn marker(stem: &str) -> Option<Marker> {
    let bytes = stem.as_bytes();
    let word_start = |i: usize| i == 0 || !bytes[i - 1].is_ascii_alphanumeric();
    (0..bytes.len())
        .filter(|&i| stem.is_char_boundary(i) && word_start(i))
        .find_map(|start| {
            let rest = &stem[start..];
            let (season, number, length) = letters(rest).or_else(|| cross(rest))?;
            Some(Marker {
                start,
                end: start + length,
                season,
                number,
            })
        })
}

/// Reads "S01E02" and what may follow of the same kind; gives season, first episode, length.
fn letters(text: &str) -> Option<(u32, u32, usize)> {
    let rest = text.strip_prefix(['S', 's'])?;
    let season = limited_digits(rest, 4)?;
    let rest = &rest[season.len()..];
    let rest = rest
        .strip_prefix(['.', ' ', '_', '-'])
        .unwrap_or(rest)
        .strip_prefix(['E', 'e'])?;
    let number = limited_digits(rest, 4)?;
    let mut rest = &rest[number.len()..];
    // Further episodes in the same file.
    loop {
        let next = rest.strip_prefix('-').unwrap_or(rest);
        let next = next.strip_prefix(['E', 'e']);
        match next.and_then(|next| limited_digits(next, 4).map(|digits| &next[digits.len()..])) {
            Some(after) => rest = after,
            None => break,
        }
    }
    Some((
        season.parse().ok()?,
        number.parse().ok()?,
        text.len() - rest.len(),
    ))
}

/// Reads "1x02".
fn cross(text: &str) -> Option<(u32, u32, usize)> {
    let season = limited_digits(text, 2)?;
    let rest = text[season.len()..].strip_prefix(['x', 'X'])?;
    let number = limited_digits(rest, 3)?;
    // "1920x1080" is a size, and so is "16x9" of a longer number.
    let after = &rest[number.len()..];
    if number.len() < 2 || after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    Some((
        season.parse().ok()?,
        number.parse().ok()?,
        text.len() - after.len(),
    ))
}

/// Reads a number at the start ("02 - Title", "E02 Title") or at the end ("Show - 02") of a name inside a season's folder.
fn bare_number(stem: &str) -> Option<(usize, usize, u32)> {
    let prefix = ["Episode ", "episode ", "Ep", "ep", "E", "e"]
        .iter()
        .find(|prefix| {
            stem.strip_prefix(**prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .map_or(0, |prefix| prefix.len());
    let digits = leading_digits(&stem[prefix..]);
    if (1..=3).contains(&digits.len()) {
        return Some((0, prefix + digits.len(), digits.parse().ok()?));
    }
    if let Some(dashed) = dashed_number(stem) {
        return Some(dashed);
    }
    let tail = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &stem[tail.len()..];
    let separated = tail.ends_with([' ', '-', '_', '.']);
    (separated && (1..=3).contains(&digits.len()))
        .then(|| {
            digits
                .parse()
                .ok()
                .map(|number| (tail.len(), stem.len(), number))
        })
        .flatten()
}

/// Reads "Show - 02" and "Show - 02 - Title".
fn dashed_number(stem: &str) -> Option<(usize, usize, u32)> {
    stem.match_indices(" - ").find_map(|(start, dash)| {
        let rest = &stem[start + dash.len()..];
        let digits = limited_digits(rest, 3)?;
        let after = &rest[digits.len()..];
        let ends = after.is_empty() || after.starts_with([' ', '.', '[', '(']);
        let number = digits.parse().ok().filter(|_| ends)?;
        Some((start, stem.len() - after.len(), number))
    })
}

/// An episode's own title from what follows its number; nothing when only technical words follow.
fn own_title(after: &str) -> Option<String> {
    let title = cut_technical(&tidy(after), 0)
        .trim_matches(['-', ' '])
        .trim()
        .to_owned();
    (!title.is_empty()).then_some(title)
}

/// A title and the year behind it: "Title (2019)", "Title.2019.1080p…".
pub(crate) fn title_and_year(name: &str) -> (String, Option<i32>) {
    let text = tidy(name);
    let words: Vec<&str> = text.split(' ').collect();
    // The last year counts, and never the first word: "2001 A Space Odyssey 1968".
    let year_at = (1..words.len())
        .rev()
        .find(|&i| as_year(words[i]).is_some());
    if let Some(at) = year_at {
        let title = cut_technical(&words[..at].join(" "), 1);
        return (finish(&title, &text), as_year(words[at]));
    }
    (finish(&cut_technical(&text, 1), &text), None)
}

fn finish(title: &str, whole: &str) -> String {
    let title = title.trim_end_matches(['-', ' ', '(', '[', ',']).trim();
    if title.is_empty() {
        whole.trim().to_owned()
    } else {
        title.to_owned()
    }
}

fn as_year(word: &str) -> Option<i32> {
    let digits = word.trim_matches(['(', ')', '[', ']', ',']);
    let year: i32 = (digits.len() == 4).then(|| digits.parse().ok()).flatten()?;
    (1900..=2099).contains(&year).then_some(year)
}

/// Drops everything from the first technical word behind the first `keep` words on.
fn cut_technical(text: &str, keep: usize) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let is_among = |list: &[&str], word: &str| {
        let word = word.trim_matches(['(', ')', '[', ']', '-']).to_lowercase();
        let head = word.split('-').next().unwrap_or_default();
        list.contains(&word.as_str()) || list.contains(&head)
    };
    let mut behind = words.iter().skip(keep);
    let Some(at) = behind.position(|word| is_among(&TECHNICAL, word)) else {
        return text.to_owned();
    };
    let maybe = words[keep..keep + at].iter().rev();
    let maybe = maybe.take_while(|word| is_among(&MAYBE_TECHNICAL, word));
    words[..keep + at - maybe.count()].join(" ")
}

/// Drops "{imdb-tt1}", and "[ABCD1234]" unless it is a year.
fn without_brackets(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '{']) {
        let close = if rest[at..].starts_with('[') {
            ']'
        } else {
            '}'
        };
        let Some(length) = rest[at..].find(close) else {
            break;
        };
        let end = at + length + 1;
        kept.push_str(&rest[..at]);
        if as_year(&rest[at..end]).is_some() {
            kept.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    kept + rest
}

/// Dots and underscores that stand for spaces become spaces; a leading "[group]" goes; spaces are single.
fn tidy(name: &str) -> String {
    let mut text = name.trim();
    if let Some((_, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']'))
        && !rest.trim().is_empty()
    {
        text = rest;
    }
    let bare = without_brackets(text);
    let text = if bare.trim().is_empty() {
        text
    } else {
        bare.trim()
    };
    let text = if text.contains(' ') {
        text.replace('_', " ")
    } else {
        text.replace(['.', '_'], " ")
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_camera_name(stem: &str) -> bool {
    let prefixes = [
        "IMG_", "VID_", "MVI_", "DSC", "GOPR", "GX0", "PXL_", "DJI_", "MOV_",
    ];
    prefixes.iter().any(|prefix| stem.starts_with(prefix))
        && stem.bytes().any(|b| b.is_ascii_digit())
}

fn leading_digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

fn limited_digits(text: &str, most: usize) -> Option<&str> {
    let digits = leading_digits(text);
    (1..=most).contains(&digits.len()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movie(title: &str, year: Option<i32>) -> Named {
        Named::Movie {
            title: title.into(),
            year,
        }
    }

    fn found(show: &str, season: u32, number: u32, title: Option<&str>) -> Named {
        Named::Episode(Episode {
            show: show.into(),
            year: None,
            season,
            number,
            title: title.map(Into::into),
        })
    }

    #[test]
    fn films_have_titles_and_years() {
        let cases = [
            ("Harbour Lights (2019)", movie("Harbour Lights", Some(2019))),
            (
                "Harbour.Lights.2019.1080p.BluRay.x264-GRP",
                movie("Harbour Lights", Some(2019)),
            ),
            ("Harbour_Lights_[2019]", movie("Harbour Lights", Some(2019))),
            (
                "2001 A Space Story (1968)",
                movie("2001 A Space Story", Some(1968)),
            ),
            ("1917", movie("1917", None)),
            ("1917.2019.2160p", movie("1917", Some(2019))),
            ("Harbour Lights 1080p WEB-DL", movie("Harbour Lights", None)),
            ("[Group] Harbour Lights", movie("Harbour Lights", None)),
            ("Mr. Finch", movie("Mr. Finch", None)),
            ("Web", movie("Web", None)),
            ("Das Boot – Größe", movie("Das Boot – Größe", None)),
            ("1920x1080 test", movie("1920x1080 test", None)),
            ("Charlotte's Web", movie("Charlotte's Web", None)),
            ("Lights.Extended.1080p", movie("Lights", None)),
            ("Lights {tmdb-1} (2019)", movie("Lights", Some(2019))),
            ("[Group] My Film [1080p][ABCD1234]", movie("My Film", None)),
            (
                "Runner.2049.2017.2160p.UHD",
                movie("Runner 2049", Some(2017)),
            ),
        ];
        for (stem, expected) in cases {
            assert_eq!(name(&["Films"], stem), expected, "{stem}");
        }
    }

    #[test]
    fn a_folder_with_a_year_names_the_film_in_it() {
        assert_eq!(
            name(&["Films", "Harbour Lights (2019)"], "video"),
            movie("Harbour Lights", Some(2019))
        );
    }

    #[test]
    fn episodes_are_found_in_every_spelling() {
        let season: &[&str] = &["Shows", "Tidewater", "Season 01"];
        let cases = [
            (
                season,
                "Tidewater - S01E02 - The Lock",
                found("Tidewater", 1, 2, Some("The Lock")),
            ),
            (season, "S01E02", found("Tidewater", 1, 2, None)),
            (
                season,
                "02 - The Lock",
                found("Tidewater", 1, 2, Some("The Lock")),
            ),
            (season, "Tidewater 02", found("Tidewater", 1, 2, None)),
            (
                season,
                "Tidewater - 02 - The Lock",
                found("Tidewater", 1, 2, Some("The Lock")),
            ),
            (
                &["Anime"],
                "[Group] Tidewater - 02 [1080p]",
                found("Tidewater", 1, 2, None),
            ),
            (
                &["Shows", "Tidewater", "S2"],
                "e03",
                found("Tidewater", 2, 3, None),
            ),
            (
                &["Shows", "Tidewater", "Specials"],
                "S00E01 Making of",
                found("Tidewater", 0, 1, Some("Making of")),
            ),
            (
                &["Shows"],
                "Tidewater.S01E02E03.720p.HDTV.x264",
                found("Tidewater", 1, 2, None),
            ),
            (
                &["Shows"],
                "Tidewater.s1.e2.The.Lock.1080p",
                found("Tidewater", 1, 2, Some("The Lock")),
            ),
            (
                &["Shows"],
                "Tidewater - 1x02 - The Lock",
                found("Tidewater", 1, 2, Some("The Lock")),
            ),
            (
                &["Shows", "Tidewater"],
                "1x02",
                found("Tidewater", 1, 2, None),
            ),
        ];
        for (folders, stem, expected) in cases {
            assert_eq!(name(folders, stem), expected, "{folders:?} {stem}");
        }
    }

    #[test]
    fn an_episode_may_be_a_word_and_a_number() {
        let folder = ["Tidewater", "Season 01"];
        assert_eq!(name(&folder, "Episode 2"), found("Tidewater", 1, 2, None));
    }

    #[test]
    fn the_show_folder_gives_the_year() {
        let Named::Episode(episode) = name(&["Tidewater (2021)", "Season 1"], "S01E01") else {
            panic!("no episode")
        };
        assert_eq!(
            (episode.show.as_str(), episode.year),
            ("Tidewater", Some(2021))
        );
    }

    #[test]
    fn companions_are_no_titles() {
        let film: &[&str] = &["Films", "Harbour Lights (2019)"];
        for stem in [
            "sample",
            "Trailer",
            "lights-trailer",
            "Harbour Lights - Sample",
        ] {
            assert!(is_extra(film, stem), "{stem}");
        }
        assert!(is_extra(
            &["Films", "Harbour Lights (2019)", "Featurettes"],
            "One"
        ));
        for stem in [
            "Harbour Lights",
            "The Trailer",
            "Wall-E",
            "The Short Sample",
        ] {
            assert!(!is_extra(film, stem), "{stem}");
        }
    }

    #[test]
    fn cameras_make_videos() {
        let named = name(&["2020"], "IMG_2041");
        assert!(matches!(named, Named::Video { title } if title == "IMG_2041"));
    }

    #[test]
    fn strange_names_are_titles_and_never_panic() {
        for stem in [
            "", " ", "...", "S", "sé01", "é1x02", "(((", "S99999E1", "🎬", "E", "1x", "-", "[x]",
        ] {
            name(&["a"], stem);
            name(&["a", "Season 1"], stem);
            name(&[], stem);
        }
    }
}
