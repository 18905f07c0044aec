//! What the page of a title says about it, in words. Pure.

use spool_engine::model::{
    Account, AccountState, Item, Kind, Part, Presence, SourceKind, TrackKind,
};
use spool_engine::source::ExternalSubtitle;

use crate::i18n::{gettext, gettext_f, ngettext_f};
use crate::ui::format;

/// Genres of an artist in the line of facts.
const MOST_GENRES: usize = 3;

/// "1999 · 1 h 42 min · PG · ★ 7.4 · 1080p H.264".
pub(super) fn facts(item: &Item) -> String {
    format::facts([
        item.year.map(|year| year.to_string()).unwrap_or_default(),
        item.duration.map(format::length).unwrap_or_default(),
        children(item),
        genres(item),
        item.content_rating.clone().unwrap_or_default(),
        item.rating.map(format::rating).unwrap_or_default(),
        item.parts.first().map(picture).unwrap_or_default(),
    ])
}

fn children(item: &Item) -> String {
    let Some(count) = item.child_count.filter(|count| *count > 0) else {
        return String::new();
    };
    let number = count.to_string();
    let values = [("count", number.as_str())];
    match item.kind {
        Kind::Show | Kind::Season => {
            ngettext_f("{count} episode", "{count} episodes", count.into(), &values)
        }
        Kind::Artist => ngettext_f("{count} album", "{count} albums", count.into(), &values),
        Kind::Album => ngettext_f("{count} track", "{count} tracks", count.into(), &values),
        _ => String::new(),
    }
}

/// What an artist plays, where that is short.
fn genres(item: &Item) -> String {
    match item.kind {
        Kind::Artist => format::facts(item.genres.iter().take(MOST_GENRES).cloned()),
        _ => String::new(),
    }
}

/// "1080p H.264", from the first video stream.
fn picture(part: &Part) -> String {
    let video = part
        .tracks
        .iter()
        .find(|track| track.kind == TrackKind::Video);
    let height = video.and_then(|track| track.height).map(format::resolution);
    let codec = video
        .and_then(|track| track.codec.as_deref())
        .map(format::codec);
    let words: Vec<_> = height.into_iter().chain(codec).collect();
    words.join(" ")
}

/// Above the title: the show of an episode with its number, the artist of an album where nothing more than the name is known.
pub(super) fn context(item: &Item) -> String {
    let context = item.context.clone().unwrap_or_default();
    match item.kind {
        Kind::Episode => {
            let code = format::episode_code(item.parent_index, item.index);
            format::facts([context, code])
        }
        _ => context,
    }
}

/// Languages and formats of the sound: "English 5.1 Dolby Digital, French Stereo AAC".
pub(super) fn audio(part: &Part) -> String {
    let tracks = part
        .tracks
        .iter()
        .filter(|track| track.kind == TrackKind::Audio);
    let words = tracks.map(|track| {
        let language = track.language.as_deref().map(format::language);
        let channels = track.channels.map(format::channels);
        let codec = track.codec.as_deref().map(format::codec);
        let words: Vec<_> = language.into_iter().chain(channels).chain(codec).collect();
        words.join(" ")
    });
    list(words)
}

/// Languages of the subtitles, inside the file and beside it.
pub(super) fn subtitles(part: &Part, beside: &[ExternalSubtitle]) -> String {
    let tracks = part
        .tracks
        .iter()
        .filter(|track| track.kind == TrackKind::Subtitle);
    let inside = tracks.map(|track| name(track.language.as_deref(), track.title.as_deref()));
    let of_part = |file: &&ExternalSubtitle| file.part.as_ref().is_none_or(|of| *of == part.id);
    let beside = beside
        .iter()
        .filter(of_part)
        .map(|file| name(file.language.as_deref(), Some(&file.title)));
    list(inside.chain(beside))
}

fn name(language: Option<&str>, title: Option<&str>) -> String {
    let title = title.map(str::to_owned).filter(|title| !title.is_empty());
    language
        .map(format::language)
        .or(title)
        .unwrap_or_else(|| gettext("Unknown"))
}

/// Different words, in order of appearance, with commas.
fn list(words: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for word in words {
        if !word.is_empty() && !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.join(", ")
}

/// Where the title is from: "Jellyfin server “nas”".
pub(super) fn source(account: &Account) -> String {
    match account.kind {
        // Translators: {name} is the name of a media server.
        SourceKind::Jellyfin => gettext_f("Jellyfin server “{name}”", &[("name", &account.name)]),
        // Translators: {name} is the name of a media server.
        SourceKind::Plex => gettext_f("Plex server “{name}”", &[("name", &account.name)]),
        // Translators: {name} is the name of a folder on this computer.
        SourceKind::Folder => gettext_f(
            "Folder “{name}” on this computer",
            &[("name", &account.name)],
        ),
        // Translators: {name} is the name of a folder on a network drive.
        SourceKind::NetworkDrive => gettext_f(
            "Folder “{name}” on a network drive",
            &[("name", &account.name)],
        ),
    }
}

/// The label of the button that plays: what it plays, and from where.
pub(super) fn play_label(title: &Item, next: &Item) -> String {
    let is_child = next.id != title.id && next.kind == Kind::Episode;
    let code = if is_child {
        format::episode_code(next.parent_index, next.index)
    } else {
        String::new()
    };
    let begun = next
        .progress
        .in_progress()
        .then(|| format::clock(next.progress.position));
    match (code.as_str(), begun) {
        ("", None) => gettext("_Play"),
        // Translators: {time} is a position such as 41:12.
        ("", Some(time)) => gettext_f("_Resume from {time}", &[("time", &time)]),
        // Translators: {episode} is a code such as S01E02.
        (code, None) => gettext_f("_Play {episode}", &[("episode", code)]),
        (code, Some(time)) => gettext_f(
            "_Resume {episode} from {time}",
            &[("episode", code), ("time", &time)],
        ),
    }
}

/// Why a title of which so much is here cannot be played now; `None` when it can.
pub(super) fn hindrance(account: Option<&Account>, presence: Presence) -> Option<String> {
    if presence != Presence::None {
        return None;
    }
    let account = account?;
    let name = [("name", account.name.as_str())];
    match (account.kind, &account.state) {
        (_, AccountState::Unknown | AccountState::Online) => None,
        // Translators: {name} is the name of a media server.
        (SourceKind::Jellyfin | SourceKind::Plex, AccountState::Offline) => Some(gettext_f(
            "This title needs the network: it is not on this device, and “{name}” cannot be reached now.",
            &name,
        )),
        // Translators: {name} is the name of a folder on a network drive.
        (SourceKind::NetworkDrive, AccountState::Offline) => Some(gettext_f(
            "This title is not on this device, and the network drive of “{name}” is not connected now.",
            &name,
        )),
        (SourceKind::Folder, AccountState::Offline) => {
            Some(gettext_f("The folder “{name}” cannot be read now.", &name))
        }
        (_, AccountState::SignInNeeded) => Some(gettext_f(
            "Not on this device. Sign in to “{name}” again to play it.",
            &name,
        )),
    }
}

/// What the strip below the buttons says.
pub(super) fn presence(presence: Presence, size: Option<u64>, kind: Kind) -> Option<String> {
    let words = crate::ui::widget::cached_badge::words(presence, kind)?;
    let size = size.map(format::bytes).unwrap_or_default();
    Some(format::facts([words, size]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use spool_engine::model::{AccountId, ItemId, PartId, Track};

    use super::*;

    fn account_id() -> AccountId {
        "a".parse().unwrap()
    }

    fn item(kind: Kind, key: &str) -> Item {
        Item::new(ItemId::new(account_id(), key), kind, key)
    }

    fn track(kind: TrackKind, codec: &str, language: &str) -> Track {
        Track {
            index: 0,
            kind,
            codec: Some(codec.to_owned()),
            language: Some(language.to_owned()),
            title: None,
            height: Some(800).filter(|_| kind == TrackKind::Video),
            channels: Some(6).filter(|_| kind == TrackKind::Audio),
            external: false,
        }
    }

    fn part(tracks: Vec<Track>) -> Part {
        Part {
            id: PartId::new(ItemId::new(account_id(), "1"), "1"),
            name: None,
            container: None,
            size: None,
            bitrate: None,
            fingerprint: None,
            tracks,
            chosen: None,
            unfit: None,
            piece: None,
        }
    }

    fn account(kind: SourceKind, state: AccountState) -> Account {
        Account {
            id: account_id(),
            kind,
            name: "nas".to_owned(),
            address: String::new(),
            user: String::new(),
            state,
            trouble: None,
            route: None,
            fingerprint: None,
        }
    }

    #[test]
    fn a_film_in_one_line() {
        let mut film = item(Kind::Movie, "1");
        film.year = Some(1999);
        film.duration = Some(Duration::from_secs(6120));
        film.content_rating = Some("PG".to_owned());
        film.rating = Some(7.4);
        film.parts = vec![part(vec![track(TrackKind::Video, "h264", "und")])];
        assert_eq!(facts(&film), "1999 · 1 h 42 min · PG · ★ 7.4 · 1080p H.264");
    }

    #[test]
    fn sound_and_subtitles_by_language_once_each() {
        let part = part(vec![
            track(TrackKind::Audio, "ac3", "eng"),
            track(TrackKind::Subtitle, "srt", "eng"),
            track(TrackKind::Subtitle, "ass", "en"),
            track(TrackKind::Subtitle, "ass", "de"),
        ]);
        assert_eq!(audio(&part), "English 5.1 Dolby Digital");
        assert_eq!(subtitles(&part, &[]), "English, German");
    }

    #[test]
    fn the_button_says_what_it_plays() {
        let show = item(Kind::Show, "show");
        let mut episode = item(Kind::Episode, "episode");
        episode.parent_index = Some(1);
        episode.index = Some(2);
        assert_eq!(play_label(&show, &show), "_Play");
        assert_eq!(play_label(&show, &episode), "_Play S01E02");
        assert_eq!(play_label(&episode, &episode), "_Play");
        episode.progress.position = Duration::from_secs(754);
        assert_eq!(play_label(&show, &episode), "_Resume S01E02 from 12:34");
        assert_eq!(play_label(&episode, &episode), "_Resume from 12:34");
    }

    #[test]
    fn only_what_is_away_and_not_here_is_hindered() {
        let offline = account(SourceKind::Jellyfin, AccountState::Offline);
        let words = hindrance(Some(&offline), Presence::None).unwrap();
        assert_eq!(
            words,
            "This title needs the network: it is not on this device, and “nas” cannot be reached now."
        );
        assert_eq!(hindrance(Some(&offline), Presence::Whole), None);
        let online = account(SourceKind::Jellyfin, AccountState::Online);
        assert_eq!(hindrance(Some(&online), Presence::None), None);
        assert_eq!(hindrance(None, Presence::None), None);
    }
}
