//! Plex accounts: letting this device in at plex.tv, choosing a server and a user of the home.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use tokio::task::JoinHandle;
use url::Url;

use super::roster::Roster;
use super::{AccountError, AccountService, HomeUser, PlexEntry, PlexLink};
use crate::http::Terms;
use crate::model::{Account, AccountId, SourceKind};
use crate::secret::{Keep, Secret};
use crate::source::Source;
use crate::source::plex::{self, Credentials, Keeper, Login, Plex};
use crate::source_error::SourceError;
use crate::store::accounts::AccountRow;

impl AccountService {
    /// Signs in at another plex.tv from now on, for tests and stand-ins; otherwise at the one that the environment variable
    /// `SPOOL_PLEX_TV` names, or at the real one.
    pub fn set_plex_tv(&self, base: &Url) {
        *self.roster.plex_tv.lock() = Some(base.clone());
    }

    /// Asks plex.tv to let this device in: gives a page to open and a code to type elsewhere.
    ///
    /// # Errors
    /// [`AccountError::Source`].
    pub async fn ask_plex(&self) -> Result<PlexLink, AccountError> {
        let roster = Arc::clone(&self.roster);
        let asked = async move { Ok(plex::ask(&roster.plex_tv()?, &roster.device).await?) };
        self.runtime.run(asked).await
    }

    /// Waits until a person lets this device in, and tells what there is to choose from. Dropping the future ends the wait;
    /// it may be called again.
    ///
    /// # Errors
    /// [`AccountError::CodeExpired`], [`AccountError::Source`].
    pub async fn wait_plex(&self, link: &PlexLink) -> Result<PlexEntry, AccountError> {
        let (roster, link) = (Arc::clone(&self.roster), link.clone());
        let entered = async move {
            let token = link.wait().await?;
            Ok(plex::enter(&roster.plex_tv()?, &roster.device, &token).await?)
        };
        self.runtime.run(entered).await
    }

    /// Enters with a token of plex.tv that the person has already.
    ///
    /// # Errors
    /// [`AccountError::Source`].
    pub async fn enter_plex(&self, token: &Secret) -> Result<PlexEntry, AccountError> {
        let (roster, token) = (Arc::clone(&self.roster), token.clone());
        let entered =
            async move { Ok(plex::enter(&roster.plex_tv()?, &roster.device, &token).await?) };
        self.runtime.run(entered).await
    }

    /// Becomes another user of the home, before an account is made.
    ///
    /// # Errors
    /// [`AccountError::WrongPin`], [`AccountError::NoChoice`], [`AccountError::Source`].
    pub async fn become_plex(
        &self,
        entry: &PlexEntry,
        uuid: &str,
        pin: Option<&Secret>,
    ) -> Result<PlexEntry, AccountError> {
        let (roster, entry) = (Arc::clone(&self.roster), entry.clone());
        let (uuid, pin) = (uuid.to_owned(), pin.cloned());
        let switched = async move {
            let (tv, device) = (roster.plex_tv()?, &roster.device);
            Ok(plex::switch(&tv, device, &entry, &uuid, pin.as_ref()).await?)
        };
        self.runtime.run(switched).await
    }

    /// Adds one of the servers as an account: finds the way to it, tries the token, keeps it. A user who is there already
    /// gets a new token.
    ///
    /// # Errors
    /// [`AccountError::NoChoice`], [`AccountError::Secret`] when the token cannot be kept where it was asked to be (the same
    /// entry may be used again), [`AccountError::Source`], [`AccountError::Store`].
    pub async fn add_plex(
        &self,
        entry: &PlexEntry,
        machine_id: &str,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        self.add_plex_on(entry, machine_id, &Terms::default(), keep)
            .await
    }

    /// The same on terms of the server's own: a certificate that the person has accepted, headers and a certificate of this
    /// computer's that a proxy of theirs asks for. None of it goes to plex.tv.
    ///
    /// # Errors
    /// As [`AccountService::add_plex`]; [`SourceError::Certificate`] tells the fingerprint of the certificate that was refused.
    pub async fn add_plex_on(
        &self,
        entry: &PlexEntry,
        machine_id: &str,
        terms: &Terms,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let (roster, entry) = (Arc::clone(&self.roster), entry.clone());
        let (machine_id, terms) = (machine_id.to_owned(), terms.clone());
        let added = async move { roster.add_plex(&entry, &machine_id, terms, keep).await };
        self.runtime.run(added).await
    }

    /// Users of the home that an account was signed in through.
    ///
    /// # Errors
    /// [`AccountError::NoChoice`] for accounts of other kinds, [`AccountError::Source`], [`AccountError::Store`].
    pub async fn users(&self, account: &AccountId) -> Result<Vec<HomeUser>, AccountError> {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        let listed = async move {
            let (row, token) = roster.plex_row(&account).await?;
            Ok(roster.plex(&row, &token)?.home().await?)
        };
        self.runtime.run(listed).await
    }

    /// Makes an account another user's of the same home: its library and positions become that user's, the bytes on this
    /// device stay.
    ///
    /// # Errors
    /// [`AccountError::WrongPin`], [`AccountError::NoChoice`] when the user is not of the home or may not use the server,
    /// [`AccountError::Duplicate`], [`AccountError::Source`], [`AccountError::Store`].
    pub async fn switch(
        &self,
        account: &AccountId,
        uuid: &str,
        pin: Option<&Secret>,
    ) -> Result<Account, AccountError> {
        let (roster, account) = (Arc::clone(&self.roster), account.clone());
        let (uuid, pin) = (uuid.to_owned(), pin.cloned());
        self.runtime
            .run(async move { roster.switch(&account, &uuid, pin.as_ref()).await })
            .await
    }
}

impl Roster {
    fn plex_tv(&self) -> Result<Url, SourceError> {
        let named = self.plex_tv.lock().clone();
        named.map_or_else(plex::tv, Ok)
    }

    /// The source of a row, with what is kept of its sign-in.
    pub(super) fn plex(
        self: &Arc<Self>,
        row: &AccountRow,
        kept: &Secret,
    ) -> Result<Plex, SourceError> {
        let keeper = Kept {
            roster: Arc::downgrade(self),
            row: row.clone(),
        };
        let login = Login {
            account: row.id.clone(),
            machine_id: row.machine_id.clone().unwrap_or_default(),
            credentials: unsealed(row, kept)?,
            tv: self.plex_tv()?,
            lan: self.lan.lock().clone(),
            keeper: Some(Arc::new(keeper)),
        };
        Ok(Plex::new(login, &self.device))
    }

    async fn plex_row(&self, id: &AccountId) -> Result<(AccountRow, Secret), AccountError> {
        let rows = self.store.accounts().await?;
        let row = rows
            .into_iter()
            .find(|row| row.id == *id && row.kind == SourceKind::Plex);
        let row = row.ok_or(AccountError::NoChoice)?;
        let token = self.places.get(id).await?;
        Ok((row, token.ok_or(SourceError::Unauthorized)?))
    }

    async fn add_plex(
        self: &Arc<Self>,
        entry: &PlexEntry,
        machine_id: &str,
        terms: Terms,
        keep: Keep,
    ) -> Result<Account, AccountError> {
        let _turn = self.turn.lock().await;
        let known = self.plex_account(machine_id, &entry.user.uuid).await?;
        // Who signs in again has accepted the server's certificate, and given its headers, before.
        let terms = match &known {
            Some(row) if terms == Terms::default() => self.terms(&row.id).await,
            _ => terms,
        };
        let id = known.map_or_else(AccountId::random, |row| row.id);
        let (row, kept) = self.prove(id, entry, machine_id, terms).await?;
        self.places.keep(&row.id, &kept, &label(&row), keep).await?;
        self.enter(row).await
    }

    async fn switch(
        self: &Arc<Self>,
        id: &AccountId,
        uuid: &str,
        pin: Option<&Secret>,
    ) -> Result<Account, AccountError> {
        let _turn = self.turn.lock().await;
        let (row, token) = self.plex_row(id).await?;
        let machine_id = row.machine_id.clone().unwrap_or_default();
        if let Some(same) = self
            .plex_account(&machine_id, uuid)
            .await?
            .filter(|same| same.id != *id)
        {
            return Err(AccountError::Duplicate(same.id));
        }
        let (tv, device) = (self.plex_tv()?, &self.device);
        let kept = unsealed(&row, &token)?;
        let entry = plex::enter(&tv, device, kept.account()).await?;
        let entry = plex::switch(&tv, device, &entry, uuid, pin).await?;
        let (row, kept) = self
            .prove(id.clone(), &entry, &machine_id, kept.terms)
            .await?;
        // From here on the former user's token is not used any more.
        let witness = self.witness.lock().clone();
        if let Some(witness) = witness {
            witness.handed_over(id).await;
        }
        self.places.renew(id, &kept, &label(&row)).await?;
        self.enter(row).await
    }

    async fn plex_account(
        &self,
        machine_id: &str,
        uuid: &str,
    ) -> Result<Option<AccountRow>, AccountError> {
        let rows = self.store.accounts().await?.into_iter();
        let mut plex = rows.filter(|row| row.kind == SourceKind::Plex);
        Ok(plex.find(|row| {
            row.machine_id.as_deref() == Some(machine_id) && row.user_id.as_deref() == Some(uuid)
        }))
    }

    /// Finds the way to a server and tries the token there: the row of the account, and what is to be kept.
    async fn prove(
        &self,
        id: AccountId,
        entry: &PlexEntry,
        machine_id: &str,
        terms: Terms,
    ) -> Result<(AccountRow, Secret), AccountError> {
        let server = entry.server(machine_id).ok_or(AccountError::NoChoice)?;
        let pin = terms.pin;
        let login = Login::new(id.clone(), self.plex_tv()?, entry, server).on(terms);
        let kept = login.credentials.seal();
        let source = Plex::new(login, &self.device);
        source.check().await?;
        let row = AccountRow {
            id,
            kind: SourceKind::Plex,
            name: server.name.clone(),
            address: source.address().await?.to_string(),
            user: entry.user.name.clone(),
            user_id: Some(entry.user.uuid.clone()),
            machine_id: Some(server.machine_id.clone()),
            fingerprint: pin.map(|pin| pin.to_string()),
        };
        Ok((row, kept))
    }

    /// Ends the sign-in of an account and forgets it here; when another account came from the same one, it lives on.
    /// Gives the farewell to plex.tv that is under way, if any.
    pub(super) async fn leave_plex(self: &Arc<Self>, row: &AccountRow) -> Option<JoinHandle<()>> {
        let kept = self.places.get(&row.id).await.ok().flatten();
        self.places.forget(&row.id).await;
        let kept = kept?;
        let own = Credentials::unseal(&kept)?;
        for other in self.store.accounts().await.unwrap_or_default() {
            if other.kind != SourceKind::Plex || other.id == row.id {
                continue;
            }
            let token = self.places.get(&other.id).await.ok().flatten();
            let shared = token.and_then(|token| Credentials::unseal(&token));
            if shared.is_none_or(|shared| shared.shares_sign_in(&own)) {
                return None;
            }
        }
        let source = self.plex(row, &kept).ok()?;
        Some(tokio::spawn(async move { source.sign_out().await }))
    }
}

/// What is kept of a sign-in, with the certificate that is accepted.
fn unsealed(row: &AccountRow, kept: &Secret) -> Result<Credentials, SourceError> {
    let mut credentials = Credentials::unseal(kept).ok_or(SourceError::Unauthorized)?;
    let pin = row.fingerprint.as_deref();
    credentials.terms.pin = pin.and_then(|text| text.parse().ok());
    Ok(credentials)
}

fn label(row: &AccountRow) -> String {
    format!("Spool: {} on {}", row.user, row.name)
}

/// Keeps what plex.tv tells anew of an account.
struct Kept {
    roster: Weak<Roster>,
    row: AccountRow,
}

#[async_trait]
impl Keeper for Kept {
    async fn keep(&self, credentials: &Credentials) {
        let Some(roster) = self.roster.upgrade() else {
            return;
        };
        // Signed out or handed over meanwhile: nothing of the former user is kept.
        let known = roster.account(&self.row.id);
        if known.is_none_or(|account| account.user != self.row.user) {
            return;
        }
        let kept = credentials.seal();
        if let Err(error) = roster
            .places
            .renew(&self.row.id, &kept, &label(&self.row))
            .await
        {
            tracing::warn!(account = %self.row.id, %error, "new ways to the server are not kept");
        }
    }
}
