//! Base Index Frames (BIF): the small pictures for the seek bar as one file, with a table of when each was taken.
//!
//! Nothing in such a file is believed before it is checked: offsets lie inside it and ascend, times ascend, and what is no
//! JPEG is no picture.

use std::ops::Range;
use std::time::Duration;

/// How a file begins.
const MAGIC: [u8; 8] = [0x89, 0x42, 0x49, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/// Where the table begins.
const TABLE: usize = 64;
/// A row of the table: time and offset.
const ROW: usize = 8;
/// Milliseconds per unit of time where the file says zero.
const UNIT: u64 = 1000;
/// More pictures than this are none: twelve hours at one a second.
const MOST: usize = 43_200;
/// How a JPEG begins.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// One picture: when it was taken, and where its JPEG lies in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) taken: Duration,
    pub(super) place: Range<usize>,
}

/// The pictures of a file, in their order. Those that make no sense are left out; a file that is none has no pictures.
pub(super) fn frames(file: &[u8]) -> Vec<Frame> {
    read(file).unwrap_or_default()
}

fn read(file: &[u8]) -> Option<Vec<Frame>> {
    if file.get(..8)? != MAGIC {
        return None;
    }
    let count = usize::try_from(number(file, 12)?)
        .ok()
        .filter(|count| *count <= MOST)?;
    let unit = match u64::from(number(file, 16)?) {
        0 => UNIT,
        unit => unit,
    };
    let row = |index: usize| {
        let at = TABLE + index * ROW;
        let offset = usize::try_from(number(file, at + 4)?).ok()?;
        Some((u64::from(number(file, at)?), offset))
    };
    let mut frames: Vec<Frame> = Vec::new();
    for index in 0..count {
        // The row behind the last picture says where that one ends.
        let ((time, from), (_, to)) = (row(index)?, row(index + 1)?);
        let taken = Duration::from_millis(time.saturating_mul(unit));
        let later = frames.last().is_none_or(|before| before.taken < taken);
        let picture = file
            .get(from..to)
            .is_some_and(|bytes| bytes.starts_with(&JPEG));
        if later && picture {
            frames.push(Frame {
                taken,
                place: from..to,
            });
        }
    }
    Some(frames)
}

fn number(file: &[u8], at: usize) -> Option<u32> {
    let bytes = file.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of these times and pictures.
    fn file(unit: u32, frames: &[(u32, &[u8])]) -> Vec<u8> {
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let mut file = MAGIC.to_vec();
        file.extend([word(0), word(frames.len()), unit.to_le_bytes()].concat());
        file.resize(TABLE, 0);
        let mut at = TABLE + (frames.len() + 1) * ROW;
        for (time, picture) in frames {
            file.extend([time.to_le_bytes(), word(at)].concat());
            at += picture.len();
        }
        file.extend([u32::MAX.to_le_bytes(), word(at)].concat());
        for (_, picture) in frames {
            file.extend(*picture);
        }
        file
    }

    const ONE: &[u8] = &[0xff, 0xd8, 0xff, 1];
    const TWO: &[u8] = &[0xff, 0xd8, 0xff, 2, 2];

    #[test]
    fn pictures_have_their_times_and_bytes() {
        let whole = file(0, &[(0, ONE), (10, TWO), (20, ONE)]);
        let found = frames(&whole);
        let seconds: Vec<_> = found.iter().map(|frame| frame.taken.as_secs()).collect();
        assert_eq!(seconds, [0, 10, 20], "a unit of zero is a second");
        assert_eq!(&whole[found[1].place.clone()], TWO);
        let quick = frames(&file(250, &[(0, ONE), (4, TWO)]));
        assert_eq!(quick[1].taken, Duration::from_secs(1));
        assert!(frames(&file(0, &[])).is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let times = frames(&file(0, &[(5, ONE), (5, TWO), (3, ONE), (9, TWO)]));
        let seconds: Vec<_> = times.iter().map(|frame| frame.taken.as_secs()).collect();
        assert_eq!(seconds, [5, 9]);
        let pictures = frames(&file(0, &[(0, b"<html>"), (1, ONE), (2, b"")]));
        assert_eq!(pictures.len(), 1);

        let whole = file(0, &[(0, ONE), (10, TWO)]);
        assert_eq!(
            frames(&whole[..whole.len() - 1]).len(),
            1,
            "the last one is cut off"
        );
        assert!(
            frames(&whole[..TABLE + ROW]).is_empty(),
            "the table is cut off"
        );
        for (at, byte) in [(0, 0), (15, 0xff), (TABLE + 4, 0xff)] {
            let mut broken = whole.clone();
            broken[at] = byte;
            assert!(frames(&broken).len() < 2, "{at}");
        }
    }

    proptest! {
        #[test]
        fn any_file_is_read_within_its_bounds(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
            count in 0..60_u32,
            begins in any::<bool>(),
        ) {
            if begins && bytes.len() >= TABLE {
                bytes[..8].copy_from_slice(&MAGIC);
                bytes[12..16].copy_from_slice(&count.to_le_bytes());
            }
            for frame in frames(&bytes) {
                prop_assert!(bytes.get(frame.place).is_some());
            }
        }

        #[test]
        fn a_file_with_a_wrong_byte_is_read_within_its_bounds(at in 0..120_usize, byte in any::<u8>()) {
            let mut whole = file(0, &[(0, ONE), (10, TWO), (20, ONE)]);
            let at = at % whole.len();
            whole[at] = byte;
            let found = frames(&whole);
            prop_assert!(found.len() <= 3);
            prop_assert!(found.is_sorted_by_key(|frame| frame.taken));
            for frame in found {
                prop_assert!(whole[frame.place].starts_with(&JPEG));
            }
        }
    }
}
