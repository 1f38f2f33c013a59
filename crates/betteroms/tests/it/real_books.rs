//! Dollars that come and go without an order of ours: what the venue pays is booked as what it was, once and only as far as
//! the chain shows it; deposits, withdrawals and complete sets bought elsewhere are booked by `account adopt`.
//!
//! Planted by hand and seen red: a withdrawal booked as a deposit, sets whose cost nobody keeps, a difference that is looked
//! into only when it is new.

use crate::ledger::texts;
use crate::trader::{Trader, codes, trade};
use serde_json::{Value, json};
use std::time::Duration;

/// A trader whose books are open, at a time after which the venue's payments count: it tells them in whole seconds.
fn begun() -> Trader {
    let trader = Trader::new("bob");
    let first = trader.report(&["run", "--real"]);
    assert_eq!((codes(&first), &first["books"]), (vec![], &json!({ "opening": "1000" })));
    std::thread::sleep(Duration::from_millis(1_100));
    trader
}

fn change(trader: &Trader, what: &Value) {
    trader.venue.post(&format!("/emulator/accounts/{}", trader.wallet), &what.to_string());
}

/// What the venue paid and the books have: kind and dollars.
fn paid(trader: &Trader) -> Vec<(String, String)> {
    let bodies = texts(&trader.house.db(), "SELECT body FROM events WHERE kind = 'paid'");
    let text = |fact: &Value, name: &str| fact[name].as_str().expect("a text").to_owned();
    let facts = bodies.iter().map(|body| {
        let event: Value = serde_json::from_str(body).expect("an event");
        let payment = &event["fact"]["payment"];
        (text(payment, "kind"), text(payment, "cash"))
    });
    facts.collect()
}

fn pair(kind: &str, cash: &str) -> (String, String) {
    (kind.to_owned(), cash.to_owned())
}

#[test]
fn what_the_venue_pays_is_booked_once_as_what_it_is_and_blocks_nothing() {
    let trader = begun();
    change(
        &trader,
        &json!({ "pay": [{ "kind": "REWARD", "cash": "1.234567" }, { "kind": "TAKER_REBATE", "cash": "0.5" },
            { "kind": "TAKER_REBATE", "cash": "0.5" }, { "kind": "YIELD", "cash": "0.01" }] }),
    );
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let report = trader.trade(&plan);
    assert_eq!((codes(&report), &report["counts"]["filled"]), (vec![], &json!(1)), "{report:#}");
    let mut told = paid(&trader);
    told.sort();
    let rebate = || pair("TAKER_REBATE", "0.5");
    assert_eq!(told, [pair("REWARD", "1.234567"), rebate(), rebate(), pair("YIELD", "0.01")]);
    let books = json!({ "opening": "1000", "reward": "1.234567", "rebate": "1", "yield": "0.01",
        "trades": "-3.3", "fees": "-0.15477" });
    assert_eq!(report["books"], books);
    assert_eq!(report["payments"].as_array().map(Vec::len), Some(4));
    // Earned, and not brought in.
    assert_eq!(report["cash"]["funded"], "1000");
    std::thread::sleep(Duration::from_millis(300));
    let text = trader.call(&["run", "--real"]).expect(0).out;
    assert!(text.contains("rewards 1.234567") || text.contains("rewards $1.234567"), "{text}");
    assert_eq!(paid(&trader).len(), 4, "nothing is booked again");
    // The next day's.
    change(&trader, &json!({ "pay": [{ "kind": "MAKER_REBATE", "cash": "2" }] }));
    let report = trader.report(&["run", "--real"]);
    assert_eq!((codes(&report), &report["books"]["rebate"]), (vec![], &json!("3")), "{report:#}");
    trader.house.verify();
}

#[test]
fn what_no_receipt_shows_stays_a_difference_until_one_does() {
    let trader = begun();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "result": null }).to_string();
    trader.venue.fault(&json!({ "on": "relayer POST /rpc", "match": "eth_getTransactionReceipt",
        "what": { "status": { "status": 200, "body": body } } }));
    change(&trader, &json!({ "pay": [{ "kind": "REWARD", "cash": "1" }] }));
    assert_eq!(codes(&trader.report(&["run", "--real"])), ["CASH_DIFFERS"]);
    assert_eq!(codes(&trader.report(&["run", "--real"])), ["CASH_DIFFERS"]);
    assert_eq!(paid(&trader), []);
    trader.venue.no_faults();
    // The difference was told before; it is looked into all the same.
    assert_eq!(codes(&trader.report(&["run", "--real"])), Vec::<String>::new());
    assert_eq!(paid(&trader), [pair("REWARD", "1")]);
}

#[test]
fn deposits_and_withdrawals_wait_for_the_operator_and_are_booked_as_such() {
    let trader = begun();
    change(&trader, &json!({ "deposit": "50", "pay": [{ "kind": "REWARD", "cash": "1" }] }));
    // The venue's own is booked; what is left is nobody's word but the operator's.
    let report = trader.report(&["run", "--real"]);
    assert_eq!(codes(&report), ["CASH_DIFFERS"], "{report:#}");
    assert_eq!(report["books"], json!({ "opening": "1000", "reward": "1" }));
    let adopted = trader.call(&["account", "adopt", "--yes"]).expect(0).out;
    assert!(adopted.contains("$50.00 to adopt"), "{adopted}");
    change(&trader, &json!({ "withdraw": "20", "pay": [{ "kind": "REWARD", "cash": "3" }] }));
    // Within a minute of the adoption nobody knows whether it was in it: the difference is told.
    assert_eq!(codes(&trader.report(&["run", "--real"])), ["CASH_DIFFERS"]);
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    let report = trader.report(&["run", "--real"]);
    let books = json!({ "opening": "1000", "deposit": "50", "withdrawal": "-17", "reward": "1" });
    assert_eq!((codes(&report), &report["books"]), (vec![], &books));
    assert_eq!(report["cash"]["funded"], "1033");
    trader.house.verify();
}

#[test]
fn an_adoption_books_first_what_the_history_explains() {
    let trader = begun();
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    trader.trade(&plan);
    std::thread::sleep(Duration::from_millis(300));
    trader.call(&["run", "--real"]).expect(0);
    let rain = trader.call(&["--json", "market", "show", "rain"]).expect(0).json();
    let condition = rain["market"]["condition"].as_str().or(rain["condition"].as_str());
    let condition = condition.unwrap_or_else(|| panic!("no condition in {rain}"));
    change(
        &trader,
        &json!({ "split": [{ "market": condition, "sets": "7" }], "withdraw": "100",
            "pay": [{ "kind": "YIELD", "cash": "0.25" }] }),
    );
    let said = codes(&trader.report(&["run", "--real"]));
    assert!(said.contains(&"SHARES_DIFFER".to_owned()), "{said:?}");
    let shown = trader.call(&["account", "adopt", "--yes"]).expect(0).out;
    assert!(shown.contains("split     $7.00 became complete sets of rain"), "{shown}");
    assert!(shown.contains("$0.25 by the venue"), "{shown}");
    assert!(shown.contains("none to adopt"), "{shown}");
    let report = trader.report(&["run", "--real"]);
    assert_eq!(codes(&report), Vec::<String>::new(), "{report:#}");
    let books = &report["books"];
    assert_eq!((&books["split"], &books["withdrawal"]), (&json!("-7"), &json!("-100")), "{books}");
    let lines = report["positions"].as_array().expect("positions").clone();
    let held: Vec<_> = lines.iter().map(|one| (&one["shares"], &one["cost"])).collect();
    assert_eq!(held, [(&json!("17"), &json!("6.8")), (&json!("7"), &json!("3.5"))], "{lines:?}");
    assert_eq!(paid(&trader), [pair("YIELD", "0.25")]);
    trader.house.verify();
}
