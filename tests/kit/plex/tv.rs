//! plex.tv's face: signing in by PIN, the users of a home, and the servers each may use.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::connection::Connection;
use super::library::add;
use super::option;
use super::people::{account, describe, home_page};
use super::xml::is_json;
use crate::fake_server::FakeServer;
use crate::http::{Body, Reply, Request, date};
use crate::jellyfin::NEWEST;

/// A user of the home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeUser {
    /// plex.tv's id.
    pub uuid: String,
    /// Name.
    pub title: String,
    /// What has to be typed to switch to this user.
    pub pin: Option<String>,
    /// Whether what may be seen is restricted.
    pub restricted: bool,
    /// Whether the home is this user's.
    pub admin: bool,
}

#[derive(Debug)]
struct Pin {
    id: u64,
    code: String,
    client: String,
    product: String,
    since: SystemTime,
    user: Option<String>,
    expired: bool,
}

/// How long a code is good.
const GOOD: Duration = Duration::from_secs(900);

#[derive(Debug)]
struct Offer {
    name: String,
    machine_id: String,
    owned: bool,
    connections: Vec<Connection>,
}

#[derive(Debug)]
struct State {
    users: Vec<HomeUser>,
    /// Users' ids by their token.
    tokens: HashMap<String, String>,
    pins: Vec<Pin>,
    offers: Vec<Offer>,
    link_at_once: bool,
    /// Changes the servers' tokens.
    generation: u32,
}

/// plex.tv's face: who may sign in, and which servers they may use.
#[derive(Debug)]
pub struct PlexTv {
    state: Mutex<State>,
}

impl Default for PlexTv {
    fn default() -> Self {
        let user = |uuid: &str, title: &str, pin: Option<&str>, restricted: bool| HomeUser {
            uuid: uuid.into(),
            title: title.into(),
            pin: pin.map(str::to_owned),
            restricted,
            admin: title == "Ada",
        };
        let users = vec![
            user("ada0ada0ada0ada0", "Ada", None, false),
            user("ben1ben1ben1ben1", "Ben", Some("2468"), false),
            user("c1e0c1e0c1e0c1e0", "Cleo", None, true),
        ];
        Self {
            state: Mutex::new(State {
                users,
                tokens: HashMap::new(),
                pins: Vec::new(),
                offers: Vec::new(),
                link_at_once: false,
                generation: 0,
            }),
        }
    }
}

/// plex.tv's errors are JSON, unlike a server's.
fn error(status: u16, code: u32, message: &str) -> Reply {
    let body = json!({ "errors": [{ "code": code, "message": message, "status": status }] });
    let mut reply = Reply::json(&body);
    reply.status = status;
    reply
}

fn created(body: &Value) -> Reply {
    let mut reply = Reply::json(body);
    reply.status = 201;
    reply
}

impl Pin {
    fn json(&self, token: Option<&str>) -> Value {
        let passed = self.since.elapsed().unwrap_or_default();
        json!({
            "id": self.id, "code": self.code, "product": self.product, "trusted": false,
            "clientIdentifier": self.client,
            "location": {
                "code": "GB", "european_union_member": false, "continent_code": "EU", "country": "United Kingdom",
                "city": "Leeds", "time_zone": "Europe/London", "postal_code": "LS1",
                "in_privacy_restricted_country": true, "subdivisions": "England, Leeds", "coordinates": "53.79, -1.54",
            },
            "expiresIn": GOOD.saturating_sub(passed).as_secs(),
            "createdAt": short(self.since), "expiresAt": short(self.since + GOOD),
            "authToken": token, "newRegistration": null,
        })
    }
}

/// A date as plex.tv writes it: to the second.
fn short(at: SystemTime) -> String {
    date::format_iso(at).replace(".0000000Z", "Z")
}

impl State {
    fn user(&self, uuid: &str) -> Option<&HomeUser> {
        self.users.iter().find(|user| user.uuid == uuid)
    }

    /// plex.tv's token of a user; made when first asked for.
    fn token(&mut self, uuid: &str) -> String {
        let known = self.tokens.iter().find(|(_, user)| *user == uuid);
        if let Some((token, _)) = known {
            return token.clone();
        }
        let token = format!("tv-CANARY-{}-{uuid}", self.tokens.len());
        self.tokens.insert(token.clone(), uuid.into());
        token
    }
}

/// What plex.tv has told since before its second version, and only in XML.
const OLD: [&str; 2] = ["/api/resources", "/api/home/users"];

/// A server's token for a user: good on that server alone.
fn server_token(generation: u32, machine_id: &str, uuid: &str) -> String {
    let server = machine_id.get(..8).unwrap_or(machine_id);
    format!("pms-CANARY{generation}-{server}-{uuid}")
}

impl PlexTv {
    /// Whether a request is meant for this face.
    pub(crate) fn takes(request: &Request) -> bool {
        let path = request.path.as_str();
        path.starts_with("/api/v2/") || ["/auth", "/link"].contains(&path) || OLD.contains(&path)
    }

    /// Lists a server for all users, and makes their tokens good there. `connections` are told in this order.
    pub fn offer(&self, server: &FakeServer, owned: bool, connections: Vec<Connection>) {
        let plex = server.plex();
        let mut state = self.state.lock();
        for user in &state.users {
            plex.admit(
                &server_token(state.generation, plex.machine_id(), &user.uuid),
                &user.uuid,
            );
        }
        state
            .offers
            .retain(|offer| offer.machine_id != plex.machine_id());
        state.offers.push(Offer {
            name: plex.name().into(),
            machine_id: plex.machine_id().into(),
            owned,
            connections,
        });
    }

    /// Ends the tokens of a server's users; plex.tv tells them new ones.
    pub fn renew_server_tokens(&self, server: &FakeServer) {
        let mut state = self.state.lock();
        state.generation += 1;
        let plex = server.plex();
        plex.forget_tokens();
        for user in &state.users {
            let token = server_token(state.generation, plex.machine_id(), &user.uuid);
            plex.admit(&token, &user.uuid);
        }
    }

    /// Lists a server no more, and ends its users' tokens: its owner has taken it back.
    pub fn withdraw(&self, server: &FakeServer) {
        let plex = server.plex();
        plex.forget_tokens();
        let mut state = self.state.lock();
        state
            .offers
            .retain(|offer| offer.machine_id != plex.machine_id());
    }

    /// The token that a server of this kit takes from a user.
    #[must_use]
    pub fn server_token(&self, server: &FakeServer, uuid: &str) -> String {
        let generation = self.state.lock().generation;
        server_token(generation, server.plex().machine_id(), uuid)
    }

    /// plex.tv's own token of a user, as after signing in.
    ///
    /// # Panics
    /// There is no such user.
    #[must_use]
    pub fn token_of(&self, title: &str) -> String {
        let mut state = self.state.lock();
        let user = state.users.iter().find(|user| user.title == title);
        let uuid = user
            .unwrap_or_else(|| panic!("no user {title:?}"))
            .uuid
            .clone();
        state.token(&uuid)
    }

    /// Users of the home, its owner first.
    #[must_use]
    pub fn users(&self) -> Vec<HomeUser> {
        self.state.lock().users.clone()
    }

    /// Leaves only the owner in the home.
    pub fn live_alone(&self) {
        self.state.lock().users.truncate(1);
    }

    /// Does what a person does in the browser: lets the device with this code in, as the owner. `false`: no such code.
    pub fn link(&self, code: &str) -> bool {
        let mut state = self.state.lock();
        let owner = state.users[0].uuid.clone();
        let pin = state
            .pins
            .iter_mut()
            .find(|pin| pin.code == code && !pin.expired);
        pin.map(|pin| pin.user = Some(owner)).is_some()
    }

    /// Lets every device in that asks from now on, as if a person were always quick.
    pub fn link_at_once(&self) {
        self.state.lock().link_at_once = true;
    }

    /// Lets all codes run out.
    pub fn expire_codes(&self) {
        for pin in &mut self.state.lock().pins {
            pin.expired = true;
        }
    }

    /// Codes that were given out, oldest first.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let state = self.state.lock();
        state.pins.iter().map(|pin| pin.code.clone()).collect()
    }

    /// Ends every token, as when the password was changed.
    pub fn forget_tokens(&self) {
        self.state.lock().tokens.clear();
    }

    pub(crate) fn reply(&self, ask: &Request) -> Reply {
        let reply = self.reply_json(ask);
        let json = ask
            .header("Accept")
            .is_some_and(|accept| accept.contains("json"));
        let json = json && !OLD.contains(&ask.path.as_str());
        match (&reply.body, is_json(&reply) && !json) {
            (Body::Bytes(bytes), true) => {
                let root = ask.path.split('/').nth(3).unwrap_or_default();
                let root = if root == "pins" { "pin" } else { root };
                let told = serde_json::from_slice(bytes).unwrap_or_default();
                let xml = match OLD.contains(&ask.path.as_str()) && reply.status == 200 {
                    true => super::xml::of(&told),
                    false => super::xml::of_tv(root, &told),
                };
                Reply::empty(reply.status).typed("application/xml; charset=utf-8", xml)
            }
            _ => reply,
        }
    }

    fn reply_json(&self, ask: &Request) -> Reply {
        let parts: Vec<&str> = ask
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let method = ask.method.as_str();
        if let ["auth" | "link"] = parts.as_slice() {
            let page = "<html><body><h1>Plex</h1><p>You can close this page.</p></body></html>";
            return Reply::empty(200).typed("text/html", page);
        }
        let Some(client) = option(ask, "X-Plex-Client-Identifier") else {
            return error(400, 1000, "X-Plex-Client-Identifier is missing");
        };
        match (method, parts.get(2..).unwrap_or_default()) {
            ("POST", ["pins"]) => return self.new_pin(ask, client),
            ("GET", ["pins", id]) => return self.pin(id, &client),
            _ => {}
        }
        let token = option(ask, "X-Plex-Token").unwrap_or_default();
        let Some(user) = self.state.lock().tokens.get(&token).cloned() else {
            return error(401, 1001, "User could not be authenticated");
        };
        match (method, parts.as_slice()) {
            ("GET", ["api", "resources"]) => return self.devices(&user),
            ("GET", ["api", "home", "users"]) => {
                return Reply::json(&home_page(&self.state.lock().users));
            }
            _ => {}
        }
        match (method, parts.get(2..).unwrap_or_default()) {
            ("GET", ["user"]) => self.user(&user, &token),
            ("GET", ["resources"]) => self.resources(&user),
            ("GET", ["home", "users"]) => self.home(),
            ("POST", ["home", "users", uuid, "switch"]) => self.switch(uuid, ask),
            ("PUT", ["pins", "link" | "link.json"]) => self.link_by_token(ask, &user),
            ("DELETE", ["users", "signout"]) => {
                self.state.lock().tokens.remove(&token);
                Reply::empty(204)
            }
            _ => error(404, 1020, "Not found"),
        }
    }

    fn new_pin(&self, ask: &Request, client: String) -> Reply {
        let mut state = self.state.lock();
        let id = state.pins.len() as u64 + 111_222_333;
        let strong = ask.param("strong").as_deref() == Some("true");
        let code = match strong {
            true => format!("strong{id}codeofmanyletters"),
            // Four signs to type: none of them looks like another.
            false => format!("K{:03}", id % 1000),
        };
        let user = state.link_at_once.then(|| state.users[0].uuid.clone());
        let pin = Pin {
            id,
            code,
            client,
            product: option(ask, "X-Plex-Product").unwrap_or_default(),
            since: SystemTime::now(),
            user,
            expired: false,
        };
        let reply = created(&pin.json(None));
        state.pins.push(pin);
        reply
    }

    fn pin(&self, id: &str, client: &str) -> Reply {
        let mut state = self.state.lock();
        let found = state.pins.iter().position(|pin| pin.id.to_string() == id);
        // Only the device that asked may see how it went.
        let found = found.filter(|at| state.pins[*at].client == client && !state.pins[*at].expired);
        let Some(at) = found else {
            return error(404, 1020, "Code not found or expired");
        };
        let user = state.pins[at].user.clone();
        let token = user.map(|user| state.token(&user));
        Reply::json(&state.pins[at].json(token.as_deref()))
    }

    fn link_by_token(&self, ask: &Request, user: &str) -> Reply {
        let body = String::from_utf8_lossy(&ask.body).into_owned();
        let mut form = url::form_urlencoded::parse(body.as_bytes());
        let code = form.find(|(name, _)| name == "code");
        let code = code.map(|(_, code)| code.into_owned());
        let mut state = self.state.lock();
        let mut pins = state.pins.iter_mut();
        match pins.find(|pin| Some(&pin.code) == code.as_ref()) {
            Some(pin) => {
                pin.user = Some(user.into());
                Reply::empty(204)
            }
            None => error(404, 1020, "Code not found or expired"),
        }
    }

    fn user(&self, uuid: &str, token: &str) -> Reply {
        let state = self.state.lock();
        match state.user(uuid) {
            Some(user) => Reply::json(&account(user, token)),
            None => error(401, 1001, "User could not be authenticated"),
        }
    }

    fn home(&self) -> Reply {
        let state = self.state.lock();
        let users: Vec<Value> = state
            .users
            .iter()
            .map(|user| describe(user, None))
            .collect();
        Reply::json(&json!({ "id": 1, "name": "Home", "guestEnabled": false, "users": users }))
    }

    fn switch(&self, uuid: &str, ask: &Request) -> Reply {
        let mut state = self.state.lock();
        let Some(user) = state.user(uuid).cloned() else {
            return error(404, 1020, "Not found");
        };
        if user.pin.is_some() && ask.param("pin") != user.pin {
            return error(401, 1041, "Invalid PIN");
        }
        let token = state.token(uuid);
        created(&account(&user, &token))
    }

    /// `GET /api/resources`: as [`Self::resources`] tells, in the words of the first version.
    fn devices(&self, uuid: &str) -> Reply {
        let state = self.state.lock();
        let way = |way: &Connection| {
            json!({
                "protocol": way.uri.split(':').next(), "address": way.address, "port": way.port, "uri": way.uri,
                "local": way.local, "relay": way.relay.then_some(true),
            })
        };
        let seen = json!({
            "platform": "Linux", "platformVersion": "6.12", "device": "PC", "createdAt": NEWEST, "lastSeenAt": NEWEST,
            "publicAddress": "203.0.113.7", "owned": true, "presence": true, "httpsRequired": false, "synced": false,
            "relay": true, "dnsRebindingProtection": false, "natLoopbackSupported": false, "publicAddressMatches": true,
        });
        let device = |own: Value| {
            let mut fields = seen.clone();
            add(&mut fields, Some(own));
            fields
        };
        let offer = |offer: &Offer| {
            let token = server_token(state.generation, &offer.machine_id, uuid);
            device(json!({
                "name": offer.name, "product": "Plex Media Server", "productVersion": "1.43.0", "provides": "server",
                "clientIdentifier": offer.machine_id, "accessToken": token, "owned": offer.owned,
                "Connection": offer.connections.iter().map(way).collect::<Vec<_>>(),
            }))
        };
        let mut all: Vec<Value> = state.offers.iter().map(offer).collect();
        all.push(device(json!({
            "name": "Phone", "product": "Plex for Android", "productVersion": "10.0", "provides": "client,player",
            "clientIdentifier": "phone", "platform": "Android", "device": "Phone",
        })));
        Reply::json(&json!({ "MediaContainer": { "size": all.len(), "Device": all } }))
    }

    fn resources(&self, uuid: &str) -> Reply {
        let state = self.state.lock();
        let way = |way: &Connection| {
            json!({
                "protocol": way.uri.split(':').next(), "address": way.address, "port": way.port, "uri": way.uri,
                "local": way.local, "relay": way.relay, "IPv6": false,
            })
        };
        let offer = |offer: &Offer| {
            json!({
                "name": offer.name, "product": "Plex Media Server", "productVersion": "1.43.0", "platform": "Linux",
                "clientIdentifier": offer.machine_id, "provides": "server", "ownerId": null, "sourceTitle": null,
                "publicAddress": "203.0.113.7", "accessToken": server_token(state.generation, &offer.machine_id, uuid),
                "owned": offer.owned, "home": true, "synced": false, "relay": true, "presence": true,
                "httpsRequired": false, "publicAddressMatches": true, "dnsRebindingProtection": false,
                "connections": offer.connections.iter().map(way).collect::<Vec<_>>(),
            })
        };
        let mut all: Vec<Value> = state.offers.iter().map(offer).collect();
        // Players are listed too.
        all.push(json!({
            "name": "Phone", "product": "Plex for Android", "clientIdentifier": "phone", "provides": "client,player",
            "accessToken": null, "owned": true, "connections": [],
        }));
        Reply::json(&json!(all))
    }
}
