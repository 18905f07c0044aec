//! Who took part: a row of faces, each of which leads to what else that person is in.

use std::cell::RefCell;
use std::rc::Rc;

use adw::prelude::*;
use gtk::glib;
use spool_engine::source::Person;

use super::extras::heading;
use crate::i18n::gettext;
use crate::ui::format;
use crate::ui::widget::Feed;

/// Diameter of a face.
const FACE: i32 = 72;
/// Width of the picture that is asked for, for screens with two pixels for one.
const PICTURE: u32 = 160;
/// Width of a name below its face.
const WIDTH: i32 = 112;

type OnPerson = Rc<RefCell<Option<Box<dyn Fn(Person)>>>>;

/// The row with its heading; hidden where nobody is known.
pub(super) struct Cast {
    /// The outermost widget.
    pub(super) root: gtk::Box,
    faces: gtk::Box,
    feed: Feed,
    shown: RefCell<Vec<Person>>,
    on_person: OnPerson,
}

impl std::fmt::Debug for Cast {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cast")
            .field("people", &self.shown.borrow().len())
            .finish_non_exhaustive()
    }
}

impl Cast {
    pub(super) fn new(feed: Feed) -> Self {
        let faces = gtk::Box::new(gtk::Orientation::Horizontal, 0);
        faces.update_property(&[gtk::accessible::Property::Label(&gettext("Cast and Crew"))]);
        let scroller = gtk::ScrolledWindow::builder()
            .vscrollbar_policy(gtk::PolicyType::Never)
            .child(&faces)
            .build();
        let root = gtk::Box::new(gtk::Orientation::Vertical, 6);
        root.append(&heading(&gettext("Cast and Crew")));
        root.append(&scroller);
        root.set_visible(false);
        Self {
            root,
            faces,
            feed,
            shown: RefCell::default(),
            on_person: Rc::default(),
        }
    }

    /// Says who is told which person was chosen.
    pub(super) fn connect_person(&self, on_person: impl Fn(Person) + 'static) {
        self.on_person.replace(Some(Box::new(on_person)));
    }

    /// Shows these people.
    pub(super) fn show(&self, people: &[Person]) {
        if *self.shown.borrow() == people {
            // Whoever stands on a face with the keyboard stays there.
            return;
        }
        self.shown.replace(people.to_vec());
        while let Some(face) = self.faces.first_child() {
            self.faces.remove(&face);
        }
        for person in people {
            self.faces.append(&self.face(person));
        }
        self.root.set_visible(!people.is_empty());
    }

    fn face(&self, person: &Person) -> gtk::Button {
        let avatar = adw::Avatar::new(FACE, Some(&person.name), true);
        if let Some(image) = &person.picture {
            let (picture, weak) = (self.feed.picture(image, PICTURE), avatar.downgrade());
            glib::spawn_future_local(async move {
                let picture = picture.await;
                if let Some(avatar) = weak.upgrade() {
                    avatar.set_custom_image(picture.as_ref());
                }
            });
        }
        let role = person.role.clone().unwrap_or_default();
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(2)
            .width_request(WIDTH)
            .build();
        avatar.set_margin_bottom(6);
        column.append(&avatar);
        column.append(&line(&person.name, &["caption-heading"]));
        column.append(&line(&role, &["caption", "dimmed"]));
        let button = gtk::Button::builder()
            .child(&column)
            .css_classes(["flat", "card-button"])
            .build();
        let spoken = format::facts([person.name.clone(), role]);
        button.update_property(&[gtk::accessible::Property::Label(&spoken)]);
        if person.key.is_none() {
            // The source does not know what else this person is in.
            button.set_can_target(false);
            button.set_focusable(false);
        }
        let (person, on_person) = (person.clone(), Rc::clone(&self.on_person));
        button.connect_clicked(move |_| {
            if let Some(on_person) = on_person.borrow().as_ref() {
                on_person(person.clone());
            }
        });
        button
    }
}

fn line(text: &str, classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .tooltip_text(text)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .max_width_chars(14)
        .css_classes(classes.to_vec())
        .build()
}
