//! Versions of several files.

use serde_json::json;

use super::*;

fn account() -> AccountId {
    "acc".parse().unwrap()
}

#[test]
fn the_files_of_a_version_are_its_pieces() {
    let file = |id: u32, ms: u64| json!({ "id": id, "key": format!("/library/parts/{id}/1/x.avi"), "duration": ms });
    let text = json!([
        { "id": 9, "streamType": 3, "key": "/library/streams/9", "codec": "srt", "languageCode": "eng" },
    ]);
    let mut second = file(2, 50_000);
    second["Stream"] = text;
    let wire: wire::Item = serde_json::from_value(json!({
        "ratingKey": 1, "type": "movie", "duration": 41_000, "Media": [
            { "videoResolution": "480", "Part": [file(1, 40_000), second] },
            { "videoResolution": "sd", "Part": [file(3, 95_000)] },
            { "duration": 96_000, "Part": [file(4, 40_000), { "id": 5, "key": "/library/parts/5/1/y.avi" }] },
        ],
    }))
    .unwrap();
    let details = details(&account(), &wire).unwrap();
    let parts = &details.item.parts;
    let laid = |part: &Part| {
        let piece = part.piece?;
        let seconds = |time: Duration| time.as_secs();
        Some((
            piece.version,
            piece.number,
            seconds(piece.begins_at),
            seconds(piece.length),
        ))
    };
    let told: Vec<_> = parts
        .iter()
        .map(|part| (part.id.key(), laid(part)))
        .collect();
    assert_eq!(
        told,
        [
            ("1", Some((0, 0, 0, 40))),
            ("2", Some((0, 1, 40, 50))),
            ("3", None),
            ("4", Some((2, 0, 0, 40))),
            ("5", Some((2, 1, 40, 56))),
        ]
    );
    assert_eq!(details.item.duration, Some(Duration::from_secs(90)));
    assert_eq!(parts[1].name.as_deref(), Some("480p"));
    let beside: Vec<_> = details
        .subtitles
        .iter()
        .map(|it| it.part.as_ref())
        .collect();
    assert_eq!(beside, [Some(&parts[1].id)]);
}

#[test]
fn a_version_of_files_without_lengths_numbers_them() {
    let file = |id: u32| json!({ "id": id, "key": format!("/library/parts/{id}/1/x.avi") });
    let wire: wire::Item = serde_json::from_value(json!({
        "ratingKey": 1, "type": "movie", "Media": [{ "Part": [file(1), file(2)] }],
    }))
    .unwrap();
    let names: Vec<_> = details(&account(), &wire)
        .unwrap()
        .item
        .parts
        .into_iter()
        .map(|part| part.name)
        .collect();
    assert_eq!(names, [Some("1/2".into()), Some("2/2".into())]);
}
