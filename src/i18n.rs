//! Translated text with named placeholders.
//!
//! `xgettext` finds calls of [`gettext`], [`ngettext`], [`gettext_f`] and [`ngettext_f`]; the first arguments must
//! therefore be plain string literals, and a file that calls them is listed in `po/POTFILES.in`.

use std::ffi::OsString;

pub use gettextrs::{gettext, ngettext};

use crate::config;

/// Finds the catalogs of the language that GTK chose at its start (it calls `setlocale`). Without a catalog, or in the C locale, texts stay as they are in the source.
///
/// `SPOOL_LOCALEDIR` in the environment overrides where catalogs are looked for, for uninstalled builds.
pub fn init() {
    let dir =
        std::env::var_os("SPOOL_LOCALEDIR").unwrap_or_else(|| OsString::from(config::LOCALE_DIR));
    let bound = gettextrs::bindtextdomain(config::GETTEXT_PACKAGE, dir)
        .and_then(|_| gettextrs::bind_textdomain_codeset(config::GETTEXT_PACKAGE, "UTF-8"))
        .and_then(|_| gettextrs::textdomain(config::GETTEXT_PACKAGE));
    if let Err(error) = bound {
        tracing::warn!(%error, "no translations");
    }
}

/// The translation of `msgid`, with each `{name}` replaced by its value.
#[must_use]
pub fn gettext_f(msgid: &str, values: &[(&str, &str)]) -> String {
    fill(&gettext(msgid), values)
}

/// The translation for a count of `n`, with each `{name}` replaced by its value.
#[must_use]
pub fn ngettext_f(singular: &str, plural: &str, n: u64, values: &[(&str, &str)]) -> String {
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    fill(&ngettext(singular, plural, n), values)
}

/// Replaces placeholders in one pass, so that a value that looks like a placeholder stays as it is.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest.find('}').and_then(|close| {
            let name = &rest[1..close];
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((close, *value))
        });
        match value {
            Some((close, value)) => {
                filled.push_str(value);
                rest = &rest[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_by_name() {
        let values = [("title", "Sita"), ("time", "41:12")];
        assert_eq!(
            fill("{time}: {title}, {title}", &values),
            "41:12: Sita, Sita"
        );
    }

    #[test]
    fn a_value_is_never_read_as_a_placeholder() {
        let values = [("a", "{b}"), ("b", "x")];
        assert_eq!(fill("{a} {b} {c} {", &values), "{b} x {c} {");
    }
}
