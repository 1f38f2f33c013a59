//! A small venue on a loopback port: markets, books and public trades of ours, in the venue's shapes, that
//! a test changes between two runs of the binary.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;

/// Seconds of the clock; the binary reads the same one.
pub(crate) fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("a time")
}

pub(crate) fn condition(n: u64) -> String {
    format!("0x{n:064x}")
}

/// One market: its descriptions, its book in terms of its first token, its trades.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) gamma: Value,
    pub(crate) book: Option<Value>,
    pub(crate) trades: Vec<Value>,
}

impl Market {
    /// The nth market, open, with a tick of a cent and a fee of 4 %.
    pub(crate) fn new(n: u64, slug: &str) -> Self {
        let gamma = json!({
            "id": n.to_string(), "question": format!("Will {slug}?"), "conditionId": condition(n),
            "slug": slug, "outcomes": "[\"Yes\", \"No\"]", "outcomePrices": "[\"0.4\", \"0.6\"]",
            "clobTokenIds": format!("[\"{}\", \"{}\"]", 2 * n, 2 * n + 1),
            "active": true, "closed": false, "archived": false, "acceptingOrders": true,
            "enableOrderBook": true, "negRisk": false, "orderPriceMinTickSize": 0.01,
            "orderMinSize": 5, "feesEnabled": true, "feeType": "politics_fees_v2",
            "feeSchedule": {"exponent": 1, "rate": 0.04, "takerOnly": true, "rebateRate": 0.25},
            "endDate": "2031-12-31T00:00:00Z", "updatedAt": "2026-11-01T00:00:00Z"
        });
        Self { gamma, book: None, trades: Vec::new() }
    }

    fn number(&self) -> u64 {
        self.gamma["id"].as_str().and_then(|id| id.parse().ok()).expect("a number")
    }

    /// The same market in the order book service's form.
    fn clob(&self) -> Value {
        let n = self.number();
        json!({
            "c": condition(n), "mts": 0.01, "mos": 5, "mbf": 1000, "tbf": 1000, "ao": true,
            "t": [{"t": (2 * n).to_string(), "o": "Yes"}, {"t": (2 * n + 1).to_string(), "o": "No"}],
            "fd": {"r": 0.04, "e": 1, "to": true}
        })
    }

    /// Sets the first token's book as of so many seconds ago; levels are (price, size), best first.
    pub(crate) fn book(&mut self, age: i64, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        let levels = |side: &[(&str, &str)]| -> Vec<Value> {
            // The venue lists the worst level first.
            side.iter().rev().map(|(price, size)| json!({"price": price, "size": size})).collect()
        };
        let n = self.number();
        self.book = Some(json!({
            "market": condition(n), "asset_id": (2 * n).to_string(),
            "timestamp": ((clock() - age) * 1_000).to_string(), "hash": "0xabc",
            "bids": levels(bids), "asks": levels(asks), "min_order_size": "5", "tick_size": "0.01",
            "neg_risk": false, "last_trade_price": "0.40"
        }));
    }

    /// Adds a public trade of the first token whose taker is on `side`.
    pub(crate) fn print(&mut self, at: i64, side: &str, price: f64, size: f64) {
        let n = self.number();
        let tx = format!("0x{:x}", self.trades.len() + 1);
        self.trades.insert(
            0,
            json!({
                "proxy_wallet": "0x1", "side": side, "token_id": (2 * n).to_string(),
                "condition_id": condition(n), "size": size, "price": price, "timestamp": at,
                "outcome_index": 0, "transaction_hash": tx
            }),
        );
    }

    /// Ends the market: the first outcome pays this much, as the venue writes it.
    pub(crate) fn resolve(&mut self, first: &str, second: &str) {
        for (name, value) in [
            ("closed", json!(true)),
            ("acceptingOrders", json!(false)),
            ("outcomePrices", json!(format!("[\"{first}\", \"{second}\"]"))),
            ("umaResolutionStatus", json!("resolved")),
            ("closedTime", json!(betteroms_core::time::Time::from_secs(clock()).to_string())),
        ] {
            self.gamma[name] = value;
        }
    }
}

/// What the venue knows, and how often it was asked for what.
#[derive(Debug, Default)]
pub(crate) struct Hall {
    pub(crate) markets: Vec<Market>,
    pub(crate) asked: BTreeMap<String, usize>,
    /// Answers every request with this status instead.
    pub(crate) broken: Option<u16>,
}

/// A running venue; gone when dropped.
#[derive(Debug)]
pub(crate) struct Venue {
    pub(crate) url: String,
    pub(crate) hall: Arc<Mutex<Hall>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Venue {
    pub(crate) fn open(markets: Vec<Market>) -> Self {
        let hall = Arc::new(Mutex::new(Hall { markets, ..Hall::default() }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        let app = Router::new().fallback(answer).with_state(hall.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    done = axum::serve(listener, app) => done.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        Self { url, hall, stop: Some(stop), thread: Some(thread) }
    }

    /// Changes what the venue knows.
    pub(crate) fn change(&self, how: impl FnOnce(&mut Hall)) {
        how(&mut self.hall.lock().expect("the hall"));
    }

    /// Changes the market with this place in the list.
    pub(crate) fn market(&self, place: usize, how: impl FnOnce(&mut Market)) {
        self.change(|hall| how(&mut hall.markets[place]));
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the venue ran well");
        }
    }
}

type Answer = (StatusCode, [(header::HeaderName, &'static str); 1], String);

async fn answer(State(hall): State<Arc<Mutex<Hall>>>, uri: Uri, body: Bytes) -> Answer {
    let mut hall = hall.lock().expect("the hall");
    let path = uri.path().to_owned();
    let route = path.split('/').nth(1).unwrap_or_default().to_owned();
    *hall.asked.entry(route).or_default() += 1;
    let (status, value) = match hall.broken {
        Some(status) => (status, json!({"error": "out of order"})),
        None => {
            told(&hall, &path, uri.query().unwrap_or_default(), &String::from_utf8_lossy(&body))
        }
    };
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string())
}

/// The answer to one request.
fn told(hall: &Hall, path: &str, query: &str, body: &str) -> (u16, Value) {
    let asked: Vec<(&str, &str)> =
        query.split('&').filter_map(|part| part.split_once('=')).collect();
    let has = |name: &str, value: &Value| asked.iter().any(|(k, v)| *k == name && value == v);
    if let Some(id) = path.strip_prefix("/clob-markets/") {
        let found = hall.markets.iter().find(|market| market.gamma["conditionId"] == id);
        return match found {
            Some(market) => (200, market.clob()),
            None => (404, json!({"error": "market not found"})),
        };
    }
    match path {
        "/markets" => {
            let closed = asked.contains(&("closed", "true"));
            let named = |market: &&Value| {
                has("condition_ids", &market["conditionId"])
                    || has("id", &market["id"])
                    || has("slug", &market["slug"])
            };
            let markets = hall.markets.iter().map(|market| &market.gamma);
            let open = markets.filter(|market| market["closed"] == closed);
            (200, open.filter(named).cloned().collect())
        }
        "/books" => {
            let books = hall.markets.iter().filter_map(|market| market.book.clone());
            let wanted = |book: &Value| {
                book["asset_id"].as_str().is_some_and(|id| body.contains(&format!("\"{id}\"")))
            };
            (200, books.filter(wanted).collect())
        }
        "/v2/trades" => {
            let of = |market: &&Market| has("condition", &market.gamma["conditionId"]);
            let rows = hall.markets.iter().find(of).map_or(&[][..], |market| &market.trades);
            let page = json!({"limit": 1000, "offset": 0, "has_more": false, "next_cursor": null});
            (200, json!({"data": rows, "pagination": page}))
        }
        "/public-search" => {
            let markets: Vec<&Value> = hall.markets.iter().map(|market| &market.gamma).collect();
            let event = json!({"id": "1", "title": "A fair day", "slug": "a-fair-day", "closed": false,
                               "active": true, "markets": markets});
            (200, json!({"events": [event], "pagination": {"hasMore": false, "totalResults": 1}}))
        }
        _ => (404, json!({"error": "not found"})),
    }
}
