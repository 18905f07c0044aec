//! Where picture and sound go.

use gst::prelude::*;

use crate::error::PlayerError;
use crate::player::{AudioOutput, VideoOutput};

/// The video sink for one pipeline, and whether it is the application's own, of which there is one.
pub(crate) fn video(output: &VideoOutput) -> Result<gst::Element, PlayerError> {
    match output {
        VideoOutput::Sink(sink) => Ok(sink.clone()),
        VideoOutput::Fake => make("fakevideosink", &[("sync", true)]),
    }
}

/// The audio sink for one pipeline.
pub(crate) fn audio(output: AudioOutput) -> Result<gst::Element, PlayerError> {
    match output {
        AudioOutput::Auto => make("autoaudiosink", &[]),
        AudioOutput::Fake => make("fakesink", &[("sync", true)]),
    }
}

/// Stretches sound in time, so that speed does not change the pitch. Does nothing at normal speed.
pub(crate) fn stretch() -> Result<gst::Element, PlayerError> {
    make("scaletempo", &[])
}

fn make(factory: &'static str, flags: &[(&str, bool)]) -> Result<gst::Element, PlayerError> {
    let element = gst::ElementFactory::make(factory)
        .build()
        .map_err(|_error| PlayerError::MissingPlugin {
            description: factory.to_owned(),
        })?;
    for (name, value) in flags {
        element.set_property(name, value);
    }
    Ok(element)
}
