//! Going somewhere: one seek at a time, and of the wishes that come meanwhile the last.

use super::{Effect, Machine, Stand, Wish};
use crate::event::Event;

impl Machine {
    pub(super) fn seek(&mut self, wish: Wish, due: &mut Vec<Effect>) {
        let wish = Wish {
            position: wish
                .position
                .map(|to| self.length.map_or(to, |length| to.min(length))),
            ..wish
        };
        match &mut self.stand {
            // A wish without a place is fulfilled by any seek or start that is still to come.
            Stand::Opening | Stand::Starting if wish.position.is_some() => self.start = Some(wish),
            Stand::Seeking { to, next, .. } => {
                let place = wish.position.or(next.and_then(|next| next.position));
                let told = wish.told || to.told || next.is_some_and(|next| next.told);
                *next = Some(Wish {
                    position: place.or(to.position),
                    told,
                    ..wish
                });
            }
            Stand::Steady | Stand::Ended => self.go(wish, due),
            _ => {}
        }
    }

    pub(super) fn go(&mut self, wish: Wish, due: &mut Vec<Effect>) {
        self.stand = Stand::Seeking {
            to: wish,
            next: None,
            returned: false,
            ended: false,
        };
        self.filled = false;
        due.push(Effect::Seek(wish, self.speed));
    }

    pub(super) fn seek_returned(&mut self, done: bool, due: &mut Vec<Effect>) {
        let Stand::Seeking {
            to, next, returned, ..
        } = &mut self.stand
        else {
            return;
        };
        *returned = true;
        if !done {
            let (to, next) = (*to, *next);
            self.arrive(to, next, false, due);
        }
    }

    /// Each place is shown before the next is sought, so that scrubbing shows pictures; of the wishes that came meanwhile
    /// only the last is left.
    pub(super) fn arrive(
        &mut self,
        to: Wish,
        next: Option<Wish>,
        ended: bool,
        due: &mut Vec<Effect>,
    ) {
        if let Some(next) = next {
            self.go(next, due);
            return;
        }
        self.land(to, due);
        if ended {
            self.stand = Stand::Ended;
        }
    }

    /// A place whose bytes do not come is not waited for when the person wants another one.
    pub(super) fn starve(&mut self, starved: bool, due: &mut Vec<Effect>) {
        // Once it stands, it goes on with a full queue, not with the first bytes: else it would stand again at once.
        let keeps_standing = self.starved && self.stand == Stand::Steady && self.fill.is_some();
        self.starved = starved || keeps_standing;
        if let Stand::Seeking {
            next: Some(next),
            returned: true,
            ..
        } = self.stand
            && starved
        {
            self.go(next, due);
        }
    }

    pub(super) fn land(&mut self, wish: Wish, due: &mut Vec<Effect>) {
        self.stand = Stand::Steady;
        self.starved = false;
        // It works: should it hang again, it is worth another try.
        self.retried = false;
        if !self.shown {
            self.shown = true;
            due.push(Effect::Tell(Event::FirstFrame));
        }
        if wish.told {
            // The place is filled in by the driver, which can ask the pipeline where it landed.
            due.push(Effect::Tell(Event::SeekDone(
                wish.position.unwrap_or_default(),
            )));
        }
    }
}
