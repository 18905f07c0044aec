//! What a person can ask of the player, and which keys ask it.

use gtk::gdk;

use spool_engine::source::Quality;

use super::seek_bar::Seek;

/// What one press of an arrow key skips, in seconds, plain and with Shift.
const ARROW: (i64, i64) = (10, 60);
/// What J and L skip, in seconds.
const LETTER: i64 = 30;
/// One step of the volume, as perceived.
pub(super) const VOLUME_STEP: f64 = 0.05;

/// A wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Play, or pause.
    PlayPause,
    /// Go so many seconds on, or back.
    Skip(i64),
    /// Go to so many tenths of the length.
    Tenth(u8),
    /// Something on the seek bar.
    Seek(Seek),
    /// So much louder, or softer.
    Louder(f64),
    /// This volume.
    Volume(f64),
    /// Silence, or sound.
    Mute,
    /// The whole screen, or the window.
    Fullscreen,
    /// Out of full screen, or off the page.
    Escape,
    /// Off the page.
    Leave,
    /// The next speed up, or down.
    Speed(Pace),
    /// The next audio stream.
    CycleAudio,
    /// The next subtitle, after the last one none.
    CycleSubtitle,
    /// This audio stream.
    Audio(String),
    /// This subtitle, or none.
    Subtitle(Option<String>),
    /// Over the intro, the credits or whatever may be skipped now.
    SkipMarker,
    /// This quality.
    Quality(Quality),
    /// The file with this key, where a title has several.
    Version(String),
    /// The next of these files.
    AnotherVersion,
    /// The next episode or track.
    Next,
    /// The words of the song, or its cover alone.
    Lyrics,
}

/// How the speed is to change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// One step of the ladder up.
    Up,
    /// One step of the ladder down.
    Down,
    /// This speed.
    To(f64),
}

/// The wish behind a key, if it is the player's.
#[must_use]
pub(super) fn of_key(key: gdk::Key, modifiers: gdk::ModifierType) -> Option<Wish> {
    let foreign = gdk::ModifierType::CONTROL_MASK
        | gdk::ModifierType::ALT_MASK
        | gdk::ModifierType::SUPER_MASK;
    if modifiers.intersects(foreign) {
        return None;
    }
    let arrow = if modifiers.contains(gdk::ModifierType::SHIFT_MASK) {
        ARROW.1
    } else {
        ARROW.0
    };
    let wish = match key {
        gdk::Key::space | gdk::Key::k | gdk::Key::K => Wish::PlayPause,
        gdk::Key::Left | gdk::Key::KP_Left => Wish::Skip(-arrow),
        gdk::Key::Right | gdk::Key::KP_Right => Wish::Skip(arrow),
        gdk::Key::j | gdk::Key::J => Wish::Skip(-LETTER),
        gdk::Key::l | gdk::Key::L => Wish::Skip(LETTER),
        gdk::Key::Up | gdk::Key::KP_Up => Wish::Louder(VOLUME_STEP),
        gdk::Key::Down | gdk::Key::KP_Down => Wish::Louder(-VOLUME_STEP),
        gdk::Key::m | gdk::Key::M => Wish::Mute,
        gdk::Key::f | gdk::Key::F | gdk::Key::F11 => Wish::Fullscreen,
        gdk::Key::Escape => Wish::Escape,
        gdk::Key::n | gdk::Key::N => Wish::Next,
        gdk::Key::y | gdk::Key::Y => Wish::Lyrics,
        gdk::Key::Return | gdk::Key::KP_Enter => Wish::SkipMarker,
        gdk::Key::bracketleft => Wish::Speed(Pace::Down),
        gdk::Key::bracketright => Wish::Speed(Pace::Up),
        gdk::Key::v | gdk::Key::V => Wish::CycleAudio,
        gdk::Key::c | gdk::Key::C => Wish::CycleSubtitle,
        _ => Wish::Tenth(tenth(key)?),
    };
    Some(wish)
}

fn tenth(key: gdk::Key) -> Option<u8> {
    let digit = key.to_unicode()?.to_digit(10)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: gdk::ModifierType = gdk::ModifierType::empty();

    #[test]
    fn arrows_skip_ten_seconds_and_a_minute_with_shift() {
        assert_eq!(of_key(gdk::Key::Left, NONE), Some(Wish::Skip(-10)));
        assert_eq!(
            of_key(gdk::Key::Right, gdk::ModifierType::SHIFT_MASK),
            Some(Wish::Skip(60))
        );
    }

    #[test]
    fn digits_go_to_tenths() {
        assert_eq!(of_key(gdk::Key::_0, NONE), Some(Wish::Tenth(0)));
        assert_eq!(of_key(gdk::Key::KP_9, NONE), Some(Wish::Tenth(9)));
    }

    #[test]
    fn shortcuts_of_the_window_are_left_alone() {
        assert_eq!(of_key(gdk::Key::f, gdk::ModifierType::CONTROL_MASK), None);
        assert_eq!(of_key(gdk::Key::Left, gdk::ModifierType::ALT_MASK), None);
        assert_eq!(of_key(gdk::Key::Tab, NONE), None);
    }
}
