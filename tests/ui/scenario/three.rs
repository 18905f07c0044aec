//! Three accounts, one of them dead: all that is known shows at once, the dead one is marked, and the others play.

use std::path::Path;

use spool_engine::secret::{Keep, Secret};
use spool_engine::{Config, Dirs, Engine};
use testkit::titles::{FILMS, THE_LONG_REEL};
use testkit::{Blob, Catalogue, Connection, FakeServer, Fault, Gate, Media, Options, Stage};

use super::film;
use super::program::{PATIENCE, Program};

/// What only the folder has, and only the dead server.
const HERE: &str = "Only Here";
const SILENT: &str = "Only on the Silent One";

/// A folder, a Plex server that lives with its plex.tv, and a Jellyfin server that is to die.
struct Three {
    folder: tempfile::TempDir,
    plex: Stage,
    tv: FakeServer,
    dead: FakeServer,
}

impl Three {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Media::ready().film(&FILMS[THE_LONG_REEL]);
        let copy = folder.path().join(format!("{HERE} (2001).mkv"));
        std::fs::copy(file, copy).expect("a film");
        let plex = Stage::new(Options::default());
        let tv = FakeServer::start(Options::default());
        let ways = vec![Connection::plain(&plex.server)];
        tv.plex_tv().offer(&plex.server, true, ways);
        let dead = FakeServer::start(Options {
            catalogue: Catalogue::default().and_blob(SILENT, Blob::pattern(1 << 20, 2), 600),
            ..Options::default()
        });
        Self {
            folder,
            plex,
            tv,
            dead,
        }
    }

    /// Adds all three and mirrors what they have, as an earlier evening did.
    async fn mirror(&self, profile: &Path) {
        let engine = Engine::start(Config {
            dirs: Dirs::profile(profile),
            device_name: "test".to_owned(),
            prober: None,
            cache_limit: None,
            secrets: None,
        })
        .expect("the engine starts");
        let accounts = &engine.accounts;
        let added = accounts.add_folder(self.folder.path()).await;
        added.expect("a folder");
        accounts.set_plex_tv(&self.tv.address().parse().expect("an address"));
        let token = Secret::new(self.tv.plex_tv().token_of("Ada"));
        let entry = accounts.enter_plex(&token).await.expect("an entry");
        let machine = self.plex.server.plex().machine_id();
        let added = accounts.add_plex(&entry, machine, Keep::File).await;
        added.expect("an account");
        let found = accounts.find_jellyfin(&self.dead.address()).await;
        let found = found.expect("the server answers");
        let face = self.dead.jellyfin();
        let password = Secret::new(face.password());
        let added = accounts.sign_in_jellyfin(&found, face.user(), &password, Keep::File);
        added.await.expect("an account");
        for synced in engine.library.sync(None).await {
            synced.result.expect("a mirror");
        }
        engine.shutdown_blocking();
    }
}

#[test]
fn home_is_there_before_the_dead_server_answers() {
    let mut three = Three::new();
    let profile = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(three.mirror(profile.path()));

    // It takes every question, and says nothing.
    let gate = Gate::new();
    three.dead.fault("*", Fault::HoldReply(gate.clone()));
    let before = three.dead.requests().len();
    let mut program = Program::with(|command| {
        command.arg("--profile").arg(profile.path());
        command.env("SPOOL_PLEX_TV", three.tv.address());
    });
    for title in [HERE, film(), SILENT] {
        program.hand.see(title);
    }
    let plex = three.plex.server.plex().name().to_owned();
    program
        .hand
        .read(&format!("^{plex}: Connected on this computer$"), PATIENCE);
    three.dead.wait_until(|log| log.running("*") > 0, PATIENCE);
    let asked = three.dead.requests().into_iter().skip(before);
    let answered = asked.filter(|request| request.status != 0).count();
    assert_eq!(answered, 0, "it has said nothing");

    // It fails: it is marked, and nothing else is.
    three.dead.stop();
    program.hand.read("^Attic: Offline", PATIENCE);
    program.shot("three-one-dead");
    assert!(
        program
            .hand
            .sees_now(&format!("{plex}: Connected on this computer"))
    );
    assert!(
        !program
            .hand
            .sees_now("Offline. Showing what is on this device")
    );
    program.hand.click(film());
    program.hand.click("Play");
    program.until_stamp("a film of one that lives", |stamp| {
        stamp.title == THE_LONG_REEL as u8
    });
    program.quit();
    gate.open();
}
