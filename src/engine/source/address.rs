//! Addresses below the base address of a server; pure.

use url::Url;

/// An address below a base address, with its base path.
pub(in crate::source) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // Dots would vanish and leave the address of something else; no id is made of them.
    let segments = segments.iter().map(|segment| match *segment {
        "" | "." | ".." => "-",
        segment => segment,
    });
    // Fails only for addresses without a host, which no base address is.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The address of a path that a server named; `None` when it would leave `place` (as `..` in any spelling would).
pub(in crate::source) fn of_path(base: &Url, path: &str, place: &str) -> Option<Url> {
    let mut url = base.clone();
    let root = base.path().trim_end_matches('/');
    url.set_path(&format!("{root}{path}"));
    url.set_query(None);
    url.set_fragment(None);
    let below = url.path().strip_prefix(root)?;
    (path.starts_with(place) && below.starts_with(place)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_path_stays_in_its_place() {
        let base: Url = "https://nas:32400/plex/".parse().unwrap();
        let of = |path: &str| of_path(&base, path, "/library/").map(String::from);
        let whole = "https://nas:32400/plex/library/parts/1/2/a%20b%3F.mkv";
        assert_eq!(of("/library/parts/1/2/a b?.mkv").as_deref(), Some(whole));
        for path in [
            "",
            "/",
            "library/x",
            "/etc/passwd",
            "/library/../x",
            "/library/%2e%2e/x",
            "//evil/library/",
            "\\evil",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
