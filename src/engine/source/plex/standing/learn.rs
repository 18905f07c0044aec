//! What plex.tv says of the server: its ways, its token, or that it is not there for us any more.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Standing, State};
use crate::secret::Secret;
use crate::source::plex::auth::{Server, Tv};
use crate::source::plex::credentials::Credentials;
use crate::source_error::SourceError;

/// plex.tv is asked for new ways and tokens at most so often, and so long.
const ASK_TV: Duration = Duration::from_secs(30);
const TV_PATIENCE: Duration = Duration::from_secs(6);

/// How plex.tv answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It told the server's ways and token, which may be those that are known.
    Told,
    /// It knows us, and lists no such server: nobody shares it with us any more.
    NotListed,
    /// It does not know us any more.
    Refused,
    /// It cannot be reached, or cannot tell.
    Silent,
}

impl Standing {
    /// Asks plex.tv for the server's ways and token. Who was asked a moment ago is not asked again: the same holds.
    pub(super) async fn learn(&self, state: &mut State) -> Word {
        if let Some(word) = state.known_word() {
            return word;
        }
        let user = state.credentials.user.clone();
        let answer = self.ask_tv(&user).await;
        self.hear(state, answer).await
    }

    /// The same without keeping anybody waiting who only wants the way that is known.
    pub(super) async fn learn_aside(&self) {
        let user = {
            let state = self.state.lock().await;
            if state.known_word().is_some() {
                return;
            }
            state.credentials.user.clone()
        };
        let answer = self.ask_tv(&user).await;
        let mut state = self.state.lock().await;
        self.hear(&mut state, answer).await;
    }

    async fn ask_tv(&self, user: &Secret) -> Result<Vec<Server>, SourceError> {
        let told = async {
            let tv = Tv::new(&self.tv, &self.device, Some(user))?;
            tv.servers().await
        };
        let answer = timeout(TV_PATIENCE, told).await;
        answer.unwrap_or(Err(SourceError::Timeout))
    }

    /// Takes over what plex.tv told.
    async fn hear(&self, state: &mut State, answer: Result<Vec<Server>, SourceError>) -> Word {
        let own = answer.map(|all| all.into_iter().find(|it| it.machine_id == self.machine_id));
        let word = match own {
            Ok(Some(server)) => {
                let fresh = Credentials {
                    server: server.token,
                    ways: server.ways,
                    ..state.credentials.clone()
                };
                if fresh != state.credentials {
                    state.credentials = fresh;
                    self.keep(state).await;
                }
                Word::Told
            }
            Ok(None) => Word::NotListed,
            Err(error) => {
                tracing::debug!(%error, "plex.tv does not tell");
                of_error(&error)
            }
        };
        state.asked = Some((Instant::now(), word));
        word
    }
}

impl State {
    /// What plex.tv said a moment ago.
    fn known_word(&self) -> Option<Word> {
        let (at, word) = self.asked?;
        (at.elapsed() < ASK_TV).then_some(word)
    }
}

/// Only a clear word is a refusal: plex.tv has three statuses for tokens that are no good.
fn of_error(error: &SourceError) -> Word {
    match error {
        SourceError::Unauthorized | SourceError::Status(422 | 498) => Word::Refused,
        _ => Word::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_is_a_refusal() {
        for error in [
            SourceError::Unauthorized,
            SourceError::Status(422),
            SourceError::Status(498),
        ] {
            assert_eq!(of_error(&error), Word::Refused, "{error}");
        }
        for error in [
            SourceError::Timeout,
            SourceError::Forbidden,
            SourceError::Busy { retry_after: None },
            SourceError::Status(500),
            SourceError::Malformed("a page".into()),
        ] {
            assert_eq!(of_error(&error), Word::Silent, "{error}");
        }
    }
}
