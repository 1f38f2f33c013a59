//! Which type reads the answer of which route; and the routes whose answers no type of the adapter reads,
//! each with the reason and with what its JSON must have.

use betteroms_emulator::serve::routes::{self, Route};
use betteroms_polymarket::wire::account::{
    ApiKeyAnswer, ApiKeys, BalanceAllowance, ClosedOnly, Heartbeat, OrderScoring, RateLimitTier,
    SessionSigners,
};
use betteroms_polymarket::wire::approvals::Approvals;
use betteroms_polymarket::wire::book::BookAnswer;
use betteroms_polymarket::wire::clob::{ClobMarket, LongMarket, Page};
use betteroms_polymarket::wire::data::{Envelope, ResolutionRow, Single, TradeRow};
use betteroms_polymarket::wire::gamma::{GammaEvent, GammaMarket, GammaTag, SearchAnswer};
use betteroms_polymarket::wire::holdings::{ActivityRow, PositionRow, WalletValue};
use betteroms_polymarket::wire::notice::Notification;
use betteroms_polymarket::wire::order::{CancelAnswer, OpenOrder, OrderAnswer};
use betteroms_polymarket::wire::prices::{ByName, LastTrade, OneNumber, PriceHistory, PricePoint};
use betteroms_polymarket::wire::relayer::{
    Authorization, Deployed, RelayedTransaction, Revocation, TransactionParams,
};
use betteroms_polymarket::wire::rpc::{Quantity, RpcAnswer};
use betteroms_polymarket::wire::trade::Trade;
use betteroms_polymarket::wire::{Numeral, Wire, decode};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a body is read.
enum Form {
    /// By one of the adapter's types.
    Type(fn(&[u8]) -> Result<(), String>),
    /// By hand, as the adapter has no type for it: why, and the JSON pointers that must be there with the
    /// kind of what they point at.
    Hand(&'static str, &'static [(&'static str, &'static str)]),
    /// There is no body.
    Empty,
}

fn of<T: Wire>(body: &[u8]) -> Result<(), String> {
    decode::<T>(body).map(drop).map_err(|error| error.to_string())
}

/// A list under a name, which the adapter takes out before it reads it.
fn under<T: Wire>(body: &[u8], name: &str) -> Result<(), String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let rows = value.get(name).and_then(Value::as_array).ok_or(format!("no list {name}"))?;
    if rows.is_empty() {
        return Err(format!("{name} is empty"));
    }
    of::<Vec<T>>(value[name].to_string().as_bytes())
}

fn gamma_markets(body: &[u8]) -> Result<(), String> {
    under::<GammaMarket>(body, "markets")
}

fn gamma_events(body: &[u8]) -> Result<(), String> {
    under::<GammaEvent>(body, "events")
}

/// Lists that may be empty, and why; any other proves nothing when it is.
const EMPTY: &[(&str, &str)] = &[
    ("clob GET /data/pre-migration-orders", "there was nothing before this venue"),
    ("gamma GET /series", "no market here recurs"),
    ("clob GET /v1/user/session-signers", "a wallet may have no live session"),
    ("clob GET /emulator/faults", "no rule"),
];

const ROOMS: &[&[(&str, Form)]] = &[KEYS, TRADING, PUBLIC, MARKETS, GAMMA, DATA, RELAYER, CONTROL];
const OK: Form = Form::Type(of::<String>);
const NUMBER: Form = Form::Type(of::<OneNumber>);
const MARKET_PAGE: Form = Form::Type(of::<Page<LongMarket>>);
const KEY: Form = Form::Type(of::<ApiKeyAnswer>);
const RELAYED: Form = Form::Type(of::<RelayedTransaction>);
const NOBODY_ASKS: &str = "the adapter never asks this; the venue's own clients do";

const KEYS: &[(&str, Form)] = &[
    ("clob POST /auth/api-key", KEY),
    ("clob GET /auth/derive-api-key", KEY),
    ("clob GET /auth/api-keys", Form::Type(of::<ApiKeys>)),
    ("clob DELETE /auth/api-key", OK),
    ("clob POST /auth/readonly-api-key", KEY),
    ("clob GET /auth/readonly-api-keys", Form::Hand(NOBODY_ASKS, READ_ONLY)),
    ("clob GET /auth/readonly-api-key", Form::Hand(NOBODY_ASKS, READ_ONLY)),
    ("clob DELETE /auth/readonly-api-key", OK),
    ("clob POST /auth/builder-api-key", KEY),
    (
        "clob GET /auth/builder-api-key",
        Form::Hand(NOBODY_ASKS, &[("/0/key", "text"), ("/0/createdAt", "text")]),
    ),
    ("clob DELETE /auth/builder-api-key", OK),
    ("clob GET /auth/ban-status/closed-only", Form::Type(of::<ClosedOnly>)),
];
const READ_ONLY: &[(&str, &str)] = &[("/readonlyApiKeys/0", "text")];

const TRADING: &[(&str, Form)] = &[
    ("clob POST /order", Form::Type(of::<OrderAnswer>)),
    ("clob POST /orders", Form::Type(of::<Vec<OrderAnswer>>)),
    ("clob DELETE /order", Form::Type(of::<CancelAnswer>)),
    ("clob DELETE /orders", Form::Type(of::<CancelAnswer>)),
    ("clob DELETE /cancel-all", Form::Type(of::<CancelAnswer>)),
    ("clob DELETE /cancel-market-orders", Form::Type(of::<CancelAnswer>)),
    ("clob POST /v1/heartbeats", Form::Type(of::<Heartbeat>)),
    ("clob GET /data/orders", Form::Type(of::<Page<OpenOrder>>)),
    ("clob GET /data/pre-migration-orders", Form::Type(of::<Page<OpenOrder>>)),
    ("clob GET /data/order/{id}", Form::Type(of::<OpenOrder>)),
    ("clob GET /data/trades", Form::Type(of::<Page<Trade>>)),
    ("clob GET /balance-allowance", Form::Type(of::<BalanceAllowance>)),
    ("clob GET /balance-allowance/update", Form::Empty),
    ("clob GET /order-scoring", Form::Type(of::<OrderScoring>)),
    ("clob POST /orders-scoring", Form::Type(of::<ByName<bool>>)),
    ("clob GET /notifications", Form::Type(of::<Vec<Notification>>)),
    ("clob DELETE /notifications", OK),
    (
        "clob GET /fees/builder-fees/{code}",
        Form::Hand(
            NOBODY_ASKS,
            &[("/builder_maker_fee_rate_bps", "number"), ("/builder_taker_fee_rate_bps", "number")],
        ),
    ),
    (
        "clob GET /builder/trades",
        Form::Hand(
            "a builder's own report in camel case; the adapter reads its account's trades",
            &[
                ("/data/0/id", "text"),
                ("/data/0/takerOrderHash", "text"),
                ("/data/0/builder", "text"),
                ("/data/0/sizeUsdc", "text"),
                ("/data/0/matchTime", "text"),
                ("/data/0/outcomeIndex", "number"),
                ("/data/0/feeUsdc", "number"),
                ("/next_cursor", "text"),
            ],
        ),
    ),
    ("clob GET /v1/user/session-signers", Form::Type(of::<SessionSigners>)),
    ("clob GET /v1/user/rate-limit-tier", Form::Type(of::<RateLimitTier>)),
];

const PUBLIC: &[(&str, Form)] = &[
    ("clob GET /", OK),
    ("clob GET /ok", OK),
    ("clob GET /time", Form::Type(of::<Numeral>)),
    ("clob GET /version", Form::Type(of::<ByName<Numeral>>)),
    (
        "clob GET /api/geoblock",
        Form::Hand(NOBODY_ASKS, &[("/blocked", "flag"), ("/country", "text")]),
    ),
    ("clob GET /book", Form::Type(of::<BookAnswer>)),
    ("clob POST /books", Form::Type(of::<Vec<BookAnswer>>)),
    ("clob GET /price", NUMBER),
    ("clob POST /prices", Form::Type(of::<ByName<ByName<Numeral>>>)),
    ("clob GET /midpoint", NUMBER),
    ("clob POST /midpoints", Form::Type(of::<ByName<Numeral>>)),
    ("clob GET /spread", NUMBER),
    ("clob POST /spreads", Form::Type(of::<ByName<Numeral>>)),
    ("clob GET /last-trade-price", Form::Type(of::<LastTrade>)),
    ("clob GET /last-trades-prices", Form::Type(of::<Vec<LastTrade>>)),
    ("clob POST /last-trades-prices", Form::Type(of::<Vec<LastTrade>>)),
    ("clob GET /tick-size", NUMBER),
    ("clob GET /tick-size/{token_id}", NUMBER),
    ("clob GET /neg-risk", Form::Type(of::<ByName<bool>>)),
    ("clob GET /neg-risk/{token_id}", Form::Type(of::<ByName<bool>>)),
    ("clob GET /fee-rate", NUMBER),
    ("clob GET /fee-rate/{token_id}", NUMBER),
    ("clob GET /prices-history", Form::Type(of::<PriceHistory>)),
    ("clob POST /batch-prices-history", Form::Type(of::<ByName<ByName<Vec<PricePoint>>>>)),
];

const MARKETS: &[(&str, Form)] = &[
    ("clob GET /markets", MARKET_PAGE),
    ("clob GET /sampling-markets", MARKET_PAGE),
    ("clob GET /simplified-markets", Form::Hand(NOBODY_ASKS, SIMPLE)),
    ("clob GET /sampling-simplified-markets", Form::Hand(NOBODY_ASKS, SIMPLE)),
    ("clob GET /markets/{condition}", Form::Type(of::<LongMarket>)),
    ("clob GET /clob-markets/{condition}", Form::Type(of::<ClobMarket>)),
    ("clob GET /markets-by-token/{token}", Form::Type(of::<ByName<String>>)),
    (
        "clob GET /markets/live-activity/{condition}",
        Form::Hand(
            "recent trades for a page of the web site; the adapter reads them from the Data API",
            &[
                ("/0/event_type", "text"),
                ("/0/market/condition_id", "text"),
                ("/0/size", "text"),
                ("/0/outcome_index", "number"),
                ("/0/timestamp", "text"),
            ],
        ),
    ),
];
const SIMPLE: &[(&str, &str)] = &[
    ("/data/0/condition_id", "text"),
    ("/data/0/rewards/min_size", "number"),
    ("/data/0/tokens/1/token_id", "text"),
    ("/data/0/accepting_orders", "flag"),
    ("/next_cursor", "text"),
];

const GAMMA: &[(&str, Form)] = &[
    ("gamma GET /markets", Form::Type(of::<Vec<GammaMarket>>)),
    ("gamma GET /markets/keyset", Form::Type(gamma_markets)),
    ("gamma GET /markets/slug/{slug}", Form::Type(of::<GammaMarket>)),
    ("gamma GET /markets/{id}", Form::Type(of::<GammaMarket>)),
    ("gamma GET /events", Form::Type(of::<Vec<GammaEvent>>)),
    ("gamma GET /events/keyset", Form::Type(gamma_events)),
    ("gamma GET /events/slug/{slug}", Form::Type(of::<GammaEvent>)),
    ("gamma GET /events/{id}", Form::Type(of::<GammaEvent>)),
    ("gamma GET /public-search", Form::Type(of::<SearchAnswer>)),
    (
        "gamma GET /series",
        Form::Hand("no market here recurs, so no row is ever told", &[("", "list")]),
    ),
    ("gamma GET /tags", Form::Type(of::<Vec<GammaTag>>)),
];

const DATA: &[(&str, Form)] = &[
    ("data GET /positions", Form::Type(of::<Vec<PositionRow>>)),
    (
        "data GET /closed-positions",
        Form::Hand(
            "what a wallet once held is history the adapter has in its own journal",
            &[("/0/conditionId", "text"), ("/0/realizedPnl", "number"), ("/0/timestamp", "number")],
        ),
    ),
    ("data GET /trades", Form::Type(of::<Vec<TradeRow>>)),
    ("data GET /activity", Form::Type(of::<Vec<ActivityRow>>)),
    ("data GET /value", Form::Type(of::<Vec<WalletValue>>)),
    ("data GET /traded", Form::Hand(NOBODY_ASKS, &[("/user", "text"), ("/traded", "number")])),
    (
        "data GET /holders",
        Form::Hand(NOBODY_ASKS, &[("/0/token", "text"), ("/0/holders/0/amount", "number")]),
    ),
    ("data GET /v2/positions", Form::Type(of::<Envelope<PositionRow>>)),
    ("data GET /v2/trades", Form::Type(of::<Envelope<TradeRow>>)),
    ("data GET /v2/activity", Form::Type(of::<Envelope<ActivityRow>>)),
    ("data GET /v2/value", Form::Type(of::<Single<WalletValue>>)),
    ("data GET /v2/approvals", Form::Type(of::<Single<Approvals>>)),
    ("data GET /v2/resolutions", Form::Type(of::<Envelope<ResolutionRow>>)),
    ("data GET /v2/prices-history", Form::Type(of::<Envelope<PricePoint>>)),
];

const RELAYER: &[(&str, Form)] = &[
    ("relayer GET /deployed", Form::Type(of::<Deployed>)),
    ("relayer GET /nonce", Form::Type(of::<ByName<Numeral>>)),
    ("relayer GET /relay-payload", Form::Type(of::<TransactionParams>)),
    ("relayer GET /v1/account/transactions/params", Form::Type(of::<TransactionParams>)),
    ("relayer GET /v1/account/transactions/{id}", RELAYED),
    ("relayer GET /transaction", Form::Type(of::<Vec<RelayedTransaction>>)),
    ("relayer GET /transactions", Form::Type(of::<Vec<RelayedTransaction>>)),
    ("relayer POST /submit", RELAYED),
    ("relayer POST /v1/session-signers/authorizations", Form::Type(of::<Authorization>)),
    ("relayer GET /v1/session-signers/authorizations/{id}", Form::Type(of::<Authorization>)),
    ("relayer POST /v1/session-signers/revocations", Form::Type(of::<Revocation>)),
    ("relayer GET /v1/session-signers/revocations/{id}", Form::Type(of::<Revocation>)),
    ("relayer POST /rpc", Form::Type(of::<RpcAnswer<Quantity>>)),
];

const OURS: &str = "the emulator's own interface: the venue has none, so no adapter reads it";
const DONE: Form = Form::Hand(OURS, &[("/ok", "flag")]);

const CONTROL: &[(&str, Form)] = &[
    (
        "clob GET /emulator",
        Form::Hand(OURS, &[("/what", "text"), ("/time", "text"), ("/open_orders", "number")]),
    ),
    ("clob POST /emulator/clock", Form::Hand(OURS, &[("/time", "text")])),
    ("clob POST /emulator/mode", DONE),
    (
        "clob GET /emulator/ledger",
        Form::Hand(OURS, &[("/audit/balanced", "flag"), ("/wallets/0/cash", "text")]),
    ),
    // One JSON object a line.
    ("clob GET /emulator/log", Form::Type(lines)),
    (
        "clob GET /emulator/faults",
        Form::Hand(OURS, &[("/0/number", "number"), ("/0/rule/on", "text")]),
    ),
    ("clob POST /emulator/faults", Form::Hand(OURS, &[("/number", "number")])),
    ("clob DELETE /emulator/faults", Form::Hand(OURS, &[("", "object")])),
    ("clob DELETE /emulator/faults/{number}", Form::Hand(OURS, &[("", "object")])),
    ("clob POST /emulator/markets/{condition}/open", DONE),
    ("clob POST /emulator/markets/{condition}/pause", DONE),
    ("clob POST /emulator/markets/{condition}/close", DONE),
    ("clob POST /emulator/markets/{condition}/resolve", DONE),
    ("clob POST /emulator/markets/{condition}/tick", DONE),
    ("clob POST /emulator/crowd", Form::Hand(OURS, &[("/trades/0", "text")])),
    ("clob POST /emulator/trades/{id}", DONE),
    (
        "clob GET /emulator/accounts",
        Form::Hand(OURS, &[("/0/address", "text"), ("/0/holds/cash", "text")]),
    ),
    ("clob POST /emulator/accounts/{address}", DONE),
];

fn lines(body: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let read = |line| serde_json::from_str::<Value>(line).map_err(|error| error.to_string());
    let lines = text.lines().map(read).collect::<Result<Vec<_>, _>>()?;
    let is_line = |line: &Value| line["seq"].is_u64() && line["topic"].is_string();
    if !lines.is_empty() && lines.iter().all(is_line) { Ok(()) } else { Err("no log".to_owned()) }
}

/// A route's name here.
pub(super) fn name(route: &Route) -> String {
    format!("{} {} {}", route.service.word(), route.method, route.pattern)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Reads a route's body; what is wrong with it.
pub(super) fn read(route: &str, body: &[u8]) -> Result<(), String> {
    let mut rows = ROOMS.iter().flat_map(|room| room.iter());
    let (_, form) = rows.find(|(name, _)| *name == route).ok_or("the table has no such route")?;
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let list =
        ["data", "history", "apiKeys", "canceled", "signers"].iter().find_map(|n| value.get(n));
    let list = list.unwrap_or(&value);
    let is_empty = list.as_array().is_some_and(Vec::is_empty)
        || list.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty && !EMPTY.iter().any(|(name, _)| *name == route) {
        return Err("an empty list proves nothing".to_owned());
    }
    match form {
        Form::Type(read) => read(body),
        Form::Empty if body.is_empty() => Ok(()),
        Form::Empty => Err("there is a body".to_owned()),
        Form::Hand(_, wanted) => {
            let wrong = wanted.iter().find(|(at, is)| value.pointer(at).map(kind) != Some(is));
            wrong.map_or(Ok(()), |(at, is)| Err(format!("at `{at}` there is no {is}")))
        }
    }
}

#[test]
fn every_route_has_its_row_and_every_row_its_route() {
    let all: BTreeSet<String> = routes::all().map(name).collect();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, form) in ROOMS.iter().flat_map(|room| room.iter()) {
        *rows.entry(name).or_default() += 1;
        if let Form::Hand(why, wanted) = form {
            assert!(!why.is_empty() && !wanted.is_empty(), "{name}");
        }
    }
    assert!(rows.values().all(|count| *count == 1), "{rows:?}");
    let rows: BTreeSet<String> = rows.into_keys().map(str::to_owned).collect();
    assert_eq!(all, rows);
    assert!(EMPTY.iter().all(|(name, why)| rows.contains(*name) && !why.is_empty()));
}

#[test]
fn what_is_no_answer_is_not_read() {
    for (route, body) in [
        ("clob GET /book", r#"{"market":"0x1"}"#),
        ("clob GET /data/trades", r#"{"data":[{"id":"1"}],"next_cursor":"LTE="}"#),
        ("clob GET /data/orders", r#"{"data":[],"next_cursor":"LTE="}"#),
        ("data GET /holders", r#"[{"token":1}]"#),
        ("clob GET /balance-allowance/update", "{}"),
    ] {
        assert!(read(route, body.as_bytes()).is_err(), "{route}");
    }
}
