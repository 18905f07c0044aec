//! How fast and how late the server answers, for everything and for single paths, changeable while it runs.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::RwLock;

#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    /// Bytes per second of one connection; `Some(None)` lifts a limit that holds for the rest.
    rate: Option<Option<u64>>,
    latency: Option<Duration>,
}

/// The paces of all paths.
#[derive(Debug, Default)]
pub(crate) struct Paces(RwLock<(Pace, HashMap<String, Pace>)>);

impl Paces {
    pub(crate) fn set_rate(&self, path: Option<&str>, rate: Option<u64>) {
        self.change(path, |pace| pace.rate = Some(rate));
    }

    pub(crate) fn set_latency(&self, path: Option<&str>, latency: Duration) {
        self.change(path, |pace| pace.latency = Some(latency));
    }

    fn change(&self, path: Option<&str>, change: impl FnOnce(&mut Pace)) {
        let (all, paths) = &mut *self.0.write();
        change(match path {
            None => all,
            Some(path) => paths.entry(path.to_owned()).or_default(),
        });
    }

    pub(crate) fn rate(&self, path: &str) -> Option<u64> {
        let (all, paths) = &*self.0.read();
        paths
            .get(path)
            .and_then(|pace| pace.rate)
            .or(all.rate)
            .flatten()
    }

    pub(crate) fn latency(&self, path: &str) -> Duration {
        let (all, paths) = &*self.0.read();
        let own = paths.get(path).and_then(|pace| pace.latency);
        own.or(all.latency).unwrap_or_default()
    }
}

/// Size of the next piece and the time that it takes at `rate`. Pieces are small where a rate is set, so that a client that
/// goes away has been sent little more than it wanted.
pub(crate) fn piece(rate: Option<u64>) -> (usize, Duration) {
    const UNPACED: usize = 64 << 10;
    const PACED: u64 = 16 << 10;
    let Some(rate) = rate else {
        return (UNPACED, Duration::ZERO);
    };
    let rate = rate.max(1);
    let size = (rate / 50).clamp(1, PACED);
    let time = Duration::from_nanos(size.saturating_mul(1_000_000_000) / rate);
    (usize::try_from(size).unwrap_or(1), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_its_own_pace_keeps_what_it_does_not_set() {
        let paces = Paces::default();
        paces.set_rate(None, Some(1000));
        paces.set_latency(None, Duration::from_millis(30));
        paces.set_rate(Some("/a"), None);
        assert_eq!(paces.rate("/a"), None);
        assert_eq!(paces.rate("/b"), Some(1000));
        assert_eq!(paces.latency("/a"), Duration::from_millis(30));
    }

    #[test]
    fn pieces_add_up_to_the_rate() {
        for rate in [1, 999, 50_000, 20_000_000] {
            let (size, time) = piece(Some(rate));
            let per_second = size as f64 / time.as_secs_f64();
            assert!((per_second / rate as f64 - 1.0).abs() < 0.01, "{rate}");
        }
    }
}
