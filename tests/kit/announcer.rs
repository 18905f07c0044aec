//! What servers answer to a question that was asked of everybody in their network, on loopback.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::fake_server::FakeServer;
use crate::plex::Plex;

/// The question of Plex's players.
const GDM: &str = "M-SEARCH * HTTP/1.";

/// Answers for servers of this kit as they would answer broadcasts; ends when it is dropped.
#[derive(Debug)]
pub struct Announcer {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Told {
    plex: Vec<String>,
    heard: Vec<String>,
}

impl Announcer {
    /// Starts it; nobody is there yet.
    ///
    /// # Panics
    /// The system gives no port.
    #[must_use]
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port on loopback");
        let address = socket.local_addr().expect("a socket has an address");
        let (told, ended) = (Arc::<Mutex<Told>>::default(), Arc::<AtomicBool>::default());
        let (known, end) = (Arc::clone(&told), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let question = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let answers = known.lock().answers(question);
                for answer in answers {
                    socket.send_to(answer.as_bytes(), from).ok();
                }
            }
        });
        Self {
            address,
            told,
            ended,
            thread: Some(thread),
        }
    }

    /// Where it is to be asked.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets a server's Plex face be found.
    pub fn plex(&self, server: &FakeServer) {
        self.claim(server.plex(), server.port());
    }

    /// Announces a server at a port of this computer, whoever answers there.
    pub fn claim(&self, face: &Plex, port: u16) {
        let answer = format!(
            "HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nHost: 0123456789abcdef.plex.direct\r\n\
             Name: {}\r\nPort: {}\r\nResource-Identifier: {}\r\nUpdated-At: 1700000000\r\nVersion: {}\r\n\r\n",
            face.name(),
            port,
            face.machine_id(),
            face.version(),
        );
        self.told.lock().plex.push(answer);
    }

    /// Questions so far.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.told.lock().heard.clone()
    }
}

impl Told {
    fn answers(&mut self, question: String) -> Vec<String> {
        let answers = match question.starts_with(GDM) {
            true => self.plex.clone(),
            false => Vec::new(),
        };
        self.heard.push(question);
        answers
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let awake = UdpSocket::bind("127.0.0.1:0").and_then(|own| own.send_to(b"", self.address));
        if let (Ok(_), Some(thread)) = (awake, self.thread.take()) {
            thread.join().ok();
        }
    }
}
