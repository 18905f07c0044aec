//! When a server is listened to again, and when it is asked. Pure.

use std::time::Duration;

use crate::source_error::SourceError;

/// A connection that held so long makes up for the failures before it.
const STEADY: Duration = Duration::from_secs(60);
/// Reading a library may take at most this share of the time.
const SHARE: u32 = 50;

/// How often servers are listened to and asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// What a server tells is read so long after it began to tell.
    pub settle: Duration,
    /// A server that tells nothing is asked so often.
    pub ask: Duration,
    /// One that tells what changes is asked so often all the same.
    pub ask_seldom: Duration,
    /// A connection that ended is made again after this, and each time later…
    pub first: Duration,
    /// …but not later than this.
    pub longest: Duration,
    /// A server that does not want to be listened to is tried again after this: a proxy in front may have been mended.
    pub refused: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(1),
            ask: Duration::from_secs(5 * 60),
            ask_seldom: Duration::from_secs(30 * 60),
            first: Duration::from_secs(1),
            longest: Duration::from_secs(5 * 60),
            refused: Duration::from_secs(15 * 60),
        }
    }
}

impl Rhythm {
    /// The time before the next connection, after so many failures in a row and how the last one ended.
    pub(super) fn pause(&self, failures: u32, error: Option<&SourceError>) -> Duration {
        if error.is_some_and(is_refusal) {
            return self.refused;
        }
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// The time before the library is read anew, the last reading having taken so long.
    pub(super) fn interval(&self, told: bool, took: Duration) -> Duration {
        let usual = if told { self.ask_seldom } else { self.ask };
        usual.max(took.saturating_mul(SHARE))
    }
}

/// Failures in a row after a connection that held so long, or that could not be made.
pub(super) fn failures(before: u32, lasted: Option<Duration>) -> u32 {
    match lasted {
        Some(lasted) if lasted >= STEADY => 1,
        _ => before.saturating_add(1),
    }
}

/// Whether it says that this server, or what stands in front of it, is not to be listened to.
fn is_refusal(error: &SourceError) -> bool {
    match error {
        SourceError::Unauthorized
        | SourceError::NotShared
        | SourceError::Forbidden
        | SourceError::Gone
        | SourceError::FileMissing
        | SourceError::Insecure(_)
        | SourceError::Refused(_)
        | SourceError::Encoded(_)
        | SourceError::Unreadable(_)
        | SourceError::Certificate(_) => true,
        SourceError::Status(status) => *status < 500 || *status == 501,
        SourceError::Unreachable(_)
        | SourceError::Timeout
        | SourceError::Unconfirmed
        | SourceError::Relayed
        | SourceError::Busy { .. }
        | SourceError::Malformed(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_have_an_end() {
        let rhythm = Rhythm::default();
        let pauses =
            [1, 2, 3, 4, 9, 10, 4000].map(|failures| rhythm.pause(failures, None).as_secs());
        assert_eq!(pauses, [1, 2, 4, 8, 256, 300, 300]);
        let broken = SourceError::Unreachable("".into());
        assert_eq!(rhythm.pause(2, Some(&broken)), Duration::from_secs(2));
        for refusal in [
            SourceError::Gone,
            SourceError::Forbidden,
            SourceError::Status(426),
            SourceError::Status(501),
        ] {
            assert_eq!(rhythm.pause(1, Some(&refusal)), rhythm.refused, "{refusal}");
        }
        assert_eq!(
            rhythm.pause(1, Some(&SourceError::Status(502))),
            rhythm.first
        );
    }

    #[test]
    fn a_connection_that_held_makes_up_for_failures() {
        assert_eq!(failures(7, Some(STEADY)), 1);
        assert_eq!(failures(7, Some(STEADY / 2)), 8);
        assert_eq!(failures(7, None), 8);
    }

    #[test]
    fn who_tells_is_asked_seldom_and_a_large_library_more_seldom() {
        let rhythm = Rhythm::default();
        assert_eq!(rhythm.interval(false, Duration::ZERO), rhythm.ask);
        assert_eq!(rhythm.interval(true, Duration::ZERO), rhythm.ask_seldom);
        let minute = Duration::from_secs(60);
        assert_eq!(rhythm.interval(false, minute), 50 * minute);
    }
}
