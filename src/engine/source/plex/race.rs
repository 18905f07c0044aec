//! The race of the ways to a server: all are tried at once, and the best that answers in time is taken.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::Url;

use super::url::direct_ip;
use super::wire;
use crate::http::{Http, Terms, is_local_network};
use crate::source::address::below;
use crate::source_error::SourceError;

/// A way that does not answer by then is none.
const PROBE: Duration = Duration::from_secs(4);
/// How long a better way may take after a worse one has answered; the relay waits for all of them.
const GRACE: Duration = Duration::from_millis(400);
/// Ways that are tried at most; a server with many network cards lists a dozen.
pub(super) const MOST: usize = 16;

/// Kinds of ways, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Class {
    /// In the same network, encrypted.
    LocalSecure,
    /// In the same network, in the clear.
    LocalPlain,
    /// Through the internet, encrypted.
    Remote,
    /// Through plex.tv's relay: slow, about 2 Mbit/s.
    Relay,
}

impl Class {
    /// Whether the server is in the same network.
    pub(super) fn is_near(self) -> bool {
        matches!(self, Self::LocalSecure | Self::LocalPlain)
    }

    /// Whether a way that works is worth leaving for one of this class: near before far, far before the relay.
    pub(super) fn is_worth_leaving(self, for_the_sake_of: Self) -> bool {
        for_the_sake_of.rank() < self.rank()
    }

    fn rank(self) -> u8 {
        match self {
            Self::LocalSecure | Self::LocalPlain => 0,
            Self::Remote => 1,
            Self::Relay => 2,
        }
    }
}

/// The ways to a server that are worth a try, each once. In the clear only inside the own network: the token goes with every
/// request.
pub(super) fn ways(server: &wire::Resource) -> Vec<(Url, Class)> {
    // "Local" means a private address, which another network has as well: only at home it is meant.
    let home = server.owned.yes() || server.public_address_matches.yes();
    let mut ways: Vec<(Url, Class)> = Vec::new();
    let mut add = |url: Option<Url>, class| {
        if let Some(url) = url.filter(|url| ways.iter().all(|(known, _)| known != url)) {
            ways.push((url, class));
        }
    };
    for way in &server.connections.0 {
        let (local, relay) = (way.local.yes(), way.relay.yes());
        if local && !home {
            continue;
        }
        let url: Option<Url> = way.uri.text().and_then(|uri| uri.parse().ok());
        if let Some(url) = url {
            let class = match url.scheme() {
                "https" if relay => Some(Class::Relay),
                "https" if local => Some(Class::LocalSecure),
                "https" => Some(Class::Remote),
                "http" if is_near(&url) && !server.https_required.yes() => Some(Class::LocalPlain),
                _ => None,
            };
            if let Some(class) = class {
                add(Some(url), class);
            }
        }
        if local && !relay && !server.https_required.yes() {
            let plain = plain(way).filter(is_near);
            add(plain, Class::LocalPlain);
        }
    }
    ways.sort_by_key(|(_, class)| *class);
    ways.truncate(MOST);
    ways
}

fn is_near(url: &Url) -> bool {
    is_local_network(url)
        || direct_ip(url).is_some_and(|ip| {
            let bare = match ip {
                std::net::IpAddr::V4(ip) => format!("http://{ip}/"),
                std::net::IpAddr::V6(ip) => format!("http://[{ip}]/"),
            };
            bare.parse().is_ok_and(|url| is_local_network(&url))
        })
}

fn plain(way: &wire::Connection) -> Option<Url> {
    let (address, port) = (way.address.text()?, way.port.small()?);
    let host = match address.contains(':') {
        true => format!("[{address}]"),
        false => address.to_owned(),
    };
    format!("http://{host}:{port}/").parse().ok()
}

/// What of a server's terms is for one of its addresses. They are for those that its owner has made, where a proxy of theirs may
/// stand; a `plex.direct` name has plex.tv's certificate and no proxy, and in the clear nothing secret is sent.
pub(super) fn terms_at(base: &Url, terms: &Terms) -> Terms {
    match base.scheme() == "https" && direct_ip(base).is_none() {
        true => terms.clone(),
        false => Terms::default(),
    }
}

/// The best way that answers and leads to this server: of the best class that answers within a grace time of the first
/// answer, the quickest. The relay is taken only when all others have failed: it is so slow that a direct way is worth the
/// wait. Takes at most [`PROBE`].
///
/// # Errors
/// That the server cannot be reached, or why the only thing that answered is not it.
pub(super) async fn race(
    ways: &[(Url, Class)],
    machine_id: &str,
    terms: &Terms,
) -> Result<(Url, Class), SourceError> {
    let probe = |(url, class): &(Url, Class)| {
        let (url, class) = (url.clone(), *class);
        async move {
            let answer = timeout(PROBE, ask(&url, machine_id, terms)).await;
            (url, class, answer.unwrap_or(Err(SourceError::Timeout)))
        }
    };
    let mut answers: FuturesUnordered<_> = ways.iter().map(probe).collect();
    let best_class = ways.iter().map(|(_, class)| *class).min();
    let is_direct = |class: Class| class != Class::Relay;
    let mut direct = ways.iter().filter(|(_, class)| is_direct(*class)).count();
    let mut best: Option<(Url, Class)> = None;
    let mut failures = Vec::new();
    loop {
        let next = match &best {
            Some((_, class)) if Some(*class) == best_class => break,
            Some((_, Class::Relay)) if direct == 0 => break,
            Some((_, Class::Relay)) => answers.next().await,
            Some(_) => timeout(GRACE, answers.next()).await.unwrap_or(None),
            None => answers.next().await,
        };
        if let Some((_, class, _)) = &next {
            direct -= usize::from(is_direct(*class));
        }
        match next {
            Some((url, class, Ok(()))) => {
                if best.as_ref().is_none_or(|(_, than)| class < *than) {
                    best = Some((url, class));
                }
            }
            Some((url, class, Err(error))) => {
                tracing::debug!(host = url.host_str(), ?class, %error, "no way to the server");
                failures.push(error);
            }
            None => break,
        }
    }
    // What a person can do something about, before what may pass.
    let refused = |error: &SourceError| matches!(error, SourceError::Certificate(_));
    let refused = failures.iter().position(refused);
    let offline = refused.or_else(|| failures.iter().position(SourceError::is_offline));
    best.ok_or_else(|| match failures {
        none if none.is_empty() => SourceError::Unreachable("no way to it is known".into()),
        mut some => some.swap_remove(offline.unwrap_or(0)),
    })
}

/// Whether this server answers there. No token goes along: who answers is not known yet.
async fn ask(base: &Url, machine_id: &str, terms: &Terms) -> Result<(), SourceError> {
    let terms = terms_at(base, terms);
    let http = Http::on(base, HeaderMap::new(), direct_ip(base), &terms)?;
    let answer: wire::Answer<wire::Identity> = http.get_json(&below(base, &["identity"])).await?;
    match answer.container.machine_identifier.text() {
        Some(id) if id == machine_id => Ok(()),
        _ => Err(SourceError::Malformed(
            "another server has this address".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(fields: &Value) -> Vec<(String, Class)> {
        let server: wire::Resource = serde_json::from_value(fields.clone()).unwrap();
        let ways = ways(&server).into_iter();
        ways.map(|(url, class)| (url.to_string(), class)).collect()
    }

    #[test]
    fn terms_are_for_addresses_of_the_owner() {
        let mut terms = Terms::default();
        terms
            .add_header("X-Door", &crate::secret::Secret::new("a"))
            .unwrap();
        let has = |text: &str| terms_at(&text.parse().unwrap(), &terms) == terms;
        assert!(has("https://plex.example.org/") && has("https://192.168.1.7:32400/"));
        assert!(!has("http://192.168.1.7:32400/"));
        assert!(!has("https://192-168-1-7.ab.plex.direct:32400/"));
    }

    #[test]
    fn only_a_nearer_way_is_worth_a_change() {
        let all = [
            Class::LocalSecure,
            Class::LocalPlain,
            Class::Remote,
            Class::Relay,
        ];
        let worth = all.map(|from| all.map(|to| from.is_worth_leaving(to)));
        let (no, yes) = (false, true);
        assert_eq!(
            worth,
            [
                [no, no, no, no],
                [no, no, no, no],
                [yes, yes, no, no],
                [yes, yes, yes, no],
            ]
        );
    }

    fn connections() -> Value {
        json!([
            { "address": "203.0.113.7", "port": 32400, "uri": "https://203-0-113-7.ab.plex.direct:32400", "local": false, "relay": false },
            { "address": "192.168.1.7", "port": "32400", "uri": "https://192-168-1-7.ab.plex.direct:32400", "local": "1", "relay": 0 },
            { "address": "198.51.100.9", "port": 8443, "uri": "https://198-51-100-9.ab.plex.direct:8443", "local": false, "relay": true },
            { "uri": "http://203.0.113.7:32400", "local": false, "relay": null },
            { "uri": 7 }, null, "x",
        ])
    }

    #[test]
    fn the_best_first_and_in_the_clear_only_at_home() {
        let own = of(&json!({ "owned": true, "connections": connections() }));
        let expected = [
            (
                "https://192-168-1-7.ab.plex.direct:32400/",
                Class::LocalSecure,
            ),
            ("http://192.168.1.7:32400/", Class::LocalPlain),
            ("https://203-0-113-7.ab.plex.direct:32400/", Class::Remote),
            ("https://198-51-100-9.ab.plex.direct:8443/", Class::Relay),
        ];
        assert_eq!(own, expected.map(|(url, class)| (url.to_owned(), class)));
        let strict =
            of(&json!({ "owned": 1, "httpsRequired": true, "connections": connections() }));
        assert!(strict.iter().all(|(url, _)| url.starts_with("https://")));
        assert_eq!(strict.len(), 3);
    }

    #[test]
    fn private_addresses_of_other_people_are_not_tried() {
        let shared = of(
            &json!({ "owned": false, "publicAddressMatches": false, "connections": connections() }),
        );
        assert!(
            shared.iter().all(|(_, class)| !class.is_near()),
            "{shared:?}"
        );
        let visit = of(
            &json!({ "owned": false, "publicAddressMatches": true, "connections": connections() }),
        );
        assert_eq!(visit.len(), 4);
    }
}
