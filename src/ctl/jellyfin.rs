//! `spoolctl accounts` for Jellyfin: signing in with a code.

use serde::Serialize;
use spool_engine::accounts::FoundServer;
use spool_engine::model::Account;
use spool_engine::secret::Keep;

use crate::failure::Failure;
use crate::output::Output;
use crate::profile::Profile;

/// What `accounts add jellyfin --quick-connect` prints before it waits.
#[derive(Debug, Serialize)]
struct Waiting {
    /// The server's name,
    server: String,
    /// and the code to type there.
    code: String,
}

/// Shows a code and waits until somebody has typed it.
pub(crate) async fn quick_connect(
    profile: &Profile,
    server: &FoundServer,
    token_file: bool,
    output: Output,
) -> Result<Account, Failure> {
    let accounts = &profile.engine.accounts;
    let code = accounts.ask_quick_connect(server).await?;
    let waiting = Waiting {
        server: server.name.clone(),
        code: code.code.clone(),
    };
    output.result(&waiting, |it| {
        format!(
            "Type {} on {}, under Quick Connect in the settings of your user, where you are signed in. Waiting…\n",
            it.code, it.server
        )
    });
    let entry = accounts.wait_quick_connect(&code).await?;
    let keep = if token_file {
        Keep::File
    } else {
        Keep::Service
    };
    Ok(accounts.add_quick_connect(&entry, keep).await?)
}
