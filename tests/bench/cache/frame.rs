//! A film that is not cached until its first frame: what the network adds to the same film from a local file.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use spool_player::Feed;
use testkit::{Blob, FakeServer, Media, Options, titles};

use super::{Ground, Times};
use crate::bed::Bed;
use crate::pair::Pair;
use crate::peer::{Skipped, mpv};
use crate::playing::{preroll, prerolled};

/// Each player against itself, because starting one is not the cache's matter.
pub(super) fn measure(ground: &mut Ground) -> Result<Vec<Pair>> {
    let film = titles::FILMS.first().context("the kit has films")?;
    let path = Media::ready().film(film);
    let options = Options {
        rate: Some(20_000_000),
        latency: Duration::from_millis(30),
        ..Options::default()
    };
    let bed = Bed::make(FakeServer::start(options))?;
    let place = ground.folder()?;
    let file = path.display().to_string();
    let (mut ours, mut other) = (Times::default(), Ok::<_, Skipped>(Times::default()));
    for round in 0..ground.rounds {
        let name = format!("/blob/frame{round}.mkv");
        bed.server.add_blob(&name, Blob::file(&path)?);
        let cold = prerolled(|| {
            let begin = Instant::now();
            let feed = Feed::open(bed.open(&name, path.metadata()?.len())?);
            Ok((begin, feed.uri(), feed))
        })?;
        ours.add(cold - preroll(&format!("file://{file}"))?);
        let both = || {
            let cold = mpv::one_frame(&bed.server.url(&name), &place)?;
            Ok(cold - mpv::one_frame(&file, &place)?)
        };
        other = other.and_then(|mut times| {
            times.add(both()?);
            Ok(times)
        });
    }
    let name = "first frame at 20 MB/s + 30 ms over a local file, ms ÷ mpv's";
    Ok(vec![match other {
        Ok(other) => Pair::beside(name, ours.median(), other.median()),
        Err(skipped) => Pair::beside(name, ours.median(), f64::NAN).note(skipped.to_string()),
    }])
}
