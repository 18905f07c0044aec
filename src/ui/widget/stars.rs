//! Five stars to give, and to take back by pressing the last one again.
//!
//! **Does not know** what is rated. Points are those of servers: ten for five stars.

use std::cell::Cell;
use std::rc::Rc;

use gtk::accessible::Property;
use gtk::prelude::*;

use crate::i18n::{gettext, ngettext_f};

/// Stars there are.
const STARS: u8 = 5;

/// How a star of this number, from 1, looks at so many points.
fn icon(star: u8, points: u8) -> &'static str {
    match points {
        _ if points >= star * 2 => "starred-symbolic",
        _ if points + 1 == star * 2 => "semi-starred-symbolic",
        _ => "non-starred-symbolic",
    }
}

/// What pressing a star means where so many points were given.
fn pressed(star: u8, points: Option<u8>) -> Option<u8> {
    Some(star * 2).filter(|new| points != Some(*new))
}

/// The stars. Clones are the same stars.
#[derive(Clone, Debug)]
pub struct Stars {
    /// The outermost widget.
    pub root: gtk::Box,
    buttons: Vec<gtk::Button>,
    points: Rc<Cell<Option<u8>>>,
}

impl Stars {
    /// None given.
    #[must_use]
    pub fn new() -> Self {
        let root = gtk::Box::builder()
            .valign(gtk::Align::Center)
            .accessible_role(gtk::AccessibleRole::Group)
            .build();
        root.update_property(&[Property::Label(&gettext("Your Rating"))]);
        let buttons: Vec<_> = (0..STARS)
            .map(|_| {
                gtk::Button::builder()
                    .css_classes(["flat", "circular", "star"])
                    .build()
            })
            .collect();
        for button in &buttons {
            root.append(button);
        }
        let stars = Self {
            root,
            buttons,
            points: Rc::default(),
        };
        stars.set(None);
        stars
    }

    /// Shows so many points of 10.
    pub fn set(&self, points: Option<u8>) {
        self.points.set(points);
        for (star, button) in (1..).zip(&self.buttons) {
            button.set_icon_name(icon(star, points.unwrap_or(0)));
            let number = star.to_string();
            let name = match pressed(star, points) {
                None => gettext("Take Back Your Rating"),
                Some(_) => ngettext_f(
                    "Rate with {n} Star",
                    "Rate with {n} Stars",
                    star.into(),
                    &[("n", &number)],
                ),
            };
            button.set_tooltip_text(Some(&name));
            button.update_property(&[Property::Label(&name)]);
        }
    }

    /// Says who is told how many points a person gives, or that they are taken back.
    pub fn connect_chosen(&self, on_chosen: impl Fn(Option<u8>) + 'static) {
        let on_chosen = Rc::new(on_chosen);
        for (star, button) in (1..).zip(&self.buttons) {
            let (on_chosen, points) = (Rc::clone(&on_chosen), Rc::clone(&self.points));
            button.connect_clicked(move |_| on_chosen(pressed(star, points.get())));
        }
    }
}

impl Default for Stars {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_points_are_three_stars_and_a_half() {
        let shown: Vec<_> = (1..=STARS).map(|star| icon(star, 7)).collect();
        let (full, half, none) = (
            "starred-symbolic",
            "semi-starred-symbolic",
            "non-starred-symbolic",
        );
        assert_eq!(shown, [full, full, full, half, none]);
    }

    #[test]
    fn the_last_star_takes_all_back() {
        assert_eq!(pressed(4, None), Some(8));
        assert_eq!(pressed(4, Some(8)), None);
        assert_eq!(pressed(4, Some(7)), Some(8));
    }
}
