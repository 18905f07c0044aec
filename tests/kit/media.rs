//! Generated media: films, a show and an album, made once and kept in the build folder.
//!
//! [`Media::ready`] makes them with ffmpeg and rsvg-convert on first use (about a minute on two cores) and finds them
//! afterwards; of processes that ask at the same time one works and the others wait. What is made is described in
//! [`crate::titles`], and every picture carries a [`crate::stamp`] that tells the title and the second.

mod clip;
pub(crate) mod derived;
mod music;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use bytes::Bytes;

use crate::titles::{self, FILMS, Film};

pub(crate) use clip::CHAPTERS;

/// Changes with what is generated.
const VERSION: &str = "v2";

/// The generated files.
#[derive(Clone, Debug)]
pub struct Media {
    folder: PathBuf,
}

impl Media {
    /// The media of this build folder, generated on first use.
    ///
    /// # Panics
    /// ffmpeg or rsvg-convert is missing or fails.
    #[must_use]
    pub fn ready() -> &'static Self {
        static MEDIA: OnceLock<Media> = OnceLock::new();
        MEDIA.get_or_init(|| Self::in_folder(&target_folder().join("testkit-media")))
    }

    /// The media kept under this folder, generated on first use.
    ///
    /// # Panics
    /// ffmpeg or rsvg-convert is missing or fails.
    #[must_use]
    pub fn in_folder(base: &Path) -> Self {
        let folder = base.join(VERSION);
        fs::create_dir_all(base).expect("the folder of generated media can be made");
        let lock = File::create(base.join("lock")).expect("the lock file can be made");
        lock.lock().expect("the lock file can be locked");
        if !folder.exists() {
            let making = base.join("making");
            if making.exists() {
                fs::remove_dir_all(&making).expect("what was left half made can be removed");
            }
            generate(&making);
            fs::rename(&making, &folder).expect("what is made gets its place");
        }
        Self { folder }
    }

    /// File of a film.
    #[must_use]
    pub fn film(&self, film: &Film) -> PathBuf {
        self.folder
            .join(format!("{}.{}", film.slug(), film.shape.extension()))
    }

    /// Subtitles that lie beside the film in MP4 with its index first, in SRT.
    #[must_use]
    pub fn film_subtitles(&self) -> PathBuf {
        self.folder.join("film.srt")
    }

    /// File of an episode; season and episode count from 1.
    #[must_use]
    pub fn episode(&self, season: usize, episode: usize) -> PathBuf {
        self.folder
            .join(format!("{}.mkv", episode_slug(season, episode)))
    }

    /// File of a track of the album; counts from 1.
    #[must_use]
    pub fn track(&self, number: usize) -> PathBuf {
        let (title, extension) = titles::TRACKS[number - 1];
        self.folder
            .join(format!("{}.{extension}", titles::slug(title)))
    }

    /// A film's poster, 2:3.
    #[must_use]
    pub fn poster(&self, film: &Film) -> PathBuf {
        self.art(&format!("{}-poster", film.slug()))
    }

    /// A film's backdrop, 16:9, without letters.
    #[must_use]
    pub fn backdrop(&self, film: &Film) -> PathBuf {
        self.art(&format!("{}-backdrop", film.slug()))
    }

    /// The show's poster.
    #[must_use]
    pub fn show_poster(&self) -> PathBuf {
        self.art(&format!("{}-poster", titles::slug(titles::SHOW)))
    }

    /// The show's backdrop.
    #[must_use]
    pub fn show_backdrop(&self) -> PathBuf {
        self.art(&format!("{}-backdrop", titles::slug(titles::SHOW)))
    }

    /// A season's poster.
    #[must_use]
    pub fn season_poster(&self, season: usize) -> PathBuf {
        self.art(&format!("{}-season-{season}", titles::slug(titles::SHOW)))
    }

    /// An episode's still, 16:9.
    #[must_use]
    pub fn still(&self, season: usize, episode: usize) -> PathBuf {
        self.art(&format!("{}-still", episode_slug(season, episode)))
    }

    /// The album's cover, square.
    #[must_use]
    pub fn cover(&self) -> PathBuf {
        self.art(&format!("{}-cover", titles::slug(titles::ALBUM)))
    }

    pub(crate) fn text(&self, name: &str) -> Bytes {
        fs::read(self.folder.join(name))
            .expect("a generated text is there")
            .into()
    }

    fn art(&self, name: &str) -> PathBuf {
        self.folder.join("art").join(format!("{name}.jpg"))
    }
}

fn episode_slug(season: usize, episode: usize) -> String {
    format!("{}-s{season:02}e{episode:02}", titles::slug(titles::SHOW))
}

/// Cargo's build folder.
pub(crate) fn target_folder() -> PathBuf {
    let tree = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(tree, PathBuf::from);
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Makes everything, on two threads.
fn generate(folder: &Path) {
    let art = folder.join("art");
    fs::create_dir_all(&art).expect("the folder can be made");
    crate::art::draw_all(&art);
    let making = Media {
        folder: folder.into(),
    };
    clip::write_subtitles(folder);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (index, film) in FILMS.iter().enumerate().filter(|(index, _)| index % 2 == 0) {
                clip::film(&making, folder, index, film);
            }
            music::album(&making);
        });
        for (index, film) in FILMS.iter().enumerate().filter(|(index, _)| index % 2 == 1) {
            clip::film(&making, folder, index, film);
        }
        for season in 1..=titles::EPISODES.len() {
            for episode in 1..=titles::EPISODES[season - 1].len() {
                clip::episode(&making, season, episode);
            }
        }
    });
}

/// A path as text; the build folder's name is expected to be that.
pub(crate) fn utf8(path: &Path) -> &str {
    path.to_str().expect("the build folder's path is UTF-8")
}

/// Runs ffmpeg, quietly, with one output.
pub(crate) fn ffmpeg<A: AsRef<OsStr>>(arguments: &[A], to: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
        .args(arguments)
        .arg(to)
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is installed");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "ffmpeg could not make {}: {message}",
        to.display()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::{self, Stamp};

    fn printed(program: &str, arguments: &[&str], file: &Path) -> Vec<u8> {
        let output = Command::new(program)
            .args(arguments)
            .arg(file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// The brightness of every pixel of a picture at this second.
    fn frame(file: &Path, second: &str) -> Vec<u8> {
        let picture = ["-f", "rawvideo", "-pix_fmt", "gray", "-frames:v", "1", "-"];
        let mut command = Command::new("ffmpeg");
        command
            .args(["-nostdin", "-loglevel", "error", "-ss", second, "-i"])
            .arg(file);
        command.args(picture).output().unwrap().stdout
    }

    #[test]
    fn every_film_tells_its_title_and_second() {
        for (title, film) in (0..).zip(&FILMS) {
            let pixels = frame(&Media::ready().film(film), "13.5");
            assert_eq!(pixels.len(), 640 * 360);
            let read = stamp::read(360, |x, y| pixels[(y * 640 + x) as usize]);
            assert_eq!(read, Some(Stamp { title, second: 13 }), "{}", film.title);
        }
    }

    #[test]
    fn the_film_in_matroska_holds_what_its_description_says() {
        let film = Media::ready().film(&FILMS[titles::THE_LONG_REEL]);
        let entries = [
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name:chapter_tags=title:format=duration",
            "-of",
            "csv=p=0",
        ];
        let text = String::from_utf8(printed("ffprobe", &entries, &film)).unwrap();
        for wanted in [
            "h264\naac\naac\nsubrip\nass\n",
            "Leader\nThe Road\nIntermission\nLast Light\n",
            "60.0",
        ] {
            assert!(text.contains(wanted), "{wanted:?} is not in {text:?}");
        }
        let size = fs::metadata(film).unwrap().len();
        assert!((8_000_000..12_000_000).contains(&size), "{size}");
    }

    #[test]
    fn an_index_stands_where_the_shape_says() {
        let index = |film: usize| {
            let bytes = fs::read(Media::ready().film(&FILMS[film])).unwrap();
            let at = |name: &[u8]| bytes.windows(4).position(|part| part == name).unwrap();
            at(b"moov") < at(b"mdat")
        };
        assert!(index(titles::HARBOUR_LIGHTS));
        assert!(!index(titles::THE_GLASS_ORCHARD));
    }
}
