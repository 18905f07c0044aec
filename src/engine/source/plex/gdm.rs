//! GDM, by which Plex servers say in their own network where they are: no plex.tv is needed.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;

use url::Url;

use super::map::words;
use super::race::Class;
use super::url::direct_name;
use crate::model::SourceKind;
use crate::source::lan::{Lan, Nearby};

/// Where servers listen.
const PORT: u16 = 32414;
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 0, 0, 250);
const QUESTION: &[u8] = b"M-SEARCH * HTTP/1.0\r\n\r\n";

/// One server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announced {
    machine_id: String,
    name: String,
    ip: IpAddr,
    port: u16,
}

/// The servers in this network, each once.
pub(crate) async fn discover(lan: &Lan) -> Vec<Nearby> {
    let mut found: Vec<Announced> = Vec::new();
    lan.ask(QUESTION, PORT, Some(GROUP), |from, text| {
        found.extend(parse(from, text).filter(|new| !found.contains(new)));
        ControlFlow::Continue(())
    })
    .await;
    found.iter().filter_map(Announced::nearby).collect()
}

/// The server of that id, if it is in this network.
pub(super) async fn find(lan: &Lan, machine_id: &str) -> Option<Announced> {
    let mut found = None;
    lan.ask(QUESTION, PORT, Some(GROUP), |from, text| {
        found = parse(from, text).filter(|it| it.machine_id == machine_id);
        match found {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    })
    .await;
    found
}

impl Announced {
    fn nearby(&self) -> Option<Nearby> {
        Some(Nearby {
            kind: SourceKind::Plex,
            name: self.name.clone(),
            address: self.plain()?,
            machine_id: self.machine_id.clone(),
        })
    }

    fn plain(&self) -> Option<Url> {
        let host = match self.ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        format!("http://{host}:{}/", self.port).parse().ok()
    }

    /// Ways to a server that has moved within its network, judging by those that plex.tv told. Its certificate is for any
    /// address: it proves who answers. In the clear only where that was a way before, for the answer itself proves nothing.
    pub(super) fn ways(&self, known: &[(Url, Class)]) -> Vec<(Url, Class)> {
        let secure = known
            .iter()
            .find_map(|(url, _)| direct_name(url, self.ip, self.port));
        let clear = known.iter().any(|(_, class)| *class == Class::LocalPlain);
        let plain = self.plain().filter(|_| clear);
        let ways = [(secure, Class::LocalSecure), (plain, Class::LocalPlain)];
        ways.into_iter()
            .filter_map(|(url, class)| Some((url?, class)))
            .collect()
    }
}

/// An answer looks like the head of an HTTP reply.
fn parse(from: IpAddr, answer: &[u8]) -> Option<Announced> {
    let text = std::str::from_utf8(answer).ok()?;
    let mut lines = text.lines();
    let mut status = lines.next()?.split_whitespace();
    if !status.next()?.starts_with("HTTP/") || status.next()? != "200" {
        return None;
    }
    let fields: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let field = |name: &str| {
        let found = fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    if field("Content-Type")? != "plex/media-server" {
        return None;
    }
    let machine_id = field("Resource-Identifier")?;
    if machine_id.len() > 128 {
        return None;
    }
    Some(Announced {
        machine_id: machine_id.to_owned(),
        name: words(field("Name").unwrap_or("Plex")),
        ip: from,
        port: field("Port")?.parse().ok().filter(|port| *port > 0)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = "HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nHost: ab12.plex.direct\r\n\
         Name: Ann's Cellar\r\nPort: 32400\r\nResource-Identifier: 9e1ec7ed\r\nUpdated-At: 1700000000\r\n\
         Version: 1.43.0.1-abc\r\n\r\n";

    fn here() -> IpAddr {
        Ipv4Addr::new(192, 168, 1, 9).into()
    }

    #[test]
    fn an_answer_says_who_and_where() {
        let found = parse(here(), ANSWER.as_bytes()).unwrap();
        let nearby = found.nearby().unwrap();
        assert_eq!(
            (
                nearby.name.as_str(),
                nearby.address.as_str(),
                nearby.machine_id.as_str()
            ),
            ("Ann's Cellar", "http://192.168.1.9:32400/", "9e1ec7ed")
        );
        for (from, to) in [
            ("plex/media-server", "plex/media-player"),
            ("200 OK", "404 Gone"),
            ("HTTP/1.0", "M-SEARCH"),
            ("32400", "0"),
            ("32400", "99999"),
            ("Resource-Identifier", "Nobody"),
        ] {
            let other = ANSWER.replace(from, to);
            assert_eq!(parse(here(), other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_server_that_moved_is_reached_as_safely_as_before() {
        let found = parse(here(), ANSWER.as_bytes()).unwrap();
        let way = |url: &str, class| (url.parse::<Url>().unwrap(), class);
        let of = |known: &[(Url, Class)]| -> Vec<String> {
            found
                .ways(known)
                .iter()
                .map(|(url, _)| url.to_string())
                .collect()
        };
        let secure = way(
            "https://192-168-1-7.ab12.plex.direct:32400",
            Class::LocalSecure,
        );
        let plain = way("http://192.168.1.7:32400", Class::LocalPlain);
        assert_eq!(
            of(std::slice::from_ref(&secure)),
            ["https://192-168-1-9.ab12.plex.direct:32400/"]
        );
        assert_eq!(
            of(&[secure, plain.clone()]),
            [
                "https://192-168-1-9.ab12.plex.direct:32400/",
                "http://192.168.1.9:32400/"
            ]
        );
        assert_eq!(of(&[plain]), ["http://192.168.1.9:32400/"]);
        assert!(of(&[way("https://example.org/", Class::Remote)]).is_empty());
    }

    proptest! {
        #[test]
        fn anything_may_be_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..250_usize) {
            parse(here(), &bytes);
            let mut answer = ANSWER.as_bytes().to_vec();
            let cut = cut.min(answer.len());
            answer.splice(cut..(cut + bytes.len() / 4).min(ANSWER.len()), bytes);
            parse(here(), &answer);
        }
    }
}
