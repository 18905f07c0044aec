//! Bytes: through the element against `filesrc`, and from the server against the size of the file.

use anyhow::Result;
use spool_player::Feed;
use testkit::{Blob, FakeServer, Options};

use crate::bed::{Bed, read_through};
use crate::pair::{Pair, median};
use crate::peer::gst::to_the_end;

const SIZE: u64 = 256 << 20;
const SEED: u64 = 11;
const ROUNDS: usize = 7;

pub(crate) fn measure() -> Result<Vec<Pair>> {
    Ok(vec![element()?, sharing()?])
}

/// Sequential read of a cached file through the element, in MB/s.
fn element() -> Result<Pair> {
    let bed = Bed::make(FakeServer::start(Options::default()))?;
    bed.server.add_blob("/blob/film", Blob::pattern(SIZE, SEED));
    let reader = bed.open("/blob/film", SIZE)?;
    anyhow::ensure!(read_through(&reader)? == SIZE, "the cache is not whole");
    // The very file of the cache, so that both read the same pages of the system's memory.
    let path = bed.data_file()?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let feed = Feed::open(reader.clone());
        let a = rate(&gst::Element::make_from_uri(
            gst::URIType::Src,
            &feed.uri(),
            None,
        )?)?;
        let source = gst::ElementFactory::make("filesrc").property("location", &path);
        let b = rate(&source.build()?)?;
        // The first round warms both.
        if round > 0 {
            ours.push(a);
            peer.push(b);
        }
    }
    let name = "cached sequential read through the element ÷ filesrc on the same file";
    Ok(Pair::at_least(name, median(ours), median(peer), 0.9))
}

/// MB/s of `source ! fakesink`.
fn rate(source: &gst::Element) -> Result<f64> {
    Ok(SIZE as f64 / 1e6 / to_the_end(source)?)
}

/// What the server sends for eight readers of one uncached file, in MB.
fn sharing() -> Result<Pair> {
    let options = Options {
        rate: Some(64 << 20),
        ..Options::default()
    };
    let bed = Bed::make(FakeServer::start(options))?;
    let size = 64 << 20;
    bed.server.add_blob("/blob/film", Blob::pattern(size, SEED));
    let readers: Vec<_> = (0..8)
        .map(|_| bed.open("/blob/film", size))
        .collect::<Result<_>>()?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = readers
            .iter()
            .map(|reader| scope.spawn(|| read_through(reader)))
            .collect();
        for thread in threads {
            let read = thread
                .join()
                .map_err(|_| anyhow::anyhow!("a reader died"))??;
            anyhow::ensure!(read == size, "a reader got {read} bytes");
        }
        Ok(())
    })?;
    let sent = bed.server.bytes_sent("/blob/film") as f64 / 1e6;
    let name = "upstream bytes for 8 readers of one uncached item ÷ its size";
    Ok(Pair::at_most(name, sent, size as f64 / 1e6, 1.001))
}
