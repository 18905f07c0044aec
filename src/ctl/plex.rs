//! `spoolctl accounts` for Plex: letting this computer in, users of a home.

use std::io::{BufRead, IsTerminal};

use serde::Serialize;
use spool_engine::accounts::{HomeUser, PlexEntry, PlexServer};
use spool_engine::model::{Account, AccountId};
use spool_engine::secret::{Keep, Secret};

use crate::accounts::Added;
use crate::cli::NewPlex;
use crate::failure::Failure;
use crate::output::Output;
use crate::profile::Profile;
use crate::terms;

/// Longest line that is read, in bytes.
const LINE_LIMIT: u64 = 4096;

/// What `accounts add plex` prints before it waits.
#[derive(Debug, Serialize)]
struct Waiting {
    /// The page to open in a browser.
    page: String,
    /// Where the code is typed on another device,
    place: String,
    /// and the code.
    code: String,
}

/// A member of `accounts users`.
#[derive(Debug, Serialize)]
struct UserRow {
    /// plex.tv's id.
    id: String,
    /// Name.
    name: String,
    /// Whether a PIN is asked for.
    pin: bool,
}

impl From<&HomeUser> for UserRow {
    fn from(user: &HomeUser) -> Self {
        Self {
            id: user.uuid.clone(),
            name: user.name.clone(),
            pin: user.protected,
        }
    }
}

impl UserRow {
    fn line(&self) -> String {
        let pin = if self.pin { "  (PIN)" } else { "" };
        format!("{}  {}{pin}\n", self.id, self.name)
    }
}

/// Adds servers: signs in, becomes the wanted user of the home, picks the wanted servers. One that fails does not hold up the
/// others.
pub(crate) async fn add(
    profile: &Profile,
    wanted: NewPlex,
    output: Output,
) -> Result<Added, Failure> {
    let accounts = &profile.engine.accounts;
    let terms = terms::read(&wanted.terms)?;
    let mut entry = match wanted.token_stdin {
        true => accounts.enter_plex(&secret("token")?).await?,
        false => {
            let link = accounts.ask_plex().await?;
            let waiting = Waiting {
                page: link.page.to_string(),
                place: link.place.clone(),
                code: link.code.clone(),
            };
            output.result(&waiting, |it| {
                format!(
                    "Open {}\nor type {} at {}. Waiting…\n",
                    it.page, it.code, it.place
                )
            });
            accounts.wait_plex(&link).await?
        }
    };
    if let Some(name) = &wanted.user {
        let user = of_name(&entry.home, name)?.clone();
        if user.uuid != entry.user.uuid {
            let pin = pin(&user, wanted.pin_stdin)?;
            entry = accounts
                .become_plex(&entry, &user.uuid, pin.as_ref())
                .await?;
        }
    }
    let servers = servers(&entry, &wanted)?;
    let several = wanted.all_servers || wanted.server.len() > 1;
    let keep = if wanted.token_file {
        Keep::File
    } else {
        Keep::Service
    };
    let (mut added, mut failed) = (Vec::new(), Vec::new());
    for server in servers {
        let done = accounts.add_plex_on(&entry, &server.machine_id, &terms, keep);
        match done.await.map_err(Failure::from) {
            Ok(account) => added.push(account),
            Err(failure) if several => {
                failed.push(format!("{}: {}", server.name, failure.sentence));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(Added {
        accounts: added,
        several,
        failed,
    })
}

/// Lists the users of an account's home.
pub(crate) async fn users(
    profile: &Profile,
    id: &AccountId,
    output: Output,
) -> Result<(), Failure> {
    let users = profile.engine.accounts.users(id).await?;
    let rows: Vec<UserRow> = users.iter().map(UserRow::from).collect();
    output.result(&rows, |rows| rows.iter().map(UserRow::line).collect());
    Ok(())
}

/// Makes an account another user's.
pub(crate) async fn switch(
    profile: &Profile,
    id: &AccountId,
    name: &str,
    pin_stdin: bool,
) -> Result<Account, Failure> {
    let accounts = &profile.engine.accounts;
    let users = accounts.users(id).await?;
    let user = of_name(&users, name)?;
    let pin = pin(user, pin_stdin)?;
    Ok(accounts.switch(id, &user.uuid, pin.as_ref()).await?)
}

fn of_name<'a>(users: &'a [HomeUser], name: &str) -> Result<&'a HomeUser, Failure> {
    let same = |user: &&HomeUser| user.uuid == name || user.name.eq_ignore_ascii_case(name);
    let names = || {
        users
            .iter()
            .map(|user| user.name.as_str())
            .collect::<Vec<_>>()
    };
    users.iter().find(same).ok_or_else(|| {
        Failure::new(format!(
            "There is no user \"{name}\" in this home: {}.",
            list(&names())
        ))
    })
}

/// The servers that are wanted, each once: those that are named, all of them, or the only one.
fn servers<'a>(entry: &'a PlexEntry, wanted: &NewPlex) -> Result<Vec<&'a PlexServer>, Failure> {
    if wanted.all_servers {
        return match entry.servers.is_empty() {
            true => Err(Failure::new("plex.tv lists no server for this user.")),
            false => Ok(entry.servers.iter().collect()),
        };
    }
    if wanted.server.is_empty() {
        return Ok(vec![server(entry, None)?]);
    }
    let mut found: Vec<&PlexServer> = Vec::new();
    for name in &wanted.server {
        let one = server(entry, Some(name))?;
        if found.iter().all(|known| known.machine_id != one.machine_id) {
            found.push(one);
        }
    }
    Ok(found)
}

fn server<'a>(entry: &'a PlexEntry, name: Option<&str>) -> Result<&'a PlexServer, Failure> {
    let servers = &entry.servers;
    let names = || {
        servers
            .iter()
            .map(|server| server.name.as_str())
            .collect::<Vec<_>>()
    };
    let found = match (name, servers.as_slice()) {
        (None, [only]) => Some(only),
        (None, []) => return Err(Failure::new("plex.tv lists no server for this user.")),
        (None, _) => {
            return Err(Failure::usage(format!(
                "There are several servers. Name one with --server: {}.",
                list(&names())
            )));
        }
        (Some(name), all) => all
            .iter()
            .find(|server| server.machine_id == name || server.name.eq_ignore_ascii_case(name)),
    };
    let missing = || {
        Failure::new(format!(
            "plex.tv lists no such server, but: {}.",
            list(&names())
        ))
    };
    found.ok_or_else(missing)
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "none".into(),
        names => names.join(", "),
    }
}

/// The PIN of a user who has one: from standard input, or asked for on the terminal without echo.
fn pin(user: &HomeUser, from_stdin: bool) -> Result<Option<Secret>, Failure> {
    if !user.protected {
        return Ok(None);
    }
    if from_stdin {
        return secret("PIN").map(Some);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "There is no terminal to ask for the PIN: use --pin-stdin.",
        ));
    }
    let typed = rpassword::prompt_password(format!("PIN of {}: ", user.name));
    typed
        .map(|pin| Some(Secret::new(pin)))
        .map_err(|error| Failure::new(format!("No PIN could be read: {error}.")))
}

/// The next line of standard input.
fn secret(what: &str) -> Result<Secret, Failure> {
    use std::io::Read;
    let mut line = String::new();
    let read = std::io::stdin()
        .lock()
        .take(LINE_LIMIT)
        .read_line(&mut line);
    match (read, line.trim()) {
        (Ok(_), "") => Err(Failure::new(format!("No {what} came on standard input."))),
        (Ok(_), line) => Ok(Secret::new(line)),
        (Err(error), _) => Err(Failure::new(format!("No {what} could be read: {error}."))),
    }
}
