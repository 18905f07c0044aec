//! Addresses and identity of Jellyfin requests; pure.

use url::Url;

use crate::http::USER_AGENT;
use crate::secret::Secret;
use crate::source::Device;

pub(super) use crate::source::address::below;

/// The `Authorization` header. The server decodes its values as it decodes a URL, and wants all four identity values even
/// before there is a token (Jellyfin 10.9).
pub(super) fn authorization(device: &Device, token: Option<&Secret>) -> String {
    let version = USER_AGENT.rsplit('/').next().unwrap_or_default();
    let name = match device.name.trim() {
        "" => "Computer",
        name => name,
    };
    let mut text = format!(
        "MediaBrowser Client=\"Spool\", Device=\"{}\", DeviceId=\"{}\", Version=\"{version}\"",
        encode(name),
        encode(&device.id),
    );
    if let Some(token) = token {
        text.push_str(&format!(", Token=\"{}\"", encode(token.expose())));
    }
    text
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Addresses of one server for one user, below its base path.
#[derive(Clone, Debug)]
pub(super) struct Routes {
    base: Url,
    user: String,
}

impl Routes {
    pub(super) fn new(base: &Url, user: &str) -> Self {
        Self {
            base: base.clone(),
            user: user.to_owned(),
        }
    }

    /// The address of a path, given as its segments; each is encoded, so an id cannot leave its place.
    pub(super) fn at(&self, segments: &[&str]) -> Url {
        below(&self.base, segments)
    }

    /// The same with a query.
    pub(super) fn with(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.at(segments);
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    /// The same with the user's id in the query, which the server could take from the token, but which alikes need.
    pub(super) fn of_user(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.with(segments, &[("userId", &self.user)]);
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}

/// Addresses to try for what a person typed, best first; none when it is no address.
///
/// With scheme and port: only that. Otherwise https and http, each on its own port and on 8096, https also on 8920, as the
/// official SDK does.
pub(super) fn candidates(typed: &str) -> Vec<Url> {
    let typed = typed.trim();
    let (scheme, rest) = match typed.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, typed),
    };
    let schemes: &[&str] = match scheme.as_deref() {
        None => &["https", "http"],
        Some("https") => &["https"],
        Some("http") => &["http"],
        Some(_) => return Vec::new(),
    };
    let rest = bracketed(rest);
    if rest.chars().any(char::is_whitespace) {
        return Vec::new();
    }
    let ports = |scheme: &str| -> &[Option<u16>] {
        match scheme {
            _ if has_port(&rest) => &[None],
            "https" => &[None, Some(8920), Some(8096)],
            _ => &[Some(8096), None],
        }
    };
    let mut found = Vec::new();
    for scheme in schemes {
        for port in ports(scheme) {
            let Some(url) = candidate(&format!("{scheme}://{rest}"), *port) else {
                return Vec::new();
            };
            found.push(url);
        }
    }
    found
}

/// `::1` is meant as `[::1]`.
fn bracketed(rest: &str) -> String {
    match rest.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) => rest.to_owned(),
    }
}

fn has_port(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let after = host.rsplit(']').next().unwrap_or_default();
    after.contains(':')
}

fn candidate(text: &str, port: Option<u16>) -> Option<Url> {
    let mut url: Url = text.parse().ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if port.is_some() {
        url.set_port(port).ok()?;
    }
    Some(base_of(&url))
}

/// The base address behind an address copied from a browser: without query, fragment and the web client's path, and with
/// a slash at its end.
pub(super) fn base_of(url: &Url) -> Url {
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    let path = base.path().trim_end_matches('/').to_owned();
    let lower = path.to_ascii_lowercase();
    let end = match lower.strip_suffix("/index.html").unwrap_or(&lower) {
        before if before.ends_with("/web") => before.len() - "/web".len(),
        _ => path.len(),
    };
    base.set_path(&format!("{}/", &path[..end]));
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<String> {
        candidates(typed).iter().map(Url::to_string).collect()
    }

    #[test]
    fn candidates_of_what_people_type() {
        assert_eq!(
            texts("nas"),
            [
                "https://nas/",
                "https://nas:8920/",
                "https://nas:8096/",
                "http://nas:8096/",
                "http://nas/"
            ]
        );
        assert_eq!(
            texts(" nas:8096/jellyfin "),
            ["https://nas:8096/jellyfin/", "http://nas:8096/jellyfin/"]
        );
        assert_eq!(texts("http://nas:8096/"), ["http://nas:8096/"]);
        assert_eq!(
            texts("HTTPS://tv.example.org:443/web/index.html#!/home"),
            ["https://tv.example.org/"]
        );
        assert_eq!(
            texts("http://nas/jf/web/#/home.html?x=1"),
            ["http://nas:8096/jf/", "http://nas/jf/"]
        );
        assert_eq!(texts("[::1]:80"), ["https://[::1]:80/", "http://[::1]/"]);
        assert_eq!(texts("::1")[3], "http://[::1]:8096/");
    }

    #[test]
    fn what_is_no_address() {
        for typed in [
            "",
            "  ",
            "ftp://nas",
            "file:///etc",
            "http://",
            "a b",
            "user:pw@nas",
            "http://[fe80::1%eth0]/",
            "nas:99999",
        ] {
            assert_eq!(texts(typed), [""; 0], "{typed}");
        }
    }

    #[test]
    fn a_segment_stays_a_segment() {
        let routes = Routes::new(&"http://nas/jf/".parse().unwrap(), "u");
        let url = routes.of_user(&["Items", "../x?y#z/é"], &[("tag", "a&b")]);
        assert_eq!(
            url.as_str(),
            "http://nas/jf/Items/..%2Fx%3Fy%23z%2F%C3%A9?userId=u&tag=a%26b"
        );
        assert_eq!(
            routes.at(&["Items", "..", "x"]).as_str(),
            "http://nas/jf/Items/-/x"
        );
    }

    #[test]
    fn the_identity_is_encoded_and_whole() {
        let device = Device {
            id: "d1".into(),
            name: "Ann's \"box\", ü".into(),
        };
        let header = authorization(&device, Some(&Secret::new("t\"1")));
        assert!(header.starts_with(
            "MediaBrowser Client=\"Spool\", Device=\"Ann%27s%20%22box%22%2C%20%C3%BC\", DeviceId=\"d1\", Version=\""
        ));
        assert!(header.ends_with("\", Token=\"t%221\""));
        assert!(header.is_ascii());
        assert!(!authorization(&device, None).contains("Token"));
    }
}
