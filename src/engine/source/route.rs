//! Which way an address goes. Pure.

use url::{Host, Url};

use crate::http::is_local_network;
use crate::model::{Reach, Route};

/// The way to an address; `relay` says that somebody stands in for the server there.
pub(super) fn of(url: &Url, relay: bool) -> Option<Route> {
    let host = url.host()?;
    let here = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let reach = match (relay, here, is_local_network(url)) {
        (true, ..) => Reach::Relay,
        (false, true, _) => Reach::Here,
        (false, false, true) => Reach::Near,
        (false, false, false) => Reach::Far,
    };
    let place = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_string(),
    };
    Some(Route {
        reach,
        secure: url.scheme() == "https",
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let of = |text: &str, relay| of(&text.parse().unwrap(), relay).unwrap();
        for (text, relay, reach, secure, place) in [
            (
                "http://127.0.0.1:8096/x",
                false,
                Reach::Here,
                false,
                "127.0.0.1:8096",
            ),
            (
                "http://[::1]:8096/",
                false,
                Reach::Here,
                false,
                "[::1]:8096",
            ),
            (
                "https://nas.local/jf/",
                false,
                Reach::Near,
                true,
                "nas.local",
            ),
            (
                "https://u:p@tv.example.org/?t=1",
                false,
                Reach::Far,
                true,
                "tv.example.org",
            ),
            (
                "https://10.0.0.1:443/",
                true,
                Reach::Relay,
                true,
                "10.0.0.1",
            ),
        ] {
            let route = of(text, relay);
            assert_eq!((route.reach, route.secure), (reach, secure), "{text}");
            assert_eq!(route.place, place);
        }
    }
}
