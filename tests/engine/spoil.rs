//! Replies of real servers with fields dropped, nulled and of other types, and what has to come of them.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use spool_engine::source::SourceError;
use testkit::Fault;

/// Cases for each recorded reply.
pub(crate) const CASES: u32 = 60;

/// What becomes of one field.
#[derive(Clone, Debug)]
pub(crate) enum Spoilt {
    Dropped,
    Becomes(Value),
}

/// Fields by their number (of however many there are), and what becomes of each.
pub(crate) type Case = (prop::sample::Index, Vec<(prop::sample::Index, Spoilt)>);

fn spoilt() -> impl Strategy<Value = Spoilt> {
    let values = vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{202e}../../etc/passwd\u{0}"),
        json!("2026-13-41T99:99:99Z"),
        json!("x".repeat(5000)),
        json!([]),
        json!([[[]], null, {"a": 1}]),
        json!({}),
        json!({"Id": [], "key": {}, "type": 5}),
    ];
    prop_oneof![
        2 => Just(Spoilt::Dropped),
        5 => prop::sample::select(values).prop_map(Spoilt::Becomes),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let field = (any::<prop::sample::Index>(), spoilt());
    (
        any::<prop::sample::Index>(),
        prop::collection::vec(field, 1..4),
    )
}

/// Pointers to all that is below a value.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(members) => (0..)
            .zip(members)
            .map(|(at, value): (usize, _)| (at.to_string(), value))
            .collect(),
        _ => return,
    };
    for (key, value) in below {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(value, &place, all);
        all.push(place);
    }
}

pub(crate) fn spoil(value: &mut Value, changes: &[(prop::sample::Index, Spoilt)]) {
    for (which, how) in changes {
        let mut all = Vec::new();
        places(value, "", &mut all);
        let Some(place) = (!all.is_empty()).then(|| which.get(&all)) else {
            return;
        };
        match how {
            Spoilt::Becomes(other) => *value.pointer_mut(place).unwrap() = other.clone(),
            Spoilt::Dropped => {
                let (parent, key) = place.rsplit_once('/').unwrap();
                match value.pointer_mut(parent).unwrap() {
                    Value::Object(fields) => {
                        fields.remove(&key.replace("~1", "/").replace("~0", "~"));
                    }
                    Value::Array(members) => {
                        members.remove(key.parse().unwrap());
                    }
                    _ => {}
                }
            }
        }
    }
}

pub(crate) fn reply(body: &Value) -> Fault {
    Fault::Reply {
        status: 200,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.to_string(),
    }
}

/// Runs the cases over a list: `members` are what is in it, `ask` reads the list when the server sends these.
pub(crate) fn lists<T, F>(
    runtime: &tokio::runtime::Runtime,
    name: &str,
    members: &[Value],
    ask: impl Fn(Vec<Value>) -> F,
) -> u32
where
    T: Clone + PartialEq + Debug,
    F: Future<Output = Result<Vec<T>, SourceError>>,
{
    let whole = runtime.block_on(ask(members.to_vec())).unwrap();
    assert_eq!(whole.len(), members.len(), "{name} is understood as it is");
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&case(), |(which, changes)| {
        let at = which.index(members.len());
        let mut sent = members.to_vec();
        spoil(&mut sent[at], &changes);
        let got = runtime.block_on(ask(sent));
        let got = got.map_err(|error| TestCaseError::fail(format!("the list is lost: {error}")))?;
        let mut others = whole.clone();
        let spoilt = others.remove(at);
        // Its id may have become another one, so it is told by what it is not.
        let left: Vec<T> = got
            .iter()
            .filter(|item| others.contains(item))
            .cloned()
            .collect();
        prop_assert_eq!(&left, &others, "others than {:?} changed", spoilt);
        prop_assert!(got.len() <= whole.len());
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    CASES
}

/// Runs the cases over one document: understood or refused, and nothing else.
pub(crate) fn documents<F: Future<Output = Result<(), SourceError>>>(
    runtime: &tokio::runtime::Runtime,
    name: &str,
    document: &Value,
    ask: impl Fn(Value) -> F,
) -> u32 {
    runtime.block_on(ask(document.clone())).unwrap();
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&case(), |(_, changes)| {
        let mut sent = document.clone();
        spoil(&mut sent, &changes);
        match runtime.block_on(ask(sent)) {
            Ok(()) | Err(SourceError::Malformed(_) | SourceError::Gone) => Ok(()),
            Err(other) => Err(TestCaseError::fail(format!("{other:?}"))),
        }
    });
    ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    CASES
}
