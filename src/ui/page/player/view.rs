//! The player's widgets: picture, artwork, spinner, controls, card and failure, one above the other.
//!
//! **Owns** what is seen when. **Does not know** the player or the engine: it is shown a [`super::PlayerPage`].

use adw::prelude::*;
use gtk::{gdk, glib};

use super::controls::{Controls, Surroundings};
use super::layers::{
    adaptive, chrome, failure, header, layer, next_card, preview, skip, stage, waiting,
};
use super::lyrics::Sheet;
use super::seek_bar::Seek;
use super::wish::Wish;
use super::{PlayerInput, PlayerPage};
use crate::i18n::{gettext, gettext_f};
use crate::ui::format;

/// Width of the small picture above the seek bar, in pixels.
const PREVIEW_WIDTH: i32 = 240;
/// Space between it and the seek bar, for the time that stands there.
const PREVIEW_GAP: i32 = 34;

/// The widgets that change.
#[derive(Debug)]
pub struct View {
    /// The bar below the picture.
    pub(super) controls: Controls,
    /// Everything over one another; has the keyboard's focus while no control has it.
    pub(super) stage: gtk::Overlay,
    /// The header bar over the picture.
    pub(super) header: adw::HeaderBar,
    /// What comes and goes with the pointer.
    pub(super) chrome: [gtk::Revealer; 2],
    page: adw::NavigationPage,
    picture: gtk::Picture,
    artwork: gtk::Picture,
    sheet: Sheet,
    heading: adw::WindowTitle,
    waiting: gtk::Box,
    waiting_label: gtk::Label,
    failure: adw::StatusPage,
    failure_action: gtk::Button,
    failure_version: gtk::Button,
    skip: gtk::Revealer,
    skip_button: gtk::Button,
    preview: gtk::Picture,
    next: gtk::Revealer,
    next_title: gtk::Label,
    next_button: gtk::Button,
}

impl View {
    /// Builds them into the page.
    pub(super) fn new(page: &adw::NavigationPage, input: &relm4::Sender<PlayerInput>) -> Self {
        let (messages, wishes) = (input.clone(), input.clone());
        let send = move |message| messages.emit(message);
        let wish = move |wish| wishes.emit(PlayerInput::Wish(wish));
        let controls = Controls::new(wish.clone());
        let picture = layer("video", gtk::ContentFit::Contain);
        let artwork = layer("artwork", gtk::ContentFit::Cover);
        let go = wish.clone();
        let sheet = Sheet::new(move |place| go(Wish::Seek(Seek::To(place))));
        let (waiting, waiting_label) = waiting();
        let (failure, [failure_action, failure_version]) = failure(&wish, &send);
        let (next, next_title, next_button) = next_card(&wish, &send);
        let (skip, skip_button) = skip(&wish);
        let preview = preview();
        let heading = adw::WindowTitle::new("", "");
        let header = header(&heading, wish);
        let chrome = chrome(&header, &controls);

        let stage = stage(&picture);
        let layers: [&gtk::Widget; 9] = [
            artwork.upcast_ref(),
            sheet.root.upcast_ref(),
            waiting.upcast_ref(),
            failure.upcast_ref(),
            chrome[0].upcast_ref(),
            chrome[1].upcast_ref(),
            next.upcast_ref(),
            skip.upcast_ref(),
            preview.upcast_ref(),
        ];
        for layer in layers {
            stage.add_overlay(layer);
        }
        page.set_child(Some(&adaptive(&stage, &controls, &sheet)));
        follow_look(&controls, input);
        Self {
            controls,
            stage,
            header,
            chrome,
            page: page.clone(),
            picture,
            artwork,
            sheet,
            heading,
            waiting,
            waiting_label,
            failure,
            failure_action,
            failure_version,
            skip,
            skip_button,
            preview,
            next,
            next_title,
            next_button,
        }
    }

    /// Shows how things stand.
    pub(super) fn show(&self, page: &PlayerPage) {
        let around = Surroundings {
            volume: page.volume,
            muted: page.muted,
            fullscreen: page.fullscreen,
        };
        self.controls.show(&page.playback, around);
        let (whole, asked) = (page.is_here(), page.wanted_quality());
        let qualities = page.course.qualities(whole);
        let plays = page.course.quality(asked);
        let version = (page.files.versions.as_slice(), page.files.plays.as_str());
        self.controls.show_quality((&qualities, plays), version);
        self.controls.seek_bar.set_present(&page.present);
        self.controls.seek_bar.set_chapters(&page.chapters);
        let failed = page.failure.is_some();
        let shown = page.chrome.is_shown();
        self.chrome[0].set_reveal_child(shown);
        self.chrome[1].set_reveal_child(shown && !failed);
        // Hidden controls must not take clicks meant for the picture.
        self.chrome[0].set_can_target(shown);
        self.chrome[1].set_can_target(shown && !failed);
        self.stage.set_cursor_from_name((!shown).then_some("none"));
        self.header.set_show_end_title_buttons(!page.fullscreen);
        self.header.set_show_start_title_buttons(!page.fullscreen);
        self.show_pictures(page, failed);
        self.sheet.show(
            &page.words,
            page.playback.position(),
            page.is_music() && !failed,
        );
        self.controls.show_lyrics(&page.words, page.is_music());
        self.show_waiting(page, failed);
        self.show_failure(page);
        self.show_next(page);
        self.show_skip(page);
        self.show_preview(page);
    }

    /// Hidden, it is no stop on the way of the Tab key.
    fn show_skip(&self, page: &PlayerPage) {
        let offer = page.offer().filter(|_| page.shows_offer());
        self.skip.set_reveal_child(offer.is_some());
        self.skip.set_visible(offer.is_some());
        if let Some(offer) = offer {
            self.skip_button.set_label(&offer.label());
        }
    }

    /// Above its place on the seek bar, within the window.
    fn show_preview(&self, page: &PlayerPage) {
        let picture = page.course.look.picture();
        self.preview.set_visible(picture.is_some());
        let Some((texture, place)) = picture else {
            return;
        };
        self.preview.set_paintable(Some(texture));
        let (width, height) = (
            PREVIEW_WIDTH,
            PREVIEW_WIDTH * texture.height() / texture.width().max(1),
        );
        self.preview.set_size_request(width, height);
        let bar = &self.controls.seek_bar;
        let above = gtk::graphene::Point::new(bar.x_of(place), 0.0);
        if let Some(above) = bar.compute_point(&self.stage, &above) {
            let most = (self.stage.width() - width).max(0);
            let left = (above.x() as i32 - width / 2).clamp(0, most);
            self.preview.set_margin_start(left);
            let bottom = self.stage.height() - above.y() as i32 + PREVIEW_GAP;
            self.preview.set_margin_bottom(bottom.max(0));
        }
    }

    fn show_pictures(&self, page: &PlayerPage, failed: bool) {
        if self.picture.paintable() != page.paintable {
            self.picture.set_paintable(page.paintable.as_ref());
        }
        let music = page.is_music();
        let texture = page
            .artwork
            .as_ref()
            .map(|texture| texture.upcast_ref::<gdk::Paintable>());
        self.artwork.set_paintable(texture.filter(|_| !music));
        self.sheet.cover.set_paintable(texture.filter(|_| music));
        set_class(&self.artwork, "gone", page.playback.has_begun() || failed);
        set_class(&self.sheet.root, "gone", failed);
        let (title, subtitle) = page.heading();
        if self.heading.title() != title {
            // A page without a name is none to a screen reader.
            let name = if title.is_empty() {
                gettext("Player")
            } else {
                title.clone()
            };
            self.page.set_title(&name);
            self.heading.set_title(&title);
        }
        self.heading.set_subtitle(&subtitle);
    }

    fn show_waiting(&self, page: &PlayerPage, failed: bool) {
        self.waiting.set_visible(page.spins() && !failed);
        let text = match page.playback.buffering() {
            // Translators: the film waits for the network; {percent} is a number.
            Some(percent) => {
                gettext_f("Loading, {percent} %", &[("percent", &percent.to_string())])
            }
            None => String::new(),
        };
        self.waiting_label.set_visible(!text.is_empty());
        self.waiting_label.set_label(&text);
    }

    fn show_failure(&self, page: &PlayerPage) {
        self.failure.set_visible(page.failure.is_some());
        if let Some(failure) = &page.failure {
            self.failure
                .set_title(&glib::markup_escape_text(&failure.message.title));
            self.failure
                .set_description(Some(&glib::markup_escape_text(&failure.message.detail)));
            let action = failure.message.action();
            self.failure_action.set_visible(action.is_some());
            self.failure_action.set_label(&action.unwrap_or_default());
            self.failure_version
                .set_visible(page.files.another().is_some());
        }
    }

    fn show_next(&self, page: &PlayerPage) {
        self.next.set_reveal_child(page.countdown.is_some());
        self.next.set_can_target(page.countdown.is_some());
        if let (Some(item), Some(seconds)) = (&page.next, page.countdown) {
            let code = format::episode_code(item.parent_index, item.index);
            self.next_title
                .set_label([code, item.title.clone()].join(" ").trim());
            // Translators: {seconds} until the next episode plays by itself.
            let label = gettext_f(
                "_Play Now ({seconds})",
                &[("seconds", &seconds.to_string())],
            );
            self.next_button.set_label(&label);
        }
    }
}

/// Tells the page which place of the seek bar is looked at.
fn follow_look(controls: &Controls, input: &relm4::Sender<PlayerInput>) {
    let input = input.clone();
    controls
        .seek_bar
        .connect_look(move |place| input.emit(PlayerInput::Look(place)));
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, set: bool) {
    if set {
        widget.add_css_class(class);
    } else {
        widget.remove_css_class(class);
    }
}
