//! All that the page of a title shows, asked of the library.

use std::sync::Arc;

use spool_engine::library::{LibraryError, LibraryService};
use spool_engine::model::{Item, ItemId, Kind};
use spool_engine::source::{ExternalSubtitle, Person};

use crate::ui::page::up_next::{children, next};

/// A season and its episodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// The season.
    pub item: Item,
    /// Its episodes, in order.
    pub episodes: Vec<Arc<Item>>,
}

/// What is below the head of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A title that is played itself: chapters and streams.
    Film,
    /// A show.
    Seasons(Vec<Season>),
    /// An album.
    Tracks(Vec<Arc<Item>>),
    /// An artist.
    Works(Works),
}

/// The albums of an artist, and those that the artist appears on, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Works {
    /// By the artist.
    pub albums: Vec<Arc<Item>>,
    /// By others.
    pub appears_on: Vec<Arc<Item>>,
    /// Whether the database knows more of the artist than the name.
    pub is_listed: bool,
}

/// A title with everything its page shows.
#[derive(Clone, Debug)]
pub struct Title {
    /// The title whose page it is: of a season its show, of a track its album.
    pub item: Item,
    /// Subtitles beside the file.
    pub subtitles: Vec<ExternalSubtitle>,
    /// Who took part.
    pub people: Vec<Person>,
    /// What is below.
    pub body: Body,
    /// What *Play* plays: the title itself, or the child that comes next.
    pub next: Option<Item>,
    /// The season that was asked for.
    pub season: Option<ItemId>,
}

impl Title {
    /// Takes over what only the source knew, when this answer of the database does not have it.
    pub(super) fn keep_details_of(&mut self, former: &Self) {
        if self.item.id != former.item.id {
            return;
        }
        self.people = former.people.clone();
        if let Body::Works(Works {
            is_listed: false, ..
        }) = self.body
        {
            self.item.overview.clone_from(&former.item.overview);
            self.item.artwork = former.item.artwork.clone();
            self.item.genres.clone_from(&former.item.genres);
        }
        if !self.item.parts.is_empty() {
            return;
        }
        self.item.parts = former.item.parts.clone();
        self.item.version_chosen = former.item.version_chosen;
        self.item.chapters = former.item.chapters.clone();
        self.subtitles = former.subtitles.clone();
    }
}

/// The title as the database knows it; touches no network.
pub(super) async fn known(library: &LibraryService, id: &ItemId) -> Result<Title, LibraryError> {
    let asked = match library.item(id).await {
        Ok(asked) if asked.kind != Kind::Artist => asked,
        // Of an artist who only appears on albums of others nothing else is here.
        Ok(_) | Err(LibraryError::NotFound) => return artist(library, id).await,
        Err(error) => return Err(error),
    };
    let season = (asked.kind == Kind::Season).then(|| asked.id.clone());
    let above = match asked.kind {
        Kind::Season => asked.parent.clone().or_else(|| asked.grandparent.clone()),
        Kind::Track => asked.parent.clone(),
        _ => None,
    };
    let item = match above {
        // A parent that is missing is no reason to show nothing.
        Some(above) => library.item(&above).await.unwrap_or(asked),
        None => asked,
    };
    let body = body(library, &item).await?;
    Ok(Title {
        next: next_of(&item, &body),
        item,
        subtitles: Vec::new(),
        people: Vec::new(),
        body,
        season,
    })
}

async fn artist(library: &LibraryService, id: &ItemId) -> Result<Title, LibraryError> {
    let shared = |items: Vec<Item>| items.into_iter().map(Arc::new).collect();
    let works = library.artist(id).await?;
    let tracks = library.artist_tracks(id).await?;
    Ok(Title {
        item: works.artist,
        subtitles: Vec::new(),
        people: Vec::new(),
        next: tracks.into_iter().next(),
        body: Body::Works(Works {
            albums: shared(works.albums),
            appears_on: shared(works.appears_on),
            is_listed: works.is_listed,
        }),
        season: None,
    })
}

async fn body(library: &LibraryService, item: &Item) -> Result<Body, LibraryError> {
    let shared = |items: Vec<Item>| items.into_iter().map(Arc::new).collect();
    match item.kind {
        Kind::Show => {
            let mut seasons = Vec::new();
            for season in children(library, &item.id, Kind::Season).await? {
                let episodes = children(library, &season.id, Kind::Episode).await?;
                seasons.push(Season {
                    item: season,
                    episodes: shared(episodes),
                });
            }
            Ok(Body::Seasons(seasons))
        }
        Kind::Season => Ok(Body::Seasons(vec![Season {
            item: item.clone(),
            episodes: shared(children(library, &item.id, Kind::Episode).await?),
        }])),
        Kind::Album => {
            let tracks = children(library, &item.id, Kind::Track).await?;
            Ok(Body::Tracks(shared(tracks)))
        }
        // An artist has a page of another kind.
        Kind::Movie | Kind::Episode | Kind::Artist | Kind::Track | Kind::Video => Ok(Body::Film),
    }
}

fn next_of(item: &Item, body: &Body) -> Option<Item> {
    match body {
        Body::Film => Some(item.clone()),
        Body::Works(_) => None,
        Body::Tracks(tracks) => tracks.first().map(|track| (**track).clone()),
        Body::Seasons(seasons) => {
            let episodes = seasons.iter().flat_map(|season| &season.episodes);
            let episodes: Vec<Item> = episodes.map(|episode| (**episode).clone()).collect();
            next(&episodes).cloned()
        }
    }
}

/// The same title with what only its source knows: files, streams, chapters.
pub(super) async fn complete(
    library: &LibraryService,
    mut title: Title,
) -> Result<Title, LibraryError> {
    match &title.body {
        Body::Film => {
            let details = library.details(&title.item.id).await?;
            title.next = Some(details.item.clone());
            title.item = details.item;
            title.subtitles = details.subtitles;
            title.people = details.people;
        }
        Body::Seasons(_) => title.people = library.details(&title.item.id).await?.people,
        Body::Works(Works {
            is_listed: false, ..
        }) => {
            let details = library.details(&title.item.id).await?;
            title.item.overview = details.item.overview;
            title.item.artwork = details.item.artwork;
            title.item.genres = details.item.genres;
        }
        Body::Tracks(_) | Body::Works(_) => {}
    }
    Ok(title)
}
