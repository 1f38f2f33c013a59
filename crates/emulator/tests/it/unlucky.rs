//! Faults that take their time, as a client sees them who asks again and again.

use super::house::House;
use super::stage::{Person, RAIN_YES, Wish};
use betteroms_core::market::Side;
use betteroms_emulator::log::Log;
use serde_json::{Value, json};

async fn house() -> (House, Person) {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    (house, bob)
}

async fn once(house: &House, on: &str, what: &Value) {
    house.fault(&json!({ "on": on, "times": 1, "what": what }).to_string()).await;
}

/// Buys from the crowd; the trade's id.
async fn bought(house: &House, bob: &Person, salt: u64) -> String {
    let told = house.ask(&bob.posts(&Wish::new(Side::Buy, 350, 10, salt)).0).await.unwrap();
    assert_eq!(told.status, 200, "{}", told.text());
    told.value()["tradeIDs"][0].as_str().unwrap().to_owned()
}

/// A trade's statuses, asked for every half second of the venue until they are final.
async fn statuses(house: &House, bob: &Person, id: &str) -> (Vec<String>, Value) {
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..30 {
        let told = house.ask(&bob.asks("GET", &format!("/data/trades?id={id}"), "")).await.unwrap();
        let row = told.value()["data"][0].clone();
        let status = row["status"].as_str().unwrap().to_owned();
        if seen.last() != Some(&status) {
            seen.push(status.clone());
        }
        if ["CONFIRMED", "FAILED"].contains(&status.as_str()) {
            return (seen, row);
        }
        house.pass(500).await;
    }
    (seen, Value::Null)
}

/// Dollars or shares as the venue sees them, in millionths.
async fn seen(house: &House, bob: &Person, asset: &str) -> i64 {
    let path = format!("/balance-allowance?signature_type=0&asset_type={asset}");
    let told = house.ask(&bob.asks("GET", &path, "")).await.unwrap();
    told.value()["balance"].as_str().unwrap().parse().unwrap()
}

async fn refresh(house: &House, bob: &Person) {
    let path = "/balance-allowance/update?signature_type=0&asset_type=COLLATERAL";
    assert_eq!(house.ask(&bob.asks("GET", path, "")).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_poll_sees_trades_settle_be_retried_fail_and_hang() {
    let (house, bob) = house().await;
    let fates = [
        (json!("settle"), vec!["MATCHED", "MINED", "CONFIRMED"]),
        (json!({ "retry": 1 }), vec!["MATCHED", "RETRYING", "MINED", "CONFIRMED"]),
        (json!("fail"), vec!["MATCHED", "FAILED"]),
        (json!("stuck"), vec!["MATCHED"]),
    ];
    for ((fate, due), salt) in fates.into_iter().zip(1..) {
        let before = seen(&house, &bob, "COLLATERAL").await;
        once(&house, "POST /order", &json!({ "settlement": { "fate": fate } })).await;
        let id = bought(&house, &bob, salt).await;
        let (statuses, row) = statuses(&house, &bob, &id).await;
        assert_eq!(statuses, due, "{fate}");
        // What failed cost nothing, and has no transaction.
        refresh(&house, &bob).await;
        let paid = before - seen(&house, &bob, "COLLATERAL").await;
        let is_paid = statuses.last().is_some_and(|last| last == "CONFIRMED");
        assert_eq!(paid > 3_500_000, is_paid, "{fate}: {paid}");
        assert_eq!(row["transaction_hash"].as_str().is_some_and(|h| !h.is_empty()), is_paid);
    }
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!(ledger["audit"]["balanced"], true);
}

#[tokio::test]
async fn a_balance_is_told_late_and_an_update_does_not_help() {
    let (house, bob) = house().await;
    let token = format!("CONDITIONAL&token_id={RAIN_YES}");
    let before = seen(&house, &bob, "COLLATERAL").await;
    let lag = json!({ "balance_lag": { "wallet": bob.wallet, "ms": 60_000 } });
    once(&house, "GET /balance-allowance", &lag).await;
    assert_eq!(seen(&house, &bob, "COLLATERAL").await, before);
    let deposit = format!("/emulator/accounts/{}", bob.wallet);
    house.control("POST", &deposit, r#"{"deposit":"50"}"#).await;
    refresh(&house, &bob).await;
    assert_eq!(seen(&house, &bob, "COLLATERAL").await, before);
    house.pass(61_000).await;
    refresh(&house, &bob).await;
    assert_eq!(seen(&house, &bob, "COLLATERAL").await, before + 50_000_000);
    assert_eq!(seen(&house, &bob, &token).await, 5_000_000_000);
}

#[tokio::test]
async fn dollars_are_held_back_without_a_reason() {
    let (house, bob) = house().await;
    let lock = |amount: &str| json!({ "phantom_lock": { "wallet": bob.wallet, "amount": amount } });
    once(&house, "POST /order", &lock("9999")).await;
    let asked = bob.posts(&Wish::new(Side::Buy, 300, 10, 1)).0;
    let told = house.ask(&asked).await.unwrap();
    assert!(told.status == 400 && told.text().contains("not enough balance"), "{}", told.text());
    // No order of bob's holds anything.
    let open = house.ask(&bob.asks("GET", "/data/orders", "")).await.unwrap();
    assert_eq!(open.value()["count"], 0);
    once(&house, "GET /time", &lock("0")).await;
    house.client.get(house.clob("/time")).send().await.unwrap();
    assert_eq!(house.ask(&asked).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_order_fills_between_two_polls() {
    let (house, bob) = house().await;
    let (asked, id) = bob.posts(&Wish::new(Side::Buy, 330, 10, 1));
    house.ask(&asked).await.unwrap();
    let filled = async || {
        let told = house.ask(&bob.asks("GET", &format!("/data/order/{id}"), "")).await.unwrap();
        told.value()["size_matched"].as_str().unwrap().to_owned()
    };
    assert_eq!(filled().await, "0");
    let what = json!({ "partial_fill": { "order": id, "shares": "4" } });
    house.fault(&json!({ "on": "GET /data/order/{id}", "nth": 1, "what": what }).to_string()).await;
    assert_eq!(filled().await, "4");
    assert_eq!(filled().await, "4");
    let trades = house.ask(&bob.asks("GET", "/data/trades", "")).await.unwrap();
    assert_eq!(trades.value()["data"][0]["trader_side"], "MAKER");
}

#[tokio::test]
async fn who_may_only_reduce_sells_and_does_not_buy() {
    let (house, bob) = house().await;
    let ban = |on: bool| json!({ "closed_only": { "address": bob.wallet, "on": on } });
    once(&house, "POST /order", &ban(true)).await;
    let buy = bob.posts(&Wish::new(Side::Buy, 300, 10, 1)).0;
    let told = house.ask(&buy).await.unwrap();
    assert!(told.status == 400 && told.text().contains("closed only"), "{}", told.text());
    let status = house.ask(&bob.asks("GET", "/auth/ban-status/closed-only", "")).await.unwrap();
    assert_eq!(status.value()["closed_only"], true);
    let sell = bob.posts(&Wish::new(Side::Sell, 400, 10, 2)).0;
    assert_eq!(house.ask(&sell).await.unwrap().status, 200);
    once(&house, "POST /order", &ban(false)).await;
    assert_eq!(house.ask(&buy).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_fault_may_change_the_mode() {
    let (house, bob) = house().await;
    once(&house, "POST /order", &json!({ "mode": { "to": { "cancel_only": {} } } })).await;
    let (asked, id) = bob.posts(&Wish::new(Side::Buy, 300, 10, 1));
    assert_eq!(house.ask(&asked).await.unwrap().status, 503);
    once(&house, "GET /time", &json!({ "mode": { "to": { "normal": {} } } })).await;
    house.client.get(house.clob("/time")).send().await.unwrap();
    assert_eq!(house.ask(&asked).await.unwrap().value()["orderID"], id.as_str());
}
