//! The ear for servers: each account that answers is listened to, and what its server tells is read and written into the
//! mirror. Servers that tell nothing are asked from time to time.
//!
//! **Owns** one task for each account that is online, and a task that follows the accounts. **Does not know** sockets: a
//! source listens for itself.
//! **Threads**: all of it runs on the engine's runtime and ends with the library.
//!
//! - *ear*: the listening, reading and asking for one account.
//! - *news*: what a server has told and nobody has read yet.

mod news;
mod read;
mod rhythm;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use self::news::News;
pub use self::rhythm::Rhythm;
use super::{Inner, LibraryService, sync};
use crate::model::{Account, AccountId, AccountState};
use crate::source::{Change, Source};

/// A server that takes longer to say whether it is still there is not.
const CHECK: Duration = Duration::from_secs(10);
/// Words that nobody has taken by then are lost.
const UNHEARD: usize = 16;

/// What a server says that is not about its titles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Whoever runs it wants this device to stop playing from it.
    Stop(AccountId),
    /// A sentence for the person.
    Say(AccountId, String),
}

/// Who hears what servers say.
#[derive(Debug)]
pub(super) struct Words(broadcast::Sender<Word>);

impl Default for Words {
    fn default() -> Self {
        Self(broadcast::Sender::new(UNHEARD))
    }
}

/// The listening for one account.
struct Ear {
    inner: Weak<Inner>,
    account: AccountId,
    source: Arc<dyn Source>,
    rhythm: Rhythm,
    news: Mutex<News>,
    told: Notify,
    /// Whether the server tells what changes, now.
    open: watch::Sender<bool>,
}

impl LibraryService {
    /// Listens to all servers from now on, for as long as the engine lives; to be called once, by a program that stays.
    pub fn follow_servers(&self, rhythm: Rhythm) {
        let inner = Arc::downgrade(&self.inner);
        let accounts = self.inner.accounts.clone();
        let task = follow(inner, accounts, rhythm);
        self.inner.runtime.handle().spawn(task);
    }

    /// What servers say that is not about their titles.
    #[must_use]
    pub fn words(&self) -> broadcast::Receiver<Word> {
        self.inner.words.0.subscribe()
    }
}

/// Keeps an ear for each server that answers. One that stops answering is asked by the accounts, and listened to again when it
/// is back; its library is read anew then anyway.
async fn follow(
    inner: Weak<Inner>,
    mut accounts: watch::Receiver<Arc<Vec<Account>>>,
    rhythm: Rhythm,
) {
    let mut ears: HashMap<AccountId, (Arc<dyn Source>, AbortOnDropHandle<()>)> = HashMap::new();
    loop {
        let list = Arc::clone(&accounts.borrow_and_update());
        let mut online: HashMap<AccountId, Arc<dyn Source>> = {
            let Some(inner) = inner.upgrade() else { return };
            let servers = list.iter().filter(|account| {
                account.state == AccountState::Online && !account.kind.is_folder()
            });
            let source = |account: &Account| {
                let source = inner.sources.get(&account.id)?;
                Some((account.id.clone(), source))
            };
            servers.filter_map(source).collect()
        };
        // Who signed in anew has another source.
        ears.retain(|id, (source, _)| online.get(id).is_some_and(|now| Arc::ptr_eq(now, source)));
        online.retain(|id, _| !ears.contains_key(id));
        for (account, source) in online {
            let ear = Ear {
                inner: inner.clone(),
                account: account.clone(),
                source: Arc::clone(&source),
                rhythm,
                news: Mutex::default(),
                told: Notify::new(),
                open: watch::Sender::new(false),
            };
            let task = AbortOnDropHandle::new(tokio::spawn(ear.run()));
            ears.insert(account, (source, task));
        }
        if accounts.changed().await.is_err() {
            return;
        }
    }
}

impl Ear {
    async fn run(self) {
        tokio::join!(self.listen(), self.read(), self.ask());
    }

    /// Listens, over and over.
    async fn listen(&self) {
        let (mut failures, mut before) = (0, false);
        loop {
            let opened: Mutex<Option<Instant>> = Mutex::default();
            let hear = |change: Change| {
                if change == Change::Listening {
                    *opened.lock() = Some(Instant::now());
                    self.open.send_replace(true);
                }
                self.hear(change, before);
            };
            let outcome = self.source.listen(&hear).await;
            self.open.send_replace(false);
            let lasted = opened.lock().map(|at| at.elapsed());
            tracing::debug!(account = %self.account, ?outcome, ?lasted, "the server tells nothing now");
            if lasted.is_some() {
                before = true;
                // Nobody notices sooner that a server has gone.
                timeout(CHECK, self.source.check()).await.ok();
            }
            failures = rhythm::failures(failures, lasted);
            let pause = self.rhythm.pause(failures, outcome.as_ref().err());
            sleep(pause.mul_f64(rand::random_range(0.75..1.25))).await;
        }
    }

    /// Takes note of what the server tells. After a gap, anything may have changed.
    fn hear(&self, change: Change, gap: bool) {
        let change = match change {
            Change::Listening if gap => Change::Anything,
            Change::Listening => return,
            Change::Stop => return self.say(Word::Stop(self.account.clone())),
            Change::Words(text) => return self.say(Word::Say(self.account.clone(), text)),
            change => change,
        };
        self.news.lock().add(change);
        self.told.notify_one();
    }

    fn say(&self, word: Word) {
        if let Some(inner) = self.inner.upgrade() {
            // Nobody may be there to hear it.
            inner.words.0.send(word).ok();
        }
    }

    /// Reads what was told, a moment after: what belongs together comes together.
    async fn read(&self) {
        loop {
            self.told.notified().await;
            sleep(self.rhythm.settle).await;
            let news = std::mem::take(&mut *self.news.lock());
            let Some(inner) = self.inner.upgrade() else {
                return;
            };
            let outcome = read::read(&inner, &self.account, self.source.as_ref(), news).await;
            if let Err(error) = outcome {
                tracing::debug!(account = %self.account, %error, "what the server told is not read");
                sync::source_changed(&inner, &self.account);
            }
        }
    }

    /// Reads the library anew from time to time: seldom while the server tells what changes, for not everything is told.
    async fn ask(&self) {
        let mut open = self.open.subscribe();
        let mut last = Duration::ZERO;
        loop {
            let interval = self.rhythm.interval(*open.borrow_and_update(), last);
            tokio::select! {
                () = sleep(interval) => {}
                changed = open.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            }
            let Some(inner) = self.inner.upgrade() else {
                return;
            };
            let began = Instant::now();
            sync::sync(&inner, Some(self.account.clone())).await;
            last = began.elapsed();
        }
    }
}
