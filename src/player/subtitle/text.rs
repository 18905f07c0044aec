//! Text of an unknown encoding, and marks in it.

/// Windows-1252 from 0x80 to 0x9f; the rest of it is Latin-1.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Reads UTF-8, UTF-16 with a mark, and otherwise Windows-1252, which most old subtitle files are in.
pub(super) fn decode(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => std::str::from_utf8(bytes).map_or_else(|_| cp1252(bytes), str::to_owned),
    }
}

fn cp1252(bytes: &[u8]) -> String {
    let letter = |byte: &u8| {
        let special = byte
            .checked_sub(0x80)
            .and_then(|at| CP1252.get(usize::from(at)));
        special.copied().unwrap_or(char::from(*byte))
    };
    bytes.iter().map(letter).collect()
}

/// Pango markup of a line with HTML-like marks: italic, bold and underline are kept and always closed, every other mark is
/// dropped, and what is no mark is escaped.
pub(super) fn markup(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut open: Vec<&'static str> = Vec::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let end = rest.find('>');
        if next == '<'
            && let Some((inside, after)) =
                end.and_then(|end| Some((rest.get(1..end)?, rest.get(end + 1..)?)))
            && is_mark(inside)
        {
            mark(inside, &mut open, &mut out);
            rest = after;
            continue;
        }
        if next == '&'
            && let Some((letter, after)) = entity(rest)
        {
            escape(letter, &mut out);
            rest = after;
            continue;
        }
        escape(next, &mut out);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    for name in open.iter().rev() {
        out.push_str(&format!("</{name}>"));
    }
    out
}

fn is_mark(inside: &str) -> bool {
    let name = inside.strip_prefix('/').unwrap_or(inside);
    !inside.contains('<') && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn mark(inside: &str, open: &mut Vec<&'static str>, out: &mut String) {
    let (closes, name) = match inside.strip_prefix('/') {
        Some(name) => (true, name),
        None => (false, inside),
    };
    let name = name.split(['.', ' ', '\t']).next().unwrap_or_default();
    let Some(known) = ["i", "b", "u"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
    else {
        return;
    };
    if !closes {
        open.push(known);
        out.push_str(&format!("<{known}>"));
    } else if let Some(depth) = open.iter().rposition(|name| *name == known) {
        for name in open.drain(depth..).rev() {
            out.push_str(&format!("</{name}>"));
        }
    }
}

fn entity(rest: &str) -> Option<(char, &str)> {
    [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&nbsp;", '\u{a0}'),
        ("&lrm;", '\u{200e}'),
        ("&rlm;", '\u{200f}'),
    ]
    .into_iter()
    .find_map(|(name, letter)| Some((letter, rest.strip_prefix(name)?)))
}

fn escape(letter: char, out: &mut String) {
    match letter {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // Control characters make the whole line invalid markup.
        control if control.is_control() && control != '\n' => {}
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_encoding_is_read() {
        assert_eq!(decode("\u{feff}Größe".as_bytes()), "Größe");
        assert_eq!(decode(b"Gr\xf6\xdfe \x80"), "Größe €");
        assert_eq!(decode(b"\xff\xfeG\x00\xf6\x00"), "Gö");
        assert_eq!(decode(b"\xfe\xff\x00G\x00\xf6\x00"), "Gö");
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn marks_are_balanced_and_the_rest_is_escaped() {
        assert_eq!(markup("<i>a</i> & <b>b"), "<i>a</i> &amp; <b>b</b>");
        assert_eq!(markup("<v Bob>hi</v> <c.red>x</c>"), "hi x");
        assert_eq!(markup("a < b > c <3"), "a &lt; b &gt; c &lt;3");
        assert_eq!(markup("<i><b>x</i>y</b>"), "<i><b>x</b></i>y");
        assert_eq!(markup("Q&amp;A &unknown;"), "Q&amp;A &amp;unknown;");
        assert_eq!(markup("<font color=\"#fff\">x</font>\u{7}"), "x");
        assert_eq!(markup("<00:01.000>x"), "x");
    }
}
