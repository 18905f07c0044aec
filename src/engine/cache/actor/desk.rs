//! The actor's desk: all runs of all resources, who gets a connection, and what playing leaves to the rest.
//!
//! **Owns** the list of runs that have a connection, and what each host brought lately. **Threads**: the actor's; runs see
//! of it what their [`Control`] says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::super::fetch::Control;
use super::super::key::{CacheKey, Generation};
use super::super::plan::Rank;
use super::super::plan::board::{self, Answer, Calm, Card};
use super::super::plan::share::{self, Share};
use super::Actor;
use crate::model::AccountId;

/// A run that may not read is ended after this time, before its server loses patience: Kestrel's is five seconds…
const PAUSE: Duration = Duration::from_secs(3);
/// …and one that gave way after this.
const GAVE_WAY: Duration = Duration::from_secs(1);

/// One run, wherever it belongs.
struct Placed {
    key: CacheKey,
    generation: Generation,
    run: u64,
    control: Arc<Control>,
    /// It gave way to somebody who plays.
    gave_way: bool,
}

/// What is known of a host.
#[derive(Default)]
struct Host {
    /// When somebody who plays last waited for it, or was about to, and for what.
    urgent: Vec<(CacheKey, Instant)>,
    /// When something of it last played, and at which bitrate.
    playing: Option<(Instant, u64)>,
    /// Bytes received by its runs when they were last counted.
    received: u64,
    /// Bytes a second that its line can bring.
    measured: u64,
    share: Arc<Share>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Desk {
    placed: Vec<Placed>,
    hosts: HashMap<AccountId, Host>,
    /// Who could not begin a run.
    starved: HashSet<(CacheKey, Generation)>,
    counted: Option<Instant>,
}

fn host_of(key: &CacheKey) -> &AccountId {
    key.part().item().account()
}

impl Desk {
    fn host(&mut self, key: &CacheKey) -> &mut Host {
        self.hosts.entry(host_of(key).clone()).or_default()
    }

    /// The calm at the host of `key`; without `own`, as what is read of `key` itself leaves it.
    fn calm(&self, key: &CacheKey, own: bool) -> Calm {
        let host = self.hosts.get(host_of(key));
        let urgent = host.into_iter().flat_map(|host| &host.urgent);
        let of_others = urgent.filter(|(of, _)| own || of != key);
        Calm(of_others.map(|(_, at)| at.elapsed()).min())
    }

    /// A run begins; what it may take beside a playback.
    pub(super) fn share(&mut self, key: &CacheKey) -> Arc<Share> {
        self.host(key).share.clone()
    }

    pub(super) fn place(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        run: u64,
        control: &Arc<Control>,
    ) {
        self.placed.push(Placed {
            key: key.clone(),
            generation,
            run,
            control: control.clone(),
            gave_way: false,
        });
    }

    /// A run has ended; who may try again now.
    pub(super) fn ended(
        &mut self,
        generation: Generation,
        run: u64,
    ) -> HashSet<(CacheKey, Generation)> {
        self.placed
            .retain(|placed| placed.generation != generation || placed.run != run);
        std::mem::take(&mut self.starved)
    }

    /// Somebody who plays something of `key`'s host waits, or will soon: everything else there stops reading at once.
    pub(super) fn is_urgent(&mut self, key: &CacheKey) {
        let host = self.host(key);
        host.urgent
            .retain(|(of, at)| of != key && at.elapsed() < board::CALM);
        host.urgent.push((key.clone(), Instant::now()));
        let host = host_of(key);
        // Its own other runs are held where nobody reads on.
        let there = self
            .placed
            .iter_mut()
            .filter(|one| one.key != *key && host_of(&one.key) == host);
        for placed in there.filter(|one| one.control.rank().is_background()) {
            placed.gave_way = true;
            placed.control.grant(placed.control.rank(), 0);
        }
    }

    pub(super) fn plays(&mut self, key: &CacheKey, bitrate: u64) {
        self.host(key).playing = Some((Instant::now(), bitrate));
    }

    /// Whether a run of `rank` may begin; it ends another one for that where it must.
    pub(super) fn admit(
        &mut self,
        key: &CacheKey,
        generation: Generation,
        rank: Rank,
        waited: Duration,
    ) -> bool {
        let host = host_of(key);
        let cards: Vec<_> = self
            .placed
            .iter()
            .map(|placed| Card {
                host: host_of(&placed.key),
                rank: placed.control.rank(),
                ending: placed.control.stop.is_cancelled(),
            })
            .collect();
        let closed =
            rank.is_bulk() && !self.hosts.get(host).is_none_or(|host| host.share.is_open());
        match board::admit(&cards, &host, rank, waited, self.calm(key, true)) {
            Answer::Yes => !closed,
            Answer::Later => false,
            Answer::After(victim) => {
                // One that ends already may take its time only while nobody waits for its connection.
                let ending = cards
                    .iter()
                    .position(|card| card.ending && card.host == host);
                let ending = ending.or_else(|| cards.iter().position(|card| card.ending));
                let ending = ending.filter(|_| !rank.is_background());
                if let Some(victim) = victim.or(ending).and_then(|one| self.placed.get(one)) {
                    victim.control.hurry.cancel();
                    victim.control.stop.cancel();
                }
                self.starved.insert((key.clone(), generation));
                false
            }
        }
    }

    /// Tells a run how urgent it is and how far it may read.
    pub(super) fn grant(&mut self, generation: Generation, run: u64, rank: Rank, ceiling: u64) {
        let mut all = self.placed.iter_mut();
        let Some(index) = all.position(|one| one.generation == generation && one.run == run) else {
            return;
        };
        let calm = self.calm(&self.placed[index].key, false);
        let placed = &mut self.placed[index];
        placed.gave_way = calm.pauses(rank, placed.gave_way);
        let ceiling = if placed.gave_way { 0 } else { ceiling };
        placed.control.grant(rank, ceiling);
    }

    /// Ends runs that have paused for too long, and counts what the lines bring.
    fn tick(&mut self) -> HashSet<(CacheKey, Generation)> {
        for placed in &self.placed {
            let patience = if placed.gave_way { GAVE_WAY } else { PAUSE };
            if placed
                .control
                .paused()
                .is_some_and(|paused| paused >= patience)
            {
                placed.control.stop.cancel();
            }
        }
        self.measure();
        std::mem::take(&mut self.starved)
    }

    fn measure(&mut self) {
        let now = Instant::now();
        let since = self.counted.replace(now);
        let Some(elapsed) = since
            .map(|since| now - since)
            .filter(|time| !time.is_zero())
        else {
            return;
        };
        for (id, host) in &mut self.hosts {
            let there = self.placed.iter().filter(|one| host_of(&one.key) == id);
            let (mut total, mut watched) = (0, false);
            for placed in there {
                total += placed.control.received.swap(0, Ordering::Relaxed);
                watched |= !placed.control.rank().is_background();
            }
            host.received = total;
            let rate = (total as f64 / elapsed.as_secs_f64()) as u64;
            // Only who reads as fast as it can says what the line can do.
            if rate > host.measured || watched && rate > 0 {
                host.measured = rate.max(host.measured - host.measured / 20);
            }
            let playing = host.playing.filter(|(at, _)| at.elapsed() < PAUSE);
            host.share.set_rate(match playing {
                Some((_, bitrate)) => share::rate(host.measured, bitrate),
                None => share::ALL,
            });
        }
    }
}

impl Actor {
    /// The desk's part of a tick.
    pub(super) fn tick_desk(&mut self) {
        for (key, generation) in self.desk.tick() {
            self.plan(&key, generation);
        }
    }
}
