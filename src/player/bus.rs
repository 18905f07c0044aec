//! What GStreamer says on the bus, in the player's words.

use std::time::Duration;

use gst::prelude::*;
use spool_engine::model::Chapter;

use crate::error::PlayerError;
use crate::event::Lack;

/// One message, as far as it matters here.
#[derive(Debug)]
pub(crate) enum Said {
    /// The pipeline may have reached the state that was asked for.
    Moved,
    /// Fill of its queue in percent.
    Fill(u8),
    /// Everything has been rendered.
    End,
    /// Its length may have become known.
    Length,
    /// These streams there are.
    Streams(gst::StreamCollection),
    /// These streams sound and show: their ids.
    Selected(Vec<String>),
    /// A plug-in is not installed. The rest may play.
    Missing(Plugin),
    /// The container's chapters.
    Chapters(Vec<Chapter>),
    /// An element gave up.
    Fault(Fault),
}

/// A plug-in that is not installed.
#[derive(Debug)]
pub(crate) struct Plugin {
    /// What it would decode, for people.
    description: String,
    /// The media type that it would decode.
    wanted: Option<String>,
}

/// What was found missing during one load.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    descriptions: Vec<String>,
    /// What stays out while the rest plays, and how much of that has been told.
    lacks: Vec<Lack>,
    told: usize,
    /// The file is none that any plug-in could play: a web page, a picture, an archive.
    no_media: bool,
}

impl Missing {
    /// Notes a plug-in. `within`: the container has been opened, so that this is for a stream in it.
    pub(crate) fn add(&mut self, plugin: Plugin, within: bool) {
        let media = |name: &str| {
            ["video/", "audio/", "application/vnd.rn-"]
                .iter()
                .any(|kind| name.starts_with(kind))
        };
        if let Some(lack) = plugin.lack().filter(|lack| !self.lacks.contains(lack)) {
            self.lacks.push(lack);
        }
        if within || plugin.wanted.as_deref().is_none_or(media) {
            self.descriptions.push(plugin.description);
        } else {
            self.no_media = true;
        }
    }

    /// What stays out and has not been told yet.
    pub(crate) fn untold(&mut self) -> Vec<Lack> {
        let untold = self.lacks[self.told..].to_vec();
        self.told = self.lacks.len();
        untold
    }
}

impl Plugin {
    /// Whether it is for the picture of a film.
    pub(crate) fn is_for_picture(&self) -> bool {
        let wanted = self.wanted.as_deref();
        wanted.is_some_and(|name| name.starts_with("video/"))
    }

    /// The error of a film whose picture it would decode.
    pub(crate) fn into_error(self) -> PlayerError {
        PlayerError::MissingPlugin {
            description: self.description,
        }
    }

    fn lack(&self) -> Option<Lack> {
        let wanted = self.wanted.as_deref()?;
        let is = |kinds: &[&str]| kinds.iter().any(|kind| wanted.starts_with(kind));
        if is(&["audio/"]) {
            Some(Lack::Sound(self.description.clone()))
        } else if is(&[
            "text/",
            "subpicture/",
            "subtitle/",
            "application/x-s",
            "application/x-ass",
        ]) {
            Some(Lack::Subtitles(self.description.clone()))
        } else {
            None
        }
    }
}

/// An element gave up.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Which one.
    pub(crate) source: Option<gst::Object>,
    /// Why.
    pub(crate) error: gst::glib::Error,
}

/// Reads a message of the given pipeline's bus; `None` when it does not matter.
pub(crate) fn read(pipeline: &gst::Element, message: &gst::Message) -> Option<Said> {
    use gst::MessageView;
    let of_pipeline = message.src() == Some(pipeline.upcast_ref());
    match message.view() {
        MessageView::AsyncDone(_) => Some(Said::Moved),
        MessageView::StateChanged(_) if of_pipeline => Some(Said::Moved),
        MessageView::Buffering(buffering) => {
            Some(Said::Fill(buffering.percent().clamp(0, 100) as u8))
        }
        MessageView::Eos(_) => Some(Said::End),
        MessageView::DurationChanged(_) => Some(Said::Length),
        MessageView::StreamCollection(streams) => Some(Said::Streams(streams.stream_collection())),
        MessageView::StreamsSelected(selected) => Some(Said::Selected(
            selected
                .streams()
                .filter_map(|stream| stream.stream_id().map(String::from))
                .collect(),
        )),
        MessageView::Toc(toc) => Some(Said::Chapters(chapters(&toc.toc().0))),
        MessageView::Error(error) => Some(Said::Fault(Fault {
            source: message.src().cloned(),
            error: error.error(),
        })),
        MessageView::Element(_) => {
            let missing = gst_pbutils::MissingPluginMessage::parse(message).ok()?;
            let wanted = message.structure()?.get::<gst::Caps>("detail").ok();
            Some(Said::Missing(Plugin {
                description: missing.description().to_string(),
                wanted: wanted.and_then(|caps| Some(caps.structure(0)?.name().to_string())),
            }))
        }
        _ => None,
    }
}

/// Chapters of a table of contents, in its order.
pub(crate) fn chapters(toc: &gst::Toc) -> Vec<Chapter> {
    fn walk(entries: &[gst::TocEntry], found: &mut Vec<Chapter>) {
        for entry in entries {
            if entry.entry_type() == gst::TocEntryType::Chapter
                && let Some((start, _)) = entry.start_stop_times()
            {
                let title = entry.tags().and_then(|tags| {
                    tags.get::<gst::tags::Title>()
                        .map(|tag| tag.get().to_owned())
                });
                found.push(Chapter {
                    start: Duration::from_nanos(u64::try_from(start).unwrap_or(0)),
                    title: title.unwrap_or_default(),
                });
            }
            walk(&entry.sub_entries(), found);
        }
    }
    let mut found = Vec::new();
    walk(&toc.entries(), &mut found);
    found
}

impl Fault {
    /// Whether it comes from inside `element`.
    pub(crate) fn is_of(&self, element: &gst::Element) -> bool {
        self.source.as_ref().is_some_and(|source| {
            source == element.upcast_ref::<gst::Object>() || source.has_as_ancestor(element)
        })
    }

    /// Whether it comes from something that only makes subtitles.
    pub(crate) fn is_of_subtitles(&self) -> bool {
        self.source
            .as_ref()
            .and_then(|source| source.downcast_ref::<gst::Element>())
            .and_then(|element| element.factory())
            .is_some_and(|factory| {
                let class = factory.metadata("klass").unwrap_or_default();
                class.contains("Subtitle") || class.contains("Overlay")
            })
    }

    /// What to tell a person, given what was found missing before.
    pub(crate) fn explain(&self, missing: &Missing) -> PlayerError {
        let words = self.error.message().to_owned();
        let plugin = self.error.matches(gst::CoreError::MissingPlugin)
            || self.error.matches(gst::StreamError::CodecNotFound);
        match missing.descriptions.first() {
            Some(description) => PlayerError::MissingPlugin {
                description: description.clone(),
            },
            None if plugin && !missing.no_media => {
                PlayerError::MissingPlugin { description: words }
            }
            None => PlayerError::Damaged(words),
        }
    }
}
