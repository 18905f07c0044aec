//! What GStreamer must have installed, and which of several decoders is taken.

use gst::prelude::*;

use crate::error::MissingElement;

/// Factories that Spool cannot do without, with Debian's package that holds each.
const REQUIRED: &[(&str, &[&str])] = &[
    (
        "gstreamer1.0-plugins-base",
        &[
            "playbin3",
            "playbin",
            "decodebin3",
            "typefind",
            "audioconvert",
            "audioresample",
            "volume",
            "videoconvertscale",
            "oggdemux",
            "opusdec",
            "vorbisdec",
            "theoradec",
            "subparse",
        ],
    ),
    // Holds the text overlay: without it there are no subtitles, and playbin does not say so.
    ("gstreamer1.0-x", &["textoverlay"]),
    (
        "gstreamer1.0-plugins-good",
        &[
            "matroskademux",
            "qtdemux",
            "flvdemux",
            "avidemux",
            "vp8dec",
            "vp9dec",
            "flacdec",
            "scaletempo",
            "autoaudiosink",
            "deinterlace",
            "jpegenc",
            "videoflip",
        ],
    ),
    (
        "gstreamer1.0-plugins-bad",
        &[
            "tsdemux",
            "h264parse",
            "h265parse",
            "assrender",
            "dvdspu",
            "fakevideosink",
        ],
    ),
    (
        "gstreamer1.0-libav",
        &["avdec_h264", "avdec_h265", "avdec_aac", "avdec_ac3"],
    ),
    ("gstreamer1.0-gl", &["glsinkbin"]),
];

/// The factories that are not there.
pub(crate) fn missing() -> Vec<MissingElement> {
    REQUIRED
        .iter()
        .flat_map(|(package, factories)| factories.iter().map(move |factory| (*package, *factory)))
        .filter(|(_, factory)| gst::ElementFactory::find(factory).is_none())
        .map(|(package, factory)| MissingElement { factory, package })
        .collect()
}

/// Orders decoders where GStreamer's own order gives wrong pictures or sound.
pub(crate) fn rank_decoders() {
    // flacdec 1.26 emits 7.1 in the order of the file under a mask of another order: the voices come from behind.
    outrank("avdec_flac", "flacdec");
    // dvdlpcmdec takes the sound of Blu-ray transport streams for that of DVDs and plays it as loud noise.
    if let Some(factory) = gst::ElementFactory::find("dvdlpcmdec") {
        factory.set_rank(gst::Rank::NONE);
    }
    // libaom, the only AV1 decoder in Debian 13's plugins-bad, is several times slower than dav1d and loses HDR metadata.
    outrank("dav1ddec", "av1dec");
}

fn outrank(better: &str, worse: &str) {
    let find = gst::ElementFactory::find;
    if let (Some(better), Some(worse)) = (find(better), find(worse))
        && better.rank() <= worse.rank()
    {
        better.set_rank(worse.rank() + 1);
    }
}
