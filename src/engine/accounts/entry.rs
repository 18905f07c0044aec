//! How accounts come: folders added, users signed in.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::roster::Roster;
use super::{AccountError, terms};
use crate::model::{Account, AccountId, AccountState, SourceKind};
use crate::secret::Secret;
use crate::source::Source;
use crate::source::jellyfin::{Jellyfin, Login};
use crate::source::local::Folder;
use crate::source_error::SourceError;
use crate::store::accounts::AccountRow;

impl Roster {
    /// Makes the source behind a row. The only place that reads a token to use it.
    pub(super) async fn connect(
        self: &Arc<Self>,
        row: &AccountRow,
    ) -> Result<Arc<dyn Source>, SourceError> {
        if row.kind.is_folder() {
            return Ok(self.folder(row));
        }
        let token = match self.places.get(&row.id).await {
            Ok(Some(token)) => token,
            Ok(None) => return Err(SourceError::Unauthorized),
            Err(error) => {
                tracing::warn!(account = %row.id, %error, "the token cannot be read");
                return Err(SourceError::Unauthorized);
            }
        };
        if row.kind == SourceKind::Plex {
            return Ok(Arc::new(self.plex(row, &token)?));
        }
        Ok(Arc::new(Jellyfin::new(login(row, &token)?, &self.device)?))
    }

    pub(super) fn folder(self: &Arc<Self>, row: &AccountRow) -> Arc<dyn Source> {
        let root = PathBuf::from(&row.address);
        let (roster, id) = (Arc::downgrade(self), row.id.clone());
        let keep = move |drives: String| {
            if let Some(roster) = roster.upgrade() {
                let (runtime, id) = (roster.runtime.clone(), id.clone());
                runtime.spawn(async move { roster.keep_drives(&id, drives).await });
            }
        };
        let folder = Folder::new(row.id.clone(), root, self.prober.clone())
            .on_drives(row.machine_id.as_deref(), Box::new(keep));
        Arc::new(match row.kind {
            SourceKind::NetworkDrive => folder.on_network_drive(),
            _ => folder,
        })
    }

    /// Keeps which drives a folder lies on, unless it was removed meanwhile.
    async fn keep_drives(&self, id: &AccountId, drives: String) {
        let _turn = self.turn.lock().await;
        let kept = async {
            let rows = self.store.accounts().await?;
            let Some(mut row) = rows.into_iter().find(|row| row.id == *id) else {
                return Ok(());
            };
            row.machine_id = Some(drives);
            self.store.put_account(&row).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(account = %id, %error, "which drives a folder lies on is not kept");
        }
    }

    /// Adds a folder under this name, or under its own.
    pub(super) async fn add_folder(
        self: &Arc<Self>,
        path: PathBuf,
        kind: SourceKind,
        name: Option<String>,
    ) -> Result<Account, AccountError> {
        let readable = tokio::task::spawn_blocking(move || {
            let root = path.canonicalize()?;
            std::fs::read_dir(&root).map(|_| root)
        });
        let root = match readable.await {
            Ok(Ok(root)) => root,
            Ok(Err(error)) => return Err(AccountError::Folder(error.to_string())),
            Err(_) => return Err(AccountError::Folder("stopped".into())),
        };
        let Some(address) = root.to_str().map(str::to_owned) else {
            return Err(AccountError::Folder("its name is not UTF-8".into()));
        };
        let _turn = self.turn.lock().await;
        let known = self.accounts.borrow().clone();
        if let Some(same) = known.iter().find(|account| account.address == address) {
            return Err(AccountError::Duplicate(same.id.clone()));
        }
        let own = || {
            root.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let name = name.or_else(own).unwrap_or_else(|| address.clone());
        let row = AccountRow {
            id: AccountId::random(),
            kind,
            name,
            address,
            user: String::new(),
            user_id: None,
            machine_id: None,
            fingerprint: None,
        };
        self.enter(row).await
    }

    /// Makes an account durable, then real.
    pub(super) async fn enter(self: &Arc<Self>, row: AccountRow) -> Result<Account, AccountError> {
        self.store.put_account(&row).await?;
        let id = row.id.clone();
        self.adopt(row);
        self.set_state(&id, AccountState::Online);
        self.tell(|witness| witness.changed(&id));
        self.account(&id)
            .ok_or_else(|| AccountError::Store("the account is gone".into()))
    }
}

/// The time in which the keyring is waited for.
pub(super) struct Asking<'a>(&'a watch::Sender<bool>);

impl<'a> Asking<'a> {
    pub(super) fn begin(told: &'a watch::Sender<bool>) -> Self {
        told.send_replace(true);
        Self(told)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// How an account is signed in, of its row and what is kept of its sign-in.
pub(super) fn login(row: &AccountRow, kept: &Secret) -> Result<Login, SourceError> {
    let address = row.address.parse();
    let (token, mut terms) = terms::unseal(kept).ok_or(SourceError::Unauthorized)?;
    terms.pin = match &row.fingerprint {
        // A certificate that cannot be read must not become one that need not be the right one.
        Some(text) => Some(text.parse().map_err(|_| SourceError::Unauthorized)?),
        None => None,
    };
    Ok(Login {
        account: row.id.clone(),
        address: address.map_err(|_| SourceError::Malformed("the account's address".into()))?,
        machine_id: row.machine_id.clone(),
        user_id: row.user_id.clone().unwrap_or_default(),
        terms,
        token: Some(token),
    })
}
