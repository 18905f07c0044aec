//! The head of the page: backdrop, poster, title, facts, and the buttons.
//!
//! **Does not know** what the buttons do: the page connects them.

use adw::prelude::*;
use relm4::Sender;
use spool_engine::model::{Account, AccountState, Item, Presence, size_of, versions};

use super::byline::Byline;
use super::load::{Body, Title};
use super::strip::Strip;
use super::versions::Versions;
use super::{DetailsInput, facts};
use crate::i18n::gettext;
use crate::ui::widget::Feed;
use crate::ui::widget::artwork::{Artwork, Frame};
use crate::ui::widget::cached_badge::{CachedBadge, Ground};

/// Narrower than this, in pixels, the poster and the overviews of rows have no room.
const NARROW: f64 = 600.0;
/// Width of the poster, in pixels.
const POSTER: i32 = 184;

/// The head's widgets.
#[derive(Debug)]
pub(super) struct Hero {
    /// All in one cell: an overlay would measure what wraps at its least width.
    pub(super) root: gtk::Grid,
    pub(super) poster: gtk::Overlay,
    pub(super) text: gtk::Box,
    pub(super) play: gtk::Button,
    pub(super) shuffle: gtk::Button,
    pub(super) from_start: gtk::Button,
    pub(super) mark: gtk::Button,
    pub(super) favourite: gtk::Button,
    pub(super) keep: gtk::Button,
    pub(super) sign_in: gtk::Button,
    pub(super) versions: Versions,
    backdrop: Artwork,
    cover: Artwork,
    badge: CachedBadge,
    context: gtk::Label,
    pub(super) byline: Byline,
    heading: gtk::Label,
    facts: gtk::Label,
    hindrance: gtk::Label,
    presence: gtk::Label,
    strip: Strip,
}

impl Hero {
    /// An empty head.
    pub(super) fn new() -> Self {
        let hero = Self {
            root: gtk::Grid::new(),
            poster: gtk::Overlay::builder().valign(gtk::Align::End).build(),
            text: gtk::Box::new(gtk::Orientation::Vertical, 6),
            play: pill("media-playback-start-symbolic", &["suggested-action"]),
            shuffle: pill("media-playlist-shuffle-symbolic", &[]),
            from_start: pill("view-refresh-symbolic", &[]),
            mark: gtk::Button::builder()
                .icon_name("object-select-symbolic")
                .css_classes(["circular"])
                .build(),
            favourite: gtk::Button::builder().css_classes(["circular"]).build(),
            keep: gtk::Button::builder()
                .icon_name("folder-download-symbolic")
                .css_classes(["circular"])
                .visible(false)
                .build(),
            sign_in: pill("avatar-default-symbolic", &[]),
            versions: Versions::new(),
            backdrop: Artwork::new(Frame::Backdrop, 0).near_while_mapped(),
            cover: Artwork::new(Frame::Poster, POSTER)
                .fixed()
                .near_while_mapped(),
            badge: CachedBadge::new(Ground::Picture),
            context: label(&["heading", "dimmed"]),
            byline: Byline::new(),
            heading: label(&["title-1"]),
            facts: label(&["dimmed"]),
            hindrance: label(&["dimmed"]),
            presence: label(&["caption", "dimmed"]),
            strip: Strip::default(),
        };
        // Translators: plays all tracks in a random order.
        set_content(&hero.shuffle, &gettext("S_huffle"));
        set_content(&hero.from_start, &gettext("Play from _Beginning"));
        set_content(&hero.sign_in, &gettext("_Sign In"));
        hero.arrange();
        hero
    }

    fn arrange(&self) {
        self.heading
            .set_accessible_role(gtk::AccessibleRole::Heading);
        self.badge.set_halign(gtk::Align::End);
        self.badge.set_valign(gtk::Align::Start);
        self.badge.set_margin_top(8);
        self.badge.set_margin_end(8);
        self.poster.set_child(Some(&self.cover));
        self.poster.add_overlay(&self.badge);
        self.poster.set_hexpand(false);
        let buttons = adw::WrapBox::builder()
            .child_spacing(12)
            .line_spacing(8)
            .margin_top(12)
            .build();
        for button in [&self.play, &self.shuffle, &self.from_start] {
            buttons.append(button);
        }
        buttons.append(&self.versions.root);
        for button in [&self.mark, &self.favourite, &self.keep, &self.sign_in] {
            buttons.append(button);
        }
        self.strip.set_halign(gtk::Align::Start);
        self.strip.set_margin_top(10);
        self.text.set_hexpand(true);
        self.text.set_valign(gtk::Align::End);
        self.text.append(&self.context);
        self.text.append(&self.byline.root);
        self.text.append(&self.heading);
        self.text.append(&self.facts);
        self.text.append(&buttons);
        self.text.append(&self.hindrance);
        self.text.append(&self.strip);
        self.text.append(&self.presence);
        let line = gtk::Box::new(gtk::Orientation::Horizontal, 24);
        line.append(&self.poster);
        line.append(&self.text);
        let clamp = adw::Clamp::builder()
            .maximum_size(1000)
            .tightening_threshold(1000)
            .child(&line)
            .margin_start(18)
            .margin_end(18)
            .margin_top(140)
            .margin_bottom(6)
            .build();
        let shade = gtk::Box::builder()
            .css_classes(["hero-shade"])
            .can_target(false)
            .build();
        clamp.set_hexpand(true);
        self.root.attach(&self.backdrop, 0, 0, 1, 1);
        self.root.attach(&shade, 0, 0, 1, 1);
        self.root.attach(&clamp, 0, 0, 1, 1);
    }

    /// The whole page: the head, and these below it, scrolled.
    pub(super) fn above(&self, below: &[&gtk::Box]) -> gtk::ScrolledWindow {
        let body = gtk::Box::new(gtk::Orientation::Vertical, 24);
        for widget in below {
            body.append(*widget);
        }
        let clamp = adw::Clamp::builder()
            .maximum_size(1000)
            .tightening_threshold(1000)
            .child(&body)
            .margin_start(18)
            .margin_end(18)
            .margin_top(18)
            .margin_bottom(36)
            .build();
        let content = gtk::Box::new(gtk::Orientation::Vertical, 0);
        content.append(&self.root);
        content.append(&clamp);
        gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .child(&content)
            .build()
    }

    /// Gives the bar at the top a ground and the page's title as soon as the heading would slide below it.
    pub(super) fn watch_scrolling(&self, scroller: &gtk::ScrolledWindow, bar: &adw::HeaderBar) {
        let (root, heading) = (self.root.downgrade(), self.heading.downgrade());
        let bar = bar.downgrade();
        scroller.vadjustment().connect_value_changed(move |place| {
            let (Some(heading), Some(bar)) = (heading.upgrade(), bar.upgrade()) else {
                return;
            };
            // The head begins where the page begins. GTK moves it only after it has told the new place.
            let top = root
                .upgrade()
                .and_then(|root| heading.compute_bounds(&root));
            let covered =
                top.is_some_and(|top| f64::from(top.y()) - place.value() < f64::from(bar.height()));
            if bar.shows_title() != covered {
                bar.set_show_title(covered);
                if covered {
                    bar.add_css_class("over-text");
                } else {
                    bar.remove_css_class("over-text");
                }
            }
        });
    }

    /// Hides the poster where there is no room for it, and tells the page.
    pub(super) fn watch_width(&self, bin: &adw::BreakpointBin, page: &Sender<DetailsInput>) {
        let condition = adw::BreakpointCondition::new_length(
            adw::BreakpointConditionLengthType::MaxWidth,
            NARROW,
            adw::LengthUnit::Sp,
        );
        let breakpoint = adw::Breakpoint::new(condition);
        breakpoint.add_setter(&self.poster, "visible", Some(&false.to_value()));
        let input = page.clone();
        breakpoint.connect_apply(move |_| input.emit(DetailsInput::Narrowed(true)));
        let input = page.clone();
        breakpoint.connect_unapply(move |_| input.emit(DetailsInput::Narrowed(false)));
        bin.add_breakpoint(breakpoint);
    }

    /// Shows a title.
    pub(super) fn show(&self, feed: &Feed, title: &Title) {
        let item = &title.item;
        self.cover.set_frame(cover_frame(item));
        self.cover.show(feed, item);
        self.backdrop.show(feed, item);
        let context = match self.byline.show(item) {
            true => String::new(),
            false => facts::context(item),
        };
        set_text(&self.context, &context);
        self.heading.set_text(&item.title);
        set_text(&self.facts, &facts::facts(item));
        let next = title.next.as_ref();
        self.play.set_visible(next.is_some());
        let label = next.map(|next| facts::play_label(item, next));
        set_content(&self.play, &label.unwrap_or_default());
        let is_music = matches!(title.body, Body::Tracks(_) | Body::Works(_));
        self.shuffle.set_visible(next.is_some() && is_music);
        self.from_start
            .set_visible(next.is_some_and(|next| next.progress.in_progress()));
        self.mark.set_visible(item.kind.is_video());
        self.show_mark(item.progress.watched);
        self.show_favourite(item.favourite);
        self.versions.show(item);
    }

    /// Shows whether the title is one of the favourites.
    pub(super) fn show_favourite(&self, is_favourite: bool) {
        let (icon, name, classes): (_, _, &[&str]) = if is_favourite {
            (
                "heart-filled-symbolic",
                gettext("Remove from Favourites"),
                &["circular", "accent", "favourite"],
            )
        } else {
            (
                "heart-outline-symbolic",
                gettext("Add to Favourites"),
                &["circular"],
            )
        };
        self.favourite.set_icon_name(icon);
        self.favourite.set_css_classes(classes);
        self.favourite.set_tooltip_text(Some(&name));
        let label = gtk::accessible::Property::Label(&name);
        self.favourite.update_property(&[label]);
    }

    fn show_mark(&self, is_watched: bool) {
        let (name, classes): (_, &[&str]) = if is_watched {
            (
                gettext("Mark as Not Watched"),
                &["circular", "accent", "watched"],
            )
        } else {
            (gettext("Mark as Watched"), &["circular"])
        };
        self.mark.set_css_classes(classes);
        self.mark.set_tooltip_text(Some(&name));
        let label = gtk::accessible::Property::Label(&name);
        self.mark.update_property(&[label]);
    }

    /// Shows whether the title is kept for good; hides that where it is no question.
    pub(super) fn set_kept(&self, is_kept: Option<bool>) {
        self.keep.set_visible(is_kept.is_some());
        let (name, classes): (_, &[&str]) = if is_kept == Some(true) {
            (
                gettext("Stop Keeping on This Device"),
                &["circular", "accent", "kept"],
            )
        } else {
            (gettext("Keep on This Device"), &["circular"])
        };
        self.keep.set_css_classes(classes);
        self.keep.set_tooltip_text(Some(&name));
        let label = gtk::accessible::Property::Label(&name);
        self.keep.update_property(&[label]);
    }

    /// Shows how much is here, of the title and of what its button plays, and whether that can be played now.
    pub(super) fn set_reach(
        &self,
        title: &Title,
        presence: Presence,
        next: Presence,
        account: Option<&Account>,
    ) {
        let item = &title.item;
        self.badge.set(presence, item.kind);
        let size = versions(&item.parts).next().and_then(size_of);
        let words = facts::presence(presence, size, item.kind).unwrap_or_default();
        set_text(&self.presence, &words);
        let hindrance = facts::hindrance(account, next);
        self.play.set_sensitive(hindrance.is_none());
        self.shuffle.set_sensitive(hindrance.is_none());
        self.from_start.set_sensitive(hindrance.is_none());
        set_text(&self.hindrance, &hindrance.unwrap_or_default());
        let is_signed_out =
            account.is_some_and(|account| account.state == AccountState::SignInNeeded);
        self.sign_in.set_visible(is_signed_out);
    }

    /// Shows which parts of the file are here; hidden when none are, or all.
    pub(super) fn set_parts(&self, parts: Vec<(f32, f32)>) {
        let is_partly = !parts.is_empty() && parts != [(0.0, 1.0)];
        self.strip.set_visible(is_partly);
        self.strip.set(parts, &self.presence.text());
    }

    /// Label of the button that plays, with its mnemonic; for tests.
    pub(super) fn play_label(&self) -> String {
        let content = self.play.child().and_downcast::<adw::ButtonContent>();
        content
            .map(|content| content.label().into())
            .unwrap_or_default()
    }
}

fn cover_frame(item: &Item) -> Frame {
    Frame::of_kind(item.kind)
}

fn pill(icon: &str, classes: &[&str]) -> gtk::Button {
    let content = adw::ButtonContent::builder()
        .icon_name(icon)
        .use_underline(true)
        .build();
    let button = gtk::Button::builder()
        .child(&content)
        .css_classes(["pill", "compact"])
        .build();
    for class in classes {
        button.add_css_class(class);
    }
    button
}

fn set_content(button: &gtk::Button, label: &str) {
    if let Some(content) = button.child().and_downcast::<adw::ButtonContent>() {
        content.set_label(label);
    }
}

fn set_text(label: &gtk::Label, text: &str) {
    label.set_text(text);
    label.set_visible(!text.is_empty());
}

fn label(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .css_classes(classes.to_vec())
        .build()
}
