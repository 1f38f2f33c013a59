//! A real account's way through the program, against the emulator: previewed, run, looked after, taken out.

use crate::house::{House, Said, beside};
use crate::trader::{SCRIPT, Trader, codes, count, trade};
use betteroms::crash::{Point, VARIABLE};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// A fill-and-kill buy for dollars.
fn take(price: &str, dollars: &str) -> Value {
    let mut one = trade("rain", "BUY", price, 1, "FAK");
    (one["size"], one["sizeUnit"]) = (json!(dollars), json!("USDC"));
    one
}

const NONE: Vec<String> = Vec::new();

#[test]
fn a_plan_is_previewed_run_booked_and_done() {
    for name in ["bob", "alice"] {
        let trader = Trader::new(name);
        let plan = trader.plan(
            "first",
            &[trade("rain", "BUY", "0.33", 10, "GTC"), trade("rain", "BUY", "0.31", 10, "GTC")],
        );
        let refused = trader.report(&["run", "--real", &plan]);
        assert_eq!(count(&refused, "waiting"), 2, "{refused:#}");
        assert!(codes(&refused).contains(&"UNARMED".to_owned()), "{refused:#}");
        assert_eq!(trader.venue.placed().len(), 0);

        let preview = trader.call(&["preview", &plan]).expect(0);
        assert!(preview.out.contains("first: costs $6.81 at worst"), "{}", preview.out);
        let done = trader.report(&["run", "--real", &plan]);
        assert_eq!((count(&done, "filled"), count(&done, "resting")), (1, 1), "{done:#}");
        assert_eq!(codes(&done), NONE, "{done:#}");
        assert_eq!(trader.venue.placed().len(), 2);
        assert_eq!(trader.differences(), NONE);
        let again = trader.report(&["run", "--real", &plan]);
        assert_eq!(again["plans"][0]["result"]["result"], "still_live", "{again:#}");
        // Our own bid of 0.31 is no buyer for our shares.
        assert_eq!(again["positions"][0]["mark"], "0.3", "{again:#}");
        assert_eq!(trader.venue.placed().len(), 2);
        trader.house.verify();
    }
}

/// A reply that is lost, a request that is lost, nonsense, and a venue that says 500: each order is placed
/// once, whatever the answer was.
#[test]
fn what_is_in_doubt_is_looked_for_and_sent_once_more_at_most() {
    let (mut placed, mut resent) = (0, 0);
    for (what, arrives) in [
        (json!("drop_reply"), true),
        (json!("drop"), false),
        (json!("malformed"), true),
        (json!("wrong_id"), true),
        (json!({"status": {"status": 500}}), false),
    ] {
        let trader = Trader::new("bob");
        let plan = trader.plan(
            "doubt",
            &[trade("rain", "BUY", "0.33", 10, "FAK"), trade("rain", "BUY", "0.25", 10, "GTC")]
                .map(|mut one| {
                    if one["timeInForce"] == "FAK" {
                        one["size"] = json!("3.3");
                        one["sizeUnit"] = json!("USDC");
                    }
                    one
                }),
        );
        trader.call(&["preview", &plan]).expect(0);
        trader.venue.fault(&json!({"on": "POST /orders", "times": 1, "what": what}));
        let done = trader.report(&["run", "--real", &plan]);
        assert_eq!((count(&done, "filled"), count(&done, "resting")), (1, 1), "{what}: {done:#}");
        assert_eq!(codes(&done), NONE, "{what}: {done:#}");
        let all = trader.venue.placed();
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (2, 2), "{what}");
        placed += all.len();
        let sent = trader.venue.requests("POST", "/orders");
        assert_eq!(sent, if arrives { 1 } else { 2 }, "{what}");
        resent += sent - 1;
        assert_eq!(trader.differences(), NONE, "{what}");
        trader.house.verify();
    }
    println!("{placed} orders placed once each, {resent} requests repeated");
    assert_eq!((placed, resent), (10, 2));
}

/// What a refusal, a mode and a lifetime make of an order.
#[test]
fn refusals_end_modes_hold_and_short_lives_are_denied() {
    let trader = Trader::new("bob");
    let mut short = trade("rain", "BUY", "0.25", 10, "GTT");
    short["cancelAfterSec"] = json!(60);
    let mut long = trade("snow", "BUY", "0.35", 10, "GTT");
    long["cancelAfterSec"] = json!(600);
    let mut crossing = trade("rain", "BUY", "0.33", 10, "GTC");
    crossing["postOnly"] = json!(true);
    let plan = trader.plan("kinds", &[short, long, crossing]);
    let done = trader.trade(&plan);
    let of = |index: usize| &done["orders"][index];
    assert_eq!(of(0)["denial"]["code"], "LIFETIME_TOO_SHORT", "{done:#}");
    assert_eq!(of(1)["status"], "OPEN", "{done:#}");
    assert_eq!(
        (&of(2)["status"], &of(2)["end"]),
        (&json!("REJECTED"), &json!("POST_ONLY_WOULD_CROSS")),
        "{done:#}"
    );
    trader.venue.ask("POST", "/emulator/mode", r#"{"mode": "cancel_only"}"#);
    let plan = trader.plan("held", &[trade("rain", "BUY", "0.24", 10, "GTC")]);
    let done = trader.trade(&plan);
    assert_eq!(count(&done, "waiting"), 1, "{done:#}");
    assert_eq!(done["orders"][0]["wait"]["mode"], "CANCEL_ONLY", "{done:#}");
    // What does not wait does not come back another day.
    let plan = trader.plan("now", &[take("0.33", "3.3")]);
    let done = trader.trade(&plan);
    let now = done["orders"].as_array().unwrap().iter().find(|one| one["runId"] == "now").unwrap();
    assert_eq!(now["denial"]["code"], "BLOCKED", "{done:#}");
    assert_eq!(now["denial"]["by"]["code"], "VENUE_MODE", "{done:#}");
    // It never left: the venue has no name of it, and the day's cap does not count it.
    let named = "SELECT COUNT(*) FROM orders WHERE status = 'DENIED' AND venue_id IS NOT NULL";
    assert_eq!(crate::ledger::number(&trader.house.db(), named), 0);
    trader.venue.ask("POST", "/emulator/mode", r#"{"mode": "normal"}"#);
    let done = trader.report(&["run", "--real"]);
    assert_eq!(count(&done, "waiting"), 0, "{done:#}");
    assert_eq!(trader.venue.placed().len(), 2);
    assert_eq!(trader.differences(), NONE);
    trader.house.verify();
}

/// A pass that took its time before it sends: what the venue would refuse for good by then stays here, and says so.
#[test]
fn an_order_that_has_too_little_left_of_its_life_does_not_leave() {
    let trader = Trader::new("bob");
    let mut short = trade("rain", "BUY", "0.25", 10, "GTT");
    short["cancelAfterSec"] = json!(130);
    let mut long = trade("rain", "BUY", "0.24", 10, "GTT");
    long["cancelAfterSec"] = json!(600);
    let plan = trader.plan("late", &[short, long]);
    trader.call(&["preview", &plan]);
    trader
        .venue
        .fault(&json!({ "on": "POST /books", "times": 1, "what": { "delay": { "ms": 5_500 } } }));
    let done = trader.report(&["run", "--real", &plan]);
    let of = |index: usize| &done["orders"][index];
    assert_eq!(of(0)["denial"]["code"], "LIFETIME_TOO_SHORT", "{done:#}");
    assert_eq!((&of(1)["status"], codes(&done)), (&json!("OPEN"), vec!["HELD_BACK".to_owned()]));
    assert_eq!(trader.venue.placed().len(), 1);
    let day = done["caps"].as_array().unwrap().iter().find(|cap| cap["cap"] == "perDay").unwrap();
    assert_eq!(day["used"], "2.4", "what did not leave is not counted");
    trader.house.verify();
}

/// Another store with the same key is a stranger: its orders and fills are told and left alone.
#[test]
fn what_others_do_with_the_wallet_is_booked_told_and_left_alone() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    let other = trader.house.path("other.db");
    let config = trader.house.path("config.toml");
    let config = config.to_str().unwrap();
    let plan = trader.plan(
        "strange",
        &[trade("rain", "BUY", "0.33", 10, "GTC"), trade("rain", "BUY", "0.28", 10, "GTC")],
    );
    for command in [&["preview"][..], &["run", "--real"]] {
        let all = [&["--config", config], command, &[plan.as_str()]].concat();
        trader.house.on(&other, &all).expect(0);
    }
    let seen = trader.report(&["run", "--real"]);
    assert_eq!(codes(&seen), ["FOREIGN_ORDER", "FOREIGN_FILL"], "{seen:#}");
    assert_eq!(seen["positions"][0]["shares"], "10", "{seen:#}");
    // Told once, and the order while it rests.
    assert_eq!(codes(&trader.report(&["run", "--real"])), ["FOREIGN_ORDER"]);
    assert_eq!(trader.venue.changes("ended").len(), 0);
    trader.house.verify();
}

/// Failed while we looked, and failed before we ever saw it.
#[test]
fn a_failed_settlement_is_taken_back_and_told() {
    let mut taken_back = 0;
    for mined in ["0", "20", "300"] {
        let script =
            SCRIPT.replace("\"minedAfterMillis\": 20", &format!("\"minedAfterMillis\": {mined}"));
        let trader = Trader::at(&script, "bob", "");
        let fate = json!({"settlement": {"fate": "fail"}});
        trader.venue.fault(&json!({"on": "POST /order", "times": 1, "what": fate}));
        let plan = trader.plan(
            "fails",
            &[trade("rain", "BUY", "0.33", 10, "FOK")].map(|mut one| {
                one["size"] = json!("3.3");
                one["sizeUnit"] = json!("USDC");
                one
            }),
        );
        let first = trader.trade(&plan);
        std::thread::sleep(std::time::Duration::from_millis(600));
        let second = trader.report(&["run", "--real"]);
        let told: Vec<String> = [codes(&first), codes(&second)].concat();
        println!("mined after {mined} ms: {told:?}");
        taken_back += told.iter().filter(|code| *code == "SETTLEMENT_FAILED").count();
        let last = trader.report(&["run", "--real"]);
        assert_eq!(last["cash"]["total"], "1000", "{last:#}");
        assert_eq!(codes(&last), NONE, "{last:#}");
        let listed = trader.call(&["--json", "orders"]).json();
        assert_eq!(listed["orders"][0]["status"], "CANCELLED", "{listed:#}");
        trader.house.verify();
    }
    assert!(taken_back >= 1);
}

/// The venue shows each key its own orders and trades only (`R12`): what the other key of the wallet did is seen
/// on the chain, told, blocks new exposure there, and is taken over once somebody has looked.
#[test]
fn what_another_key_of_the_wallet_did_is_seen_on_the_chain() {
    let session = r#""cash": 1000,
      "sessions": [{ "name": "bot", "validUntil": "2099-01-01T00:00:00Z" }] },"#;
    let script = SCRIPT.replacen("\"cash\": 1000 },", session, 1);
    let owner = Trader::at(&script, "alice", "");
    let bot = owner.by_session("alice");
    for trader in [&owner, &bot] {
        let plan = trader.plan("own", &[trade("rain", "BUY", "0.20", 10, "GTC")]);
        assert_eq!(count(&trader.trade(&plan), "resting"), 1);
    }
    let plan = bot.plan("bot", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let done = bot.trade(&plan);
    assert_eq!((count(&done, "filled"), codes(&done)), (1, NONE), "{done:#}");
    let plan = owner.plan("later", &[trade("rain", "BUY", "0.21", 10, "GTC")]);
    let seen = owner.trade(&plan);
    assert_eq!(codes(&seen), ["CASH_DIFFERS", "SHARES_DIFFER"], "{seen:#}");
    assert_eq!((count(&seen, "waiting"), count(&seen, "resting")), (1, 1), "{seen:#}");
    owner.call(&["account", "adopt", "--yes"]).expect(0);
    let clear = owner.report(&["run", "--real"]);
    assert_eq!((codes(&clear), count(&clear, "resting")), (NONE, 2), "{clear:#}");
    assert_eq!(owner.venue.placed().len(), 4);
    assert_eq!(owner.venue.changes("ended").len(), 0);
    owner.house.verify();
    bot.house.verify();
}

#[test]
fn orders_are_cancelled_replaced_and_markets_flattened() {
    let trader = Trader::new("bob");
    let plan = trader.plan(
        "mine",
        &[
            trade("rain", "BUY", "0.33", 10, "GTC"),
            trade("rain", "BUY", "0.25", 10, "GTC"),
            trade("rain", "BUY", "0.24", 10, "GTC"),
            trade("snow", "BUY", "0.300", 10, "GTC"),
        ],
    );
    let done = trader.trade(&plan);
    assert_eq!((count(&done, "filled"), count(&done, "resting")), (1, 3), "{done:#}");
    let said = trader.call(&["cancel", "mine/1/1"]).expect(0);
    assert!(said.out.contains("cancelled"), "{}", said.out);
    trader.call(&["cancel", "nobody/1/1"]).expect(2);
    trader.call(&["replace", "mine/2/1", "--price", "0.26"]).expect(2);
    let said = trader.call(&["replace", "mine/2/1", "--price", "0.26", "--yes"]).expect(0);
    assert!(said.out.contains("2 resting"), "{}", said.out);
    let open = trader.call(&["--json", "orders", "--live"]).expect(0).json();
    let open: Vec<(&str, &str)> = open["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["market"].as_str().unwrap(), one["price"].as_str().unwrap()))
        .collect();
    assert_eq!(open.len(), 2, "{open:?}");
    assert!(open.contains(&("snow", "0.3")) && open.contains(&("rain", "0.26")), "{open:?}");
    // Exit 0 only where what follows was placed; what it sold is counted below.
    trader.call(&["flatten", "rain", "--not-below", "0.29", "--yes"]).expect(0);
    // And with nothing that rests there.
    let plan = trader.plan("again", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let done = trader.trade(&plan);
    let again = done["orders"].as_array().unwrap().iter().find(|one| one["runId"] == "again");
    assert_eq!(again.unwrap()["status"], "FILLED", "{done:#}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"]);
    let said = trader.call(&["flatten", "rain", "--not-below", "0.90", "--yes"]).expect(3);
    assert!(said.err.contains("was not placed"), "{} {}", said.out, said.err);
    // Exit 0 only where what follows was placed; what it sold is counted below.
    trader.call(&["flatten", "rain", "--not-below", "0.29", "--yes"]).expect(0);
    let stopped = trader.call(&["plan", "stop", "mine"]).expect(0);
    assert!(stopped.out.contains("0 waiting withdrawn, 1 resting cancelled"), "{}", stopped.out);
    trader.call(&["cancel", "--all"]).expect(0);
    let after = trader.report(&["run", "--real"]);
    assert_eq!(count(&after, "resting"), 0, "{after:#}");
    assert_eq!(after["positions"].as_array().unwrap().len(), 0, "{after:#}");
    assert_eq!(trader.differences(), NONE);
    assert_eq!(trader.venue.placed().len(), 8);
    trader.house.verify();
}

#[test]
fn a_halt_holds_new_exposure_a_freeze_takes_buys_out_and_panic_takes_all() {
    let trader = Trader::new("bob");
    let plan = trader.plan("calm", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.trade(&plan);
    trader.call(&["halt"]).expect(0);
    let plan = trader.plan("stopped", &[trade("rain", "BUY", "0.24", 10, "GTC")]);
    let halted = trader.trade(&plan);
    assert_eq!((count(&halted, "waiting"), count(&halted, "resting")), (1, 1), "{halted:#}");
    assert!(codes(&halted).contains(&"BRAKED".to_owned()), "{halted:#}");
    trader.call(&["halt", "--freeze"]).expect(0);
    // A halt does not thaw what a freeze holds; and what a block denies is permitted at its full cost.
    trader.call(&["halt"]).expect(0);
    let plan = trader.plan("blocked", &[take("0.33", "3.3")]);
    let preview = trader.call(&["preview", &plan]);
    assert!(preview.out.contains("blocked: costs $3.5"), "{}", preview.out);
    let frozen = trader.report(&["run", "--real"]);
    assert_eq!((count(&frozen, "cancelled"), count(&frozen, "resting")), (1, 0), "{frozen:#}");
    trader.call(&["resume"]).expect(2);
    let said = trader.call(&["resume", "--yes"]).expect(0);
    assert!(said.out.contains("stopped/0/1"), "{}", said.out);
    let resumed = trader.report(&["run", "--real"]);
    assert_eq!(count(&resumed, "resting"), 1, "{resumed:#}");
    // Without a store, a preview or a lease.
    let elsewhere = trader.house.path("none.db");
    let config = trader.house.path("config.toml");
    let arguments = ["--config", config.to_str().unwrap(), "--json", "panic"];
    let told = trader.house.on(&elsewhere, &arguments).expect(0).json();
    assert_eq!((&told["cancelled"], &told["stillOpen"]), (&json!(1), &json!(0)), "{told}");
    assert!(!elsewhere.exists());
    let after = trader.report(&["run", "--real"]);
    assert_eq!(count(&after, "resting"), 0, "{after:#}");
    trader.house.verify();
}

/// A panic writes its freeze beside the store; the next command that writes books it.
#[test]
fn status_shows_a_freeze_before_it_is_booked() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    assert_eq!(trader.call(&["--json", "status"]).expect(0).json()["brake"], Value::Null);
    trader.call(&["panic"]).expect(0);
    let asked = trader.call(&["--json", "status"]).expect(0).json();
    assert_eq!(asked["brake"], json!({"at": null, "freeze": true, "booked": false}), "{asked}");
    let told = trader.call(&["status"]).expect(0);
    assert!(told.out.contains("brake      frozen, asked for and not booked yet"), "{}", told.out);
    trader.report(&["run", "--real"]);
    let booked = trader.call(&["--json", "status"]).expect(0).json();
    assert_eq!(
        (&booked["brake"]["freeze"], &booked["brake"]["booked"]),
        (&json!(true), &json!(true))
    );
    assert!(trader.call(&["status"]).expect(0).out.contains("brake      frozen since "));
    // What the journal has as a halt is a freeze from the asking on.
    trader.call(&["resume", "--yes"]).expect(0);
    trader.call(&["halt"]).expect(0);
    trader.call(&["panic"]).expect(0);
    let asked = trader.call(&["--json", "status"]).expect(0).json();
    assert_eq!(asked["brake"], json!({"at": null, "freeze": true, "booked": false}), "{asked}");
    trader.house.verify();
}

/// With the venue down a panic takes minutes: what it has done and how long it goes on is told at once.
#[test]
fn a_panic_tells_at_once_that_it_froze_and_until_when_it_tries() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    let told = trader.call(&["--json", "panic"]).expect(0);
    assert_eq!(told.json()["halted"], true);
    assert_eq!(told.err, "frozen; asking the venue to take everything out …\n");
    trader.call(&["resume", "--yes"]).expect(0);
    trader.venue.stop();
    let mut command = trader.house.bare();
    command.arg("--db").arg(trader.house.db()).arg("--config");
    command.arg(trader.house.path("config.toml")).args(["--json", "panic"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "frozen; asking the venue to take everything out …");
    assert!(beside(&trader.house.db(), ".halt").exists());
    let goes_on = lines.find(|line| line.starts_with("the venue does not answer; ")).unwrap();
    let (_, until) = goes_on.split_once("until about ").unwrap();
    let until: jiff::Timestamp = until.parse().unwrap();
    assert!(until > jiff::Timestamp::now(), "{goes_on}");
    child.kill().unwrap();
    assert_eq!(Said::of(child.wait_with_output().unwrap()).out, "", "the document comes last");
}

/// Before the first pass there is nothing to list; but what stops the account is told.
#[test]
fn a_real_store_without_a_pass_names_the_real_run_and_shows_its_brake() {
    let trader = Trader::new("bob");
    trader.house.call(&["init"]).expect(0);
    let lists = [&["orders"][..], &["positions"], &["report"], &["cancel", "--all"]];
    for command in lists.iter().chain([&&["status"][..]]) {
        let said = trader.call(command).expect(2);
        assert!(said.err.contains("`betteroms run --real`"), "{command:?}: {}", said.err);
    }
    trader.call(&["panic"]).expect(0);
    let status = trader.call(&["status"]).expect(0).out;
    assert!(status.contains(&format!("account    real:{}", trader.wallet)), "{status}");
    assert!(status.contains("last pass  none yet\ncash       none is booked yet"), "{status}");
    assert!(status.contains("brake      frozen, asked for and not booked yet"), "{status}");
    trader.call(&["halt"]).expect(0);
    let told = trader.call(&["--json", "status"]).expect(0).json();
    assert_eq!((&told["brake"]["freeze"], &told["brake"]["booked"]), (&json!(true), &json!(true)));
    for command in lists {
        let said = trader.call(command).expect(2);
        assert!(said.err.contains("`betteroms run --real`"), "{command:?}: {}", said.err);
    }
    trader.call(&["resume", "--yes"]).expect(0);
    trader.call(&["status"]).expect(2);
    trader.call(&["account", "adopt", "--yes"]).expect(0);
    let status = trader.call(&["status"]).expect(0).out;
    assert!(status.contains("$1,000.00 free of $1,000.00, funded with $1,000.00"), "{status}");
    assert!(!status.contains("brake"), "{status}");
}

/// An open pass is one that a run is at, or one that was cut off: the lock tells which.
#[test]
fn status_tells_a_run_under_way_from_one_that_was_cut_off() {
    let trader = Trader::new("bob");
    let plan = trader.plan("slow", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    trader.call(&["preview", &plan]).expect(0);
    let delay = json!({"delay": {"ms": 2_000, "when": "after"}});
    trader.venue.fault(&json!({"on": "POST /order", "what": delay}));
    std::thread::scope(|threads| {
        let run = threads.spawn(|| trader.report(&["run", "--real", &plan]));
        let begun = std::time::Instant::now();
        while trader.venue.requests("POST", "/order") == 0 {
            assert!(begun.elapsed().as_secs() < 30, "nothing was sent");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let status = trader.call(&["status"]).expect(0).out;
        assert!(status.contains(": a run is under way") && !status.contains("cut off"), "{status}");
        let told = trader.call(&["--json", "status"]).expect(0).json();
        assert!(told["openPass"].is_string() && told["runUnderWay"] == true, "{told:#}");
        assert_eq!(count(&run.join().unwrap(), "resting"), 1);
    });
    trader.venue.no_faults();
    let plan = trader.plan("cut", &[trade("rain", "BUY", "0.24", 10, "GTC")]);
    trader.call(&["preview", &plan]).expect(0);
    let config = trader.house.path("config.toml");
    let mut cut_off = trader.house.bare();
    cut_off.arg("--db").arg(trader.house.db()).arg("--config").arg(&config);
    cut_off.args(["run", "--real", &plan]).env(VARIABLE, Point::Recorded.name());
    assert!(!cut_off.output().unwrap().status.success());
    let status = trader.call(&["status"]).expect(0).out;
    assert!(status.contains("the next `betteroms run --real` finishes it"), "{status}");
    let told = trader.call(&["--json", "status"]).expect(0).json();
    assert!(told["openPass"].is_string() && told["runUnderWay"] == false, "{told:#}");
    trader.report(&["run", "--real"]);
    let told = trader.call(&["--json", "status"]).expect(0).json();
    assert_eq!(
        (&told["openPass"], &told["runUnderWay"]),
        (&Value::Null, &json!(false)),
        "{told:#}"
    );
    trader.house.verify();
}

/// A halt that comes while a run is sending: what has left has left, nothing more leaves, and the next command
/// puts the halt into the journal.
#[test]
fn a_halt_stops_a_run_before_its_next_wave() {
    let script = SCRIPT.replace("\"settings\": {", "\"settings\": { \"limits\": \"off\",");
    let trader = Trader::at(&script, "bob", "");
    let trades: Vec<Value> = (0..150).map(|_| trade("rain", "BUY", "0.02", 5, "GTC")).collect();
    let plan = trader.plan("many", &trades);
    trader.call(&["preview", &plan]).expect(0);
    let delay = json!({"delay": {"ms": 900, "when": "after"}});
    trader.venue.fault(&json!({"on": "POST /orders", "what": delay}));
    let mut halts = (0, 0);
    std::thread::scope(|threads| {
        let run = threads.spawn(|| trader.report(&["run", "--real", &plan]));
        let begun = std::time::Instant::now();
        while trader.venue.requests("POST", "/orders") == 0 {
            assert!(begun.elapsed().as_secs() < 30, "nothing was sent");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let said = trader.call(&["--json", "halt"]).expect(0).json();
        assert_eq!(said["runHoldsStore"], true, "{said}");
        let done = run.join().unwrap();
        halts = (count(&done, "resting"), count(&done, "waiting"));
    });
    println!("{halts:?}: what rests and what the halt held");
    assert!(halts.0 >= 15 && halts.1 >= 15 && halts.0 + halts.1 == 150, "{halts:?}");
    assert_eq!(trader.venue.placed().len(), usize::try_from(halts.0).unwrap());
    trader.venue.no_faults();
    let after = trader.report(&["run", "--real"]);
    assert_eq!(count(&after, "waiting"), halts.1, "{:#}", after["attention"]);
    assert!(codes(&after).contains(&"BRAKED".to_owned()));
    trader.house.verify();
}

#[test]
fn an_arming_stands_for_flag_and_preview_within_its_caps() {
    let trader = Trader::new("bob");
    let small = trader.plan("small", &[trade("rain", "BUY", "0.20", 10, "GTC")]);
    let large = trader.plan("large", &[trade("rain", "BUY", "0.20", 30, "GTC")]);
    let refused = trader.call(&["run", &small]).expect(2);
    assert!(refused.err.contains("OTHER_MODE"), "{}", refused.err);
    let arm = ["arm", "--max-order", "3", "--max-day", "20", "--for", "1h"];
    trader.call(&arm).expect(2);
    trader.call(&[&arm[..], &["--yes"]].concat()).expect(0);
    let too_much = trader.call(&["arm", "--max-order", "11", "--max-day", "20", "--for", "1h"]);
    assert!(too_much.expect(2).err.contains("only tighten"));
    let done = trader.report(&["run", &small, &large]);
    assert_eq!((count(&done, "resting"), count(&done, "denied")), (1, 1), "{done:#}");
    trader.call(&["disarm"]).expect(0);
    let third = trader.plan("third", &[trade("rain", "BUY", "0.19", 10, "GTC")]);
    trader.call(&["run", &third]).expect(2);
    assert_eq!(trader.venue.placed().len(), 1);
}

/// Off until the configuration says so; and never without a key.
#[test]
fn real_trading_is_refused_until_everything_allows_it() {
    let trader = Trader::at(SCRIPT, "bob", "");
    let plan = trader.plan("off", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    let config = trader.house.path("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("enabled = true", "enabled = false")).unwrap();
    trader.call(&["preview", &plan]).expect(0);
    let refused = trader.call(&["run", "--real", &plan]).expect(2);
    assert!(refused.err.contains("real trading is off"), "{}", refused.err);
    let house = House::new();
    let refused = house.call(&["run", "--real"]).expect(2);
    assert!(refused.err.contains("no wallet is named"), "{}", refused.err);
    // Other limits void a preview.
    let text = text.replace("enabled = true", "enabled = true\nperTrade = 9");
    std::fs::write(&config, text).unwrap();
    let changed = trader.report(&["run", "--real", &plan]);
    assert_eq!(changed["attention"][0]["what"], "LIMITS_CHANGED", "{changed:#}");
    assert_eq!(trader.venue.placed().len(), 0);
}

/// A paper run writes nothing to the network; a real preview neither (`R33`).
#[test]
fn paper_and_previews_write_nothing_to_the_venue() {
    let trader = Trader::new("bob");
    let plan = trader.plan("real", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let text = std::fs::read_to_string(&plan).unwrap().replace("\"real\"", "\"paper\"");
    let paper = trader.house.write("paper.json", &text);
    let done = trader.report(&["run", paper.to_str().unwrap()]);
    assert_eq!(count(&done, "filled"), 1, "{done:#}");
    trader.call(&["preview", &plan]).expect(0);
    let log = trader.venue.ask_text("GET", "/emulator/log?after=0", "");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let asked: Vec<Value> = lines.filter(|line| line["topic"] == "request").collect();
    let reads = ["/books", "/rpc", "/emulator/log"];
    let writes: Vec<&Value> = asked
        .iter()
        .filter(|line| line["method"] != "GET")
        .filter(|line| !reads.contains(&line["path"].as_str().unwrap_or_default()))
        .collect();
    println!("{} requests, {} writes", asked.len(), writes.len());
    assert!(writes.is_empty() && asked.len() > 20, "{} {writes:?}", asked.len());
    // The counter sees one.
    trader.report(&["run", "--real", &plan]);
    assert_eq!(trader.venue.requests("POST", "/order"), 1);
}

/// A result is what held shares are worth; cash comes only when they are redeemed.
#[test]
fn a_result_marks_what_is_held_and_pays_nothing_by_itself() {
    let trader = Trader::new("bob");
    let plan = trader.plan("win", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let bought = trader.trade(&plan);
    let market = trader.venue.told["markets"][0]["condition"].as_str().unwrap().to_owned();
    let path = format!("/emulator/markets/{market}/resolve");
    trader.venue.ask("POST", &path, r#"{"payout_first": 1}"#);
    let after = trader.report(&["run", "--real"]);
    let held = &after["positions"][0];
    assert_eq!((&held["mark"], &held["markSource"]), (&json!("1"), &json!("payout")), "{after:#}");
    assert_eq!(after["cash"]["total"], bought["cash"]["total"], "{after:#}");
    assert_eq!(codes(&after), NONE, "{after:#}");
    trader.house.verify();
}
