//! Lyrics as texts have them: lines with times in square brackets (LRC), or lines alone; pure.

use std::time::Duration;

use super::LyricLine;

/// A song has fewer lines.
pub(super) const MOST_LINES: usize = 2000;
/// More letters than these are no line.
const LONGEST: usize = 500;

/// Lines of a text. Where some have times, those are the lyrics, in their order: one with several times comes several times.
pub(super) fn read(text: &str) -> Vec<LyricLine> {
    let mut timed = Vec::new();
    let mut plain = Vec::new();
    let mut offset = 0;
    for line in text
        .lines()
        .map(|line| line.trim_start_matches('\u{feff}').trim())
    {
        let (times, rest) = stamps(line);
        match note(line) {
            _ if !times.is_empty() => {
                let words = words(rest);
                timed.extend(times.into_iter().map(|at| (at, words.clone())));
            }
            Some(("offset", value)) => offset = value.parse().unwrap_or(0),
            Some(_) => {}
            None => plain.push(words(line)),
        }
        if timed.len() + plain.len() >= MOST_LINES {
            break;
        }
    }
    if timed.is_empty() {
        return untimed(plain);
    }
    timed.sort_by_key(|(at, _)| *at);
    let line = |(at, text): (u64, String)| LyricLine {
        // A positive offset shows a line earlier.
        at: Some(Duration::from_millis(at.saturating_add_signed(-offset))),
        text,
    };
    timed.into_iter().map(line).collect()
}

/// Lines without times, and without the empty ones around them.
fn untimed(lines: Vec<String>) -> Vec<LyricLine> {
    let first = lines.iter().position(|line| !line.is_empty());
    let last = lines.iter().rposition(|line| !line.is_empty());
    let Some((first, last)) = first.zip(last) else {
        return Vec::new();
    };
    let inner = lines.into_iter().skip(first).take(last + 1 - first);
    inner.map(|text| LyricLine { at: None, text }).collect()
}

/// The times before a line, in milliseconds, and the rest of it.
fn stamps(line: &str) -> (Vec<u64>, &str) {
    let (mut times, mut rest) = (Vec::new(), line);
    while let Some((stamp, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let Some(time) = time(stamp) else { break };
        times.push(time);
        rest = after.trim_start();
    }
    (times, rest)
}

/// `1:02.5`, `01:02.50`, `01:02:50`, `1:01:02.50`; in milliseconds.
fn time(stamp: &str) -> Option<u64> {
    let mut fields: Vec<&str> = stamp.trim().split(':').collect();
    // Some write hundredths behind a colon.
    let odd = match fields.as_slice() {
        [_, _, last] if last.len() == 2 && !last.contains('.') => fields.pop(),
        _ => None,
    };
    if !(2..=3).contains(&fields.len()) {
        return None;
    }
    let mut seconds = 0.0;
    for field in &fields {
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        let number: f64 = field.bytes().all(digits).then(|| field.parse().ok())??;
        seconds = seconds * 60.0 + number;
    }
    let hundredths: f64 = odd.map_or(Some(0.0), |odd| odd.parse().ok())?;
    let time = Duration::try_from_secs_f64(seconds + hundredths / 100.0).ok()?;
    u64::try_from(time.as_millis())
        .ok()
        .filter(|ms| *ms < 86_400_000)
}

/// What a line tells of the song: `[ar:…]`, `[offset:…]`.
fn note(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    named.then_some((name, value.trim()))
}

/// A line's words, without times of single words.
fn words(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>') {
            Some((stamp, after)) if time(stamp).is_some() => rest = after,
            _ => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    joined([out.as_str()])
}

/// Words as one line, of a bounded length.
pub(super) fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words = words.into_iter().flat_map(str::split_whitespace);
    let words: Vec<&str> = words.collect();
    words.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(Option<u128>, String)> {
        let lines = read(text).into_iter();
        lines
            .map(|line| (line.at.map(|at| at.as_millis()), line.text))
            .collect()
    }

    fn at(millis: u128, text: &str) -> (Option<u128>, String) {
        (Some(millis), text.to_owned())
    }

    #[test]
    fn lines_with_times_come_in_their_order() {
        let text = "\u{feff}[ar:Somebody]\r\n[00:12.50]Second\r\n[00:04.00][01:00:25] First, and again \r\n\r\n[00:08]\r\n[1:01:02.5]Late\nwords alone\n";
        assert_eq!(
            told(text),
            [
                at(4_000, "First, and again"),
                at(8_000, ""),
                at(12_500, "Second"),
                at(60_250, "First, and again"),
                at(3_662_500, "Late"),
            ]
        );
    }

    #[test]
    fn an_offset_moves_all_and_word_times_are_left_out() {
        let text = "[offset:+500]\n[00:02.00]<00:02.00>One <00:02.40>two < three\n[00:00.10]x";
        assert_eq!(told(text), [at(0, "x"), at(1_500, "One two < three")]);
        assert_eq!(told("[offset:-250]\n[00:01.00]y"), [at(1_250, "y")]);
    }

    #[test]
    fn lines_alone_have_no_times() {
        let none = |text: &str| (None, text.to_owned());
        let text = "\n[ti:Song]\n\nOne\n\n[Chorus]\nTwo\n\n";
        assert_eq!(
            told(text),
            [none("One"), none(""), none("[Chorus]"), none("Two")]
        );
        assert_eq!(told(""), []);
        assert_eq!(told("[by:x]\n\n"), []);
    }

    #[test]
    fn nonsense_is_no_time() {
        for stamp in [
            "",
            "x",
            "1",
            "-1:00",
            "1:x",
            "99999999999999:00",
            "1:2:3:4",
            "25:00:00.0",
        ] {
            assert_eq!(time(stamp), None, "{stamp}");
        }
        let long = "[00:01.00]x\n".repeat(MOST_LINES + 50);
        assert_eq!(read(&long).len(), MOST_LINES);
    }
}
