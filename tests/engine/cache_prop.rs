//! Random reads, seeks, evictions, closings and restarts always give the bytes of the source.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends by panicking"
)]

mod cache_stage;

use cache_stage::{SEED, Stage};
use proptest::prelude::*;
use spool_engine::cache::Reader;
use testkit::{Fault, Only, Rule, pattern};

const SIZE: u64 = 3_000_001;

#[derive(Clone, Debug)]
enum Act {
    Read { item: usize, pos: u64, len: usize },
    Close { item: usize },
    Limit { bytes: u64 },
    Clear,
    Restart { kill: bool },
    Break { after: u64 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let read = (0..3_usize, 0..SIZE + 1000, 1..300_000_usize);
    let act = prop_oneof![
        12 => read.prop_map(|(item, pos, len)| Act::Read { item, pos, len }),
        3 => (0..3_usize).prop_map(|item| Act::Close { item }),
        1 => (0..8_000_000_u64).prop_map(|bytes| Act::Limit { bytes }),
        1 => Just(Act::Clear),
        1 => any::<bool>().prop_map(|kill| Act::Restart { kill }),
        1 => (300_000..SIZE).prop_map(|after| Act::Break { after }),
    ];
    prop::collection::vec(act, 1..40)
}

fn play(acts: &[Act]) {
    let mut stage = Stage::new();
    let names = ["a", "b", "c"];
    for name in names {
        stage.blob(name, SIZE);
        stage
            .server
            .set_rate_of(&format!("/blob/{name}"), Some(40 << 20));
    }
    let mut readers: [Option<Reader>; 3] = [None, None, None];
    for act in acts {
        match *act {
            Act::Read { item, pos, len } => {
                let reader = readers[item].get_or_insert_with(|| stage.open(names[item]));
                let got = stage.read(reader, pos, len);
                let expected = SIZE.saturating_sub(pos).min(len as u64);
                assert_eq!(got.len() as u64, expected, "{act:?}");
                pattern::verify(SEED, pos, &got).unwrap();
            }
            Act::Close { item } => readers[item] = None,
            Act::Limit { bytes } => {
                stage.limit = Some(bytes);
                stage.block(stage.cache.set_limit(bytes)).unwrap();
            }
            Act::Clear => drop(stage.block(stage.cache.clear(None)).unwrap()),
            Act::Restart { kill } => {
                readers = [None, None, None];
                stage.restart(kill);
            }
            Act::Break { after } => {
                let rule = Rule::on("*")
                    .only(Only::Ranged)
                    .fault(Fault::Truncate { after });
                stage.server.script(rule.times(1));
            }
        }
    }
    assert_eq!(stage.server.heads(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_bytes_are_the_sources(acts in acts()) {
        play(&acts);
    }
}
