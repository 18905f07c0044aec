//! The head of a run's attempt: one GET, and what its answer means for the run.
//!
//! **Does not know** the body. **Threads**: as the run. **Cancellation**: dropped with the attempt; what was learnt stays.

use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::super::entry::{Origin, Verdict};
use super::super::error::CacheError;
use super::address::Place;
use super::overlap::OVERLAP;
use super::{Broken, Run, malformed};
use crate::http::ranged::{Ask, Failure, Misfit, Ranges, Reply};
use crate::http::retry::{Class, classify};
use crate::source_error::SourceError;

/// How a run asks: what the answers so far have taught it. None of it costs a retry, and all of it happens once.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// The number of the address that was asked last.
    pub number: u64,
    /// The last answer lied about its place; the next request goes over a connection of its own.
    lied: bool,
    /// The server coded a body although asked not to.
    uncoded: bool,
    /// A body without a length ended here: is that the end?
    end: Option<u64>,
    /// The body under way is of an unproven version: what of it is here already has to be compared.
    pub compare: bool,
}

impl Run {
    /// One GET; `None` when its answer is that the end is known now.
    pub(super) async fn request(&self, terms: &mut Terms) -> Result<Option<Reply>, Broken> {
        // Who knows that a server is offline says so at once, and is believed.
        let place = self.address.get(&*self.locator, &self.shared).await;
        let mut place = place.map_err(upstream)?;
        terms.number = place.number;
        if terms.lied {
            place.way = place.way.apart()?;
        }
        let origin = self.shared.origin();
        let (ask, far) = self.ask(&origin, terms);
        let alone = self.is_alone();
        if far && alone {
            self.witness(&place, ask.start).await?;
        }
        let asked = Instant::now();
        let get = place.way.get(&ask);
        let reply = if far && !alone {
            let (reply, witness) = tokio::join!(get, self.witness(&place, ask.start));
            witness.and(Ok(reply))?
        } else {
            get.await
        };
        let setup = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.control.setup.store(setup, Ordering::Relaxed);
        let reply = match reply {
            Ok(reply) => reply,
            Err(Failure::Source(error)) => return Err(self.refused(error, &place).await),
            Err(Failure::Misfit(misfit)) => {
                return self.misfit(misfit, &ask, &place, terms).await;
            }
        };
        self.address.works(place.number).await;
        self.admit(reply, &ask, &place, terms).await
    }

    /// Whether the server may end one stream of this file when another begins.
    fn is_alone(&self) -> bool {
        self.address.connections() == Some(1)
    }

    /// What to ask for; and whether nothing of the answer can be compared with what is here, although it would have to be.
    fn ask(&self, origin: &Origin, terms: &Terms) -> (Ask, bool) {
        let pos = self.pos();
        let mut ask = Ask {
            start: pos,
            whole: origin.ranges == Ranges::Ignored && terms.end.is_none(),
            uncoded: terms.uncoded,
            ..Ask::default()
        };
        if ask.whole || terms.end.is_some() {
            return (ask, false);
        }
        ask.condition = origin.condition().map(str::to_owned);
        let doubtful = origin.version.if_range().is_none() && !self.shared.ranges().is_empty();
        let (back, ahead) = match doubtful {
            true => (self.step_back(pos), OVERLAP),
            false => (0, 0),
        };
        ask.start = pos - back;
        let limit = self.control.limit.load(Ordering::Acquire);
        let size = self.shared.size().unwrap_or(u64::MAX);
        ask.end = (limit < size).then(|| limit.saturating_add(ahead).min(size));
        (ask, doubtful && back == 0)
    }

    /// The server gave no answer to use: perhaps the address is an old one.
    async fn refused(&self, error: SourceError, place: &Place) -> Broken {
        if classify(&error) != Class::Relocate {
            return Broken::Source(error);
        }
        let renewed = self
            .address
            .renew(&*self.locator, &self.shared, place.number);
        match renewed.await {
            Ok(true) => Broken::Again,
            Ok(false) => upstream(error),
            Err(error) => upstream(error),
        }
    }

    /// Judges a usable reply, and takes over what it says.
    async fn admit(
        &self,
        mut reply: Reply,
        ask: &Ask,
        place: &Place,
        terms: &mut Terms,
    ) -> Result<Option<Reply>, Broken> {
        if let Some(end) = terms.end.take()
            && reply.shape.ranges != Ranges::Work
        {
            return Ok(self.believe(end));
        }
        if reply.shape.ranges == Ranges::Untried && self.shared.origin().ranges == Ranges::Untried {
            self.probe(place, &mut reply).await;
        }
        match self.shared.admit(ask, &reply.shape) {
            Verdict::Changed => Err(Broken::Final(CacheError::Changed)),
            Verdict::Unconditionally => Err(Broken::Again),
            Verdict::Same { proven } => {
                terms.compare = !proven;
                terms.lied = false;
                if self.shared.is_sequential() {
                    self.control.limit.store(u64::MAX, Ordering::Release);
                }
                Ok(Some(reply))
            }
        }
    }

    /// The server sent everything, as was asked: whether it can send parts is found out with one byte, for what it says of
    /// that is wrong as often as not. Without an answer it stays open, and the next request tells.
    async fn probe(&self, place: &Place, reply: &mut Reply) {
        if self.is_alone() || reply.shape.total.is_some_and(|total| total < 2) {
            return;
        }
        let one = place.way.get(&Ask::part(1, 2)).await;
        match one.map(|one| one.shape) {
            Ok(one) if one.ranges == Ranges::Work => {
                let known = reply.shape.total;
                if known.is_none() || one.total.is_none() || one.total == known {
                    reply.shape.ranges = Ranges::Work;
                    reply.shape.total = known.or(one.total);
                }
            }
            Ok(_) => reply.shape.ranges = Ranges::Ignored,
            Err(_) => {}
        }
    }

    /// The answer cannot be used as it is.
    async fn misfit(
        &self,
        misfit: Misfit,
        ask: &Ask,
        place: &Place,
        terms: &mut Terms,
    ) -> Result<Option<Reply>, Broken> {
        match misfit {
            Misfit::Beyond(size) => self.beyond(ask, size, place, terms).await,
            Misfit::Misplaced { .. } if terms.end.is_some() => {
                let end = terms.end.take().unwrap_or_default();
                Ok(self.believe(end))
            }
            Misfit::Misplaced { .. } => Err(self.lied(ask, terms, &misfit)),
            Misfit::Encoded(_) if !terms.uncoded => {
                terms.uncoded = true;
                Err(Broken::Again)
            }
            Misfit::Encoded(coding) => Err(upstream(SourceError::Encoded(coding))),
            Misfit::Page | Misfit::Empty(_) => Err(malformed(&misfit)),
        }
    }

    /// An answer that lies about its place: once more over another connection, then in order from the beginning.
    fn lied(&self, ask: &Ask, terms: &mut Terms, misfit: &Misfit) -> Broken {
        if ask.whole {
            return malformed(misfit);
        }
        if terms.lied {
            self.go_sequential();
        }
        terms.lied = true;
        Broken::Again
    }

    fn go_sequential(&self) {
        self.shared.give_up_ranges();
        self.control.limit.store(u64::MAX, Ordering::Release);
    }

    /// 416: there is nothing at or behind what was asked.
    async fn beyond(
        &self,
        ask: &Ask,
        size: Option<u64>,
        place: &Place,
        terms: &mut Terms,
    ) -> Result<Option<Reply>, Broken> {
        let (pos, here) = (ask.start, self.shared.ranges());
        let last = here.iter().last().map_or(0, |range| range.end);
        let origin = self.shared.origin();
        let asked_for_end = terms.end.take().is_some();
        match (self.shared.size().filter(|_| origin.certain), size) {
            (Some(known), Some(size)) if known != size => {
                return Err(Broken::Final(CacheError::Changed));
            }
            (None, Some(size)) if size < last => return Err(Broken::Final(CacheError::Changed)),
            (Some(known), _) if known <= pos => {}
            (None, Some(size)) if size <= pos => self.shared.learn_size(size, true),
            (None, None)
                if asked_for_end || (pos > 0 && pos == last && origin.ranges == Ranges::Work) =>
            {
                self.shared.learn_size(pos, false);
            }
            (None, None) if pos > 0 => return self.ask_for_size(ask, place, terms).await,
            (None, None) => {
                self.go_sequential();
                return Err(Broken::Again);
            }
            _ => return Err(self.lied(ask, terms, &Misfit::Beyond(size))),
        }
        Ok(None)
    }

    /// Nothing there, and no word of the size: the first byte's reply says it, or nothing does.
    async fn ask_for_size(
        &self,
        ask: &Ask,
        place: &Place,
        terms: &mut Terms,
    ) -> Result<Option<Reply>, Broken> {
        let first = place.way.get(&Ask::part(0, 1)).await;
        match first.map(|reply| reply.shape.total) {
            Ok(Some(total)) if total <= ask.start => {
                self.shared.learn_size(total, true);
                Ok(None)
            }
            Ok(Some(total)) => Err(self.lied(ask, terms, &Misfit::Beyond(Some(total)))),
            Err(Failure::Source(error)) => Err(Broken::Source(error)),
            Ok(None) | Err(Failure::Misfit(_)) => {
                self.go_sequential();
                Err(Broken::Again)
            }
        }
    }

    /// A body without a length ended in good order at `pos`; `framed`: by more than a closed connection.
    pub(super) fn ended(&self, pos: u64, framed: bool, terms: &mut Terms) -> Result<(), Broken> {
        let here = self.shared.ranges();
        if here.iter().last().is_some_and(|range| range.end > pos) {
            return Err(short());
        }
        if framed || self.hint == Some(pos) {
            self.shared.learn_size(pos, true);
            return Ok(());
        }
        if self.hint.is_some_and(|hint| hint > pos) {
            return Err(short());
        }
        if pos == 0 {
            self.shared.learn_size(0, false);
            return Ok(());
        }
        terms.end = Some(pos);
        Err(Broken::More)
    }

    /// Nothing says whether `end` is the end: it is one for those who read now, and nothing is written down of it.
    fn believe(&self, end: u64) -> Option<Reply> {
        self.shared.learn_size(end, false);
        None
    }
}

fn upstream(error: SourceError) -> Broken {
    Broken::Final(CacheError::Upstream(error))
}

/// Fewer bytes came than there are.
pub(super) fn short() -> Broken {
    Broken::Source(SourceError::Unreachable("the body is short".into()))
}
