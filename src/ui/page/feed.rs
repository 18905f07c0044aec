//! Pictures and presence for the cards of a page, out of the engine's services.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gtk::prelude::*;
use gtk::{gdk, glib};
use relm4::prelude::*;
use spool_engine::artwork::Picture;
use spool_engine::model::{Account, ItemId, Presence};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::services::Services;
use crate::ui::widget::Feed;

/// A feed that asks the engine.
#[must_use]
pub fn feed(services: &Services) -> Feed {
    let artwork = services.engine.artwork.clone();
    let library = services.engine.library.clone();
    let accounts = services.engine.accounts.clone();
    Feed::new(
        move |image, width| {
            let (artwork, image) = (artwork.clone(), image.clone());
            Box::pin(async move { texture(artwork.picture(&image, width).await?) })
        },
        move |id| library.presence(id),
    )
    .with_absences(move |id| {
        let accounts = accounts.list();
        let account = accounts.iter().find(|account| account.id == *id.account());
        account.is_some_and(Account::is_away)
    })
}

/// A picture as GTK draws it; `None` when its size is not what it says.
fn texture(picture: Picture) -> Option<gdk::Texture> {
    let stride = usize::try_from(picture.width).ok()?.checked_mul(4)?;
    let length = stride.checked_mul(usize::try_from(picture.height).ok()?)?;
    if length == 0 || picture.rgba.len() != length {
        return None;
    }
    let width = i32::try_from(picture.width).ok()?;
    let height = i32::try_from(picture.height).ok()?;
    let bytes = glib::Bytes::from_owned(picture.rgba);
    let format = gdk::MemoryFormat::R8g8b8a8;
    Some(gdk::MemoryTexture::new(width, height, format, &bytes, stride).upcast())
}

/// Changes of presence, several at once.
#[derive(Clone, Debug)]
pub enum PresenceChange {
    /// These titles changed.
    Of(HashMap<Arc<ItemId>, Presence>),
    /// Some changes were missed: ask for every title that is shown.
    Any,
}

/// What changes how cards look while they are shown.
#[derive(Debug)]
pub struct Changes {
    presence: Receiver<(Arc<ItemId>, Presence)>,
    accounts: watch::Receiver<Arc<Vec<Account>>>,
}

impl Changes {
    /// All from now on.
    #[must_use]
    pub fn of(services: &Services) -> Self {
        Self {
            presence: services.engine.library.presence_changes(),
            accounts: services.engine.accounts.watch(),
        }
    }

    /// Waits for the next; `None` when the engine is gone. A source that comes or goes may concern every title.
    pub async fn next(&mut self) -> Option<PresenceChange> {
        tokio::select! {
            change = next_change(&mut self.presence) => change,
            seen = self.accounts.changed() => seen.ok().map(|()| PresenceChange::Any),
        }
    }
}

/// A page reads its titles again at most once in this time, however fast a refresh goes on.
pub const CALM: Duration = Duration::from_millis(400);

/// Tells a page each time that the content of libraries changes, at most once in `calm`, until it goes.
pub fn follow_library<C: Component>(
    services: &Services,
    sender: &ComponentSender<C>,
    calm: Duration,
    revised: impl Fn() -> C::CommandOutput + Send + 'static,
) {
    let mut revision = services.engine.library.revision();
    sender.command(move |out, shutdown| {
        let follow = async move {
            while revision.changed().await.is_ok() {
                out.emit(revised());
                tokio::time::sleep(calm).await;
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

/// Tells a page what of its cards changes, until it goes.
pub fn follow_presence<C: Component>(
    services: &Services,
    sender: &ComponentSender<C>,
    changed: impl Fn(PresenceChange) -> C::CommandOutput + Send + 'static,
) {
    let mut changes = Changes::of(services);
    sender.command(move |out, shutdown| {
        let follow = async move {
            while let Some(change) = changes.next().await {
                out.emit(changed(change));
            }
        };
        shutdown.register(follow).drop_on_shutdown()
    });
}

/// Waits for the next changes and takes along all that are there; `None` when the engine is gone. Cancel-safe: nothing
/// is taken before it is certain to be returned.
async fn next_change(changes: &mut Receiver<(Arc<ItemId>, Presence)>) -> Option<PresenceChange> {
    let mut batch = HashMap::new();
    match changes.recv().await {
        Ok((id, presence)) => batch.insert(id, presence),
        Err(RecvError::Lagged(_)) => return Some(PresenceChange::Any),
        Err(RecvError::Closed) => return None,
    };
    while let Ok((id, presence)) = changes.try_recv() {
        batch.insert(id, presence);
    }
    Some(PresenceChange::Of(batch))
}

#[cfg(test)]
mod tests {
    use spool_engine::model::AccountId;
    use tokio::sync::broadcast;

    use super::*;

    fn id(key: &str) -> Arc<ItemId> {
        let account: AccountId = "a".parse().unwrap();
        Arc::new(ItemId::new(account, key))
    }

    #[test]
    fn a_burst_becomes_one_change_with_the_latest_values() {
        let (sender, mut receiver) = broadcast::channel(8);
        let partly = |permille| Presence::Partly {
            permille,
            arriving: true,
        };
        for (key, presence) in [("1", partly(1)), ("2", partly(5)), ("1", Presence::Whole)] {
            sender.send((id(key), presence)).unwrap();
        }
        let change = glib::MainContext::new().block_on(next_change(&mut receiver));
        let Some(PresenceChange::Of(batch)) = change else {
            panic!("{change:?}")
        };
        assert_eq!(batch.len(), 2);
        assert_eq!(batch[&id("1")], Presence::Whole);
    }

    #[test]
    fn missed_changes_are_told() {
        let (sender, mut receiver) = broadcast::channel(1);
        for _ in 0..3 {
            sender.send((id("1"), Presence::Whole)).unwrap();
        }
        let change = glib::MainContext::new().block_on(next_change(&mut receiver));
        assert!(matches!(change, Some(PresenceChange::Any)));
    }

    #[test]
    fn a_picture_that_lies_about_its_size_is_not_drawn() {
        let picture = |rgba: &[u8]| Picture {
            width: 2,
            height: 1,
            rgba: rgba.into(),
        };
        assert!(texture(picture(&[0; 7])).is_none());
        assert!(texture(picture(&[0; 8])).is_some());
    }
}
