//! Films, shows and other videos of a walk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{MOVIES, Maker, SHOWS, VIDEOS, folder_names, of_kind};
use crate::model::{Artwork, ImageId, Item, Kind};
use crate::source::local::naming::{self, Episode, Named};
use crate::source::local::nfo::{About, Nfo};
use crate::source::local::scan::{FileKind, FoundFile, Tree};
use crate::source::local::sidecar;
use crate::source::local::stacking::{self, Stack};

/// Video titles, by library.
#[derive(Default)]
pub(super) struct Videos {
    pub(super) movies: Vec<Item>,
    pub(super) shows: Vec<Item>,
    pub(super) videos: Vec<Item>,
}

/// A show while its episodes are gathered.
struct Show<'a> {
    title: String,
    year: Option<i32>,
    poster: Option<ImageId>,
    backdrop: Option<ImageId>,
    note: Option<&'a Nfo>,
    seasons: BTreeMap<u32, Vec<Item>>,
    season_posters: BTreeMap<u32, ImageId>,
    season_notes: BTreeMap<u32, &'a Nfo>,
}

/// The video titles of a walk.
pub(super) fn titles(maker: &Maker<'_>, tree: &Tree) -> Videos {
    let mut videos = Videos::default();
    let mut shows: BTreeMap<String, Show<'_>> = BTreeMap::new();
    for (folder, files) in tree {
        let names = folder_names(folder);
        let names: Vec<&str> = std::iter::once(maker.root)
            .chain(names.iter().map(String::as_str))
            .collect();
        let stacks = stacking::stacks(of_kind(files, FileKind::Video));
        let stacks: Vec<Stack<'_>> = stacks
            .into_iter()
            .flat_map(|stack| unless_episodes(&names, stack))
            .collect();
        let alone = stacks.len() == 1;
        for stack in &stacks {
            // Files that are called nothing but "cd1" are called as their folder.
            let stem = match stack.stem.as_str() {
                "" => names.last().copied().unwrap_or_default(),
                stem => stem,
            };
            if naming::is_extra(&names, stem) {
                continue;
            }
            match naming::name(&names, stem) {
                Named::Movie { title, year } => {
                    let mut item = maker.of_files(MOVIES, Kind::Movie, &stack.files, title);
                    item.year = year;
                    item.artwork = artwork(maker, files, stack, alone);
                    if let Some(nfo) = noted_film(maker, files, stack, alone) {
                        maker.apply(&mut item, nfo);
                    }
                    videos.movies.push(item);
                }
                Named::Video { title } => {
                    let mut item = maker.of_files(VIDEOS, Kind::Video, &stack.files, title);
                    item.artwork = artwork(maker, files, stack, false);
                    if let Some(nfo) = noted_film(maker, files, stack, false) {
                        maker.apply(&mut item, nfo);
                    }
                    videos.videos.push(item);
                }
                Named::Episode(episode) => {
                    add_episode(maker, tree, &mut shows, folder, stack, episode)
                }
            }
        }
    }
    videos.shows = shows
        .into_iter()
        .flat_map(|(key, show)| flatten(maker, &key, show))
        .collect();
    videos
}

/// The files of a stack, one by one where their names make them several episodes of a season: "Part 1" and "Part 2" of one.
fn unless_episodes<'a>(folders: &[&str], stack: Stack<'a>) -> Vec<Stack<'a>> {
    let number = |file: &&FoundFile| {
        let stem = sidecar::stem_of(&file.relative);
        match naming::name(folders, &stem) {
            Named::Episode(episode) => Some((episode.season, episode.number)),
            Named::Movie { .. } | Named::Video { .. } => None,
        }
    };
    let numbers: BTreeSet<_> = stack.files.iter().filter_map(number).collect();
    if stack.files.len() < 2 || numbers.len() < stack.files.len() {
        return vec![stack];
    }
    let files = stack.files.into_iter();
    files
        .map(|file| Stack {
            files: vec![file],
            stem: sidecar::stem_of(&file.relative),
        })
        .collect()
}

/// The names that companions of a title may bear: its own, then that of its first file.
fn stems(stack: &Stack<'_>) -> impl Iterator<Item = String> {
    let first = sidecar::stem_of(&stack.files[0].relative);
    let own = Some(stack.stem.clone()).filter(|own| !own.is_empty() && *own != first);
    own.into_iter().chain([first])
}

fn noted_film<'a>(
    maker: &Maker<'a>,
    files: &[FoundFile],
    stack: &Stack<'_>,
    alone: bool,
) -> Option<&'a Nfo> {
    stems(stack).find_map(|stem| maker.noted_film(files, &stem, alone))
}

/// Pictures of a film or video: its own, its folder's where it is alone there, else a frame of it.
fn artwork(maker: &Maker<'_>, files: &[FoundFile], stack: &Stack<'_>, alone: bool) -> Artwork {
    let own = |suffixes: &[&str]| {
        stems(stack).find_map(|stem| sidecar::own_picture(files, &stem, suffixes))
    };
    let of_folder = |found: Option<_>| if alone { found } else { None };
    let poster =
        own(&["-poster", "-cover", ""]).or_else(|| of_folder(sidecar::folder_poster(files)));
    let backdrop =
        own(&["-fanart", "-backdrop"]).or_else(|| of_folder(sidecar::folder_backdrop(files)));
    let thumb = own(&["-thumb", "-landscape"]);
    let frame = maker.frame(stack.files[0]);
    Artwork {
        poster: Some(poster.map_or_else(|| frame.clone(), |picture| maker.picture(picture))),
        backdrop: backdrop.map(|picture| maker.picture(picture)),
        thumb: Some(
            thumb
                .or(backdrop)
                .map_or(frame, |picture| maker.picture(picture)),
        ),
    }
}

fn add_episode<'a>(
    maker: &Maker<'a>,
    tree: &Tree,
    shows: &mut BTreeMap<String, Show<'a>>,
    folder: &Path,
    stack: &Stack<'_>,
    episode: Episode,
) {
    // One show may lie in several folders; the same name in another year is another show.
    let key = match episode.year {
        Some(year) => format!("show:{} ({year})", episode.show.to_lowercase()),
        None => format!("show:{}", episode.show.to_lowercase()),
    };
    let title = episode
        .title
        .unwrap_or_else(|| format!("Episode {}", episode.number));
    let mut item = maker.of_files(SHOWS, Kind::Episode, &stack.files, title);
    item.context = Some(episode.show.clone());
    item.parent_index = Some(episode.season);
    item.index = Some(episode.number);
    item.grandparent = Some(maker.id(key.clone()));
    item.parent = Some(maker.id(season_key(&key, episode.season)));
    let files = tree.get(folder).map_or(&[][..], Vec::as_slice);
    let number = (episode.season, episode.number);
    if let Some(nfo) = stems(stack).find_map(|stem| maker.noted_episode(files, &stem, number)) {
        maker.apply(&mut item, nfo);
    }
    let still = stems(stack).find_map(|stem| sidecar::own_picture(files, &stem, &["-thumb", ""]));
    let frame = || maker.frame(stack.files[0]);
    item.artwork.thumb = Some(still.map_or_else(frame, |still| maker.picture(still)));

    let show = shows.entry(key).or_insert_with(|| Show {
        title: episode.show,
        year: episode.year,
        poster: None,
        backdrop: None,
        note: None,
        seasons: BTreeMap::new(),
        season_posters: BTreeMap::new(),
        season_notes: BTreeMap::new(),
    });
    show_companions(maker, tree, show, folder, episode.season);
    show.seasons.entry(episode.season).or_default().push(item);
}

/// Fills in the show's pictures and notes from the episode's folder and the one above.
fn show_companions<'a>(
    maker: &Maker<'a>,
    tree: &Tree,
    show: &mut Show<'a>,
    folder: &Path,
    season: u32,
) {
    let is_season = folder
        .file_name()
        .is_some_and(|name| naming::season_folder(&name.to_string_lossy()).is_some());
    let of_show = if is_season {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    // The root itself is no show's folder.
    if of_show.as_os_str().is_empty() {
        return;
    }
    if let Some(files) = tree.get(of_show) {
        if show.note.is_none() {
            show.note = maker.noted(files, &["tvshow"], About::Show).next();
        }
        if show.poster.is_none() {
            show.poster = sidecar::folder_poster(files).map(|picture| maker.picture(picture));
        }
        if show.backdrop.is_none() {
            show.backdrop = sidecar::folder_backdrop(files).map(|picture| maker.picture(picture));
        }
        let named = sidecar::own_picture(files, &format!("season{season:02}"), &["-poster", ""]);
        if let Some(picture) = named {
            show.season_posters
                .entry(season)
                .or_insert_with(|| maker.picture(picture));
        }
    }
    let files = tree.get(folder).filter(|_| is_season);
    if let Some(nfo) = files.and_then(|files| maker.noted(files, &["season"], About::Season).next())
    {
        show.season_notes.entry(season).or_insert(nfo);
    }
    if let Some(picture) = files.and_then(|files| sidecar::folder_poster(files)) {
        show.season_posters
            .entry(season)
            .or_insert_with(|| maker.picture(picture));
    }
}

fn season_key(show: &str, season: u32) -> String {
    format!("season:{season}:{}", show.trim_start_matches("show:"))
}

/// The show, its seasons and their episodes, in order.
fn flatten(maker: &Maker<'_>, key: &str, show: Show<'_>) -> Vec<Item> {
    let mut item = maker.item(SHOWS, key.to_owned(), Kind::Show, show.title.clone());
    let mut below = Vec::new();
    let all: Vec<&Item> = show.seasons.values().flatten().collect();
    item.year = show.year;
    item.child_count = u32::try_from(all.len()).ok();
    item.added_at = all.iter().filter_map(|episode| episode.added_at).max();
    item.artwork = Artwork {
        poster: show
            .poster
            .clone()
            .or_else(|| all.first().and_then(|e| e.artwork.thumb.clone())),
        backdrop: show.backdrop,
        thumb: all
            .first()
            .and_then(|episode| episode.artwork.thumb.clone()),
    };
    if let Some(nfo) = show.note {
        maker.apply(&mut item, nfo);
        // The whole show is no longer than its episodes.
        item.duration = None;
    }
    for (number, mut episodes) in show.seasons {
        episodes.sort_by_key(|episode| episode.index);
        let title = if number == 0 {
            "Specials".to_owned()
        } else {
            format!("Season {number}")
        };
        let mut season = maker.item(SHOWS, season_key(key, number), Kind::Season, title);
        season.context = Some(item.title.clone());
        if let Some(nfo) = show.season_notes.get(&number) {
            maker.apply(&mut season, nfo);
        }
        for episode in &mut episodes {
            episode.context = Some(item.title.clone());
        }
        season.parent = Some(item.id.clone());
        season.index = Some(number);
        season.child_count = u32::try_from(episodes.len()).ok();
        season.added_at = episodes.iter().filter_map(|episode| episode.added_at).max();
        season.artwork.poster = show
            .season_posters
            .get(&number)
            .cloned()
            .or_else(|| item.artwork.poster.clone());
        below.push(season);
        below.append(&mut episodes);
    }
    std::iter::once(item).chain(below).collect()
}
