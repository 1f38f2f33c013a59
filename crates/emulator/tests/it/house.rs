//! An emulator with its doors open, and the two ways to talk to it: a client, and bare bytes.

use betteroms_core::market::{ConditionId, Gate, Market};
use betteroms_core::money::{Shares, Tick};
use betteroms_emulator::clock::Clock;
use betteroms_emulator::fault::Faults;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Call;
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::desk::Desk;
use betteroms_emulator::serve::{Open, Ports, open};
use betteroms_emulator::venue::market::Listing;
use betteroms_emulator::venue::{Settings, Venue};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The market that [`House::list`] lists.
pub(crate) const CONDITION: &str =
    "0x00000000000000000000000000000000000000000000000000000000000000c1";
pub(crate) const YES: &str =
    "102562980241399842340754882821350311201914838624536401554312024655151357472351";
pub(crate) const NO: &str =
    "25686291775041830600447990331333336688409335592148301477898066039324968927657";

/// A call that nobody made, to reach the venue past its doors.
pub(crate) fn nobody() -> Call {
    Call {
        number: 0,
        service: Service::Clob,
        method: String::new(),
        path: String::new(),
        captured: BTreeMap::new(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: bytes::Bytes::new(),
    }
}

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
        Self::under(Settings::default(), clock).await
    }

    pub(crate) async fn under(settings: Settings, clock: Clock) -> Self {
        let venue = Venue::new(settings, clock.now());
        Self::around(Desk::new(venue, clock, Log::default(), Faults::default())).await
    }

    /// Opens the doors of a desk.
    pub(crate) async fn around(desk: Desk) -> Self {
        let desk = Arc::new(desk);
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

    /// A call of the control interface: its status and its answer.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let method = method.parse().unwrap();
        let request = self.client.request(method, self.clob(path)).body(body.to_owned());
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Sets a fault; its number.
    pub(crate) async fn fault(&self, rule: &str) -> u64 {
        let (status, body) = self.control("POST", "/emulator/faults", rule).await;
        assert_eq!(status, 200, "{body}");
        body["number"].as_u64().unwrap()
    }

    /// Lists a market of two tokens on a grid of a cent.
    pub(crate) fn list(&self) {
        let market = Market {
            condition: ConditionId::new(CONDITION),
            slug: "it-rains".to_owned(),
            question: "Does it rain?".to_owned(),
            outcomes: ["Yes".to_owned(), "No".to_owned()],
            tokens: [YES.to_owned(), NO.to_owned()],
            tick: Tick::CENT,
            min_size: Shares::from_units(5),
            fee: None,
            category: None,
            neg_risk: false,
            gate: Gate::Accepting,
            close: None,
            resolution: None,
            result_recorded: None,
            max_book_age_secs: None,
            assumed: BTreeSet::new(),
        };
        let listing = Listing::plain(market);
        self.desk.with(&nobody(), |venue| venue.list(listing)).unwrap();
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
