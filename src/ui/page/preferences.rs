//! The preferences: how much of the disk watched titles may take.

use adw::prelude::*;
use spool_engine::cache::Allowance;

use crate::i18n::{gettext, gettext_f};
use crate::services::Services;
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
    show_usage(services, &usage, &automatic, &limit);
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

/// Shows what the profile says, and keeps what is chosen from then on.
fn show_usage(
    services: &Services,
    row: &adw::ActionRow,
    automatic: &adw::SwitchRow,
    limit: &adw::SpinRow,
) {
    let services = services.clone();
    let (row, automatic, limit) = (row.downgrade(), automatic.downgrade(), limit.downgrade());
    gtk::glib::spawn_future_local(async move {
        let Ok(usage) = services.engine.cache.usage().await else {
            return;
        };
        let (Some(row), Some(automatic), Some(limit)) =
            (row.upgrade(), automatic.upgrade(), limit.upgrade())
        else {
            return;
        };
        let (used, of) = (format::bytes(usage.disk_bytes), format::bytes(usage.limit));
        // Translators: {used} and {limit} are sizes such as "1.2 GB".
        row.set_subtitle(&gettext_f(
            "{used} of {limit}",
            &[("used", &used), ("limit", &of)],
        ));
        let bytes = match usage.allowance {
            Allowance::Bytes(bytes) => bytes,
            Allowance::Auto | Allowance::Percent(_) => usage.limit,
        };
        let shown = u32::try_from(bytes / GB).unwrap_or(MOST).clamp(1, MOST);
        limit.set_value(f64::from(shown));
        let chosen = usage.allowance != Allowance::Auto;
        automatic.set_active(!chosen);
        limit.set_sensitive(chosen);
        follow(&services, &automatic, &limit);
    });
}

fn follow(services: &Services, automatic: &adw::SwitchRow, limit: &adw::SpinRow) {
    let (services_of_switch, spin) = (services.clone(), limit.clone());
    automatic.connect_active_notify(move |switch| {
        spin.set_sensitive(!switch.is_active());
        let allowance = match switch.is_active() {
            true => Allowance::Auto,
            false => Allowance::Bytes(gigabytes(&spin)),
        };
        keep(&services_of_switch, allowance);
    });
    let (services, switch) = (services.clone(), automatic.clone());
    limit.connect_value_notify(move |limit| {
        if !switch.is_active() {
            keep(&services, Allowance::Bytes(gigabytes(limit)));
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

/// In the profile, where every program finds it.
fn keep(services: &Services, allowance: Allowance) {
    let engine = services.engine.clone();
    relm4::spawn(async move {
        if let Err(error) = engine.set_cache_allowance(allowance).await {
            tracing::warn!(%error, "the limit was not taken");
        }
    });
}
