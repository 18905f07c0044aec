//! All places of tokens together, in the order in which they are looked into.

use std::path::Path;
use std::sync::Arc;

use super::{Keep, Memory, Secret, SecretError, SecretService, SecretStore, TokenFile};
use crate::model::AccountId;

/// Memory, then the file, then the Secret Service. The order is what remembers where a token is kept: a token in the
/// file never makes a keyring ask for its password.
pub(crate) struct Places {
    memory: Memory,
    file: TokenFile,
    service: Arc<dyn SecretStore>,
}

impl Places {
    /// The places of a profile whose data folder is given; `service` stands in for the session's Secret Service.
    pub(crate) fn new(folder: &Path, service: Option<Arc<dyn SecretStore>>) -> Self {
        Self {
            memory: Memory::default(),
            file: TokenFile::in_folder(folder),
            service: service.unwrap_or_else(|| Arc::new(SecretService)),
        }
    }

    /// The token of an account, from the first place that has one.
    pub(crate) async fn get(&self, account: &AccountId) -> Result<Option<Secret>, SecretError> {
        if let Some(token) = self.memory.get(account).await? {
            return Ok(Some(token));
        }
        match self.file.get(account).await {
            Ok(Some(token)) => return Ok(Some(token)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the token file cannot be read"),
        }
        self.service.get(account).await
    }

    /// Keeps a token where the person agreed, and nowhere else.
    pub(crate) async fn keep(
        &self,
        account: &AccountId,
        token: &Secret,
        label: &str,
        keep: Keep,
    ) -> Result<(), SecretError> {
        match keep {
            Keep::Service => self.service.set(account, token, label).await?,
            Keep::File => self.file.set(account, token, label).await?,
            Keep::Session => self.memory.set(account, token, label).await?,
        }
        if keep != Keep::Session {
            self.memory.remove(account).await?;
        }
        if keep != Keep::File {
            self.file.remove(account).await?;
        }
        Ok(())
    }

    /// Keeps a newer token of an account where the older one is.
    pub(crate) async fn renew(
        &self,
        account: &AccountId,
        token: &Secret,
        label: &str,
    ) -> Result<(), SecretError> {
        let keep = if self.memory.get(account).await?.is_some() {
            Keep::Session
        } else if matches!(self.file.get(account).await, Ok(Some(_))) {
            Keep::File
        } else {
            Keep::Service
        };
        self.keep(account, token, label, keep).await
    }

    /// Forgets a token wherever it is; what cannot be asked now is logged.
    pub(crate) async fn forget(&self, account: &AccountId) {
        let places: [&dyn SecretStore; 3] = [&self.memory, &self.file, self.service.as_ref()];
        for place in places {
            if let Err(error) = place.remove(account).await {
                tracing::warn!(%account, %error, "a token may still be kept");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[tokio::test]
    async fn a_token_is_in_one_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let service = Arc::new(Memory::default());
        let places = Places::new(folder.path(), Some(service.clone()));
        let id = AccountId::random();

        places
            .keep(&id, &secret("1"), "", Keep::File)
            .await
            .unwrap();
        assert_eq!(places.get(&id).await.unwrap(), Some(secret("1")));
        assert_eq!(service.get(&id).await.unwrap(), None);

        places
            .keep(&id, &secret("2"), "", Keep::Service)
            .await
            .unwrap();
        assert_eq!(places.get(&id).await.unwrap(), Some(secret("2")));
        assert!(!folder.path().join("tokens.json").exists());

        places
            .keep(&id, &secret("3"), "", Keep::Session)
            .await
            .unwrap();
        assert_eq!(places.get(&id).await.unwrap(), Some(secret("3")));
        places.renew(&id, &secret("4"), "").await.unwrap();
        assert_eq!(places.memory.get(&id).await.unwrap(), Some(secret("4")));
        assert_eq!(service.get(&id).await.unwrap(), Some(secret("2")));
        places.forget(&id).await;
        assert_eq!(places.get(&id).await.unwrap(), None);
        assert_eq!(service.get(&id).await.unwrap(), None);
    }
}
