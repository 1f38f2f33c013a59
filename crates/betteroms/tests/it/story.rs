//! README's first command on a fresh folder, then again, then step by step to the recording's end.
//!
//! Controls planted once and seen red: a pass where there is nothing to do (new events at the same
//! time), a resolution that pays both outcomes; `damaged_books_are_noticed` plants nine more each time.

use crate::house::{House, example};
use crate::ledger::{self, number};
use insta::assert_snapshot;
use serde_json::Value;

/// How many of the report's orders stand how.
fn counts(report: &Value) -> impl Fn(&str) -> u64 + use<> {
    let counts = report["counts"].clone();
    move |name| counts[name].as_u64().expect("a count")
}

#[test]
fn the_first_command_tells_a_story_and_a_second_call_adds_nothing() {
    let house = House::new();
    let plan = example("plan.jsonc");
    let first = house.run(&[&plan]).expect(0);
    assert_eq!(first.err, "");
    assert_snapshot!("first_pass", first.out);
    house.verify();
    let report = house.call(&["report", "--json"]).expect(0);
    let count = counts(&report.json());
    assert_eq!((count("asked"), count("filled"), count("denied")), (7, 1, 1));
    assert_eq!((count("part"), count("resting"), count("waiting")), (1, 2, 2));
    assert_snapshot!("first_pass_json", report.out);
    let orders = house.call(&["orders", "--json"]).expect(0);
    assert_eq!(orders.json()["orders"].as_array().map(Vec::len), Some(7));
    let before = ledger::dump(&house.db());

    let again = house.run(&[&plan]).expect(0);
    assert!(again.out.starts_with("already done"), "{}", again.out);
    assert_eq!(house.call(&["orders", "--json"]).out, orders.out);
    assert_eq!(ledger::dump(&house.db()), before);
    house.verify();
    ledger::balanced(&house.db());

    let second = house.run(&["--step", "5m"]).expect(0);
    assert_snapshot!("second_pass", second.out);
    assert_snapshot!("second_pass_json", house.call(&["report", "--json"]).out);
}

#[test]
fn steps_fill_place_expire_and_pay_until_the_recording_ends() {
    let house = House::new();
    let plan = example("plan.jsonc");
    house.run(&[&plan]).expect(0);
    let (mut fills, mut paid) = (0, 0.0);
    let mut events = house.verify();
    let mut passes = 1;
    let last = loop {
        // The plan is given each time, as a schedule would.
        let said = house.run(&[&plan, "--step", "5m"]).expect(0);
        if said.out.contains("The recording ends at") {
            break said;
        }
        passes += 1;
        let report = house.call(&["report", "--json"]).json();
        fills += report["fills"].as_array().map_or(0, Vec::len);
        let out: f64 = report["totals"]["paidOut"].as_str().unwrap().parse().unwrap();
        paid += out;
        let now = house.verify();
        assert!(now > events, "a pass leaves facts");
        events = now;
        ledger::balanced(&house.db());
        let at_end = said.out.contains("This is the recording's end, 2026-09-28T09:45:35.874Z.");
        assert_eq!(at_end, report["now"] == "2026-09-28T09:45:35.874Z");
        assert!(passes < 20, "the recording does not end");
    };
    let count =
        |filter: &str| number(&house.db(), &format!("SELECT COUNT(*) FROM orders WHERE {filter}"));
    let (placed, expired) = (count("placed_at > created_at"), count("status = 'EXPIRED'"));
    println!(
        "{passes} passes, {events} events, {fills} later fills, {expired} expired, {paid} paid"
    );
    assert_eq!((passes, fills, placed, expired), (7, 5, 2, 1));
    assert!((paid - 50.0).abs() < 1e-9);
    let still = "The recording ends at 2026-09-28T09:45:35.874Z: this pass stands still there.\n";
    assert!(last.out.ends_with(still), "{}", last.out);
    let before = ledger::dump(&house.db());
    assert_eq!(
        house.run(&["--step", "5m"]).expect(0).out,
        "The recording ends at 2026-09-28T09:45:35.874Z: there is nothing further to step to.\n"
    );
    assert_eq!(ledger::dump(&house.db()), before, "a step past the end writes nothing");

    let live = house.call(&["orders", "--live", "--json"]).expect(0).json();
    assert_eq!(live["orders"], serde_json::json!([]));
    let folded = house.call(&["report", "--since", "24h", "--json"]).expect(0).json();
    assert_eq!(
        (folded["passes"].clone(), folded["fills"].as_array().map(Vec::len)),
        (7.into(), Some(7))
    );
    assert_eq!(folded["totals"]["paidOut"], "50");
    let cash = number(&house.db(), "SELECT cash FROM accounts");
    assert_eq!(
        folded["cash"]["total"],
        format!("{}.{:06}", cash / 1_000_000, cash % 1_000_000).trim_end_matches('0')
    );
}

#[test]
fn the_other_examples_do_what_their_comments_say() {
    let house = House::new();
    let report = |house: &House| house.call(&["report", "--json"]).expect(0).json();
    house.run(&[&example("at-once.jsonc")]).expect(0);
    let at_once = report(&house);
    let count = counts(&at_once);
    assert_eq!((count("rejected"), count("resting"), count("denied")), (2, 1, 0));
    assert_eq!(count("filled") + count("cancelled"), 1);
    house.verify();

    let house = House::new();
    house.run(&[&example("plan.jsonc")]).expect(0);
    house.run(&[&example("exit.jsonc"), "--step", "5m"]).expect(0);
    let left = report(&house);
    let of = |report: &Value, id: &str, field: &str| {
        let orders = report["orders"].as_array().unwrap();
        orders.iter().find(|o| o["id"] == id).map(|o| o[field].clone())
    };
    assert_eq!(of(&left, "btc15m-morning-exit/leave/1", "filled"), Some("142.16".into()));
    assert_eq!(of(&left, "btc15m-morning-exit/take-profit/1", "status"), Some("OPEN".into()));
    for filled in ["64", "64", "64"] {
        house.run(&["--step", "5m"]).expect(0);
        let row = number(
            &house.db(),
            "SELECT filled / 1000000 FROM orders WHERE id = 'btc15m-morning-exit/take-profit/1'",
        );
        assert_eq!(row.to_string(), filled);
        house.verify();
        ledger::balanced(&house.db());
    }
    let ended = report(&house);
    assert_eq!(of(&ended, "btc15m-morning-exit/take-profit/1", "status"), Some("EXPIRED".into()));
}

/// The sums of `ledger::complaints` notice each kind of damage.
#[test]
fn damaged_books_are_noticed() {
    let house = House::new();
    house.run(&[&example("plan.jsonc")]).expect(0);
    house.run(&["--step", "5m"]).expect(0);
    ledger::balanced(&house.db());
    let damage = [
        ("UPDATE executions SET cash = cash + 1 WHERE rowid = 1", "unbalanced accounts"),
        ("UPDATE accounts SET cash = cash - 1", "unbalanced accounts"),
        ("DELETE FROM executions WHERE rowid = 2", "orders that disagree"),
        ("DELETE FROM orders WHERE id LIKE '%/take/1'", "executions without an order"),
        ("UPDATE orders SET filled = size + 1 WHERE id LIKE '%/take/1'", "beyond their size"),
        ("UPDATE positions SET shares = shares + 1", "positions that disagree"),
        ("DELETE FROM events WHERE seq = 5", "events missing"),
        (
            "INSERT INTO events SELECT seq + 1000, account, pass_id, at, kind, version, body FROM events WHERE kind = 'filled' LIMIT 1",
            "fills booked twice",
        ),
        (
            "INSERT INTO events SELECT seq + 1000, account, pass_id, at, kind, version, body FROM events WHERE kind = 'order_admitted' LIMIT 1",
            "orders admitted twice",
        ),
    ];
    for (sql, expected) in damage {
        let copy = house.path("copy.db");
        house.copy_store(&house.db(), &copy);
        assert!(ledger::tamper(&copy, sql) > 0, "{sql} hit nothing");
        let found = ledger::complaints(&copy).join("; ");
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
        let said = house.on(&copy, &["db", "verify"]).expect(3);
        assert!(said.out.contains("the views differ"), "{sql}\n{}", said.out);
    }
}
