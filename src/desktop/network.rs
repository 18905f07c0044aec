//! What the system says of the network, told to the engine.

use gtk::gio;
use gtk::gio::prelude::*;
use spool_engine::Engine;

/// Follows the system's network monitor. Dropping it ends that.
#[derive(Debug)]
pub struct NetworkWatch {
    monitor: gio::NetworkMonitor,
    handler: Option<gtk::glib::SignalHandlerId>,
}

impl NetworkWatch {
    /// Tells the engine now and at every change; `changed` is called on the window's thread with the new availability.
    ///
    /// A monitor that says *no network* still allows loopback, so a server on this computer keeps working: only the
    /// engine's own check decides about an account.
    #[must_use]
    pub fn start(engine: &Engine, changed: impl Fn(bool) + 'static) -> Self {
        let monitor = gio::NetworkMonitor::default();
        let (accounts, cache) = (engine.accounts.clone(), engine.cache.clone());
        let tell = move |monitor: &gio::NetworkMonitor, available: bool| {
            accounts.set_network(available);
            cache.set_network(available, monitor.is_network_metered());
            changed(available);
        };
        tell(&monitor, monitor.is_network_available());
        let handler = monitor.connect_network_changed(move |monitor, available| {
            tracing::info!(available, "network changed");
            tell(monitor, available);
        });
        Self {
            monitor,
            handler: Some(handler),
        }
    }
}

impl Drop for NetworkWatch {
    fn drop(&mut self) {
        if let Some(handler) = self.handler.take() {
            self.monitor.disconnect(handler);
        }
    }
}
