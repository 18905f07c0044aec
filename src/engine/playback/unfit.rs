//! Files that cannot be played as they are: their server makes a stream of them without being asked.

use std::time::Duration;

use super::{Inner, Opening};
use crate::model::{AccountState, Item, Unfit, piece_at};

impl Inner {
    /// How a title is to be opened at a place, seeing which file of it would play; and whether a stream is wanted only because of that file,
    /// and the file would do where there is none.
    pub(super) async fn fit(
        &self,
        item: &Item,
        opening: Opening,
        place: Duration,
    ) -> (Opening, bool) {
        // A title that cannot be chosen of cannot be opened either, which is said there.
        let version = self.pick_version(item).await;
        let Some(part) = version.ok().and_then(|version| piece_at(version, place)) else {
            return (opening, false);
        };
        let online = self.state(item.id.account()) == AccountState::Online;
        let convert = match part.unfit {
            Some(Unfit::Disc) => true,
            // Also of a file that is here: only the server makes its colours right.
            Some(Unfit::Colours) if online => !opening.as_it_is,
            // What is wholly here plays without asking a server that may not be there.
            Some(Unfit::Colours) => !opening.as_it_is && !self.is_here(part).await.unwrap_or(false),
            None => false,
        };
        let unasked = convert && !opening.converted && part.unfit == Some(Unfit::Colours);
        let opening = Opening {
            converted: opening.converted || convert,
            ..opening
        };
        (opening, unasked)
    }
}
