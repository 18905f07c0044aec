//! What a card says of an item, on it and to a screen reader. Pure.

use spool_engine::model::{Item, Kind, Presence};

use crate::i18n::{gettext, gettext_f, ngettext_f};
use crate::ui::format;
use crate::ui::widget::cached_badge;

/// The two lines below a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// What a person looks for: the title; of an episode, its show.
    pub title: String,
    /// What tells it apart: year, artist, episode.
    pub subtitle: String,
}

/// The two lines of an item's card.
#[must_use]
pub fn lines(item: &Item) -> Lines {
    let year = item.year.map(|year| year.to_string()).unwrap_or_default();
    let context = item.context.clone().unwrap_or_default();
    let (title, subtitle) = match item.kind {
        Kind::Episode => return episode_lines(item, context),
        Kind::Movie => (item.title.clone(), format::facts([year, time_left(item)])),
        Kind::Video => (item.title.clone(), format::facts([year, length(item)])),
        Kind::Show => (item.title.clone(), format::facts([year, episodes(item)])),
        Kind::Season => (item.title.clone(), context),
        Kind::Artist => (item.title.clone(), albums(item)),
        Kind::Album => (item.title.clone(), format::facts([context, year])),
        Kind::Track => (item.title.clone(), context),
    };
    Lines { title, subtitle }
}

fn episode_lines(item: &Item, show: String) -> Lines {
    let code = format::episode_code(item.parent_index, item.index);
    if show.is_empty() {
        return Lines {
            title: item.title.clone(),
            subtitle: code,
        };
    }
    Lines {
        title: show,
        subtitle: format::facts([code, item.title.clone()]),
    }
}

fn albums(item: &Item) -> String {
    let Some(count) = item.child_count.filter(|count| *count > 0) else {
        return String::new();
    };
    let number = count.to_string();
    ngettext_f(
        "{count} album",
        "{count} albums",
        count.into(),
        &[("count", &number)],
    )
}

fn length(item: &Item) -> String {
    item.duration.map(format::length).unwrap_or_default()
}

fn time_left(item: &Item) -> String {
    match item.duration {
        Some(duration) if item.progress.in_progress() => {
            let left = format::length(duration.saturating_sub(item.progress.position));
            // Translators: so much of a film is still to be watched, "41 min left".
            gettext_f("{time} left", &[("time", &left)])
        }
        _ => String::new(),
    }
}

fn episodes(item: &Item) -> String {
    item.child_count.map_or_else(String::new, |count| {
        ngettext_f(
            "{count} episode",
            "{count} episodes",
            count.into(),
            &[("count", &count.to_string())],
        )
    })
}

/// The whole card in one sentence, for a screen reader. `is_away`: it is dimmed.
#[must_use]
pub fn spoken(item: &Item, presence: Presence, is_away: bool) -> String {
    let lines = lines(item);
    let mut parts = vec![lines.title, lines.subtitle];
    if !item.kind.is_video() {
        // Nobody watches music.
    } else if item.progress.watched {
        parts.push(gettext("Watched"));
    } else if let Some(count) = item.progress.unwatched_children.filter(|count| *count > 0) {
        parts.push(ngettext_f(
            "{count} not watched",
            "{count} not watched",
            count.into(),
            &[("count", &count.to_string())],
        ));
    }
    parts.extend(cached_badge::words(presence, item.kind));
    if is_away {
        parts.push(gettext("Cannot be played now"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use spool_engine::model::{AccountId, ItemId};

    use super::*;

    fn item(kind: Kind, title: &str) -> Item {
        let account: AccountId = "a".parse().unwrap();
        Item::new(ItemId::new(account, "1"), kind, title)
    }

    #[test]
    fn an_episode_is_found_by_its_show() {
        let mut episode = item(Kind::Episode, "Pilot");
        episode.parent_index = Some(1);
        episode.index = Some(2);
        assert_eq!(lines(&episode).title, "Pilot");
        episode.context = Some("Tidewater".to_owned());
        let lines = lines(&episode);
        assert_eq!(lines.title, "Tidewater");
        assert_eq!(lines.subtitle, "S01E02 · Pilot");
    }

    #[test]
    fn a_film_that_was_begun_says_what_is_left() {
        let mut film = item(Kind::Movie, "Sita");
        film.year = Some(2008);
        film.duration = Some(Duration::from_secs(4920));
        assert_eq!(lines(&film).subtitle, "2008");
        film.progress.position = Duration::from_secs(2460);
        assert_eq!(lines(&film).subtitle, "2008 · 41 min left");
    }

    #[test]
    fn a_screen_reader_hears_all_that_the_card_shows() {
        let mut film = item(Kind::Movie, "Sita");
        film.year = Some(2008);
        film.progress.watched = true;
        let partly = Presence::Partly {
            permille: 378,
            arriving: false,
        };
        assert_eq!(
            spoken(&film, partly, false),
            "Sita, 2008, Watched, 37 % on this device"
        );
        let sita = item(Kind::Movie, "Sita");
        assert_eq!(spoken(&sita, Presence::None, false), "Sita");
        assert_eq!(
            spoken(&sita, Presence::None, true),
            "Sita, Cannot be played now"
        );
    }
}
