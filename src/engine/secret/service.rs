//! Tokens in the desktop's keyring, over the Secret Service interface of freedesktop.org.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use oo7::dbus::{Collection, Error, Service};
use tokio::time::timeout;

use super::{Secret, SecretError, SecretStore};
use crate::model::AccountId;

/// A service that does not answer by then is none.
const ANSWER: Duration = Duration::from_secs(3);
/// A person types the keyring's password in this time.
const PERSON: Duration = Duration::from_secs(120);

/// The session's Secret Service, connected to anew for every question: questions are rare, and the service may be
/// started, stopped or replaced in between.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretService;

#[async_trait]
impl SecretStore for SecretService {
    async fn get(&self, account: &AccountId) -> Result<Option<Secret>, SecretError> {
        let keyring = answer(Service::new()).await?;
        let Some(collection) = answer(keyring.with_alias(Service::DEFAULT_COLLECTION)).await?
        else {
            return Ok(None);
        };
        unlock(&collection).await?;
        let items = answer(collection.search_items(&attributes(account))).await?;
        let Some(item) = items.first() else {
            return Ok(None);
        };
        let secret = answer(item.secret()).await?;
        let text = std::str::from_utf8(secret.as_bytes())
            .map_err(|_| SecretError::Failed("it keeps no text".into()))?;
        Ok(Some(Secret::new(text)))
    }

    async fn set(
        &self,
        account: &AccountId,
        token: &Secret,
        label: &str,
    ) -> Result<(), SecretError> {
        let keyring = answer(Service::new()).await?;
        let collection = match answer(keyring.with_alias(Service::DEFAULT_COLLECTION)).await? {
            Some(collection) => collection,
            // Making the first keyring asks the person for a password.
            None => person(keyring.default_collection()).await?,
        };
        unlock(&collection).await?;
        let token = oo7::Secret::text(token.expose());
        let attributes = attributes(account);
        answer(collection.create_item(label, &attributes, token, true, None)).await?;
        Ok(())
    }

    async fn remove(&self, account: &AccountId) -> Result<(), SecretError> {
        let keyring = answer(Service::new()).await?;
        let Some(collection) = answer(keyring.with_alias(Service::DEFAULT_COLLECTION)).await?
        else {
            return Ok(());
        };
        for item in answer(collection.search_items(&attributes(account))).await? {
            unlock(&collection).await?;
            answer(item.delete(None)).await?;
        }
        Ok(())
    }
}

fn attributes(account: &AccountId) -> [(&'static str, String); 2] {
    [
        (
            "xdg:schema",
            "io.github.spool_player.Spool.Token".to_owned(),
        ),
        ("account", account.as_str().to_owned()),
    ]
}

async fn unlock(collection: &Collection) -> Result<(), SecretError> {
    if answer(collection.is_locked()).await? {
        person(collection.unlock(None)).await?;
    }
    Ok(())
}

async fn answer<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, SecretError> {
    match timeout(ANSWER, question).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(situation(&error)),
        Err(_) => Err(SecretError::Unavailable),
    }
}

async fn person<T>(question: impl Future<Output = Result<T, Error>>) -> Result<T, SecretError> {
    match timeout(PERSON, question).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(situation(&error)),
        Err(_) => Err(SecretError::Locked),
    }
}

fn situation(error: &Error) -> SecretError {
    match error {
        Error::Dismissed => SecretError::Locked,
        Error::Service(oo7::dbus::ServiceError::IsLocked(_)) => SecretError::Locked,
        // No session bus, or nobody on it owns the name.
        Error::ZBus(_) | Error::IO(_) | Error::Service(oo7::dbus::ServiceError::ZBus(_)) => {
            tracing::debug!(%error, "no secret service");
            SecretError::Unavailable
        }
        other => SecretError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs in a session without a bus, as the test gate has it, and on a desktop, where the answer is another.
    #[tokio::test]
    async fn an_absent_service_is_said_within_its_limit() {
        let account = AccountId::random();
        let answer = timeout(2 * ANSWER, SecretService.get(&account));
        match answer.await.expect("it answers or is given up") {
            Ok(None) | Err(SecretError::Unavailable | SecretError::Locked) => {}
            other => panic!("{other:?}"),
        }
    }
}
