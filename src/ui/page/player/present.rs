//! Which stretches of what plays are on this device, for the seek bar: of a film in several files, those of all its files.

use relm4::ComponentSender;
use spool_engine::cache::{CacheKey, CacheService, Reader};
use spool_engine::model::{Item, Part, PartId, version_of};
use spool_engine::range::ByteRange;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;

use super::seek_bar::geometry::{Span, spans};
use super::{PlayerDone, PlayerPage};

/// Spans that are no further apart are one.
const TOUCHING: f64 = 1e-9;

/// One file of what plays: from where to where it lies in the title, as shares of its length, and what of it is here.
#[derive(Clone, Debug)]
struct File {
    part: PartId,
    from: f64,
    to: f64,
    size: Option<u64>,
    here: Vec<Span>,
}

impl File {
    fn of(part: &Part) -> Self {
        let (from, to) = part.piece.map_or((0.0, 1.0), |piece| {
            let whole = piece.whole.as_secs_f64();
            let share = |time: std::time::Duration| time.as_secs_f64() / whole;
            (share(piece.begins_at), share(piece.ends_at()))
        });
        Self {
            part: part.id.clone(),
            from,
            to,
            size: part.size,
            here: Vec::new(),
        }
    }

    fn take(&mut self, ranges: impl Iterator<Item = ByteRange>, size: Option<u64>) {
        self.size = size.or(self.size);
        let size = self.size.unwrap_or(0);
        let within = |share: f64| self.from + share * (self.to - self.from);
        let here = spans(ranges, size).into_iter().map(|span| Span {
            start: within(span.start),
            end: if span.end >= 1.0 {
                self.to
            } else {
                within(span.end)
            },
        });
        self.here = here.collect();
    }
}

/// What is here of all files, in order.
fn together(files: &[File]) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in files.iter().flat_map(|file| &file.here) {
        match all.last_mut() {
            Some(last) if span.start - last.end <= TOUCHING => last.end = last.end.max(span.end),
            _ => all.push(*span),
        }
    }
    all
}

impl PlayerPage {
    /// Shows what is on this device of the version that plays, now and as it changes.
    pub(super) fn watch_presence(
        &mut self,
        reader: &Reader,
        item: &Item,
        part: &Part,
        sender: &ComponentSender<Self>,
    ) {
        if !self.is_remote(item) && reader.is_complete() {
            // Its files are where they are: the cache knows none of them.
            self.present = vec![Span {
                start: 0.0,
                end: 1.0,
            }];
            return;
        }
        let version = version_of(&item.parts, &part.id);
        let version = version.unwrap_or(std::slice::from_ref(part));
        let mut files: Vec<File> = version.iter().map(File::of).collect();
        if let Some(own) = files.iter_mut().find(|file| file.part == part.id) {
            own.take(reader.ranges().iter(), reader.known_len());
        }
        self.present = together(&files);
        let (stop, stopped) = oneshot::channel();
        self.watch = Some(stop);
        let (cache, generation) = (self.services.engine.cache.clone(), self.generation);
        let playing = part.id.clone();
        sender.command(move |out, shutdown| {
            let follow = follow(cache, files, playing, move |present| {
                out.send(PlayerDone::Present(generation, present)).is_ok()
            });
            shutdown
                .register(async move {
                    tokio::select! {
                        () = follow => {}
                        _ = stopped => {}
                    }
                })
                .drop_on_shutdown()
        });
    }
}

/// Tells what is here as that changes, until `tell` says that nobody listens. What is here of the file that plays is known.
async fn follow(
    cache: CacheService,
    mut files: Vec<File>,
    playing: PartId,
    tell: impl Fn(Vec<Span>) -> bool,
) {
    let mut changes = cache.subscribe();
    for file in files.iter_mut().filter(|file| file.part != playing) {
        // Of a cache that has ended nothing is known.
        if let Ok(Some(state)) = cache.entry(&CacheKey::from(file.part.clone())).await {
            file.take(state.ranges.iter(), state.size);
        }
    }
    if files.len() > 1 && !tell(together(&files)) {
        return;
    }
    loop {
        let state = match changes.recv().await {
            Ok(state) => state,
            // Missed some: the next one says it all again.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let mut of = files.iter_mut();
        if let Some(file) = of.find(|file| file.part == *state.key.part()) {
            file.take(state.ranges.iter(), state.size);
            if !tell(together(&files)) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use spool_engine::model::{ItemId, Piece};

    use super::*;

    fn files() -> Vec<File> {
        let item = ItemId::new("abc".parse().unwrap(), "film");
        let seconds = |seconds| (Some(Duration::from_secs(seconds)), None);
        let pieces = Piece::lay(0, &[seconds(75), seconds(25)], None).unwrap();
        let part = |(key, piece): (&str, &Piece)| Part {
            size: Some(1000),
            piece: Some(*piece),
            ..Part::new(PartId::new(item.clone(), key))
        };
        let named = ["a", "b"].into_iter().zip(&pieces);
        named.map(part).map(|part| File::of(&part)).collect()
    }

    fn here(ranges: [&[(u64, u64)]; 2]) -> Vec<(f64, f64)> {
        let mut files = files();
        for (file, ranges) in files.iter_mut().zip(ranges) {
            let ranges = ranges.iter().map(|(start, end)| ByteRange {
                start: *start,
                end: *end,
            });
            file.take(ranges, None);
        }
        let all = together(&files).into_iter();
        all.map(|span| (span.start, span.end)).collect()
    }

    #[test]
    fn the_stretches_of_all_files_lie_along_the_film() {
        assert_eq!(here([&[], &[(0, 500)]]), [(0.75, 0.875)]);
        let some = here([&[(0, 500)], &[(500, 1000)]]);
        assert_eq!(some, [(0.0, 0.375), (0.875, 1.0)]);
        assert_eq!(here([&[(0, 1000)], &[(0, 1000)]]), [(0.0, 1.0)]);
    }
}
