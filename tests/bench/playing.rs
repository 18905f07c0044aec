//! From the click to the first frame: what a whole pipeline needs until it is prerolled, in milliseconds.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use gst::prelude::*;
use spool_player::Feed;
use testkit::titles::{self, Shape};
use testkit::{Blob, FakeServer, Media, Options};

use crate::bed::{Bed, read_through};
use crate::pair::{Pair, median};

const ROUNDS: usize = 9;
/// Each begins another way: with a look at the end and at the second cluster, in order, with an index that lies at the end.
const KINDS: [(&str, Shape); 3] = [
    ("Matroska", Shape::Mkv),
    ("MP4, index first", Shape::Mp4IndexFirst),
    ("MP4, index last", Shape::Mp4IndexLast),
];

pub(crate) fn measure() -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (kind, shape) in KINDS {
        let mut films = titles::FILMS.iter();
        let film = films.find(|film| film.shape == shape);
        let path = Media::ready().film(film.context("the kit has films of every kind")?);
        if pairs.is_empty() {
            pairs.push(warm(&path)?);
        }
        pairs.push(cold(kind, &path)?);
    }
    Ok(pairs)
}

/// The film is cached; the peer plays it from a file.
fn warm(path: &Path) -> Result<Pair> {
    let bed = Bed::make(FakeServer::start(Options::default()))?;
    bed.server.add_blob("/blob/film.mkv", Blob::file(path)?);
    let reader = bed.open("/blob/film.mkv", path.metadata()?.len())?;
    read_through(&reader)?;
    let file = format!("file://{}", path.display());
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let feed = Feed::open(reader.clone());
        let a = preroll(&feed.uri())?;
        let b = preroll(&file)?;
        if round > 0 {
            ours.push(a);
            peer.push(b);
        }
    }
    let name = "first preroll from a warm cache minus a local file, ms";
    Ok(Pair::at_most_more(name, median(ours), median(peer), 10.0))
}

/// Nothing is cached; the peer is GStreamer's own HTTP source, on the same server of 20 MB/s and 30 ms. Both are timed from the
/// moment at which somebody wants to see the film: opening it and building the pipeline count.
fn cold(kind: &str, path: &Path) -> Result<Pair> {
    let options = Options {
        rate: Some(20_000_000),
        latency: Duration::from_millis(30),
        ..Options::default()
    };
    let bed = Bed::make(FakeServer::start(options))?;
    let size = path.metadata()?.len();
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.context("a film's name ends with its kind")?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    let (mut asked, mut number) = ((0, 0), 0);
    // A name of its own for each try, so that nothing of it is anywhere.
    let mut fresh = |side: &str| -> Result<String> {
        number += 1;
        let name = format!("/blob/{side}{number}.{extension}");
        bed.server.add_blob(&name, Blob::file(path)?);
        Ok(name)
    };
    for round in 0..=ROUNDS {
        let mut name = String::new();
        let a = prerolled(|| {
            name = fresh("film")?;
            let begin = Instant::now();
            let feed = Feed::open(bed.open(&name, size)?);
            Ok((begin, feed.uri(), feed))
        })?;
        let requests = bed.server.requests_to(&name).len();
        let b = prerolled(|| {
            name = fresh("peer")?;
            Ok((Instant::now(), bed.server.url(&name), ()))
        })?;
        if round > 0 {
            ours.push(a);
            peer.push(b);
            asked = (
                asked.0.max(requests),
                asked.1.max(bed.server.requests_to(&name).len()),
            );
        }
    }
    let name = format!("cold first preroll at 20 MB/s and 30 ms ÷ souphttpsrc, {kind}");
    let note = format!("requests at most: {} and {}", asked.0, asked.1);
    Ok(Pair::at_most(name, median(ours), median(peer), 1.1).note(note))
}

/// Milliseconds until playbin3 shows the first frame of what is at `uri`, its making included.
pub(crate) fn preroll(uri: &str) -> Result<f64> {
    prerolled(|| Ok((Instant::now(), uri.to_owned(), ())))
}

/// The same of what `open` opens, since the moment that it tells; what else it gives is kept until then. A start that never
/// gets there, which playbin3 knows, is tried again from the beginning.
pub(crate) fn prerolled<T>(mut open: impl FnMut() -> Result<(Instant, String, T)>) -> Result<f64> {
    let sink = || {
        gst::ElementFactory::make("fakesink")
            .property("sync", true)
            .build()
    };
    for _try in 0..3 {
        let (begin, uri, _kept) = open()?;
        let playbin = gst::ElementFactory::make("playbin3").build()?;
        playbin.set_property("uri", &uri);
        playbin.set_property("video-sink", sink()?);
        playbin.set_property("audio-sink", sink()?);
        playbin.set_state(gst::State::Paused)?;
        let bus = playbin.bus().context("playbin has a bus")?;
        let kinds = [gst::MessageType::AsyncDone, gst::MessageType::Error];
        let message = bus.timed_pop_filtered(gst::ClockTime::from_seconds(8), &kinds);
        let elapsed = begin.elapsed().as_secs_f64() * 1e3;
        playbin.set_state(gst::State::Null)?;
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::AsyncDone(_)) => return Ok(elapsed),
            Some(gst::MessageView::Error(error)) => anyhow::bail!("{}", error.error()),
            _ => {}
        }
    }
    anyhow::bail!("playbin3 never prerolled")
}
