//! Bytes through the cache, and what the cache says of itself.

use std::path::{Path, PathBuf};

use testkit::titles::{COPPER_VALLEY, FILMS, THE_LONG_REEL};
use testkit::{Fault, Media, Only, Options, Rule};

use crate::program::{Ctl, keep};

fn origin(index: usize) -> Vec<u8> {
    std::fs::read(Media::ready().film(&FILMS[index])).unwrap()
}

#[test]
fn every_byte_is_the_origin_s_and_comes_once() {
    // At the pace of a network: without one, what the kernel holds when a program ends is more than a hundredth of the film.
    let ctl = Ctl::signed_in(Options {
        rate: Some(20_000_000),
        ..Options::default()
    });
    let film = origin(THE_LONG_REEL);
    let part = ctl
        .run(&["fetch", "The Long Reel", "--range", "1000000-1999999"])
        .done();
    assert!(part.out == film[1_000_000..2_000_000]);
    let whole = ctl.run(&["fetch", "The Long Reel"]).done();
    assert!(whole.out == film);
    let path = ctl.server().jellyfin().stream_path("The Long Reel");
    let sent = ctl.server().bytes_sent(&path);
    assert!(
        sent as f64 <= 1.01 * film.len() as f64,
        "{:?}",
        ctl.server().ranges_sent(&path)
    );

    let again = ctl
        .run(&["fetch", "The Long Reel", "--range", "10500000-"])
        .done();
    assert!(again.out == film[10_500_000..]);
    assert_eq!(ctl.server().bytes_sent(&path), sent);
    assert_eq!(ctl.server().heads(), 0);
}

#[test]
fn broken_replies_are_mended() {
    let ctl = Ctl::signed_in(Options::default());
    let path = ctl.server().jellyfin().stream_path("Copper Valley");
    ctl.server().script(
        Rule::on(&path)
            .fault(Fault::Truncate { after: 300_000 })
            .times(2),
    );
    ctl.server().script(
        Rule::on(&path)
            .fault(Fault::Reset { after: 200_000 })
            .times(1),
    );
    ctl.server()
        .script(Rule::on("*").only(Only::Head).fault(Fault::Status(500)));
    let fetched = ctl.run(&["fetch", "Copper Valley"]).done();
    assert!(fetched.out == origin(COPPER_VALLEY));
}

#[test]
fn a_discarding_fetch_tells_how_much() {
    let ctl = Ctl::signed_in(Options::default());
    let told = ctl.json(&["fetch", "Copper Valley", "--range", "0-4095", "--discard"]);
    assert_eq!(told["bytes"], 4096);
    ctl.run(&["--json", "fetch", "Copper Valley"])
        .failed(2, "--discard");
}

#[test]
fn the_cache_counts_and_forgets() {
    let ctl = Ctl::signed_in(Options::default());
    keep(&ctl, "Copper Valley");
    let size = origin(COPPER_VALLEY).len() as u64;
    let rows = ctl.json(&["cache", "ls"]);
    assert_eq!(rows[0]["title"], "Copper Valley");
    assert_eq!(
        (rows[0]["bytes"].as_u64(), rows[0]["size"].as_u64()),
        (Some(size), Some(size))
    );
    assert_eq!(rows[0]["ranges"][0][1], size);
    let usage = ctl.json(&["cache", "usage"]);
    assert_eq!(usage["entries"], 1);
    assert!(usage["disk_bytes"].as_u64().unwrap() >= size);

    assert_eq!(ctl.json(&["cache", "limit", "300M"])["limit"], 300_000_000);
    assert_eq!(ctl.json(&["cache", "limit"])["limit"], 300_000_000);

    assert!(
        ctl.json(&["cache", "clear", "Copper Valley"])["freed"]
            .as_u64()
            .unwrap()
            >= size
    );
    assert_eq!(ctl.json(&["cache", "ls"]).as_array().unwrap().len(), 0);
    assert_eq!(ctl.json(&["cache", "usage"])["disk_bytes"], 0);
}

#[test]
fn the_limit_holds_by_forgetting_what_was_used_longest_ago() {
    let ctl = Ctl::signed_in(Options::default());
    for title in ["Copper Valley", "Northbound", "Saltwater Choir"] {
        keep(&ctl, title);
    }
    let used = ctl.json(&["cache", "limit", "3200K"])["disk_bytes"]
        .as_u64()
        .unwrap();
    assert!(used <= 3_200_000, "{used}");
    let rows = ctl.json(&["cache", "ls"]);
    let titles: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["title"].clone())
        .collect();
    assert_eq!(titles, ["Saltwater Choir", "Northbound"]);
}

/// The only large file under a folder.
fn cached_file(folder: &Path) -> PathBuf {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() > 1_000_000 {
                return path;
            }
        }
    }
    panic!("no cached file");
}

#[test]
fn a_byte_that_rots_on_the_disk_is_found() {
    use std::os::unix::fs::FileExt;
    let ctl = Ctl::signed_in(Options::default());
    keep(&ctl, "Copper Valley");
    let size = origin(COPPER_VALLEY).len() as u64;
    let good = ctl.json(&["cache", "verify"]);
    assert_eq!(
        (
            good[0]["bytes"].as_u64(),
            good[0]["different"].as_array().unwrap().len()
        ),
        (Some(size), 0)
    );

    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(cached_file(&ctl.profile().join("cache")))
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 700_000).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 700_000).unwrap();
    let ran = ctl.run(&["--json", "cache", "verify"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    // Two documents: the table, then the failure.
    let first = ran.out.split(|byte| *byte == b'\n').next().unwrap();
    let table: serde_json::Value = serde_json::from_slice(first).unwrap();
    let range = &table[0]["different"][0];
    let (start, end) = (range[0].as_u64().unwrap(), range[1].as_u64().unwrap());
    assert!((start..end).contains(&700_000), "{table}");
}

/// Of a kept title nobody is asked whether its bytes are right, and what is damaged comes again by itself.
#[test]
fn a_byte_of_a_kept_title_that_rots_is_found_fetched_again_and_counted() {
    use std::os::unix::fs::FileExt;
    let ctl = Ctl::signed_in(Options::default());
    ctl.json(&["cache", "keep", "Copper Valley"]);
    let film = origin(COPPER_VALLEY);
    let path = ctl.server().jellyfin().stream_path("Copper Valley");
    let sent = ctl.server().bytes_sent(&path);
    let good = &ctl.json(&["cache", "verify", "Copper Valley"])[0];
    assert_eq!(good["by_checksum"].as_u64(), Some(film.len() as u64));
    assert_eq!(ctl.server().bytes_sent(&path), sent, "nobody is asked");
    assert_eq!(ctl.json(&["cache", "usage"])["damaged_blocks"], 0);

    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(cached_file(&ctl.profile().join("data/downloads")))
        .unwrap();
    file.write_all_at(&[film[700_000] ^ 1], 700_000).unwrap();
    let found = &ctl.json(&["cache", "verify", "Copper Valley"])[0];
    assert_eq!(found["damaged"], serde_json::json!([[0, 1 << 20]]));
    assert_eq!(found["repaired"], 1, "{found}");
    assert_eq!(found["different"], serde_json::json!([]));
    assert_eq!(ctl.json(&["cache", "usage"])["damaged_blocks"], 1);

    let again = &ctl.json(&["cache", "verify", "Copper Valley"])[0];
    assert_eq!(again["damaged"], serde_json::json!([]), "it is right again");
    let fetched = ctl.run(&["fetch", "Copper Valley"]).done();
    assert!(fetched.out == film);
}

#[test]
fn show_tells_what_is_here_of_which_version_and_why_it_would_go() {
    let ctl = Ctl::signed_in(Options::default());
    let part = ["fetch", "Northbound", "--range", "0-99999", "--discard"];
    ctl.run(&part).done();
    keep(&ctl, "Copper Valley");
    let row = &ctl.json(&["cache", "show", "Northbound"])[0];
    assert_eq!(row["class"], "stream");
    assert_eq!(row["pinned"], false);
    let ranges = row["ranges"].as_array().unwrap();
    assert_eq!(ranges[0][0], 0);
    let here: u64 = ranges
        .iter()
        .map(|range| range[1].as_u64().unwrap() - range[0].as_u64().unwrap())
        .sum();
    assert!(here >= 100_000 && row["bytes"] == here, "{row}");
    assert!(
        row["etag"].is_string() || row["last_modified"].is_string(),
        "{row}"
    );
    let other = &ctl.json(&["cache", "show", "Copper Valley"])[0];
    assert!(row["last_use"].as_u64() < other["last_use"].as_u64());
    let places = (row["place"].as_u64(), other["place"].as_u64());
    assert_eq!(places, (Some(1), Some(2)), "{row} {other}");
    assert_eq!(
        (&row["fate"], &row["why"]),
        (&"goes".into(), &"longest-unused".into())
    );

    // And in words.
    let page = String::from_utf8(ctl.run(&["cache", "show", "Northbound"]).done().out).unwrap();
    for line in [
        "ranges ",
        "class          stream",
        "pinned         no",
        "last use",
        "goes 1.: not used for the longest time",
    ] {
        assert!(page.contains(line), "{line:?} is not in {page}");
    }
    ctl.json(&["cache", "pin", "Northbound"]);
    let list = String::from_utf8(ctl.run(&["cache", "ls"]).done().out).unwrap();
    let line = list
        .lines()
        .find(|line| line.ends_with("Northbound"))
        .unwrap();
    assert!(line.contains("stays: it is pinned"), "{line}");
}

#[test]
fn a_title_is_kept_pinned_and_let_go() {
    let ctl = Ctl::signed_in(Options::default());
    let size = origin(COPPER_VALLEY).len() as u64;
    let kept = ctl.json(&["cache", "keep", "Copper Valley"]);
    assert_eq!(
        (&kept["class"], kept["bytes"].as_u64()),
        (&"kept".into(), Some(size))
    );
    cached_file(&ctl.profile().join("data/downloads"));
    let row = &ctl.json(&["cache", "show", "Copper Valley"])[0];
    assert_eq!(
        (&row["fate"], &row["why"]),
        (&"stays".into(), &"kept".into())
    );
    assert!(
        row["etag"].is_string() || row["last_modified"].is_string(),
        "{row}"
    );
    let usage = ctl.json(&["cache", "limit", "0"]);
    assert!(usage["kept_bytes"].as_u64().unwrap() >= size && usage["disk_bytes"] == 0);
    assert_eq!(usage["allowed"], "0");

    ctl.json(&["cache", "limit", "20%"]);
    assert_eq!(ctl.json(&["cache", "usage"])["allowed"], "20%");
    let freed = ctl.json(&["cache", "unkeep", "Copper Valley"]);
    assert_eq!(freed["class"], "stream");
    let pinned = ctl.json(&["cache", "pin", "Copper Valley"]);
    assert_eq!(pinned["pinned"], true);
    let row = &ctl.json(&["cache", "ls"])[0];
    assert_eq!(row["why"], "pinned");
    ctl.json(&["cache", "unpin", "Copper Valley"]);
    let row = &ctl.json(&["cache", "ls"])[0];
    assert_eq!(
        (&row["why"], &row["place"]),
        (&"longest-unused".into(), &1.into())
    );
    assert_eq!(ctl.run(&["cache", "limit", "0%"]).code, Some(2));
}

#[test]
fn what_is_kept_later_is_written_down_and_fetched_by_the_next_program() {
    let ctl = Ctl::signed_in(Options::default());
    let size = origin(COPPER_VALLEY).len() as u64;
    let jobs = ctl.json(&["cache", "keep", "Copper Valley", "--later"]);
    // It may have come in the moment that the program took to end.
    assert!(jobs.as_array().unwrap().len() <= 1, "{jobs}");
    // The next one has time enough: it waits for it.
    let kept = ctl.json(&["cache", "keep", "Copper Valley"]);
    assert_eq!(
        (&kept["class"], kept["bytes"].as_u64()),
        (&"kept".into(), Some(size))
    );
    assert_eq!(ctl.json(&["cache", "jobs"]), serde_json::json!([]));
    let path = ctl.server().jellyfin().stream_path("Copper Valley");
    let sent = ctl.server().bytes_sent(&path);
    assert!(sent <= size + (1 << 20), "{sent} of {size}");
}

#[test]
fn a_whole_show_is_kept_and_let_go() {
    let ctl = Ctl::signed_in(Options::default());
    let left = ctl.json(&["cache", "keep", "The Night Observatory"]);
    assert_eq!(left, serde_json::json!([]), "nothing is left to fetch");
    let rows = ctl.json(&["cache", "ls"]);
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 1, "{rows:?}");
    for row in rows {
        assert_eq!(row["class"], "kept");
        assert_eq!(row["bytes"], row["size"]);
    }
    ctl.json(&["cache", "unkeep", "The Night Observatory"]);
    let rows = ctl.json(&["cache", "ls"]);
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["class"] == "stream")
    );
}
