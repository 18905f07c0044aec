//! Films that lie in several files, one playing after the other: where each file lies in its film. Pure.
//!
//! - *version*: one way to have a title; all its files together are the whole title.
//! - *piece*: a file of a version that has several. The pieces of a version stand one behind the other among the parts of an item.
//!
//! Positions that a person, the database and reports know are the film's; only who reads a file counts from the file's beginning.

use std::time::Duration;

use super::{Part, PartId};

/// Where a file lies in a film of several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Tells its version from the others of the same title.
    pub version: u32,
    /// Which one it is, from 0.
    pub number: u32,
    /// How many there are; at least two.
    pub of: u32,
    /// Where it begins in the film.
    pub begins_at: Duration,
    /// How long it is.
    pub length: Duration,
    /// How long the whole film is.
    pub whole: Duration,
}

impl Piece {
    /// Lays files one behind the other, by their lengths and their sizes in bytes. A length that nobody knows is what `whole`
    /// leaves for it, or else as much as its bytes are worth among those whose lengths are known. `None` for less than two
    /// files, and where not even that can be said.
    #[must_use]
    pub fn lay(
        version: u32,
        files: &[(Option<Duration>, Option<u64>)],
        whole: Option<Duration>,
    ) -> Option<Vec<Self>> {
        let lengths = lengths(files, whole)?;
        let whole = lengths.iter().sum();
        let of = u32::try_from(lengths.len()).ok().filter(|of| *of > 1)?;
        let mut begins_at = Duration::ZERO;
        let piece = |(number, length): (u32, Duration)| {
            let piece = Self {
                version,
                number,
                of,
                begins_at,
                length,
                whole,
            };
            begins_at += length;
            piece
        };
        Some((0..).zip(lengths).map(piece).collect())
    }

    /// Where it ends in the film.
    #[must_use]
    pub fn ends_at(&self) -> Duration {
        self.begins_at + self.length
    }

    /// Whether the film ends with it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.number + 1 >= self.of
    }

    /// Whether a place in the film lies in it. What is behind the film's end lies in the last piece.
    #[must_use]
    pub fn holds(&self, place: Duration) -> bool {
        self.begins_at <= place && (place < self.ends_at() || self.is_last())
    }

    /// The place in the file that a place in the film is; its nearer end for one outside.
    #[must_use]
    pub fn within(&self, place: Duration) -> Duration {
        place.saturating_sub(self.begins_at).min(self.length)
    }
}

fn lengths(
    files: &[(Option<Duration>, Option<u64>)],
    whole: Option<Duration>,
) -> Option<Vec<Duration>> {
    let is_known = |file: &&(Option<Duration>, Option<u64>)| file.0.is_some();
    let known: Duration = files.iter().filter_map(|file| file.0).sum();
    let unknown = files.iter().filter(|file| file.0.is_none()).count();
    let rest = whole.and_then(|whole| whole.checked_sub(known));
    let bytes = |files: &mut dyn Iterator<Item = &(Option<Duration>, Option<u64>)>| {
        let sum: Option<u64> = files.map(|file| file.1).sum();
        sum.filter(|bytes| *bytes > 0)
    };
    // What a byte of those without a length is worth.
    let share = || match rest.filter(|rest| !rest.is_zero()) {
        Some(rest) => {
            let bytes = bytes(&mut files.iter().filter(|file| file.0.is_none()))?;
            Some((rest, bytes))
        }
        None => {
            let bytes = bytes(&mut files.iter().filter(is_known))?;
            (!known.is_zero()).then_some((known, bytes))
        }
    };
    let guess = |size: Option<u64>| match rest.filter(|rest| !rest.is_zero() && unknown == 1) {
        Some(rest) => Some(rest),
        None => {
            let (length, bytes) = share()?;
            let nanos = length.as_nanos() * u128::from(size?) / u128::from(bytes);
            u64::try_from(nanos).ok().map(Duration::from_nanos)
        }
    };
    let all = files
        .iter()
        .map(|(length, size)| length.or_else(|| guess(*size)));
    all.collect()
}

/// The versions of a title among its parts, each with its files in order.
pub fn versions(parts: &[Part]) -> impl Iterator<Item = &[Part]> {
    parts.chunk_by(|one, next| match (one.piece, next.piece) {
        (Some(one), Some(next)) => one.version == next.version,
        _ => false,
    })
}

/// The version that a part belongs to; none where it is not among the parts.
#[must_use]
pub fn version_of<'a>(parts: &'a [Part], id: &PartId) -> Option<&'a [Part]> {
    versions(parts).find(|version| version.iter().any(|part| part.id == *id))
}

/// All pieces of the version that a part belongs to; none where that is one file.
#[must_use]
pub fn pieces_of(parts: &[Part], id: &PartId) -> Vec<(PartId, Piece)> {
    let version = version_of(parts, id).unwrap_or_default();
    let piece = |part: &Part| Some((part.id.clone(), part.piece?));
    version.iter().filter_map(piece).collect()
}

/// The file of a version in which a place in the film lies.
#[must_use]
pub fn piece_at(version: &[Part], place: Duration) -> Option<&Part> {
    let holds = |part: &&Part| part.piece.is_none_or(|piece| piece.holds(place));
    version.iter().find(holds).or(version.last())
}

/// How long a version is, where its files tell.
#[must_use]
pub fn length_of(version: &[Part]) -> Option<Duration> {
    version.first()?.piece.map(|piece| piece.whole)
}

/// Bytes of a version, where all its files tell.
#[must_use]
pub fn size_of(version: &[Part]) -> Option<u64> {
    version.iter().map(|part| part.size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ItemId;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn laid(files: &[(Option<u64>, Option<u64>)], whole: Option<u64>) -> Option<Vec<(u64, u64)>> {
        let files: Vec<_> = files
            .iter()
            .map(|(length, size)| (length.map(seconds), *size))
            .collect();
        let pieces = Piece::lay(0, &files, whole.map(seconds))?;
        let whole: Duration = pieces.iter().map(|piece| piece.length).sum();
        assert!(pieces.iter().all(|piece| piece.whole == whole));
        let pair = |piece: &Piece| (piece.begins_at.as_secs(), piece.length.as_secs());
        Some(pieces.iter().map(pair).collect())
    }

    #[test]
    fn files_lie_one_behind_the_other() {
        let known = [(Some(40), None), (Some(50), Some(7)), (Some(9), None)];
        let expected = Some(vec![(0, 40), (40, 50), (90, 9)]);
        assert_eq!(laid(&known, None), expected);
        assert_eq!(laid(&known, Some(7)), expected, "the files know better");
        assert_eq!(laid(&known[..1], None), None);
        assert_eq!(laid(&[], None), None);
    }

    #[test]
    fn a_length_that_nobody_knows_is_what_is_left_or_what_its_bytes_are_worth() {
        let one = [(Some(40), Some(4)), (None, Some(5))];
        assert_eq!(laid(&one, Some(100)), Some(vec![(0, 40), (40, 60)]));
        assert_eq!(laid(&one, None), Some(vec![(0, 40), (40, 50)]));
        assert_eq!(laid(&one, Some(30)), Some(vec![(0, 40), (40, 50)]));
        let none = [(None, Some(1)), (None, Some(3))];
        assert_eq!(laid(&none, Some(100)), Some(vec![(0, 25), (25, 75)]));
        assert_eq!(laid(&none, None), None);
        assert_eq!(laid(&[(Some(40), None), (None, Some(5))], None), None);
        assert_eq!(laid(&[(Some(40), Some(4)), (None, None)], None), None);
        assert_eq!(
            laid(&[(Some(40), None), (None, None)], Some(90)),
            Some(vec![(0, 40), (40, 50)])
        );
    }

    #[test]
    fn a_place_lies_in_one_piece() {
        let files = [(Some(seconds(40)), None), (Some(seconds(50)), None)];
        let pieces = Piece::lay(3, &files, None).unwrap();
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let part = |key: &str, piece: Option<Piece>| Part {
            piece,
            ..Part::new(PartId::new(item.clone(), key))
        };
        let parts = [
            part("a", Some(pieces[0])),
            part("b", Some(pieces[1])),
            part("x", None),
            part("y", None),
        ];
        let keys =
            |version: &[Part]| -> String { version.iter().map(|part| part.id.key()).collect() };
        let all: Vec<String> = versions(&parts).map(keys).collect();
        assert_eq!(all, ["ab", "x", "y"]);
        let of = |key: &str| version_of(&parts, &PartId::new(item.clone(), key));
        assert_eq!(of("b").map(keys).as_deref(), Some("ab"));
        assert!(of("z").is_none());
        let film = of("a").unwrap();
        let at = |place: u64| piece_at(film, seconds(place)).unwrap().id.key();
        assert_eq!(
            [0, 39, 40, 89, 90, 500].map(at),
            ["a", "a", "b", "b", "b", "b"]
        );
        assert_eq!(
            piece_at(of("x").unwrap(), seconds(7)).unwrap().id.key(),
            "x"
        );
        assert_eq!(length_of(film), Some(seconds(90)));
        assert_eq!(length_of(of("x").unwrap()), None);
        let within = |place: u64| pieces[1].within(seconds(place)).as_secs();
        assert_eq!([0, 40, 60, 90, 500].map(within), [0, 0, 20, 50, 50]);
        assert!(pieces[1].is_last() && !pieces[0].is_last());
    }
}
