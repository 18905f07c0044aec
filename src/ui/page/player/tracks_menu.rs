//! The menus of the player: sound, subtitles, speed, quality.
//!
//! They are [`gio::Menu`]s over an action group, so that they look, read aloud and work by keyboard like every other menu.

use std::cell::RefCell;

use gtk::gio;
use gtk::gio::prelude::*;
use gtk::glib;
use spool_engine::source::Quality;
use spool_player::{Stream, Tracks};

use super::playback::SPEEDS;
use super::wish::{Pace, Wish};
use crate::i18n::{gettext, gettext_f};
use crate::ui::format;
use crate::ui::version::Version;

/// Prefix of the actions.
pub(super) const GROUP: &str = "player";

/// The target that stands for no subtitle; no stream has an empty id.
const OFF: &str = "";

/// The actions behind the menus, and the menus.
#[derive(Debug)]
pub(super) struct Menus {
    /// To be inserted as [`GROUP`] above the menus.
    pub(super) actions: gio::SimpleActionGroup,
    /// Sound and subtitles.
    pub(super) tracks: gio::Menu,
    /// Speed.
    pub(super) speed: gio::Menu,
    /// Quality.
    pub(super) quality: gio::Menu,
    /// All of it, for a narrow window.
    pub(super) all: gio::Menu,
    audio: gio::SimpleAction,
    subtitle: gio::SimpleAction,
    pace: gio::SimpleAction,
    level: gio::SimpleAction,
    version: gio::SimpleAction,
    offered: RefCell<(Vec<Quality>, Vec<Version>)>,
    shown: RefCell<Option<Tracks>>,
}

impl Menus {
    /// Menus that hand over what is chosen.
    pub(super) fn new(choose: impl Fn(Wish) + Clone + 'static) -> Self {
        let subtitle_of = |id: &str| Wish::Subtitle((id != OFF).then(|| id.to_owned()));
        let speed_of = |text: &str| Wish::Speed(Pace::To(text.parse().unwrap_or(1.0)));
        let audio = action("audio", choose.clone(), |id| Wish::Audio(id.to_owned()));
        let subtitle = action("subtitle", choose.clone(), subtitle_of);
        let level = action("quality", choose.clone(), |text| {
            Wish::Quality(quality_of(text))
        });
        let version = action("version", choose.clone(), |key| {
            Wish::Version(key.to_owned())
        });
        let pace = action("speed", choose, speed_of);
        let actions = gio::SimpleActionGroup::new();
        for action in [&audio, &subtitle, &pace, &level, &version] {
            actions.add_action(action);
        }
        let speed = gio::Menu::new();
        for value in SPEEDS.into_iter().rev() {
            speed.append_item(&item("speed", &speed_label(value), &value.to_string()));
        }
        let all = gio::Menu::new();
        let menus = Self {
            actions,
            tracks: gio::Menu::new(),
            speed,
            quality: gio::Menu::new(),
            all,
            level,
            version,
            offered: RefCell::default(),
            audio,
            subtitle,
            pace,
            shown: RefCell::default(),
        };
        menus.show_tracks(&Tracks::default());
        menus.show_speed(1.0);
        menus
    }

    /// Offers these streams.
    pub(super) fn show_tracks(&self, tracks: &Tracks) {
        if self.shown.borrow().as_ref() == Some(tracks) {
            // Building the menus anew would close one that is open.
            return;
        }
        self.shown.replace(Some(tracks.clone()));
        self.tracks.remove_all();
        self.all.remove_all();
        let audio = gio::Menu::new();
        for (index, stream) in tracks.audio.iter().enumerate() {
            audio.append_item(&item("audio", &stream_label(stream, index), &stream.id));
        }
        let subtitles = gio::Menu::new();
        if !tracks.subtitles.is_empty() {
            // Translators: no subtitles.
            subtitles.append_item(&item("subtitle", &gettext("Off"), OFF));
        }
        for (index, stream) in tracks.subtitles.iter().enumerate() {
            subtitles.append_item(&item("subtitle", &stream_label(stream, index), &stream.id));
        }
        for menu in [&self.tracks, &self.all] {
            if !tracks.audio.is_empty() {
                menu.append_section(Some(&gettext("Sound")), &audio);
            }
            if !tracks.subtitles.is_empty() {
                menu.append_section(Some(&gettext("Subtitles")), &subtitles);
            }
        }
        self.all
            .append_submenu(Some(&gettext("Speed")), &self.speed);
        self.all
            .append_submenu(Some(&gettext("Quality")), &self.quality);
        self.audio.set_state(
            &tracks
                .audio_selected
                .as_deref()
                .unwrap_or_default()
                .to_variant(),
        );
        self.subtitle.set_state(
            &tracks
                .subtitle_selected
                .as_deref()
                .unwrap_or(OFF)
                .to_variant(),
        );
    }

    /// Offers these qualities and versions, and marks those that play.
    pub(super) fn show_quality(
        &self,
        (offered, chosen): (&[Quality], Quality),
        (versions, plays): (&[Version], &str),
    ) {
        let wanted = (offered.to_vec(), versions.to_vec());
        if self.offered.replace(wanted.clone()) != wanted {
            self.fill_quality(offered, versions);
        }
        self.level.set_state(&target_of(chosen).to_variant());
        self.version.set_state(&plays.to_variant());
    }

    fn fill_quality(&self, offered: &[Quality], versions: &[Version]) {
        self.quality.remove_all();
        // One kind of choice needs no heading.
        let levels = match versions {
            [] => self.quality.clone(),
            _ => gio::Menu::new(),
        };
        for quality in offered {
            let label = quality_label(*quality);
            levels.append_item(&item("quality", &label, &target_of(*quality)));
        }
        if versions.is_empty() {
            return;
        }
        let files = gio::Menu::new();
        for version in versions {
            files.append_item(&item("version", &version.label, &version.key));
        }
        self.quality
            .append_section(Some(&gettext("Version")), &files);
        if !offered.is_empty() {
            self.quality
                .append_section(Some(&gettext("Quality")), &levels);
        }
    }

    /// Marks this speed.
    pub(super) fn show_speed(&self, speed: f64) {
        self.pace.set_state(&speed.to_string().to_variant());
    }
}

fn action(
    name: &str,
    choose: impl Fn(Wish) + 'static,
    wish: impl Fn(&str) -> Wish + 'static,
) -> gio::SimpleAction {
    let action =
        gio::SimpleAction::new_stateful(name, Some(glib::VariantTy::STRING), &"".to_variant());
    // The mark moves when the player has done it, not when it was asked.
    action.connect_activate(move |_, target| {
        if let Some(target) = target.and_then(|target| target.str()) {
            choose(wish(target));
        }
    });
    action
}

fn item(action: &str, label: &str, target: &str) -> gio::MenuItem {
    let item = gio::MenuItem::new(Some(&label.replace('_', "__")), None);
    item.set_action_and_target_value(
        Some(&format!("{GROUP}.{action}")),
        Some(&target.to_variant()),
    );
    item
}

/// "1.25×"
#[must_use]
pub(super) fn speed_label(speed: f64) -> String {
    format!("{speed}×")
}

fn target_of(quality: Quality) -> String {
    match quality {
        Quality::Original => "original".to_owned(),
        Quality::UpTo(bits) => bits.to_string(),
    }
}

fn quality_of(target: &str) -> Quality {
    target.parse().map_or(Quality::Original, Quality::UpTo)
}

/// "1080p, 10 Mbit/s"
pub(super) fn quality_label(quality: Quality) -> String {
    let (Quality::UpTo(bits), Some(height)) = (quality, quality.height()) else {
        // Translators: the file as it is, of a film that could also be played in a lower quality.
        return gettext("Original");
    };
    #[expect(clippy::cast_precision_loss, reason = "a bit rate for people")]
    let megabits = bits as f64 / 1e6;
    // Translators: a quality; {height} is the height of the picture as in 1080p, {rate} a number.
    gettext_f(
        "{height}p, {rate} Mbit/s",
        &[
            ("height", &height.to_string()),
            ("rate", &megabits.to_string()),
        ],
    )
}

/// What a stream is called: its language, its title, and what tells it from its like.
fn stream_label(stream: &Stream, index: usize) -> String {
    let language = stream.language.as_deref().map(format::language);
    let mut parts: Vec<String> = language.into_iter().collect();
    parts.extend(
        stream
            .title
            .clone()
            .filter(|title| !title.is_empty() && !parts.contains(title)),
    );
    if parts.is_empty() {
        // Translators: a sound or subtitle track of which nothing but its place is known.
        parts.push(gettext_f(
            "Track {number}",
            &[("number", &(index + 1).to_string())],
        ));
    }
    parts.extend(stream.channels.and_then(channels_label));
    parts.join(" · ")
}

fn channels_label(channels: u32) -> Option<String> {
    match channels {
        1 => Some(gettext("Mono")),
        2 => Some(gettext("Stereo")),
        6 => Some("5.1".to_owned()),
        8 => Some("7.1".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(language: Option<&str>, title: Option<&str>, channels: Option<u32>) -> Stream {
        Stream {
            id: "1".to_owned(),
            language: language.map(str::to_owned),
            title: title.map(str::to_owned),
            codec: None,
            channels,
        }
    }

    #[test]
    fn a_stream_is_called_by_what_is_known() {
        assert_eq!(stream_label(&stream(None, None, None), 2), "Track 3");
        assert_eq!(
            stream_label(&stream(None, Some("Commentary"), Some(2)), 0),
            "Commentary · Stereo"
        );
        let named = stream_label(&stream(Some("en"), None, Some(6)), 0);
        assert!(named.ends_with(" · 5.1"), "{named}");
    }

    #[test]
    fn qualities_survive_the_menu() {
        for quality in Quality::LOWER.into_iter().chain([Quality::Original]) {
            assert_eq!(quality_of(&target_of(quality)), quality);
        }
        assert_eq!(quality_label(Quality::Original), "Original");
        assert_eq!(quality_label(Quality::UpTo(10_000_000)), "1080p, 10 Mbit/s");
    }

    #[test]
    fn speeds_are_short() {
        assert_eq!(speed_label(1.0), "1×");
        assert_eq!(speed_label(0.25), "0.25×");
    }
}
