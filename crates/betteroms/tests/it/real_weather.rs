//! Storms: every route that a real pass uses, struck by every fault at its first, its middle and its last call; then
//! calm (`R03`, `R04`, `R15`, `R17`). No order twice, none lost, no panic, and the books equal the chain. Cancels are
//! in `real_cancels`, modes in `real_modes`, and what every storm keeps in `storm`.
//!
//! The short form takes every ninth; with `BETTEROMS_PROVE_CASES` set all of them.

use crate::real_scene::{ORDERS, Scene};
use crate::storm::{Tally, settled, stormy, strikes, thinned, weather};
use serde_json::{Value, json};

const ROUTES: [&str; 8] = [
    "POST /orders",
    "GET /data/orders",
    "GET /data/trades",
    "GET /data/order/{id}",
    "GET /time",
    "GET /balance-allowance",
    "POST /books",
    "POST /rpc",
];

pub(crate) fn faults() -> Vec<Value> {
    vec![
        json!("drop"),
        json!("drop_reply"),
        json!("reset"),
        json!({"reset": {"when": "after"}}),
        json!("half_body"),
        json!("malformed"),
        json!("wrong_id"),
        json!({"hostile": {"with": "nesting"}}),
        json!({"hostile": {"with": "numbers"}}),
        json!({"hostile": {"with": "duplicate_keys"}}),
        json!({"status": {"status": 425}}),
        json!({"status": {"status": 429, "retry_after": 1}}),
        json!({"status": {"status": 429}}),
        json!({"status": {"status": 500}}),
        json!({"status": {"status": 500, "when": "after"}}),
        json!({"status": {"status": 503}}),
        json!({"delay": {"ms": 300, "when": "after"}}),
    ]
}

/// The first, the middle and the last of the calls that a calm pass makes of a route.
fn marks(calls: usize) -> Vec<usize> {
    let mut marks = vec![1, calls.div_ceil(2), calls];
    marks.dedup();
    marks
}

/// How often a calm pass asks each route.
fn calm_calls(scene: &Scene) -> [usize; ROUTES.len()] {
    let stage = scene.stage();
    scene.again(&stage).expect(0);
    let log = stage.venue.log();
    let calls = ROUTES.map(|route| {
        let (method, path) = route.split_once(' ').unwrap();
        let is_its = |line: &&Value| {
            let asked = line["path"].as_str().unwrap_or_default();
            let fits = match path.strip_suffix("{id}") {
                Some(head) => asked.starts_with(head),
                None => asked == path,
            };
            line["topic"] == "request" && line["method"] == method && fits
        };
        log.iter().filter(is_its).count()
    });
    scene.sweep(stage);
    calls
}

#[test]
fn no_storm_makes_an_order_twice_or_loses_one() {
    let scene = Scene::new();
    let calls = calm_calls(&scene);
    println!("calls of a calm pass: {:?}", ROUTES.iter().zip(calls).collect::<Vec<_>>());
    let mut runs = Vec::new();
    for (route, calls) in ROUTES.iter().zip(calls) {
        for fault in faults() {
            runs.extend(marks(calls).into_iter().map(|nth| (*route, fault.clone(), nth)));
        }
    }
    let all = runs.len();
    let runs = thinned(runs, 9);
    let tally = weather(&scene, &runs, |(route, fault, nth), stage, tally| {
        stage.venue.fault(&json!({"on": route, "nth": nth, "what": fault}));
        let (_, mut wrong) = stormy(tally, || scene.again(stage));
        let struck = strikes(&stage.venue) > 0;
        stage.venue.no_faults();
        wrong.extend(settled(&scene, stage, 4).err());
        let last = scene.again(stage);
        wrong.extend(scene.judge(stage, &last));
        let mut tally = tally.lock().unwrap();
        tally.struck += usize::from(struck);
        tally.placed += stage.venue.placed().len();
        tally.denied += scene.denied(stage);
        drop(tally);
        let what = format!("{route} {fault} {nth}: {wrong:?}");
        if wrong.is_empty() { Ok(()) } else { Err(what) }
    });
    let Tally { struck, placed, denied, requests, longest, wrong, .. } = tally;
    println!(
        "{} of {all} storms, {struck} of them struck, {placed} orders placed once each, {denied} denied, {requests} \
         requests within the limits, the longest run {longest:?}",
        runs.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(placed + denied, ORDERS * runs.len());
    assert!(denied <= runs.len() / 6, "{denied} denied");
    // Only what a calm pass did not need, such as a look at what went well, may never be asked for.
    assert!(struck * 10 >= runs.len() * 9, "{struck} of {} struck", runs.len());
}
