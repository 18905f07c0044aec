//! An artist with the albums that are by them and those that they appear on, from the mirror alone.

use super::{Inner, LibraryError, LibraryService};
use crate::model::{Item, ItemId, Kind};

/// What the mirror has of an artist.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtistWorks {
    /// The artist; of one who has no album of their own, sources may tell no more than a name.
    pub artist: Item,
    /// Whether a source tells more of the artist than the name: otherwise [`LibraryService::details`] may.
    pub is_listed: bool,
    /// Albums by the artist, newest first.
    pub albums: Vec<Item>,
    /// Albums by others with something that the artist plays, newest first.
    pub appears_on: Vec<Item>,
}

impl LibraryService {
    /// An artist and the albums, without asking anybody.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when nothing here is by an artist of this id, [`LibraryError::Store`].
    pub async fn artist(&self, id: &ItemId) -> Result<ArtistWorks, LibraryError> {
        let id = id.clone();
        self.run(move |inner| async move { inner.artist(&id).await })
            .await
    }

    /// The tracks of the albums by an artist, in the order of [`ArtistWorks::albums`]; of one who has none, the tracks that the
    /// artist plays on those of others.
    ///
    /// # Errors
    /// As [`LibraryService::artist`].
    pub async fn artist_tracks(&self, id: &ItemId) -> Result<Vec<Item>, LibraryError> {
        let id = id.clone();
        self.run(move |inner| async move { inner.artist_tracks(&id).await })
            .await
    }
}

impl Inner {
    async fn artist(&self, id: &ItemId) -> Result<ArtistWorks, LibraryError> {
        let known = self.store.item(id).await?;
        let known = known.filter(|item| item.kind == Kind::Artist);
        let is_listed = known.is_some();
        let artist = match known {
            Some(artist) => artist,
            None => {
                let named = self.store.named_artist(id).await?;
                named.ok_or(LibraryError::NotFound)?
            }
        };
        Ok(ArtistWorks {
            albums: self.store.albums_by(id).await?,
            appears_on: self.store.albums_with(&artist).await?,
            artist,
            is_listed,
        })
    }

    async fn artist_tracks(&self, id: &ItemId) -> Result<Vec<Item>, LibraryError> {
        let works = self.artist(id).await?;
        let is_guest = works.albums.is_empty();
        let albums = match is_guest {
            true => works.appears_on,
            false => works.albums,
        };
        let mut tracks = Vec::new();
        for album in albums {
            tracks.extend(self.store.tracks_of(&album.id).await?);
        }
        if is_guest {
            tracks.retain(|track| plays(&works.artist, track));
        }
        Ok(tracks)
    }
}

/// Whether a track is by an artist, whom it names by id or, where its source tells none, by name.
fn plays(artist: &Item, track: &Item) -> bool {
    track.artists.iter().any(|credit| match &credit.artist {
        Some(id) => *id == artist.id,
        None => credit.name.to_lowercase() == artist.title.to_lowercase(),
    })
}
