//! One row out of several sources, in which nothing appears twice.

use std::collections::HashSet;
use std::sync::Arc;

use spool_engine::model::{Item, Kind};

/// What makes two titles of different sources the same for a person.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    kind: Kind,
    context: Option<String>,
    numbers: (Option<u32>, Option<u32>),
    title: String,
    year: Option<i32>,
}

/// Keeps the first of what is the same: the row's order says which one matters most. Two titles of one source are never
/// the same, whatever they are called.
pub(super) fn unique(items: Vec<Item>) -> Vec<Arc<Item>> {
    let (mut ids, mut seen) = (HashSet::new(), std::collections::HashMap::new());
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let account = item.id.account().clone();
        let first = seen
            .entry(identity(&item))
            .or_insert_with(|| account.clone());
        if ids.insert(item.id.clone()) && *first == account {
            kept.push(Arc::new(item));
        }
    }
    kept
}

fn identity(item: &Item) -> Identity {
    Identity {
        kind: item.kind,
        context: item.context.as_ref().map(|context| context.to_lowercase()),
        numbers: (item.parent_index, item.index),
        title: item.title.to_lowercase(),
        year: item.year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(id: &str, title: &str) -> Item {
        Item::new(id.parse().unwrap(), Kind::Movie, title)
    }

    fn ids(items: &[Arc<Item>]) -> Vec<String> {
        items.iter().map(|item| item.id.to_string()).collect()
    }

    #[test]
    fn a_film_on_two_servers_appears_once() {
        let row = unique(vec![
            film("a:1", "Sita"),
            film("b:7", "SITA"),
            film("b:8", "Other"),
        ]);
        assert_eq!(ids(&row), ["a:1", "b:8"]);
    }

    #[test]
    fn an_item_that_comes_twice_appears_once() {
        assert_eq!(
            ids(&unique(vec![film("a:1", "Sita"), film("a:1", "Sita")])),
            ["a:1"]
        );
    }

    #[test]
    fn two_films_of_one_server_may_share_a_name() {
        assert_eq!(
            ids(&unique(vec![film("a:1", "Sita"), film("a:2", "Sita")])),
            ["a:1", "a:2"]
        );
    }
}
