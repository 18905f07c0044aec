//! Audio and subtitle streams as data.

use gst::prelude::*;

use crate::stage::Selection;

/// One stream that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The player's id for it, valid for this load.
    pub id: String,
    /// ISO 639 code.
    pub language: Option<String>,
    /// Title from the file.
    pub title: Option<String>,
    /// Codec, for people ("AAC").
    pub codec: Option<String>,
    /// Channels of audio.
    pub channels: Option<u32>,
}

/// All streams and the choice among them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tracks {
    /// Audio streams.
    pub audio: Vec<Stream>,
    /// Id of the audio stream that sounds.
    pub audio_selected: Option<String>,
    /// Subtitle streams, of the file and beside it.
    pub subtitles: Vec<Stream>,
    /// Id of the subtitle that is shown; none is a choice.
    pub subtitle_selected: Option<String>,
    /// Whether there is a picture.
    pub video: bool,
}

/// The person's choice among the streams of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Audio stream; none leaves it to the file.
    pub(crate) audio: Option<String>,
    /// Subtitle stream; none shows none.
    pub(crate) text: Option<String>,
    /// What was chosen before the streams were known; holds until a person chooses.
    pub(crate) first: First,
}

/// Streams to begin with, by their places among those of their kind in the file. A place that is not there leaves the choice
/// to the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct First {
    /// The sound.
    pub audio: Option<usize>,
    /// The subtitle; without one, none is shown.
    pub subtitle: Option<usize>,
}

/// Ids of the streams to play: one picture, one sound, and the subtitle that was asked for.
pub(crate) fn to_play(streams: &gst::StreamCollection, choice: &Choice) -> Vec<String> {
    let of_type = |kind: gst::StreamType| {
        streams
            .iter()
            .filter(move |stream| stream.stream_type().contains(kind))
            .collect::<Vec<_>>()
    };
    let preferred = |found: Vec<gst::Stream>| {
        let marked =
            |stream: &&gst::Stream| stream.stream_flags().contains(gst::StreamFlags::SELECT);
        found.iter().find(marked).or(found.first()).cloned()
    };
    let chosen = |found: &[gst::Stream], id: &Option<String>| {
        let id = id.as_deref()?;
        let same = |stream: &&gst::Stream| stream.stream_id().as_deref() == Some(id);
        found.iter().find(same).cloned()
    };
    let first = |found: &[gst::Stream], place: Option<usize>| found.get(place?).cloned();
    let (audio, text) = (
        of_type(gst::StreamType::AUDIO),
        of_type(gst::StreamType::TEXT),
    );
    let picks = [
        preferred(of_type(gst::StreamType::VIDEO)),
        chosen(&audio, &choice.audio)
            .or_else(|| first(&audio, choice.first.audio))
            .or_else(|| preferred(audio)),
        chosen(&text, &choice.text).or_else(|| first(&text, choice.first.subtitle)),
    ];
    picks
        .into_iter()
        .flatten()
        .filter_map(|stream| stream.stream_id().map(String::from))
        .collect()
}

/// Whether there is anything to see or to hear among them.
pub(crate) fn is_media(streams: &gst::StreamCollection) -> bool {
    let kinds = gst::StreamType::VIDEO | gst::StreamType::AUDIO;
    streams
        .iter()
        .any(|stream| stream.stream_type().intersects(kinds))
}

/// The streams that playbin3 reports, with those in `selected` as the choice.
pub(crate) fn of_collection(streams: &gst::StreamCollection, selected: &[String]) -> Tracks {
    let mut tracks = Tracks::default();
    for stream in streams.iter() {
        let Some(id) = stream.stream_id().map(String::from) else {
            continue;
        };
        let kind = stream.stream_type();
        let row = describe(id.clone(), stream.tags().as_ref(), stream.caps().as_ref());
        let (list, choice) = if kind.contains(gst::StreamType::AUDIO) {
            (&mut tracks.audio, &mut tracks.audio_selected)
        } else if kind.contains(gst::StreamType::TEXT) {
            (&mut tracks.subtitles, &mut tracks.subtitle_selected)
        } else {
            tracks.video |= kind.contains(gst::StreamType::VIDEO);
            continue;
        };
        list.push(row);
        if selected.contains(&id) {
            *choice = Some(id);
        }
    }
    tracks
}

/// The streams that the older playbin reports by number. `known`: what was told before of the same file, whose ids are kept.
pub(crate) fn of_numbers(playbin: &gst::Element, choice: &Choice, known: &Tracks) -> Tracks {
    let count = |name: &str| playbin.property::<i32>(name);
    let rows = |name: &str, known: &[Stream]| {
        (0..count(&format!("n-{name}")))
            .zip(0..)
            .map(|(number, at): (i32, usize)| {
                let signal = format!("get-{name}-tags");
                let tags = playbin.emit_by_name::<Option<gst::TagList>>(&signal, &[&number]);
                known
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| describe(format!("{name}-{number}"), tags.as_ref(), None))
            })
            .collect::<Vec<_>>()
    };
    let audio = rows("audio", &known.audio);
    let current = playbin.property::<i32>("current-audio");
    let place = choice.first.audio.filter(|place| *place < audio.len());
    let sounding = || audio.get(place.or(usize::try_from(current).ok())?);
    let subtitles = rows("text", &known.subtitles);
    let shown = || subtitles.get(choice.first.subtitle?);
    Tracks {
        audio_selected: choice
            .audio
            .clone()
            .or_else(|| Some(sounding()?.id.clone())),
        subtitle_selected: choice.text.clone().or_else(|| Some(shown()?.id.clone())),
        subtitles,
        video: count("n-video") > 0,
        audio,
    }
}

/// A choice in the numbers of the older playbin.
pub(crate) fn numbers(known: &Tracks, choice: &Choice) -> Selection {
    let number = |list: &[Stream], id: &Option<String>, first: Option<usize>| {
        let chosen = id.as_ref();
        let at = chosen.and_then(|id| list.iter().position(|stream| stream.id == *id));
        i32::try_from(at.or(first)?).ok()
    };
    Selection::Numbers {
        audio: number(&known.audio, &choice.audio, choice.first.audio),
        text: number(&known.subtitles, &choice.text, choice.first.subtitle),
    }
}

fn describe(id: String, tags: Option<&gst::TagList>, caps: Option<&gst::Caps>) -> Stream {
    let caps = caps.filter(|caps| caps.is_fixed());
    let from_tags = tags.and_then(|tags| {
        let audio = tags
            .get::<gst::tags::AudioCodec>()
            .map(|tag| tag.get().to_owned());
        audio.or_else(|| {
            tags.get::<gst::tags::SubtitleCodec>()
                .map(|tag| tag.get().to_owned())
        })
    });
    Stream {
        id,
        language: tags.and_then(|tags| {
            let tag = tags.get::<gst::tags::LanguageCode>()?;
            Some(tag.get().to_owned())
        }),
        title: tags.and_then(|tags| Some(tags.get::<gst::tags::Title>()?.get().to_owned())),
        codec: caps
            .map(|caps| gst_pbutils::pb_utils_get_codec_description(caps).to_string())
            .or(from_tags),
        channels: caps
            .and_then(|caps| caps.structure(0)?.get::<i32>("channels").ok())
            .and_then(|channels| u32::try_from(channels).ok()),
    }
}
