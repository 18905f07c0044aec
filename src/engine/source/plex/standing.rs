//! How the server stands to us: which way leads to it now, with which token, and what to do when that changes.
//!
//! **Owns** the current way and the credentials. **Threads**: one race at a time; who comes meanwhile gets its outcome.

mod learn;
mod minder;

use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use url::Url;

use self::learn::Word;
use self::minder::Minder;
use super::Login;
use super::auth::Tv;
use super::credentials::Credentials;
use super::gdm;
use super::race::{self, Class};
use super::url::{direct_ip, headers};
use crate::http::Http;
use crate::model::{Reach, Route};
use crate::secret::Secret;
use crate::source::Device;
use crate::source::lan::Lan;
use crate::source::route;
use crate::source_error::SourceError;

/// A race that nobody won is not run again before.
const PAUSE: Duration = Duration::from_secs(3);

/// A way that was taken.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) http: Http,
    pub(super) base: Url,
    pub(super) class: Class,
    /// What its client sends.
    token: Secret,
}

/// Who keeps what plex.tv told anew.
#[async_trait]
pub trait Keeper: Send + Sync + 'static {
    /// Keeps these in place of the former ones.
    async fn keep(&self, credentials: &Credentials);
}

pub(super) struct Standing {
    device: Device,
    tv: Url,
    lan: Lan,
    machine_id: String,
    keeper: Option<Arc<dyn Keeper>>,
    state: tokio::sync::Mutex<State>,
    /// The way that was found last, for who only wants to know of it.
    last: parking_lot::Mutex<Option<Arc<Way>>>,
    me: Weak<Standing>,
    minder: Minder,
}

struct State {
    credentials: Credentials,
    way: Option<Arc<Way>>,
    lost: Option<(Instant, SourceError)>,
    asked: Option<(Instant, Word)>,
}

impl Standing {
    pub(super) fn new(device: Device, login: Login) -> Arc<Self> {
        let state = State {
            credentials: login.credentials,
            way: None,
            lost: None,
            asked: None,
        };
        Arc::new_cyclic(|me| Self {
            device,
            tv: login.tv,
            lan: login.lan,
            machine_id: login.machine_id,
            keeper: login.keeper,
            state: tokio::sync::Mutex::new(state),
            last: parking_lot::Mutex::default(),
            me: Weak::clone(me),
            minder: Minder::default(),
        })
    }

    pub(super) async fn credentials(&self) -> Credentials {
        self.state.lock().await.credentials.clone()
    }

    /// Which way was found last.
    pub(super) fn route(&self) -> Option<Route> {
        let last = self.last.lock();
        let way = last.as_ref()?;
        let route = route::of(&way.base, way.class == Class::Relay)?;
        // A name for an address at home is looked up by everybody, and leads there all the same.
        let reach = match way.class {
            Class::LocalSecure | Class::LocalPlain if route.reach == Reach::Far => Reach::Near,
            _ => route.reach,
        };
        Some(Route { reach, ..route })
    }

    pub(super) fn clock_offset(&self) -> Option<i64> {
        self.last.lock().as_ref()?.http.clock_offset()
    }

    pub(super) fn machine_id(&self) -> &str {
        &self.machine_id
    }

    /// plex.tv, as the one who signed in.
    pub(super) async fn account(&self) -> Result<Tv, SourceError> {
        let credentials = self.credentials().await;
        Tv::new(&self.tv, &self.device, Some(&credentials.account))
    }

    /// The way to the server: the one that is known, or the winner of a race.
    pub(super) async fn way(&self) -> Result<Arc<Way>, SourceError> {
        let mut state = self.state.lock().await;
        if let Some(way) = &state.way {
            return Ok(Arc::clone(way));
        }
        match &state.lost {
            Some((at, error)) if at.elapsed() < PAUSE => Err(error.clone()),
            _ => self.search(&mut state).await,
        }
    }

    /// The network is another one than before, perhaps: better ways may be open, and this one shut.
    pub(super) fn network_changed(&self) {
        self.minder.wake(&self.me);
    }

    /// Looks for a way at once, also when a race was lost just now.
    pub(super) async fn look_again(&self) {
        self.state.lock().await.lost = None;
    }

    /// The way that is known is in doubt: the next question looks for the best one anew.
    pub(super) async fn forget_way(&self) {
        self.state.lock().await.way = None;
    }

    /// Asks a question over the way that is known. When the way is gone, another is looked for; when the token is no good any
    /// more, plex.tv is asked for a new one; then the question is asked once more.
    pub(super) async fn ask<T, F: Future<Output = Result<T, SourceError>>>(
        &self,
        question: impl Fn(Arc<Way>) -> F,
    ) -> Result<T, SourceError> {
        let way = self.way().await?;
        let error = match question(Arc::clone(&way)).await {
            Err(error) if error.is_offline() || matches!(error, SourceError::Unauthorized) => error,
            answer => return answer,
        };
        let other = match error.is_offline() {
            true => self.another(&way).await.ok_or(error),
            false => self.renewed(&way).await,
        };
        question(other?).await.map_err(|error| match error {
            // The token is as new as can be.
            SourceError::Unauthorized => SourceError::Unconfirmed,
            error => error,
        })
    }

    /// A way in place of one that is gone; `None` when there is no other.
    async fn another(&self, gone: &Arc<Way>) -> Option<Arc<Way>> {
        let mut state = self.state.lock().await;
        match &state.way {
            // Somebody else has found one meanwhile.
            Some(way) if !Arc::ptr_eq(way, gone) => return Some(Arc::clone(way)),
            _ => state.way = None,
        }
        let way = self.search(&mut state).await.ok()?;
        // The same way again was only slow: asking twice would take twice as long.
        (way.base != gone.base).then_some(way)
    }

    /// A way with a new token. A server that is starting refuses good tokens for a while: only plex.tv's word ends a sign-in.
    ///
    /// # Errors
    /// [`SourceError::Unauthorized`], [`SourceError::NotShared`] as plex.tv says; [`SourceError::Unconfirmed`] where it has no
    /// other token, or does not say.
    async fn renewed(&self, refused: &Arc<Way>) -> Result<Arc<Way>, SourceError> {
        let mut state = self.state.lock().await;
        match &state.way {
            Some(way) if !Arc::ptr_eq(way, refused) => return Ok(Arc::clone(way)),
            _ => {}
        }
        if state.credentials.server == refused.token {
            match self.learn(&mut state).await {
                Word::Refused => return Err(SourceError::Unauthorized),
                Word::NotListed => return Err(SourceError::NotShared),
                Word::Told | Word::Silent => {}
            }
        }
        if state.credentials.server == refused.token {
            return Err(SourceError::Unconfirmed);
        }
        state.way = None;
        self.search(&mut state).await
    }

    /// Runs the race over the known ways; where nobody wins, over what the server says in its own network, then over those
    /// that plex.tv knows now. A way that wins and is not near is used, and a better one looked for behind it.
    async fn search(&self, state: &mut State) -> Result<Arc<Way>, SourceError> {
        let mut outcome = self.race(&state.credentials).await;
        if outcome.is_err()
            && let Some(way) = self.nearby(&state.credentials).await
        {
            self.remember(state, &way).await;
            outcome = Ok(way);
        }
        if outcome.is_err() {
            let before = state.credentials.ways.clone();
            self.learn(state).await;
            if state.credentials.ways != before {
                outcome = self.race(&state.credentials).await;
            }
        }
        let made = outcome.and_then(|(base, class)| self.make(state, base, class));
        match &made {
            Ok(way) => {
                self.take(state, way);
                if !way.class.is_near() {
                    self.minder.wake(&self.me);
                }
            }
            Err(error) => state.lost = Some((Instant::now(), error.clone())),
        }
        made
    }

    async fn race(&self, credentials: &Credentials) -> Result<(Url, Class), SourceError> {
        race::race(&credentials.ways, &self.machine_id, &credentials.terms).await
    }

    fn take(&self, state: &mut State, way: &Arc<Way>) {
        tracing::info!(class = ?way.class, "a way to the server is found");
        (state.way, state.lost) = (Some(Arc::clone(way)), None);
        *self.last.lock() = Some(Arc::clone(way));
    }

    /// A way to a server of this network that has got another address.
    async fn nearby(&self, credentials: &Credentials) -> Option<(Url, Class)> {
        let known = &credentials.ways;
        if !known.iter().any(|(_, class)| class.is_near()) {
            return None;
        }
        let found = gdm::find(&self.lan, &self.machine_id).await?;
        let mut ways = found.ways(known);
        ways.retain(|way| !known.contains(way));
        let won = race::race(&ways, &self.machine_id, &credentials.terms);
        won.await.ok()
    }

    /// Keeps a way that the server itself has told.
    async fn remember(&self, state: &mut State, way: &(Url, Class)) {
        state.credentials.remember(way.clone());
        self.keep(state).await;
    }

    async fn keep(&self, state: &State) {
        if let Some(keeper) = &self.keeper {
            keeper.keep(&state.credentials).await;
        }
    }

    fn make(&self, state: &State, base: Url, class: Class) -> Result<Arc<Way>, SourceError> {
        let headers = headers(&self.device, Some(&state.credentials.server))?;
        let terms = race::terms_at(&base, &state.credentials.terms);
        let http = Http::on(&base, headers, direct_ip(&base), &terms)?;
        Ok(Arc::new(Way {
            http,
            base,
            class,
            token: state.credentials.server.clone(),
        }))
    }
}
