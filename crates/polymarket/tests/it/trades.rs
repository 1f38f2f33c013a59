//! What the venue says about our matches, by REST and by the user channel.

use crate::payloads::{Count, one};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_polymarket::wire::clob::Page;
use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::trade::{Trade, TradeStatus, TraderRole};

fn page(bytes: &[u8]) -> usize {
    decode::<Page<Trade>>(bytes).unwrap_or_else(|error| panic!("{error}")).data.len()
}

fn legs(bytes: &[u8]) -> usize {
    decode::<Trade>(bytes).unwrap_or_else(|error| panic!("{error}")).maker_orders.len()
}

pub(crate) const FILES: &[(&str, Count, usize)] = &[
    ("http_trade_report.json", legs, 2),
    ("http_trades_page.json", page, 1),
    ("it_ws_trades.json", legs, 1),
    ("ws_user_trade.json", legs, 1),
];

#[test]
fn every_recorded_answer_about_trades_decodes() {
    let Some(folder) = shared::payloads("every_recorded_answer_about_trades_decodes") else {
        return;
    };
    for (file, count, expected) in FILES {
        println!("{file}");
        let bytes = std::fs::read(folder.join("fixtures_nautilus_lgpl").join(file)).unwrap();
        assert_eq!(count(&bytes), *expected, "{file}");
    }
    assert_eq!(page(&shared::literal(&folder, "clob.json", "trades_should_succeed")), 1);
    assert_eq!(one::<Trade>(&shared::literal(&folder, "clob.json", "trade_json")), 1);
    // The same test frame the SDK sends itself: no fee, no bucket, no role, and `matchtime`.
    let bytes = shared::literal(&folder, "websocket.json", "trade");
    let trade: Trade = decode(&bytes).unwrap();
    assert_eq!(trade.match_time, Time::from_secs(1_672_290_701));
    assert_eq!((trade.trader_side, trade.fee_rate_bps, trade.bucket_index), (None, None, None));
}

#[test]
fn a_makers_view_lists_every_leg_of_the_match() {
    let file = "fixtures_nautilus_lgpl/it_ws_user_trade1.json";
    let Some(bytes) = shared::read("a_makers_view_lists_every_leg_of_the_match", file) else {
        return;
    };
    let trade: Trade = decode(&bytes).unwrap();
    assert_eq!((trade.side, trade.trader_side), (Side::Buy, Some(TraderRole::Maker)));
    assert_eq!((trade.size.as_str(), trade.price.as_str()), ("1096.87", "0.518"));
    assert_eq!(trade.status, TradeStatus::Mined);
    assert_eq!(trade.timestamp, Some(Time::from_millis(1_725_868_885_871)));
    let sum: i64 = trade.maker_orders.iter().map(|leg| leg.matched_amount.micros().unwrap()).sum();
    assert_eq!(sum, 1_096_870_000);
    // The first leg is of the other token, at the rest of a dollar: a pair was minted.
    let mint = &trade.maker_orders[0];
    assert_ne!(mint.asset_id, trade.asset_id);
    assert_eq!((mint.price.as_str(), mint.side), ("0.482", None));
}

fn trade(changes: &[(&str, serde_json::Value)]) -> serde_json::Value {
    let mut good = serde_json::json!({
        "id": "a", "taker_order_id": "0x1", "market": "0x2", "asset_id": "3", "side": "BUY",
        "size": "10", "price": "0.5", "fee_rate_bps": "0", "status": "MATCHED",
        "match_time": "1672290701", "last_update": "1672290701", "outcome": "YES",
        "owner": "o", "maker_address": "0x4", "transaction_hash": "0x5", "bucket_index": 0,
        "maker_orders": [{"order_id": "0x6", "owner": "m", "maker_address": "0x7",
            "matched_amount": "10", "price": "0.5", "fee_rate_bps": "0", "asset_id": "3",
            "outcome": "YES", "side": "SELL"}],
        "trader_side": "TAKER"
    });
    for (name, value) in changes {
        good[*name] = value.clone();
    }
    good
}

fn read(changes: &[(&str, serde_json::Value)]) -> Trade {
    decode(trade(changes).to_string().as_bytes()).unwrap()
}

#[test]
fn a_trade_is_read_leniently_where_the_venue_is_lax() {
    let lax = read(&[
        ("fee_rate_bps", "".into()),
        ("transaction_hash", "".into()),
        ("outcome", "".into()),
        ("match_time", 1_672_290_701.into()),
        ("last_update", "1672290701000".into()),
        ("side", "sell".into()),
        ("trader_side", "maker".into()),
        ("err_msg", "reverted".into()),
        ("match_time_nano", "1672290701123456789".into()),
    ]);
    assert_eq!((&lax.fee_rate_bps, &lax.transaction_hash, &lax.outcome), (&None, &None, &None));
    assert_eq!(lax.match_time, Time::from_secs(1_672_290_701));
    assert_eq!(lax.last_update, Some(lax.match_time));
    assert_eq!((lax.side, lax.trader_side), (Side::Sell, Some(TraderRole::Maker)));
    assert_eq!(lax.err_msg.as_deref(), Some("reverted"));
    assert_eq!(lax.match_time_nano.unwrap().as_str(), "1672290701123456789");
    assert_eq!(read(&[]).match_time_nano, None);
}

#[test]
fn a_trade_status_is_read_with_and_without_its_prefix() {
    let rows = [
        ("MATCHED", TradeStatus::Matched, false),
        ("TRADE_STATUS_MATCHED_NOT_BROADCASTED", TradeStatus::MatchedNotBroadcasted, false),
        ("trade_status_mined", TradeStatus::Mined, false),
        ("TRADE_STATUS_CONFIRMED", TradeStatus::Confirmed, true),
        ("RETRYING", TradeStatus::Retrying, false),
        ("Failed", TradeStatus::Failed, true),
        ("Settled", TradeStatus::Other("Settled".to_owned()), false),
    ];
    for (text, expected, is_final) in rows {
        let status = read(&[("status", text.into())]).status;
        assert_eq!(status.is_final(), is_final, "{text}");
        assert_eq!(status, expected, "{text}");
    }
}

#[test]
fn what_decides_about_money_is_not_guessed() {
    let rows = [
        (trade(&[("side", "".into())]), "trade.side: is not BUY or SELL"),
        (trade(&[("trader_side", "BOTH".into())]), "trade.trader_side: is not TAKER or MAKER"),
        (trade(&[("maker_orders", serde_json::Value::Null)]), "trade.maker_orders: is missing"),
        (trade(&[("size", "".into())]), "trade.size: is not a number"),
        (trade(&[("match_time", "".into())]), "trade.match_time: is missing"),
        (trade(&[("match_time", "noon".into())]), "trade.match_time: is not a time"),
    ];
    for (value, expected) in rows {
        let error = decode::<Trade>(value.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let mut bad = trade(&[]);
    bad["maker_orders"][0]["matched_amount"] = "ten".into();
    let error = decode::<Trade>(bad.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.path, "trade.maker_orders[0].leg.matched_amount");
}
