//! Retry plans as data: which failures are worth another try, and when.
//!
//! **Does not know** what is fetched or who waits; it neither sleeps nor sends.

use std::time::Duration;

use crate::source_error::SourceError;

/// A timetable of retries.
#[derive(Debug)]
pub struct Plan {
    /// How long to wait before each retry; after the last one it is a failure.
    pub delays: &'static [Duration],
    /// So many new bytes make up for all failures before them.
    pub progress: u64,
}

/// For bytes that somebody watches or waits for.
pub const PLAYING: Plan = Plan {
    delays: &[
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ],
    progress: 256 << 10,
};

/// For a server that has not answered yet and cannot be reached: whoever waits is told soon.
pub const OPENING: Plan = Plan {
    delays: &[Duration::from_millis(250)],
    progress: 256 << 10,
};

/// For downloads: somebody asked for them, and nobody waits.
pub const DOWNLOAD: Plan = Plan {
    delays: &[
        Duration::from_secs(5),
        Duration::from_secs(15),
        Duration::from_secs(45),
    ],
    progress: 1 << 20,
};

/// For what nobody asked for.
pub const QUIET: Plan = Plan {
    delays: &[Duration::from_secs(5)],
    progress: 1 << 20,
};

/// For questions to a server, or what stands in front of it, that lets only so many in at a time (429).
pub const LIMITED: Plan = Plan {
    delays: &[
        Duration::from_millis(500),
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
    ],
    progress: u64::MAX,
};

/// A server's `Retry-After` is honoured up to here; a longer one is a failure for people who wait.
const LONGEST_WISH: Duration = Duration::from_secs(30);

/// What a failure means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It may pass; not before the server's wish, if it has one.
    Transient(Option<Duration>),
    /// The address may have expired: ask for a new one, once.
    Relocate,
    /// Trying again would end the same way.
    Final,
}

/// Classifies a failure of a media request.
#[must_use]
pub fn classify(error: &SourceError) -> Class {
    match error {
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Unconfirmed
        | SourceError::Status(408 | 425 | 500..) => Class::Transient(None),
        SourceError::Busy { retry_after } => match retry_after {
            Some(wish) if *wish > LONGEST_WISH => Class::Final,
            wish => Class::Transient(*wish),
        },
        SourceError::Unauthorized | SourceError::Forbidden | SourceError::Gone => Class::Relocate,
        SourceError::NotShared
        | SourceError::Relayed
        | SourceError::FileMissing
        | SourceError::Status(_)
        | SourceError::Malformed(_)
        | SourceError::Encoded(_)
        | SourceError::Certificate(_)
        | SourceError::Insecure(_)
        | SourceError::Refused(_)
        | SourceError::Unreadable(_) => Class::Final,
    }
}

/// Where one fetch stands in its plan.
#[derive(Debug)]
pub struct Retry {
    plan: &'static Plan,
    used: usize,
    gained: u64,
}

impl Retry {
    /// At the beginning of `plan`.
    #[must_use]
    pub const fn new(plan: &'static Plan) -> Self {
        Self {
            plan,
            used: 0,
            gained: 0,
        }
    }

    /// New bytes arrived. Many small pieces between failures count together.
    pub fn gained(&mut self, bytes: u64) {
        self.gained += bytes;
        if self.gained >= self.plan.progress {
            self.gained = 0;
            self.used = 0;
        }
    }

    /// How long to wait before the next try, at least `wish`; `None` when the plan is used up.
    pub fn next_delay(&mut self, wish: Option<Duration>) -> Option<Duration> {
        let delay = *self.plan.delays.get(self.used)?;
        self.used += 1;
        Some(delay.max(wish.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(retry: &mut Retry) -> Option<u64> {
        retry.next_delay(None).map(|delay| delay.as_secs())
    }

    #[test]
    fn the_timetable_is_one_two_four() {
        let mut retry = Retry::new(&PLAYING);
        let waits: Vec<_> = std::iter::from_fn(|| seconds(&mut retry)).collect();
        assert_eq!(waits, [1, 2, 4]);
        assert_eq!(seconds(&mut retry), None);
    }

    #[test]
    fn progress_starts_it_again() {
        let mut retry = Retry::new(&PLAYING);
        assert_eq!(seconds(&mut retry), Some(1));
        retry.gained(200 << 10);
        assert_eq!(seconds(&mut retry), Some(2), "too little yet");
        retry.gained(56 << 10);
        assert_eq!(seconds(&mut retry), Some(1));
    }

    #[test]
    fn so_much_is_progress() {
        for (plan, first, enough) in [
            (&PLAYING, 1000, 262_144),
            (&OPENING, 250, 262_144),
            (&DOWNLOAD, 5000, 1_048_576),
            (&QUIET, 5000, 1_048_576),
        ] {
            let first = Some(Duration::from_millis(first));
            let mut retry = Retry::new(plan);
            assert_eq!(retry.next_delay(None), first);
            retry.gained(enough - 1);
            assert_ne!(retry.next_delay(None), first, "{plan:?}");
            retry.gained(1);
            assert_eq!(retry.next_delay(None), first, "{plan:?}");
        }
    }

    #[test]
    fn a_wish_only_makes_it_longer() {
        let mut retry = Retry::new(&PLAYING);
        let wish = Some(Duration::from_secs(3));
        assert_eq!(retry.next_delay(wish), wish);
        assert_eq!(retry.next_delay(wish), wish);
        assert_eq!(retry.next_delay(wish), Some(Duration::from_secs(4)));
    }

    #[tokio::test(start_paused = true)]
    async fn used_up_after_seven_seconds() {
        let begin = tokio::time::Instant::now();
        let mut retry = Retry::new(&PLAYING);
        while let Some(delay) = retry.next_delay(None) {
            tokio::time::sleep(delay).await;
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(7));
    }

    #[test]
    fn failures_have_classes() {
        let busy = |seconds| SourceError::Busy {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let wish = Class::Transient(Some(Duration::from_secs(30)));
        for (error, class) in [
            (SourceError::Timeout, Class::Transient(None)),
            (SourceError::Status(500), Class::Transient(None)),
            (SourceError::Status(418), Class::Final),
            (busy(30), wish),
            (busy(31), Class::Final),
            (SourceError::Gone, Class::Relocate),
            (SourceError::Unauthorized, Class::Relocate),
            (SourceError::Malformed(String::new()), Class::Final),
        ] {
            assert_eq!(classify(&error), class, "{error}");
        }
    }
}
