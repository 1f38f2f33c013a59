//! The same plan again, a changed plan under the same name, and time that stands still or goes back
//! (`R05` on paper).
//!
//! Control planted once and seen red: `decide::known` that knows no plan (six tests), a pass where there
//! is nothing to do (three), a digest that takes the notes in
//! (`comments_notes_mode_and_key_order_are_no_change`).

use crate::house::{House, example};
use crate::ledger::{self, number};
use serde_json::{Value, json};

const START: &str = "2026-09-28T09:20:00Z";

/// A plan of one resting order.
fn plan(run_id: &str, price: &str) -> String {
    json!({ "runId": run_id, "mode": "paper", "defaults": { "goodForSeconds": 900 }, "trades": [{
        "marketId": "btc-updown-15m-1790587800", "outcome": "UP", "side": "BUY", "type": "LIMIT",
        "price": price, "size": 10, "timeInForce": "GTT" }] })
    .to_string()
}

fn orders(house: &House) -> i64 {
    number(&house.db(), "SELECT COUNT(*) FROM orders")
}

fn report(house: &House) -> Value {
    house.call(&["report", "--json"]).expect(0).json()
}

/// What became of each plan of the last report, as `runId: result`.
fn results(report: &Value) -> Vec<String> {
    let plans = report["plans"].as_array().expect("plans");
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    plans
        .iter()
        .map(|p| format!("{}: {}", word(&p["runId"]), word(&p["result"]["result"])))
        .collect()
}

/// A hundred calls with the same plan: half of them where nothing has happened since, half a second
/// further on each.
#[test]
fn a_hundred_re_runs_make_no_order() {
    let house = House::new();
    let file = example("plan.jsonc");
    house.run(&[&file]).expect(0);
    let admitted =
        || number(&house.db(), "SELECT COUNT(*) FROM events WHERE kind = 'order_admitted'");
    let passes = || number(&house.db(), "SELECT COUNT(*) FROM runs WHERE kind = 'pass'");
    let (first, before) = (ledger::dump(&house.db()), (orders(&house), admitted()));
    let mut unchanged = 0;
    for _ in 0..50 {
        assert!(house.run(&[&file]).expect(0).out.starts_with("already done"));
        unchanged += 1;
    }
    assert_eq!(ledger::dump(&house.db()), first);
    assert_eq!(passes(), 1);
    for _ in 0..50 {
        let said = house.run(&[&file, "--step", "1s"]).expect(0);
        assert!(!said.out.starts_with("already done"));
    }
    println!("{unchanged} calls without a pass, {} passes, {} orders", passes(), orders(&house));
    assert_eq!((orders(&house), admitted()), before);
    assert_eq!((before, passes()), ((7, 7), 51));
    house.verify();
    ledger::balanced(&house.db());
}

#[test]
fn a_changed_plan_is_refused_with_its_first_difference_and_others_go_on() {
    let house = House::new();
    house.write("a.jsonc", &plan("a", "0.41"));
    house.run(&["a.jsonc"]).expect(0);
    house.write("a.jsonc", &plan("a", "0.42"));
    house.write("b.jsonc", &plan("b", "0.40"));
    for (pass, result) in [(1, "admitted"), (2, "still_live"), (3, "still_live")] {
        let said = house.run(&["a.jsonc", "b.jsonc", "--step", "1s"]).expect(2);
        for part in ["trades[0].price", "0.41", "0.42", "a new runId", "plan stop a"] {
            assert!(said.out.contains(part), "{part:?} not in\n{}", said.out);
        }
        assert_eq!(
            results(&report(&house)),
            ["a: changed", &format!("b: {result}")],
            "pass {pass}"
        );
        assert_eq!(orders(&house), 2);
    }
    // Also where nothing else is new at this time.
    let before = ledger::dump(&house.db());
    house.run(&["a.jsonc"]).expect(2);
    assert_eq!(ledger::dump(&house.db()), before);
    // The remedies work.
    house.write("a.jsonc", &plan("a", "0.41"));
    house.run(&["a.jsonc", "b.jsonc", "--step", "1s"]).expect(0);
    house.write("c.jsonc", &plan("c", "0.42"));
    house.run(&["c.jsonc"]).expect(0);
    assert_eq!(orders(&house), 3);
    house.call(&["plan", "stop", "a"]).expect(0);
    house.verify();
    ledger::balanced(&house.db());
}

#[test]
fn comments_notes_mode_and_key_order_are_no_change() {
    let house = House::new();
    house.write("a.jsonc", &plan("a", "0.41"));
    house.run(&["a.jsonc"]).expect(0);
    let variants = [
        format!("// a comment\n{}\n/* another */", plan("a", "0.41")),
        plan("a", "0.41").replace(r#""price":"0.41""#, r#""price":0.41,"notes":"why not""#),
        plan("a", "0.41").replace(r#""price":"0.41""#, r#""price":"0.410""#),
        r#"{ "$schema": "plan.schema.json", "trades": [ { "size": 10.0, "price": 0.41, "side": "BUY",
             "timeInForce": "GTT", "outcome": "UP", "marketId": "btc-updown-15m-1790587800", "type": "LIMIT", }, ],
             "defaults": { "goodForSeconds": 900 }, "mode": "paper", "runId": "a" }"#
            .to_owned(),
    ];
    for text in variants {
        house.write("a.jsonc", &text);
        house.run(&["a.jsonc", "--step", "1s"]).expect(0);
        assert_eq!(results(&report(&house)), ["a: still_live"], "{text}");
        assert_eq!(orders(&house), 1);
    }
    house.write("a.jsonc", &plan("a", "0.41").replace("900", "901"));
    house.run(&["a.jsonc"]).expect(2);
}

#[test]
fn of_two_files_with_one_name_and_two_contents_neither_is_taken() {
    let house = House::new();
    house.write("plans/1.jsonc", &plan("a", "0.41"));
    house.write("plans/2.jsonc", &plan("a", "0.42"));
    house.write("plans/3.jsonc", &plan("b", "0.43"));
    house.write("plans/4.txt", "not a plan");
    let said = house.run(&["plans"]).expect(2);
    assert_eq!(results(&report(&house)), ["a: clash", "a: clash", "b: admitted"], "{}", said.out);
    assert!(said.out.contains("1.jsonc") && said.out.contains("2.jsonc"), "{}", said.out);
    assert_eq!(orders(&house), 1);
    // Twice the same content is one plan.
    house.write("plans/2.jsonc", &plan("a", "0.41"));
    house.run(&["plans", "--step", "1s"]).expect(0);
    assert_eq!(orders(&house), 2);
    house.verify();
}

#[test]
fn a_bad_file_is_told_and_the_good_ones_run() {
    let house = House::new();
    house.write("plans/bad.jsonc", "{ \"runId\": 1 }");
    house.write("plans/good.jsonc", &plan("good", "0.41"));
    let said = house.run(&["plans", "nowhere.jsonc"]).expect(2);
    for part in ["plans/bad.jsonc", "nowhere.jsonc"] {
        assert!(said.err.contains(part), "{part:?} not in\n{}", said.err);
    }
    assert_eq!(results(&report(&house)), ["good: admitted"]);
}

#[test]
fn a_plan_that_stays_is_admitted_once_and_one_that_goes_is_reported() {
    let house = House::new();
    house.write("plans/a.jsonc", &plan("a", "0.41"));
    house.write("plans/b.jsonc", &plan("b", "0.40"));
    house.run(&["plans"]).expect(0);
    house.run(&["plans", "--step", "1s"]).expect(0);
    assert_eq!(results(&report(&house)), ["a: still_live", "b: still_live"]);
    std::fs::remove_file(house.path("plans/a.jsonc")).unwrap();
    let said = house.run(&["plans", "--step", "1s"]).expect(0);
    assert_eq!(results(&report(&house)), ["a: missing", "b: still_live"], "{}", said.out);
    assert!(said.out.contains('a') && said.out.contains("1 resting"), "{}", said.out);
    assert_eq!(number(&house.db(), "SELECT COUNT(*) FROM orders WHERE status = 'OPEN'"), 2);
    // Nothing is said of a file that nobody looked for.
    let said = house.run(&["plans/b.jsonc", "--step", "1s"]).expect(0);
    assert!(said.out.contains("a: a.jsonc was not given to this run"), "{}", said.out);
}

#[test]
fn time_goes_forward_and_only_on_a_recording() {
    let house = House::new();
    let file = example("plan.jsonc");
    house.run(&[&file, "--now", "2026-09-28T09:25:00Z"]).expect(0);
    let before = ledger::dump(&house.db());
    let said = house.run(&[&file, "--now", START]).expect(2);
    for part in [START, "2026-09-28T09:25:00Z", "time only goes forward"] {
        assert!(said.err.contains(part), "{part:?} not in {}", said.err);
    }
    let said = house.run(&[&file, "--now", "2026-09-28T09:25:00Z"]).expect(0);
    assert!(said.out.starts_with("already done"), "{}", said.out);
    for arguments in [
        &["run", "--now", START][..],
        &["run", "--step", "5m"],
        &["run", "--books", "x", "--now", START, "--step", "5m"],
        &["run", "--books", "x", "--now", "yesterday"],
        &["run", "--books", "x", "--step", "0m"],
        &["run", "--books", "x", "--step", "5"],
    ] {
        let said = house.call(arguments).expect(2);
        assert!(said.err.contains("--now") || said.err.contains("--step"), "{}", said.err);
    }
    assert_eq!(ledger::dump(&house.db()), before);
    assert_eq!(number(&house.db(), "SELECT COUNT(*) FROM accounts"), 1);
}

#[test]
fn kept_plans_are_admitted_by_the_next_run_and_only_once() {
    let house = House::new();
    house.write("a.jsonc", &plan("a", "0.41"));
    house.call(&["plan", "add", "a.jsonc"]).expect(0);
    let twice = house.call(&["plan", "add", "a.jsonc"]).expect(0);
    assert!(twice.out.contains("kept already"), "{}", twice.out);
    std::fs::remove_file(house.path("a.jsonc")).unwrap();
    house.run(&[]).expect(0);
    assert_eq!((results(&report(&house)), orders(&house)), (vec!["a: admitted".to_owned()], 1));
    house.run(&["--step", "1s"]).expect(0);
    assert_eq!(orders(&house), 1);
    house.call(&["plan", "stop", "a"]).expect(0);
    house.call(&["plan", "stop", "none"]).expect(2);
    house.verify();
}

#[test]
fn a_kept_plan_of_the_other_mode_waits_and_is_named() {
    let house = House::new();
    house.write("a.jsonc", &plan("a", "0.41"));
    house.write("b.jsonc", &plan("b", "0.41").replace("\"paper\"", "\"real\""));
    for file in ["a.jsonc", "b.jsonc"] {
        house.call(&["plan", "add", file]).expect(0);
    }
    for step in ["1s", "1s"] {
        let said = house.run(&["--step", step]).expect(0);
        let told = "Kept, and waiting for `betteroms run --real`, in mode \"real\": b.";
        assert!(said.out.contains(told), "{}", said.out);
    }
    assert_eq!(orders(&house), 1);
    house.call(&["plan", "stop", "b"]).expect(0);
    let said = house.run(&["--step", "1s", "--json"]).expect(0).json();
    assert_eq!(said["note"], serde_json::Value::Null);
}

#[test]
fn a_preview_changes_nothing() {
    let house = House::new();
    let file = example("plan.jsonc");
    let fresh =
        house.call(&["preview", &file, "--books", crate::shared::example_dir().to_str().unwrap()]);
    let fresh = fresh.expect(0);
    assert!(fresh.out.starts_with("Preview: nothing was written."));
    assert!(!house.db().exists());
    let real = house.run(&[&file]).expect(0);
    assert_eq!(fresh.out.replace("Preview: nothing was written.\n", ""), real.out);
    let before = ledger::dump(&house.db());
    let books = crate::shared::example_dir();
    house.call(&["preview", "--step", "5m", "--books", books.to_str().unwrap()]).expect(0);
    assert_eq!(ledger::dump(&house.db()), before);
    assert_eq!(std::fs::read_dir(house.tmp()).unwrap().count(), 0);
}

/// A clock that went backwards makes no pass: expiries and prints would be judged twice.
#[test]
fn a_pass_before_the_last_one_is_refused_whoever_keeps_the_time() {
    use betteroms::pass::{Given, Paper, Rules, run};
    use betteroms::recording::Recording;
    use betteroms_core::event::AccountId;
    let house = House::new();
    let config = betteroms::config::Config::default();
    let rules = Rules {
        limits: config.limits(),
        paper: config.paper_model(),
        starting_cash: config.starting_cash(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut store = betteroms_store::Store::open(&house.tmp().join("clock.db")).await.unwrap();
        let mut books = Recording::open(example("btc15m").as_ref()).unwrap();
        let account = AccountId::new("paper");
        let start = books.start();
        for (secs, is_pass) in [(10, true), (9, false), (10, true), (11, true)] {
            let now = start.plus_secs(secs);
            let sides = (&mut books, &mut Paper);
            let done = run(&mut store, sides, (&account, now), Given::default(), &rules).await;
            assert_eq!(done.is_ok(), is_pass, "{secs}");
            if let Err(refused) = done {
                assert!(refused.to_string().contains("time only goes forward"), "{refused}");
            }
        }
    });
}
