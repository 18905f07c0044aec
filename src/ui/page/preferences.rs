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
        .active(true)
        .build();
    let limit = adw::SpinRow::with_range(1.0, f64::from(MOST), 1.0);
    limit.set_title(&gettext("Limit in GB"));
    let rows = Rows {
        usage,
        automatic,
        limit,
    };
    group.add(&rows.usage);
    group.add(&rows.automatic);
    group.add(&rows.limit);
    let services = services.clone();
    gtk::glib::spawn_future_local(async move {
        if let Some(allowance) = rows.show(&services).await {
            rows.begin(allowance);
            rows.follow(&services);
        }
    });
    let page = adw::PreferencesPage::new();
    page.add(&group);
    let dialog = adw::PreferencesDialog::builder()
        .title(gettext("Preferences"))
        .content_width(480)
        .build();
    dialog.add(&page);
    dialog.present(Some(window));
}

/// The rows about storage. Clones are the same rows.
#[derive(Clone)]
struct Rows {
    usage: adw::ActionRow,
    automatic: adw::SwitchRow,
    limit: adw::SpinRow,
}

impl Rows {
    /// Shows what was chosen, for the first time.
    fn begin(&self, allowance: Allowance) {
        if let Allowance::Bytes(bytes) = allowance {
            self.show_limit(bytes);
        }
        let chosen = allowance != Allowance::Auto;
        self.automatic.set_active(!chosen);
        self.limit.set_sensitive(chosen);
    }

    /// Shows what is used, and the limit as the disk allows it; gives what was chosen.
    async fn show(&self, services: &Services) -> Option<Allowance> {
        let usage = services.engine.cache.usage().await.ok()?;
        let (used, of) = (format::bytes(usage.disk_bytes), format::bytes(usage.limit));
        // Translators: {used} and {limit} are sizes such as "1.2 GB".
        self.usage.set_subtitle(&gettext_f(
            "{used} of {limit}",
            &[("used", &used), ("limit", &of)],
        ));
        // A number that a person is choosing stays as it is.
        if usage.allowance == Allowance::Auto {
            self.show_limit(usage.limit);
        }
        Some(usage.allowance)
    }

    fn show_limit(&self, bytes: u64) {
        let shown = u32::try_from(bytes / GB).unwrap_or(MOST).clamp(1, MOST);
        self.limit.set_value(f64::from(shown));
    }

    /// Does what the person chooses; to be called once the rows show what is so.
    fn follow(&self, services: &Services) {
        let (rows, of) = (self.downgrade(), services.clone());
        self.automatic.connect_active_notify(move |_| {
            if let Some(rows) = rows() {
                rows.limit.set_sensitive(!rows.automatic.is_active());
                rows.keep(&of);
            }
        });
        let (rows, of) = (self.downgrade(), services.clone());
        self.limit.connect_value_notify(move |_| {
            // While the program chooses, the number only shows what it chose.
            if let Some(rows) = rows().filter(|rows| !rows.automatic.is_active()) {
                rows.keep(&of);
            }
        });
    }

    fn keep(&self, services: &Services) {
        let allowance = if self.automatic.is_active() {
            Allowance::Auto
        } else {
            Allowance::Bytes(gigabytes(&self.limit))
        };
        let (rows, services) = (self.clone(), services.clone());
        gtk::glib::spawn_future_local(async move {
            if let Err(error) = services.engine.set_cache_allowance(allowance).await {
                tracing::warn!(%error, "the limit was not taken");
            }
            rows.show(&services).await;
        });
    }

    /// The rows as long as they live, for their own callbacks.
    fn downgrade(&self) -> impl Fn() -> Option<Self> + 'static {
        let (usage, automatic, limit) = (
            self.usage.downgrade(),
            self.automatic.downgrade(),
            self.limit.downgrade(),
        );
        move || {
            Some(Self {
                usage: usage.upgrade()?,
                automatic: automatic.upgrade()?,
                limit: limit.upgrade()?,
            })
        }
    }
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
