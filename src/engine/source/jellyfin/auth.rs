//! Finding a Jellyfin server behind a typed address, signing in and out.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::json;
use tokio::time::timeout;
use url::Url;

use super::url::{authorization, base_of, below, candidates};
use super::wire;
use crate::http::{Document, Http, Terms, is_local_network};
use crate::secret::Secret;
use crate::source::Device;
use crate::source_error::SourceError;

/// An address that does not answer by then is not the one.
const PROBE: Duration = Duration::from_secs(5);
/// How long a better address may take after a worse one has answered.
const GRACE: Duration = Duration::from_millis(800);
/// Public information is a few hundred bytes; web pages end here.
const INFO_LIMIT: usize = 1 << 20;

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundServer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its base address, with base path.
    pub address: Url,
    /// Its own id.
    pub machine_id: String,
    /// Plain http to an address outside this computer's own networks: ask before a password is sent.
    pub exposed: bool,
    /// On which terms it was found, and is spoken to from now on.
    pub terms: Terms,
}

/// Why a server was not found or did not let anybody in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EntryError {
    /// The text is no address of a server.
    #[error("not an address")]
    InvalidAddress,
    /// Something answers there, but no Jellyfin server.
    #[error("no Jellyfin server there")]
    NotAServer,
    /// Older than 10.10.
    #[error("the server is too old: {0}")]
    TooOld(String),
    /// Name or password is wrong.
    #[error("wrong name or password")]
    WrongPassword,
    /// The user is disabled or not allowed from here.
    #[error("the server does not allow this user")]
    NotAllowed,
    /// The server lets nobody in by a code.
    #[error("Quick Connect is switched off")]
    CodeSignInOff,
    /// Nobody typed the code before it ran out.
    #[error("the code ran out")]
    CodeExpired,
    /// It failed otherwise.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The server's id of the user.
    pub user_id: String,
    /// The user's name as the server writes it.
    pub user_name: String,
    /// The token.
    pub token: Secret,
}

/// Finds the server behind a typed address: all candidates are asked at once, https is preferred.
///
/// # Errors
/// The error of the candidate that came closest to being a server.
pub async fn find(typed: &str) -> Result<FoundServer, EntryError> {
    find_on(typed, &Terms::default()).await
}

/// The same for a server with `terms` of its own: it is only looked for over https, unless the address says otherwise.
///
/// # Errors
/// As [`find`].
pub async fn find_on(typed: &str, terms: &Terms) -> Result<FoundServer, EntryError> {
    let mut candidates = candidates(typed);
    let open = typed.trim_start().to_ascii_lowercase().starts_with("http:");
    if *terms != Terms::default() && !open {
        candidates.retain(|base| base.scheme() == "https");
    }
    if candidates.is_empty() {
        return Err(EntryError::InvalidAddress);
    }
    let probe = |(rank, base): (usize, Url)| async move {
        let late = Err(EntryError::Source(SourceError::Timeout));
        let answer = async {
            let http = Http::on(&base, HeaderMap::new(), None, terms)?;
            let found = ask(&http, base).await?;
            let terms = terms.clone();
            Ok(FoundServer { terms, ..found })
        };
        (rank, timeout(PROBE, answer).await.unwrap_or(late))
    };
    let mut answers: FuturesUnordered<_> = candidates.into_iter().enumerate().map(probe).collect();
    let mut best: Option<(usize, FoundServer)> = None;
    let mut failure: Option<EntryError> = None;
    loop {
        let next = match best {
            Some((0, _)) => break,
            Some(_) => timeout(GRACE, answers.next()).await.unwrap_or(None),
            None => answers.next().await,
        };
        match next {
            Some((rank, Ok(server))) if best.as_ref().is_none_or(|(than, _)| rank < *than) => {
                best = Some((rank, server));
            }
            Some((_, Ok(_))) => {}
            Some((_, Err(error))) => {
                if failure
                    .as_ref()
                    .is_none_or(|than| closeness(&error) > closeness(than))
                {
                    failure = Some(error);
                }
            }
            None => break,
        }
    }
    match (best, failure) {
        (Some((_, server)), _) => Ok(server),
        (None, Some(failure)) => Err(failure),
        (None, None) => Err(EntryError::InvalidAddress),
    }
}

/// How close to a usable server a failed candidate was; the closest one's failure is worth telling.
fn closeness(error: &EntryError) -> u8 {
    match error {
        EntryError::InvalidAddress => 0,
        EntryError::Source(SourceError::Unreachable(_)) => 1,
        EntryError::Source(SourceError::Timeout) => 2,
        EntryError::Source(SourceError::Insecure(_) | SourceError::Certificate(_)) => 3,
        EntryError::NotAServer => 4,
        EntryError::Source(_) => 5,
        EntryError::WrongPassword
        | EntryError::NotAllowed
        | EntryError::CodeSignInOff
        | EntryError::CodeExpired => 6,
        EntryError::TooOld(_) => 7,
    }
}

const INFO: [&str; 3] = ["System", "Info", "Public"];

async fn ask(http: &Http, base: Url) -> Result<FoundServer, EntryError> {
    let document = http.get_document(&below(&base, &INFO), INFO_LIMIT).await?;
    match judge(&document) {
        // A server with a base path sends everything outside it to its web client.
        Err(EntryError::NotAServer) if base_of(&document.url).path() != document.url.path() => {
            let moved = base_of(&document.url);
            if moved == base || !document.url.path().to_ascii_lowercase().contains("/web") {
                return Err(EntryError::NotAServer);
            }
            judge(&http.get_document(&below(&moved, &INFO), INFO_LIMIT).await?)
        }
        judged => judged,
    }
}

/// Whether an answer is that of a server, and of which.
fn judge(document: &Document) -> Result<FoundServer, EntryError> {
    match document.status {
        200..=299 if !document.html => {}
        429 | 503 => return Err(SourceError::Busy { retry_after: None }.into()),
        _ => return Err(EntryError::NotAServer),
    }
    let wire: wire::PublicInfo =
        serde_json::from_slice(&document.body).map_err(|_| EntryError::NotAServer)?;
    let (Some(id), Some(version)) = (wire.id.owned(), wire.version.owned()) else {
        return Err(EntryError::NotAServer);
    };
    // Programs that speak the same protocol under another name count their own versions.
    let product = wire.product_name.text().unwrap_or("Jellyfin");
    if product.contains("Jellyfin") && is_too_old(&version) {
        return Err(EntryError::TooOld(version));
    }
    let mut address = document.url.clone();
    address.set_query(None);
    let path = address.path().trim_end_matches('/').to_owned();
    let suffix = "/System/Info/Public";
    let Some(at) = path.len().checked_sub(suffix.len()) else {
        return Err(EntryError::NotAServer);
    };
    match path.get(at..) {
        Some(end) if end.eq_ignore_ascii_case(suffix) => {
            address.set_path(&format!("{}/", &path[..at]))
        }
        _ => return Err(EntryError::NotAServer),
    }
    Ok(FoundServer {
        name: wire
            .server_name
            .owned()
            .unwrap_or_else(|| "Jellyfin".into()),
        version,
        exposed: address.scheme() == "http" && !is_local_network(&address),
        address,
        machine_id: id,
        terms: Terms::default(),
    })
}

/// 10.10 is the first version whose addresses are used here; 12 follows 10.11.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next(), numbers.next().unwrap_or(0));
    major.is_some_and(|major| (major, minor) < (10, 10))
}

/// Which server answers at an address now, and which other address it says that it has.
///
/// # Errors
/// [`SourceError::Malformed`] when none does.
pub(super) async fn who(base: &Url, terms: &Terms) -> Result<(String, Option<Url>), SourceError> {
    let http = Http::on(base, HeaderMap::new(), None, terms)?;
    let url = below(base, &INFO);
    let wire: wire::PublicInfo = http.get_json(&url).await?;
    let named = wire.local_address.text();
    let other = named.and_then(|text| text.parse::<Url>().ok());
    let id = wire.id.owned();
    let id = id.ok_or_else(|| SourceError::Malformed("no Jellyfin server".into()))?;
    Ok((id, other.map(|url| base_of(&url))))
}

/// The client of an account.
pub(super) fn client(
    base: &Url,
    terms: &Terms,
    device: &Device,
    token: Option<&Secret>,
) -> Result<Http, SourceError> {
    let header = HeaderValue::from_str(&authorization(device, token))
        .map_err(|_| SourceError::Malformed("a token that is no text".into()))?;
    let own = [(AUTHORIZATION, header)].into_iter().collect();
    Http::on(base, own, None, terms)
}

/// Signs in with a name and password: one attempt, for each failed one counts towards a lock-out.
///
/// # Errors
/// [`EntryError::WrongPassword`], [`EntryError::NotAllowed`], or what else went wrong.
pub async fn sign_in(
    server: &FoundServer,
    device: &Device,
    user: &str,
    password: &Secret,
) -> Result<SignedIn, EntryError> {
    let http = client(&server.address, &server.terms, device, None)?;
    let url = below(&server.address, &["Users", "AuthenticateByName"]);
    let body = json!({ "Username": user, "Pw": password.expose() });
    let answer: wire::SignedIn =
        http.post_json(&url, &body)
            .await
            .map_err(|error| match error {
                SourceError::Unauthorized => EntryError::WrongPassword,
                SourceError::Forbidden => EntryError::NotAllowed,
                SourceError::Gone => EntryError::NotAServer,
                other => EntryError::Source(other),
            })?;
    welcome(server, &answer, user)
}

/// Who is signed in, as a server answers every kind of sign-in.
pub(super) fn welcome(
    server: &FoundServer,
    answer: &wire::SignedIn,
    user: &str,
) -> Result<SignedIn, EntryError> {
    if answer
        .server_id
        .text()
        .is_some_and(|id| id != server.machine_id)
    {
        return Err(SourceError::Malformed("another server answered".into()).into());
    }
    let (Some(token), Some(user_id)) = (answer.access_token.owned(), answer.user.id.owned()) else {
        return Err(SourceError::Malformed("a sign-in without a token".into()).into());
    };
    Ok(SignedIn {
        user_id,
        user_name: answer.user.name.owned().unwrap_or_else(|| user.to_owned()),
        token: Secret::new(token),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(url: &str, status: u16, html: bool, body: &str) -> Document {
        Document {
            url: url.parse().unwrap(),
            status,
            refusal: None,
            html,
            body: body.to_owned().into(),
        }
    }

    const GOOD: &str =
        r#"{"Id":"s1","ServerName":"Nas","Version":"10.11.5","ProductName":"Jellyfin Server"}"#;

    #[test]
    fn the_base_address_is_where_the_answer_came_from() {
        let url = "https://tv.example.org/jf/System/Info/Public";
        let server = judge(&document(url, 200, false, GOOD)).unwrap();
        assert_eq!(server.address.as_str(), "https://tv.example.org/jf/");
        assert_eq!(
            (server.name.as_str(), server.machine_id.as_str()),
            ("Nas", "s1")
        );
        assert!(!server.exposed);
        let open = "http://tv.example.org/system/info/public";
        assert!(judge(&document(open, 200, false, GOOD)).unwrap().exposed);
        let near = "http://nas:8096/System/Info/Public";
        assert!(!judge(&document(near, 200, false, GOOD)).unwrap().exposed);
    }

    #[test]
    fn what_is_no_server() {
        let url = "http://nas/System/Info/Public";
        for (status, html, body) in [
            (200, true, GOOD),
            (404, false, GOOD),
            (200, false, "{}"),
            (200, false, "[1]"),
            (200, false, "hello"),
            (200, false, r#"{"Id":7,"Version":null}"#),
        ] {
            let judged = judge(&document(url, status, html, body));
            assert!(
                matches!(judged, Err(EntryError::NotAServer)),
                "{status} {html} {body}"
            );
        }
        let busy = judge(&document(url, 503, true, ""));
        assert!(matches!(
            busy,
            Err(EntryError::Source(SourceError::Busy { .. }))
        ));
    }

    #[test]
    fn versions() {
        for old in ["10.9.11", "10.8.0", "9.0"] {
            assert!(is_too_old(old), "{old}");
        }
        for new in [
            "10.10.0",
            "10.11.5",
            "12.0.0",
            "12.0.0-rc5",
            "11",
            "unstable",
        ] {
            assert!(!is_too_old(new), "{new}");
        }
    }
}
