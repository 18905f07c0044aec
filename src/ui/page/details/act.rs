//! What follows from a press of a button or a choice on a child: an output, or a mark.

use std::sync::Arc;
use std::time::Duration;

use gtk::glib;
use relm4::prelude::*;
use spool_engine::library::LibraryError;
use spool_engine::model::{Item, ItemId, Kind};
use spool_engine::playback::PlaybackError;
use spool_engine::recovery::Recovery;
use spool_engine::source::Person;

use super::{DetailsDone, DetailsOutput, DetailsPage};
use crate::ui::page::up_next::{by_artist, children, shuffled};
use crate::ui::widget::status::StatusAction;
use crate::ui::widget::{Choice, Status, card_menu};
use crate::user_message::UserMessage;

impl DetailsPage {
    pub(super) fn play_pressed(&self, sender: &ComponentSender<Self>) {
        if let Some(title) = &self.title
            && title.item.kind == Kind::Artist
        {
            return self.play_all(&title.item, |tracks| tracks, sender);
        }
        if let Some(next) = self.title.as_ref().and_then(|title| title.next.as_ref()) {
            notify(sender, DetailsOutput::Play(next.id.clone()));
        }
    }

    pub(super) fn shuffle_pressed(&self, sender: &ComponentSender<Self>) {
        let random = |below: usize| {
            let below = i32::try_from(below).unwrap_or(i32::MAX);
            usize::try_from(glib::random_int_range(0, below)).unwrap_or(0)
        };
        if let Some(title) = &self.title {
            let order = move |tracks| shuffled(tracks, random);
            self.play_all(&title.item, order, sender);
        }
    }

    /// Plays all tracks of an artist or album in this order.
    fn play_all(
        &self,
        item: &Item,
        order: impl FnOnce(Vec<ItemId>) -> Vec<ItemId> + Send + 'static,
        sender: &ComponentSender<Self>,
    ) {
        let (library, item) = (self.services.engine.library.clone(), item.clone());
        sender.oneshot_command(async move {
            let tracks = match item.kind {
                Kind::Artist => by_artist(&library, &item.id).await,
                _ => {
                    let tracks = children(&library, &item.id, Kind::Track).await;
                    tracks.map(|tracks| tracks.into_iter().map(|track| track.id).collect())
                }
            };
            DetailsDone::Tracks(tracks.map(order))
        });
    }

    pub(super) fn artist_chosen(&self, artist: ItemId, sender: &ComponentSender<Self>) {
        notify(sender, DetailsOutput::OpenDetails(artist));
    }

    pub(super) fn play_from(&self, place: Duration, sender: &ComponentSender<Self>) {
        if let Some(next) = self.title.as_ref().and_then(|title| title.next.as_ref()) {
            notify(sender, DetailsOutput::PlayFrom(next.id.clone(), place));
        }
    }

    pub(super) fn person_chosen(&self, person: Box<Person>, sender: &ComponentSender<Self>) {
        if let Some(id) = &self.id {
            notify(
                sender,
                DetailsOutput::OpenPerson(id.account().clone(), person),
            );
        }
    }

    pub(super) fn mark_pressed(&self, sender: &ComponentSender<Self>) {
        if let Some(title) = &self.title {
            self.mark(&title.item.id, !title.item.progress.watched, sender);
        }
    }

    fn mark(&self, id: &ItemId, watched: bool, sender: &ComponentSender<Self>) {
        let (library, id) = (self.services.engine.library.clone(), id.clone());
        sender.oneshot_command(async move {
            DetailsDone::Marked(library.set_watched(&id, watched).await)
        });
    }

    /// Shows it at once: a server that is slow to answer hears of it later.
    pub(super) fn favourite_pressed(&mut self, sender: &ComponentSender<Self>) {
        let Some(title) = &mut self.title else { return };
        title.item.favourite = !title.item.favourite;
        let (id, favourite) = (title.item.id.clone(), title.item.favourite);
        self.hero.show_favourite(favourite);
        let library = self.services.engine.library.clone();
        sender.oneshot_command(async move {
            DetailsDone::Marked(library.set_favourite(&id, favourite).await)
        });
    }

    pub(super) fn rated(&mut self, points: Option<u8>, sender: &ComponentSender<Self>) {
        let Some(title) = &mut self.title else { return };
        title.item.own_rating = points;
        let id = title.item.id.clone();
        self.extras.show_rating(points);
        let library = self.services.engine.library.clone();
        sender.oneshot_command(async move { DetailsDone::Marked(library.rate(&id, points).await) });
    }

    pub(super) fn keep_pressed(&self, sender: &ComponentSender<Self>) {
        let Some(title) = &self.title else { return };
        let (playback, id) = (self.services.engine.playback.clone(), title.item.id.clone());
        let is_kept = self.is_kept;
        sender.oneshot_command(async move {
            DetailsDone::Settled(match is_kept {
                true => playback.undo_download(&id).await.map(drop),
                false => playback.download(&id).await.map(drop),
            })
        });
    }

    /// Shows it at once. An answer that is on its way may still have the former choice: it is not wanted any more.
    pub(super) fn version_chosen(&mut self, key: &str, sender: &ComponentSender<Self>) {
        let Some(mut title) = self.title.clone() else {
            return;
        };
        let mut parts = title.item.parts.iter();
        let Some(part) = parts.find(|part| part.id.key() == key) else {
            return;
        };
        let part = part.id.clone();
        title.item.choose_version(&part);
        self.generation += 1;
        self.show_title(title, sender);
        let playback = self.services.engine.playback.clone();
        sender.oneshot_command(async move {
            DetailsDone::Settled(playback.choose_version(&part).await.map(drop))
        });
    }

    pub(super) fn sign_in_pressed(&self, sender: &ComponentSender<Self>) {
        if let Some(id) = &self.id {
            notify(sender, DetailsOutput::SignIn(id.account().clone()));
        }
    }

    pub(super) fn chosen(&self, choice: Choice, item: &Arc<Item>, sender: &ComponentSender<Self>) {
        match choice {
            Choice::Play if item.kind == Kind::Album => {
                self.play_all(item, |tracks| tracks, sender);
            }
            Choice::Play => notify(sender, DetailsOutput::Play(item.id.clone())),
            Choice::Open => notify(sender, DetailsOutput::OpenDetails(item.id.clone())),
            Choice::OpenArtist => {
                if let Some(artist) = card_menu::artist(item) {
                    notify(sender, DetailsOutput::OpenDetails(artist.clone()));
                }
            }
            Choice::SetWatched(watched) => self.mark(&item.id, watched, sender),
            Choice::Dismiss => {
                let (library, id) = (self.services.engine.library.clone(), item.id.clone());
                sender.oneshot_command(
                    async move { DetailsDone::Marked(library.dismiss(&id).await) },
                );
            }
        }
    }

    pub(super) fn action_pressed(&mut self, action: StatusAction, sender: &ComponentSender<Self>) {
        if let StatusAction::Recover(Recovery::SignIn(account)) = action {
            return notify(sender, DetailsOutput::SignIn(account));
        }
        self.status.set(Status::Loading);
        self.ask(sender);
    }
}

pub(super) fn found(
    tracks: Result<Vec<ItemId>, LibraryError>,
    sender: &ComponentSender<DetailsPage>,
) {
    let error = match tracks {
        Ok(tracks) if tracks.is_empty() => UserMessage::from(&PlaybackError::NothingToPlay),
        Ok(tracks) => return notify(sender, DetailsOutput::PlayAll(tracks)),
        Err(error) => UserMessage::from(&error),
    };
    notify(sender, DetailsOutput::Failed(error));
}

pub(super) fn marked(result: Result<(), LibraryError>, sender: &ComponentSender<DetailsPage>) {
    if let Err(error) = result {
        notify(sender, DetailsOutput::Failed(UserMessage::from(&error)));
    }
}

pub(super) fn settled(result: Result<(), PlaybackError>, sender: &ComponentSender<DetailsPage>) {
    if let Err(error) = result {
        notify(sender, DetailsOutput::Failed(UserMessage::from(&error)));
    }
}

/// Tells the parent; there is nobody to tell while the program ends.
fn notify(sender: &ComponentSender<DetailsPage>, output: DetailsOutput) {
    sender.output(output).ok();
}
