//! Random reads, seeks, evictions, closings and restarts always give the bytes of the source.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use cache_stage::{SEED, Stage, key};
use proptest::prelude::*;
use spool_engine::cache::Reader;
use testkit::{Fault, Only, Rule, pattern};

/// An odd size, a whole number of blocks, one beside it, and one that fits into a single read.
const SIZES: [u64; 4] = [3_000_001, 2 << 20, (1 << 20) - 1, 1];
const TITLES: usize = SIZES.len();

#[derive(Clone, Debug)]
enum Act {
    /// One of a title's two readers reads.
    Read {
        place: Place,
        len: usize,
    },
    /// Both readers of a title read at the same time, each at its place.
    Both {
        places: [Place; 2],
        len: usize,
    },
    Close {
        title: usize,
        reader: usize,
    },
    Limit {
        bytes: u64,
    },
    /// Everything that is not open goes.
    Evict,
    Clear {
        title: usize,
    },
    Pin {
        title: usize,
        pinned: bool,
    },
    Restart {
        kill: bool,
    },
    Break {
        after: u64,
    },
}

/// Which reader of which title, and where.
#[derive(Clone, Copy, Debug)]
struct Place {
    title: usize,
    reader: usize,
    pos: u64,
}

fn place() -> impl Strategy<Value = Place> {
    (0..TITLES, 0..2_usize, 0..SIZES[0] + 1000).prop_map(|(title, reader, pos)| Place {
        title,
        reader,
        pos,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        12 => (place(), 1..300_000_usize).prop_map(|(place, len)| Act::Read { place, len }),
        4 => (place(), 0..SIZES[0], 1..300_000_usize).prop_map(|(place, pos, len)| Act::Both {
            places: [Place { reader: 0, ..place }, Place { reader: 1, pos, ..place }],
            len,
        }),
        3 => (0..TITLES, 0..2_usize).prop_map(|(title, reader)| Act::Close { title, reader }),
        1 => (0..8_000_000_u64).prop_map(|bytes| Act::Limit { bytes }),
        1 => Just(Act::Evict),
        1 => (0..TITLES).prop_map(|title| Act::Clear { title }),
        1 => (0..TITLES, any::<bool>()).prop_map(|(title, pinned)| Act::Pin { title, pinned }),
        1 => any::<bool>().prop_map(|kill| Act::Restart { kill }),
        1 => (300_000..SIZES[0]).prop_map(|after| Act::Break { after }),
    ];
    prop::collection::vec(act, 1..40)
}

fn name(title: usize) -> String {
    format!("t{title}")
}

/// The cache and its readers, two a title.
struct Play {
    stage: Stage,
    readers: [[Option<Reader>; 2]; TITLES],
}

impl Play {
    fn new() -> Self {
        let stage = Stage::new();
        for (title, size) in SIZES.iter().enumerate() {
            let name = name(title);
            stage.blob(&name, *size);
            let path = format!("/blob/{name}");
            stage.server.set_rate_of(&path, Some(40 << 20));
        }
        Self {
            stage,
            readers: Default::default(),
        }
    }

    fn reader(&mut self, place: Place) -> Reader {
        let reader = &mut self.readers[place.title][place.reader];
        let reader = reader.get_or_insert_with(|| self.stage.open(&name(place.title)));
        reader.clone()
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Read { place, len } => {
                let reader = self.reader(place);
                let got = self.stage.read(&reader, place.pos, len);
                check(place, len, &got);
            }
            Act::Both { places, len } => {
                let readers = places.map(|place| self.reader(place));
                std::thread::scope(|scope| {
                    for (place, reader) in places.into_iter().zip(&readers) {
                        scope.spawn(move || {
                            let mut buf = vec![0; len];
                            let count = reader.read_at_blocking(place.pos, &mut buf).unwrap();
                            check(place, len, &buf[..count]);
                        });
                    }
                });
            }
            Act::Close { title, reader } => self.readers[title][reader] = None,
            Act::Limit { bytes } => self.limit(Some(bytes)),
            Act::Evict => {
                let limit = self.stage.limit;
                self.limit(Some(0));
                self.limit(limit);
            }
            Act::Clear { title } => drop(
                self.stage
                    .block(self.stage.cache.clear(Some(key(&name(title))))),
            ),
            Act::Pin { title, pinned } => {
                let key = key(&name(title));
                let pin = self.stage.cache.set_pinned(&key, pinned);
                self.stage.block(pin).unwrap();
            }
            Act::Restart { kill } => {
                self.readers = Default::default();
                self.stage.restart(kill);
            }
            Act::Break { after } => {
                let rule = Rule::on("*").only(Only::Ranged);
                let rule = rule.fault(Fault::Truncate { after });
                self.stage.server.script(rule.times(1));
            }
        }
    }

    fn limit(&mut self, bytes: Option<u64>) {
        self.stage.limit = bytes;
        let limit = bytes.unwrap_or(u64::MAX / 2);
        self.stage.block(self.stage.cache.set_limit(limit)).unwrap();
    }
}

/// As many bytes as there are, and the right ones.
fn check(place: Place, len: usize, got: &[u8]) {
    let expected = SIZES[place.title].saturating_sub(place.pos).min(len as u64);
    assert_eq!(got.len() as u64, expected, "{place:?} {len}");
    pattern::verify(SEED, place.pos, got).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_bytes_are_the_sources(acts in acts()) {
        let mut play = Play::new();
        for act in &acts {
            play.act(act);
        }
        assert_eq!(play.stage.server.heads(), 0);
    }
}
