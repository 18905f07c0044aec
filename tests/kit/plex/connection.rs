//! Ways to a server as plex.tv lists them.

use crate::fake_server::FakeServer;

/// A way to a server, as `resources` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Address to use verbatim.
    pub uri: String,
    /// Host or IP address behind it.
    pub address: String,
    /// Port.
    pub port: u16,
    /// In a private network.
    pub local: bool,
    /// Through plex.tv's relay.
    pub relay: bool,
}

impl Connection {
    /// A plain connection to a server of this kit.
    #[must_use]
    pub fn plain(server: &FakeServer) -> Self {
        Self {
            uri: format!("http://127.0.0.1:{}", server.port()),
            address: "127.0.0.1".into(),
            port: server.port(),
            local: true,
            relay: false,
        }
    }

    /// The way through a `plex.direct` name, which no name server here knows. The port speaks no TLS: `https` fails.
    #[must_use]
    pub fn direct(server: &FakeServer, scheme: &str) -> Self {
        Self {
            uri: format!(
                "{scheme}://127-0-0-1.0123456789abcdef.plex.direct:{}",
                server.port()
            ),
            ..Self::plain(server)
        }
    }

    /// The same, as somebody else's network sees it.
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.local = false;
        self
    }

    /// The same, through the relay.
    #[must_use]
    pub fn relayed(mut self) -> Self {
        self.local = false;
        self.relay = true;
        self
    }
}
