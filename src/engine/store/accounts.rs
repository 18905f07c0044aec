//! Account rows: who is signed in where. Tokens are never among them; see `secret`.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::account::{ActiveModel, Column, Entity, Model};
use super::{Store, StoreError};
use crate::model::{AccountId, SourceKind};

/// One account as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRow {
    /// Our id for it.
    pub(crate) id: AccountId,
    /// Which kind of source.
    pub(crate) kind: SourceKind,
    /// The server's or folder's name, for people.
    pub(crate) name: String,
    /// The server's base address without credentials, or the folder's path.
    pub(crate) address: String,
    /// The user's name on the server; empty for folders.
    pub(crate) user: String,
    /// The server's id of the user.
    pub(crate) user_id: Option<String>,
    /// The server's own id; of a folder, which drives it lies on.
    pub(crate) machine_id: Option<String>,
    /// SHA-256 of a certificate that the person accepted, in hex.
    pub(crate) fingerprint: Option<String>,
}

const KINDS: [(SourceKind, &str); 4] = [
    (SourceKind::Folder, "folder"),
    (SourceKind::NetworkDrive, "network-drive"),
    (SourceKind::Jellyfin, "jellyfin"),
    (SourceKind::Plex, "plex"),
];

/// The name of a kind in the database.
pub(super) fn kind_name(kind: SourceKind) -> &'static str {
    KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or("folder", |(_, name)| name)
}

fn kind_of(name: &str) -> Option<SourceKind> {
    KINDS
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(kind, _)| *kind)
}

impl AccountRow {
    fn of_model(row: Model) -> Result<Self, StoreError> {
        let kind = kind_of(&row.kind).ok_or(StoreError::Row(row.kind))?;
        let id = row.id.parse().map_err(|_| StoreError::Row(row.id))?;
        Ok(Self {
            id,
            kind,
            name: row.name,
            address: row.address,
            user: row.user_name,
            user_id: row.user_id,
            machine_id: row.machine_id,
            fingerprint: row.fingerprint,
        })
    }
}

impl Store {
    /// All accounts, in the order in which they were added.
    pub(crate) async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let rows = Entity::find()
            .order_by_asc(Column::Place)
            .order_by_asc(Column::Id)
            .all(self.readers())
            .await?;
        rows.into_iter().map(AccountRow::of_model).collect()
    }

    /// Adds an account behind the others, or changes the one with this id, in its place. Durable when it returns.
    pub(crate) async fn put_account(&self, row: &AccountRow) -> Result<(), StoreError> {
        let writer = self.writer().await;
        let last: Option<Option<i32>> = Entity::find()
            .select_only()
            .expr(Column::Place.max())
            .into_tuple()
            .one(&writer.durable)
            .await?;
        let row = ActiveModel {
            id: Set(row.id.as_str().to_owned()),
            place: Set(last.flatten().map_or(0, |place| place + 1)),
            kind: Set(kind_name(row.kind).to_owned()),
            name: Set(row.name.clone()),
            address: Set(row.address.clone()),
            user_name: Set(row.user.clone()),
            user_id: Set(row.user_id.clone()),
            machine_id: Set(row.machine_id.clone()),
            fingerprint: Set(row.fingerprint.clone()),
        };
        let all_but_place = OnConflict::column(Column::Id)
            .update_columns([
                Column::Kind,
                Column::Name,
                Column::Address,
                Column::UserName,
                Column::UserId,
                Column::MachineId,
                Column::Fingerprint,
            ])
            .to_owned();
        Entity::insert(row)
            .on_conflict(all_but_place)
            .exec_without_returning(&writer.durable)
            .await?;
        Ok(())
    }

    /// Forgets an account with its libraries, items, positions and unsent reports.
    pub(crate) async fn remove_account(&self, account: &AccountId) -> Result<(), StoreError> {
        let writer = self.writer().await;
        Entity::delete_many()
            .filter(Column::Id.eq(account.as_str()))
            .exec(&writer.durable)
            .await?;
        Ok(())
    }
}
