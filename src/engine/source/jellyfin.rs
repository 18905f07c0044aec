//! Jellyfin, 10.10 to 12: the way to one user's libraries on one server.
//!
//! **Owns** the client that holds the token. **Does not know** where the token is kept, or what is cached.

mod announce;
mod auth;
mod decide;
mod discover;
mod events;
mod extras;
mod fonts;
mod lists;
mod map;
mod pieces;
mod play;
mod quick;
mod reports;
mod rows;
mod stacked;
mod url;
mod ways;
mod wire;

pub use super::Device;
pub use auth::{EntryError, FoundServer, SignedIn, find, find_on, sign_in};
pub use discover::discover;
pub use quick::{QuickCode, quick_connect, quick_connect_enabled};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::fonts::Fonts;
use self::stacked::Stacks;
use self::url::Routes;
use super::groups::Groups;
use super::{
    Change, Collection, Decision, Details, Font, LyricLine, PreviewStrip, Report, ServerRow,
    Source, StreamWish,
};
use crate::http::{Http, Located, SecretUrl, Terms};
use crate::model::{
    AccountId, ImageId, Item, ItemId, Library, LibraryId, Page, PartId, Route, SourceKind,
};
use crate::secret::Secret;
use crate::source_error::SourceError;

/// Largest picture.
const IMAGE_LIMIT: usize = 20 << 20;
/// Largest subtitle.
const SUBTITLE_LIMIT: usize = 10 << 20;

/// Who is signed in where.
#[derive(Clone, Debug)]
pub struct Login {
    /// Our account.
    pub account: AccountId,
    /// The server's base address.
    pub address: ::url::Url,
    /// The server's own id, when known: the token is not sent to another server that took its address.
    pub machine_id: Option<String>,
    /// The server's id of the user.
    pub user_id: String,
    /// What the server asks for besides the token.
    pub terms: Terms,
    /// The token; without one, the server refuses.
    pub token: Option<Secret>,
}

/// One user on one Jellyfin server.
pub struct Jellyfin {
    login: Login,
    http: Http,
    routes: Routes,
    /// The id of this installation in this user's hands.
    device: String,
    groups: Groups,
    fonts: Fonts,
    stacks: Stacks,
    /// The server that is known answered at its address.
    same_server: AtomicBool,
    /// Another address that it told there.
    other: Mutex<Option<::url::Url>>,
}

impl std::fmt::Debug for Jellyfin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jellyfin")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Jellyfin {
    /// The way to a server. Touches no network.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(login: Login, device: &Device) -> Result<Self, SourceError> {
        let device = device.of_user(&login.user_id);
        let http = auth::client(&login.address, &login.terms, &device, login.token.as_ref())?;
        let routes = Routes::new(&login.address, &login.user_id);
        Ok(Self {
            login,
            http,
            routes,
            device: device.id,
            groups: Groups::default(),
            fonts: Fonts::default(),
            stacks: Stacks::default(),
            same_server: AtomicBool::new(false),
            other: Mutex::default(),
        })
    }

    /// Ends the token on the server; a server that does not answer within 5 s keeps it until its owner removes the device.
    pub async fn sign_out(&self) {
        let url = self.routes.at(&["Sessions", "Logout"]);
        let ended = self.http.post(&url, None::<&Value>);
        match timeout(Duration::from_secs(5), ended).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "the server did not end the token"),
            Err(_) => tracing::info!("the server did not end the token in time"),
        }
    }

    /// Whether the server we know still answers at its address.
    async fn meet(&self) -> Result<(), SourceError> {
        let Some(known) = &self.login.machine_id else {
            return Ok(());
        };
        if self.same_server.load(Ordering::Acquire) {
            return Ok(());
        }
        let (now, other) = auth::who(&self.login.address, &self.login.terms).await?;
        if now != *known {
            return Err(SourceError::Malformed(
                "another server has this address".into(),
            ));
        }
        *self.other.lock() = other.filter(|url| ways::may_stand_in(url, &self.login.address));
        self.same_server.store(true, Ordering::Release);
        Ok(())
    }
}

#[async_trait]
impl Source for Jellyfin {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
    }

    fn route(&self) -> Option<Route> {
        super::route::of(&self.login.address, false)
    }

    fn clock_offset(&self) -> Option<i64> {
        self.http.clock_offset()
    }

    async fn check(&self) -> Result<(), SourceError> {
        let answer = async {
            self.meet().await?;
            let url = self.routes.at(&["Users", "Me"]);
            let me: wire::User = self.http.get_json(&url).await?;
            let known = me.id.text().is_some();
            known
                .then_some(())
                .ok_or_else(|| SourceError::Malformed("no Jellyfin server".into()))
        };
        let answer = answer.await;
        if answer.as_ref().is_err_and(SourceError::is_offline) {
            // Whoever answers next at this address may be somebody else.
            self.same_server.store(false, Ordering::Release);
        }
        answer
    }

    async fn libraries(&self) -> Result<Vec<Library>, SourceError> {
        let url = self.routes.of_user(&["UserViews"], &[]);
        let page: wire::Page = self.http.get_json(&url).await?;
        let views = page.items.into_iter();
        let libraries: Vec<_> = views
            .filter_map(|view| map::library(&self.login.account, view))
            .collect();
        self.groups.learn(&libraries);
        Ok(libraries)
    }

    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.page(library, offset, limit).await
    }

    async fn titles(&self, ids: &[ItemId]) -> Result<Vec<Item>, SourceError> {
        self.named(ids).await
    }

    /// What people skip, and further files of a film, are other questions.
    async fn details(&self, item: &ItemId) -> Result<Details, SourceError> {
        self.all_of(item).await
    }

    /// The address of the file itself. Needs no request, and the address has no token: the client adds it as a header.
    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let url = self.file_below(&self.login.address, part);
        Ok(Located::remote(self.http.clone(), SecretUrl::new(url)))
    }

    async fn next_route(
        &self,
        part: &PartId,
        failed: usize,
    ) -> Result<Option<Located>, SourceError> {
        self.another_way(part, failed).await
    }

    async fn image(&self, image: &ImageId, width: u32) -> Result<Bytes, SourceError> {
        let mut parts = image.key().rsplitn(3, '/');
        let (Some(tag), Some(kind), Some(item)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SourceError::Gone);
        };
        let url = self.routes.with(
            &["Items", item, "Images", kind, "0"],
            &[
                ("maxWidth", &width.clamp(1, 4096).to_string()),
                ("quality", "90"),
                ("tag", tag),
            ],
        );
        self.http.get_bytes(&SecretUrl::new(url), IMAGE_LIMIT).await
    }

    async fn subtitle(&self, item: &ItemId, key: &str) -> Result<Bytes, SourceError> {
        let mut parts = key.rsplitn(3, '/');
        let (Some(format), Some(index), Some(source)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(SourceError::Gone);
        };
        let (title, source) = source.rsplit_once('/').unwrap_or((item.key(), source));
        let file = format!("Stream.{format}");
        let path = ["Videos", title, source, "Subtitles", index, "0", &file];
        let url = SecretUrl::new(self.routes.at(&path));
        self.http.get_bytes(&url, SUBTITLE_LIMIT).await
    }

    async fn rate(&self, item: &ItemId, points: Option<u8>) -> Result<(), SourceError> {
        let body = json!({ "Rating": points.unwrap_or(0) });
        self.set_user_data(item.key(), &body).await
    }

    async fn report(&self, report: &Report) -> Result<(), SourceError> {
        self.tell(report).await
    }

    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        self.mark(item.key(), watched, None).await
    }

    async fn set_favourite(&self, item: &ItemId, favourite: bool) -> Result<(), SourceError> {
        let segments = ["UserFavoriteItems", item.key()];
        let url = self.routes.of_user(&segments, &[]);
        match favourite {
            true => self.http.post(&url, None::<&Value>).await,
            false => self.http.delete(&url).await,
        }
    }

    async fn previews(&self, part: &PartId) -> Result<Option<PreviewStrip>, SourceError> {
        self.strip_of(part).await
    }

    async fn preview(
        &self,
        part: &PartId,
        strip: &PreviewStrip,
        sheet: u32,
    ) -> Result<Bytes, SourceError> {
        self.sheet_of(part, strip, sheet).await
    }

    async fn search(&self, text: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.found(text, limit).await
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.all_collections().await
    }

    async fn members(
        &self,
        collection: &ItemId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.members_of(collection, offset, limit).await
    }

    async fn rows(&self) -> Result<Vec<ServerRow>, SourceError> {
        self.home_rows().await
    }

    async fn appearances(&self, person: &str, limit: u32) -> Result<Vec<Item>, SourceError> {
        self.with_person(person, limit).await
    }

    async fn libraries_of(&self, item: &ItemId) -> Result<Vec<LibraryId>, SourceError> {
        self.above(item).await
    }

    async fn lyrics(&self, track: &ItemId) -> Result<Vec<LyricLine>, SourceError> {
        self.lyrics_of(track).await
    }

    async fn fonts(&self, part: &PartId) -> Result<Vec<Font>, SourceError> {
        self.fonts_of(part).await
    }

    async fn decide(&self, wish: &StreamWish) -> Result<Decision, SourceError> {
        self.ask_for(wish).await
    }

    async fn keep_stream(&self, session: &str) -> Result<(), SourceError> {
        let segments = ["Sessions", "Playing", "Ping"];
        let url = self.routes.with(&segments, &[("playSessionId", session)]);
        self.http.post(&url, None::<&Value>).await
    }

    async fn end_stream(&self, session: &str) -> Result<(), SourceError> {
        let query = [
            ("deviceId", self.device.as_str()),
            ("playSessionId", session),
        ];
        let url = self.routes.with(&["Videos", "ActiveEncodings"], &query);
        self.http.delete(&url).await
    }

    async fn listen(&self, heard: &(dyn Fn(Change) + Send + Sync)) -> Result<(), SourceError> {
        self.hear(heard).await
    }
}
