//! Servers of this network as rows of the first page.

use std::time::Duration;

use adw::prelude::*;
use relm4::prelude::*;
use spool_engine::model::SourceKind;
use spool_engine::source::Nearby;
use tokio::sync::oneshot;

use super::{WelcomeDone, WelcomeInput, WelcomeOutput, WelcomePage, door};
use crate::i18n::gettext_f;
use crate::services::Services;

/// Rest between two searches: a server that is just being switched on appears by itself.
const REST: Duration = Duration::from_secs(10);

/// Searches again and again until the other end is dropped.
pub(super) fn search(
    services: &Services,
    sender: &ComponentSender<WelcomePage>,
) -> oneshot::Sender<()> {
    let (searching, ended) = oneshot::channel::<()>();
    let accounts = services.engine.accounts.clone();
    sender.command(move |out, shutdown| {
        let search = async move {
            loop {
                out.emit(WelcomeDone::Nearby(accounts.discover().await));
                tokio::time::sleep(REST).await;
            }
        };
        let search = async move {
            tokio::select! {
                () = search => {}
                _ = ended => {}
            }
        };
        shutdown.register(search).drop_on_shutdown()
    });
    searching
}

/// The page is looked at, or not any more.
pub(super) fn follow(page: &adw::NavigationPage, sender: &ComponentSender<WelcomePage>) {
    let input = sender.input_sender().clone();
    page.connect_map(move |_| input.emit(WelcomeInput::Shown(true)));
    let input = sender.input_sender().clone();
    page.connect_unmap(move |_| input.emit(WelcomeInput::Shown(false)));
}

/// The row of a server, which leads to its sign-in.
pub(super) fn row(server: &Nearby, sender: &ComponentSender<WelcomePage>) -> adw::ActionRow {
    let address = server.address.as_str().trim_end_matches('/').to_owned();
    let place = [("address", address.as_str())];
    let (words, output) = match server.kind {
        SourceKind::Plex => (
            // Translators: {address} is a web address.
            gettext_f("Plex at {address}", &place),
            WelcomeOutput::SignInPlex,
        ),
        SourceKind::Jellyfin | SourceKind::Folder | SourceKind::NetworkDrive => (
            // Translators: {address} is a web address.
            gettext_f("Jellyfin at {address}", &place),
            WelcomeOutput::SignInAt(address.clone()),
        ),
    };
    let row = door(
        "network-server-symbolic",
        &server.name,
        &words,
        sender,
        move || output.clone(),
    );
    row.set_widget_name(&format!("nearby-{}", server.name));
    row
}
