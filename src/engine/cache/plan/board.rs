//! Who gets a connection among all resources, and who gives way: pure.
//!
//! A *host* is an account's server: it has one pool of connections, and nothing is known of two accounts on one machine.

use std::time::Duration;

use super::Rank;

/// Runs of the whole program, and of one host, ending ones included: each has a connection.
const TOTAL: usize = 6;
const PER_HOST: usize = 4;
/// Background runs that were stopped for somebody who plays come back after so much calm.
pub(in super::super) const CALM: Duration = Duration::from_secs(5);
/// Somebody was waiting a moment ago; the next look at it has not been yet.
const NOW: Duration = Duration::from_millis(400);
/// A run that somebody reads ahead with gives way to one who has waited for so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run, as the board sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Card<H> {
    pub host: H,
    pub rank: Rank,
    /// It was told to end.
    pub ending: bool,
}

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Answer {
    /// Now.
    Yes,
    /// When a run has ended: the one of this number, which has to be told so, or (`None`) any.
    After(Option<usize>),
    /// When there is calm.
    Later,
}

/// How long ago somebody who plays waited for bytes of a host, or was about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Calm(pub Option<Duration>);

impl Calm {
    /// Background runs may begin, and those that paused may go on.
    pub(in super::super) fn is_calm(self) -> bool {
        self.0.is_none_or(|since| since >= CALM)
    }

    /// Whether a run of `rank` pauses; `paused` if it does already.
    pub(in super::super) fn pauses(self, rank: Rank, paused: bool) -> bool {
        let urgent = self.0.is_some_and(|since| since < NOW);
        rank.is_background() && (urgent || paused && !self.is_calm())
    }
}

/// Whether a run of `rank` may begin at `host`. `waited`: how long somebody has been waiting for it.
pub(in super::super) fn admit<H: PartialEq>(
    cards: &[Card<H>],
    host: &H,
    rank: Rank,
    waited: Duration,
    calm: Calm,
) -> Answer {
    if rank.is_background() && !calm.is_calm() {
        return Answer::Later;
    }
    let here = |card: &&Card<H>| card.host == *host;
    let crowded = cards.iter().filter(here).count() >= PER_HOST;
    if !crowded && cards.len() < TOTAL {
        return Answer::Yes;
    }
    let mut candidates = cards
        .iter()
        .enumerate()
        .filter(|(_, card)| !crowded || card.host == *host);
    if candidates.clone().any(|(_, card)| card.ending) {
        return Answer::After(None);
    }
    let gives_way =
        |card: &Card<H>| card.rank > rank && (card.rank >= Rank::Window || waited >= PATIENCE);
    // The least urgent one, and of these the youngest.
    let victim = candidates
        .by_ref()
        .filter(|(_, card)| gives_way(card))
        .max_by_key(|(index, card)| (card.rank, *index));
    Answer::After(victim.map(|(index, _)| index))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUIET: Calm = Calm(None);

    fn card(host: u8, rank: Rank) -> Card<u8> {
        Card {
            host,
            rank,
            ending: false,
        }
    }

    fn ask(cards: &[Card<u8>], host: u8, rank: Rank) -> Answer {
        admit(cards, &host, rank, Duration::ZERO, QUIET)
    }

    #[test]
    fn four_at_a_host_and_six_in_all() {
        let four = [card(1, Rank::Soon); 4];
        assert_eq!(ask(&four[..3], 1, Rank::Fill), Answer::Yes);
        assert_eq!(ask(&four, 1, Rank::Soon), Answer::After(None));
        assert_eq!(ask(&four, 2, Rank::Soon), Answer::Yes);
        let mut six = four.to_vec();
        six.extend([card(2, Rank::Fill), card(2, Rank::Next)]);
        assert_eq!(ask(&six, 3, Rank::Waited), Answer::After(Some(4)));
        assert_eq!(ask(&six, 3, Rank::Fill), Answer::After(None));
        // Where its own host is full, another host's run would free nothing.
        assert_eq!(ask(&six, 1, Rank::Waited), Answer::After(None));
    }

    #[test]
    fn who_waits_long_takes_from_who_reads_ahead() {
        let four = [
            card(1, Rank::Soon),
            card(1, Rank::Waited),
            card(1, Rank::Waited),
            card(1, Rank::Waited),
        ];
        let after = |waited| admit(&four, &1, Rank::Waited, waited, QUIET);
        assert_eq!(after(Duration::ZERO), Answer::After(None));
        assert_eq!(after(PATIENCE), Answer::After(Some(0)));
        let mut ending = four;
        ending[2].ending = true;
        assert_eq!(
            ask(&ending, 1, Rank::Waited),
            Answer::After(None),
            "one goes already"
        );
    }

    #[test]
    fn the_background_waits_for_calm() {
        for (since, begins, goes_on, pauses) in [
            (None, true, true, false),
            (Some(0), false, false, true),
            (Some(399), false, false, true),
            (Some(400), false, false, false),
            (Some(1000), false, false, false),
            (Some(4999), false, false, false),
            (Some(5000), true, true, false),
        ] {
            let calm = Calm(since.map(Duration::from_millis));
            for rank in [Rank::Next, Rank::Download, Rank::Later, Rank::Fill] {
                let answer = admit::<u8>(&[], &1, rank, Duration::ZERO, calm);
                assert_eq!(answer == Answer::Yes, begins, "{since:?}");
                assert_eq!(!calm.pauses(rank, true), goes_on, "{since:?}");
                assert_eq!(calm.pauses(rank, false), pauses, "{since:?}");
            }
            for rank in [Rank::Waited, Rank::Soon, Rank::Window] {
                assert_eq!(
                    admit::<u8>(&[], &1, rank, Duration::ZERO, calm),
                    Answer::Yes
                );
                assert!(!calm.pauses(rank, true));
            }
        }
    }

    fn ranks() -> impl Strategy<Value = Rank> {
        (0..7_u8).prop_map(Rank::of_number)
    }

    proptest! {
        #[test]
        fn the_caps_hold_and_only_the_less_urgent_give_way(
            arrivals in prop::collection::vec((0..3_u8, ranks(), 0..1000_u64, any::<bool>()), 0..60)
        ) {
            let mut cards: Vec<Card<u8>> = Vec::new();
            for (host, rank, waited, ends) in arrivals {
                match admit(&cards, &host, rank, Duration::from_millis(waited), QUIET) {
                    Answer::Yes => cards.push(card(host, rank)),
                    Answer::After(Some(victim)) => {
                        prop_assert!(cards[victim].rank > rank && !cards[victim].ending);
                        cards[victim].ending = true;
                    }
                    Answer::After(None) => {}
                    Answer::Later => prop_assert!(false, "it is calm"),
                }
                if ends {
                    cards.retain(|card| !card.ending);
                }
                prop_assert!(cards.len() <= TOTAL);
                for host in 0..3 {
                    prop_assert!(cards.iter().filter(|card| card.host == host).count() <= PER_HOST);
                }
            }
        }
    }
}
