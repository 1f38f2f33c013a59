//! What the venue did and the books have not seen: no command takes it for something else, and what the venue never
//! lists ends by the operator's word.
//!
//! Planted by hand and seen red: a sale booked as a redemption; an adoption that forgets a flat position.

use crate::ledger::texts;
use crate::trader::{Trader, codes, count, trade};
use serde_json::{Value, json};
use std::time::Duration;

fn settle() {
    std::thread::sleep(Duration::from_millis(300));
}

/// The crowd takes at a limit in "rain", YES.
fn crowd(trader: &Trader, side: &str, price: f64, size: u32) {
    let token = trader.venue.told["markets"][0]["tokens"][0].clone();
    let body = json!({ "token": token, "side": side, "price": price, "size": size });
    trader.venue.post("/emulator/crowd", &body.to_string());
}

/// Ten shares, and a sale of them above the crowd's bids that rests.
fn offering(trader: &Trader) {
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    trader.trade(&plan);
    settle();
    let plan = trader.plan("two", &[trade("rain", "SELL", "0.32", 10, "GTC")]);
    let done = trader.trade(&plan);
    assert_eq!((codes(&done), count(&done, "resting")), (vec![], 1), "{done:#}");
}

#[test]
fn a_sale_that_is_not_booked_is_neither_redeemed_nor_adopted() {
    let trader = Trader::new("bob");
    offering(&trader);
    crowd(&trader, "BUY", 0.32, 10);
    settle();
    trader.venue.resolve("rain", "1");
    let events = trader.house.verify();
    for command in ["redeem", "adopt"] {
        let said = trader.call(&["account", command, "--yes"]).expect(2);
        assert!(
            said.err.contains("1 trades of the wallet are not in the books yet"),
            "{}",
            said.err
        );
    }
    assert_eq!(trader.house.verify(), events);
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), &after["positions"]), (vec![], &json!([])), "{after:#}");
    let said = trader.call(&["account", "redeem", "--yes", "--json"]).expect(0).json();
    assert_eq!((&said["done"], &said["cash"]), (&json!(0), &json!("0")), "{said}");
    trader.house.verify();
}

/// It trades while the chain is asked what the wallet holds.
#[test]
fn a_fill_between_the_questions_of_an_adoption_is_not_adopted() {
    let trader = Trader::new("bob");
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.31", 10, "GTC")]);
    assert_eq!(count(&trader.trade(&plan), "resting"), 1);
    let events = trader.house.verify();
    trader.venue.fault(&json!({ "on": "relayer POST /rpc", "match": "eth_call", "nth": 1,
        "what": { "delay": { "ms": 3_000 } } }));
    std::thread::scope(|threads| {
        let adopt = threads.spawn(|| trader.call(&["account", "adopt", "--yes"]));
        std::thread::sleep(Duration::from_millis(1_500));
        crowd(&trader, "SELL", 0.31, 10);
        let said = adopt.join().expect("it ends").expect(2);
        assert!(
            said.err.contains("1 trades of the wallet are not in the books yet"),
            "{}",
            said.err
        );
    });
    assert_eq!(trader.house.verify(), events);
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "filled")), (vec![], 1), "{after:#}");
    trader.house.verify();
}

#[test]
fn an_adoption_adds_to_what_a_flat_position_earned() {
    let trader = Trader::new("bob");
    offering(&trader);
    crowd(&trader, "BUY", 0.32, 10);
    settle();
    let flat = trader.report(&["run", "--real"]);
    assert_eq!((codes(&flat), &flat["positions"]), (vec![], &json!([])), "{flat:#}");
    trader.report(&["run", "--real"]);
    let realised = || {
        let body = "SELECT body FROM positions WHERE outcome = 0 OR outcome LIKE 'YES' OR outcome LIKE 'FIRST'";
        let body: Value =
            serde_json::from_str(&texts(&trader.house.db(), body)[0]).expect("a position");
        body["realised"].clone()
    };
    let before = realised();
    let token = trader.venue.told["markets"][0]["tokens"][0].clone();
    let more = json!({ "shares": [{ "token": token, "size": "20" }] });
    trader.venue.post(&format!("/emulator/accounts/{}", trader.wallet), &more.to_string());
    let said = trader.call(&["account", "adopt", "--yes"]).expect(0);
    assert!(said.out.contains("shares    20 Yes of rain"), "{}", said.out);
    assert_eq!(realised(), before);
    trader.house.verify();
}

/// The venue shows a match, its list of trades stays empty, and only a person can end that.
#[test]
fn an_order_whose_trades_are_never_listed_ends_by_adoption() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    let none = json!({ "data": [], "next_cursor": "LTE=", "limit": 100, "count": 0 }).to_string();
    trader.venue.fault(
        &json!({ "on": "GET /data/trades", "what": { "status": { "status": 200, "body": none } } }),
    );
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let done = trader.trade(&plan);
    assert!(codes(&done).contains(&"FILLS_MISSING".to_owned()), "{done:#}");
    settle();
    let said = trader.call(&["account", "adopt", "--yes"]).expect(0);
    assert!(said.out.contains("one/0/1: the venue shows 10 matched"), "{}", said.out);
    let after = trader.report(&["run", "--real"]);
    assert_eq!(
        (codes(&after), &after["positions"][0]["shares"]),
        (vec![], &json!("10")),
        "{after:#}"
    );
    let orders = trader.call(&["--json", "orders"]).expect(0).json();
    assert_eq!(orders["orders"][0]["status"], "CANCELLED", "{orders:#}");
    // Listed after all: they are its fills, and what was adopted for them is what the chain does not have.
    trader.venue.no_faults();
    let after = trader.report(&["run", "--real"]);
    assert_eq!(codes(&after), ["CASH_DIFFERS", "SHARES_DIFFER"], "{after:#}");
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    let after = trader.report(&["run", "--real"]);
    assert_eq!(
        (codes(&after), &after["positions"][0]["shares"]),
        (vec![], &json!("10")),
        "{after:#}"
    );
    trader.house.verify();
}

/// What is open may trade on, and those trades are to be booked: it is not set aside.
#[test]
fn an_open_order_whose_trades_are_not_listed_is_to_be_cancelled_first() {
    let trader = Trader::new("bob");
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.31", 20, "GTC")]);
    assert_eq!(count(&trader.trade(&plan), "resting"), 1);
    let none = json!({ "data": [], "next_cursor": "LTE=", "limit": 100, "count": 0 }).to_string();
    let what = json!({ "status": { "status": 200, "body": none } });
    trader.venue.fault(&json!({ "on": "GET /data/trades", "what": what }));
    crowd(&trader, "SELL", 0.31, 5);
    settle();
    let seen = trader.report(&["run", "--real"]);
    assert!(codes(&seen).contains(&"FILLS_MISSING".to_owned()), "{seen:#}");
    for command in ["adopt", "redeem"] {
        let said = trader.call(&["account", command, "--yes"]).expect(2);
        assert!(said.err.contains("[FILLS_MISSING]"), "{}", said.err);
    }
    trader.call(&["cancel", "one/0/1"]);
    let said = trader.call(&["account", "adopt", "--yes"]).expect(0).out;
    assert!(said.contains("it waits for them no longer"), "{said}");
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "resting")), (vec![], 0), "{after:#}");
    assert_eq!(after["positions"][0]["shares"], "5", "{after:#}");
    trader.house.verify();
}

/// The answer was lost, no list shows it, and looking it up gives a word that is no standing of an order: the venue has
/// it all the same.
#[test]
fn an_order_that_the_venue_shows_is_not_sent_again() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    let config = std::fs::read_to_string(trader.house.path("config.toml")).unwrap();
    let slower = config.replace("lookEveryMillis = 20", "lookEveryMillis = 700");
    trader.house.write("config.toml", &slower);
    let answers = |on: &str, body: &Value| {
        let what = json!({ "status": { "status": 200, "body": body.to_string() } });
        let rule = json!({ "on": on, "what": what }).to_string();
        trader.venue.ask("POST", "/emulator/faults", &rule)["number"].clone()
    };
    let none = json!({ "data": [], "next_cursor": "LTE=", "limit": 100, "count": 0 });
    answers("GET /data/orders", &none);
    let unknown = answers("GET /data/order/{id}", &json!(null));
    trader.venue.fault(&json!({ "on": "POST /order", "nth": 1, "what": "drop_reply" }));
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.call(&["preview", &plan]).expect(0);
    let market = &trader.venue.told["markets"][0];
    std::thread::scope(|threads| {
        let run = threads.spawn(|| trader.report(&["run", "--real", &plan]));
        let begun = std::time::Instant::now();
        while trader.venue.placed().is_empty() {
            assert!(begun.elapsed().as_secs() < 30, "nothing was placed");
            std::thread::sleep(Duration::from_millis(20));
        }
        let order = json!({ "id": trader.venue.placed()[0], "status": "UNMATCHED", "market": market["condition"],
            "owner": "00000000-0000-4000-8000-000000000000", "maker_address": trader.wallet,
            "asset_id": market["tokens"][0], "side": "BUY", "original_size": "10", "size_matched": "0",
            "price": "0.25", "outcome": "Yes", "order_type": "GTC", "expiration": "0", "associate_trades": [],
            "created_at": 1_795_000_000 });
        answers("GET /data/order/{id}", &order);
        // Without an instant between the two at which it would be looked up as it is.
        trader.venue.ask("DELETE", &format!("/emulator/faults/{unknown}"), "");
        let done = run.join().expect("a run");
        assert_eq!(codes(&done), ["IN_DOUBT"], "{done:#}");
    });
    let sent = ["/order", "/orders"].map(|path| trader.venue.requests("POST", path));
    assert_eq!(sent[0] + sent[1], 1);
    trader.venue.no_faults();
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "resting")), (vec![], 1), "{after:#}");
    trader.house.verify();
}
