//! Tokens in a file that only this user can read, for systems without a Secret Service and only after the person agreed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::{Secret, SecretError, SecretStore};
use crate::model::AccountId;

/// A JSON object from account to token, mode 0600, replaced as a whole.
///
/// **Threads**: reads and writes happen on the blocking pool, one at a time.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
    turn: Arc<Mutex<()>>,
}

type Tokens = BTreeMap<String, String>;

impl TokenFile {
    /// The file `tokens.json` in a folder; made with the first token.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("tokens.json"),
            turn: Arc::default(),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SecretError> {
        let Self { path, turn } = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock();
            work(&path)
        });
        match done.await {
            Ok(result) => result.map_err(|error| SecretError::Failed(error.to_string())),
            Err(_) => Err(SecretError::Failed("stopped".into())),
        }
    }
}

#[async_trait]
impl SecretStore for TokenFile {
    async fn get(&self, account: &AccountId) -> Result<Option<Secret>, SecretError> {
        let account = account.clone();
        let tokens = self.run(read).await?;
        Ok(tokens.get(account.as_str()).map(Secret::new))
    }

    async fn set(&self, account: &AccountId, token: &Secret, _: &str) -> Result<(), SecretError> {
        let (account, token) = (account.clone(), token.clone());
        self.run(move |path| {
            let mut tokens = read(path)?;
            tokens.insert(account.as_str().to_owned(), token.expose().to_owned());
            write(path, &tokens)
        })
        .await
    }

    async fn remove(&self, account: &AccountId) -> Result<(), SecretError> {
        let account = account.clone();
        self.run(move |path| {
            let mut tokens = read(path)?;
            match tokens.remove(account.as_str()) {
                Some(_) if tokens.is_empty() => fs::remove_file(path),
                Some(_) => write(path, &tokens),
                None => Ok(()),
            }
        })
        .await
    }
}

fn read(path: &Path) -> io::Result<Tokens> {
    match fs::read(path) {
        // What stands there is not quoted: it may be a token.
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|_| io::Error::other("the token file is damaged")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Tokens::new()),
        Err(error) => Err(error),
    }
}

/// Whole or not at all, also after a power cut: the new file is on the disk before it takes the old one's name.
fn write(path: &Path, tokens: &Tokens) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(&serde_json::to_vec(tokens)?)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn tokens_survive_in_a_file_of_this_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (AccountId::random(), AccountId::random());
        let file = TokenFile::in_folder(folder.path());
        assert_eq!(file.get(&a).await.unwrap(), None);
        file.set(&a, &Secret::new("one"), "").await.unwrap();
        file.set(&b, &Secret::new("two"), "").await.unwrap();
        file.set(&a, &Secret::new("three"), "").await.unwrap();

        let again = TokenFile::in_folder(folder.path());
        assert_eq!(again.get(&a).await.unwrap(), Some(Secret::new("three")));
        assert_eq!(again.get(&b).await.unwrap(), Some(Secret::new("two")));
        let path = folder.path().join("tokens.json");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        again.remove(&a).await.unwrap();
        assert_eq!(file.get(&a).await.unwrap(), None);
        again.remove(&b).await.unwrap();
        again.remove(&b).await.unwrap();
        assert!(!path.exists(), "no token, no file");
    }

    #[tokio::test]
    async fn a_damaged_file_is_an_error_that_quotes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tokens.json"), "{\"a\": \"CANARY").unwrap();
        let file = TokenFile::in_folder(folder.path());
        let error = file.get(&AccountId::random()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("CANARY"));
    }
}
