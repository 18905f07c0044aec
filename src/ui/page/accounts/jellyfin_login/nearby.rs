//! The list of servers that answer in this network.

use adw::prelude::*;
use gtk::glib;
use relm4::Sender;

use super::{JellyfinLogin, LoginInput};
use crate::i18n::gettext;

/// A row for each server; hidden where there is none.
#[derive(Debug)]
pub(super) struct Nearby {
    pub(super) root: adw::PreferencesGroup,
    looking: adw::Spinner,
    rows: Vec<adw::ActionRow>,
    shown: Vec<String>,
}

impl Nearby {
    pub(super) fn new() -> Self {
        let looking = adw::Spinner::builder()
            .tooltip_text(gettext("Looking for servers"))
            .build();
        let root = adw::PreferencesGroup::builder()
            .title(gettext("In This Network"))
            .header_suffix(&looking)
            .name("nearby")
            .visible(false)
            .build();
        Self {
            root,
            looking,
            rows: Vec::new(),
            shown: Vec::new(),
        }
    }

    pub(super) fn show(&mut self, state: &JellyfinLogin, input: &Sender<LoginInput>) {
        self.looking.set_visible(state.looking);
        self.root
            .set_visible(state.looking || !state.nearby.is_empty());
        self.root.set_sensitive(!state.busy);
        let servers = state.nearby.iter();
        let now: Vec<String> = servers.map(|server| server.machine_id.clone()).collect();
        if now == self.shown {
            return;
        }
        self.shown = now;
        for row in self.rows.drain(..) {
            self.root.remove(&row);
        }
        for server in &state.nearby {
            let address = server.address.as_str().trim_end_matches('/').to_owned();
            let row = adw::ActionRow::builder()
                .title(glib::markup_escape_text(&server.name))
                .subtitle(glib::markup_escape_text(&address))
                .name(format!("nearby-{}", server.name))
                .activatable(true)
                .build();
            row.add_prefix(&gtk::Image::from_icon_name("network-server-symbolic"));
            row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
            let sender = input.clone();
            row.connect_activated(move |_| {
                sender.emit(LoginInput::AddressEntered(address.clone()));
            });
            self.root.add(&row);
            self.rows.push(row);
        }
    }
}
