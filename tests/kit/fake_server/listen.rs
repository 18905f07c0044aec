//! The port and the threads behind it.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::Shared;
use super::connection::Connection;

/// The kernel takes this much ahead of the client, so "sent" in the log runs little ahead of "received".
const SEND_BUFFER: u32 = 64 << 10;

/// The port and the threads behind it.
#[derive(Debug)]
pub(super) struct Host {
    runtime: Option<Runtime>,
    address: SocketAddr,
    /// Bound and never listening: keeps the port ours, and refusing, while the server is stopped.
    _reservation: TcpSocket,
    listening: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

fn bound(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    Ok(socket)
}

impl Host {
    pub(super) fn new(port: u16) -> Self {
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(2)
            .thread_name("fake-server")
            .enable_all();
        let runtime = builder.build().expect("the system gives threads");
        let wanted = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port).into();
        let guard = runtime.enter();
        let reservation = bound(wanted).unwrap_or_else(|error| panic!("port {port}: {error}"));
        let address = reservation
            .local_addr()
            .expect("a bound socket has an address");
        drop(guard);
        Self {
            runtime: Some(runtime),
            address,
            _reservation: reservation,
            listening: None,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn open(&mut self, shared: &Arc<Shared>) {
        let Some(runtime) = self.runtime.as_ref().filter(|_| self.listening.is_none()) else {
            return;
        };
        let guard = runtime.enter();
        let socket = bound(self.address).expect("the port is reserved");
        let listener = socket.listen(1024).expect("the port is free");
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(accept(listener, Arc::clone(shared), stopped));
        drop(guard);
        self.listening = Some((stop, task));
    }

    /// Returns when all sockets are closed.
    pub(super) fn close(&mut self) {
        let Some((stop, task)) = self.listening.take() else {
            return;
        };
        stop.send(()).ok();
        while !task.is_finished() {
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.close();
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime inside an asynchronous test panics; this way is allowed there.
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(Connection::run(stream, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    connections.shutdown().await;
}
