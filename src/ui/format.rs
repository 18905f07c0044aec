//! How numbers, times and names of formats are written for people.
//!
//! **Does not know** widgets or pages. Pure but for the language of the session, which gettext and GLib look up.

mod language;

use std::time::Duration;

use gettextrs::{gettext, ngettext};
use gtk::glib;

use crate::i18n::gettext_f;

pub use language::language;

/// A position on a clock: "0:07", "12:34", "1:02:03".
#[must_use]
pub fn clock(position: Duration) -> String {
    let (hours, minutes, seconds) = split(position.as_secs());
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A running time in words: "1 h 42 min", "48 min", "38 s".
#[must_use]
pub fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds < 60 {
        // Translators: a running time of less than a minute, as short as possible.
        return gettext_f("{seconds} s", &[("seconds", &seconds.to_string())]);
    }
    let (hours, minutes, _) = split(seconds + 30);
    let minutes_text = minutes.to_string();
    match hours {
        // Translators: a running time in minutes, as short as possible.
        0 => gettext_f("{minutes} min", &[("minutes", &minutes_text)]),
        // Translators: a running time in hours and minutes, as short as possible.
        _ => gettext_f(
            "{hours} h {minutes} min",
            &[("hours", &hours.to_string()), ("minutes", &minutes_text)],
        ),
    }
}

fn split(seconds: u64) -> (u64, u64, u64) {
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// "S02E05"; without a season "E05"; empty without an episode number.
#[must_use]
pub fn episode_code(season: Option<u32>, episode: Option<u32>) -> String {
    match (season, episode) {
        (Some(season), Some(episode)) => format!("S{season:02}E{episode:02}"),
        (None, Some(episode)) => format!("E{episode:02}"),
        (_, None) => String::new(),
    }
}

/// A number of bytes: "12.4 GB", in the session's locale.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    glib::format_size(bytes).into()
}

/// Whole percent of a share in thousandths, rounded down but never 0: for shares that are neither nothing nor all.
#[must_use]
pub fn percent(permille: u16) -> u16 {
    (permille / 10).clamp(1, 99)
}

/// A public rating: "★ 7.4".
#[must_use]
pub fn rating(rating: f32) -> String {
    format!("★ {rating:.1}")
}

/// The usual name of a picture's height: "1080p", "4K".
#[must_use]
pub fn resolution(height: u32) -> String {
    match height {
        2001.. => "4K".to_owned(),
        1401..=2000 => "1440p".to_owned(),
        // Wide films have fewer lines than their name says: 1920 × 800 is sold as 1080p, 1280 × 534 as 720p.
        741..=1400 => "1080p".to_owned(),
        577..=740 | 481..=575 => "720p".to_owned(),
        _ => format!("{height}p"),
    }
}

/// The usual name of a codec: "H.264".
#[must_use]
pub fn codec(codec: &str) -> String {
    let name = match codec.to_ascii_lowercase().as_str() {
        "h264" | "avc" => "H.264",
        "hevc" | "h265" => "H.265",
        "av1" => "AV1",
        "vp8" => "VP8",
        "vp9" => "VP9",
        "mpeg2video" => "MPEG-2",
        "mpeg4" => "MPEG-4",
        "vc1" => "VC-1",
        "aac" => "AAC",
        "ac3" => "Dolby Digital",
        "eac3" => "Dolby Digital Plus",
        "truehd" => "Dolby TrueHD",
        "dts" | "dca" => "DTS",
        "flac" => "FLAC",
        "mp3" => "MP3",
        "opus" => "Opus",
        "vorbis" => "Vorbis",
        "subrip" | "srt" => "SRT",
        "ass" | "ssa" => "ASS",
        "webvtt" | "vtt" => "WebVTT",
        "hdmv_pgs_subtitle" | "pgssub" | "pgs" => "PGS",
        _ => return codec.to_uppercase(),
    };
    name.to_owned()
}

/// A number of audio channels: "Stereo", "5.1".
#[must_use]
pub fn channels(channels: u32) -> String {
    match channels {
        1 => gettext("Mono"),
        2 => gettext("Stereo"),
        6 => "5.1".to_owned(),
        7 => "6.1".to_owned(),
        8 => "7.1".to_owned(),
        n => ngettext("{n} channel", "{n} channels", n).replace("{n}", &n.to_string()),
    }
}

/// Parts of one line of facts, joined as GNOME joins them; empty parts are left out.
#[must_use]
pub fn facts(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// A fingerprint of pairs with colons between them, in lines of eight pairs: none is torn, and a person compares line by line.
#[must_use]
pub fn fingerprint(pairs: &str) -> String {
    let pairs: Vec<&str> = pairs.split(':').collect();
    let lines: Vec<String> = pairs.chunks(8).map(|line| line.join(":")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_show_hours_only_where_there_are_any() {
        let clock = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!(clock(0), "0:00");
        assert_eq!(clock(754), "12:34");
        assert_eq!(clock(3723), "1:02:03");
    }

    #[test]
    fn lengths_are_rounded_to_minutes() {
        let length = |seconds| length(Duration::from_secs(seconds));
        assert_eq!(length(38), "38 s");
        assert_eq!(length(100), "2 min");
        assert_eq!(length(3599), "1 h 0 min");
        assert_eq!(length(6120), "1 h 42 min");
    }

    #[test]
    fn episode_codes_leave_out_what_is_unknown() {
        assert_eq!(episode_code(Some(2), Some(5)), "S02E05");
        assert_eq!(episode_code(Some(10), Some(112)), "S10E112");
        assert_eq!(episode_code(None, Some(5)), "E05");
        assert_eq!(episode_code(Some(2), None), "");
    }

    #[test]
    fn percent_never_says_nothing_or_all() {
        assert_eq!([1, 9, 10, 378, 999].map(percent), [1, 1, 1, 37, 99]);
    }

    #[test]
    fn wide_films_have_the_name_they_are_sold_under() {
        assert_eq!(
            [240, 480, 534, 576, 720, 800, 1080, 1600, 2160].map(resolution),
            [
                "240p", "480p", "720p", "576p", "720p", "1080p", "1080p", "1440p", "4K"
            ]
        );
    }

    #[test]
    fn facts_skip_what_is_empty() {
        let facts = facts(["1999".to_owned(), String::new(), "PG".to_owned()]);
        assert_eq!(facts, "1999 · PG");
    }

    #[test]
    fn no_pair_of_a_fingerprint_is_torn() {
        let pairs: Vec<String> = (0..32_u8).map(|byte| format!("{byte:02X}")).collect();
        let lines = fingerprint(&pairs.join(":"));
        assert_eq!(lines.lines().count(), 4);
        assert!(lines.lines().all(|line| line.len() == 23));
        assert!(lines.starts_with("00:01:02:03:04:05:06:07\n08:"));
    }
}
