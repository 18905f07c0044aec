//! The generated media laid out as people lay out their folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::media::Media;
use crate::titles::{self, FILMS, Film, HARBOUR_LIGHTS};

/// A folder with `Films`, `Shows` and `Music` in it. The files are copies, so a test may damage them.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

fn copy(from: &Path, to: &Path) {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).expect("a folder can be made");
    }
    fs::copy(from, to)
        .unwrap_or_else(|error| panic!("{} to {}: {error}", from.display(), to.display()));
}

impl Folder {
    /// Lays out everything under `path`.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn lay_out(media: &Media, path: &Path) -> Self {
        let folder = Self { path: path.into() };
        for film in &FILMS {
            folder.add_film(media, film);
        }
        folder.add_show(media);
        folder.add_album(media);
        folder
    }

    /// Lays out one film alone.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn with_film(media: &Media, path: &Path, film: &Film) -> Self {
        let folder = Self { path: path.into() };
        folder.add_film(media, film);
        folder
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a film's file is: `Films/Title (Year)/Title (Year).ext`.
    #[must_use]
    pub fn film(&self, film: &Film) -> PathBuf {
        let name = format!("{} ({})", film.title, film.year);
        let file = format!("{name}.{}", film.shape.extension());
        self.path.join("Films").join(name).join(file)
    }

    /// Where an episode's file is: `Shows/Title/Season 01/Title - S01E02 - Name.mkv`; both count from 1.
    #[must_use]
    pub fn episode(&self, season: usize, episode: usize) -> PathBuf {
        let (show, name) = (titles::SHOW, titles::EPISODES[season - 1][episode - 1]);
        let file = format!("{show} - S{season:02}E{episode:02} - {name}.mkv");
        self.path
            .join("Shows")
            .join(show)
            .join(format!("Season {season:02}"))
            .join(file)
    }

    /// Where a track's file is: `Music/Artist/Album/01 Title.ext`; counts from 1.
    #[must_use]
    pub fn track(&self, number: usize) -> PathBuf {
        let (title, extension) = titles::TRACKS[number - 1];
        let album = self
            .path
            .join("Music")
            .join(titles::ARTIST)
            .join(titles::ALBUM);
        album.join(format!("{number:02} {title}.{extension}"))
    }

    /// Adds a film with its poster and backdrop, and the subtitles that one has beside it.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn add_film(&self, media: &Media, film: &Film) {
        let file = self.film(film);
        copy(&media.film(film), &file);
        copy(&media.poster(film), &file.with_file_name("poster.jpg"));
        copy(&media.backdrop(film), &file.with_file_name("fanart.jpg"));
        if film.title == FILMS[HARBOUR_LIGHTS].title {
            copy(&media.film_subtitles(), &file.with_extension("en.srt"));
        }
    }

    /// Adds the show with its posters.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn add_show(&self, media: &Media) {
        let show = self.path.join("Shows").join(titles::SHOW);
        copy(&media.show_poster(), &show.join("poster.jpg"));
        copy(&media.show_backdrop(), &show.join("fanart.jpg"));
        for season in 1..=titles::EPISODES.len() {
            for episode in 1..=titles::EPISODES[season - 1].len() {
                copy(
                    &media.episode(season, episode),
                    &self.episode(season, episode),
                );
            }
            let poster = self.episode(season, 1).with_file_name("poster.jpg");
            copy(&media.season_poster(season), &poster);
        }
    }

    /// Adds the album with its cover, and its artist's picture and notes.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn add_album(&self, media: &Media) {
        for number in 1..=titles::TRACKS.len() {
            copy(&media.track(number), &self.track(number));
        }
        copy(&media.cover(), &self.track(1).with_file_name("cover.jpg"));
        let artist = self.path.join("Music").join(titles::ARTIST);
        copy(
            &media.backdrop(&FILMS[titles::NORTHBOUND]),
            &artist.join("artist.jpg"),
        );
        let notes = format!(
            "<artist><name>{}</name><biography>{}</biography></artist>",
            titles::ARTIST,
            titles::ARTIST_OVERVIEW
        );
        fs::write(artist.join("artist.nfo"), notes).expect("a file can be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_where_people_put_them() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::lay_out(Media::ready(), temp.path());
        for path in [
            "Films/The Long Reel (2024)/The Long Reel (2024).mkv",
            "Films/The Long Reel (2024)/poster.jpg",
            "Films/Harbour Lights (2022)/Harbour Lights (2022).en.srt",
            "Shows/The Night Observatory/Season 02/The Night Observatory - S02E03 - Last Contact.mkv",
            "Music/The Low Lamps/Tidal Rooms/03 A Window on the Strait.mp3",
        ] {
            assert!(folder.path().join(path).is_file(), "{path}");
        }
    }
}
