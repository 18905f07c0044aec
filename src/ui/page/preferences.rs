//! The preferences: how much of the disk watched titles may take.

use adw::prelude::*;

use crate::i18n::{gettext, gettext_f};
use crate::services::Services;
use crate::settings::Key;
use crate::ui::format;

/// Bytes of one step of the limit.
const GB: u64 = 1_000_000_000;
/// The largest limit that can be set, in GB.
const MOST: u32 = 10_000;

/// Shows the preferences over a window.
pub fn present(services: &Services, window: &adw::ApplicationWindow) {
    let group = adw::PreferencesGroup::builder()
        .title(gettext("Storage"))
        .description(gettext("What you watch stays on this device until newer titles need the space. What was watched longest ago goes first."))
        .build();
    let usage = adw::ActionRow::builder()
        .title(gettext("On this device"))
        .css_classes(["property"])
        .build();
    let automatic = adw::SwitchRow::builder()
        .title(gettext("Choose the limit by itself"))
        .subtitle(gettext("A tenth of the disk, at most 50 GB"))
        .build();
    let limit = adw::SpinRow::with_range(1.0, f64::from(MOST), 1.0);
    limit.set_title(&gettext("Limit in GB"));
    let kept = services.settings.get::<u64>(Key::CacheLimit);
    automatic.set_active(kept == 0);
    limit.set_sensitive(kept != 0);
    show_usage(services, &usage, &limit);
    follow(services, &automatic, &limit);
    group.add(&usage);
    group.add(&automatic);
    group.add(&limit);
    let page = adw::PreferencesPage::new();
    page.add(&group);
    let dialog = adw::PreferencesDialog::builder()
        .title(gettext("Preferences"))
        .content_width(480)
        .build();
    dialog.add(&page);
    dialog.present(Some(window));
}

fn show_usage(services: &Services, row: &adw::ActionRow, limit: &adw::SpinRow) {
    let (cache, row, limit) = (
        services.engine.cache.clone(),
        row.downgrade(),
        limit.downgrade(),
    );
    gtk::glib::spawn_future_local(async move {
        let Ok(usage) = cache.usage().await else {
            return;
        };
        let (Some(row), Some(limit)) = (row.upgrade(), limit.upgrade()) else {
            return;
        };
        let (used, of) = (format::bytes(usage.disk_bytes), format::bytes(usage.limit));
        // Translators: {used} and {limit} are sizes such as "1.2 GB".
        row.set_subtitle(&gettext_f(
            "{used} of {limit}",
            &[("used", &used), ("limit", &of)],
        ));
        let shown = u32::try_from(usage.limit / GB)
            .unwrap_or(MOST)
            .clamp(1, MOST);
        limit.set_value(f64::from(shown));
    });
}

fn follow(services: &Services, automatic: &adw::SwitchRow, limit: &adw::SpinRow) {
    let (services_of_switch, spin) = (services.clone(), limit.clone());
    automatic.connect_active_notify(move |switch| {
        spin.set_sensitive(!switch.is_active());
        // The engine works out its own limit at the next start; until then the former one holds.
        let bytes = if switch.is_active() {
            0
        } else {
            gigabytes(&spin)
        };
        keep(&services_of_switch, bytes);
    });
    let (services, switch) = (services.clone(), automatic.clone());
    limit.connect_value_notify(move |limit| {
        if !switch.is_active() {
            keep(&services, gigabytes(limit));
        }
    });
}

fn gigabytes(limit: &adw::SpinRow) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and MOST"
    )]
    let whole = limit.value().round() as u64;
    whole * GB
}

fn keep(services: &Services, bytes: u64) {
    services.settings.set(Key::CacheLimit, bytes);
    if bytes == 0 {
        return;
    }
    let cache = services.engine.cache.clone();
    relm4::spawn(async move {
        if let Err(error) = cache.set_limit(bytes).await {
            tracing::warn!(%error, "the limit was not taken");
        }
    });
}
