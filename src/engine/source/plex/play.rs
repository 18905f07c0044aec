//! Before the bytes: which file it is now, and whether the server lets it be played.
//!
//! PMS 1.43 gives bytes only to a session that asked for a decision before. One session id stands for one playback, in the
//! decision, the bytes and the reports.

use std::collections::HashMap;

use parking_lot::Mutex;
use reqwest::header::HeaderValue;

use super::map::{self, versions};
use super::standing::Way;
use super::url::{SESSION, decision};
use super::wire;
use crate::http::{Http, Located, SecretUrl};
use crate::model::{ItemId, PartId};
use crate::source::address::{below, of_path};
use crate::source_error::SourceError;

/// Playbacks remembered at most: who only fetches bytes never says that it has ended.
const MOST: usize = 64;
/// Codes from here on are refusals.
const REFUSED: u64 = 2000;

/// One playback's file, as a question found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// The server's path of its bytes.
    pub(super) path: String,
    /// Place in the server's lists of versions and files.
    pub(super) at: (usize, usize),
    pub(super) is_music: bool,
}

/// The file of a part as the server describes it; `None` when the title has no such file any more.
pub(super) fn file(item: &wire::Item, part: &PartId) -> Option<File> {
    let mut all = versions(item);
    let version = all.find(|version| version.part.id.text() == Some(part.key()))?;
    Some(File {
        path: version.part.key.owned()?,
        at: version.at,
        is_music: item.kind.text() == Some("track"),
    })
}

/// Session ids of what plays, by title.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<ItemId, String>>);

impl Sessions {
    /// The id of a title's playback; a new one where none is known.
    pub(super) fn of(&self, item: &ItemId) -> String {
        let mut known = self.0.lock();
        if known.len() >= MOST && !known.contains_key(item) {
            known.clear();
        }
        let new = || format!("{:032x}", rand::random::<u128>());
        known.entry(item.clone()).or_insert_with(new).clone()
    }

    /// The playback has ended: its id, if there was one.
    pub(super) fn end(&self, item: &ItemId) -> Option<String> {
        self.0.lock().remove(item)
    }
}

/// The same client with a playback's id in a header.
pub(super) fn as_session(http: &Http, session: &str) -> Http {
    match HeaderValue::from_str(session) {
        Ok(value) => http.and(SESSION, value),
        Err(_) => http.clone(),
    }
}

/// A server may end one stream of a file when another begins.
pub(super) const CONNECTIONS: usize = 1;

/// Asks for a decision, and says where the bytes are.
///
/// # Errors
/// [`SourceError::Refused`] with the server's words; [`SourceError::Gone`] for a path that leads elsewhere.
pub(super) async fn locate(
    way: &Way,
    part: &PartId,
    file: File,
    session: &str,
) -> Result<Located, SourceError> {
    let http = as_session(&way.http, session);
    let place = if file.is_music { "music" } else { "video" };
    let mut url = below(
        &way.base,
        &[place, ":", "transcode", "universal", "decision"],
    );
    let query = decision(
        part.item().key(),
        file.at.0,
        file.at.1,
        session,
        way.class.is_near(),
    );
    url.set_query(Some(&query));
    let decided: Result<wire::Answer<wire::Decision>, _> = http.get_json(&url).await;
    let path = match decided {
        Ok(answer) => judge(&answer.container)?.and_then(|item| self::file(item, part)),
        Err(error) if error.is_offline() || matches!(error, SourceError::Unauthorized) => {
            return Err(error);
        }
        // A server that cannot decide may still give the bytes.
        Err(error) => {
            tracing::debug!(%error, "no decision");
            None
        }
    };
    let path = path.map_or(file.path, |now| now.path);
    let url = of_path(&way.base, &path, "/library/parts/").ok_or(SourceError::Gone)?;
    Ok(Located::Remote {
        http,
        url: SecretUrl::new(url),
        connections: CONNECTIONS,
    })
}

/// What was decided: the title as it is now, if the answer has it, or the server's refusal.
fn judge(decision: &wire::Decision) -> Result<Option<&wire::Item>, SourceError> {
    let code = decision
        .general_decision_code
        .whole()
        .or(decision.mde_decision_code.whole());
    if code.is_some_and(|code| code >= REFUSED) {
        let text = decision
            .general_decision_text
            .text()
            .or(decision.mde_decision_text.text());
        return Err(match text {
            Some(text) => SourceError::Refused(map::words(text)),
            None => SourceError::Forbidden,
        });
    }
    Ok(decision.metadata.0.first())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(fields: serde_json::Value) -> Result<bool, SourceError> {
        let decision: wire::Decision = serde_json::from_value(fields).unwrap();
        judge(&decision).map(|item| item.is_some())
    }

    #[test]
    fn a_refusal_is_told_in_the_server_s_words() {
        let no = judged(
            json!({ "generalDecisionCode": "2011", "generalDecisionText": " Downloads\n not allowed " }),
        );
        assert!(matches!(no, Err(SourceError::Refused(words)) if words == "Downloads not allowed"));
        assert!(matches!(
            judged(json!({ "mdeDecisionCode": 2000 })),
            Err(SourceError::Forbidden)
        ));
        assert!(judged(json!({ "generalDecisionCode": 1000, "Metadata": [{}] })).unwrap());
        assert!(!judged(json!({ "generalDecisionCode": "soon", "Metadata": 5 })).unwrap());
    }

    #[test]
    fn a_playback_keeps_its_id_until_it_ends() {
        let sessions = Sessions::default();
        let item = |key: &str| ItemId::new("acc".parse().unwrap(), key);
        let first = sessions.of(&item("1"));
        assert_eq!(sessions.of(&item("1")), first);
        assert_ne!(sessions.of(&item("2")), first);
        assert_eq!(sessions.end(&item("1")), Some(first.clone()));
        assert_ne!(sessions.of(&item("1")), first);
        for number in 0..200 {
            sessions.of(&item(&number.to_string()));
        }
        assert!(sessions.0.lock().len() <= MOST);
    }
}
