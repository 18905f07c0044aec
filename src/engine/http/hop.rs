//! Where a request goes, hop by hop, and whether credentials may go with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::header::HeaderValue;
use url::{Host, Url};

use crate::source_error::SourceError;

/// Redirects followed at most.
const MOST: usize = 5;

/// A chain of redirects.
///
/// Credentials go with a hop while every hop up to it was of the account's own origin: once a foreign server had a say
/// in where the chain goes, they are not restored, not even for a hop back home.
pub(super) struct Trail {
    home: Url,
    url: Url,
    hops: usize,
    tainted: bool,
}

impl Trail {
    pub(super) fn new(home: &Url, first: &Url) -> Result<Self, SourceError> {
        let mut trail = Self {
            home: home.clone(),
            url: home.clone(),
            hops: 0,
            tainted: false,
        };
        trail.go(first.clone())?;
        Ok(trail)
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether credentials may go with this hop.
    pub(super) fn trusted(&self) -> bool {
        !self.tainted
    }

    /// Goes where a redirect points.
    pub(super) fn follow(&mut self, location: &HeaderValue) -> Result<(), SourceError> {
        self.hops += 1;
        if self.hops > MOST {
            return Err(SourceError::Malformed("it redirects in circles".into()));
        }
        let text = std::str::from_utf8(location.as_bytes()).ok();
        let next = text
            .and_then(|text| self.url.join(text).ok())
            .ok_or_else(|| SourceError::Malformed("it redirects to no address".into()))?;
        if self.url.scheme() == "https" && next.scheme() != "https" {
            return Err(SourceError::Insecure(
                "it redirects from https to an open connection".into(),
            ));
        }
        self.go(next)
    }

    fn go(&mut self, mut url: Url) -> Result<(), SourceError> {
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(SourceError::Malformed("not an address of a server".into()));
        }
        // A name and password inside an address would become an Authorization header; they are not ours to send.
        if !url.username().is_empty() || url.password().is_some() {
            url.set_username("").ok();
            url.set_password(None).ok();
        }
        self.tainted |= url.origin() != self.home.origin();
        self.url = url;
        Ok(())
    }
}

/// Whether a host is this computer or in its own networks: loopback, private (RFC 1918, RFC 4193), link-local, shared
/// (RFC 6598, as VPNs use), `.local` and other names that no public name server knows.
#[must_use]
pub fn is_local_network(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_local_v4(ip),
        Some(Host::Ipv6(ip)) => is_local_v6(ip),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let private = ["localhost", "local", "lan", "home", "internal"];
            let top = name.rsplit('.').next().unwrap_or_default();
            !name.contains('.') || private.contains(&top) || name.ends_with(".home.arpa")
        }
        None => false,
    }
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || (a == 100 && (64..128).contains(&b))
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    if let IpAddr::V4(ip) = IpAddr::V6(ip).to_canonical() {
        return is_local_v4(ip);
    }
    ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(home: &str, hops: &[&str]) -> Result<bool, SourceError> {
        let home: Url = home.parse().unwrap();
        let mut trail = Trail::new(&home, &home)?;
        for hop in hops {
            trail.follow(&HeaderValue::from_str(hop).unwrap())?;
        }
        Ok(trail.trusted())
    }

    #[test]
    fn credentials_stay_on_their_origin_and_do_not_come_back() {
        let a = "http://a:8096/x";
        for (hops, trusted) in [
            (vec![], true),
            (vec!["/y"], true),
            (vec!["http://A:8096/y"], true),
            (vec!["http://b:8096/y"], false),
            (vec!["http://a:8097/y"], false),
            (vec!["https://a:8096/y"], false),
            (vec!["//a.b:8096/y"], false),
            (vec!["http://a:8096@b/y"], false),
            (vec!["http://b/y", "http://b/z"], false),
            (vec!["http://b/y", "http://a:8096/x"], false),
        ] {
            assert_eq!(trail(a, &hops).unwrap(), trusted, "{hops:?}");
        }
        assert!(trail("http://a:80/", &["http://a/"]).unwrap());
        assert!(trail("https://a/", &["https://a:443/"]).unwrap());
    }

    #[test]
    fn it_never_goes_from_https_to_http() {
        for hops in [vec!["http://a/"], vec!["https://b/", "http://b/"]] {
            assert!(matches!(
                trail("https://a/", &hops),
                Err(SourceError::Insecure(_))
            ));
        }
    }

    #[test]
    fn five_redirects_and_no_more_and_only_to_servers() {
        assert!(trail("http://a/", &["/1", "/2", "/3", "/4", "/5"]).is_ok());
        let six = ["/1", "/2", "/3", "/4", "/5", "/6"];
        assert!(matches!(
            trail("http://a/", &six),
            Err(SourceError::Malformed(_))
        ));
        for place in ["file:///etc/passwd", "data:,x", "http://", "javascript:1"] {
            let refused = trail("http://a/", &[place]);
            assert!(matches!(refused, Err(SourceError::Malformed(_))), "{place}");
        }
    }

    #[test]
    fn local_and_public_hosts() {
        let local = |text: &str| is_local_network(&text.parse().unwrap());
        for text in [
            "http://localhost",
            "http://nas:8096",
            "http://nas.local",
            "http://media.home.arpa",
            "http://127.0.0.1",
            "http://192.168.1.5",
            "http://10.0.0.1",
            "http://100.64.1.1",
            "http://[::1]",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://[::ffff:192.168.1.1]",
        ] {
            assert!(local(text), "{text}");
        }
        for text in [
            "http://jellyfin.example.org",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://100.128.0.1",
            "http://[2001:db8::1]",
        ] {
            assert!(!local(text), "{text}");
        }
    }
}
