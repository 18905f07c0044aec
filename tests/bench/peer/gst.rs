//! GStreamer's own sources.

use std::time::Instant;

use anyhow::{Context, Result};
use gst::prelude::*;

/// Seconds that `source ! fakesink` takes to its end, in blocks of 64 KiB as demuxers ask for them.
pub(crate) fn to_the_end(source: &gst::Element) -> Result<f64> {
    source.set_property_from_str("blocksize", "65536");
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .build()?;
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([source, &sink])?;
    source.link(&sink)?;
    let begin = Instant::now();
    pipeline.set_state(gst::State::Playing)?;
    let bus = pipeline.bus().context("a pipeline has a bus")?;
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = bus.timed_pop_filtered(gst::ClockTime::from_seconds(60), &kinds);
    let seconds = begin.elapsed().as_secs_f64();
    pipeline.set_state(gst::State::Null)?;
    let ended = message.is_some_and(|message| message.type_() == gst::MessageType::Eos);
    anyhow::ensure!(ended, "{} did not come to the end", source.name());
    Ok(seconds)
}

/// GStreamer's HTTP source for `url`.
pub(crate) fn http_source(url: &str) -> Result<gst::Element> {
    let source = gst::ElementFactory::make("souphttpsrc").property("location", url);
    Ok(source.build()?)
}
