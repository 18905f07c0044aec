//! The folder of the demo library: it lies among the program's own data, and its files go when its account goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::roster::Roster;
use super::{AccountError, AccountService};
use crate::model::{Account, SourceKind};
use crate::store::accounts::AccountRow;

/// Where it lies in a profile's data folder.
pub(super) fn place(data: &Path) -> PathBuf {
    let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    data.join("demo")
}

impl AccountService {
    /// Where the demo library lies once it is added. What is made for it is made beside it.
    #[must_use]
    pub fn demo_folder(&self) -> &Path {
        &self.roster.demo
    }

    /// Whether this account is the demo library, whose files are deleted with it.
    #[must_use]
    pub fn is_demo(&self, account: &Account) -> bool {
        self.roster.is_demo(account.kind, &account.address)
    }

    /// Adds a folder that was made for it as the demo library of this name: it is moved to its place, and replaces what an
    /// earlier one has left there.
    ///
    /// # Errors
    /// [`AccountError::Duplicate`] when there is one already, [`AccountError::Folder`] when it cannot be moved,
    /// [`AccountError::Store`].
    pub async fn add_demo(&self, made: &Path, name: &str) -> Result<Account, AccountError> {
        let (roster, made, name) = (Arc::clone(&self.roster), made.to_owned(), name.to_owned());
        let account = self
            .runtime
            .run(async move { roster.add_demo(made, name).await })
            .await?;
        self.roster.watch_folder(&account.id);
        Ok(account)
    }
}

impl Roster {
    fn is_demo(&self, kind: SourceKind, address: &str) -> bool {
        kind == SourceKind::Folder && Path::new(address) == self.demo
    }

    async fn add_demo(
        self: &Arc<Self>,
        made: PathBuf,
        name: String,
    ) -> Result<Account, AccountError> {
        let known = self.accounts.borrow().clone();
        let mut known = known.iter();
        let same = known.find(|account| self.is_demo(account.kind, &account.address));
        let same = same.map(|same| same.id.clone());
        let (place, unwanted) = (self.demo.clone(), same.is_some());
        let moved = tokio::task::spawn_blocking(move || match unwanted {
            true => remove(&made),
            false => remove(&place).and_then(|()| fs::rename(&made, &place)),
        });
        match moved.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(AccountError::Folder(error.to_string())),
            Err(_) => return Err(AccountError::Folder("stopped".into())),
        }
        if let Some(same) = same {
            return Err(AccountError::Duplicate(same));
        }
        self.add_folder(self.demo.clone(), SourceKind::Folder, Some(name))
            .await
    }

    /// Deletes the files of an account that is gone, where they were made for it and are nobody's else.
    pub(super) async fn delete_demo(&self, row: &AccountRow) {
        if !self.is_demo(row.kind, &row.address) {
            return;
        }
        let place = self.demo.clone();
        let deleted = tokio::task::spawn_blocking(move || remove(&place)).await;
        if let Ok(Err(error)) = deleted {
            tracing::warn!(%error, "files of the demo library are left");
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
