//! Who asks: the `Authorization: MediaBrowser …` header and the `ApiKey` parameter, as Jellyfin 12 reads them.

use crate::http::Request;

/// The fields of an `Authorization: MediaBrowser` header, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) client: String,
    pub(crate) device: String,
    pub(crate) device_id: String,
    pub(crate) version: String,
    pub(crate) token: String,
}

impl Identity {
    /// Reads the header; `None` where there is none of that scheme. `X-Emby-Authorization` and its like are not read: 12 has
    /// the old forms switched off.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let fields = request
            .header("authorization")?
            .strip_prefix("MediaBrowser ")?;
        let mut identity = Self::default();
        for (name, value) in split_fields(fields) {
            let field = match name.to_ascii_lowercase().as_str() {
                "client" => &mut identity.client,
                "device" => &mut identity.device,
                "deviceid" => &mut identity.device_id,
                "version" => &mut identity.version,
                "token" => &mut identity.token,
                _ => continue,
            };
            *field = value;
        }
        Some(identity)
    }

    /// Signing in needs all four.
    pub(crate) fn is_whole(&self) -> bool {
        let fields = [&self.client, &self.device, &self.device_id, &self.version];
        fields.iter().all(|field| !field.is_empty())
    }
}

/// `Name="value", …` with percent-encoded values; a comma inside quotes does not separate.
fn split_fields(text: &str) -> Vec<(String, String)> {
    let mut quoted = false;
    let fields = text.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    let pair = |field: &str| {
        let (name, value) = field.split_once('=')?;
        let value = crate::http::request::percent_decode(value.trim().trim_matches('"'));
        Some((name.trim().to_owned(), value))
    };
    fields.filter_map(pair).collect()
}

/// Whether a request carries this token in a form that Jellyfin 12 accepts: the header, or `?ApiKey=`.
pub(crate) fn authorized(request: &Request, token: &str) -> bool {
    let header = Identity::of(request).map(|identity| identity.token);
    let given = header.filter(|token| !token.is_empty());
    // Exactly this spelling: the lower-case form with an underscore is the one that was switched off.
    let parameter = || request.param("ApiKey");
    given.or_else(parameter).is_some_and(|given| given == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], query: &str) -> Request {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Request {
            method: "GET".into(),
            path: "/".into(),
            query: query.into(),
            headers: headers.iter().map(own).collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn fields_are_decoded_and_may_hold_commas() {
        let header = r#"MediaBrowser Client="Spool", Device="a, b%22c", DeviceId="1", Version="2", Token="t""#;
        let identity = Identity::of(&request(&[("Authorization", header)], "")).unwrap();
        assert_eq!(identity.device, "a, b\"c");
        assert_eq!(identity.token, "t");
        assert!(identity.is_whole());
    }

    #[test]
    fn only_the_two_forms_that_last_are_accepted() {
        let accepted = |headers: &[_], query| authorized(&request(headers, query), "t");
        assert!(accepted(
            &[("authorization", r#"MediaBrowser Token="t""#)],
            ""
        ));
        assert!(accepted(&[], "ApiKey=t"));
        assert!(!accepted(&[], "api_key=t"));
        assert!(!accepted(&[("X-Emby-Token", "t")], ""));
        assert!(!accepted(&[("X-MediaBrowser-Token", "t")], ""));
        assert!(!accepted(
            &[("X-Emby-Authorization", r#"MediaBrowser Token="t""#)],
            ""
        ));
        assert!(!accepted(&[("Authorization", r#"Emby Token="t""#)], ""));
        assert!(!accepted(
            &[("Authorization", r#"MediaBrowser Token="""#)],
            ""
        ));
    }
}
