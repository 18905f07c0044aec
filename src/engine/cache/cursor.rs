//! Where a reader reads: two places at most, because demuxers read picture and sound of some files by turns.
//!
//! **Owns** what is known of one reader's habits, for the plan. **Does not know** which bytes are here. **Threads**: noted
//! on the reader's thread at each read, looked at by the actor; the lock is held for nanoseconds.
//!
//! **Lock order**: the list of cursors, then one cursor's state.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::hint::Hint;

/// So much read in order says that the place is watched, and was not just looked at.
const PROOF: u64 = 256 << 10;
/// A place that the reader stays at for so long is meant.
const SETTLED: Duration = Duration::from_millis(250);
/// Demuxers step back so far without meaning another place…
const BACK: u64 = 64 << 10;
/// …and skip so far ahead.
const AHEAD: u64 = 512 << 10;
/// The beginning of a file needs no proof.
const HEAD: u64 = 512 << 10;
/// What a reader that is about to begin will want.
pub(super) const BEGINNING: usize = 512 << 10;
/// The place where a reader was before is one of its places until it has read elsewhere for so long.
const LEFT: Duration = Duration::from_secs(3);
/// A player that says nothing for so long has stopped or is gone.
const SILENT: Duration = Duration::from_secs(3);

/// One place of a reader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The byte that it wants next.
    pub pos: u64,
    /// Bytes read here, in order.
    read: u64,
    began: Instant,
    used: Instant,
}

/// The places of one reader, newest use first.
#[derive(Debug, Default)]
struct Places {
    list: [Option<Place>; 2],
    /// How many places it has left in a row without having read much there.
    left: u32,
}

impl Places {
    fn note(&mut self, pos: u64, length: u64, now: Instant) {
        let near = |place: &Place| place.pos <= pos + BACK && pos <= place.pos + AHEAD;
        let known = self
            .list
            .iter()
            .position(|place| place.as_ref().is_some_and(near));
        if known == Some(1) {
            self.list.swap(0, 1);
        }
        if known.is_none() {
            let hasty = self.list[0].is_some_and(|place| !place.is_proven(now));
            self.left = if hasty { self.left + 1 } else { 0 };
            self.list[1] = self.list[0].take();
        }
        let place = self.list[0].get_or_insert(Place {
            pos,
            read: if pos < HEAD { PROOF } else { 0 },
            began: now,
            used: now,
        });
        place.pos = if known.is_some() {
            place.pos.max(pos + length)
        } else {
            pos + length
        };
        place.read += length;
        place.used = now;
        if place.read >= PROOF {
            self.left = 0;
        }
    }
}

impl Place {
    /// Whether it was not just looked at; for the newest place of its reader.
    fn is_proven(&self, now: Instant) -> bool {
        self.read >= PROOF || now.duration_since(self.began) >= SETTLED
    }
}

/// A place, as the plan sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PlaceView {
    pub reader: u64,
    pub pos: u64,
    /// It is worth reading ahead here: it was read on, or not left again at once.
    pub proven: bool,
    /// How many places the reader has left in haste before it came here.
    pub left: u32,
    /// When it was last read at.
    pub idle: Duration,
}

/// What a reader's player says, as the plan sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pulse {
    pub reader: u64,
    /// Bytes a second on average.
    pub bitrate: Option<u64>,
    /// It uses up what is here, now.
    pub playing: bool,
    /// What the player holds itself.
    pub buffered: Duration,
}

#[derive(Debug, Default)]
struct State {
    places: Places,
    hint: Option<(Hint, Instant)>,
    /// It has not read yet, and will from the beginning.
    begins: bool,
}

/// One reader's cursor.
#[derive(Debug)]
pub(super) struct Cursor {
    pub id: u64,
    state: Mutex<State>,
}

impl Cursor {
    /// It reads, or wants to read, `length` bytes at `pos`.
    pub(super) fn note(&self, pos: u64, length: u64) {
        let now = Instant::now();
        let mut state = self.state.lock();
        state.begins = false;
        state.places.note(pos, length, now);
    }

    /// It will read from the beginning.
    pub(super) fn begin(&self) {
        let mut state = self.state.lock();
        state.begins = state.places.list[0].is_none();
    }

    /// Its player says something.
    pub(super) fn hint(&self, hint: Hint) {
        self.state.lock().hint = Some((hint, Instant::now()));
    }

    fn places(&self, now: Instant, into: &mut Vec<PlaceView>) {
        let state = self.state.lock();
        let newest = state.places.list[0].map_or(now, |place| place.used);
        let places = state.places.list.iter().flatten().enumerate();
        // A reader that stands still stands still at both of its places.
        let places = places.filter(|(_, place)| newest.duration_since(place.used) < LEFT);
        into.extend(places.map(|(index, place)| PlaceView {
            reader: self.id,
            pos: place.pos,
            proven: if index == 0 {
                place.is_proven(now)
            } else {
                place.read >= PROOF
            },
            left: state.places.left,
            idle: now.duration_since(place.used),
        }));
    }

    fn pulse(&self, now: Instant) -> Option<Pulse> {
        let (hint, at) = self.state.lock().hint?;
        Some(Pulse {
            reader: self.id,
            bitrate: hint.bitrate,
            playing: hint.playing && now.duration_since(at) < SILENT,
            buffered: hint.buffered,
        })
    }
}

/// The cursors of one open resource.
#[derive(Debug, Default)]
pub(super) struct Cursors(Mutex<Vec<Arc<Cursor>>>);

impl Cursors {
    /// A new reader's; it goes with [`Cursors::leave`].
    pub(super) fn enter(&self, id: u64) -> Arc<Cursor> {
        let cursor = Arc::new(Cursor {
            id,
            state: Mutex::default(),
        });
        self.0.lock().push(cursor.clone());
        cursor
    }

    pub(super) fn leave(&self, id: u64) {
        self.0.lock().retain(|cursor| cursor.id != id);
    }

    /// Readers that are about to begin.
    pub(super) fn beginning(&self) -> Vec<u64> {
        let cursors = self.0.lock();
        let begin = cursors.iter().filter(|cursor| cursor.state.lock().begins);
        begin.map(|cursor| cursor.id).collect()
    }

    /// All places, and what players say.
    pub(super) fn look(&self) -> (Vec<PlaceView>, Vec<Pulse>) {
        let now = Instant::now();
        let cursors = self.0.lock();
        let mut places = Vec::new();
        for cursor in cursors.iter() {
            cursor.places(now, &mut places);
        }
        let pulses = cursors.iter().filter_map(|cursor| cursor.pulse(now));
        (places, pulses.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_does_not_begin_any_more() {
        let cursors = Cursors::default();
        let (one, other) = (cursors.enter(1), cursors.enter(2));
        one.begin();
        assert_eq!(cursors.beginning(), [1]);
        one.note(0, 0);
        one.begin();
        assert!(cursors.beginning().is_empty());
        other.begin();
        cursors.leave(2);
        assert!(cursors.beginning().is_empty());
    }

    const M: u64 = 1 << 20;

    fn view(cursor: &Cursor, after: Duration) -> Vec<(u64, bool, u32)> {
        let mut places = Vec::new();
        cursor.places(Instant::now() + after, &mut places);
        let known = places.iter();
        known
            .map(|place| (place.pos, place.proven, place.left))
            .collect()
    }

    #[test]
    fn reading_on_is_one_place_and_jumping_another() {
        let cursors = Cursors::default();
        let cursor = cursors.enter(1);
        for block in 0..10 {
            cursor.note(block * 1000, 1000);
        }
        cursor.note(9000, 1000);
        cursor.note(10_000 + AHEAD, 1);
        let here = 10_001 + AHEAD;
        assert_eq!(view(&cursor, Duration::ZERO), [(here, true, 0)]);
        cursor.note(50 * M, 10);
        let both = [(50 * M + 10, false, 0), (here, true, 0)];
        assert_eq!(view(&cursor, Duration::ZERO), both);
        cursors.leave(1);
        assert!(cursors.look().0.is_empty());
    }

    #[test]
    fn turns_between_two_places_are_no_haste() {
        let cursor = Cursors::default().enter(1);
        for block in 0..40 {
            cursor.note(block * 10_000, 10_000);
            cursor.note(90 * M + block * 10_000, 10_000);
        }
        let both = [(90 * M + 400_000, true, 0), (400_000, true, 0)];
        assert_eq!(view(&cursor, Duration::ZERO), both);
    }

    #[test]
    fn places_left_at_once_are_counted_until_one_is_meant() {
        let cursor = Cursors::default().enter(1);
        for seek in 1..=4 {
            cursor.note(seek * 10 * M, 65_536);
        }
        let last = (40 * M + 65_536, false, 3);
        assert_eq!(view(&cursor, Duration::ZERO)[0], last);
        assert!(view(&cursor, SETTLED)[0].1, "it stays");
        assert!(!view(&cursor, SETTLED)[1].1, "it was left");
        for block in 0..4 {
            cursor.note(40 * M + 65_536 * (block + 1), 65_536);
        }
        assert_eq!(view(&cursor, Duration::ZERO)[0].2, 0);
    }

    #[test]
    fn a_player_that_fell_silent_does_not_play() {
        let cursor = Cursors::default().enter(1);
        assert_eq!(cursor.pulse(Instant::now()), None);
        cursor.hint(Hint {
            playing: true,
            bitrate: Some(5),
            ..Hint::default()
        });
        let playing = |after| cursor.pulse(Instant::now() + after).unwrap().playing;
        assert!(playing(Duration::ZERO) && !playing(SILENT));
    }
}
