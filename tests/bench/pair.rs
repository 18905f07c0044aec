//! One measurement beside its peer's: how it is judged, printed and written down.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

/// What the bar is held against.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    /// Ours ÷ peer's is at least the bar.
    RatioAtLeast,
    /// Ours ÷ peer's is at most the bar.
    RatioAtMost,
    /// Ours minus peer's is at most the bar.
    MoreAtMost,
    /// Ours alone is at most the bar.
    AtMost,
    /// No bar: shown for the reader.
    Beside,
}

/// One measurement beside its peer's.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) ours: f64,
    /// Not a number, `null` in JSON: the peer could not be had, or there is none.
    pub(crate) peer: f64,
    /// Ours ÷ peer's, or the difference where the rule says so.
    pub(crate) ratio: f64,
    pub(crate) bar: f64,
    /// `null` where there is nothing to judge.
    pub(crate) ok: Option<bool>,
    pub(crate) rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl Pair {
    fn new(name: impl Into<String>, rule: Rule, (ours, peer): (f64, f64), bar: f64) -> Self {
        let ratio = match rule {
            Rule::MoreAtMost => ours - peer,
            _ => ours / peer,
        };
        let holds = |value: f64, good: bool| (!value.is_nan()).then_some(good);
        let ok = match rule {
            Rule::RatioAtLeast => holds(ratio, ratio >= bar),
            Rule::RatioAtMost | Rule::MoreAtMost => holds(ratio, ratio <= bar),
            Rule::AtMost => holds(ours, ours <= bar),
            Rule::Beside => None,
        };
        Self {
            name: name.into(),
            ours,
            peer,
            ratio,
            bar,
            ok,
            rule,
            note: None,
        }
    }

    /// Good when ours is at least `bar` of the peer's.
    pub(crate) fn at_least(name: impl Into<String>, ours: f64, peer: f64, bar: f64) -> Self {
        Self::new(name, Rule::RatioAtLeast, (ours, peer), bar)
    }

    /// Good when ours is at most `bar` times the peer's.
    pub(crate) fn at_most(name: impl Into<String>, ours: f64, peer: f64, bar: f64) -> Self {
        Self::new(name, Rule::RatioAtMost, (ours, peer), bar)
    }

    /// Good when ours is at most `bar` more than the peer's.
    pub(crate) fn at_most_more(name: impl Into<String>, ours: f64, peer: f64, bar: f64) -> Self {
        Self::new(name, Rule::MoreAtMost, (ours, peer), bar)
    }

    /// Good when ours is at most `bar`, whatever a peer does.
    pub(crate) fn within(name: impl Into<String>, ours: f64, peer: f64, bar: f64) -> Self {
        Self::new(name, Rule::AtMost, (ours, peer), bar)
    }

    /// No bar.
    pub(crate) fn beside(name: impl Into<String>, ours: f64, peer: f64) -> Self {
        Self::new(name, Rule::Beside, (ours, peer), f64::NAN)
    }

    /// There is no figure: missed.
    pub(crate) fn broken(name: impl Into<String>, error: &anyhow::Error) -> Self {
        Self {
            ok: Some(false),
            ..Self::beside(name, f64::NAN, f64::NAN).note(format!("{error:#}"))
        }
    }

    /// With a word on it.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn line(&self) -> String {
        let bar = match self.rule {
            Rule::RatioAtLeast => format!("ratio ≥ {}", self.bar),
            Rule::RatioAtMost => format!("ratio ≤ {}", self.bar),
            Rule::MoreAtMost => format!("more ≤ {}", self.bar),
            Rule::AtMost => format!("ours ≤ {}", self.bar),
            Rule::Beside => String::new(),
        };
        let verdict = match (self.ok, &self.rule) {
            (Some(true), _) => "ok",
            (Some(false), _) => "MISSED",
            (None, Rule::Beside) => "",
            (None, _) => "not judged",
        };
        let note = self.note.as_deref().map(|note| format!("  ({note})"));
        format!(
            "{:<74} {:>10} {:>10} {:>9}  {bar:<14} {verdict}{}",
            self.name,
            figure(self.ours),
            figure(self.peer),
            figure(self.ratio),
            note.unwrap_or_default()
        )
    }
}

/// Four digits that matter.
fn figure(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => "–".into(),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// The table's head.
pub(crate) fn head() -> String {
    format!(
        "{:<74} {:>10} {:>10} {:>9}  bar",
        "medians", "ours", "peer", "ratio"
    )
}

/// Prints the pairs; whether no bar was missed.
#[expect(clippy::print_stdout, reason = "printing is what it is for")]
pub(crate) fn print(pairs: &[Pair]) -> bool {
    for pair in pairs {
        println!("{}", pair.line());
    }
    pairs.iter().all(|pair| pair.ok != Some(false))
}

/// Writes them to `target/bench/NAME.json`.
pub(crate) fn write(name: &str, pairs: &[Pair]) -> Result<()> {
    let folder = Path::new("target/bench");
    std::fs::create_dir_all(folder).context("target/bench cannot be made")?;
    let text = serde_json::to_vec_pretty(pairs)?;
    Ok(std::fs::write(folder.join(format!("{name}.json")), text)?)
}

/// The middle one.
pub(crate) fn median(values: impl Into<Vec<f64>>) -> f64 {
    share(values, 0.5)
}

/// The value below which `part` of all lie.
pub(crate) fn share(values: impl Into<Vec<f64>>, part: f64) -> f64 {
    let mut values = values.into();
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * part) as usize;
    let last = values.len().saturating_sub(1);
    values.get(index.min(last)).copied().unwrap_or(f64::NAN)
}
