//! What replies have said about one resource so far, and what that makes of the next one. Pure.

use crate::http::ranged::{Ask, Ranges, Shape, Validator};

/// What the replies so far said. One generation holds bytes of one version only, so every reply is judged before its first byte
/// is used.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Origin {
    pub version: Validator,
    /// The size is certain enough to be written down, and the end of the file is its end.
    pub certain: bool,
    /// What has been seen of ranges; a server that was seen to ignore them is not asked for one again.
    pub ranges: Ranges,
    /// The server sends everything whenever it is asked for a version, even for the one that it has.
    pub refuses_conditions: bool,
}

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// Of the version that is here. `proven`: beyond doubt; otherwise bytes that are here already have to be compared.
    Same { proven: bool },
    /// Of another version.
    Changed,
    /// Of this version, but all of it because a condition was sent: to be asked for again without one.
    Unconditionally,
}

impl Origin {
    /// What to send as `If-Range`; `None` where the server has no validator that could be relied on.
    pub(in super::super) fn condition(&self) -> Option<&str> {
        self.version.if_range().filter(|_| !self.refuses_conditions)
    }

    /// Judges a reply to `ask`. `size` is the size as known, `empty`: there is no byte here that it could contradict.
    pub(in super::super) fn judge(
        &self,
        size: Option<u64>,
        empty: bool,
        ask: &Ask,
        shape: &Shape,
    ) -> Verdict {
        let other_size = match (size, shape.total) {
            (Some(mine), Some(theirs)) if self.certain => mine != theirs,
            // An end that nobody vouched for may have been a break, but it was not behind the end.
            (Some(mine), Some(theirs)) => mine > theirs,
            _ => false,
        };
        if other_size || !self.version.agrees(&shape.version) {
            return Verdict::Changed;
        }
        let proves = self.version.proves(&shape.version);
        let refused = shape.ranges == Ranges::Ignored && ask.condition.is_some();
        if refused && self.ranges == Ranges::Work {
            // Parts came before; everything came now: the server means to say that its version is another.
            return match proves {
                true => Verdict::Unconditionally,
                false => Verdict::Changed,
            };
        }
        let granted = shape.ranges == Ranges::Work && ask.condition.is_some() && shape.start > 0;
        Verdict::Same {
            proven: proves || granted || (empty && shape.version.if_range().is_some()),
        }
    }

    /// Takes over what an admitted reply says.
    pub(super) fn adopt(&mut self, shape: &Shape) {
        let known = &mut self.version;
        let theirs = &shape.version;
        known.etag = known.etag.take().or_else(|| theirs.etag.clone());
        let date = known.last_modified.take();
        known.last_modified = date.or_else(|| theirs.last_modified.clone());
        match shape.ranges {
            Ranges::Untried => {}
            seen => self.ranges = seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAME: Verdict = Verdict::Same { proven: true };
    const DOUBTFUL: Verdict = Verdict::Same { proven: false };

    fn version(etag: Option<&str>) -> Validator {
        Validator {
            etag: etag.map(str::to_owned),
            last_modified: None,
        }
    }

    fn known(etag: Option<&str>, ranges: Ranges) -> Origin {
        Origin {
            version: version(etag),
            certain: true,
            ranges,
            refuses_conditions: false,
        }
    }

    fn shape(start: u64, etag: Option<&str>, ranges: Ranges, total: Option<u64>) -> Shape {
        Shape {
            start,
            end: total,
            total,
            version: version(etag),
            ranges,
            framed: true,
        }
    }

    fn judge(origin: &Origin, shape: &Shape) -> Verdict {
        let ask = Ask {
            start: 100,
            condition: origin.condition().map(str::to_owned),
            ..Ask::default()
        };
        origin.judge(Some(1000), false, &ask, shape)
    }

    #[test]
    fn another_size_or_tag_is_another_version() {
        let origin = known(Some("\"a\""), Ranges::Work);
        let part = |etag, total| shape(100, etag, Ranges::Work, total);
        for (shape, verdict) in [
            (part(Some("\"a\""), Some(1000)), SAME),
            (part(None, None), SAME),
            (part(Some("\"b\""), Some(1000)), Verdict::Changed),
            (part(Some("\"a\""), Some(999)), Verdict::Changed),
        ] {
            assert_eq!(judge(&origin, &shape), verdict, "{shape:?}");
        }
    }

    #[test]
    fn everything_in_answer_to_a_condition_is_another_version() {
        let all = |etag| shape(0, etag, Ranges::Ignored, None);
        let origin = known(Some("\"a\""), Ranges::Work);
        assert_eq!(judge(&origin, &all(None)), Verdict::Changed);
        assert_eq!(
            judge(&origin, &all(Some("\"a\""))),
            Verdict::Unconditionally
        );
        let origin = known(Some("\"a\""), Ranges::Untried);
        assert_eq!(judge(&origin, &all(Some("\"a\""))), SAME);
        assert_eq!(judge(&origin, &all(None)), DOUBTFUL);
    }

    #[test]
    fn what_is_weak_proves_nothing() {
        let weak = Some("W/\"a\"");
        let origin = known(weak, Ranges::Work);
        assert_eq!(origin.condition(), None);
        let same = shape(100, weak, Ranges::Work, Some(1000));
        assert_eq!(judge(&origin, &same), DOUBTFUL);
        let none = known(None, Ranges::Work);
        let named = shape(100, Some("\"new\""), Ranges::Work, Some(1000));
        assert_eq!(judge(&none, &named), DOUBTFUL);
        let first = none.judge(None, true, &Ask::default(), &named);
        assert_eq!(first, SAME);
    }

    #[test]
    fn an_end_that_nobody_vouched_for_may_move_back_and_not_forth() {
        let mut origin = known(None, Ranges::Untried);
        origin.certain = false;
        let all = |total| shape(0, None, Ranges::Ignored, Some(total));
        assert_eq!(judge(&origin, &all(1200)), DOUBTFUL);
        assert_eq!(judge(&origin, &all(900)), Verdict::Changed);
    }

    #[test]
    fn a_server_that_was_seen_to_send_parts_is_remembered() {
        let mut origin = Origin::default();
        origin.adopt(&shape(0, Some("\"a\""), Ranges::Untried, None));
        assert_eq!(origin.ranges, Ranges::Untried);
        origin.adopt(&shape(5, Some("\"b\""), Ranges::Work, None));
        assert_eq!(origin.ranges, Ranges::Work);
        assert_eq!(
            origin.version,
            version(Some("\"a\"")),
            "the first one counts"
        );
    }
}
