//! What a cached resource is to its user: streamed, fetched ahead or kept; and how much of it was watched. Pure.

use std::time::Duration;

/// What the bytes are for; it decides in which folder they lie and whether they may go by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// It was read: it stays until others need its room. In the cache folder.
    #[default]
    Stream,
    /// Fetched because it may be wanted next; nobody has opened it yet. In the cache folder. Opening it makes it a stream.
    Prefetch,
    /// Somebody asked to keep it: whole, in the data folder, never evicted, not counted against the limit.
    Kept,
}

impl Class {
    /// Its name in the index and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Prefetch => "prefetch",
            Self::Kept => "kept",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Stream, Self::Prefetch, Self::Kept]
            .into_iter()
            .find(|class| class.name() == name)
    }
}

/// How much of a title was watched, over all of its playbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Share of its running time, in millionths. [`Watched::FINISHED`] and more only when its end was reached.
    pub ppm: u32,
    /// Time spent with it.
    pub time: Duration,
}

impl Watched {
    /// From here on it counts as watched to the end.
    pub const FINISHED: u32 = 900_000;

    /// With more time spent. `duration` is the title's running time, where it is known; `finished` says that the end was
    /// reached, which no sum of samples does.
    #[must_use]
    pub fn and(self, more: Duration, duration: Option<Duration>, finished: bool) -> Self {
        let time = self.time + more;
        let share = duration
            .filter(|whole| !whole.is_zero())
            .map_or(0, |whole| {
                time.as_millis() * 1_000_000 / whole.as_millis().max(1)
            });
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        let share = share.min(Self::FINISHED - 1).max(self.ppm);
        Self {
            ppm: if finished {
                share.max(Self::FINISHED)
            } else {
                share
            },
            time,
        }
    }

    /// Whether it was watched to the end.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        self.ppm >= Self::FINISHED
    }
}

/// From when on a stream is more than a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SamplePolicy {
    /// Share of its running time, in millionths…
    pub share_ppm: u32,
    /// …or time spent with it, whichever comes first.
    pub time: Duration,
    /// A file of at most so many bytes is worth it at once: it arrives as a whole anyway.
    pub small: u64,
}

impl Default for SamplePolicy {
    fn default() -> Self {
        Self {
            share_ppm: 50_000,
            time: Duration::from_secs(120),
            small: 16 << 20,
        }
    }
}

/// Whether a stream is worth keeping to its end; otherwise it is a *sample*: nothing more than the read-ahead window is
/// fetched for it, and it goes before others. `watched` is `None` where nobody follows how much is watched (a copy, a
/// check): then everything that is read is wanted.
#[must_use]
pub fn is_worth_keeping(
    watched: Option<Watched>,
    size: Option<u64>,
    policy: &SamplePolicy,
) -> bool {
    watched.is_none_or(|watched| {
        watched.ppm >= policy.share_ppm
            || watched.time >= policy.time
            || size.is_some_and(|size| size <= policy.small)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILM: Option<Duration> = Some(Duration::from_secs(7200));
    const CLIP: Option<Duration> = Some(Duration::from_secs(600));

    fn watched(seconds: u64, of: Option<Duration>) -> Option<Watched> {
        Some(Watched::default().and(Duration::from_secs(seconds), of, false))
    }

    #[test]
    fn a_sample_becomes_worth_it_by_share_or_by_time() {
        let policy = SamplePolicy::default();
        let worth = |watched, size| is_worth_keeping(watched, Some(size), &policy);
        let big = 4 << 30;
        assert!(!worth(watched(0, FILM), big));
        assert!(!worth(watched(119, FILM), big));
        assert!(worth(watched(120, FILM), big), "two minutes of two hours");
        assert!(!worth(watched(29, CLIP), big));
        assert!(worth(watched(30, CLIP), big), "5 % of ten minutes");
        assert!(
            !worth(watched(119, None), big),
            "no share of an unknown length"
        );
        assert!(worth(watched(0, CLIP), 16 << 20), "a song");
        assert!(worth(None, big), "nobody follows");
        assert!(!is_worth_keeping(watched(0, FILM), None, &policy));
    }

    #[test]
    fn only_the_end_finishes_a_title() {
        let twice = Watched::default()
            .and(Duration::from_secs(400), CLIP, false)
            .and(Duration::from_secs(400), CLIP, false);
        assert!(!twice.is_finished());
        assert_eq!(twice.time, Duration::from_secs(800));
        let ended = Watched::default().and(Duration::from_secs(1), CLIP, true);
        assert!(ended.is_finished());
        assert!(
            ended.and(Duration::ZERO, CLIP, false).is_finished(),
            "for good"
        );
    }

    #[test]
    fn a_class_survives_its_name() {
        for class in [Class::Stream, Class::Prefetch, Class::Kept] {
            assert_eq!(Class::of_name(class.name()), Some(class));
        }
        assert_eq!(Class::of_name("else"), None);
    }
}
