//! Which of a title's files plays, where it has several.

use relm4::ComponentSender;
use spool_engine::model::{Item, Part, PartId, version_of};
use spool_engine::playback::PlaybackError;

use super::{PlayerDone, PlayerOutput, PlayerPage};
use crate::ui::version::{Version, versions};
use crate::user_message::UserMessage;

/// The files of the title that was opened last, also when it does not play.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// None where there is no choice.
    pub(super) versions: Vec<Version>,
    /// Key of the one that plays, or of which the stream is made; of its first file, where it has several.
    pub(super) plays: String,
}

impl Files {
    pub(super) fn of(item: &Item, part: &PartId) -> Self {
        let files = version_of(&item.parts, part).and_then(<[Part]>::first);
        let first = files.map_or(part, |file| &file.id);
        Self {
            versions: versions(item),
            plays: first.key().to_owned(),
        }
    }

    /// The version after the one that plays, in a circle; `None` where there is no other.
    pub(super) fn another(&self) -> Option<&Version> {
        let mut all = self.versions.iter();
        let place = all.position(|version| version.key == self.plays)?;
        let next = (place + 1) % self.versions.len();
        self.versions.get(next).filter(|_| next != place)
    }
}

impl PlayerPage {
    /// Goes on with another file of the title, also the next time.
    pub(super) fn choose_version(&self, key: &str, sender: &ComponentSender<Self>) {
        let Some(item) = self.asked.clone().filter(|_| key != self.files.plays) else {
            return;
        };
        let part = PartId::new(item, key);
        let (playback, generation) = (self.services.engine.playback.clone(), self.generation);
        sender.oneshot_command(async move {
            let chosen = playback.choose_version(&part).await;
            PlayerDone::Version(generation, chosen.map(|_| part))
        });
    }

    pub(super) fn another_version(&self, sender: &ComponentSender<Self>) {
        if let Some(another) = self.files.another() {
            self.choose_version(&another.key, sender);
        }
    }

    /// Other streams lie in another file: what was chosen among the former ones means nothing there.
    pub(super) fn version_chosen(
        &mut self,
        chosen: Result<PartId, PlaybackError>,
        sender: &ComponentSender<Self>,
    ) {
        let part = match chosen {
            Ok(part) => part,
            Err(error) => {
                // The parent may be gone when the program ends.
                let message = UserMessage::from(&error);
                return drop(sender.output(PlayerOutput::Failed(message)));
            }
        };
        let wanted = self.failure.is_some() || self.playback.is_wanted();
        let versions = std::mem::take(&mut self.files.versions);
        self.open(part.item().clone(), self.begin_again(), sender);
        self.files = Files {
            versions,
            plays: part.key().to_owned(),
        };
        self.playback.want(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_follow_in_a_circle() {
        let version = |key: &str| Version {
            key: key.to_owned(),
            name: String::new(),
            label: String::new(),
        };
        let after = |keys: &[&str], plays: &str| {
            let files = Files {
                versions: keys.iter().map(|key| version(key)).collect(),
                plays: plays.to_owned(),
            };
            files.another().map(|version| version.key.clone())
        };
        assert_eq!(after(&["a", "b", "c"], "b").as_deref(), Some("c"));
        assert_eq!(after(&["a", "b", "c"], "c").as_deref(), Some("a"));
        assert_eq!(after(&["a"], "a"), None);
        assert_eq!(after(&["a", "b"], "gone"), None);
        assert_eq!(after(&[], "a"), None);
    }
}
