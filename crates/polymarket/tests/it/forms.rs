//! What every form of the trading answers refuses: a missing field, another type, another shape. No
//! recording is needed, so these always run.

use betteroms_polymarket::wire::account::{
    ApiKeys, BalanceAllowance, ClosedOnly, Heartbeat, OrderScoring, RateLimitTier, SessionSigners,
};
use betteroms_polymarket::wire::approvals::Approvals;
use betteroms_polymarket::wire::frames::{Event, Frame};
use betteroms_polymarket::wire::holdings::{ActivityRow, PositionRow, WalletValue};
use betteroms_polymarket::wire::notice::Notification;
use betteroms_polymarket::wire::order::{CancelAnswer, OpenOrder, OrderAnswer};
use betteroms_polymarket::wire::relayer::{
    Authorization, Deployed, RelayedTransaction, Revocation, TransactionParams,
};
use betteroms_polymarket::wire::{Malformed, Problem, Wire, decode};
use serde_json::{Value, json};

type Refuse = fn(&[u8]) -> Option<Malformed>;

fn refuse<T: Wire>(bytes: &[u8]) -> Option<Malformed> {
    decode::<T>(bytes).err()
}

fn order() -> Value {
    json!({"event_type": "order", "type": "PLACEMENT", "id": "0x1", "owner": "o", "market": "0x2",
        "asset_id": "3", "side": "BUY", "original_size": "5", "size_matched": "0", "price": "0.2",
        "associate_trades": [], "outcome": "Yes", "created_at": "1783140720", "expiration": "0",
        "order_type": "GTC", "status": "LIVE", "maker_address": "0x4",
        "timestamp": "1783140724897"})
}

fn trade() -> Value {
    json!({"event_type": "trade", "type": "TRADE", "id": "t", "taker_order_id": "0x1",
        "market": "0x2", "asset_id": "3", "side": "BUY", "size": "10", "price": "0.57",
        "status": "MATCHED", "match_time": "1672290701", "owner": "o", "trader_side": "TAKER",
        "maker_orders": [{"order_id": "0x5", "owner": "m", "matched_amount": "10",
            "price": "0.57", "asset_id": "3", "side": "SELL"}]})
}

fn event(kind: &str, mut body: Value) -> Value {
    body["event_type"] = kind.into();
    body
}

/// A form, a good value of it, what it is called in errors, and the fields that must be there.
fn rows() -> Vec<(Refuse, Value, &'static str, &'static [&'static str])> {
    let at = "1783132505573";
    vec![
        (refuse::<OrderAnswer>, json!({"success": true}), "placement", &["success"]),
        (refuse::<CancelAnswer>, json!({"canceled": []}), "cancel", &["canceled"]),
        (
            refuse::<OpenOrder>,
            order(),
            "order",
            &[
                "id",
                "status",
                "owner",
                "maker_address",
                "market",
                "asset_id",
                "side",
                "original_size",
                "size_matched",
                "price",
                "order_type",
                "created_at",
            ],
        ),
        (
            refuse::<Event>,
            order(),
            "order-event",
            &[
                "type",
                "id",
                "owner",
                "market",
                "asset_id",
                "side",
                "original_size",
                "price",
                "timestamp",
            ],
        ),
        (
            refuse::<Event>,
            trade(),
            "trade",
            &[
                "id",
                "taker_order_id",
                "market",
                "asset_id",
                "side",
                "size",
                "price",
                "status",
                "match_time",
                "owner",
                "maker_orders",
            ],
        ),
        (
            refuse::<Event>,
            event("book", json!({"market": "0x2", "asset_id": "3", "timestamp": at})),
            "book",
            &["market", "asset_id", "timestamp"],
        ),
        (
            refuse::<Event>,
            event(
                "price_change",
                json!({"market": "0x2", "timestamp": at, "price_changes": [
                    {"asset_id": "3", "price": ".48", "size": "0", "side": "BUY"}]}),
            ),
            "price-change",
            &["market", "timestamp", "price_changes"],
        ),
        (
            refuse::<Event>,
            event(
                "last_trade_price",
                json!({"market": "0x2", "asset_id": "3", "price": "0.4", "size": "1",
                    "side": "SELL", "timestamp": at}),
            ),
            "last-trade-price",
            &["market", "asset_id", "price", "size", "side", "timestamp"],
        ),
        (
            refuse::<Event>,
            event(
                "tick_size_change",
                json!({"market": "0x2", "asset_id": "3", "old_tick_size": "0.01",
                    "new_tick_size": "0.001", "timestamp": at}),
            ),
            "tick-size-change",
            &["market", "asset_id", "old_tick_size", "new_tick_size", "timestamp"],
        ),
        (
            refuse::<Event>,
            event("best_bid_ask", json!({"market": "0x2", "asset_id": "3", "timestamp": at})),
            "best-bid-ask",
            &["market", "asset_id", "timestamp"],
        ),
        (
            refuse::<Event>,
            event(
                "new_market",
                json!({"id": "1", "market": "0x2", "assets_ids": ["3"], "outcomes": ["Yes"],
                    "timestamp": at}),
            ),
            "new-market",
            &["id", "market", "assets_ids", "outcomes", "timestamp"],
        ),
        (
            refuse::<Event>,
            event(
                "market_resolved",
                json!({"id": "1", "market": "0x2", "assets_ids": ["3"], "timestamp": at}),
            ),
            "market-resolved",
            &["id", "market", "assets_ids", "timestamp"],
        ),
    ]
}

/// As [`rows`], for the answers about an account and a wallet.
fn account_rows() -> Vec<(Refuse, Value, &'static str, &'static [&'static str])> {
    vec![
        (refuse::<ApiKeys>, json!({"apiKeys": []}), "api-keys", &["apiKeys"]),
        (refuse::<ClosedOnly>, json!({"closed_only": true}), "ban-status", &["closed_only"]),
        (refuse::<BalanceAllowance>, json!({"balance": 0}), "balance", &["balance"]),
        (refuse::<Heartbeat>, json!({"heartbeat_id": "h"}), "heartbeat", &["heartbeat_id"]),
        (refuse::<OrderScoring>, json!({"scoring": true}), "order-scoring", &["scoring"]),
        (refuse::<RateLimitTier>, json!({"tier": "Gold"}), "rate-limit-tier", &["tier"]),
        (
            refuse::<SessionSigners>,
            json!({"wallet": "0x1", "signers": []}),
            "session-signers",
            &["wallet", "signers"],
        ),
        (
            refuse::<Notification>,
            json!({"type": 4, "owner": "o"}),
            "notification",
            &["type", "owner"],
        ),
        (refuse::<Deployed>, json!({"deployed": false}), "deployed", &["deployed"]),
        (
            refuse::<TransactionParams>,
            json!({"address": "0x1", "nonce": "1"}),
            "transaction-params",
            &["address", "nonce"],
        ),
        (
            refuse::<RelayedTransaction>,
            json!({"transactionID": "t", "state": "STATE_NEW"}),
            "transaction",
            &["transactionID", "state"],
        ),
        (
            refuse::<Authorization>,
            json!({"status": "SUBMITTED", "transactionID": "t"}),
            "authorization",
            &["status", "transactionID"],
        ),
        (
            refuse::<Revocation>,
            json!({"status": "PENDING", "fenced": false, "transactionID": "t"}),
            "revocation",
            &["status", "fenced", "transactionID"],
        ),
        (
            refuse::<PositionRow>,
            json!({"proxy_wallet": "0x1", "token_id": "3", "condition_id": "0x2",
                "current_size": 1.5, "avg_price": 0.5, "entry_cost_usdc": 0.75,
                "current_price": 0.5, "current_value": 0.75, "realized_pnl": 0,
                "redeemable": false, "mergeable": false}),
            "position",
            &[
                "proxy_wallet",
                "token_id",
                "condition_id",
                "current_size",
                "avg_price",
                "entry_cost_usdc",
                "current_price",
                "current_value",
                "realized_pnl",
                "redeemable",
                "mergeable",
            ],
        ),
        (
            refuse::<ActivityRow>,
            json!({"proxy_wallet": "0x1", "timestamp": 1, "type": "SPLIT", "size": 1}),
            "activity",
            &["proxy_wallet", "timestamp", "type", "size"],
        ),
        (
            refuse::<WalletValue>,
            json!({"proxy_wallet": "0x1", "value": 1}),
            "value",
            &["proxy_wallet", "value"],
        ),
        (
            refuse::<Approvals>,
            json!({"address": "0x1", "chain_id": 137, "checked_at": "2026-09-14T10:24:41Z",
                "contracts": []}),
            "approvals",
            &["address", "chain_id", "checked_at", "contracts"],
        ),
    ]
}

#[test]
fn a_field_that_must_be_there_is_named_when_it_is_not() {
    let mut checked = 0;
    for (refuse, good, kind, fields) in rows().into_iter().chain(account_rows()) {
        let refused = |value: &Value| refuse(value.to_string().as_bytes());
        assert_eq!(refused(&good), None, "{kind}");
        for field in fields {
            let path = format!("{kind}.{field}");
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(*field);
            let missing = Malformed { path: path.clone(), problem: Problem::Missing };
            assert_eq!(refused(&bad), Some(missing.clone()), "{path} is gone");
            bad[*field] = Value::Null;
            assert_eq!(refused(&bad), Some(missing), "{path} is null");
            bad[*field] = json!({"a": 1});
            let error = refused(&bad).expect(&path);
            assert_eq!(error.path.trim_end_matches('.'), path);
            assert!(matches!(error.problem, Problem::Not(_)), "{path}: {error}");
            checked += 1;
        }
        for text in ["[1]", "1", "\"x\"", "true", "null", "{]", ""] {
            assert!(refuse(text.as_bytes()).is_some(), "{kind}: {text}");
        }
    }
    assert_eq!(checked, 104);
}

#[test]
fn a_frame_is_a_pong_or_events_and_nothing_else() {
    let count = |text: &str| match Frame::read(text) {
        Ok(Frame::Events(events)) => events.len(),
        Ok(Frame::Pong) => 1_000,
        Err(error) => panic!("{text}: {error}"),
    };
    assert_eq!((count("PONG"), count("PONG\n"), count("[]")), (1_000, 1_000, 0));
    assert_eq!(count(&order().to_string()), 1, "a bare object");
    let both = json!([order(), trade(), {"event_type": "moon_phase", "x": [1, {}]}]).to_string();
    let Ok(Frame::Events(events)) = Frame::read(&both) else { panic!("{both}") };
    assert!(matches!(&events[0], Event::Order(order) if order.id == "0x1"));
    assert!(matches!(&events[1], Event::Trade(trade) if trade.id == "t"));
    assert_eq!(events[2], Event::Unknown("moon_phase".to_owned()));
    let hostile = r#"{"event_type":"\u001b[2J"}"#;
    let Ok(Frame::Events(events)) = Frame::read(hostile) else { panic!("{hostile}") };
    assert_eq!(events[0], Event::Unknown("\\u{1b}[2J".to_owned()));
    let rows = [
        ("pong", "answer: is not JSON"),
        ("", "answer: is not JSON"),
        ("\"PONG\"", "event: is not an object"),
        ("{}", "event.event_type: is missing"),
        (r#"[{"event_type":"book"}]"#, "[0].book.market: is missing"),
        (r#"[{"event_type":"x"},[]]"#, "[1].event: is not an object"),
        (r#"{"event_type":"x","event_type":"y"}"#, "event.event_type: stands twice"),
        (r#"{"event_type":7}"#, "event.event_type: is not text"),
    ];
    for (text, expected) in rows {
        assert_eq!(Frame::read(text).unwrap_err().to_string(), expected, "{text}");
    }
    let twice = order().to_string().replace("{", r#"{"price":"0.9","#);
    assert_eq!(Frame::read(&twice).unwrap_err().problem, Problem::Twice);
}

#[test]
fn a_hostile_frame_is_refused_before_it_is_read() {
    let deep = format!(r#"{{"event_type":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    assert_eq!(Frame::read(&deep).unwrap_err().problem, Problem::TooDeep);
    assert!(Frame::read(&"[".repeat(1_000_000)).is_err());
    let mut long = order();
    long["original_size"] = "9".repeat(1_000_000).into();
    let error = Frame::read(&long.to_string()).unwrap_err();
    assert_eq!(error.to_string(), "order-event.original_size: is not a number");
    let mut wide = trade();
    let legs = wide["maker_orders"].as_array_mut().unwrap();
    let leg = legs[0].clone();
    legs.extend(std::iter::repeat_n(leg, 9_999));
    let Ok(Frame::Events(events)) = Frame::read(&wide.to_string()) else { panic!("wide") };
    assert!(matches!(&events[0], Event::Trade(trade) if trade.maker_orders.len() == 10_000));
}

#[test]
fn no_bytes_make_a_frame_reader_panic() {
    let good = json!([order(), trade()]).to_string();
    assert!(Frame::read(&good).is_ok());
    let mut state = 7_u64;
    let mut believed = 0;
    for _ in 0..20_000 {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..2 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            let at = usize::try_from(state >> 33).unwrap() % bytes.len();
            bytes[at] = u8::try_from(state >> 20 & 0x7f).unwrap();
        }
        believed += usize::from(Frame::read(&String::from_utf8(bytes).unwrap()).is_ok());
    }
    assert!((1..20_000).contains(&believed), "both kinds were met: {believed}");
}
