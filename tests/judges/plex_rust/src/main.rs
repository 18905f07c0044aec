//! plex-api, the crate, as a guest of the kit's plex.tv and Plex faces.
//!
//! Its types are strict: a field that is missing or of another type than real servers send ends it. So it also judges whether
//! the kit leaves out what everybody relies on. It asks plex.tv by its first version, which the engine never does.

mod kit;

use std::error::Error;

use futures::executor::block_on;
use futures::io::Cursor;
use kit::{FILM, Kit, check};
use plex_api::device::DeviceConnection;
use plex_api::library::{
    Item, Library, MediaItem, MetadataItem, Movie, MovieLibrary, MusicLibrary, Part, TVLibrary,
};
use plex_api::{HttpClient, HttpClientBuilder, MyPlex, MyPlexBuilder, PinManager, Server};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() {
    if let Err(error) = block_on(judge()) {
        println!("WRONG: {error}");
        std::process::exit(1);
    }
}

async fn judge() -> Result {
    let mut kit = Kit::start()?;
    let tv = HttpClientBuilder::generic()
        .set_api_url(kit.hello("plex_tv"))
        .build()?;
    let account = sign_in(&mut kit, &tv).await?;
    people(&account).await?;
    let server = reach(&account).await?;
    let film = films(&server).await?;
    shows(&server).await?;
    music(&server).await?;
    lists(&server).await?;
    bytes(&film).await?;
    reports(&mut kit, &server, &film).await?;
    account.signout().await?;
    Ok(())
}

async fn sign_in(kit: &mut Kit, tv: &HttpClient) -> Result<MyPlex> {
    let pins = PinManager::new(tv.clone());
    let pin = pins.pin().await?;
    check(
        "gets a code of four signs",
        pin.code().len() == 4,
        pin.code(),
    )?;
    check(
        "which is good for a while",
        !pin.is_expired(),
        pin.pin.expires_at,
    )?;
    let early = pin.check().await;
    check(
        "is not let in before anybody typed it",
        matches!(early, Err(plex_api::Error::PinNotLinked)),
        &early,
    )?;
    kit.link(pin.code())?;
    let token = pin.check().await?.auth_token.unwrap_or_default();
    check("is let in after", !token.is_empty(), &token)?;
    let nobody = MyPlexBuilder::default()
        .set_client(tv.clone())
        .set_token("nobody's".to_owned());
    check(
        "with that token only",
        nobody.build().await.is_err(),
        "let in",
    )?;
    let account = MyPlexBuilder::default()
        .set_client(tv.clone())
        .set_token(token)
        .build()
        .await?;
    let name = account.account().map(|account| account.title.as_str());
    check("knows who it is", name == Some("Ada"), name)?;
    Ok(account)
}

async fn people(account: &MyPlex) -> Result {
    let home = account.home()?;
    let users = home.users().await?;
    let titles: Vec<&str> = users.iter().map(|user| user.title.as_str()).collect();
    check(
        "sees who else is at home",
        titles == ["Ada", "Ben", "Cleo"],
        &titles,
    )?;
    let guarded: Vec<bool> = users.iter().map(|user| user.protected).collect();
    check(
        "and whom a PIN guards",
        guarded == [false, true, false],
        &guarded,
    )?;
    let refused = home
        .switch_user(account.clone(), &users[1], Some("1111"))
        .await;
    check(
        "does not become Ben by a wrong one",
        refused.is_err(),
        "let in",
    )?;
    let ben = home
        .switch_user(account.clone(), &users[1], Some("2468"))
        .await?;
    let name = ben.account().map(|account| account.title.as_str());
    check("becomes Ben by the right one", name == Some("Ben"), name)?;
    Ok(())
}

async fn reach(account: &MyPlex) -> Result<Server> {
    let devices = account.device_manager()?;
    let resources = devices.resources().await?;
    let found = resources.iter().find(|device| device.is_server());
    let found = found.ok_or("is told of no server")?;
    check(
        "is told of the server",
        found.access_token().is_some(),
        found.name(),
    )?;
    let DeviceConnection::Server(server) = found.connect().await? else {
        return Err("was connected with a player".into());
    };
    let named = server.machine_identifier() == found.identifier();
    check(
        "reaches it over the way that works",
        named,
        server.client().api_url.to_string(),
    )?;
    let name = &server.media_container.friendly_name;
    check("which has the same name", name == found.name(), name)?;
    let stranger = server
        .client()
        .clone()
        .set_x_plex_token("nobody's".to_owned());
    let refused = Server::new(server.client().api_url.clone(), stranger).await;
    let refused = refused.err();
    check(
        "a wrong token is refused",
        matches!(
            &refused,
            Some(plex_api::Error::UnexpectedApiResponse {
                status_code: 401,
                ..
            })
        ),
        &refused,
    )?;
    Ok(*server)
}

fn movies(server: &Server) -> Result<MovieLibrary> {
    let found = server
        .libraries()
        .into_iter()
        .find_map(|library| match library {
            Library::Movie(library) => Some(library),
            _ => None,
        });
    Ok(found.ok_or("sees no library of films")?)
}

fn series(server: &Server) -> Result<TVLibrary> {
    let found = server
        .libraries()
        .into_iter()
        .find_map(|library| match library {
            Library::TV(library) => Some(library),
            _ => None,
        });
    Ok(found.ok_or("sees no library of shows")?)
}

fn records(server: &Server) -> Result<MusicLibrary> {
    let found = server
        .libraries()
        .into_iter()
        .find_map(|library| match library {
            Library::Music(library) => Some(library),
            _ => None,
        });
    Ok(found.ok_or("sees no library of music")?)
}

async fn films(server: &Server) -> Result<Movie> {
    let count = server.libraries().len();
    check("sees the libraries", count == 3, count)?;
    let films = movies(server)?.movies().await?;
    let film = films.into_iter().find(|film| film.title() == FILM);
    let film = film.ok_or("does not list the film")?;
    check(
        "lists the films",
        film.metadata().duration > Some(0),
        film.metadata().duration,
    )?;
    let shelf = film.metadata().library_section_title.clone();
    check(
        "and where they stand",
        shelf.as_deref() == Some(movies(server)?.title()),
        shelf,
    )?;
    let Item::Movie(film) = server.item_by_id(film.rating_key()).await? else {
        return Err("the film is none when it is opened".into());
    };
    let media = &film.media()[0];
    let part = &media.parts()[0];
    check("opens one", part.len() > Some(0), part.metadata())?;
    check(
        "knows how many bits it has",
        media.metadata().bitrate > Some(0),
        media.metadata(),
    )?;
    let streams = part.metadata().streams.clone().unwrap_or_default();
    let understood = |stream: &plex_api::media_container::server::library::Stream| {
        !matches!(
            stream,
            plex_api::media_container::server::library::Stream::Unknown(_)
        )
    };
    check(
        "understands its streams",
        streams.len() > 1 && streams.iter().all(understood),
        &streams,
    )?;
    check(
        "knows its chapters",
        film.metadata().chapters.len() > 1,
        &film.metadata().chapters,
    )?;
    check(
        "and its intro and credits",
        film.metadata().markers.len() == 2,
        &film.metadata().markers,
    )?;
    let nothing = server.item_by_id("77777").await.err();
    check(
        "is told what is not there",
        matches!(nothing, Some(plex_api::Error::ItemNotFound)),
        &nothing,
    )?;
    Ok(film)
}

async fn shows(server: &Server) -> Result {
    let shows = series(server)?.shows().await?;
    let show = shows.first().ok_or("lists no show")?;
    let seasons = show.seasons().await?;
    let numbers: Vec<_> = seasons
        .iter()
        .map(|season| season.season_number())
        .collect();
    check("walks down a show", numbers == [Some(1), Some(2)], &numbers)?;
    let episodes = seasons[0].episodes().await?;
    let numbers: Vec<_> = episodes
        .iter()
        .map(|episode| episode.episode_number())
        .collect();
    check(
        "to its episodes",
        numbers == [Some(1), Some(2), Some(3)],
        &numbers,
    )?;
    let season = episodes[0]
        .season()
        .await?
        .map(|season| season.rating_key().to_owned());
    check(
        "and up again",
        season.as_deref() == Some(seasons[0].rating_key()),
        season,
    )?;
    let above = seasons[0]
        .show()
        .await?
        .map(|above| above.rating_key().to_owned());
    check(
        "to the show",
        above.as_deref() == Some(show.rating_key()),
        above,
    )?;
    let all = show.episodes().await?.len();
    check("finds all of them at once", all > episodes.len(), all)?;
    Ok(())
}

async fn music(server: &Server) -> Result {
    let artists = records(server)?.artists().await?;
    let artist = artists.first().ok_or("lists no artist")?;
    let albums = artist.albums().await?;
    check("finds an artist's albums", albums.len() == 1, albums.len())?;
    let studio = artist.full_studio_albums().await?;
    check(
        "also below the artist",
        studio[0].rating_key() == albums[0].rating_key(),
        studio.len(),
    )?;
    let above = albums[0]
        .artist()
        .await?
        .map(|above| above.title().to_owned());
    check(
        "and whose they are",
        above.as_deref() == Some(artist.title()),
        above,
    )?;
    let tracks = albums[0].tracks().await?;
    let numbers: Vec<_> = tracks.iter().map(|track| track.track_number()).collect();
    let counted: Vec<_> = (1..).map(Some).take(tracks.len()).collect();
    check(
        "reads the tracks in order",
        tracks.len() > 1 && numbers == counted,
        &numbers,
    )?;
    let album = tracks[0]
        .album()
        .await?
        .map(|album| album.title().to_owned());
    check(
        "which know their album",
        album.as_deref() == Some(albums[0].title()),
        album,
    )?;
    Ok(())
}

async fn lists(server: &Server) -> Result {
    let collections = movies(server)?.collections().await?;
    let collection = collections.first().ok_or("lists no collection")?;
    let inside = collection.children().await?;
    let told = collection.metadata().child_count;
    check(
        "opens a collection",
        told == Some(inside.len() as u32) && inside.len() > 1,
        told,
    )?;
    let playlists = movies(server)?.playlists().await?;
    let playlist = playlists.first().ok_or("lists no playlist of films")?;
    let inside = playlist.children().await?;
    let told = playlist.metadata().leaf_count;
    check(
        "opens a playlist of films",
        told == Some(inside.len() as u32) && inside.len() > 1,
        told,
    )?;
    let playlists = records(server)?.playlists().await?;
    let playlist = playlists.first().ok_or("lists no playlist of music")?;
    let first = playlist
        .children()
        .await?
        .first()
        .and_then(|track| track.track_number());
    check("and one of music", first > Some(1), first)?;
    let none = series(server)?.playlists().await?.len();
    check("but none of shows", none == 0, none)?;
    let none = series(server)?.collections().await?.len();
    check("finds no collection of shows", none == 0, none)?;
    Ok(())
}

async fn read(part: &Part<'_, Movie>, range: impl std::ops::RangeBounds<u64>) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    part.download(&mut bytes, range).await?;
    Ok(bytes.into_inner())
}

async fn bytes(film: &Movie) -> Result {
    let media = &film.media()[0];
    let part = &media.parts()[0];
    let size = part.len().ok_or("does not know the size")?;
    let whole = read(part, ..).await?;
    check("reads all bytes", whole.len() as u64 == size, whole.len())?;
    let some = read(part, 1000..2000).await?;
    check(
        "and a range of them, the same",
        some == whole[1000..2000],
        some.len(),
    )?;
    let rest = read(part, size - 777..).await?;
    check(
        "and the end, the same",
        rest == whole[whole.len() - 777..],
        rest.len(),
    )?;
    let after = read(part, size..).await;
    check(
        "but nothing behind it",
        after.is_err(),
        after.map(|bytes| bytes.len()).ok(),
    )?;
    Ok(())
}

async fn reports(kit: &mut Kit, server: &Server, film: &Movie) -> Result {
    let told = server.update_timeline(film, 9_000).await?;
    check(
        "sees its own position",
        told.metadata().view_offset == Some(9_000),
        told.metadata().view_offset,
    )?;
    let heard = kit.heard()?;
    check("its report is heard", heard == (9.0, false), heard)?;
    let watched = server.mark_watched(film).await?;
    check(
        "marks it watched",
        watched.metadata().view_count == Some(1),
        watched.metadata().view_count,
    )?;
    let heard = kit.heard()?;
    check("which is heard", heard == (0.0, true), heard)?;
    let unwatched = server.mark_unwatched(film).await?;
    check(
        "and unwatched",
        unwatched.metadata().view_count.is_none(),
        unwatched.metadata().view_count,
    )?;
    let heard = kit.heard()?;
    check("which is heard, too", heard == (0.0, false), heard)?;
    Ok(())
}
