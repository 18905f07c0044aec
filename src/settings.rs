//! What the program remembers between runs: window size, volume, how each library is looked at.
//!
//! GLib aborts the process when a schema or key is missing, so the schema is looked up first: installed, then the one
//! that `build.rs` compiled. When neither can be read, defaults serve for this run. **Does not know** secrets: tokens
//! live in the engine's `SecretStore`. **Threads**: the window's only.

use std::path::Path;

use gtk::gio;
use gtk::gio::prelude::*;

use crate::config;

/// The schema and its lookups as `build.rs` made them.
const BUILT_SCHEMAS: &str = concat!(env!("OUT_DIR"), "/schemas");

/// Everything that can be remembered. Each key's type and range are those of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// `i32`, pixels.
    WindowWidth,
    /// `i32`, pixels.
    WindowHeight,
    /// `bool`.
    WindowMaximized,
    /// `HashMap<String, (String, String, HashMap<String, String>)>`: filter, order, and what else narrows a library.
    LibraryViews,
    /// `f64`, 0 to 1, as perceived.
    Volume,
    /// `bool`.
    Muted,
    /// `bool`: the words of a song show beside its cover.
    Lyrics,
}

impl Key {
    /// All keys.
    pub const ALL: [Self; 7] = [
        Self::WindowWidth,
        Self::WindowHeight,
        Self::WindowMaximized,
        Self::LibraryViews,
        Self::Volume,
        Self::Muted,
        Self::Lyrics,
    ];

    /// Its name in the schema.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WindowWidth => "window-width",
            Self::WindowHeight => "window-height",
            Self::WindowMaximized => "window-maximized",
            Self::LibraryViews => "library-views",
            Self::Volume => "volume",
            Self::Muted => "muted",
            Self::Lyrics => "lyrics",
        }
    }
}

/// Handle to the settings. Cheap to clone; clones share one store.
#[derive(Clone, Debug)]
pub struct Settings {
    store: Option<gio::Settings>,
}

impl Settings {
    /// The user's settings, in the session's settings store.
    #[must_use]
    pub fn of_user() -> Self {
        Self::open(None)
    }

    /// Settings in a key file of the profile folder, for `--profile`.
    #[must_use]
    pub fn of_profile(folder: &Path) -> Self {
        let file = folder.join("settings.ini");
        match file.to_str() {
            Some(file) => Self::open(Some(&gio::keyfile_settings_backend_new(file, "/", None))),
            None => Self::in_memory(),
        }
    }

    /// Settings that nobody keeps, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::open(Some(&gio::memory_settings_backend_new()))
    }

    fn open(backend: Option<&gio::SettingsBackend>) -> Self {
        let store = schema().map(|schema| gio::Settings::new_full(&schema, backend, None));
        if store.is_none() {
            tracing::warn!("the settings schema is missing: settings are not kept");
        }
        Self { store }
    }

    /// The value of `key`, or its type's default when there is no schema.
    ///
    /// # Panics
    /// In debug builds, when `T` is not the key's type.
    #[must_use]
    pub fn get<T: gtk::glib::variant::FromVariant + Default>(&self, key: Key) -> T {
        let value = self
            .store
            .as_ref()
            .and_then(|store| store.value(key.name()).get::<T>());
        debug_assert!(
            value.is_some() || self.store.is_none(),
            "wrong type for {key:?}"
        );
        value.unwrap_or_default()
    }

    /// Keeps a value. A value outside the key's range, or a read-only store, changes nothing.
    pub fn set(&self, key: Key, value: impl Into<gtk::glib::Variant>) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.set_value(key.name(), &value.into()) {
            tracing::warn!(key = key.name(), %error, "a setting was not kept");
        }
    }

    /// Writes what is pending; to be called once, before the program ends.
    pub fn flush() {
        gio::Settings::sync();
    }
}

/// The installed schema if it has all keys, otherwise the one compiled with the program.
fn schema() -> Option<gio::SettingsSchema> {
    let complete = |schema: gio::SettingsSchema| {
        Key::ALL
            .iter()
            .all(|key| schema.has_key(key.name()))
            .then_some(schema)
    };
    let installed = gio::SettingsSchemaSource::default()
        .and_then(|source| source.lookup(config::APP_ID, true))
        .and_then(complete);
    installed.or_else(|| {
        let source = gio::SettingsSchemaSource::from_directory(BUILT_SCHEMAS, None, true).ok()?;
        source.lookup(config::APP_ID, false).and_then(complete)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_key_has_its_type_in_the_schema() {
        let settings = Settings::in_memory();
        assert!(settings.store.is_some());
        assert_eq!(settings.get::<i32>(Key::WindowWidth), 1100);
        assert_eq!(settings.get::<i32>(Key::WindowHeight), 760);
        assert!(!settings.get::<bool>(Key::WindowMaximized));
        let views = settings
            .get::<HashMap<String, (String, String, HashMap<String, String>)>>(Key::LibraryViews);
        assert!(views.is_empty());
        assert!((settings.get::<f64>(Key::Volume) - 1.0).abs() < f64::EPSILON);
        assert!(!settings.get::<bool>(Key::Muted));
    }

    #[test]
    fn a_profile_keeps_its_settings_in_its_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::of_profile(folder.path());
        settings.set(Key::WindowWidth, 700_i32);
        Settings::flush();
        let again = Settings::of_profile(folder.path());
        assert_eq!(again.get::<i32>(Key::WindowWidth), 700);
        assert!(folder.path().join("settings.ini").exists());
    }

    #[test]
    fn a_value_out_of_range_is_not_kept() {
        let settings = Settings::in_memory();
        settings.set(Key::Volume, 7.0);
        assert!((settings.get::<f64>(Key::Volume) - 1.0).abs() < f64::EPSILON);
    }
}
