//! What a server's connections are used for: of a Plex file one thing after the other, and one connection for many things.

use spool_engine::model::{Kind, Query};
use testkit::{Blob, Catalogue, Connection, FakeServer, Options, pattern};

use super::apart::Apart;
use super::cache_stage::{LONG, SEED, Stage};

const SIZE: u64 = 8 << 20;

/// A Plex server ends one stream of a file when another begins. The size is known beforehand and the film long enough that
/// another server would be asked for its end at the same time, and whether it sends parts.
#[tokio::test(flavor = "multi_thread")]
async fn a_plex_file_is_fetched_over_one_connection() {
    let films = Catalogue::default().and_blob("Long", Blob::pattern(SIZE, SEED), 600);
    let mut apart = Apart::on(Options {
        catalogue: films,
        ..Options::default()
    });
    let tv = FakeServer::start(Options::default());
    let ways = vec![Connection::plain(apart.server())];
    tv.plex_tv().offer(apart.server(), true, ways);
    apart.tv = Some(tv);
    let engine = apart.start();
    apart.sign_in(&engine).await;
    let query = Query {
        kinds: vec![Kind::Movie],
        ..Query::default()
    };
    let films = engine.library.page(query).await.unwrap().items;
    let path = apart.server().plex().part_path("Long");
    let reader = engine.playback.open(&films[0].id).await.unwrap().reader;
    let film = tokio::task::spawn_blocking(move || {
        let mut film = vec![0; SIZE as usize];
        for (number, piece) in film.chunks_mut(64 << 10).enumerate() {
            let pos = (number as u64) << 16;
            assert_eq!(reader.read_at_blocking(pos, piece).unwrap(), piece.len());
        }
        film
    });
    pattern::verify(SEED, 0, &film.await.unwrap()).unwrap();
    let server = apart.server();
    assert_eq!(server.requests_to(&path).len(), 1);
    assert_eq!(server.bytes_sent(&path), SIZE);
    engine.shutdown_blocking();
}

/// A reply that has been read to its end leaves a connection that the next one takes, whatever that is of.
#[test]
fn connections_are_used_again() {
    let stage = Stage::new();
    let names: Vec<String> = (0..20).map(|number| format!("f{number}")).collect();
    for name in &names {
        stage.blob(name, 100_000);
        let reader = stage.open(name);
        stage.read_through(&reader, 0, 100_000);
        stage.until(name, |state| !state.arriving);
        let path = format!("/blob/{name}");
        stage.server.wait_until(|log| log.running(&path) == 0, LONG);
    }
    let log = stage.server.log();
    assert_eq!(log.requests().len(), names.len());
    // On a busy machine the next request may come before the connection is seen to be free.
    assert!(log.connections() <= 4, "{} connections", log.connections());
}
