//! One playback, as the database and the server hear of it.
//!
//! **Threads.** The methods work from any executor. What they save is saved also when their future is dropped. Events
//! reach the server in their order; of several that wait for it only the last is sent.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

use super::attention::Watch;
use super::rule;
use crate::cache::{CacheKey, CacheService};
use crate::library::LibraryService;
use crate::model::{Chosen, Item, ItemId, Kind, PartId, Piece, Progress, pieces_of};
use crate::outbox::Outbox;
use crate::runtime::Runtime;
use crate::source::{Method, Report, ReportEvent};
use crate::source_error::SourceError;
use crate::store::now_ms;
use crate::store::outbox::{Unsent, UnsentReport};

/// How long [`Session::stopped`] waits for the server.
const FAREWELL: Duration = Duration::from_secs(1);

/// One playback, for reports. Dropping the last clone reports nothing; call [`Session::stopped`].
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Who fetches what comes next.
    playback: Weak<super::Inner>,
    runtime: Runtime,
    outbox: Outbox,
    library: LibraryService,
    cache: CacheService,
    item: ItemId,
    kind: Kind,
    part: PartId,
    /// The files of the film, where there are several.
    pieces: Vec<(PartId, Piece)>,
    duration: Option<Duration>,
    serving: Serving,
    /// As it was before this playback; the rules look back at it.
    before: Mutex<Progress>,
    watch: Mutex<Watch>,
    /// Which streams play, as far as anybody has said.
    chosen: Mutex<Option<Chosen>>,
    events: mpsc::UnboundedSender<Event>,
    ending: Ending,
}

/// How one hears that the server's owner ends a playback.
#[derive(Clone, Debug)]
pub struct Ending(watch::Receiver<Option<String>>);

impl Ending {
    /// Waits until the server refuses to go on, and gives its words; nothing when the playback is over by itself. May be
    /// cancelled.
    pub async fn words(mut self) -> Option<String> {
        let words = self.0.wait_for(Option::is_some).await.ok()?;
        words.clone()
    }
}

/// What a playback is to the server.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    /// Which file.
    pub(super) part: PartId,
    /// One random id, or the server's own.
    pub(super) session: String,
    /// How the server serves it.
    pub(super) method: Method,
}

impl Serving {
    /// The file as it is.
    pub(super) fn direct(part: PartId) -> Self {
        Self {
            part,
            session: format!("{:016x}", rand::random::<u64>()),
            method: Method::Direct,
        }
    }
}

#[derive(Debug)]
struct Event {
    report: Report,
    row: UnsentReport,
    done: Option<oneshot::Sender<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.outbox.end(&self.item);
    }
}

impl Session {
    pub(super) fn new(
        playback: Weak<super::Inner>,
        runtime: Runtime,
        outbox: Outbox,
        library: LibraryService,
        cache: CacheService,
        item: &Item,
        serving: Serving,
    ) -> Self {
        let mut parts = item.parts.iter();
        let part = parts.find(|part| part.id == serving.part);
        let chosen = part.and_then(|part| part.chosen);
        let (events, queue) = mpsc::unbounded_channel();
        outbox.begin(&item.id);
        let (ended, ending) = watch::channel(None);
        let deliver = deliver(outbox.clone(), queue, ended);
        runtime.handle().spawn(deliver);
        Self {
            inner: Arc::new(Inner {
                playback,
                runtime,
                outbox,
                library,
                cache,
                item: item.id.clone(),
                kind: item.kind,
                part: serving.part.clone(),
                pieces: pieces_of(&item.parts, &serving.part),
                duration: item.duration,
                serving,
                before: Mutex::new(item.progress),
                watch: Mutex::default(),
                chosen: Mutex::new(chosen),
                events,
                ending: Ending(ending),
            }),
        }
    }

    /// Playback began here.
    pub async fn started(&self, position: Duration) {
        self.happened(position, ReportEvent::Started).await;
    }

    /// It is here now: to be called every 10 s, on pause, resume and seek. Saved at once; sent to the server, where a
    /// failure is kept silent.
    pub async fn progress(&self, position: Duration, paused: bool) {
        self.happened(position, ReportEvent::Progress { paused })
            .await;
    }

    /// It ended here, for the server or for good: all positions are those of the whole film. Past 90 % the item counts as watched and its position becomes zero. Waits a second at most for the
    /// server, which otherwise hears of it later.
    pub async fn stopped(&self, position: Duration) {
        self.happened(position, ReportEvent::Stopped).await;
    }

    /// How one hears that the server's owner ends it. Does not hold the session.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.inner.ending.clone()
    }

    /// These streams play from now on. Where a person has chosen them (`by_person`), the server is to remember them; it hears of
    /// that without being waited for.
    pub fn plays(&self, chosen: Chosen, by_person: bool) {
        let former = self.inner.chosen.lock().replace(chosen);
        let (inner, part) = (Arc::clone(&self.inner), self.inner.part.clone());
        if !by_person || former == Some(chosen) {
            return;
        }
        self.inner.runtime.handle().spawn(async move {
            // An engine that has ended plays nothing.
            let Some(playback) = inner.playback.upgrade() else {
                return;
            };
            playback.keep_choice(&part, chosen).await;
            if let Some(source) = playback.sources.get(part.item().account())
                && let Err(error) = source.choose(&part, chosen).await
            {
                tracing::debug!(%error, "the server does not hear which streams are chosen");
            }
        });
    }

    async fn happened(&self, position: Duration, event: ReportEvent) {
        let session = self.clone();
        let task = self.inner.runtime.handle().spawn(async move {
            session.inner.happened(position, event).await;
        });
        // Only the runtime's end or a panic breaks the task off; the one is no matter, the other has been printed.
        task.await.ok();
    }
}

impl Inner {
    async fn happened(&self, position: Duration, event: ReportEvent) {
        let now = now_ms();
        let stopped = event == ReportEvent::Stopped;
        let before = *self.before.lock();
        let progress = if stopped {
            rule::stopped(self.kind, &before, position, self.duration, now / 1000)
        } else {
            rule::playing(self.kind, &before, position, now / 1000)
        };
        self.tell_the_cache(position, event, progress.watched && !before.watched);
        self.tell_what_comes(event);
        let row = UnsentReport {
            item: self.item.clone(),
            what: Unsent::Position {
                part: self.part.clone(),
                position,
            },
            happened_at: now,
        };
        if let Err(error) = self.outbox.save(&row, &progress).await {
            tracing::warn!(%error, "the position cannot be saved");
        }
        if stopped {
            *self.before.lock() = progress;
            self.library.changed();
        }
        let (done, finished) = oneshot::channel();
        let report = Report {
            part: self.part.clone(),
            pieces: self.pieces.clone(),
            session: self.serving.session.clone(),
            position,
            method: self.serving.method,
            chosen: *self.chosen.lock(),
            happened: None,
            event,
        };
        let event = Event {
            report,
            row,
            done: stopped.then_some(done),
        };
        // The queue lives as long as this sender.
        if self.events.send(event).is_ok() && stopped {
            tokio::time::timeout(FAREWELL, finished).await.ok();
        }
    }
}

impl Inner {
    /// With a playback begins and ends what is fetched ahead for the next one.
    fn tell_what_comes(&self, event: ReportEvent) {
        // An engine that has ended plays nothing.
        let Some(playback) = self.playback.upgrade() else {
            return;
        };
        let (id, part) = (self.serving.session.clone(), self.part.clone());
        match event {
            ReportEvent::Started => drop(self.runtime.handle().spawn(async move {
                playback.began(&id, &part).await;
            })),
            ReportEvent::Stopped => drop(self.runtime.handle().spawn(async move {
                playback.ended(&id).await;
            })),
            ReportEvent::Progress { .. } => {}
        }
    }

    /// How much is watched decides whether more of it is worth keeping.
    fn tell_the_cache(&self, position: Duration, event: ReportEvent, finished: bool) {
        if self.serving.method != Method::Direct {
            // Nothing of the file was read.
            return;
        }
        let more = self.watch.lock().advance(position, event, Instant::now());
        let (cache, mut files) = (self.cache.clone(), Vec::new());
        let own = self.pieces.iter().find(|(part, _)| *part == self.part);
        let duration = own.map(|(_, piece)| piece.length).or(self.duration);
        files.push((CacheKey::from(self.part.clone()), more, duration));
        if finished {
            // With the film's end all of its files were watched to theirs.
            let others = self.pieces.iter().filter(|(part, _)| *part != self.part);
            files.extend(others.map(|(part, piece)| {
                let key = CacheKey::from(part.clone());
                (key, Duration::ZERO, Some(piece.length))
            }));
        }
        self.runtime.handle().spawn(async move {
            for (key, more, duration) in files {
                if let Err(error) = cache.watched(&key, more, duration, finished).await {
                    tracing::debug!(%error, "the cache does not know how much was watched");
                }
            }
        });
    }
}

async fn deliver(
    outbox: Outbox,
    mut queue: mpsc::UnboundedReceiver<Event>,
    ended: watch::Sender<Option<String>>,
) {
    while let Some(mut event) = queue.recv().await {
        // A server that was slow hears only where the playback is now, but always that it began and ended.
        while matches!(event.report.event, ReportEvent::Progress { .. })
            && let Ok(newer) = queue.try_recv()
        {
            event = newer;
        }
        let stopped = event.report.event == ReportEvent::Stopped;
        let error = outbox.send(&event.report, &event.row).await;
        if let Some(SourceError::Refused(words)) = error.filter(|_| !stopped) {
            ended.send_replace(Some(words));
        }
        if let Some(done) = event.done {
            // Whoever waited may have given up.
            done.send(()).ok();
        }
    }
}
