//! Where things lie on the seek bar: pure arithmetic between pixels, shares of the length, and bytes.

use std::time::Duration;

use spool_engine::range::ByteRange;

/// Space between two chapters, in pixels: the least that is still seen on a bright picture.
const CHAPTER_GAP: f32 = 3.0;
/// A chapter narrower than this, in pixels, is not set apart: the gaps would eat the bar.
const CHAPTER_LEAST: f32 = 8.0;

/// A part of the length, in shares of it: 0 is the beginning, 1 the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub start: f64,
    /// Where it ends.
    pub end: f64,
}

impl Span {
    /// What both have, if anything.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        let span = Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        };
        (span.start < span.end).then_some(span)
    }
}

/// The line on which times lie: `width` pixels from `left`, from right to left where `mirrored`.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// First pixel.
    pub left: f32,
    /// Pixels across.
    pub width: f32,
    /// Time runs from right to left.
    pub mirrored: bool,
}

impl Line {
    /// The pixel of a share of the length.
    #[must_use]
    pub fn x_of(&self, share: f64) -> f32 {
        let share = if self.mirrored { 1.0 - share } else { share };
        self.left + self.width * share.clamp(0.0, 1.0) as f32
    }

    /// The share of the length at a pixel; the nearer end outside the line.
    #[must_use]
    pub fn share_at(&self, x: f64) -> f64 {
        if self.width <= 0.0 {
            return 0.0;
        }
        let share = ((x - f64::from(self.left)) / f64::from(self.width)).clamp(0.0, 1.0);
        if self.mirrored { 1.0 - share } else { share }
    }

    /// Left edge and width of a span in pixels.
    #[must_use]
    pub fn pixels(&self, span: Span) -> (f32, f32) {
        let (a, b) = (self.x_of(span.start), self.x_of(span.end));
        (a.min(b), (b - a).abs())
    }

    /// The line cut at `starts` (shares, ascending) into pieces with a gap between them.
    #[must_use]
    pub fn pieces(&self, starts: &[f64]) -> Vec<Span> {
        if self.width <= 0.0 {
            return Vec::new();
        }
        let width = f64::from(self.width);
        let (half_gap, least) = (
            f64::from(CHAPTER_GAP) / 2.0 / width,
            f64::from(CHAPTER_LEAST) / width,
        );
        let mut pieces = Vec::with_capacity(starts.len() + 1);
        let mut begin = 0.0;
        for &start in starts {
            if start - begin >= least && 1.0 - start >= least {
                pieces.push(Span {
                    start: begin,
                    end: start - half_gap,
                });
                begin = start + half_gap;
            }
        }
        pieces.push(Span {
            start: begin,
            end: 1.0,
        });
        pieces
    }
}

/// The share of `duration` that `position` is; 0 where the duration is not known.
#[must_use]
pub fn share(position: Duration, duration: Option<Duration>) -> f64 {
    match duration {
        Some(duration) if !duration.is_zero() => {
            (position.as_secs_f64() / duration.as_secs_f64()).clamp(0.0, 1.0)
        }
        _ => 0.0,
    }
}

/// The bytes that are here, as spans of the length. Bytes lie along a file nearly as times do; where they do not, the
/// bar is off by a little, and says nothing false about how much is here.
pub fn spans(ranges: impl Iterator<Item = ByteRange>, size: u64) -> Vec<Span> {
    if size == 0 {
        return Vec::new();
    }
    let share = |byte: u64| (byte as f64 / size as f64).min(1.0);
    ranges
        .map(|range| Span {
            start: share(range.start),
            end: share(range.end),
        })
        .filter(|span| span.start < span.end)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Line = Line {
        left: 10.0,
        width: 100.0,
        mirrored: false,
    };

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn pixels_and_shares_are_inverse() {
        for mirrored in [false, true] {
            let line = Line { mirrored, ..LINE };
            for share in [0.0, 0.25, 0.5, 1.0] {
                assert!(near(line.share_at(f64::from(line.x_of(share))), share));
            }
        }
        assert!(near(
            f64::from(
                Line {
                    mirrored: true,
                    ..LINE
                }
                .x_of(0.0)
            ),
            110.0
        ));
    }

    #[test]
    fn outside_the_line_is_its_nearer_end() {
        assert!(near(LINE.share_at(-500.0), 0.0));
        assert!(near(LINE.share_at(500.0), 1.0));
        assert!(near(Line { width: 0.0, ..LINE }.share_at(3.0), 0.0));
    }

    #[test]
    fn chapters_leave_gaps_and_cover_the_rest() {
        let pieces = LINE.pieces(&[0.0, 0.5]);
        assert_eq!(pieces.len(), 2);
        assert!(near(pieces[0].start, 0.0) && near(pieces[1].end, 1.0));
        assert!(near(pieces[1].start - pieces[0].end, 0.03));
    }

    #[test]
    fn a_chapter_too_narrow_to_see_is_not_set_apart() {
        assert_eq!(LINE.pieces(&[0.02, 0.05, 0.5, 0.99]).len(), 2);
    }

    #[test]
    fn bytes_become_spans_and_none_is_invented() {
        let ranges = [
            ByteRange { start: 0, end: 25 },
            ByteRange {
                start: 50,
                end: 200,
            },
            ByteRange {
                start: 300,
                end: 400,
            },
        ];
        let spans = spans(ranges.into_iter(), 100);
        assert_eq!(
            spans,
            [
                Span {
                    start: 0.0,
                    end: 0.25
                },
                Span {
                    start: 0.5,
                    end: 1.0
                }
            ]
        );
        assert!(super::spans([ByteRange { start: 0, end: 5 }].into_iter(), 0).is_empty());
    }

    #[test]
    fn what_two_spans_share() {
        let span = |start, end| Span { start, end };
        assert_eq!(
            span(0.0, 0.5).common(span(0.25, 1.0)),
            Some(span(0.25, 0.5))
        );
        assert_eq!(span(0.0, 0.5).common(span(0.5, 1.0)), None);
    }

    #[test]
    fn an_unknown_length_has_no_shares() {
        let second = Duration::from_secs(1);
        assert!(near(share(second, None), 0.0));
        assert!(near(share(second, Some(Duration::ZERO)), 0.0));
        assert!(near(share(second, Some(second * 4)), 0.25));
        assert!(near(share(second * 9, Some(second * 4)), 1.0));
    }
}
