//! The one change that turns a list into another: what lies between their common beginning and end. Pure.

use std::ops::Range;

/// A replacement of consecutive rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    /// First row replaced.
    pub(super) start: usize,
    /// Rows that go.
    pub(super) removed: usize,
    /// Rows of the new list that come.
    pub(super) inserted: Range<usize>,
}

/// The replacement that turns `old` into `new`; `None` when they are equal.
pub(super) fn splice<T: PartialEq>(old: &[T], new: &[T]) -> Option<Splice> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let removed = old_rest.len() - tail;
    let inserted = head..new.len() - tail;
    (removed > 0 || !inserted.is_empty()).then_some(Splice {
        start: head,
        removed,
        inserted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: &str, new: &str) -> Option<(usize, usize, String)> {
        let (old, new): (Vec<_>, Vec<_>) = (old.chars().collect(), new.chars().collect());
        let splice = splice(&old, &new)?;
        let inserted = new[splice.inserted].iter().collect();
        Some((splice.start, splice.removed, inserted))
    }

    #[test]
    fn only_what_differs_is_replaced() {
        assert_eq!(change("abc", "abc"), None);
        assert_eq!(change("", "ab"), Some((0, 0, "ab".to_owned())));
        assert_eq!(change("ab", ""), Some((0, 2, String::new())));
        assert_eq!(change("abc", "abcd"), Some((3, 0, "d".to_owned())));
        assert_eq!(change("abc", "axc"), Some((1, 1, "x".to_owned())));
        assert_eq!(change("abcd", "ad"), Some((1, 2, String::new())));
        assert_eq!(change("aa", "aaa"), Some((2, 0, "a".to_owned())));
        assert_eq!(change("aaa", "aa"), Some((2, 1, String::new())));
    }
}
