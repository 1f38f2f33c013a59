//! What the venue tells in a way that nobody can book blocks its own market; cancels and exits go on. And a freeze
//! that comes in the middle of a run.

use crate::trader::{SCRIPT, Trader, codes, count, trade};
use serde_json::{Value, json};

/// A trade whose price is a quotient: its market is blocked, the others trade, orders of it are cancelled, and
/// what was bought before is sold. Then the operator takes the chain's word.
#[test]
fn a_trade_told_as_a_quotient_blocks_its_market_and_neither_cancels_nor_exits() {
    let trader = Trader::new("bob");
    let plan = trader.plan(
        "before",
        &[trade("rain", "BUY", "0.33", 20, "GTC"), trade("rain", "BUY", "0.25", 10, "GTC")],
    );
    let done = trader.trade(&plan);
    assert_eq!((count(&done, "filled"), count(&done, "resting")), (1, 1), "{done:#}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"]);
    let odd = json!({"hostile": {"with": "quotients"}});
    trader.venue.fault(&json!({"on": "GET /data/trades", "what": odd}));
    let plan = trader.plan(
        "odd",
        &[trade("rain", "BUY", "0.33", 10, "GTC"), trade("rain", "BUY", "0.24", 10, "GTC")],
    );
    let seen = trader.trade(&plan);
    assert!(codes(&seen).contains(&"UNBELIEVABLE".to_owned()), "{seen:#}");
    let plan = trader.plan(
        "next",
        &[trade("rain", "BUY", "0.23", 10, "GTC"), trade("snow", "BUY", "0.300", 10, "GTC")],
    );
    let seen = trader.trade(&plan);
    let of = |report: &Value, slug: &str| {
        let all = report["orders"].as_array().unwrap().clone();
        let mine = |one: &&Value| one["runId"] == "next" && one["market"] == slug;
        all.iter().find(mine).map(|one| one["status"].clone())
    };
    assert_eq!(of(&seen, "rain"), Some(json!("WAITING")), "{seen:#}");
    trader.call(&["cancel", "before/1/1"]).expect(0);
    let mut exit = trade("rain", "SELL", "0.29", 5, "GTC");
    exit["reduceOnly"] = json!(true);
    let plan = trader.plan("exit", &[exit]);
    let before = trader.venue.placed().len();
    trader.trade(&plan);
    assert_eq!(trader.venue.placed().len(), before + 1, "the exit was sent");
    trader.house.verify();
    // The venue tells it right again: all is booked, and nothing is blocked.
    trader.venue.no_faults();
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"]);
    let clear = trader.report(&["run", "--real"]);
    assert_eq!(codes(&clear), Vec::<String>::new(), "{clear:#}");
    assert_eq!(trader.differences(), Vec::<String>::new());
    trader.house.verify();
}

/// The operator has looked, and takes the chain's word: what could not be believed is never booked after that.
#[test]
fn what_could_not_be_believed_is_taken_over_from_the_chain() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    let odd = json!({"hostile": {"with": "quotients"}});
    trader.venue.fault(&json!({"on": "GET /data/trades", "what": odd}));
    let plan = trader.plan("odd", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let seen = trader.trade(&plan);
    assert!(codes(&seen).contains(&"UNBELIEVABLE".to_owned()), "{seen:#}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"]);
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    trader.venue.no_faults();
    let after = trader.report(&["run", "--real"]);
    assert_eq!(after["positions"][0]["shares"], "10", "{after:#}");
    assert!(!codes(&after).contains(&"UNBELIEVABLE".to_owned()), "{after:#}");
    assert_eq!(trader.differences(), Vec::<String>::new());
    trader.house.verify();
}

/// A freeze that comes while a run is sending: what that run placed to buy does not rest after it.
#[test]
fn a_freeze_in_the_middle_of_a_run_takes_its_buys_out() {
    let script = SCRIPT.replace("\"settings\": {", "\"settings\": { \"limits\": \"off\",");
    let trader = Trader::at(&script, "bob", "");
    let trades: Vec<Value> = (0..60).map(|_| trade("rain", "BUY", "0.02", 5, "GTC")).collect();
    let plan = trader.plan("many", &trades);
    trader.call(&["preview", &plan]).expect(0);
    let delay = json!({"delay": {"ms": 900, "when": "after"}});
    trader.venue.fault(&json!({"on": "POST /orders", "what": delay}));
    std::thread::scope(|threads| {
        let run = threads.spawn(|| trader.report(&["run", "--real", &plan]));
        let begun = std::time::Instant::now();
        while trader.venue.requests("POST", "/orders") == 0 {
            assert!(begun.elapsed().as_secs() < 30, "nothing was sent");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let said = trader.call(&["--json", "halt", "--freeze"]).expect(0).json();
        assert_eq!(said["runHoldsStore"], true, "{said}");
        let done = run.join().unwrap();
        assert_eq!(count(&done, "resting"), 0, "{:#}", done["counts"]);
        assert!(count(&done, "cancelled") >= 15, "{:#}", done["counts"]);
    });
    let cancelled = trader.venue.changes("ended").len();
    assert_eq!(trader.venue.placed().len(), cancelled);
    println!("{cancelled} placed and taken out by the same run");
    trader.house.verify();
}

/// What is refused after the command was understood is told in JSON where JSON was asked for.
#[test]
fn replace_and_flatten_tell_everything_in_json() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.trade(&plan);
    let lost = json!("drop");
    trader.venue.fault(&json!({"on": "DELETE /orders", "what": lost}));
    trader.venue.fault(&json!({"on": "DELETE /order", "what": lost}));
    let replace = ["--json", "replace", "mine/0/1", "--price", "0.26", "--yes"];
    let said = trader.call(&replace).expect(3).json();
    assert_eq!((&said["placed"], &said["why"]), (&json!(false), &json!("NOT_CONFIRMED")), "{said}");
    let flatten = ["--json", "flatten", "rain", "--not-below", "0.29", "--yes"];
    let said = trader.call(&flatten).expect(3).json();
    assert_eq!((&said["placed"], &said["why"]), (&json!(false), &json!("NOT_CONFIRMED")), "{said}");
    let left = trader.report(&["run", "--real"]);
    assert_eq!(codes(&left), ["CANCEL_UNPROVEN"], "{left:#}");
    trader.venue.no_faults();
    let said = trader.call(&flatten).expect(0).json();
    assert_eq!((&said["takenOut"], &said["why"]), (&json!(1), &json!("NOTHING_HELD")), "{said}");
}
