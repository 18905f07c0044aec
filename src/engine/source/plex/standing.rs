//! How the server stands to us: which way leads to it now, with which token, and what to do when that changes.
//!
//! **Owns** the current way and the credentials. **Threads**: one race at a time; who comes meanwhile gets its outcome.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout};
use url::Url;

use super::Login;
use super::auth::Tv;
use super::credentials::Credentials;
use super::gdm;
use super::race::{self, Class};
use super::url::{direct_ip, headers};
use crate::http::Http;
use crate::model::{Reach, Route};
use crate::source::Device;
use crate::source::lan::Lan;
use crate::source::route;
use crate::source_error::SourceError;

/// A race that nobody won is not run again before.
const PAUSE: Duration = Duration::from_secs(3);
/// plex.tv is asked for new ways and tokens at most so often, and so long.
const ASK_TV: Duration = Duration::from_secs(30);
const TV_PATIENCE: Duration = Duration::from_secs(6);

/// A way that was taken.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) http: Http,
    pub(super) base: Url,
    pub(super) class: Class,
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
}

struct State {
    credentials: Credentials,
    way: Option<Arc<Way>>,
    lost: Option<(Instant, SourceError)>,
    asked: Option<Instant>,
}

impl Standing {
    pub(super) fn new(device: Device, login: Login) -> Self {
        let state = State {
            credentials: login.credentials,
            way: None,
            lost: None,
            asked: None,
        };
        Self {
            device,
            tv: login.tv,
            lan: login.lan,
            machine_id: login.machine_id,
            keeper: login.keeper,
            state: tokio::sync::Mutex::new(state),
            last: parking_lot::Mutex::default(),
        }
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
            true => self.another(&way).await,
            false => self.renewed(&way).await,
        };
        match other {
            Some(way) => question(way).await,
            None => Err(error),
        }
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

    /// A way with a new token; `None` when there is no other token.
    async fn renewed(&self, refused: &Arc<Way>) -> Option<Arc<Way>> {
        let mut state = self.state.lock().await;
        match &state.way {
            Some(way) if !Arc::ptr_eq(way, refused) => return Some(Arc::clone(way)),
            _ => {}
        }
        let before = state.credentials.server.clone();
        self.learn(&mut state).await;
        if state.credentials.server == before {
            return None;
        }
        state.way = None;
        self.search(&mut state).await.ok()
    }

    /// Runs the race over the known ways; where nobody wins, over what the server says in its own network, then over those
    /// that plex.tv knows now.
    async fn search(&self, state: &mut State) -> Result<Arc<Way>, SourceError> {
        let mut outcome = race::race(
            &state.credentials.ways,
            &self.machine_id,
            &state.credentials.terms,
        )
        .await;
        if outcome.is_err()
            && let Some(way) = self.nearby(state).await
        {
            outcome = Ok(way);
        }
        if outcome.is_err() {
            let before = state.credentials.ways.clone();
            self.learn(state).await;
            if state.credentials.ways != before {
                outcome = race::race(
                    &state.credentials.ways,
                    &self.machine_id,
                    &state.credentials.terms,
                )
                .await;
            }
        }
        let made = outcome.and_then(|(base, class)| self.make(state, base, class));
        match &made {
            Ok(way) => {
                tracing::info!(class = ?way.class, "a way to the server is found");
                (state.way, state.lost) = (Some(Arc::clone(way)), None);
                *self.last.lock() = Some(Arc::clone(way));
            }
            Err(error) => state.lost = Some((Instant::now(), error.clone())),
        }
        made
    }

    /// A way to a server of this network that has got another address; it is kept.
    async fn nearby(&self, state: &mut State) -> Option<(Url, Class)> {
        let known = &state.credentials.ways;
        if !known.iter().any(|(_, class)| class.is_near()) {
            return None;
        }
        let found = gdm::find(&self.lan, &self.machine_id).await?;
        let mut ways = found.ways(known);
        ways.retain(|way| !known.contains(way));
        let won = race::race(&ways, &self.machine_id, &state.credentials.terms)
            .await
            .ok()?;
        state.credentials.remember(won.clone());
        if let Some(keeper) = &self.keeper {
            keeper.keep(&state.credentials).await;
        }
        Some(won)
    }

    fn make(&self, state: &State, base: Url, class: Class) -> Result<Arc<Way>, SourceError> {
        let headers = headers(&self.device, Some(&state.credentials.server))?;
        let terms = race::terms_at(&base, &state.credentials.terms);
        let http = Http::on(&base, headers, direct_ip(&base), &terms)?;
        Ok(Arc::new(Way { http, base, class }))
    }

    /// Asks plex.tv for the server's ways and token; silent where it cannot tell.
    async fn learn(&self, state: &mut State) {
        if state.asked.is_some_and(|at| at.elapsed() < ASK_TV) {
            return;
        }
        state.asked = Some(Instant::now());
        let told = async {
            let tv = Tv::new(&self.tv, &self.device, Some(&state.credentials.user))?;
            tv.servers().await
        };
        let servers = match timeout(TV_PATIENCE, told).await {
            Ok(Ok(servers)) => servers,
            Ok(Err(error)) => return tracing::debug!(%error, "plex.tv does not tell"),
            Err(_) => return tracing::debug!("plex.tv does not answer in time"),
        };
        let own = servers
            .into_iter()
            .find(|server| server.machine_id == self.machine_id);
        let Some(server) = own else { return };
        let fresh = Credentials {
            server: server.token,
            ways: server.ways,
            ..state.credentials.clone()
        };
        if fresh != state.credentials {
            state.credentials = fresh;
            if let Some(keeper) = &self.keeper {
                keeper.keep(&state.credentials).await;
            }
        }
    }
}
