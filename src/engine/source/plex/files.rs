//! What a server says of a title's files: whether they are there, and whether they play as they are; pure.

use super::map::versions;
use super::wire;
use crate::model::Unfit;

/// Why a file cannot be played as it is.
pub(super) fn unfit(part: &wire::Part) -> Option<Unfit> {
    let mut streams = part.streams.0.iter();
    streams.any(has_own_colours).then_some(Unfit::Colours)
}

/// Dolby Vision whose picture is for no other screen: profile 5, and others that say so.
fn has_own_colours(stream: &wire::Stream) -> bool {
    let vision = stream.dovi_present.yes() || stream.dovi_profile.whole().is_some();
    vision
        && match stream.dovi_compatible.whole() {
            Some(number) => number == 0,
            None => stream.dovi_profile.whole() == Some(5),
        }
}

/// Whether the server has looked for a file and cannot read it.
pub(super) fn is_missing(part: &wire::Part) -> bool {
    part.exists.no() || part.accessible.no()
}

/// Whether the server has looked for the files of a title, and can read none of them.
pub(super) fn lacks_files(wire: &wire::Item) -> bool {
    let mut all = versions(wire).peekable();
    all.peek().is_some() && all.all(|version| is_missing(version.part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_picture_for_no_other_screen_is_unfit() {
        let of = |stream: serde_json::Value| {
            let part = serde_json::from_value(json!({ "Stream": [{ "streamType": 2 }, stream] }));
            unfit(&part.unwrap())
        };
        let colours = Some(Unfit::Colours);
        let five = json!({ "DOVIPresent": true, "DOVIProfile": 5, "DOVIBLCompatID": 0 });
        assert_eq!(of(five), colours);
        assert_eq!(
            of(json!({ "DOVIPresent": "1", "DOVIProfile": "5" })),
            colours
        );
        assert_eq!(
            of(json!({ "DOVIPresent": 1, "DOVIProfile": 10, "DOVIBLCompatID": 0 })),
            colours
        );
        for fit in [
            json!({ "DOVIPresent": true, "DOVIProfile": 8, "DOVIBLCompatID": 1 }),
            json!({ "DOVIPresent": true, "DOVIProfile": 7, "DOVIBLCompatID": 6 }),
            json!({ "DOVIPresent": true, "DOVIProfile": 8 }),
            json!({ "DOVIPresent": false, "DOVIBLCompatID": 0 }),
            json!({ "streamType": 1 }),
        ] {
            assert_eq!(of(fit.clone()), None, "{fit}");
        }
    }
}
