//! Another address of the same server, for bytes that do not come from the usual one any more.
//!
//! The only other address that counts is the one that the server itself has told at the usual one; it is asked who it is before
//! a token goes there, and a connection in the clear takes the place of none but another one in the clear, both at home.

use url::Url;

use super::map::PartKey;
use super::{Jellyfin, auth};
use crate::http::{Located, SecretUrl, is_local_network};
use crate::model::PartId;
use crate::source::address::below;
use crate::source_error::SourceError;

/// Whether a server's own word of another address is good enough to send what is secret there.
pub(super) fn may_stand_in(other: &Url, own: &Url) -> bool {
    let plain_at_home = |url: &Url| url.scheme() == "http" && is_local_network(url);
    let safe = other.scheme() == "https" || (plain_at_home(own) && plain_at_home(other));
    other.has_host() && other.origin() != own.origin() && safe
}

impl Jellyfin {
    /// The address of the file at the server's other address, unless that has failed as well.
    pub(super) async fn another_way(
        &self,
        part: &PartId,
        failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        let told = self.other.lock().clone();
        let (Some(base), Some(known), 1) = (told, &self.login.machine_id, failed) else {
            return Ok(None);
        };
        let there = auth::who(&base, &self.login.terms).await;
        if there.is_ok_and(|(id, _)| id == *known) {
            let http = self.http.elsewhere(&base)?;
            let url = self.file_below(&base, part);
            return Ok(Some(Located::remote(http, SecretUrl::new(url))));
        }
        Ok(None)
    }

    /// The address of a file below a base address.
    pub(super) fn file_below(&self, base: &Url, part: &PartId) -> Url {
        let key = PartKey::parse(part.key());
        let place = if key.audio { "Audio" } else { "Videos" };
        let mut url = below(base, &[place, PartKey::title_of(part), "stream"]);
        let query = [("static", "true"), ("mediaSourceId", key.source)];
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_clear_only_at_home_and_never_in_place_of_tls() {
        let may =
            |other: &str, own: &str| may_stand_in(&other.parse().unwrap(), &own.parse().unwrap());
        assert!(may("http://192.168.1.5:8096/", "http://nas.local:8096/"));
        assert!(may("https://tv.example.org/", "http://nas.local:8096/"));
        assert!(may("https://tv.example.org/", "https://other.example.org/"));
        assert!(!may("http://192.168.1.5:8096/", "https://tv.example.org/"));
        assert!(!may("http://192.168.1.5:8096/", "http://tv.example.org/"));
        assert!(!may("http://tv.example.org/", "http://nas.local:8096/"));
        assert!(!may("http://nas.local:8096/jf/", "http://nas.local:8096/"));
        assert!(!may("file:///etc/passwd", "http://nas.local:8096/"));
    }
}
