use super::*;

fn one(text: &str) -> Nfo {
    let mut found = parse(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

const FILM: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<movie>
  <title>Harbour &amp; Lights&#x21;</title>
  <originaltitle>Hafenlichter</originaltitle>
  <sorttitle>Harbour 1</sorttitle>
  <ratings>
    <rating name="imdb" max="100"><value>64</value><votes>10</votes></rating>
    <rating name="tmdb" max="10" default="true"><value>7,5</value></rating>
  </ratings>
  <outline>Short.</outline>
  <plot><![CDATA[A <b>pier</b>, at night.]]></plot>
  <runtime>97 min</runtime>
  <mpaa>PG-13</mpaa>
  <genre>Drama / Crime</genre><genre>Drama</genre>
  <premiered>2022-05-01</premiered>
  <director>Dana Deep</director>
  <actor><name>Second</name><role>Mate</role><order>1</order></actor>
  <actor><name>First</name><role>Captain</role><order>0</order><thumb>http://x/y.jpg</thumb></actor>
  <fileinfo><streamdetails><video><durationinseconds>5821</durationinseconds>
    <width>1920</width><height>804 px</height></video></streamdetails></fileinfo>
</movie>
https://www.example.org/title/tt0000001/
"#;

#[test]
fn a_film_is_read_whole() {
    let film = one(FILM);
    assert_eq!(film.about, About::Film);
    assert_eq!(film.title.as_deref(), Some("Harbour & Lights!"));
    assert_eq!(film.sort_title.as_deref(), Some("Harbour 1"));
    assert_eq!(film.year, Some(2022));
    assert_eq!(film.plot.as_deref(), Some("A <b>pier</b>, at night."));
    assert_eq!(film.duration, Some(Duration::from_secs(5821)));
    assert_eq!(film.size, (1920, 804));
    assert_eq!(film.genres, ["Drama", "Crime"]);
    assert_eq!(film.content_rating.as_deref(), Some("PG-13"));
    assert_eq!(film.rating, Some(7.5));
    let people: Vec<_> = film.people.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(people, ["First", "Second", "Dana Deep"]);
    assert_eq!(film.people[0].role.as_deref(), Some("Captain"));
}

#[test]
fn a_file_may_hold_several_episodes() {
    let episode = |number: u32| {
        format!(
            "<episodedetails><title>E{number}</title><season>2</season><episode>{number}</episode></episodedetails>"
        )
    };
    for text in [
        format!("{}{}", episode(3), episode(4)),
        format!(
            "<multiepisodenfo>{}{}</multiepisodenfo>",
            episode(3),
            episode(4)
        ),
    ] {
        let found: Vec<_> = parse(&text)
            .into_iter()
            .map(|nfo| (nfo.about, nfo.season, nfo.episode))
            .collect();
        let expected = [3, 4].map(|number| (About::Episode, Some(2), Some(number)));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn shows_seasons_and_albums_are_told_apart() {
    for (text, about) in [
        ("<tvshow><title>T</title></tvshow>", About::Show),
        (
            "<season><title>T</title><seasonnumber>1</seasonnumber></season>",
            About::Season,
        ),
        (
            "<album><title>T</title><artist>A</artist><review>R</review><year>1999</year></album>",
            About::Album,
        ),
        (
            "<artist><name>T</name><title>U</title></artist>",
            About::Artist,
        ),
        ("<MusicVideo><Title>T</Title></MusicVideo>", About::Film),
    ] {
        let nfo = one(text);
        assert_eq!((nfo.about, nfo.title.as_deref()), (about, Some("T")));
    }
    let album = one("<album><artist>A</artist><review>R</review><year>1999</year></album>");
    assert_eq!(
        (album.artist.as_deref(), album.plot.as_deref(), album.year),
        (Some("A"), Some("R"), Some(1999))
    );
}

#[test]
fn what_is_wrong_is_left_out_and_the_rest_counts() {
    for (text, title) in [
        // Only an address; another document; nothing.
        ("https://www.example.org/title/tt1", None),
        ("<html><title>no</title></html>", None),
        ("", None),
        ("\u{feff}<movie><title>T</title></movie>", Some("T")),
        // It breaks off, inside a text, an element, a tag.
        ("<movie><title>T</title><plot>half a", Some("T")),
        ("<movie><title>T</title><actor><name>N", Some("T")),
        ("<movie><title>T</title><acto", Some("T")),
        // Ends that were never begun, or in another order.
        ("<movie><title>T</plot></movie>", Some("T")),
        ("</x><movie><title>T</title></y></movie>", Some("T")),
        // A bare ampersand.
        (
            "<movie><title>T</title><plot>you & me</plot></movie>",
            Some("T"),
        ),
        (
            "<movie><title></title><title> T </title></movie>",
            Some("T"),
        ),
    ] {
        let found = parse(text);
        let seen = found.first().and_then(|nfo| nfo.title.as_deref());
        assert_eq!(seen, title, "{text:?}");
    }
    let odd = one(
        "<movie><title>T</title><year>soon</year><rating>eleven</rating><runtime>-3</runtime><season/></movie>",
    );
    assert_eq!(
        (odd.year, odd.rating, odd.duration, odd.season),
        (None, None, None, None)
    );
    let high = one("<movie><rating>42</rating></movie>");
    assert_eq!(high.rating, None);
}

#[test]
fn entities_stand_for_nothing_and_nothing_grows() {
    let bomb = r#"<!DOCTYPE movie [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>
        <movie><title>T&b;&x;T</title></movie>"#;
    assert_eq!(one(bomb).title.as_deref(), Some("T  T"));
    let deep = "<a>".repeat(50_000);
    assert_eq!(
        one(&format!("<movie><title>T</title>{deep}"))
            .title
            .as_deref(),
        Some("T")
    );
    let crowd = "<actor><name>A</name></actor><director>D</director>".repeat(1000);
    assert_eq!(one(&format!("<movie>{crowd}</movie>")).people.len(), 2);
    let long = "x".repeat(1 << 20);
    let film = one(&format!(
        "<movie><title>{long}</title><plot>{long}</plot></movie>"
    ));
    assert!(film.title.unwrap().len() <= LONGEST_NAME && film.plot.unwrap().len() <= LONGEST_PLOT);
    let many = "<episodedetails><title>E</title></episodedetails>".repeat(500);
    assert_eq!(parse(&many).len(), MOST_TITLES);
}

#[test]
fn old_encodings_are_read() {
    let text = "<movie><title>Café</title></movie>";
    let utf16 = |of: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        let units = text.encode_utf16().flat_map(of);
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        utf16(u16::to_le_bytes, [0xFF, 0xFE]),
        utf16(u16::to_be_bytes, [0xFE, 0xFF]),
        latin,
    ] {
        assert_eq!(one(&decode(&bytes)).title.as_deref(), Some("Café"));
    }
}

proptest::proptest! {
    /// Whatever is cut out of a file or put into it, it is read to its end.
    #[test]
    fn a_mangled_file_is_read_to_its_end(from in 0..900_usize, length in 0..60_usize, junk in "[<>&;/!a\\[\\]\"]{0,12}") {
        let letters: Vec<char> = FILM.chars().collect();
        let from = from.min(letters.len());
        let until = (from + length).min(letters.len());
        let mangled: String = letters[..from].iter().copied().chain(junk.chars()).chain(letters[until..].iter().copied()).collect();
        for nfo in parse(&mangled) {
            proptest::prop_assert!(nfo.rating.is_none_or(|rating| (0.0..=10.0).contains(&rating)));
            proptest::prop_assert!(nfo.people.len() <= MOST_PEOPLE);
        }
    }
}
