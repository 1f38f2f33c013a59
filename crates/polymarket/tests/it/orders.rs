//! What the venue says about orders: placements, lookups, cancels, with what stands in the recordings.

use crate::payloads::{Count, many, one};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_polymarket::wire::clob::Page;
use betteroms_polymarket::wire::order::{
    CancelAnswer, OpenOrder, OrderAnswer, OrderStatus, PlacementStatus,
};
use betteroms_polymarket::wire::{OrderType, decode};

fn page(bytes: &[u8]) -> usize {
    decode::<Page<OpenOrder>>(bytes).unwrap_or_else(|error| panic!("{error}")).data.len()
}

fn canceled(bytes: &[u8]) -> usize {
    let answer: CancelAnswer = decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    10 * answer.canceled.len() + answer.not_canceled.len()
}

/// Counts an accepted order as 10.
fn placed(bytes: &[u8]) -> usize {
    let answer: OrderAnswer = decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    if answer.accepted() { 10 } else { 1 }
}

pub(crate) const FILES: &[(&str, Count, usize)] = &[
    ("http_open_order.json", one::<OpenOrder>, 1),
    ("http_open_order_sell_fok.json", one::<Option<OpenOrder>>, 1),
    ("http_open_orders_page.json", page, 2),
    // It says success without a status: not proof of an order.
    ("http_order_response_ok.json", placed, 1),
    ("http_order_response_failed.json", placed, 1),
    ("http_cancel_response_ok.json", canceled, 10),
    ("http_cancel_response_failed.json", canceled, 1),
    ("http_batch_cancel_response.json", canceled, 21),
];

const LITERALS: &[(&str, Count, usize)] = &[
    ("post_order_should_succeed", placed, 10),
    ("post_order_should_accept_transactions_hashes_alias", placed, 10),
    ("post_order_should_resolve_transaction_hashes_from_trades", placed, 10),
    ("post_order_should_exclude_failed_trades_from_resolved_hashes", placed, 10),
    ("post_orders_should_resolve_matched_entries", many::<OrderAnswer>, 2),
    ("post_orders_should_distribute_hashes_across_matched_entries", many::<OrderAnswer>, 2),
    ("order_should_succeed", one::<OpenOrder>, 1),
    ("orders_should_succeed", page, 1),
    ("cancel_order_should_succeed", canceled, 1),
    ("cancel_order_should_accept_snake_case_not_canceled", canceled, 1),
    ("cancel_all_orders_should_succeed", canceled, 11),
];

#[test]
fn every_recorded_answer_about_orders_decodes() {
    let Some(folder) = shared::payloads("every_recorded_answer_about_orders_decodes") else {
        return;
    };
    for (file, count, expected) in FILES {
        println!("{file}");
        let bytes = std::fs::read(folder.join("fixtures_nautilus_lgpl").join(file)).unwrap();
        assert_eq!(count(&bytes), *expected, "{file}");
    }
    for (test, count, expected) in LITERALS {
        println!("{test}");
        assert_eq!(count(&shared::literal(&folder, "clob.json", test)), *expected, "{test}");
    }
    assert_eq!((FILES.len(), LITERALS.len()), (8, 11));
}

#[test]
fn an_open_order_keeps_what_it_says() {
    let test = "an_open_order_keeps_what_it_says";
    let Some(folder) = shared::payloads(test) else {
        return;
    };
    let file = "fixtures_nautilus_lgpl/http_open_order_sell_fok.json";
    let order: OpenOrder = decode(&shared::read(test, file).unwrap()).unwrap();
    assert_eq!((order.status, order.side), (OrderStatus::Matched, Side::Sell));
    assert_eq!(order.order_type, OrderType::Fok);
    assert_eq!(order.expiration, Some(Time::from_secs(1_735_689_600)));
    assert_eq!(order.created_at, Time::from_secs(1_703_875_201));
    assert!(order.associate_trades.is_empty(), "null means none");
    assert_eq!((order.price.as_str(), order.size_matched.as_str()), ("0.5000", "50.0000"));
    // The official SDK's test writes side and type in small letters.
    let bytes = shared::literal(&folder, "clob.json", "order_should_succeed");
    let order: OpenOrder = decode(&bytes).unwrap();
    assert_eq!((order.side, order.order_type), (Side::Buy, OrderType::Gtd));
    assert_eq!(order.associate_trades.len(), 2);
    assert_eq!(decode::<Option<OpenOrder>>(b"null").unwrap(), None, "an unknown id");
    assert!(decode::<Option<OpenOrder>>(b"{}").is_err());
}

fn answer(changes: &[(&str, serde_json::Value)]) -> OrderAnswer {
    let mut good = serde_json::json!({
        "errorMsg": "", "orderID": "0x1", "takingAmount": "5", "makingAmount": "3.7",
        "status": "matched", "success": true, "transactionsHashes": [], "tradeIDs": ["28c4"]
    });
    for (name, value) in changes {
        good[*name] = value.clone();
    }
    decode(good.to_string().as_bytes()).unwrap()
}

#[test]
fn an_order_is_accepted_only_when_everything_says_so() {
    let good = answer(&[]);
    assert!(good.accepted());
    assert_eq!(good.making_amount.unwrap().as_str(), "3.7");
    assert_eq!(good.taking_amount.unwrap().as_str(), "5");
    assert_eq!(good.trade_ids, ["28c4"]);
    for status in ["live", "LIVE", "delayed", "ORDER_STATUS_LIVE", "Matched"] {
        assert!(answer(&[("status", status.into())]).accepted(), "{status}");
    }
    let null = serde_json::Value::Null;
    let refused = [
        ("success", false.into()),
        ("errorMsg", "not enough balance / allowance".into()),
        ("error_msg", "post-only mode".into()),
        ("orderID", "".into()),
        ("orderID", null.clone()),
        ("status", "unmatched".into()),
        ("status", "resting".into()),
        ("status", "".into()),
        ("status", null),
    ];
    for (name, value) in refused {
        assert!(!answer(&[(name, value.clone())]).accepted(), "{name}: {value}");
    }
    let both = answer(&[("errorMsg", "".into()), ("error_msg", "late".into())]);
    assert_eq!(both.error, "late", "the name that says something counts");
    let odd = answer(&[("status", "Resting".into()), ("makingAmount", "".into())]);
    assert_eq!(odd.status, Some(PlacementStatus::Other("Resting".to_owned())));
    assert_eq!(odd.making_amount, None);
    let alias = [
        ("transactionsHashes", serde_json::Value::Null),
        ("transactionHashes", serde_json::json!(["0x2"])),
    ];
    assert_eq!(answer(&alias).transactions_hashes, ["0x2"]);
}

#[test]
fn a_cancel_tells_both_kinds_under_either_name() {
    for name in ["not_canceled", "notCanceled"] {
        let text = format!(r#"{{"canceled":["0x1"],"{name}":{{"0x2":"Order already matched"}}}}"#);
        let answer: CancelAnswer = decode(text.as_bytes()).unwrap();
        assert_eq!(answer.canceled, ["0x1"]);
        assert_eq!(answer.not_canceled["0x2"], "Order already matched");
    }
    let none: CancelAnswer = decode(br#"{"canceled":[],"not_canceled":null}"#).unwrap();
    assert!(none.canceled.is_empty() && none.not_canceled.is_empty());
    let error = decode::<CancelAnswer>(br#"{"error":"Invalid orderID"}"#).unwrap_err();
    assert_eq!(error.to_string(), "cancel.canceled: is missing", "an error is no empty answer");
}
