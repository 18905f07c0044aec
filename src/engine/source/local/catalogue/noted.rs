//! Which NFO file belongs to which title, and what it changes of it.

use super::{Maker, of_kind, sort_title};
use crate::model::{Item, Resolution};
use crate::source::Person;
use crate::source::local::nfo::{About, Nfo};
use crate::source::local::scan::{FileKind, FoundFile};
use crate::source::local::sidecar;

impl<'a> Maker<'a> {
    /// What the NFO files of one of `names`, best first, among a folder's `files` tell of something.
    pub(super) fn noted(
        &self,
        files: &[FoundFile],
        names: &[&str],
        about: About,
    ) -> impl Iterator<Item = &'a Nfo> {
        let nfos = self.nfos;
        let of_name = |name: &&str| {
            of_kind(files, FileKind::Notes)
                .find(|file| sidecar::stem_of(&file.relative).eq_ignore_ascii_case(name))
        };
        let found = names.iter().find_map(of_name);
        let titles = found.and_then(|file| nfos.get(&file.relative));
        titles
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter(move |nfo| nfo.about == about)
    }

    /// What is noted of a film or other video: in a file of its name, or its folder's where it is alone there.
    pub(super) fn noted_film(
        &self,
        files: &[FoundFile],
        stem: &str,
        alone: bool,
    ) -> Option<&'a Nfo> {
        let names = [stem, "movie"];
        let names = if alone { &names[..] } else { &names[..1] };
        self.noted(files, names, About::Film).next()
    }

    /// What is noted of an episode in a file of its name, which may tell of several.
    pub(super) fn noted_episode(
        &self,
        files: &[FoundFile],
        stem: &str,
        number: (u32, u32),
    ) -> Option<&'a Nfo> {
        let all: Vec<&Nfo> = self.noted(files, &[stem], About::Episode).collect();
        let same = |nfo: &&&Nfo| (nfo.season, nfo.episode) == (Some(number.0), Some(number.1));
        all.iter().find(same).or(all.first()).copied()
    }

    /// Changes a title to what is noted of it. What is not noted stays as names and tags have it.
    pub(super) fn apply(&self, item: &mut Item, nfo: &Nfo) {
        if let Some(title) = &nfo.title {
            item.title.clone_from(title);
            item.sort_title = sort_title(title);
        }
        if let Some(sort) = &nfo.sort_title {
            item.sort_title = sort.to_lowercase();
        }
        self.apply_facts(item, nfo);
    }

    /// The same without the title.
    pub(super) fn apply_facts(&self, item: &mut Item, nfo: &Nfo) {
        item.year = nfo.year.or(item.year);
        item.overview = nfo.plot.clone().or(item.overview.take());
        item.duration = item.duration.or(nfo.duration);
        item.resolution = Resolution::of_size(nfo.size.0, nfo.size.1).or(item.resolution);
        item.content_rating = nfo.content_rating.clone().or(item.content_rating.take());
        item.rating = nfo.rating.or(item.rating);
        if !nfo.genres.is_empty() {
            item.genres.clone_from(&nfo.genres);
        }
        let people = nfo.people.iter().map(|player| Person {
            key: None,
            name: player.name.clone(),
            role: player.role.clone(),
            picture: None,
        });
        let people: Vec<Person> = people.collect();
        if !people.is_empty() {
            self.people.borrow_mut().insert(item.id.clone(), people);
        }
    }
}
