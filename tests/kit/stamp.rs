//! The mark in a corner of every generated picture that tells a test which title it is and which second.
//!
//! Layout, in shares of the picture's height `h`, from the top left: a row of 13 square cells with sides of `h / 15`. The
//! first is white and the second black (they tell the mark from a picture); then four cells for the title's number and seven for
//! the second, most significant bit first, white for 1 and black for 0. Cells are 24 pixels in the films, so scaling and
//! compression leave their centres unharmed.

/// Title numbers of episodes begin here; films have their index in [`crate::titles::FILMS`].
pub const EPISODES: u8 = 12;

const CELLS: [Cell; 13] = [
    Cell::Fixed(true),
    Cell::Fixed(false),
    Cell::Title(3),
    Cell::Title(2),
    Cell::Title(1),
    Cell::Title(0),
    Cell::Second(6),
    Cell::Second(5),
    Cell::Second(4),
    Cell::Second(3),
    Cell::Second(2),
    Cell::Second(1),
    Cell::Second(0),
];

#[derive(Clone, Copy)]
enum Cell {
    Fixed(bool),
    Title(u8),
    Second(u8),
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The title's number.
    pub title: u8,
    /// Whole seconds from the beginning.
    pub second: u8,
}

/// Number of an episode's pictures; both count from 1. Seasons share numbers: an episode's index in its season tells it.
#[must_use]
pub fn episode(episode: usize) -> u8 {
    EPISODES + u8::try_from(episode - 1).unwrap_or(3).min(3)
}

/// The filters that draw the mark of a title into pictures of 360 lines.
pub(crate) fn filter(title: u8) -> String {
    let cell = |(index, cell): (usize, &Cell)| {
        let x = index * 24;
        let one = match cell {
            Cell::Fixed(one) => u8::from(*one).to_string(),
            Cell::Title(bit) => (title >> bit & 1).to_string(),
            Cell::Second(bit) => format!("gte(mod(floor(t)\\,{})\\,{})", 2 << bit, 1 << bit),
        };
        format!(
            "drawbox=x={x}:y=0:w=24:h=24:c=black:t=fill,drawbox=x={x}:y=0:w=24:h=24:c=white:t=fill:enable='{one}'"
        )
    };
    CELLS
        .iter()
        .enumerate()
        .map(cell)
        .collect::<Vec<_>>()
        .join(",")
}

/// Reads the mark; `luma(x, y)` gives the brightness (0 to 255) of a pixel of a picture that is `height` pixels high and
/// whose top left corner is at 0, 0.
///
/// Returns `None` when there is no mark.
pub fn read(height: u32, mut luma: impl FnMut(u32, u32) -> u8) -> Option<Stamp> {
    let side = f64::from(height) / 15.0;
    let mut stamp = Stamp {
        title: 0,
        second: 0,
    };
    for (index, cell) in (0_u8..).zip(CELLS) {
        let middle = (f64::from(index) + 0.5) * side;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a pixel"
        )]
        let one = match luma(middle as u32, (side / 2.0) as u32) {
            0..96 => false,
            160.. => true,
            _ => return None,
        };
        match cell {
            Cell::Fixed(wanted) if wanted != one => return None,
            Cell::Fixed(_) => {}
            Cell::Title(bit) => stamp.title |= u8::from(one) << bit,
            Cell::Second(bit) => stamp.second |= u8::from(one) << bit,
        }
    }
    Some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_at_any_size() {
        // Title 5 (0101), second 42 (0101010).
        let bits = [1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0];
        for height in [180, 360, 541, 1080] {
            let luma = |x: u32, _| {
                let cell = (f64::from(x) / (f64::from(height) / 15.0)) as usize;
                if bits[cell] == 1 { 230 } else { 20 }
            };
            assert_eq!(
                read(height, luma),
                Some(Stamp {
                    title: 5,
                    second: 42
                })
            );
        }
        assert_eq!(read(360, |_, _| 128), None);
        assert_eq!(read(360, |_, _| 255), None);
    }
}
