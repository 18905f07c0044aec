//! Fields of answers as servers really write them: absent, null, of another type or of an unknown kind. Such a field is simply
//! not there, and never costs more than itself.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field that may be missing or make no sense.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::source) struct Maybe<T>(pub(in crate::source) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        Ok(Self(serde_json::from_value(value).ok()))
    }
}

impl Maybe<String> {
    /// The text, unless it is blank.
    pub(in crate::source) fn text(&self) -> Option<&str> {
        self.0
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    pub(in crate::source) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }
}

/// A list whose elements may make no sense; those are left out.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::source) struct Many<T>(pub(in crate::source) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Value::Array(values) = Value::deserialize(from)? else {
            return Ok(Self::default());
        };
        let understood = values.into_iter().map(serde_json::from_value);
        Ok(Self(understood.filter_map(Result::ok).collect()))
    }
}

/// A number, also one in quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::source) struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = match Value::deserialize(from)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let finite = number.filter(|number: &f64| number.is_finite());
        finite
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no number"))
    }
}

impl Maybe<Number> {
    pub(in crate::source) fn float(&self) -> Option<f64> {
        self.0.map(|number| number.0)
    }

    /// A whole number from zero up. Ticks and sizes stay exact to 2^53, which is 28 years and 9 PB.
    pub(in crate::source) fn whole(&self) -> Option<u64> {
        let number = self.float().filter(|number| (0.0..9e15).contains(number))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        Some(number as u64)
    }

    pub(in crate::source) fn small(&self) -> Option<u32> {
        self.whole().and_then(|number| u32::try_from(number).ok())
    }
}

/// A text, also one that was written as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Word(pub(in crate::source) String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err(serde::de::Error::custom("no text")),
        }
    }
}

impl Maybe<Word> {
    /// The text, unless it is blank.
    pub(in crate::source) fn text(&self) -> Option<&str> {
        let text = self.0.as_ref().map(|word| word.0.trim());
        text.filter(|text| !text.is_empty())
    }

    pub(in crate::source) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }
}

/// Yes or no, also as 0 and 1 and as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let flag = match &value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" => Some(true),
                "0" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        };
        flag.map(Self)
            .ok_or_else(|| serde::de::Error::custom("neither yes nor no"))
    }
}

impl Maybe<Flag> {
    /// Whether it says yes.
    pub(in crate::source) fn yes(&self) -> bool {
        self.0.is_some_and(|flag| flag.0)
    }

    /// Whether it says no.
    pub(in crate::source) fn no(&self) -> bool {
        self.0.is_some_and(|flag| !flag.0)
    }
}

/// A server's own words as one line for people: at most 300 letters.
pub(in crate::source) fn sentence(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|sign: char| sign.is_whitespace() || sign.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(value: Value) -> Maybe<T> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn numbers_texts_and_flags_in_all_spellings() {
        let number = |value| read::<Number>(value).whole();
        assert_eq!(number(json!(7)), Some(7));
        assert_eq!(number(json!(" 7 ")), Some(7));
        assert_eq!(number(json!("7.9")), Some(7));
        for value in [
            json!(null),
            json!([7]),
            json!("soon"),
            json!(-1),
            json!(1e300),
        ] {
            assert_eq!(number(value.clone()), None, "{value}");
        }
        let word = |value| read::<Word>(value).owned();
        assert_eq!(word(json!(22)), Some("22".into()));
        assert_eq!(word(json!(" x ")), Some("x".into()));
        assert_eq!(word(json!(" ")), None);
        assert_eq!(word(json!({})), None);
        for value in [json!(true), json!(1), json!("1"), json!("True")] {
            assert!(read::<Flag>(value.clone()).yes(), "{value}");
        }
        for value in [json!(false), json!(0), json!("0"), json!("false")] {
            assert!(read::<Flag>(value.clone()).no(), "{value}");
        }
        let neither = read::<Flag>(json!("perhaps"));
        assert!(!neither.yes() && !neither.no());
    }
}
