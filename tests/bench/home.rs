//! Home of three accounts, one of them dead: how long its rows take from the local data, and how soon the dead one is marked.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use spool_engine::model::{AccountId, AccountState, Kind, Query, Shelf, Sort};
use spool_engine::secret::{Keep, Memory, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::{Catalogue, Connection, FakeServer, Fault, Folder, Gate, Media, Options};

use crate::pair::{Pair, median};
use crate::stand::{place, wait};

const ROUNDS: usize = 9;
/// Titles of each server, beside the kit's own.
const TITLES: usize = 2000;
/// Titles of a row, as on the page.
const ROW: u64 = 24;

/// A profile with a folder, a Plex server that answers, and a Jellyfin server that does not always.
struct Scene {
    profile: tempfile::TempDir,
    _folder: tempfile::TempDir,
    secrets: Arc<Memory>,
    _far: FakeServer,
    tv: FakeServer,
    dead: FakeServer,
    third: AccountId,
}

impl Scene {
    fn prepare() -> Result<Self> {
        let (profile, folder) = (place()?, place()?);
        let media = Media::ready();
        let films = Folder::lay_out(media, folder.path());
        let server = || {
            FakeServer::start(Options {
                catalogue: Catalogue::of(media).and_films(media, TITLES),
                ..Options::default()
            })
        };
        let (far, dead) = (server(), server());
        let tv = FakeServer::start(Options::default());
        tv.plex_tv()
            .offer(&far, true, vec![Connection::plain(&far)]);
        let secrets = Arc::new(Memory::default());
        let engine = start(&profile, &secrets, &tv)?;
        wait(engine.accounts.add_folder(films.path()))?;
        add_plex(&engine, &far, &tv)?;
        let third = sign_in(&engine, &dead)?;
        for done in wait(engine.library.sync(None)) {
            done.result.context("a library was not read")?;
        }
        engine.shutdown_blocking();
        Ok(Self {
            profile,
            _folder: folder,
            secrets,
            _far: far,
            tv,
            dead,
            third,
        })
    }

    /// From the start of the engine until all rows are there, in milliseconds, while all accounts are being asked.
    fn open_home(&self) -> Result<(f64, Engine, JoinHandle<()>)> {
        let began = Instant::now();
        let engine = start(&self.profile, &self.secrets, &self.tv)?;
        let asking = engine.clone();
        let asked = std::thread::spawn(move || wait(asking.accounts.check(None)));
        let titles = home(&engine)?;
        let complete = milliseconds(began);
        ensure!(titles > 2 * ROW, "Home is not complete: {titles} titles");
        Ok((complete, engine, asked))
    }

    /// Until the third account is known to be away, since `from`, in milliseconds.
    fn marked(&self, engine: &Engine, from: Instant) -> Result<f64> {
        let mut watch = engine.accounts.watch();
        let gone = watch.wait_for(|list| {
            let mut third = list.iter().filter(|account| account.id == self.third);
            third.any(|account| account.state == AccountState::Offline)
        });
        wait(gone).context("the engine ended")?;
        Ok(milliseconds(from))
    }
}

fn start(profile: &tempfile::TempDir, secrets: &Arc<Memory>, tv: &FakeServer) -> Result<Engine> {
    let engine = Engine::start(Config {
        dirs: Dirs::profile(profile.path()),
        device_name: "bench".into(),
        prober: None,
        cache_limit: None,
        secrets: Some(Arc::<Memory>::clone(secrets)),
    })?;
    engine.accounts.set_plex_tv(&tv.address().parse()?);
    Ok(engine)
}

fn add_plex(engine: &Engine, server: &FakeServer, tv: &FakeServer) -> Result<()> {
    let token = Secret::new(tv.plex_tv().token_of("Ada"));
    let entry = wait(engine.accounts.enter_plex(&token))?;
    let machine = server.plex().machine_id();
    wait(engine.accounts.add_plex(&entry, machine, Keep::Service))?;
    Ok(())
}

fn sign_in(engine: &Engine, server: &FakeServer) -> Result<AccountId> {
    let found = wait(engine.accounts.find_jellyfin(&server.address()))?;
    let face = server.jellyfin();
    let password = Secret::new(face.password());
    let accounts = &engine.accounts;
    let account = accounts.sign_in_jellyfin(&found, face.user(), &password, Keep::Service);
    Ok(wait(account)?.id)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// Asks for the page's rows, one after the other as it does; how many titles they have.
fn home(engine: &Engine) -> Result<u64> {
    let library = &engine.library;
    let mut titles = 0;
    for shelf in [
        Shelf::ContinueWatching,
        Shelf::NextUp,
        Shelf::OnDevice,
        Shelf::AlbumsPlayed,
    ] {
        titles += wait(library.shelf(shelf, ROW))?.len() as u64;
    }
    for known in wait(library.libraries())? {
        let query = Query {
            library: Some(known.id),
            kinds: vec![Kind::Movie, Kind::Show, Kind::Album, Kind::Video],
            sort: Sort::Added,
            limit: ROW,
            ..Query::default()
        };
        titles += wait(library.page(query))?.items.len() as u64;
    }
    Ok(titles)
}

pub(crate) fn measure() -> Result<Vec<Pair>> {
    let mut scene = Scene::prepare()?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    let (mut failing, mut absent) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (all_answer, engine, asked) = scene.open_home()?;
        end(&engine, asked)?;

        // It takes every question and says nothing; then its connections break.
        let gate = Gate::new();
        scene.dead.fault("*", Fault::HoldReply(gate.clone()));
        let (one_is_dead, engine, asked) = scene.open_home()?;
        wait_until_asked(&scene.dead);
        let failed = Instant::now();
        scene.dead.stop();
        let marked = scene.marked(&engine, failed)?;
        end(&engine, asked)?;

        // Its port is closed.
        let began = Instant::now();
        let (_, engine, asked) = scene.open_home()?;
        let marked_at_once = scene.marked(&engine, began)?;
        end(&engine, asked)?;
        gate.open();
        scene.dead.clear_faults(None);
        scene.dead.start_again();
        if round > 0 {
            ours.push(one_is_dead);
            peer.push(all_answer);
            failing.push(marked);
            absent.push(marked_at_once);
        }
    }
    let none = f64::NAN;
    let home = "Home of three accounts from the start, ms; one is dead, and none";
    let breaks = "a server that never answers is marked, ms after its connection breaks";
    let closed = "a server that is not there is marked, ms from the start";
    Ok(vec![
        Pair::within(home, median(ours), median(peer), 300.0),
        Pair::within(breaks, median(failing), none, 1000.0),
        Pair::within(closed, median(absent), none, 1000.0),
    ])
}

/// Waits until a question lies before it.
fn wait_until_asked(server: &FakeServer) {
    while server.log().running("*") == 0 {
        std::thread::yield_now();
    }
}

fn end(engine: &Engine, asked: JoinHandle<()>) -> Result<()> {
    engine.shutdown_blocking();
    let ended = asked.join();
    ensure!(ended.is_ok(), "asking the accounts failed");
    Ok(())
}
