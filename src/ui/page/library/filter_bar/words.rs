//! Choices in words: those of the actions, which are kept, and those for people.

use std::collections::HashMap;

use spool_engine::model::{FacetValues, Facets, Filter, Resolution, Sort};

use super::super::view::View;
use crate::i18n::{gettext, gettext_f};

pub(super) const FILTERS: [(Filter, &str); 5] = [
    (Filter::All, "all"),
    (Filter::Unwatched, "unwatched"),
    (Filter::InProgress, "in-progress"),
    (Filter::Favourites, "favourites"),
    (Filter::OnDevice, "on-device"),
];
pub(super) const SORTS: [(Sort, &str); 6] = [
    (Sort::Title, "title"),
    (Sort::Added, "added"),
    (Sort::Year, "year"),
    (Sort::Watched, "watched"),
    (Sort::Rating, "rating"),
    (Sort::Duration, "duration"),
];

/// Under this name is kept what of music is shown, and its values.
const SHOWN: &str = "shown";
pub(super) const ALBUMS: &str = "albums";
pub(super) const ARTISTS: &str = "artists";

/// A view as it is kept: filter, order, and what else narrows it, by name.
pub(in super::super) type Words = (String, String, HashMap<String, String>);

pub(super) fn filter_label(filter: Filter) -> String {
    match filter {
        Filter::All => gettext("All"),
        Filter::Unwatched => gettext("Unwatched"),
        Filter::InProgress => gettext("In Progress"),
        Filter::Favourites => gettext("Favourites"),
        Filter::OnDevice => gettext("On This Device"),
    }
}

pub(super) fn sort_label(sort: Sort) -> String {
    match sort {
        Sort::Title | Sort::Index => gettext("Title"),
        Sort::Added => gettext("Date Added"),
        Sort::Year => gettext("Year"),
        Sort::Watched => gettext("Last Watched"),
        Sort::Rating => gettext("Rating"),
        Sort::Duration => gettext("Duration"),
    }
}

/// What a library is narrowed down by beside its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    Genre,
    Decade,
    Resolution,
}

impl Facet {
    pub(super) const ALL: [Self; 3] = [Self::Genre, Self::Decade, Self::Resolution];

    /// Name of its action.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Genre => "genre",
            Self::Decade => "decade",
            Self::Resolution => "resolution",
        }
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Genre => gettext("Genre"),
            Self::Decade => gettext("Year"),
            Self::Resolution => gettext("Resolution"),
        }
    }

    /// The choice of none.
    pub(super) fn any(self) -> String {
        match self {
            Self::Genre => gettext("Any Genre"),
            Self::Decade => gettext("Any Year"),
            Self::Resolution => gettext("Any Resolution"),
        }
    }

    /// A value for people, by its word.
    pub(super) fn label(self, word: &str) -> String {
        match self {
            Self::Genre => word.to_owned(),
            // Translators: A decade: {year} is its first year, 1990.
            Self::Decade => gettext_f("{year}s", &[("year", word)]),
            Self::Resolution => match word {
                "2160" => "4K".to_owned(),
                "480" => "SD".to_owned(),
                lines => format!("{lines}p"),
            },
        }
    }

    /// The values that a library has, in words.
    pub(super) fn words(self, values: &FacetValues) -> Vec<String> {
        match self {
            Self::Genre => values.genres.clone(),
            Self::Decade => values.decades.iter().map(ToString::to_string).collect(),
            Self::Resolution => {
                let lines = values.resolutions.iter().map(|class| class.lines());
                lines.map(|lines| lines.to_string()).collect()
            }
        }
    }

    /// What is chosen of it, in words.
    pub(super) fn word(self, facets: &Facets) -> String {
        let word = match self {
            Self::Genre => facets.genre.clone(),
            Self::Decade => facets.decade.map(|decade| decade.to_string()),
            Self::Resolution => facets.resolution.map(|class| class.lines().to_string()),
        };
        word.unwrap_or_default()
    }

    /// Makes what a word says the choice; one that says nothing is none.
    pub(super) fn put(self, facets: &mut Facets, word: &str) {
        match self {
            Self::Genre => facets.genre = Some(word.to_owned()).filter(|word| !word.is_empty()),
            Self::Decade => facets.decade = word.parse().ok(),
            Self::Resolution => {
                facets.resolution = word.parse().ok().and_then(Resolution::of_lines);
            }
        }
    }
}

/// A view in the words of the actions, to be kept.
pub(in super::super) fn words_of(view: &View) -> Words {
    let facets = Facet::ALL.map(|facet| (facet.name().to_owned(), facet.word(&view.facets)));
    let chosen = facets.into_iter().filter(|(_, word)| !word.is_empty());
    let artists = view.artists.then(|| (SHOWN.to_owned(), ARTISTS.to_owned()));
    (
        name_of(&FILTERS, view.filter).to_owned(),
        name_of(&SORTS, view.sort).to_owned(),
        chosen.chain(artists).collect(),
    )
}

/// The view that was kept in these words; what is not known any more is the usual.
pub(in super::super) fn view_of((filter, sort, chosen): &Words) -> View {
    let mut facets = Facets::default();
    for facet in Facet::ALL {
        if let Some(word) = chosen.get(facet.name()) {
            facet.put(&mut facets, word);
        }
    }
    View {
        artists: chosen.get(SHOWN).is_some_and(|word| word == ARTISTS),
        filter: value_of(&FILTERS, Some(filter)),
        sort: value_of(&SORTS, Some(sort)),
        facets,
    }
}

pub(super) fn value_of<T: Copy + Default>(table: &[(T, &str)], name: Option<&str>) -> T {
    let known = table.iter().find(|(_, known)| Some(*known) == name);
    known.map(|(value, _)| *value).unwrap_or_default()
}

pub(super) fn name_of<T: Copy + PartialEq>(table: &[(T, &'static str)], value: T) -> &'static str {
    let known = table.iter().find(|(known, _)| *known == value);
    known.map_or(table[0].1, |(_, name)| name)
}
