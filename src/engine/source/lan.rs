//! A question to everybody in the own network, by datagram: how servers without an address are found.
//!
//! **Owns** a socket as long as a question lasts. **Does not know** what is asked: each kind of source has its own question.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::http::is_local_network;
use crate::model::SourceKind;

/// How long answers are waited for; who answers at all does so within some milliseconds.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Datagrams get lost: the question is repeated after this.
const AGAIN: Duration = Duration::from_millis(500);
/// Longest answer that is read, in bytes.
const LONGEST: usize = 4096;
/// Answers to one question that are read at most: a network may be full of noise.
const MOST: usize = 256;

/// A server that said of itself that it is in this network. Nothing of it is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// Its kind.
    pub kind: SourceKind,
    /// Its name, for people.
    pub name: String,
    /// Where it answers.
    pub address: Url,
    /// Its own id.
    pub machine_id: String,
}

/// The own network, or what stands in for it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Lan {
    /// The one this computer is in.
    #[default]
    Own,
    /// Somebody who answers for all, for tests and for networks that carry no broadcasts.
    StandIn(SocketAddr),
    /// No network: nobody is asked.
    Nobody,
}

impl Lan {
    /// The own network, or the stand-in that `SPOOL_LAN` names: an address and port of this computer.
    #[must_use]
    pub fn of_environment() -> Self {
        let named = std::env::var("SPOOL_LAN").unwrap_or_default();
        match named.trim() {
            "" => Self::Own,
            named => match named.parse::<SocketAddr>() {
                Ok(address) if address.ip().is_loopback() => Self::StandIn(address),
                _ => {
                    tracing::warn!("SPOOL_LAN is no address and port of this computer");
                    Self::Nobody
                }
            },
        }
    }

    fn targets(&self, port: u16, group: Option<Ipv4Addr>) -> Vec<SocketAddr> {
        match self {
            Self::Nobody => Vec::new(),
            Self::StandIn(address) => vec![*address],
            Self::Own => [Some(Ipv4Addr::BROADCAST), group]
                .into_iter()
                .flatten()
                .map(|ip| (ip, port).into())
                .collect(),
        }
    }

    /// Asks everybody, by broadcast and, where there is one, in a multicast `group`. `heard` gets each answer and who sent
    /// it, until it breaks or nobody is expected to answer any more; answers from outside the own network are dropped.
    /// Silent where the network carries no such question.
    pub(super) async fn ask(
        &self,
        question: &[u8],
        port: u16,
        group: Option<Ipv4Addr>,
        mut heard: impl FnMut(IpAddr, &[u8]) -> ControlFlow<()>,
    ) {
        let targets = self.targets(port, group);
        if targets.is_empty() {
            return;
        }
        let socket = match socket().await {
            Ok(socket) => socket,
            Err(error) => return tracing::debug!(%error, "nobody near can be asked"),
        };
        let end = Instant::now() + PATIENCE;
        let mut next = Instant::now();
        let mut buffer = vec![0; LONGEST];
        for _ in 0..MOST {
            if next <= Instant::now() && next < end {
                if !shout(&socket, question, &targets).await {
                    return;
                }
                next = Instant::now() + AGAIN;
            }
            match timeout_at(next.min(end), socket.recv_from(&mut buffer)).await {
                Ok(Ok((length, from))) => {
                    let text = buffer.get(..length).unwrap_or_default();
                    if is_near(from.ip()) && heard(from.ip(), text).is_break() {
                        return;
                    }
                }
                // An unreachable port of one who was asked says nothing of the others.
                Ok(Err(error)) => tracing::trace!(%error, "no answer"),
                Err(_) if Instant::now() >= end => return,
                Err(_) => {}
            }
        }
    }
}

async fn socket() -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

/// Whether the question went out at all.
async fn shout(socket: &UdpSocket, question: &[u8], targets: &[SocketAddr]) -> bool {
    let mut sent = false;
    for target in targets {
        match socket.send_to(question, target).await {
            Ok(_) => sent = true,
            Err(error) => tracing::debug!(%error, %target, "nobody there can be asked"),
        }
    }
    sent
}

fn is_near(ip: IpAddr) -> bool {
    let host = match ip {
        IpAddr::V4(ip) => format!("http://{ip}/"),
        IpAddr::V6(ip) => format!("http://[{ip}]/"),
    };
    host.parse().is_ok_and(|url| is_local_network(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_heard_until_they_are_enough() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let lan = Lan::StandIn(server.local_addr().unwrap());
        let answering = tokio::spawn(async move {
            let mut buffer = [0; 64];
            let (length, from) = server.recv_from(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..length], b"who?");
            for word in ["noise", "me", "late"] {
                server.send_to(word.as_bytes(), from).await.unwrap();
            }
            server
        });
        let mut words = Vec::new();
        lan.ask(b"who?", 9, None, |from, text| {
            assert!(from.is_loopback());
            words.push(String::from_utf8_lossy(text).into_owned());
            match text {
                b"me" => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })
        .await;
        assert_eq!(words, ["noise", "me"]);
        answering.await.unwrap();
    }

    #[tokio::test]
    async fn nobody_answers_and_nobody_is_there() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for lan in [Lan::Nobody, Lan::StandIn(silent.local_addr().unwrap())] {
            lan.ask(b"who?", 9, None, |_, _| panic!("nobody is there"))
                .await;
        }
        let mut asked = 0;
        let mut buffer = [0; 64];
        while silent.try_recv_from(&mut buffer).is_ok() {
            asked += 1;
        }
        assert!(asked > 1, "a datagram may be lost: {asked}");
    }

    #[test]
    fn everybody_is_asked_by_broadcast_and_in_the_group() {
        let group = Some(Ipv4Addr::new(239, 0, 0, 250));
        let targets: Vec<_> = Lan::Own
            .targets(7, group)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(targets, ["255.255.255.255:7", "239.0.0.250:7"]);
    }
}
