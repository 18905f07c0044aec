//! Servers that can be found in this network without an address.

use std::sync::Arc;

use super::AccountService;
use crate::model::SourceKind;
use crate::source::{Lan, Nearby, jellyfin, plex};

impl AccountService {
    /// Looks for servers in another network from now on, for tests; otherwise in the own one, or where the environment
    /// variable `SPOOL_LAN` says.
    pub fn set_lan(&self, lan: Lan) {
        *self.roster.lan.lock() = lan;
    }

    /// Servers that say that they are in this network, by name. Takes as long as they may take to answer: under 2 s.
    pub async fn discover(&self) -> Vec<Nearby> {
        let roster = Arc::clone(&self.roster);
        let search = async move {
            let lan = roster.lan.lock().clone();
            let (plex, jellyfin) = tokio::join!(plex::discover(&lan), jellyfin::discover(&lan));
            let jellyfin = jellyfin.into_iter().map(|server| Nearby {
                kind: SourceKind::Jellyfin,
                name: server.name,
                address: server.address,
                machine_id: server.machine_id,
            });
            plex.into_iter().chain(jellyfin).collect::<Vec<_>>()
        };
        let mut found = self.runtime.run(search).await;
        found.sort_by(|a, b| (&a.name, &a.machine_id).cmp(&(&b.name, &b.machine_id)));
        found
    }
}
