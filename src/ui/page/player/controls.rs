//! The bar of controls below the picture: what it shows, and which wish each control stands for.
//!
//! A bundle of widgets rather than a component of its own: what they show is the page's [`Playback`], and a wish must
//! reach the player without waiting for another queue. **Does not know** the player.

use std::cell::Cell;
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{gio, glib};

use spool_engine::source::Quality;

use super::lyrics::Words;
use super::playback::Playback;
use super::seek_bar::SeekBar;
use super::tracks_menu::{self, Menus};
use super::wish::Wish;
use crate::i18n::gettext;
use crate::ui::format;
use crate::ui::version::Version;

/// Width of the volume's slider, in pixels.
const VOLUME_WIDTH: i32 = 96;
/// What the buttons beside *play* skip, in seconds.
const SKIP: i64 = 10;

/// The widgets.
#[derive(Debug)]
pub(super) struct Controls {
    /// All of them.
    pub(super) root: gtk::Box,
    /// The seek bar.
    pub(super) seek_bar: SeekBar,
    /// Buttons with a menu: while one is open, the bar stays.
    pub(super) menu_buttons: [gtk::MenuButton; 4],
    /// What a narrow window has no room for; [`Controls::narrow_only`] takes its place.
    pub(super) wide_only: Vec<gtk::Widget>,
    /// What only a narrow window has.
    pub(super) narrow_only: Vec<gtk::Widget>,
    menus: Menus,
    play: gtk::Button,
    position: gtk::Label,
    duration: gtk::Label,
    mute: gtk::Button,
    volume: gtk::Scale,
    volume_is_told: Rc<Cell<bool>>,
    speed_label: gtk::Label,
    lyrics: gtk::ToggleButton,
    fullscreen: gtk::Button,
}

/// What the controls show beside the playback.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Volume, 0 to 1.
    pub(super) volume: f64,
    /// Silent.
    pub(super) muted: bool,
    /// The window fills the screen.
    pub(super) fullscreen: bool,
}

impl Controls {
    /// Controls that hand over what is wished.
    pub(super) fn new(wish: impl Fn(Wish) + Clone + 'static) -> Self {
        let menus = Menus::new(wish.clone());
        let buttons = Buttons::new(&wish);
        let [tracks, speed, quality, more] = menu_buttons(&menus);
        let speed_label = gtk::Label::new(None);
        speed_label.add_css_class("numeric");
        speed.set_child(Some(&speed_label));
        let volume_is_told = Rc::new(Cell::new(false));
        let volume = volume_scale(wish.clone(), &volume_is_told);
        let lyrics = lyrics_button(wish.clone());
        let seek_bar = seek_bar(wish);
        let (position, duration) = (time_label("position"), time_label("duration"));

        let times = times(&position, &seek_bar, &duration);
        let Buttons {
            play,
            back,
            forward,
            mute,
            fullscreen,
        } = buttons;
        // The window's width decides over the place, the title over the button in it.
        let quality_place = row(&[quality.upcast_ref()]);
        let tracks_place = row(&[tracks.upcast_ref()]);
        let row_below = three_groups(
            &[mute.upcast_ref(), volume.upcast_ref()],
            &[back.upcast_ref(), play.upcast_ref(), forward.upcast_ref()],
            &[
                lyrics.upcast_ref(),
                speed.upcast_ref(),
                quality_place.upcast_ref(),
                tracks_place.upcast_ref(),
                more.upcast_ref(),
                fullscreen.upcast_ref(),
            ],
        );
        let root = column(&times, &row_below, &menus);
        Self {
            wide_only: vec![
                volume.clone().upcast(),
                tracks_place.upcast(),
                speed.clone().upcast(),
                quality_place.clone().upcast(),
            ],
            narrow_only: vec![more.clone().upcast()],
            menu_buttons: [tracks, speed, quality, more],
            root,
            seek_bar,
            menus,
            play,
            position,
            duration,
            mute,
            volume,
            volume_is_told,
            speed_label,
            lyrics,
            fullscreen,
        }
    }

    /// Shows how things stand.
    pub(super) fn show(&self, playback: &Playback, around: Surroundings) {
        let (icon, label) = if playback.is_wanted() {
            ("media-playback-pause-symbolic", gettext("Pause"))
        } else {
            ("media-playback-start-symbolic", gettext("Play"))
        };
        set_icon(&self.play, icon, &label);
        self.seek_bar.set_duration(playback.duration());
        self.seek_bar.set_position(playback.position());
        self.position
            .set_label(&format::clock(self.seek_bar.position()));
        self.duration.set_label(
            &playback
                .duration()
                .map_or_else(|| "–:––".to_owned(), format::clock),
        );
        self.show_volume(around);
        self.speed_label
            .set_label(&tracks_menu::speed_label(playback.speed()));
        self.menus.show_tracks(playback.tracks());
        self.menus.show_speed(playback.speed());
        let (icon, label) = if around.fullscreen {
            ("view-restore-symbolic", gettext("Leave Full Screen"))
        } else {
            ("view-fullscreen-symbolic", gettext("Full Screen"))
        };
        set_icon(&self.fullscreen, icon, &label);
    }

    /// Offers what else there is of the title, and marks what plays: qualities, and versions by their keys.
    pub(super) fn show_quality(&self, quality: (&[Quality], Quality), version: (&[Version], &str)) {
        self.menus.show_quality(quality, version);
        let [_, _, button, _] = &self.menu_buttons;
        button.set_visible(quality.0.len() > 1 || version.0.len() > 1);
    }

    /// Offers the words of a song that has any, in place of a film's languages.
    pub(super) fn show_lyrics(&self, words: &Words, music: bool) {
        let [tracks, ..] = &self.menu_buttons;
        tracks.set_visible(!music);
        self.lyrics.set_visible(music && words.are_known());
        self.lyrics.set_active(words.are_shown());
    }

    fn show_volume(&self, around: Surroundings) {
        let icon = match around.volume {
            _ if around.muted => "audio-volume-muted-symbolic",
            volume if volume <= 0.0 => "audio-volume-muted-symbolic",
            volume if volume < 0.34 => "audio-volume-low-symbolic",
            volume if volume < 0.67 => "audio-volume-medium-symbolic",
            _ => "audio-volume-high-symbolic",
        };
        let label = if around.muted {
            gettext("Sound On")
        } else {
            gettext("Mute")
        };
        set_icon(&self.mute, icon, &label);
        // Without the mark, telling the slider would count as the person moving it.
        self.volume_is_told.set(true);
        self.volume
            .set_value(if around.muted { 0.0 } else { around.volume });
        self.volume_is_told.set(false);
    }
}

/// The buttons that need no menu.
struct Buttons {
    play: gtk::Button,
    back: gtk::Button,
    forward: gtk::Button,
    mute: gtk::Button,
    fullscreen: gtk::Button,
}

impl Buttons {
    fn new(wish: &(impl Fn(Wish) + Clone + 'static)) -> Self {
        let button = |name: &str, icon: &str, label: &str, meaning: Wish| {
            let button = icon_button(name, icon, label);
            let wish = wish.clone();
            button.connect_clicked(move |_| wish(meaning.clone()));
            button
        };
        let (back, forward) = (gettext("Back 10 Seconds"), gettext("Forward 10 Seconds"));
        let buttons = Self {
            play: button(
                "play",
                "media-playback-pause-symbolic",
                &gettext("Pause"),
                Wish::PlayPause,
            ),
            back: button(
                "skip-back",
                "skip-backward-10-symbolic",
                &back,
                Wish::Skip(-SKIP),
            ),
            forward: button(
                "skip-forward",
                "skip-forward-10-symbolic",
                &forward,
                Wish::Skip(SKIP),
            ),
            mute: button(
                "mute",
                "audio-volume-high-symbolic",
                &gettext("Mute"),
                Wish::Mute,
            ),
            fullscreen: button(
                "fullscreen",
                "view-fullscreen-symbolic",
                &gettext("Full Screen"),
                Wish::Fullscreen,
            ),
        };
        buttons.play.add_css_class("play");
        buttons
    }
}

/// Sound and subtitles, speed, quality, and all in one for a narrow window.
fn menu_buttons(menus: &Menus) -> [gtk::MenuButton; 4] {
    let tracks = menu_button("tracks", &gettext("Sound and Subtitles"), &menus.tracks);
    tracks.set_icon_name("media-view-subtitles-symbolic");
    let speed = menu_button("speed", &gettext("Speed"), &menus.speed);
    let quality = menu_button("quality", &gettext("Quality"), &menus.quality);
    quality.set_icon_name("emblem-system-symbolic");
    let more = menu_button("more", &gettext("More"), &menus.all);
    more.set_icon_name("view-more-symbolic");
    more.set_visible(false);
    [tracks, speed, quality, more]
}

fn seek_bar(wish: impl Fn(Wish) + 'static) -> SeekBar {
    let bar = SeekBar::default();
    bar.set_widget_name("seek-bar");
    bar.set_hexpand(true);
    bar.update_property(&[gtk::accessible::Property::Label(&gettext("Position"))]);
    bar.connect_seek(move |seek| wish(Wish::Seek(seek)));
    bar
}

fn volume_scale(wish: impl Fn(Wish) + 'static, told: &Rc<Cell<bool>>) -> gtk::Scale {
    let scale = gtk::Scale::with_range(
        gtk::Orientation::Horizontal,
        0.0,
        1.0,
        super::wish::VOLUME_STEP,
    );
    scale.set_widget_name("volume");
    scale.set_width_request(VOLUME_WIDTH);
    scale.set_valign(gtk::Align::Center);
    scale.set_focus_on_click(false);
    scale.update_property(&[gtk::accessible::Property::Label(&gettext("Volume"))]);
    scale.connect_value_changed(glib::clone!(
        #[strong]
        told,
        move |scale| {
            if !told.get() {
                wish(Wish::Volume(scale.value()));
            }
        }
    ));
    scale
}

/// Shows the words of a song. Told its state by the page alone: a click is a wish.
fn lyrics_button(wish: impl Fn(Wish) + 'static) -> gtk::ToggleButton {
    let button = gtk::ToggleButton::builder()
        .name("show-lyrics")
        .icon_name("lyrics-symbolic")
        .tooltip_text(gettext("Lyrics"))
        .focus_on_click(false)
        .valign(gtk::Align::Center)
        .visible(false)
        .build();
    button.add_css_class("flat");
    button.add_css_class("circular");
    button.update_property(&[gtk::accessible::Property::Label(&gettext("Lyrics"))]);
    button.connect_clicked(move |_| wish(Wish::Lyrics));
    button
}

/// A flat button that says what it does and leaves the keyboard's focus where it is when it is clicked.
fn icon_button(name: &str, icon: &str, label: &str) -> gtk::Button {
    let button = gtk::Button::builder()
        .name(name)
        .focus_on_click(false)
        .valign(gtk::Align::Center)
        .build();
    button.add_css_class("flat");
    button.add_css_class("circular");
    set_icon(&button, icon, label);
    button
}

fn set_icon(button: &gtk::Button, icon: &str, label: &str) {
    if button.icon_name().as_deref() != Some(icon) {
        button.set_icon_name(icon);
    }
    if button.tooltip_text().as_deref() != Some(label) {
        button.set_tooltip_text(Some(label));
        button.update_property(&[gtk::accessible::Property::Label(label)]);
    }
}

fn menu_button(name: &str, label: &str, menu: &gio::Menu) -> gtk::MenuButton {
    let button = gtk::MenuButton::builder()
        .name(name)
        .menu_model(menu)
        .tooltip_text(label)
        .direction(gtk::ArrowType::Up)
        .focus_on_click(false)
        .valign(gtk::Align::Center)
        .build();
    button.add_css_class("flat");
    button.update_property(&[gtk::accessible::Property::Label(label)]);
    button
}

fn time_label(name: &str) -> gtk::Label {
    let label = gtk::Label::builder()
        .name(name)
        .valign(gtk::Align::Center)
        .build();
    label.add_css_class("numeric");
    label.add_css_class("caption");
    label
}

/// The rows, with the menus' actions above them.
fn column(times: &gtk::Box, below: &gtk::CenterBox, menus: &Menus) -> gtk::Box {
    let root = gtk::Box::new(gtk::Orientation::Vertical, 0);
    root.add_css_class("controls");
    root.append(times);
    root.append(below);
    root.insert_action_group(tracks_menu::GROUP, Some(&menus.actions));
    root
}

/// The seek bar between where it is and how long it takes.
fn times(position: &gtk::Label, seek_bar: &SeekBar, duration: &gtk::Label) -> gtk::Box {
    row(&[
        position.upcast_ref(),
        seek_bar.upcast_ref(),
        duration.upcast_ref(),
    ])
}

fn row(children: &[&gtk::Widget]) -> gtk::Box {
    let row = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    for child in children {
        row.append(*child);
    }
    row
}

/// A row with something at its start, in its middle, at its end.
fn three_groups(
    start: &[&gtk::Widget],
    middle: &[&gtk::Widget],
    end: &[&gtk::Widget],
) -> gtk::CenterBox {
    let groups = gtk::CenterBox::new();
    groups.set_start_widget(Some(&row(start)));
    groups.set_center_widget(Some(&row(middle)));
    groups.set_end_widget(Some(&row(end)));
    groups
}
