//! plex.tv: letting this device in by a code, the users of a home, and the servers each may use.
//!
//! **Owns** nothing that lasts: each call brings its token, which goes to plex.tv alone.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use url::Url;

use super::credentials::Credentials;
use super::race::{self, Class};
use super::url::{consent, headers, typing_place};
use super::wire;
use crate::http::{Http, Terms};
use crate::secret::Secret;
use crate::source::Device;
use crate::source::address::below;
use crate::source_error::SourceError;

/// Pause between two questions whether the person has let this device in.
const PULSE: Duration = Duration::from_secs(1);
/// A code that does not say how long it is good for.
const GOOD_FOR: Duration = Duration::from_secs(900);
/// Everything but a code has an answer by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why somebody was not let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EntryError {
    /// Nobody let this device in before the code ran out.
    #[error("the code ran out")]
    Expired,
    /// The PIN of the user of the home is wrong, or one is needed.
    #[error("wrong PIN")]
    WrongPin,
    /// The server or user that was chosen is not among those that plex.tv lists.
    #[error("plex.tv does not list it")]
    NotListed,
    /// It failed otherwise.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// plex.tv, as somebody or as nobody yet.
#[derive(Clone, Debug)]
pub(super) struct Tv {
    http: Http,
    base: Url,
}

impl Tv {
    pub(super) fn new(
        base: &Url,
        device: &Device,
        token: Option<&Secret>,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            http: Http::with(base, headers(device, token)?, None)?,
            base: base.clone(),
        })
    }

    fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = below(&self.base, &["api", "v2"]);
        url = below(&url, segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, url: &Url) -> Result<T, SourceError> {
        let answer = timeout(PATIENCE, self.http.get_json(url)).await;
        answer.unwrap_or(Err(SourceError::Timeout)).map_err(expired)
    }

    async fn post<T: serde::de::DeserializeOwned>(&self, url: &Url) -> Result<T, SourceError> {
        let answer = timeout(PATIENCE, self.http.post_for_json(url)).await;
        answer.unwrap_or(Err(SourceError::Timeout)).map_err(expired)
    }

    /// The servers that this user may use, those of the own home first.
    pub(super) async fn servers(&self) -> Result<Vec<Server>, SourceError> {
        let query = [
            ("includeHttps", "1"),
            ("includeRelay", "1"),
            ("includeIPv6", "1"),
        ];
        let all: wire::Many<wire::Resource> = self.get(&self.at(&["resources"], &query)).await?;
        let mut servers: Vec<Server> = all.0.iter().filter_map(Server::of).collect();
        servers.sort_by_key(|server| !server.owned);
        Ok(servers)
    }

    async fn me(&self) -> Result<HomeUser, SourceError> {
        let me: wire::User = self.get(&self.at(&["user"], &[])).await?;
        let unnamed = || SourceError::Malformed("a user without an id".into());
        HomeUser::of(&me).ok_or_else(unnamed)
    }

    /// The users of the home; none where there is no home.
    pub(super) async fn home(&self) -> Result<Vec<HomeUser>, SourceError> {
        let home: Result<wire::Home, _> = self.get(&self.at(&["home", "users"], &[])).await;
        match home {
            Ok(home) => Ok(home.users.0.iter().filter_map(HomeUser::of).collect()),
            Err(SourceError::Forbidden | SourceError::Gone) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The token of another user of the home.
    pub(super) async fn switch(
        &self,
        uuid: &str,
        pin: Option<&Secret>,
    ) -> Result<Secret, EntryError> {
        let pin = pin.map(|pin| ("pin", pin.expose()));
        let url = self.at(&["home", "users", uuid, "switch"], pin.as_slice());
        let user: wire::User = self.post(&url).await.map_err(|error| match error {
            // The same answer as to a dead token, which has just been good for the list of users.
            SourceError::Unauthorized | SourceError::Forbidden => EntryError::WrongPin,
            SourceError::Gone => EntryError::NotListed,
            other => other.into(),
        })?;
        let token = user.auth_token.owned();
        let token = token.ok_or_else(|| SourceError::Malformed("a user without a token".into()));
        Ok(Secret::new(token?))
    }

    /// Ends the token.
    pub(super) async fn sign_out(&self) -> Result<(), SourceError> {
        self.http.delete(&self.at(&["users", "signout"], &[])).await
    }
}

/// plex.tv has a status of its own for tokens whose time is over.
fn expired(error: SourceError) -> SourceError {
    match error {
        SourceError::Status(498) => SourceError::Unauthorized,
        other => other,
    }
}

/// A user of a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeUser {
    /// plex.tv's id.
    pub uuid: String,
    /// Name.
    pub name: String,
    /// A PIN has to be typed to become this user.
    pub protected: bool,
}

impl HomeUser {
    fn of(user: &wire::User) -> Option<Self> {
        let uuid = user.uuid.owned()?;
        let name = user.title.owned().or_else(|| user.username.owned());
        Some(Self {
            name: name.unwrap_or_else(|| uuid.clone()),
            protected: user.protected.yes(),
            uuid,
        })
    }
}

/// A server that a user may use.
#[derive(Clone)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Its own id.
    pub machine_id: String,
    /// Whether it is of the own home.
    pub owned: bool,
    /// Whose it is, where it is not.
    pub owner: Option<String>,
    pub(super) token: Secret,
    pub(super) ways: Vec<(Url, Class)>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Server {
    fn of(resource: &wire::Resource) -> Option<Self> {
        let provides = resource.provides.text()?;
        if !provides.split(',').any(|word| word.trim() == "server") {
            return None;
        }
        let machine_id = resource.client_identifier.owned()?;
        Some(Self {
            name: resource.name.owned().unwrap_or_else(|| "Plex".into()),
            machine_id,
            // What is not said to be another's is one's own.
            owned: !resource.owned.no(),
            owner: resource.source_title.owned(),
            token: Secret::new(resource.access_token.owned()?),
            ways: race::ways(resource),
        })
    }
}

/// A request to be let in that waits for a person. Cheap to clone.
#[derive(Clone)]
pub struct Link {
    /// The page on which the person lets this device in.
    pub page: Url,
    /// For another device: where a short code is typed,
    pub place: String,
    /// and that code.
    pub code: String,
    tv: Tv,
    /// The codes' numbers: the one in the page and the short one.
    pins: [String; 2],
    until: Instant,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Asks to be let in. There are two codes, of which either will do: a long one inside the page's address, which nobody can
/// guess, and a short one to type on another device.
///
/// # Errors
/// When plex.tv cannot be reached or does not answer as it should.
pub async fn ask(base: &Url, device: &Device) -> Result<Link, SourceError> {
    let tv = Tv::new(base, device, None)?;
    let (strong, short) = (
        tv.at(&["pins"], &[("strong", "true")]),
        tv.at(&["pins"], &[]),
    );
    let (strong, short) =
        tokio::try_join!(tv.post::<wire::Pin>(&strong), tv.post::<wire::Pin>(&short))?;
    let good = [&strong, &short].map(|pin| pin.expires_in.whole().map(Duration::from_secs));
    let good = good
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(GOOD_FOR)
        .min(GOOD_FOR * 2);
    let no_code = || SourceError::Malformed("a code that is none".into());
    let id = |pin: &wire::Pin| pin.id.owned().ok_or_else(no_code);
    Ok(Link {
        page: consent(base, device, strong.code.text().ok_or_else(no_code)?),
        place: typing_place(base),
        code: short.code.owned().ok_or_else(no_code)?,
        pins: [id(&strong)?, id(&short)?],
        tv,
        until: Instant::now() + good,
    })
}

impl Link {
    /// Waits until a person lets this device in. Asks once a second; survives a network that comes and goes. May be
    /// cancelled by dropping its future, and called again.
    ///
    /// # Errors
    /// [`EntryError::Expired`] when the codes ran out.
    pub async fn wait(&self) -> Result<Secret, EntryError> {
        let mut dead = [false; 2];
        for turn in [0, 1].into_iter().cycle() {
            if Instant::now() >= self.until || dead == [true; 2] {
                return Err(EntryError::Expired);
            }
            let mut pause = PULSE;
            if !dead[turn] {
                let url = self.tv.at(&["pins", &self.pins[turn]], &[]);
                match self.tv.get::<wire::Pin>(&url).await {
                    Ok(pin) => {
                        if let Some(token) = pin.auth_token.owned() {
                            return Ok(Secret::new(token));
                        }
                    }
                    Err(SourceError::Gone) => dead[turn] = true,
                    Err(SourceError::Busy { retry_after }) => {
                        pause = retry_after.unwrap_or(PULSE * 5).max(PULSE);
                    }
                    // Anything else may pass: only a time that is over ends the wait.
                    Err(error) => {
                        tracing::debug!(%error, "cannot tell yet whether somebody let us in")
                    }
                }
            }
            sleep(pause.min(self.until.saturating_duration_since(Instant::now()))).await;
        }
        Err(EntryError::Expired)
    }
}

/// Somebody who is signed in at plex.tv, and what there is to choose from.
#[derive(Clone)]
pub struct Entry {
    /// As whom.
    pub user: HomeUser,
    /// All users of the home, this one among them; empty where there is no home.
    pub home: Vec<HomeUser>,
    /// Servers that this user may use, those of the own home first.
    pub servers: Vec<Server>,
    account: Secret,
    token: Secret,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("user", &self.user)
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// What is to be kept of a sign-in on one of the servers.
    pub(super) fn credentials(&self, server: &Server) -> Credentials {
        Credentials {
            account: self.account.clone(),
            user: self.token.clone(),
            server: server.token.clone(),
            ways: server.ways.clone(),
            terms: Terms::default(),
        }
    }

    /// The server of that id.
    #[must_use]
    pub fn server(&self, machine_id: &str) -> Option<&Server> {
        self.servers
            .iter()
            .find(|server| server.machine_id == machine_id)
    }
}

/// Enters with a token of plex.tv.
///
/// # Errors
/// [`SourceError::Unauthorized`] for a token that is not good, or what else went wrong.
pub async fn enter(base: &Url, device: &Device, account: &Secret) -> Result<Entry, SourceError> {
    let tv = Tv::new(base, device, Some(account))?;
    let (user, home, servers) = tokio::try_join!(tv.me(), tv.home(), tv.servers())?;
    Ok(Entry {
        user,
        home,
        servers,
        account: account.clone(),
        token: account.clone(),
    })
}

/// Becomes another user of the home.
///
/// # Errors
/// [`EntryError::WrongPin`], [`EntryError::NotListed`], or what else went wrong.
pub async fn switch(
    base: &Url,
    device: &Device,
    entry: &Entry,
    uuid: &str,
    pin: Option<&Secret>,
) -> Result<Entry, EntryError> {
    let named = entry.home.iter().find(|user| user.uuid == uuid);
    let user = named.cloned().ok_or(EntryError::NotListed)?;
    let token = Tv::new(base, device, Some(&entry.account))?
        .switch(uuid, pin)
        .await?;
    let servers = Tv::new(base, device, Some(&token))?.servers().await?;
    Ok(Entry {
        user,
        home: entry.home.clone(),
        servers,
        account: entry.account.clone(),
        token,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_list_of_servers_is_read() {
        let text = include_str!("../../../../tests/fixtures/plex/resources.json");
        let all: wire::Many<wire::Resource> = serde_json::from_str(text).unwrap();
        let servers: Vec<Server> = all.0.iter().filter_map(Server::of).collect();
        let server = &servers[0];
        assert_eq!(
            (
                server.name.as_str(),
                server.machine_id.as_str(),
                server.owned
            ),
            ("Box", "client_id2", true)
        );
        let ways: Vec<_> = server
            .ways
            .iter()
            .map(|(url, class)| (url.host_str().unwrap_or_default(), *class))
            .collect();
        let expected = [
            ("172-18-0-3.client-id2.plex.direct", Class::LocalSecure),
            ("172.18.0.3", Class::LocalPlain),
            ("example.org", Class::Remote),
            ("2-2-2-2.client-id2.plex.direct", Class::Remote),
            ("178-3-2-1.client-id2.plex.direct", Class::Relay),
        ];
        assert_eq!(ways, expected);
    }
}
