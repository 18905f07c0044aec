//! Whose an album is: a link for each artist.

use std::cell::RefCell;
use std::rc::Rc;

use adw::prelude::*;
use spool_engine::model::{Credit, Item, ItemId, Kind};

use crate::i18n::gettext_f;

type OnArtist = Rc<RefCell<Option<Box<dyn Fn(ItemId)>>>>;

/// The links, in a line; hidden where there are none.
#[derive(Clone)]
pub(super) struct Byline {
    pub(super) root: adw::WrapBox,
    shown: Rc<RefCell<Vec<Credit>>>,
    on_artist: OnArtist,
}

impl std::fmt::Debug for Byline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Byline")
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

/// The artists of an album that have pages; none unless all have.
fn linked(item: &Item) -> &[Credit] {
    let all = item.artists.iter().all(|credit| credit.artist.is_some());
    match item.kind {
        Kind::Album if all => &item.artists,
        _ => &[],
    }
}

impl Byline {
    pub(super) fn new() -> Self {
        Self {
            root: adw::WrapBox::builder()
                .child_spacing(18)
                .visible(false)
                .build(),
            shown: Rc::default(),
            on_artist: Rc::default(),
        }
    }

    /// Says who is told which artist a person chose.
    pub(super) fn connect_artist(&self, on_artist: impl Fn(ItemId) + 'static) {
        self.on_artist.replace(Some(Box::new(on_artist)));
    }

    /// Shows whose a title is. `false` where it has no links, so that a name has to do.
    pub(super) fn show(&self, item: &Item) -> bool {
        let credits = linked(item);
        if *self.shown.borrow() != credits {
            self.shown.replace(credits.to_vec());
            while let Some(old) = self.root.first_child() {
                self.root.remove(&old);
            }
            for credit in credits {
                self.add(credit);
            }
        }
        self.root.set_visible(!credits.is_empty());
        !credits.is_empty()
    }

    fn add(&self, credit: &Credit) {
        let Some(artist) = credit.artist.clone() else {
            return;
        };
        let label = gtk::Label::builder()
            .label(&credit.name)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .css_classes(["heading"])
            .build();
        let button = gtk::Button::builder()
            .child(&label)
            .css_classes(["flat", "byline"])
            .build();
        // Translators: {name} is the name of a musician or band.
        let words = gettext_f("Show {name}", &[("name", &credit.name)]);
        button.set_tooltip_text(Some(&words));
        button.update_property(&[gtk::accessible::Property::Label(&words)]);
        let on_artist = Rc::clone(&self.on_artist);
        button.connect_clicked(move |_| {
            if let Some(on_artist) = on_artist.borrow().as_ref() {
                on_artist(artist.clone());
            }
        });
        self.root.append(&button);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_album_without_known_artists_has_no_links() {
        let account: spool_engine::model::AccountId = "a".parse().unwrap();
        let id = |key: &str| ItemId::new(account.clone(), key);
        let credit = |artist: Option<ItemId>| Credit {
            artist,
            name: "A".to_owned(),
        };
        let mut album = Item::new(id("1"), Kind::Album, "1");
        assert_eq!(linked(&album), []);
        album.artists = vec![credit(Some(id("2"))), credit(Some(id("3")))];
        assert_eq!(linked(&album).len(), 2);
        album.artists.push(credit(None));
        assert_eq!(linked(&album), []);
        album.artists.truncate(2);
        album.kind = Kind::Track;
        assert_eq!(linked(&album), []);
    }
}
