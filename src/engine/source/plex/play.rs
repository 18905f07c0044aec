//! Before the bytes: which file it is now, and whether the server lets it be played.
//!
//! PMS 1.43 gives bytes only to a session that asked for a decision before. One session id stands for one playback, in the
//! decision, the bytes and the reports.

use std::collections::HashMap;

use parking_lot::Mutex;
use reqwest::header::HeaderValue;

use super::map::{self, versions};
use super::standing::Way;
use super::url::{Ask, SESSION};
use super::{refusal, wire};
use crate::http::{Http, Located, SecretUrl};
use crate::model::PartId;
use crate::source::address::{below, of_path};
use crate::source_error::SourceError;

/// Playbacks remembered at most: who only fetches bytes never says that it has ended.
const MOST: usize = 64;
/// The file as it is.
const DIRECT: u64 = 1000;
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

impl File {
    /// The part of the server's API that is for it.
    pub(super) fn place(&self) -> &'static str {
        if self.is_music { "music" } else { "video" }
    }
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

/// Session ids of what plays, by file: leave is given for one file.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<PartId, String>>);

impl Sessions {
    /// The id of a file's playback; a new one where none is known.
    pub(super) fn of(&self, part: &PartId) -> String {
        let mut known = self.0.lock();
        if known.len() >= MOST && !known.contains_key(part) {
            known.clear();
        }
        let new = || format!("{:032x}", rand::random::<u128>());
        known.entry(part.clone()).or_insert_with(new).clone()
    }

    /// A playback of a file begins with an id of its own.
    pub(super) fn begin(&self, part: &PartId, session: &str) {
        let mut known = self.0.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(part.clone(), session.into());
    }

    /// The playback has ended: its id, if there was one.
    pub(super) fn end(&self, part: &PartId) -> Option<String> {
        self.0.lock().remove(part)
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

/// What a decision may be long, in bytes: it describes one title.
const DECISION_LIMIT: usize = 8 << 20;

/// Asks for a decision.
///
/// # Errors
/// [`SourceError::Refused`] with the server's words.
pub(super) async fn decide(
    way: &Way,
    file: &File,
    session: &str,
    query: &str,
) -> Result<wire::Decision, SourceError> {
    let http = as_session(&way.http, session);
    let segments = [file.place(), ":", "transcode", "universal", "decision"];
    let mut url = below(&way.base, &segments);
    url.set_query(Some(query));
    let document = http.get_document(&url, DECISION_LIMIT).await?;
    if let Some(error) = &document.refusal {
        return Err(refusal::of(error, document.html, &document.body));
    }
    let unclear = || SourceError::Malformed("a decision that is none".into());
    let answer = serde_json::from_slice::<wire::Answer<wire::Decision>>(&document.body);
    judge(answer.map_err(|_| unclear())?.container)
}

/// Asks for a decision, and says where the bytes are. A server that has refused bytes (`strict`), and one that is not near, is
/// taken at its word: where it limits what goes out, it refuses bytes that it has not agreed to. One that is near and would
/// rather convert may still give them.
///
/// # Errors
/// [`SourceError::Refused`] with the server's words; [`SourceError::Gone`] for a path that leads elsewhere.
pub(super) async fn locate(
    way: &Way,
    part: &PartId,
    file: File,
    session: &str,
    strict: bool,
) -> Result<Located, SourceError> {
    let ask = Ask {
        item: part.item().key(),
        at: file.at,
        session,
        near: way.class.is_near(),
    };
    let path = match decide(way, &file, session, &ask.direct()).await {
        Ok(decided) if (strict || !ask.near) && !is_direct(&decided) => {
            return Err(instead(&decided));
        }
        Ok(decided) => {
            let item = decided.metadata.0.first();
            item.and_then(|item| self::file(item, part))
        }
        Err(error) if error.is_offline() => return Err(error),
        Err(error @ (SourceError::Unauthorized | SourceError::Refused(_))) => return Err(error),
        // A server that cannot decide may still give the bytes.
        Err(error) => {
            tracing::debug!(%error, "no decision");
            None
        }
    };
    let path = path.map_or(file.path, |now| now.path);
    let url = of_path(&way.base, &path, "/library/parts/").ok_or(SourceError::Gone)?;
    Ok(Located::Remote {
        http: as_session(&way.http, session),
        url: SecretUrl::new(url),
        connections: CONNECTIONS,
    })
}

/// What was decided, unless it is a refusal.
fn judge(decision: wire::Decision) -> Result<wire::Decision, SourceError> {
    let codes = [
        (
            &decision.general_decision_code,
            &decision.general_decision_text,
        ),
        (&decision.mde_decision_code, &decision.mde_decision_text),
        (&decision.termination_code, &decision.termination_text),
    ];
    let refused = |code: u64| code >= REFUSED;
    let general = codes[0].0.whole().or(codes[1].0.whole());
    if !general.is_some_and(refused) && codes[2].0.whole().is_none() {
        return Ok(decision);
    }
    let texts = [codes[2].1, codes[0].1, codes[1].1];
    Err(match texts.iter().find_map(|text| text.text()) {
        Some(text) => SourceError::Refused(map::words(text)),
        None => SourceError::Forbidden,
    })
}

/// Whether the file may be played as it is. A decision without a code is none, and no bar.
pub(super) fn is_direct(decision: &wire::Decision) -> bool {
    let direct = decision.direct_play_decision_code.whole();
    match decision.general_decision_code.whole() {
        Some(code) => code == DIRECT,
        None => direct.is_none_or(|code| code == DIRECT),
    }
}

/// The server's words where it would convert and not give the file.
fn instead(decision: &wire::Decision) -> SourceError {
    let texts = [
        &decision.direct_play_decision_text,
        &decision.general_decision_text,
    ];
    match texts.iter().find_map(|text| text.text()) {
        Some(text) => SourceError::Refused(map::words(text)),
        None => SourceError::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::ItemId;

    fn judged(fields: serde_json::Value) -> Result<bool, SourceError> {
        let decision: wire::Decision = serde_json::from_value(fields).unwrap();
        judge(decision).map(|decision| is_direct(&decision))
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
        assert!(judged(json!({ "generalDecisionCode": "soon", "Metadata": 5 })).unwrap());
        assert!(
            !judged(json!({ "generalDecisionCode": 1001, "directPlayDecisionCode": 3000 }))
                .unwrap()
        );
        let ended = judged(
            json!({ "generalDecisionCode": 1000, "terminationCode": 1, "terminationText": "Bedtime" }),
        );
        assert!(matches!(ended, Err(SourceError::Refused(words)) if words == "Bedtime"));
    }

    #[test]
    fn a_playback_keeps_its_id_until_it_ends() {
        let sessions = Sessions::default();
        let film = ItemId::new("acc".parse().unwrap(), "film");
        let item = |key: &str| PartId::new(film.clone(), key);
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
