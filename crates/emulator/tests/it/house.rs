//! An emulator with its doors open, and the two ways to talk to it: a client, and bare bytes.

use betteroms_emulator::clock::Clock;
use betteroms_emulator::fault::Faults;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::desk::Desk;
use betteroms_emulator::serve::{Open, Ports, open};
use betteroms_emulator::venue::{Settings, Venue};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An open emulator. Its clock is the wall's.
pub(crate) struct House {
    pub(crate) desk: Arc<Desk>,
    pub(crate) open: Open,
    pub(crate) client: reqwest::Client,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Clock::wall()).await
    }

    pub(crate) async fn with(clock: Clock) -> Self {
        let venue = Venue::new(Settings::default(), clock.now());
        let desk = Arc::new(Desk::new(venue, clock, Log::default(), Faults::default()));
        let open = open(Arc::clone(&desk), Ports::default()).await.unwrap();
        // The client wants one even where nothing is encrypted; only the first test of a process is first.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy();
        Self { desk, open, client: client.build().unwrap() }
    }

    /// A URL of the CLOB's host.
    pub(crate) fn clob(&self, path: &str) -> String {
        format!("{}{path}", self.open.url(Service::Clob))
    }

    /// Sends bare bytes to the CLOB's host and reads until it hangs up or nothing comes for a second.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.open.address(Service::Clob)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let (mut all, mut piece) = (Vec::new(), [0; 65_536]);
        let wait = Duration::from_secs(1);
        while let Ok(Ok(length)) = tokio::time::timeout(wait, stream.read(&mut piece)).await {
            if length == 0 {
                break;
            }
            all.extend_from_slice(&piece[..length]);
        }
        all
    }
}
