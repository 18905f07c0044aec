//! One HTTP client per account, with the rules that a token needs: credentials go only to the origin they were issued
//! for, redirects are followed by hand, bodies are bounded, and nothing that prints shows a secret.
//!
//! **Owns** the connection pool of one account; two accounts never share one. **Does not know** any protocol above HTTP.
//! **Threads**: every method is async on the engine's runtime and may be cancelled by dropping its future.
//!
//! Words: *origin* is scheme, host and effective port (RFC 6454); *hop* is one request of a chain of redirects.

mod authority;
mod clock;
mod content_range;
mod crowd;
mod drive;
mod fault;
#[doc(hidden)]
pub mod fuzzing;
mod hop;
mod located;
pub mod ranged;
mod reply;
pub mod retry;
mod secret_url;
mod socket;
mod terms;
mod tls;
mod validator;
mod way;

pub use hop::is_local_network;
pub use located::Located;
pub use reply::{Document, MediaReply};
pub use secret_url::SecretUrl;
pub use socket::Socket;
pub use terms::{Terms, TermsError};
pub use way::Way;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::header::{HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, ClientBuilder, Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use crate::source_error::SourceError;
use clock::Clock;
use hop::Trail;
use tls::{Guard, Versions};

/// What is sent as `User-Agent`.
pub const USER_AGENT: &str = concat!("Spool/", env!("CARGO_PKG_VERSION"));

/// A server that does not even accept the connection is offline after this time.
const CONNECT: Duration = Duration::from_secs(5);
/// Status and headers of an API call.
const ANSWER: Duration = Duration::from_secs(15);
/// The same of a page of a long list: a server with a large library and slow disks thinks for half a minute.
const LIST_ANSWER: Duration = Duration::from_secs(60);
/// A whole API call; a big page over a slow line takes long, a trickle must end.
const WHOLE: Duration = Duration::from_secs(60);
/// Status and headers of media from a server whose disks turn…
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// …and from one that has sent no media for [`ASLEEP`], and has to wake them first.
const FIRST_BYTE_ASLEEP: Duration = Duration::from_secs(30);
const ASLEEP: Duration = Duration::from_secs(600);
/// So many connections to a server stay open without a request…
const IDLE: usize = 4;
/// …and no longer than this: a server's own patience is longer, so that none is lost under a request.
const IDLE_FOR: Duration = Duration::from_secs(60);
/// Largest JSON answer.
const JSON_LIMIT: usize = 64 << 20;

/// A client for one account. Cheap to clone; clones share the connection pool.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    /// For the base's origin…
    client: Client,
    /// …and for everybody else, who is neither shown this computer's certificate nor judged by a pin.
    abroad: Client,
    base: Url,
    /// Where connections go without looking the base's name up.
    ip: Option<IpAddr>,
    /// Credentials, and who we are: for the base's origin only.
    own: HeaderMap,
    terms: Terms,
    clock: Arc<Clock>,
    /// When it last answered a request for media.
    media: Arc<Mutex<Option<Instant>>>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http")
            .field("origin", &self.inner.base.origin().ascii_serialization())
            .finish_non_exhaustive()
    }
}

/// One request, before credentials.
struct Ask<'a> {
    method: Method,
    url: &'a Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    patience: Duration,
}

impl Http {
    /// A client whose `authorization` header goes to `base`'s origin only.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(base: &Url, authorization: Option<HeaderValue>) -> Result<Self, SourceError> {
        let headers = authorization.map(|value| (AUTHORIZATION, value));
        Self::with(base, headers.into_iter().collect(), None)
    }

    /// A client whose `own` headers, which hold credentials, go to `base`'s origin only. With an `ip`, `base`'s name is
    /// not looked up: connections go there, and certificates are still checked against the name.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn with(base: &Url, own: HeaderMap, ip: Option<IpAddr>) -> Result<Self, SourceError> {
        Self::on(base, own, ip, &Terms::default())
    }

    /// The same on `terms` of the server's own: its headers and this computer's certificate go to `base`'s origin only, and
    /// only there a pinned certificate is accepted.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn on(
        base: &Url,
        mut own: HeaderMap,
        ip: Option<IpAddr>,
        terms: &Terms,
    ) -> Result<Self, SourceError> {
        terms.extend(&mut own);
        for value in own.values_mut() {
            value.set_sensitive(true);
        }
        let (client, abroad) = clients(base, ip, terms)?;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                abroad,
                base: base.clone(),
                ip,
                own,
                terms: terms.clone(),
                clock: Arc::default(),
                media: Arc::default(),
            }),
        })
    }

    /// The same account over connections of its own: for a second try where the first one's answer, or something between it
    /// and us, made no sense.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn apart(&self) -> Result<Self, SourceError> {
        let mut inner = Inner::clone(&self.inner);
        (inner.client, inner.abroad) = clients(&inner.base, inner.ip, &inner.terms)?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The same account at another address of its server, whose own origin that is then. To be called only where it is known that
    /// the same server answers there.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn elsewhere(&self, base: &Url) -> Result<Self, SourceError> {
        let inner = &self.inner;
        Self::on(base, inner.own.clone(), None, &inner.terms)
    }

    /// The same client, over the same connections, with one more header for `base`'s origin.
    #[must_use]
    pub fn and(&self, name: HeaderName, mut value: HeaderValue) -> Self {
        let mut inner = Inner::clone(&self.inner);
        value.set_sensitive(true);
        inner.own.insert(name, value);
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The account's base address.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.inner.base
    }

    /// How far the server's clock is ahead of this computer's, in milliseconds, as its last answer's `Date` said it: exact to
    /// a second. `None` while it has said nothing.
    #[must_use]
    pub fn clock_offset(&self) -> Option<i64> {
        self.inner.clock.offset()
    }

    /// A JSON document, at most 64 MB.
    ///
    /// # Errors
    /// The refusal that the status stands for; [`SourceError::Malformed`] for HTML, broken or too much JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, SourceError> {
        let mut ask = self.ask(Method::GET, url, None);
        // A list of titles is a tenth as long packed.
        let packed = HeaderValue::from_static("gzip");
        ask.headers.insert(ACCEPT_ENCODING, packed);
        reply::parse(&self.api(ask, JSON_LIMIT).await?)
    }

    /// The same for a page of a long list, which the server is given more time for.
    ///
    /// # Errors
    /// As [`Http::get_json`].
    pub async fn get_list<T: DeserializeOwned>(&self, url: &Url) -> Result<T, SourceError> {
        let ask = Ask {
            patience: LIST_ANSWER,
            ..self.ask(Method::GET, url, None)
        };
        reply::parse(&self.api(ask, JSON_LIMIT).await?)
    }

    /// Sends JSON and reads JSON. Redirects are not followed: a body goes only where it was meant to go.
    ///
    /// # Errors
    /// As [`Http::get_json`].
    pub async fn post_json<T: DeserializeOwned>(
        &self,
        url: &Url,
        body: &(impl Serialize + Sync),
    ) -> Result<T, SourceError> {
        let ask = self.ask(Method::POST, url, Some(encode(body)?));
        reply::parse(&self.api(ask, JSON_LIMIT).await?)
    }

    /// Sends a `POST` without a body and reads JSON. Redirects are not followed.
    ///
    /// # Errors
    /// As [`Http::get_json`].
    pub async fn post_for_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, SourceError> {
        let ask = self.ask(Method::POST, url, None);
        reply::parse(&self.api(ask, JSON_LIMIT).await?)
    }

    /// Sends JSON; whatever a success answers is ignored.
    ///
    /// # Errors
    /// The refusal that the status stands for.
    pub async fn post(
        &self,
        url: &Url,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<(), SourceError> {
        let body = body.map(encode).transpose()?;
        let response = self.send(&self.ask(Method::POST, url, body)).await?;
        reply::refusal(response.status(), response.headers()).map_or(Ok(()), Err)
    }

    /// Sends a `PUT` without a body; whatever a success answers is ignored.
    ///
    /// # Errors
    /// The refusal that the status stands for.
    pub async fn put(&self, url: &Url) -> Result<(), SourceError> {
        let response = self.send(&self.ask(Method::PUT, url, None)).await?;
        reply::refusal(response.status(), response.headers()).map_or(Ok(()), Err)
    }

    /// Sends a `DELETE`; whatever a success answers is ignored.
    ///
    /// # Errors
    /// The refusal that the status stands for.
    pub async fn delete(&self, url: &Url) -> Result<(), SourceError> {
        let response = self.send(&self.ask(Method::DELETE, url, None)).await?;
        reply::refusal(response.status(), response.headers()).map_or(Ok(()), Err)
    }

    /// A whole body of at most `limit` bytes.
    ///
    /// # Errors
    /// The refusal that the status stands for; [`SourceError::Malformed`] for a body over the limit or HTML.
    pub async fn get_bytes(&self, url: &SecretUrl, limit: usize) -> Result<Bytes, SourceError> {
        let mut ask = self.ask(Method::GET, url.expose(), None);
        ask.headers
            .insert(ACCEPT, HeaderValue::from_static("*/*;q=0.8, image/webp"));
        self.api(ask, limit).await
    }

    /// Whatever is at an address, whatever its status: for finding out what kind of server answers there.
    ///
    /// # Errors
    /// Only when there is no answer, or one over `limit` bytes.
    pub async fn get_document(&self, url: &Url, limit: usize) -> Result<Document, SourceError> {
        let whole = async {
            let response = self.send(&self.ask(Method::GET, url, None)).await?;
            let mut document = Document::of(&response);
            document.body = reply::body(response, limit).await?;
            Ok(document)
        };
        timeout(ANSWER, whole)
            .await
            .unwrap_or(Err(SourceError::Timeout))
    }

    /// A media file or a part of it, as a stream; `headers` are the range headers. Statuses are the caller's to judge,
    /// with [`MediaReply::refusal`]. No limit in time once bytes flow.
    ///
    /// # Errors
    /// Only when there is no answer.
    pub async fn get_media(
        &self,
        url: &SecretUrl,
        headers: HeaderMap,
    ) -> Result<MediaReply, SourceError> {
        let ask = Ask {
            method: Method::GET,
            url: url.expose(),
            headers,
            body: None,
            patience: patience(*self.inner.media.lock()),
        };
        let response = self.send(&ask).await?;
        *self.inner.media.lock() = Some(Instant::now());
        Ok(MediaReply::new(response))
    }

    /// The same of something that the server has to make first: its head may take so long.
    ///
    /// # Errors
    /// Only when there is no answer.
    pub async fn get_media_within(
        &self,
        url: &SecretUrl,
        patience: Duration,
    ) -> Result<MediaReply, SourceError> {
        let ask = Ask {
            method: Method::GET,
            url: url.expose(),
            headers: HeaderMap::new(),
            body: None,
            patience,
        };
        self.send(&ask).await.map(MediaReply::new)
    }

    fn ask<'a>(&self, method: Method, url: &'a Url, body: Option<Bytes>) -> Ask<'a> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ask {
            method,
            url,
            headers,
            body,
            patience: ANSWER,
        }
    }

    /// A bounded exchange: success, not HTML, at most `limit` bytes, also unpacked.
    async fn api(&self, ask: Ask<'_>, limit: usize) -> Result<Bytes, SourceError> {
        let response = self.admitted(ask).await?;
        let end = Instant::now() + WHOLE;
        if let Some(refusal) = reply::refusal(response.status(), response.headers()) {
            return Err(refusal);
        }
        if reply::is_html(response.headers()) {
            return Err(SourceError::Malformed("a web page".into()));
        }
        let packed = reply::is_packed(response.headers());
        let body = timeout_at(end, reply::body(response, limit)).await;
        let body = body.unwrap_or(Err(SourceError::Timeout))?;
        match packed {
            true => reply::unpacked(&body, limit),
            false => Ok(body),
        }
    }

    /// The one place that sends: adds credentials where they belong, and follows a `GET`'s redirects.
    async fn send(&self, ask: &Ask<'_>) -> Result<Response, SourceError> {
        let mut trail = Trail::new(&self.inner.base, ask.url)?;
        loop {
            let mut headers = ask.headers.clone();
            let plain = HeaderValue::from_static("identity");
            headers.entry(ACCEPT_ENCODING).or_insert(plain);
            let client = match trail.trusted() {
                true => &self.inner.client,
                false => &self.inner.abroad,
            };
            if trail.trusted() {
                headers.extend(self.inner.own.clone());
            }
            let mut request = client
                .request(ask.method.clone(), trail.url().clone())
                .headers(headers);
            if let Some(body) = &ask.body {
                request = request.body(body.clone());
            }
            let response = timeout(ask.patience, request.send())
                .await
                .map_err(|_| SourceError::Timeout)?
                .map_err(|error| fault::of(&error))?;
            if trail.trusted() {
                self.inner.clock.note(response.headers());
            }
            let location = response.headers().get(LOCATION);
            match location.filter(|_| is_redirect(response.status())) {
                Some(location) if ask.method == Method::GET => trail.follow(location)?,
                _ => return Ok(response),
            }
        }
    }
}

/// How long to wait for the head of a media reply, from a server that last sent one at `last`.
fn patience(last: Option<Instant>) -> Duration {
    match last {
        Some(last) if last.elapsed() < ASLEEP => FIRST_BYTE,
        _ => FIRST_BYTE_ASLEEP,
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn encode(body: &impl Serialize) -> Result<Bytes, SourceError> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .map_err(|_| SourceError::Malformed("a request that cannot be written".into()))
}

/// The client for the base's origin, and the one for all others.
fn clients(base: &Url, ip: Option<IpAddr>, terms: &Terms) -> Result<(Client, Client), SourceError> {
    let make = |guard| built(client(base, ip, guard, Versions::All)?);
    let abroad = make(None)?;
    match terms.guard() {
        Some(guard) => Ok((make(Some(guard))?, abroad)),
        None => Ok((abroad.clone(), abroad)),
    }
}

fn built(builder: ClientBuilder) -> Result<Client, SourceError> {
    builder
        .build()
        .map_err(|_| SourceError::Insecure("TLS cannot be set up".into()))
}

fn client(
    base: &Url,
    ip: Option<IpAddr>,
    guard: Option<Guard>,
    versions: Versions,
) -> Result<ClientBuilder, SourceError> {
    let no_tls = |_| SourceError::Insecure("TLS cannot be set up".into());
    let builder = Client::builder()
        .tls_backend_preconfigured(tls::config(guard, versions).map_err(no_tls)?)
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .tcp_keepalive(Duration::from_secs(30))
        .tcp_nodelay(true)
        .pool_max_idle_per_host(IDLE)
        .pool_idle_timeout(IDLE_FOR)
        .http2_adaptive_window(true);
    let builder = match (base.host_str(), ip) {
        // Port 0 stands for the one in the address.
        (Some(name), Some(ip)) => builder.resolve(name, (ip, 0).into()),
        _ => builder,
    };
    // A proxy of the system is for the world outside.
    let builder = match is_local_network(base) {
        true => builder.no_proxy(),
        false => builder,
    };
    Ok(match versions {
        Versions::All => builder,
        Versions::First => builder.http1_only(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_server_whose_disks_sleep_is_given_time() {
        assert_eq!(patience(None), FIRST_BYTE_ASLEEP);
        let last = Some(Instant::now());
        tokio::time::advance(ASLEEP - Duration::from_millis(1)).await;
        assert_eq!(patience(last), FIRST_BYTE);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(patience(last), FIRST_BYTE_ASLEEP);
    }
}
