//! Jellyfin, 10.10 to 12: the way to one user's libraries on one server.
//!
//! **Owns** the client that holds the token. **Does not know** where the token is kept, or what is cached.

mod auth;
mod map;
mod url;
mod wire;

pub use super::Device;
pub use auth::{EntryError, FoundServer, SignedIn, find, sign_in};

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::map::PartKey;
use self::url::Routes;
use super::{Details, Report, ReportEvent, Source};
use crate::http::{Http, Located, SecretUrl};
use crate::model::{
    AccountId, ImageId, ItemId, Library, LibraryId, LibraryKind, Page, PartId, SourceKind,
};
use crate::secret::Secret;
use crate::source_error::SourceError;

/// Largest picture.
const IMAGE_LIMIT: usize = 20 << 20;
/// Largest subtitle.
const SUBTITLE_LIMIT: usize = 10 << 20;
/// What a list shows. Media sources are not among it: they make a page of hundreds slow and large.
const LIST_FIELDS: &str = "Overview,Genres,DateCreated,SortName,ChildCount,RecursiveItemCount";

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
    /// The token; without one, the server refuses.
    pub token: Option<Secret>,
}

/// One user on one Jellyfin server.
pub struct Jellyfin {
    login: Login,
    http: Http,
    routes: Routes,
    seen: Mutex<Seen>,
}

impl std::fmt::Debug for Jellyfin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jellyfin")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// What earlier answers told.
#[derive(Default)]
struct Seen {
    kinds: HashMap<LibraryId, LibraryKind>,
    totals: HashMap<(LibraryId, usize), u64>,
    same_server: bool,
}

impl Jellyfin {
    /// The way to a server. Touches no network.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(login: Login, device: &Device) -> Result<Self, SourceError> {
        let http = auth::client(&login.address, device, login.token.as_ref())?;
        let routes = Routes::new(&login.address, &login.user_id);
        Ok(Self {
            login,
            http,
            routes,
            seen: Mutex::default(),
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
        if self.seen.lock().same_server {
            return Ok(());
        }
        let now = auth::machine_id(&self.login.address).await?;
        if now != *known {
            return Err(SourceError::Malformed(
                "another server has this address".into(),
            ));
        }
        self.seen.lock().same_server = true;
        Ok(())
    }

    async fn kind_of(&self, library: &LibraryId) -> Result<LibraryKind, SourceError> {
        if let Some(kind) = self.seen.lock().kinds.get(library) {
            return Ok(*kind);
        }
        let all = self.libraries().await?;
        let found = all.iter().find(|known| known.id == *library);
        found.map(|library| library.kind).ok_or(SourceError::Gone)
    }

    async fn group(
        &self,
        library: &LibraryId,
        kinds: &str,
        start: u64,
        limit: u64,
    ) -> Result<(Vec<Value>, u64), SourceError> {
        let (start, limit) = (start.to_string(), limit.to_string());
        let url = self.routes.of_user(
            &["Items"],
            &[
                ("parentId", library.key()),
                ("recursive", "true"),
                ("includeItemTypes", kinds),
                ("isMissing", "false"),
                ("sortBy", "SortName"),
                ("sortOrder", "Ascending"),
                ("startIndex", &start),
                ("limit", &limit),
                ("fields", LIST_FIELDS),
                ("enableUserData", "true"),
                ("enableImageTypes", "Primary,Backdrop,Thumb"),
                ("imageTypeLimit", "1"),
            ],
        );
        let page: wire::Page = self.http.get_json(&url).await?;
        let seen = page.items.len() as u64;
        let total = page.total_record_count.whole().unwrap_or(0);
        Ok((page.items, total.max(seen)))
    }

    /// How many titles of one group the library has, from an earlier answer or a small question. (A limit of zero means
    /// "all" to some versions.)
    async fn total(
        &self,
        library: &LibraryId,
        group: usize,
        kinds: &str,
    ) -> Result<u64, SourceError> {
        let key = (library.clone(), group);
        if let Some(total) = self.seen.lock().totals.get(&key) {
            return Ok(*total);
        }
        let (_, total) = self.group(library, kinds, 0, 1).await?;
        self.seen.lock().totals.insert(key, total);
        Ok(total)
    }
}

/// Kinds of titles that a library is asked for, parents before children.
fn groups(kind: LibraryKind) -> &'static [&'static str] {
    match kind {
        LibraryKind::Movies => &["Movie,Video"],
        LibraryKind::Shows => &["Series", "Season", "Episode"],
        LibraryKind::Music => &["MusicAlbum", "Audio"],
        LibraryKind::Videos => &["Movie,Video,MusicVideo"],
        LibraryKind::Mixed => &[
            "Movie,Video,MusicVideo",
            "Series",
            "Season",
            "Episode",
            "MusicAlbum",
            "Audio",
        ],
    }
}

#[async_trait]
impl Source for Jellyfin {
    fn kind(&self) -> SourceKind {
        SourceKind::Jellyfin
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
            self.seen.lock().same_server = false;
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
        let kinds = libraries
            .iter()
            .map(|library| (library.id.clone(), library.kind));
        self.seen.lock().kinds = kinds.collect();
        Ok(libraries)
    }

    /// The groups of a library one behind the other, as if they were one list.
    async fn items(
        &self,
        library: &LibraryId,
        offset: u64,
        limit: u64,
    ) -> Result<Page, SourceError> {
        self.meet().await?;
        let groups = groups(self.kind_of(library).await?);
        if offset == 0 {
            self.seen.lock().totals.retain(|(of, _), _| of != library);
        }
        let end = offset.saturating_add(limit);
        let (mut items, mut before, mut unclear) = (Vec::new(), 0, 0);
        for (group, kinds) in groups.iter().enumerate() {
            let start = offset.saturating_sub(before);
            let known = self
                .seen
                .lock()
                .totals
                .get(&(library.clone(), group))
                .copied();
            let wanted = end.saturating_sub(before.max(offset));
            let total = if wanted == 0 || known.is_some_and(|total| start >= total) {
                self.total(library, group, kinds).await?
            } else {
                let (values, total) = self.group(library, kinds, start, wanted).await?;
                self.seen
                    .lock()
                    .totals
                    .insert((library.clone(), group), total);
                let count = values.len();
                let account = &self.login.account;
                let understood = values
                    .into_iter()
                    .filter_map(|it| map::item(account, Some(library), it));
                let had = items.len();
                items.extend(understood);
                unclear += count - (items.len() - had);
                total
            };
            before += total;
        }
        if unclear > 0 {
            tracing::info!(%library, unclear, "titles left out: missing, of another kind or not understood");
        }
        Ok(Page {
            items,
            total: before,
        })
    }

    async fn details(&self, item: &ItemId) -> Result<Details, SourceError> {
        let url = self.routes.of_user(&["Items", item.key()], &[]);
        let value: Value = self.http.get_json(&url).await?;
        map::details(&self.login.account, value)
            .ok_or_else(|| SourceError::Malformed("a title that cannot be understood".into()))
    }

    /// The address of the file itself. Needs no request, and the address has no token: the client adds it as a header.
    async fn locate(&self, part: &PartId) -> Result<Located, SourceError> {
        let key = PartKey::parse(part.key());
        let place = if key.audio { "Audio" } else { "Videos" };
        let url = self.routes.with(
            &[place, part.item().key(), "stream"],
            &[("static", "true"), ("mediaSourceId", key.source)],
        );
        Ok(Located::remote(self.http.clone(), SecretUrl::new(url)))
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
        let file = format!("Stream.{format}");
        let path = ["Videos", item.key(), source, "Subtitles", index, "0", &file];
        let url = SecretUrl::new(self.routes.at(&path));
        self.http.get_bytes(&url, SUBTITLE_LIMIT).await
    }

    async fn report(&self, report: &Report) -> Result<(), SourceError> {
        let (segments, paused): (&[&str], _) = match report.event {
            ReportEvent::Started => (&["Sessions", "Playing"], false),
            ReportEvent::Progress { paused } => (&["Sessions", "Playing", "Progress"], paused),
            ReportEvent::Stopped => (&["Sessions", "Playing", "Stopped"], false),
        };
        let mut body = json!({
            "ItemId": report.part.item().key(),
            "MediaSourceId": PartKey::parse(report.part.key()).source,
            "PlaySessionId": report.session,
            "PositionTicks": map::ticks(report.position),
        });
        if report.event == ReportEvent::Stopped {
            body["Failed"] = json!(false);
        } else {
            body["PlayMethod"] = json!("DirectPlay");
            body["CanSeek"] = json!(true);
            body["IsPaused"] = json!(paused);
        }
        self.http.post(&self.routes.at(segments), Some(&body)).await
    }

    async fn set_watched(&self, item: &ItemId, watched: bool) -> Result<(), SourceError> {
        let url = self.routes.of_user(&["UserPlayedItems", item.key()], &[]);
        match watched {
            true => self.http.post(&url, None::<&Value>).await,
            false => self.http.delete(&url).await,
        }
    }
}
