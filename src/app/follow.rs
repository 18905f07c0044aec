//! What the app listens to in the engine for as long as the window lives.

use relm4::prelude::*;
use spool_engine::cache::DiskCondition;
use spool_engine::library::Rhythm;
use tokio::sync::broadcast::error::RecvError;

use super::{App, AppDone};
use crate::services::Services;

/// Tells of accounts that were added or removed, or changed their state.
pub(super) fn accounts(services: &Services, sender: &ComponentSender<App>) {
    let mut accounts = services.engine.accounts.watch();
    sender.command(move |out, shutdown| {
        let follow = async move {
            while accounts.changed().await.is_ok() {
                let now = accounts.borrow_and_update().clone();
                out.emit(AppDone::Accounts(now));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

/// Tells once in a run that the disk takes no more; what plays goes on.
pub(super) fn disk(services: &Services, sender: &ComponentSender<App>) {
    let mut condition = services.engine.cache.disk_condition();
    sender.command(move |out, shutdown| {
        let follow = async move {
            let bad = condition.wait_for(|now| *now != DiskCondition::Fine).await;
            if let Ok(now) = bad.map(|now| now.clone()) {
                out.emit(AppDone::Disk(now));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

/// Listens to the servers for as long as the window lives, and hands on what they say.
pub(super) fn servers(services: &Services, sender: &ComponentSender<App>) {
    let library = services.engine.library.clone();
    let mut words = library.words();
    library.follow_servers(Rhythm::default());
    sender.command(move |out, shutdown| {
        let follow = async move {
            loop {
                match words.recv().await {
                    Ok(word) => out.emit(AppDone::Word(word)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}
