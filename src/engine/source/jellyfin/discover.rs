//! Jellyfin servers in this network: who answers when asked by broadcast (UDP 7359).
//!
//! An answer is a hint and no more: whoever is in the network may send one. Each address in it is asked like a typed one, and
//! the server found there counts only when it says the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;

use futures_util::future::join_all;
use url::Url;

use super::auth::{FoundServer, find};
use super::wire;
use crate::source::lan::Lan;

/// What the servers wait for, and where.
const QUESTION: &[u8] = b"Who is JellyfinServer?";
const PORT: u16 = 7359;
/// More servers than this are none: somebody floods the network.
const MOST: usize = 32;
/// More addresses than this has no server.
const MOST_ADDRESSES: usize = 8;

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hint {
    id: String,
    addresses: Vec<String>,
}

/// The Jellyfin servers that answer in this network, by their names. Takes as long as they may take to answer and to be asked.
pub async fn discover(lan: &Lan) -> Vec<FoundServer> {
    let mut hints: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let heard = |from: IpAddr, answer: &[u8]| {
        let hint = read(answer, from);
        if let Some(hint) = hint.filter(|hint| hints.len() < MOST || hints.contains_key(&hint.id)) {
            hints.entry(hint.id).or_default().extend(hint.addresses);
        }
        ControlFlow::Continue(())
    };
    lan.ask(QUESTION, PORT, None, heard).await;
    let hints = hints.into_iter().map(|(id, addresses)| Hint {
        id,
        addresses: addresses.into_iter().collect(),
    });
    let found = join_all(hints.map(|hint| async move { meet(&hint).await })).await;
    let mut found: Vec<FoundServer> = found.into_iter().flatten().collect();
    found.sort_by_cached_key(|server| (server.name.to_lowercase(), server.machine_id.clone()));
    found
}

/// The addresses to try for an answer: the one it names, and the usual one of whoever sent it.
fn read(datagram: &[u8], from: IpAddr) -> Option<Hint> {
    let wire: wire::Discovered = serde_json::from_slice(datagram).ok()?;
    let named = wire
        .address
        .text()
        .and_then(|text| text.parse::<Url>().ok());
    let named = named.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let usual = format!("http://{}", SocketAddr::new(from, 8096));
    let mut addresses: Vec<String> = named.map(String::from).into_iter().collect();
    addresses.push(usual);
    Some(Hint {
        id: wire.id.owned()?,
        addresses,
    })
}

/// Asks the addresses of an answer, all at once; the first that is the server counts.
async fn meet(hint: &Hint) -> Option<FoundServer> {
    let asked = join_all(
        hint.addresses
            .iter()
            .take(MOST_ADDRESSES)
            .map(|address| find(address)),
    )
    .await;
    let servers = asked.into_iter().flatten();
    let mut same = servers.filter(|server| server.machine_id == hint.id);
    same.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_hints() {
        let from: IpAddr = "192.168.1.5".parse().unwrap();
        let text = br#"{"Address":"https://nas.example.org/jf","Id":"s1","Name":"Nas","EndpointAddress":null}"#;
        let hint = read(text, from).unwrap();
        assert_eq!(hint.id, "s1");
        assert_eq!(
            hint.addresses,
            ["https://nas.example.org/jf", "http://192.168.1.5:8096"]
        );
        let bad = br#"{"Address":"file:///etc/passwd","Id":"s1"}"#;
        assert_eq!(
            read(bad, from).unwrap().addresses,
            ["http://192.168.1.5:8096"]
        );
        for nothing in [&b"{}"[..], b"", b"\xff\x00", b"[]", br#"{"Id":""}"#] {
            assert_eq!(read(nothing, from), None);
        }
    }
}
