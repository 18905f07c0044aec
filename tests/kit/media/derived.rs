//! What a server makes of a film: a smaller stream in pieces, sheets of small pictures. Made on demand, kept in the build
//! folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{Media, ffmpeg};
use crate::titles::Film;

/// Changes with what is made.
const VERSION: &str = "derived-v1";
/// Seconds of a piece.
pub(crate) const PIECE: u64 = 4;
/// Seconds between two small pictures, and how many stand in a row and in a column of a sheet.
pub(crate) const EVERY: u64 = 2;
pub(crate) const GRID: (u64, u64) = (5, 4);
/// Size of a small picture.
pub(crate) const SMALL: (u64, u64) = (320, 180);

impl Media {
    /// A piece of a film as a stream of 400 kbit/s, with the film's own times. `drawn`: with something drawn into the picture, a
    /// white bar where subtitles are.
    pub(crate) fn piece(&self, film: &Film, number: u64, drawn: bool) -> Option<Bytes> {
        let (kind, filter) = match drawn {
            true => (
                "hls-drawn",
                "drawbox=x=120:y=290:w=400:h=40:color=white:t=fill",
            ),
            false => ("hls", "null"),
        };
        let folder = self.derived(film, kind, |folder| {
            let arguments = format!(
                "-map 0:v:0 -map 0:a:0 -vf {filter} -c:v libx264 -preset ultrafast -b:v 400k -g 24 -sc_threshold 0 -threads 1 \
                 -force_key_frames expr:gte(t,n_forced*{PIECE}) -c:a aac -b:a 64k -f hls -hls_time {PIECE} \
                 -hls_list_size 0 -hls_playlist_type vod -hls_segment_filename"
            );
            let mut list: Vec<String> = vec!["-i".into(), super::utf8(&self.film(film)).into()];
            list.extend(arguments.split_whitespace().map(str::to_owned));
            list.push(super::utf8(&folder.join("%d.ts")).to_owned());
            ffmpeg(&list, &folder.join("list.m3u8"));
        });
        read(&folder.join(format!("{number}.ts")))
    }

    /// A sheet of small pictures of a film.
    pub(crate) fn sheet(&self, film: &Film, number: u64) -> Option<Bytes> {
        let folder = self.derived(film, "tiles", |folder| {
            let ((columns, rows), (width, height)) = (GRID, SMALL);
            // All films have 24 pictures a second.
            let nth = EVERY * 24;
            let filter =
                format!("select=not(mod(n\\,{nth})),scale={width}:{height},tile={columns}x{rows}");
            let film = self.film(film);
            let arguments = [
                "-i",
                super::utf8(&film),
                "-fps_mode",
                "vfr",
                "-vf",
                &filter,
                "-q:v",
                "3",
                "-start_number",
                "0",
            ];
            ffmpeg(&arguments, &folder.join("%d.jpg"));
        });
        read(&folder.join(format!("{number}.jpg")))
    }

    fn derived(&self, film: &Film, kind: &str, make: impl FnOnce(&Path)) -> PathBuf {
        let base = self.folder.with_file_name(VERSION);
        fs::create_dir_all(&base).expect("the folder of what is derived can be made");
        let folder = base.join(format!("{}-{kind}", film.slug()));
        if folder.exists() {
            return folder;
        }
        let lock = File::create(base.join("lock")).expect("the lock file can be made");
        lock.lock().expect("the lock file can be locked");
        if !folder.exists() {
            let making = base.join("making");
            if making.exists() {
                fs::remove_dir_all(&making).expect("what was left half made can be removed");
            }
            fs::create_dir_all(&making).expect("the folder can be made");
            make(&making);
            fs::rename(&making, &folder).expect("what is made gets its place");
        }
        folder
    }
}

fn read(path: &Path) -> Option<Bytes> {
    fs::read(path).ok().map(Into::into)
}
