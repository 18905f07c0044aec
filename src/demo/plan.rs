//! Which files the demo library consists of, and how each is made. The folders are as people lay out theirs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use spool_player::clip::{self, Draw, Film as Clip, Tags};

use super::scene::{self, Scene};
use super::titles::{ALBUM, Episode, FILMS, Film, SHOW};
use super::tune::Tune;
use super::{Job, Work, notes, private_folder};

/// Size of films, of posters, of covers and of backdrops.
const FILM: (u32, u32) = (640, 360);
const POSTER: (u32, u32) = (400, 600);
const COVER: (u32, u32) = (600, 600);
const BACKDROP: (u32, u32) = (1280, 720);
/// Size of pictures of episodes.
const STILL: (u32, u32) = (640, 360);
/// Frames a second.
const RATE: u32 = 20;
/// A picture is about as much work as so many frames.
const PICTURE_WEIGHT: u32 = 6;
/// A second of music is about as much work as so many frames.
const MUSIC_WEIGHT: u32 = 3;
/// Seconds for which a film says its name.
const TITLE: f64 = 3.0;

/// Makes the folders and the notes, and says what is left to be done, the longest work first.
pub(super) fn jobs(folder: &Path) -> io::Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for film in &FILMS {
        add_film(folder, film, &mut jobs)?;
    }
    add_show(folder, &mut jobs)?;
    add_album(folder, &mut jobs)?;
    jobs.sort_by_key(|job| std::cmp::Reverse(job.weight));
    Ok(jobs)
}

fn add_film(folder: &Path, film: &'static Film, jobs: &mut Vec<Job>) -> io::Result<()> {
    let name = format!("{} ({})", film.title, film.year);
    let place = folder.join("Films").join(&name);
    private_folder(&place)?;
    fs::write(place.join(format!("{name}.nfo")), notes::film(film))?;
    let part = f64::from(film.seconds) / film.chapters.len() as f64;
    let chapters = film.chapters.iter().enumerate();
    let chapters = chapters.map(|(at, name)| {
        let start = Duration::from_secs_f64(part * at as f64);
        (start, (*name).to_owned())
    });
    let tags = Tags {
        title: film.title.to_owned(),
        ..Tags::default()
    };
    let look = (film.scene, film.title);
    let clip = clip(look, film.tune, film.seconds, tags, chapters.collect());
    jobs.push(film_job(clip, place.join(format!("{name}.mkv"))));
    let year = film.year.to_string();
    let poster = scene::poster(film.scene, POSTER, film.title, &year);
    jobs.push(picture_job(POSTER, poster, place.join("poster.jpg")));
    let backdrop = scene::still(film.scene, BACKDROP, f64::from(film.seconds) * 0.6);
    jobs.push(picture_job(BACKDROP, backdrop, place.join("fanart.jpg")));
    Ok(())
}

fn add_show(folder: &Path, jobs: &mut Vec<Job>) -> io::Result<()> {
    let place = folder.join("Shows").join(SHOW.title);
    let season = place.join("Season 01");
    private_folder(&season)?;
    fs::write(place.join("tvshow.nfo"), notes::show(&SHOW))?;
    let year = SHOW.year.to_string();
    let poster = scene::poster(SHOW.scene, POSTER, SHOW.title, &year);
    jobs.push(picture_job(POSTER, poster, place.join("poster.jpg")));
    let backdrop = scene::still(SHOW.scene, BACKDROP, 5.0);
    jobs.push(picture_job(BACKDROP, backdrop, place.join("fanart.jpg")));
    for (at, episode) in SHOW.episodes.iter().enumerate() {
        add_episode(&season, at + 1, episode, jobs)?;
    }
    Ok(())
}

fn add_episode(
    season: &Path,
    number: usize,
    episode: &'static Episode,
    jobs: &mut Vec<Job>,
) -> io::Result<()> {
    let name = format!("{} - S01E{number:02} - {}", SHOW.title, episode.title);
    fs::write(
        season.join(format!("{name}.nfo")),
        notes::episode(number, episode),
    )?;
    let tags = Tags {
        title: episode.title.to_owned(),
        ..Tags::default()
    };
    let look = (episode.scene, episode.title);
    let clip = clip(look, SHOW.tune, SHOW.seconds, tags, Vec::new());
    jobs.push(film_job(clip, season.join(format!("{name}.mkv"))));
    let still = scene::still(episode.scene, STILL, f64::from(SHOW.seconds) * 0.6);
    jobs.push(picture_job(
        STILL,
        still,
        season.join(format!("{name}-thumb.jpg")),
    ));
    Ok(())
}

fn add_album(folder: &Path, jobs: &mut Vec<Job>) -> io::Result<()> {
    let place = folder.join("Music").join(ALBUM.artist).join(ALBUM.title);
    private_folder(&place)?;
    fs::write(place.join("album.nfo"), notes::album(&ALBUM))?;
    let cover = scene::poster(ALBUM.scene, COVER, ALBUM.title, ALBUM.artist);
    jobs.push(picture_job(COVER, cover, place.join("cover.jpg")));
    for (number, (title, tune)) in (1u32..).zip(ALBUM.tracks) {
        let tags = Tags {
            title: (*title).to_owned(),
            artist: ALBUM.artist.to_owned(),
            album: ALBUM.title.to_owned(),
            track: number,
        };
        let to = place.join(format!("{number:02} {title}.opus"));
        let (tune, length) = (*tune, Duration::from_secs(ALBUM.seconds.into()));
        let work: Work = Box::new(move |go_on| {
            clip::track(&tags, length, tune.sound(ALBUM.seconds), &to, go_on)
        });
        jobs.push(Job {
            weight: ALBUM.seconds * MUSIC_WEIGHT,
            work,
        });
    }
    Ok(())
}

/// A film of one scene that says its name in the beginning.
fn clip(
    (scene, title): (Scene, &'static str),
    tune: Tune,
    seconds: u32,
    tags: Tags,
    chapters: Vec<(Duration, String)>,
) -> Clip {
    let draw = move |number: u32, pixels: &mut [u8]| {
        let time = f64::from(number) / f64::from(RATE);
        let name = (time < TITLE).then(|| (title, (TITLE - time).min(time).clamp(0.0, 1.0)));
        scene::frame(scene, FILM, time, name, pixels);
    };
    Clip {
        size: FILM,
        rate: RATE,
        length: Duration::from_secs(seconds.into()),
        tags,
        chapters,
        draw: Box::new(draw),
        sound: tune.sound(seconds),
    }
}

fn film_job(film: Clip, to: PathBuf) -> Job {
    let frames = film.length.as_secs() * u64::from(film.rate);
    Job {
        weight: u32::try_from(frames).unwrap_or(u32::MAX),
        work: Box::new(move |go_on| clip::film(film, &to, go_on)),
    }
}

fn picture_job(size: (u32, u32), draw: Draw, to: PathBuf) -> Job {
    Job {
        weight: PICTURE_WEIGHT,
        work: Box::new(move |go_on| clip::picture(size, draw, &to, go_on)),
    }
}
