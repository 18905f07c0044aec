//! Other spellings of the same address that Jellyfin takes: any letter case, and the routes below a user that 10.9 replaced,
//! which its descriptions no longer list but its routes still have, also in 12.

use super::USER_ID;

/// Words of routes as this face writes them. An id is none of them.
const WORDS: [&str; 32] = [
    "System",
    "Info",
    "Public",
    "Users",
    "AuthenticateByName",
    "Views",
    "UserViews",
    "Items",
    "UserItems",
    "Latest",
    "Resume",
    "Shows",
    "NextUp",
    "Seasons",
    "Episodes",
    "MediaSegments",
    "PlaybackInfo",
    "Download",
    "Sessions",
    "Logout",
    "Playing",
    "Progress",
    "Stopped",
    "Ping",
    "Capabilities",
    "Full",
    "UserPlayedItems",
    "UserFavoriteItems",
    "UserData",
    "Images",
    "Videos",
    "Audio",
];

/// The parts of a path below the base, as the routes of this face are written.
pub(super) fn canonical(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let known = WORDS.iter().find(|word| word.eq_ignore_ascii_case(part));
            known.map_or(part, |word| word).to_owned()
        })
        .collect();
    if parts.len() < 3 || parts[0] != "Users" || parts[1].replace('-', "") != USER_ID {
        return parts;
    }
    let mut below = parts.split_off(2);
    let tail: Vec<&str> = below.iter().map(String::as_str).collect();
    let first = match tail.as_slice() {
        ["Views"] => "UserViews",
        ["Items", "Resume"] => "UserItems",
        ["PlayedItems", _] => "UserPlayedItems",
        ["FavoriteItems", _] => "UserFavoriteItems",
        _ => tail[0],
    };
    below[0] = first.to_owned();
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_case_and_the_former_routes_mean_the_same() {
        let of = |path: &str| canonical(path).join("/");
        assert_eq!(of("/system/info/public"), "System/Info/Public");
        assert_eq!(of("/Items/0aF/Images/Primary"), "Items/0aF/Images/Primary");
        assert_eq!(of(&format!("/Users/{USER_ID}/Views")), "UserViews");
        assert_eq!(of(&format!("/Users/{USER_ID}/items/7")), "Items/7");
        assert_eq!(
            of(&format!("/Users/{USER_ID}/Items/Resume")),
            "UserItems/Resume"
        );
        assert_eq!(
            of(&format!("/Users/{USER_ID}/PlayedItems/7")),
            "UserPlayedItems/7"
        );
        assert_eq!(of("/Users/Me"), "Users/Me");
        assert_eq!(of("/Users/x/Views"), "Users/x/Views");
    }
}
