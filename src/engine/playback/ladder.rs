//! Which lower quality to ask for where a server has no room for one; pure.

use crate::source::Quality;

/// The next quality below this one, of a file with so many bits a second. Nothing where there is none.
pub(super) fn below(quality: Quality, whole: Option<u64>) -> Option<Quality> {
    let whole = whole.unwrap_or(u64::MAX);
    let most = match quality {
        Quality::Original => whole,
        Quality::UpTo(bits) => bits.min(whole),
    };
    let is_below = |lower: &Quality| matches!(lower, Quality::UpTo(bits) if *bits < most);
    Quality::LOWER.into_iter().find(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_lower_and_the_last_one_is_the_end() {
        let mut steps = Vec::new();
        let mut quality = Quality::Original;
        while let Some(lower) = below(quality, Some(8_000_000)) {
            steps.push(lower);
            quality = lower;
        }
        assert_eq!(steps, Quality::LOWER[2..]);
        assert_eq!(below(Quality::Original, None), Some(Quality::LOWER[0]));
        let odd = below(Quality::UpTo(64_000_000), Some(2_000_000));
        assert_eq!(odd, Some(Quality::UpTo(1_500_000)));
        assert_eq!(below(Quality::UpTo(64_000), Some(8_000_000)), None);
    }
}
