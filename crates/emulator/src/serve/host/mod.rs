//! How a request comes in and its answer goes out: ports, connections, limits, faults. What is answered is
//! decided in the rooms beside.
//!
//! [`open`] binds the ports; `dispatch` takes a request to its handler, `course` takes the call through its
//! faults, which `strike` carries out; `line` is the connection below; `upgrade` leads to the sockets.

mod body;
mod course;
mod dispatch;
pub(in crate::serve) mod edge;
mod line;
pub(in crate::serve) mod strike;
pub(in crate::serve) mod upgrade;

use crate::serve::call::Service;
use crate::serve::desk::Desk;
use dispatch::Host;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use line::{Ending, Line};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// How long a client may take to send its request's head, also when it is an idle connection's next one.
const HEAD_WAIT: Duration = Duration::from_secs(30);
/// The most headers of a request, and the most bytes of its head.
const HEADERS_MOST: usize = 64;
const HEAD_MOST: usize = 64 * 1024;
/// The most connections of one host at a time; further ones are closed at once.
const CONNECTIONS_MOST: usize = 4_096;
/// The longest the timer sleeps: something earlier may be put on the agenda, or the clock set, meanwhile.
const NAP_MOST: Duration = Duration::from_millis(10);

/// Where the doors are. A port of 0 is chosen by the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The interface.
    pub ip: IpAddr,
    /// The ports, in the order of [`Service::ALL`].
    pub ports: [u16; 4],
}

impl Default for Ports {
    /// The loopback, on ports the system chooses.
    fn default() -> Self {
        Self { ip: Ipv4Addr::LOCALHOST.into(), ports: [0; 4] }
    }
}

/// Open doors. They close when this is dropped.
#[derive(Debug)]
pub struct Open {
    addresses: [SocketAddr; 4],
    tasks: Vec<JoinHandle<()>>,
}

impl Open {
    /// The address of a host.
    pub fn address(&self, service: Service) -> SocketAddr {
        let found = Service::ALL.into_iter().zip(self.addresses).find(|(of, _)| *of == service);
        found.expect("all hosts have a door").1
    }

    /// The URL of a host, without a slash at its end.
    pub fn url(&self, service: Service) -> String {
        format!("http://{}", self.address(service))
    }

    /// Closes the doors and every connection, and waits until the ports are free.
    pub async fn close(mut self) {
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            // It was aborted, and says so.
            task.await.ok();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Opens the doors of a venue: four hosts, and a timer that lets happen what is due.
///
/// # Errors
/// When a port cannot be bound.
pub async fn open(desk: Arc<Desk>, bind: Ports) -> io::Result<Open> {
    let mut listeners = Vec::with_capacity(Service::ALL.len());
    let mut addresses = [SocketAddr::new(bind.ip, 0); 4];
    for ((service, port), address) in Service::ALL.into_iter().zip(bind.ports).zip(&mut addresses) {
        // Which of the four it was is what somebody wants to know whose ports are taken.
        let listener = TcpListener::bind((bind.ip, port)).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{}:{port} ({}): {error}", bind.ip, service.word()),
            )
        })?;
        *address = listener.local_addr()?;
        listeners.push((service, listener));
    }
    let host = Arc::new(Host::new(Arc::clone(&desk)));
    let accept = listeners
        .into_iter()
        .map(|(service, listener)| tokio::spawn(accept(Arc::clone(&host), service, listener)));
    let mut tasks: Vec<JoinHandle<()>> = accept.collect();
    tasks.push(tokio::spawn(keep_time(desk)));
    Ok(Open { addresses, tasks })
}

/// Lets happen what is due, when it is due.
async fn keep_time(desk: Arc<Desk>) {
    loop {
        let next = desk.tick();
        let wait = next.and_then(|next| desk.clock.wait_for(next)).unwrap_or(NAP_MOST);
        tokio::time::sleep(wait.clamp(Duration::from_millis(1), NAP_MOST)).await;
    }
}

/// Takes connections until the task is aborted, and all of them with it.
async fn accept(host: Arc<Host>, service: Service, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, peer)) if connections.len() < CONNECTIONS_MOST => {
                connections.spawn(attend(Arc::clone(&host), (service, peer.ip()), stream));
            }
            Ok(_) => {}
            // No more files, or a client that was gone before we looked: neither is a reason to stop.
            Err(_) => tokio::time::sleep(NAP_MOST).await,
        }
    }
}

/// Serves one connection to its end.
async fn attend(host: Arc<Host>, (service, peer): (Service, IpAddr), stream: TcpStream) {
    // Without it small answers wait for the client's acknowledgement.
    stream.set_nodelay(true).ok();
    let ending = Arc::new(Ending::default());
    let taken = Arc::new(upgrade::Taken::default());
    let line = TokioIo::new(Line::new(stream, Arc::clone(&ending)));
    let answer = |request| {
        let (host, ending, taken) = (Arc::clone(&host), Arc::clone(&ending), Arc::clone(&taken));
        async move { dispatch::answer(&host, (service, peer), request, &ending, &taken).await }
    };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_headers(HEADERS_MOST)
        .max_buf_size(HEAD_MOST)
        .serve_connection(line, service_fn(answer))
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!("a connection of {} ended early: {error}", service.word());
    }
    ending.play().await;
    taken.serve(&host).await;
}
