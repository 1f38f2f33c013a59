//! What an operator does off the path: changes that cannot work, a venue that goes away in mid-run, shares that the
//! chain no longer has, an arming that has ended. Each is told before anything is lost by it.

use crate::trader::{SCRIPT, Trader, codes, count, trade};
use betteroms::crash::{Point, VARIABLE};
use serde_json::{Value, json};

/// A pass more, once what was traded has settled.
fn settled(trader: &Trader) -> Value {
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"])
}

/// Each refusal comes before the cancel: what rests, rests on, and the venue was asked for nothing.
#[test]
fn a_change_that_cannot_work_takes_nothing_out() {
    let trader = Trader::new("bob");
    let plan = trader.plan(
        "mine",
        &[trade("rain", "BUY", "0.25", 20, "GTC"), trade("rain", "BUY", "0.33", 10, "GTC")],
    );
    let done = trader.trade(&plan);
    assert_eq!((count(&done, "filled"), count(&done, "resting")), (1, 1), "{done:#}");
    let refused = |arguments: &[&str], code: &str| {
        let said = trader.call(&[arguments, &["--yes"]].concat()).expect(2);
        assert!(
            said.err.contains(code) && said.err.contains("Nothing was changed"),
            "{}",
            said.err
        );
        let json = trader.call(&[&["--json"], arguments, &["--yes"]].concat()).expect(2);
        assert!(json.err.contains(code), "{}", json.err);
    };
    refused(&["replace", "mine/0/1", "--price", "0.255"], "Write 0.25 or 0.26");
    refused(&["replace", "mine/0/1", "--price", "0.255"], "[OFF_TICK]");
    refused(&["replace", "mine/0/1", "--price", "0.51"], "[NOTIONAL_OVER_LIMIT]");
    refused(&["flatten", "rain", "--not-below", "0.295"], "[OFF_TICK]");
    trader.call(&["halt"]).expect(0);
    refused(&["replace", "mine/0/1", "--price", "0.26"], "[HALTED]");
    assert_eq!(trader.venue.changes("ended").len(), 0, "something was taken out");
    assert_eq!(trader.venue.placed().len(), 2);
    // A halt holds no exit back.
    settled(&trader);
    trader.call(&["flatten", "rain", "--not-below", "0.29", "--yes"]).expect(3);
    assert_eq!(trader.venue.changes("ended").len(), 1);
    trader.call(&["resume", "--yes"]).expect(0);
    let after = settled(&trader);
    assert_eq!((count(&after, "resting"), &after["positions"]), (0, &json!([])), "{after:#}");
    trader.house.verify();
}

/// What is worth more than the limit of a trade goes in parts, and by the market's name also where no order of ours
/// was ever there.
#[test]
fn a_large_holding_from_elsewhere_is_flattened_in_parts() {
    let mut script: Value = serde_json::from_str(SCRIPT).unwrap();
    script["accounts"][0]["shares"] = json!([{ "market": "rain", "outcome": "Yes", "size": 100 }]);
    let trader = Trader::at(&script.to_string(), "alice", "");
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    trader.report(&["run", "--real"]);
    trader.call(&["flatten", "drought", "--not-below", "0.29", "--yes"]).expect(2);
    // $29 at a limit of $10: three sales, and what they got is what the book pays.
    trader.call(&["flatten", "rain", "--not-below", "0.29", "--yes"]).expect(0);
    assert_eq!(trader.venue.placed().len(), 3);
    let after = settled(&trader);
    assert_eq!(after["positions"], json!([]), "{after:#}");
    assert_eq!(trader.differences(), Vec::<String>::new());
    trader.house.verify();
}

/// The chain no longer has what the books say; the operator takes its word, and that is the end of it, though nothing
/// is held there any more.
#[test]
fn a_difference_ends_with_the_adoption_that_explains_it() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    trader.trade(&plan);
    settled(&trader);
    let _elsewhere = trader.another_venue("config.toml");
    let seen = trader.report(&["run", "--real"]);
    assert_eq!(codes(&seen), ["CASH_DIFFERS", "SHARES_DIFFER"], "{seen:#}");
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    let after = trader.call(&["--json", "run", "--real"]).expect(0).json();
    assert_eq!(codes(&after["report"]), Vec::<String>::new(), "{after:#}");
    assert_eq!(after["report"]["positions"], json!([]));
    trader.house.verify();
}

/// Orders that were decided and did not leave are told, whatever stopped them.
#[test]
fn what_did_not_leave_in_mid_run_is_told() {
    let script = SCRIPT.replace("\"settings\": {", "\"settings\": { \"limits\": \"off\",");
    let trader = Trader::at(&script, "bob", "");
    let trades: Vec<Value> = (0..80).map(|_| trade("rain", "BUY", "0.02", 5, "GTC")).collect();
    let plan = trader.plan("many", &trades);
    trader.call(&["preview", &plan]).expect(0);
    // The first wave passes, of sixty orders in four requests; the second one is turned away until it gives up.
    let away = json!({"status": {"status": 429, "retry_after": 1}});
    trader.venue.fault(&json!({"on": "POST /orders", "from": 5, "what": away}));
    let said = trader.call(&["run", "--real", &plan]).expect(3);
    assert!(said.out.contains("LOOK · 1 thing needs you"), "{}", said.out);
    assert!(said.out.contains("20 orders did not leave"), "{}", said.out);
    trader.venue.no_faults();
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "resting")), (vec![], 80), "{after:#}");
    assert_eq!(trader.venue.placed().len(), 80);
    trader.house.verify();
}

/// Nobody sits beside such a run: it must not turn into one on paper.
#[test]
fn an_arming_that_has_ended_is_told_and_nothing_runs() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.call(&["arm", "--max-order", "5", "--max-day", "20", "--for", "1h", "--yes"]).expect(0);
    let config = std::fs::read_to_string(trader.house.path("config.toml")).unwrap();
    trader.house.write("config.toml", &format!("{config}perDay = 40\n"));
    let said = trader.call(&["run", &plan]).expect(3);
    assert!(said.out.contains("the limits have changed since"), "{}", said.out);
    let said = trader.call(&["--json", "run", &plan]).expect(3).json();
    assert_eq!(said["why"], "ARMING_ENDED");
    assert_eq!(said.get("report"), Some(&Value::Null), "as every run: {said}");
    assert_eq!(trader.venue.placed().len(), 0);
    trader.house.write("config.toml", &config);
    trader.call(&["run", &plan]).expect(0);
    assert_eq!(trader.venue.placed().len(), 1);
}

/// A request that arrives when everybody had given it up: it is taken out in the end, and nothing took its place
/// before that was known.
#[test]
fn an_order_that_arrives_after_its_cancel_is_seen_and_taken_out() {
    let trader = Trader::new("bob");
    let late = json!({"late": {"ms": 12000}});
    trader.venue.fault(&json!({"on": "POST /order", "nth": 1, "what": late}));
    trader.venue.fault(&json!({"on": "POST /order", "nth": 2, "what": "drop"}));
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    let sent = trader.trade(&plan);
    assert_eq!(codes(&sent), ["IN_DOUBT"], "{sent:#}");
    let begun = std::time::Instant::now();
    let said = trader.call(&["replace", "mine/0/1", "--price", "0.26", "--yes"]).expect(2);
    assert!(said.err.contains("[IN_DOUBT]"), "{}", said.err);
    trader.call(&["cancel", "mine/0/1"]).expect(0);
    assert_eq!(trader.venue.placed().len(), 0, "it arrived too early for this test");
    while trader.venue.placed().is_empty() {
        assert!(begun.elapsed().as_secs() < 30, "it never arrived");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let seen = trader.call(&["--json", "run", "--real"]).expect(3).json();
    assert!(codes(&seen["report"]).contains(&"REAPPEARED".to_owned()), "{seen:#}");
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "resting")), (vec![], 0), "{after:#}");
    assert_eq!(trader.venue.changes("ended").len(), 1);
    trader.house.verify();
}

/// What is left of an order may be too little for another one.
#[test]
fn a_rest_that_is_too_small_or_too_short_is_not_replaced() {
    let trader = Trader::new("bob");
    let mut short = trade("rain", "BUY", "0.25", 10, "GTT");
    short["cancelAfterSec"] = json!(136);
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.31", 7, "GTC"), short]);
    assert_eq!(count(&trader.trade(&plan), "resting"), 2);
    let token = trader.venue.told["markets"][0]["tokens"][0].clone();
    let sale = json!({ "token": token, "side": "SELL", "price": 0.31, "size": 4 });
    trader.venue.post("/emulator/crowd", &sale.to_string());
    std::thread::sleep(std::time::Duration::from_millis(6_500));
    settled(&trader);
    let small = trader.call(&["replace", "mine/0/1", "--price", "0.30", "--yes"]).expect(2);
    assert!(small.err.contains("3 shares are left of it"), "{}", small.err);
    assert!(small.err.contains("[UNDER_MINIMUM]"), "{}", small.err);
    let short = trader.call(&["replace", "mine/1/1", "--price", "0.24", "--yes"]).expect(2);
    assert!(short.err.contains("[LIFETIME_TOO_SHORT]"), "{}", short.err);
    assert_eq!((trader.venue.changes("ended").len(), trader.venue.placed().len()), (0, 2));
    trader.house.verify();
}

/// What is for paper touches nothing real, not even what a killed run left.
#[test]
fn paper_cash_and_resets_are_not_for_a_real_account() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.trade(&plan);
    let (account, events) = (format!("real:{}", trader.wallet), trader.house.verify());
    for command in [&["deposit", "--paper", "5"][..], &["reset", "--paper"]] {
        let named = [&["--account", &account, "account"], command].concat();
        let said = trader.call(&named).expect(2);
        assert!(said.err.contains("`betteroms account adopt` books it"), "{}", said.err);
    }
    assert_eq!((trader.house.verify(), trader.venue.changes("ended").len()), (events, 0));
}

/// A run was killed while its order was on the way: nobody knows of it, and nothing takes its place.
#[test]
fn an_order_that_was_cut_off_on_its_way_is_not_replaced() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.call(&["preview", &plan]).expect(0);
    let mut run = trader.house.bare();
    run.arg("--db").arg(trader.house.db()).arg("--config").arg(trader.house.path("config.toml"));
    run.args(["run", "--real", &plan]);
    let killed = run.env(VARIABLE, format!("{}:1", Point::Sending.name())).output().unwrap();
    assert!(!killed.status.success());
    let replace = ["replace", "mine/0/1", "--price", "0.26", "--yes"];
    assert!(trader.call(&replace).expect(2).err.contains("[IN_DOUBT]"));
    // Asked to end, and still not known to have ended: neither a doubt nor an order that rested.
    trader.venue.fault(&json!({"on": "GET /data/order/{id}", "what": {"status": {"status": 503}}}));
    trader.call(&["cancel", "mine/0/1"]);
    let said = trader.call(&replace).expect(2);
    assert!(said.err.contains("[IN_DOUBT]"), "{}", said.err);
    assert_eq!(trader.venue.placed().len(), 0);
    trader.venue.no_faults();
    trader.house.verify();
}

/// The venue keeps a copy of what the wallet holds, and refuses for good what that does not cover: it is asked to look
/// again before anything is sold.
#[test]
fn shares_from_elsewhere_are_sold_though_the_venue_had_not_seen_them() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    trader.trade(&plan);
    settled(&trader);
    // It looks at the token, and so remembers ten.
    let mut exit = trade("rain", "SELL", "0.30", 5, "FAK");
    exit["reduceOnly"] = json!(true);
    let plan = trader.plan("first", &[exit.clone()]);
    let sold = trader.trade(&plan);
    assert_eq!(count(&sold, "filled"), 1, "{sold:#}");
    let token = trader.venue.told["markets"][0]["tokens"][0].clone();
    let more = json!({"shares": [{"token": token, "size": "20"}]});
    trader.venue.post(&format!("/emulator/accounts/{}", trader.wallet), &more.to_string());
    settled(&trader);
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    exit["size"] = json!("all");
    exit.as_object_mut().unwrap().remove("sizeUnit");
    let plan = trader.plan("rest", &[exit]);
    let sold = trader.trade(&plan);
    assert_eq!((count(&sold, "filled"), count(&sold, "rejected")), (1, 0), "{sold:#}");
    let after = settled(&trader);
    assert_eq!((codes(&after), &after["positions"]), (vec![], &json!([])), "{after:#}");
    trader.house.verify();
}

/// One answer that refuses is no reason to stop, and credentials that are good need no others.
#[test]
fn a_panic_goes_on_where_the_venue_refuses_once() {
    let trader = Trader::new("bob");
    let plan = trader.plan(
        "mine",
        &[trade("rain", "BUY", "0.25", 10, "GTC"), trade("rain", "BUY", "0.24", 10, "GTC")],
    );
    trader.trade(&plan);
    for route in ["DELETE /cancel-all", "GET /auth/derive-api-key", "POST /auth/api-key"] {
        let refused = json!({"status": {"status": 403}});
        trader.venue.fault(&json!({"on": route, "times": 1, "what": refused}));
    }
    let said = trader.call(&["--json", "panic"]).expect(0).json();
    assert_eq!((&said["cancelled"], &said["stillOpen"]), (&json!(2), &json!(0)), "{said}");
    assert!(trader.venue.requests("DELETE", "/cancel-all") >= 2);
    trader.house.verify();
}

/// A halt is beside the store itself, whatever link led to it.
#[test]
fn a_freeze_reaches_a_run_that_knows_the_store_by_a_link() {
    let trader = Trader::new("bob");
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    let config = trader.house.path("config.toml");
    let (store, link) = (trader.house.path("store.db"), trader.house.path("link.db"));
    let by = |db: &std::path::Path, arguments: &[&str]| {
        trader.house.on(db, &[&["--config", config.to_str().unwrap()], arguments].concat())
    };
    by(&store, &["preview", &plan]).expect(0);
    std::os::unix::fs::symlink(&store, &link).unwrap();
    by(&store, &["panic"]).expect(0);
    let held = by(&link, &["--json", "run", "--real", &plan]).expect(3).json();
    assert_eq!(codes(&held["report"]), ["BRAKED"], "{held:#}");
    assert_eq!(trader.venue.placed().len(), 0);
}
