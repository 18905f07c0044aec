//! Whose albums and tracks are, as real servers tell it, and as they never should.

use serde_json::json;

use super::*;
use crate::model::Credit;

fn id(key: &str) -> ItemId {
    ItemId::new("acc".parse().unwrap(), key)
}

fn map(value: Value) -> Option<Item> {
    item(&"acc".parse().unwrap(), None, value)
}

fn image(path: &str) -> Option<ImageId> {
    Some(ImageId::new("acc".parse().unwrap(), path))
}

#[test]
fn artists_are_above_albums_and_named_in_lines() {
    let credit = |key: Option<&str>, name: &str| Credit {
        artist: key.map(id),
        name: name.to_owned(),
    };
    let artists = |value: Value| map(value).unwrap().artists;
    let album = |title: Value| {
        let mut album = json!({ "ratingKey": 6, "type": "album", "parentRatingKey": 5 });
        album["parentTitle"] = title;
        artists(album)
    };
    assert_eq!(album(json!("A")), [credit(Some("5"), "A")]);
    for odd in [json!([]), json!(null), json!("  ")] {
        assert_eq!(album(odd), []);
    }
    let track = |line: Value| {
        artists(json!({
            "ratingKey": "7", "type": "track", "originalTitle": line, "grandparentRatingKey": "5",
            "grandparentTitle": "A",
        }))
    };
    assert_eq!(track(json!(null)), [credit(Some("5"), "A")]);
    let with = [credit(Some("5"), "a"), credit(None, "B"), credit(None, "C")];
    assert_eq!(track(json!("a feat. B; C")), with);
    let artist = map(json!({
        "ratingKey": "5", "type": "artist", "title": "A", "titleSort": "Z", "summary": "S", "thumb": "/library/metadata/5/thumb/1",
        "Genre": [{ "tag": "G" }], "leafCount": 4, "viewedLeafCount": 4, "viewOffset": 3,
    }))
    .unwrap();
    assert_eq!(artist.kind, Kind::Artist);
    assert_eq!(artist.sort_title, "z");
    assert_eq!(artist.artwork.poster, image("/library/metadata/5/thumb/1"));
    assert_eq!(
        (artist.overview.as_deref(), artist.progress),
        (Some("S"), Progress::default())
    );
}
