//! Faults of the venue itself, set through the control interface and met by somebody who trades.

use super::house::{CONDITION, House, YES};
use super::trader::Trader;
use betteroms_core::market::Side;
use serde_json::json;
use std::time::Duration;

async fn house() -> House {
    let house = House::new().await;
    house.list();
    house
}

fn rule(on: &str, what: &serde_json::Value) -> String {
    json!({ "on": on, "times": 1, "what": what }).to_string()
}

#[tokio::test]
async fn without_a_rule_an_order_rests_and_is_cancelled() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let (body, id) = trader.order(Side::Buy, 40, 10, 1);
    let (status, answer) = trader.post(&body).await.unwrap();
    assert_eq!((status, answer["orderID"].as_str()), (200, Some(id.as_str())), "{answer}");
    assert_eq!(trader.look(&id).await.unwrap()["size_matched"], "0");
    let body = json!({ "orderID": id }).to_string();
    let (_, cancelled) = trader.call("DELETE", "/order", &body).await.unwrap();
    assert_eq!(cancelled["canceled"][0], id.as_str());
}

#[tokio::test]
async fn a_dropped_order_is_not_there_and_one_whose_reply_was_dropped_is() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    for (what, is_there, salt) in [("drop", false, 1), ("drop_reply", true, 2)] {
        house.fault(&rule("POST /order", &json!(what))).await;
        let (body, id) = trader.order(Side::Buy, 40, 10, salt);
        assert!(trader.post(&body).await.is_err());
        assert_eq!(trader.look(&id).await.is_some(), is_there, "{what}");
    }
    let after = json!({ "status": { "status": 500, "when": "after" } });
    house.fault(&rule("POST /order", &after)).await;
    let (body, id) = trader.order(Side::Buy, 40, 10, 3);
    assert_eq!(trader.post(&body).await.unwrap().0, 500);
    assert!(trader.look(&id).await.is_some());
}

#[tokio::test]
async fn a_late_order_is_timed_out_first_and_arrives() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    house.fault(&rule("POST /order", &json!({ "late": { "ms": 400 } }))).await;
    let (body, id) = trader.order(Side::Buy, 40, 10, 1);
    let (status, answer) = trader.post(&body).await.unwrap();
    assert_eq!((status, &answer["error"]), (500, &json!("order timed out")));
    assert!(trader.look(&id).await.is_none());
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(trader.look(&id).await.is_some());
    let (_, again) = trader.post(&body).await.unwrap();
    assert!(again["error"].as_str().unwrap().contains("Duplicated"), "{again}");
}

#[tokio::test]
async fn wrong_ids_are_well_formed_and_not_the_orders() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    house.fault(&rule("POST /order", &json!("wrong_id"))).await;
    let (body, id) = trader.order(Side::Buy, 40, 10, 1);
    let (_, answer) = trader.post(&body).await.unwrap();
    let told = answer["orderID"].as_str().unwrap();
    assert!(told.len() == id.len() && told != id, "{told}");
    assert!(trader.look(&id).await.is_some() && trader.look(told).await.is_none());
}

#[tokio::test]
async fn a_stale_book_stays_until_the_rule_goes() {
    let house = house().await;
    let path = format!("/book?token_id={YES}");
    let bids = async || {
        let answer = house.client.get(house.clob(&path)).send().await.unwrap();
        let book: serde_json::Value = answer.json().await.unwrap();
        book["bids"].as_array().unwrap().len()
    };
    house.fault(r#"{"on":"GET /book","what":"stale_book"}"#).await;
    assert_eq!(bids().await, 0);
    let level =
        format!(r#"{{"do":"level","token":"{YES}","side":"BUY","price":"0.4","size":"9"}}"#);
    assert_eq!(house.control("POST", "/emulator/crowd", &level).await.0, 200);
    assert_eq!(bids().await, 0);
    house.control("DELETE", "/emulator/faults", "").await;
    assert_eq!(bids().await, 1);
}

#[tokio::test]
async fn an_order_fills_before_its_cancel_or_after_it() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    for (what, salt) in [
        (json!({ "partial_fill": { "order": "newest", "shares": "4" } }), 1),
        (json!({ "fill_after_cancel": { "shares": "4", "ms": 100 } }), 2),
    ] {
        let (body, id) = trader.order(Side::Buy, 40, 10, salt);
        trader.post(&body).await.unwrap();
        house.fault(&rule("DELETE /order", &what)).await;
        let body = json!({ "orderID": id }).to_string();
        let (_, cancelled) = trader.call("DELETE", "/order", &body).await.unwrap();
        assert_eq!(cancelled["canceled"][0], id.as_str(), "{cancelled}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(trader.look(&id).await.unwrap()["size_matched"], "4", "{what}");
    }
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!(ledger["audit"]["balanced"], true);
}

#[tokio::test]
async fn a_settlement_fails_as_foretold_and_the_next_one_settles() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let what = json!({ "settlement": { "fate": "stuck", "trades": 1 } });
    house.fault(&rule("POST /order", &what)).await;
    let ask =
        format!(r#"{{"do":"level","token":"{YES}","side":"SELL","price":"0.5","size":"100"}}"#);
    house.control("POST", "/emulator/crowd", &ask).await;
    let mut trades = Vec::new();
    for salt in [1, 2] {
        let (_, answer) = trader.post(&trader.order(Side::Buy, 50, 10, salt).0).await.unwrap();
        trades.push(answer["tradeIDs"][0].as_str().unwrap().to_owned());
    }
    let url = |id: &String| format!("/emulator/trades/{id}");
    let [stuck, other] = trades.as_slice() else { panic!("{trades:?}") };
    assert_eq!(house.control("POST", &url(stuck), r#"{"fate":"fail"}"#).await.0, 200);
    let (status, again) = house.control("POST", &url(stuck), r#"{"fate":"settle"}"#).await;
    assert_eq!(status, 400);
    assert!(again["error"].as_str().unwrap().contains("FAILED"), "{again}");
    assert_eq!(house.control("POST", &url(other), r#"{"fate":"settle"}"#).await.0, 200);
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    let wallets = ledger["wallets"].as_array().unwrap();
    let ours = wallets.iter().find(|row| row["wallet"] == json!(trader.address)).unwrap();
    // One of the two purchases of five dollars was paid.
    assert_eq!(ours["cash"], "995");
    assert_eq!(ours["shares"][0]["size"], "1010");
}

#[tokio::test]
async fn money_is_locked_without_a_reason_and_the_cache_lags() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let wallet = trader.address;
    let lock = json!({ "phantom_lock": { "wallet": wallet, "amount": "998" } });
    house.fault(&rule("POST /order", &lock)).await;
    let (body, _) = trader.order(Side::Buy, 40, 10, 1);
    let (status, answer) = trader.post(&body).await.unwrap();
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("not enough balance"), "{answer}");
    let free = json!({ "phantom_lock": { "wallet": wallet, "amount": "0" } });
    house.fault(&rule("POST /order", &free)).await;
    assert_eq!(trader.post(&body).await.unwrap().0, 200);

    let lag = json!({ "balance_lag": { "wallet": wallet, "ms": 600_000 } });
    house.fault(&rule("GET /version", &lag)).await;
    house.client.get(house.clob("/version")).send().await.unwrap();
    let account = format!("/emulator/accounts/{wallet}");
    house.control("POST", &account, r#"{"deposit":"5000","refresh":true}"#).await;
    let (body, _) = trader.order(Side::Buy, 40, 5_000, 2);
    assert_eq!(trader.post(&body).await.unwrap().0, 400, "the deposit is not seen yet");
}

#[tokio::test]
async fn the_grid_changes_under_an_order() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let what = json!({ "tick": { "market": CONDITION, "tick": "0.1" } });
    house.fault(&rule("POST /order", &what)).await;
    let (body, _) = trader.order(Side::Buy, 45, 10, 1);
    let (status, answer) = trader.post(&body).await.unwrap();
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("minimum tick size"), "{answer}");
    let back = format!("/emulator/markets/{CONDITION}/tick");
    assert_eq!(house.control("POST", &back, r#"{"tick":"0.01"}"#).await.0, 200);
    assert_eq!(trader.post(&body).await.unwrap().0, 200);
}

#[tokio::test]
async fn modes_bans_and_borders_refuse_orders_until_lifted() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let (body, _) = trader.order(Side::Buy, 40, 10, 1);
    let mode = async |to: &str| house.control("POST", "/emulator/mode", to).await.0;
    for (to, status) in [
        (r#"{"mode":{"restart":{"secs":60,"post_only_secs":60,"says_when":true}}}"#, 425),
        (r#"{"mode":{"post_only":{"secs":60}}}"#, 503),
        (r#"{"mode":"cancel_only"}"#, 503),
        (r#"{"mode":"disabled"}"#, 503),
    ] {
        assert_eq!(mode(to).await, 200);
        assert_eq!(trader.post(&body).await.unwrap().0, status, "{to}");
    }
    assert_eq!(mode(r#"{"mode":"normal"}"#).await, 200);

    let ban = json!({ "ban": { "address": trader.address } });
    house.fault(&rule("POST /order", &ban)).await;
    let (_, answer) = trader.post(&body).await.unwrap();
    assert!(answer["error"].as_str().unwrap().contains("banned"), "{answer}");
    let account = format!("/emulator/accounts/{}", trader.address);
    house.control("POST", &account, r#"{"ban":false}"#).await;

    house.fault(&rule("POST /order", &json!("geoblock"))).await;
    let (status, page) = trader.post(&body).await.unwrap();
    assert!(status == 403 && page.as_str().unwrap().contains("<html"), "{page}");
    let check = house.client.get(house.clob("/api/geoblock")).send().await.unwrap();
    assert_eq!(check.json::<serde_json::Value>().await.unwrap()["blocked"], true);
    house.fault(&rule("POST /order", &json!({ "geoblock": { "on": false } }))).await;
    assert_eq!(trader.post(&body).await.unwrap().0, 200);
}

#[tokio::test]
async fn proofs_are_judged_by_a_clock_that_is_off() {
    let house = house().await;
    let trader = Trader::new(&house, 1).await;
    let (body, _) = trader.order(Side::Buy, 40, 10, 1);
    house.fault(&rule("POST /order", &json!({ "clock_skew": { "ms": 120_000 } }))).await;
    assert_eq!(trader.post(&body).await.unwrap().0, 401);
    assert_eq!(trader.post(&body).await.unwrap().0, 200);
}

#[tokio::test]
async fn equal_seeds_strike_equal_calls() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let house = house().await;
        house
            .fault(r#"{"on":"GET /version","chance":500000,"what":{"status":{"status":500}}}"#)
            .await;
        let mut run = Vec::new();
        for _ in 0..40 {
            let answer = house.client.get(house.clob("/version")).send().await.unwrap();
            run.push(answer.status().as_u16());
        }
        runs.push(run);
    }
    assert_eq!(runs.first(), runs.last());
    assert!(runs.concat().contains(&500) && runs.concat().contains(&200));
}
