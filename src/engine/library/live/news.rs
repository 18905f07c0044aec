//! What a server has told and nobody has read yet, put together. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ItemId, LibraryId};
use crate::source::Change;

/// More titles than these are read as a whole library.
const MOST: usize = 500;

/// See the module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Something changed that has no name: all is to be read.
    pub(super) anything: bool,
    /// Libraries that are to be read.
    pub(super) libraries: BTreeSet<LibraryId>,
    /// Titles that came or changed, with their library where it is known.
    pub(super) titles: BTreeMap<ItemId, Option<LibraryId>>,
    /// Titles that are gone.
    pub(super) gone: BTreeSet<ItemId>,
}

impl News {
    /// Adds what was told. What came last holds.
    pub(super) fn add(&mut self, change: Change) {
        match change {
            Change::Anything => self.anything = true,
            Change::Library(library) => {
                self.libraries.insert(library);
            }
            Change::Titles { ids, library } => {
                for id in ids {
                    self.gone.remove(&id);
                    let known = self.titles.entry(id).or_default();
                    *known = library.clone().or(known.take());
                }
            }
            Change::Watched(ids) => {
                for id in ids {
                    self.titles.entry(id).or_default();
                }
            }
            Change::Gone(ids) => {
                for id in ids {
                    self.titles.remove(&id);
                    self.gone.insert(id);
                }
            }
            Change::Listening | Change::Stop | Change::Words(_) => {}
        }
        if self.anything || self.titles.len() + self.gone.len() > MOST {
            // All that has a name is among all.
            *self = Self {
                anything: true,
                ..Self::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(key: &str) -> ItemId {
        ItemId::new("acc".parse().unwrap(), key)
    }

    fn titles(keys: &[&str], library: Option<&str>) -> Change {
        Change::Titles {
            ids: keys.iter().map(|key| id(key)).collect(),
            library: library.map(|key| LibraryId::new("acc".parse().unwrap(), key)),
        }
    }

    #[test]
    fn what_came_last_holds() {
        let mut news = News::default();
        news.add(titles(&["a", "b"], Some("l")));
        news.add(Change::Gone(vec![id("a"), id("c")]));
        news.add(titles(&["c"], None));
        news.add(Change::Watched(vec![id("b")]));
        let library = Some(LibraryId::new("acc".parse().unwrap(), "l"));
        assert_eq!(news.titles, [(id("b"), library), (id("c"), None)].into());
        assert_eq!(news.gone, [id("a")].into());
    }

    #[test]
    fn too_much_is_all() {
        let mut news = News::default();
        for number in 0..=MOST {
            news.add(titles(&[&number.to_string()], None));
        }
        let all = News {
            anything: true,
            ..News::default()
        };
        assert_eq!(news, all);
        news.add(titles(&["a"], None));
        assert_eq!(news, all);
    }

    #[test]
    fn words_are_no_news() {
        let mut news = News::default();
        for change in [Change::Listening, Change::Stop, Change::Words("x".into())] {
            news.add(change);
        }
        assert_eq!(news, News::default());
    }
}
