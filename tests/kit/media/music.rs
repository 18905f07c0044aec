//! The album: four tracks with tags and an embedded cover, two FLAC and two MP3.

use super::{Media, ffmpeg, utf8};
use crate::titles::{ALBUM, ALBUM_GENRE, ALBUM_YEAR, ARTIST, TRACK_SECONDS, TRACKS};

pub(super) fn album(media: &Media) {
    let cover = media.cover();
    for (number, (title, extension)) in (1_u32..).zip(TRACKS) {
        let root = 110 + number * 22;
        let chord = format!(
            "aevalsrc='0.10*sin(2*PI*{root}*t)+0.07*sin(2*PI*{}*t)*sin(0.9*t)+0.05*sin(2*PI*{}*t)*cos(0.5*t)':s=44100:d={TRACK_SECONDS}",
            root * 3 / 2,
            root * 2
        );
        let tags = [
            ("title", title.to_owned()),
            ("artist", ARTIST.to_owned()),
            ("album_artist", ARTIST.to_owned()),
            ("album", ALBUM.to_owned()),
            ("date", ALBUM_YEAR.to_string()),
            ("genre", ALBUM_GENRE.to_owned()),
            ("track", format!("{number}/{}", TRACKS.len())),
            ("disc", "1/1".to_owned()),
        ];
        let mut arguments: Vec<String> =
            ["-f", "lavfi", "-i"].into_iter().map(Into::into).collect();
        arguments.extend([chord, "-i".into(), utf8(&cover).into()]);
        let codec = if extension == "flac" {
            "flac"
        } else {
            "libmp3lame"
        };
        let streams = [
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-c:v",
            "copy",
            "-disposition:v",
            "attached_pic",
            "-c:a",
            codec,
        ];
        arguments.extend(streams.map(Into::into));
        if extension == "mp3" {
            arguments.extend(["-b:a", "128k", "-id3v2_version", "3"].map(Into::into));
        }
        for (key, value) in tags {
            arguments.extend(["-metadata".into(), format!("{key}={value}")]);
        }
        ffmpeg(
            &arguments,
            &media.track(usize::try_from(number).unwrap_or(1)),
        );
    }
}
