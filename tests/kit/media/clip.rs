//! Films and episodes: a slow pan over the backdrop whose colours change with each quarter, a tone, subtitles.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{Media, ffmpeg, utf8};
use crate::stamp;
use crate::titles::{self, EPISODE_SECONDS, Film, Shape};

/// Titles of the four chapters of the film in Matroska, each a quarter of it.
pub(crate) const CHAPTERS: [&str; 4] = ["Leader", "The Road", "Intermission", "Last Light"];

/// The pan, the change of colours, the mark and the time in figures.
fn picture(title: u8, seconds: u64) -> String {
    let quarter = seconds / 4;
    format!(
        "scale=960:540,crop=640:360:x='(iw-ow)*t/{seconds}':y='(ih-oh)*(0.5+0.4*sin(t/7))',\
         hue=h='25*floor(t/{quarter})',\
         drawtext=font=Cantarell:text='%{{pts\\:hms}}':x=w-tw-14:y=h-th-12:fontsize=18:fontcolor=white@0.75:shadowx=1:shadowy=1,\
         {},format=yuv420p",
        stamp::filter(title)
    )
}

/// Arguments for the picture and tones of these pitches.
fn inputs(art: &Path, seconds: u64, pitches: &[u32]) -> Vec<String> {
    let mut list: Vec<String> = ["-framerate", "24", "-loop", "1", "-t"]
        .into_iter()
        .map(Into::into)
        .collect();
    list.extend([seconds.to_string(), "-i".into(), utf8(art).into()]);
    for pitch in pitches {
        let tone = format!(
            "aevalsrc='0.08*sin(2*PI*{pitch}*t)*(0.6+0.4*sin(2*PI*0.25*t))':s=48000:d={seconds}"
        );
        list.extend(["-f".into(), "lavfi".into(), "-i".into(), tone]);
    }
    list
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}

/// H.264 at a constant rate: filled up where the picture is simple, so that sizes are what tests expect.
fn h264(kilobits: u32) -> String {
    format!(
        "-c:v libx264 -preset ultrafast -b:v {kilobits}k -minrate {kilobits}k -maxrate {kilobits}k -bufsize {kilobits}k \
         -x264-params nal-hrd=cbr:force-cfr=1 -g 24 -keyint_min 24 -sc_threshold 0 -threads 1"
    )
}

pub(super) fn film(media: &Media, folder: &Path, index: usize, film: &Film) {
    let pitch = 180 + u32::try_from(index).unwrap_or(0) * 20;
    let title = u8::try_from(index).unwrap_or(0);
    let pitches: &[u32] = if index == titles::THE_LONG_REEL {
        &[pitch, pitch * 2]
    } else {
        &[pitch]
    };
    let mut arguments = inputs(&media.backdrop(film), film.seconds, pitches);
    let filter = picture(title, film.seconds);
    if index == titles::THE_LONG_REEL {
        arguments.extend(words("-i").chain([utf8(&folder.join("film.srt")).to_owned()]));
        arguments.extend(words("-i").chain([utf8(&folder.join("film.ass")).to_owned()]));
        arguments.extend(words("-i").chain([utf8(&folder.join("chapters.txt")).to_owned()]));
        arguments.extend(words(
            "-map 0:v -map 1:a -map 2:a -map 3:s -map 4:s -map_chapters 5 -c:s:0 srt -c:s:1 ass \
             -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -disposition:a:0 default \
             -metadata:s:s:0 language=eng -metadata:s:s:1 language=deu -disposition:s:0 0",
        ));
        arguments.extend(
            [
                "-metadata:s:a:0",
                "title=Original",
                "-metadata:s:a:1",
                "title=Deutsche Fassung",
            ]
            .map(Into::into),
        );
        arguments.extend(["-metadata:s:s:1", "title=Deutsch"].map(Into::into));
    } else {
        arguments.extend(words("-map 0:v -map 1:a -metadata:s:a:0 language=eng"));
    }
    arguments.extend([
        "-vf".into(),
        filter,
        "-metadata".into(),
        format!("title={}", film.title),
    ]);
    arguments.extend(words(&match film.shape {
        Shape::WebM => format!(
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -b:v {}k -g 48 -c:a libopus -b:a 64k",
            film.kilobits
        ),
        _ => format!("{} -c:a aac -b:a 96k", h264(film.kilobits)),
    }));
    if film.shape == Shape::Mp4IndexFirst {
        arguments.extend(words("-movflags +faststart"));
    }
    ffmpeg(&arguments, &media.film(film));
}

pub(super) fn episode(media: &Media, season: usize, episode: usize) {
    let pitch = 200 + u32::try_from(season * 40 + episode * 10).unwrap_or(0);
    let mut arguments = inputs(&media.still(season, episode), EPISODE_SECONDS, &[pitch]);
    let title = titles::EPISODES[season - 1][episode - 1];
    arguments.extend(words("-map 0:v -map 1:a -metadata:s:a:0 language=eng -vf"));
    arguments.push(picture(stamp::episode(episode), EPISODE_SECONDS));
    arguments.extend(["-metadata".into(), format!("title={title}")]);
    arguments.extend(words(&format!("{} -c:a aac -b:a 64k", h264(400))));
    ffmpeg(&arguments, &media.episode(season, episode));
}

/// Subtitles and chapters of the film of 60 s: `film.srt`, `film.ass`, `chapters.txt`.
pub(super) fn write_subtitles(folder: &Path) {
    const LINES: [[&str; 2]; 4] = [
        [
            "We open with an empty road.",
            "Wir beginnen auf einer leeren Straße.",
        ],
        [
            "You said the last cinema was closed.",
            "Du sagtest, das letzte Kino sei zu.",
        ],
        ["It is. They wait outside.", "Ist es. Sie warten davor."],
        ["Then start the reel.", "Dann leg die Rolle ein."],
    ];
    let mut srt = String::new();
    let mut ass = String::from(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n\
         Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Bold, Outline, Alignment, MarginV\n\
         Style: Default,Cantarell,22,&H00FFFFFF,&H00101010,0,1.5,2,24\n\n[Events]\n\
         Format: Layer, Start, End, Style, Text\n",
    );
    for cue in 0..12_usize {
        let [english, german] = LINES[cue % LINES.len()];
        let (start, end) = (cue * 5 + 1, cue * 5 + 4);
        // Writing to a string cannot fail.
        writeln!(
            srt,
            "{}\n00:00:{start:02},000 --> 00:00:{end:02},000\n{english}\n",
            cue + 1
        )
        .ok();
        writeln!(
            ass,
            "Dialogue: 0,0:00:{start:02}.00,0:00:{end:02}.00,Default,{german}"
        )
        .ok();
    }
    let mut chapters = String::from(";FFMETADATA1\n");
    for (index, chapter) in CHAPTERS.iter().enumerate() {
        let (start, end) = (index * 15_000, (index + 1) * 15_000);
        writeln!(
            chapters,
            "[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={chapter}"
        )
        .ok();
    }
    for (name, text) in [
        ("film.srt", srt),
        ("film.ass", ass),
        ("chapters.txt", chapters),
    ] {
        fs::write(folder.join(name), text).expect("the folder can be written");
    }
}
