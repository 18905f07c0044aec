//! A Jellyfin server's answer to "who is there" on a UDP port of loopback, right and wrong ones.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use crate::fake_server::FakeServer;

/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// Answers each datagram that asks for Jellyfin servers with the same texts. Dropping it ends it.
#[derive(Debug)]
pub struct Beacon {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Beacon {
    /// One that names `server` under the address it has.
    ///
    /// # Panics
    /// The system gives no port or thread.
    #[must_use]
    pub fn of(server: &FakeServer) -> Self {
        Self::saying(vec![Self::answer(server, &server.address())])
    }

    /// What a server says that believes to be at `address`.
    #[must_use]
    pub fn answer(server: &FakeServer, address: &str) -> Vec<u8> {
        let id = server.jellyfin().server_id();
        let answer =
            json!({ "Address": address, "Id": id, "Name": "Attic", "EndpointAddress": null });
        answer.to_string().into_bytes()
    }

    /// One that answers with all of these.
    ///
    /// # Panics
    /// The system gives no port or thread.
    #[must_use]
    pub fn saying(answers: Vec<Vec<u8>>) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        socket
            .set_read_timeout(Some(LOOK))
            .expect("a socket takes a time-out");
        let address = socket.local_addr().expect("a bound socket has an address");
        let (asked, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (count, end) = (Arc::clone(&asked), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 256];
            while !end.load(Ordering::Acquire) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                let asked = String::from_utf8_lossy(&buffer[..length]).to_lowercase();
                if !asked.contains("who is jellyfinserver?") {
                    continue;
                }
                count.fetch_add(1, Ordering::AcqRel);
                for answer in &answers {
                    socket.send_to(answer, from).ok();
                }
            }
        });
        Self {
            address,
            asked,
            ended,
            thread: Some(thread),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Acquire)
    }
}

impl Drop for Beacon {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
