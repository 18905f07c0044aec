//! How a person looks at each library, remembered between runs.

use std::collections::HashMap;

use spool_engine::model::LibraryId;

use super::filter_bar::{Words, view_of, words_of};
use super::view::View;
use crate::settings::{Key, Settings};

/// Filters and order of every library that is not looked at in the usual way.
#[derive(Debug)]
pub(super) struct Views {
    settings: Settings,
    known: HashMap<String, Words>,
}

impl Views {
    /// As they were kept.
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            known: settings.get(Key::LibraryViews),
        }
    }

    /// The view of a library.
    pub(super) fn get(&self, library: &LibraryId) -> View {
        let known = self.known.get(&library.to_string());
        known.map(view_of).unwrap_or_default()
    }

    /// Keeps the view of a library.
    pub(super) fn set(&mut self, library: &LibraryId, view: &View) {
        if *view == View::default() {
            self.known.remove(&library.to_string());
        } else {
            self.known.insert(library.to_string(), words_of(view));
        }
        self.settings.set(Key::LibraryViews, &self.known);
    }
}

#[cfg(test)]
mod tests {
    use spool_engine::model::{Facets, Filter, Resolution, Sort};

    use super::*;

    #[test]
    fn a_view_outlives_the_run_and_the_usual_one_takes_no_room() {
        let settings = Settings::in_memory();
        let (films, shows): (LibraryId, LibraryId) =
            ("a:films".parse().unwrap(), "a:shows".parse().unwrap());
        let view = View {
            artists: true,
            sort: Sort::Year,
            filter: Filter::OnDevice,
            facets: Facets {
                genre: Some("Sci-Fi & Fantasy".to_owned()),
                decade: Some(1990),
                resolution: Some(Resolution::Uhd),
            },
        };
        let mut views = Views::of(&settings);
        views.set(&films, &view);
        views.set(&shows, &view);
        views.set(&shows, &View::default());
        let again = Views::of(&settings);
        assert_eq!(again.get(&films), view);
        assert_eq!(again.get(&shows), View::default());
        assert_eq!(again.known.len(), 1);
    }

    #[test]
    fn words_of_another_version_are_the_usual_view() {
        let odd = [("decade", "soon"), ("resolution", "99"), ("weight", "1")];
        let odd = odd.map(|(name, word)| (name.to_owned(), word.to_owned()));
        let odd = ("by-moon".to_owned(), "upwards".to_owned(), odd.into());
        assert_eq!(view_of(&odd), View::default());
    }
}
