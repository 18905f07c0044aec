//! The address of one resource: asked for only when bytes are missing, once for all who need it, and again when a server
//! refuses it.
//!
//! **Does not know** what is fetched from it. **Threads**: shared by the runs of one resource; who comes second waits for the
//! first and gets the same answer.
//!
//! **Lock order**: `known` is the only one, and is held while the locator is asked, so that it is asked once.
//! **Cancellation**: by dropping; the next one asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::Locator;
use super::super::entry::EntryShared;
use crate::http::{Located, Way};
use crate::source_error::SourceError;

/// An address is renewed so often…
const RENEWALS: usize = 2;
/// …within this time: a server that refuses every address is not helped by asking for more of them.
const WITHIN: Duration = Duration::from_secs(60);

/// Where a resource is now; asked for once, whoever needs it.
#[derive(Default)]
pub(in super::super) struct Address {
    known: Mutex<Known>,
    /// 0 while nothing is known of it.
    connections: AtomicUsize,
}

#[derive(Default)]
struct Known {
    place: Option<Place>,
    /// When it was renewed lately.
    renewed: Vec<Instant>,
    /// The renewed address was the refused one, and nothing has come from it since.
    vain: bool,
}

/// An address, and how to ask there.
#[derive(Clone)]
pub(super) struct Place {
    /// Goes up with each address of this resource.
    pub number: u64,
    pub way: Way,
}

impl Address {
    /// Where it is.
    pub(super) async fn get(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
    ) -> Result<Place, SourceError> {
        let mut known = self.known.lock().await;
        if let Some(place) = &known.place {
            return Ok(place.clone());
        }
        let place = self.locate(locator, shared, 1).await?;
        known.place = Some(place.clone());
        Ok(place)
    }

    /// Asks for another address after the one with `number` was refused. `false`: it makes no sense to ask again now.
    pub(super) async fn renew(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
        number: u64,
    ) -> Result<bool, SourceError> {
        let mut known = self.known.lock().await;
        if known
            .place
            .as_ref()
            .is_none_or(|place| place.number != number)
        {
            return Ok(true);
        }
        known.renewed.retain(|when| when.elapsed() < WITHIN);
        let again = known.vain && !known.renewed.is_empty();
        if again || known.renewed.len() >= RENEWALS {
            return Ok(false);
        }
        known.renewed.push(Instant::now());
        let place = self.locate(locator, shared, number + 1).await?;
        let refused = known.place.replace(place.clone());
        known.vain = refused.is_some_and(|refused| refused.way.is(&place.way));
        Ok(true)
    }

    /// The address with `number` brought bytes.
    pub(super) async fn works(&self, number: u64) {
        let mut known = self.known.lock().await;
        if known
            .place
            .as_ref()
            .is_some_and(|place| place.number == number)
        {
            known.vain = false;
        }
    }

    /// Takes another way, after `failed` ways have failed and the last of them has `number`. `false`: there is none.
    pub(super) async fn reroute(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
        number: u64,
        failed: usize,
    ) -> Result<bool, SourceError> {
        let mut known = self.known.lock().await;
        if known
            .place
            .as_ref()
            .is_some_and(|place| place.number != number)
        {
            // Another run has found one.
            return Ok(true);
        }
        let Some(located) = locator.next_route(&shared.key, failed).await? else {
            return Ok(false);
        };
        known.place = Some(self.place(located, number + 1)?);
        known.vain = false;
        Ok(true)
    }

    /// Requests that may be under way at the same time; `None` before it is known where it is.
    pub(in super::super) fn connections(&self) -> Option<usize> {
        let connections = self.connections.load(Ordering::Relaxed);
        (connections > 0).then_some(connections)
    }

    async fn locate(
        &self,
        locator: &dyn Locator,
        shared: &EntryShared,
        number: u64,
    ) -> Result<Place, SourceError> {
        self.place(locator.locate(&shared.key).await?, number)
    }

    fn place(&self, located: Located, number: u64) -> Result<Place, SourceError> {
        let connections = match &located {
            Located::Remote { connections, .. } => (*connections).max(1),
            Located::Drive(_) | Located::File(_) => Located::CONNECTIONS,
        };
        let Some(way) = Way::to(located) else {
            return Err(SourceError::Malformed("a file of this computer".into()));
        };
        self.connections.store(connections, Ordering::Relaxed);
        Ok(Place { number, way })
    }
}
