//! The picture's way onto the page: a GStreamer sink that draws into GTK.

use gst::prelude::*;
use gtk::gdk;
use spool_player::VideoOutput;

/// A sink and what it draws.
#[derive(Debug)]
pub(super) struct Screen {
    /// For the player.
    pub(super) output: VideoOutput,
    /// For a [`gtk::Picture`].
    pub(super) paintable: Option<gdk::Paintable>,
}

/// Makes the sink. Frames stay on the graphics card where GTK draws with OpenGL; otherwise they come through memory.
/// Without a sink (GStreamer is broken) the sound plays, and the player says what it misses.
#[must_use]
pub(super) fn screen() -> Screen {
    match make() {
        Ok((sink, paintable)) => Screen {
            output: VideoOutput::Sink(sink),
            paintable: Some(paintable),
        },
        Err(error) => {
            tracing::error!(%error, "no video output");
            Screen {
                output: VideoOutput::Fake,
                paintable: None,
            }
        }
    }
}

fn make() -> Result<(gst::Element, gdk::Paintable), gst::glib::BoolError> {
    // Linked in; registering it again changes nothing.
    gstgtk4::plugin_register_static()?;
    let sink = gst::ElementFactory::make("gtk4paintablesink").build()?;
    let paintable = sink.property::<gdk::Paintable>("paintable");
    let has_gl = paintable
        .property::<Option<gdk::GLContext>>("gl-context")
        .is_some();
    if !has_gl {
        tracing::info!("no OpenGL: frames come through memory");
        return Ok((sink, paintable));
    }
    match gst::ElementFactory::make("glsinkbin")
        .property("sink", &sink)
        .build()
    {
        Ok(bin) => Ok((bin, paintable)),
        Err(error) => {
            tracing::warn!(%error, "no glsinkbin: frames come through memory");
            Ok((sink, paintable))
        }
    }
}
