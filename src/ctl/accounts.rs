//! `spoolctl accounts`.

use std::io::{IsTerminal, Read};

use serde::Serialize;
use spool_engine::model::{Account, AccountId};
use spool_engine::secret::{Keep, Secret};

use crate::cli::{Accounts, NewSource};
use crate::failure::Failure;
use crate::output::{AccountRow, NearbyRow, Output};
use crate::profile::Profile;
use crate::{jellyfin, plex, terms};

/// Longest password that is read, in bytes.
const PASSWORD_LIMIT: u64 = 4096;

/// What `accounts remove` prints.
#[derive(Debug, Serialize)]
struct Removed {
    /// The account's id.
    removed: String,
}

/// What `accounts forget-away` prints.
#[derive(Debug, Serialize)]
struct Forgotten {
    /// Paths below the folder.
    forgotten: Vec<String>,
}

impl Forgotten {
    fn line(&self) -> String {
        match self.forgotten.is_empty() {
            true => "nothing is away\n".to_owned(),
            false => format!("{}\n", self.forgotten.join("\n")),
        }
    }
}

/// What was added with one sign-in.
pub(crate) struct Added {
    pub(crate) accounts: Vec<Account>,
    /// More than one was asked for.
    pub(crate) several: bool,
    /// Those that could not be added: a sentence for each.
    pub(crate) failed: Vec<String>,
}

impl Added {
    fn one(account: Account) -> Self {
        Self {
            accounts: vec![account],
            several: false,
            failed: Vec::new(),
        }
    }
}

/// What is away is seen by looking through the folder.
async fn forget_away(profile: &Profile, id: &str, output: Output) -> Result<(), Failure> {
    let (library, id) = (&profile.engine.library, &known(profile, id)?);
    for synced in library.sync(Some(id.clone())).await {
        synced.result?;
    }
    let forgotten = library.away(id);
    library.forget_away(id).await?;
    output.result(&Forgotten { forgotten }, Forgotten::line);
    Ok(())
}

pub(crate) async fn run(
    profile: &Profile,
    command: Accounts,
    output: Output,
) -> Result<(), Failure> {
    let accounts = &profile.engine.accounts;
    match command {
        Accounts::Add { source } => {
            let added = add(profile, source, output).await?;
            show(profile, added, output).await?;
        }
        Accounts::List => {
            accounts.check(None).await;
            let rows: Vec<_> = accounts.list().iter().map(AccountRow::from).collect();
            output.result(&rows, |rows| rows.iter().map(AccountRow::line).collect());
        }
        Accounts::Discover => {
            let found = accounts.discover().await;
            let rows: Vec<_> = found.iter().map(NearbyRow::from).collect();
            output.result(&rows, |rows| rows.iter().map(NearbyRow::line).collect());
        }
        Accounts::ForgetAway { id } => forget_away(profile, &id, output).await?,
        Accounts::Users { id } => plex::users(profile, &known(profile, &id)?, output).await?,
        Accounts::Switch {
            id,
            user,
            pin_stdin,
        } => {
            let id = known(profile, &id)?;
            let account = plex::switch(profile, &id, &user, pin_stdin).await?;
            for synced in profile.engine.library.sync(Some(id)).await {
                synced.result?;
            }
            output.result(&AccountRow::from(&account), AccountRow::line);
        }
        Accounts::Accept { id, fingerprint } => {
            let id = known(profile, &id)?;
            let account = accounts.accept_certificate(&id, fingerprint).await?;
            output.result(&AccountRow::from(&account), AccountRow::line);
        }
        Accounts::Remove { id, keep_titles } => {
            let id = known(profile, &id)?;
            match keep_titles {
                true => accounts.sign_out(&id).await?,
                false => accounts.remove(&id).await?,
            }
            output.result(
                &Removed {
                    removed: id.to_string(),
                },
                |_| String::new(),
            );
        }
    }
    Ok(())
}

/// The account of that id.
pub(crate) fn known(profile: &Profile, id: &str) -> Result<AccountId, Failure> {
    let accounts = profile.engine.accounts.list();
    accounts
        .iter()
        .map(|account| &account.id)
        .find(|known| known.as_str() == id)
        .cloned()
        .ok_or_else(|| Failure::new(format!("There is no account \"{id}\".")))
}

async fn add(profile: &Profile, source: NewSource, output: Output) -> Result<Added, Failure> {
    let accounts = &profile.engine.accounts;
    let account = match source {
        NewSource::Folder {
            path,
            network_drive: true,
        } => accounts.add_network_drive(&path).await?,
        NewSource::Folder { path, .. } => accounts.add_folder(&path).await?,
        NewSource::Plex(wanted) => return plex::add(profile, wanted, output).await,
        NewSource::Jellyfin {
            url,
            user,
            quick_connect,
            password_stdin,
            token_file,
            terms,
        } => {
            let server = accounts
                .find_jellyfin_on(&url, &terms::read(&terms)?)
                .await?;
            if quick_connect {
                let account = jellyfin::quick_connect(profile, &server, token_file, output);
                return Ok(Added::one(account.await?));
            }
            let user = user.unwrap_or_default();
            let password = password(password_stdin)?;
            let keep = if token_file {
                Keep::File
            } else {
                Keep::Service
            };
            accounts
                .sign_in_jellyfin(&server, &user, &password, keep)
                .await?
        }
    };
    Ok(Added::one(account))
}

/// Reads what was added, and prints it. Of those that could not be added the others hear nothing.
async fn show(profile: &Profile, added: Added, output: Output) -> Result<(), Failure> {
    let Added {
        accounts,
        several,
        mut failed,
    } = added;
    for account in &accounts {
        for synced in profile.engine.library.sync(Some(account.id.clone())).await {
            match synced.result.map_err(Failure::from) {
                Ok(_) => {}
                Err(failure) if several => {
                    failed.push(format!("{}: {}", account.name, failure.sentence));
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    let rows: Vec<_> = accounts.iter().map(AccountRow::from).collect();
    match rows.as_slice() {
        [only] if !several => output.result(only, AccountRow::line),
        _ => output.result(&rows, |rows| rows.iter().map(AccountRow::line).collect()),
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(failed.join(" "))),
    }
}

/// The password from standard input, without its line end, or asked for on the terminal without echo.
fn password(from_stdin: bool) -> Result<Secret, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::new(format!("No password could be read: {error}."));
    if !from_stdin {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage(
                "There is no terminal to ask for the password: use --password-stdin.",
            ));
        }
        return rpassword::prompt_password("Password: ")
            .map(Secret::new)
            .map_err(unreadable);
    }
    let mut text = String::new();
    std::io::stdin()
        .take(PASSWORD_LIMIT)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
