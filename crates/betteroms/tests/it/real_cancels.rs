//! Storms over cancels (`R15`): every way of taking orders out, struck at each call that it makes. No order counts as
//! gone that rests; what was asked to end does, once it is calm; nothing else ends, and nothing takes its place.
//!
//! Red until look-ups no longer waited in a row: a freeze whose look-ups all failed took 147 seconds for six orders.
//! Planted by hand and seen red: an order that is asked to end and counts as gone at once.
//!
//! The short form takes every forty-first; with `BETTEROMS_PROVE_CASES` set all of them.

use crate::house::Said;
use crate::ledger::texts;
use crate::real_scene::{ORDERS, Scene, Stage};
use crate::real_weather::faults;
use crate::storm::{DEADLINE, Tally, resting, settled, stormy_within, strikes, thinned, weather};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// A way of taking orders out, and the calls that it makes.
const WAYS: [(&str, &[&str]); 5] = [
    ("cancel ORDER", &["DELETE /orders", "GET /data/order/{id}", "GET /data/orders"]),
    ("cancel --plan", &["DELETE /orders", "GET /data/order/{id}", "GET /data/trades"]),
    ("cancel --all", &["DELETE /orders", "GET /data/orders"]),
    ("halt --freeze", &["DELETE /orders", "GET /data/order/{id}"]),
    ("panic", &["DELETE /cancel-all", "GET /data/orders"]),
];

/// A panic asks thirty times, each time as often as any call, and says at once until when.
const PANIC: Duration = Duration::from_secs(240);

const ENDED: &str = "SELECT venue_id FROM orders WHERE venue_id IS NOT NULL AND status IN
    ('CANCELLED', 'FILLED', 'REJECTED', 'EXPIRED')";
const RESTS: &str = "SELECT id FROM orders WHERE status = 'OPEN' ORDER BY id";

fn take_out(scene: &Scene, stage: &Stage, way: &str, first: &str) -> Said {
    match way {
        "cancel ORDER" => scene.call(stage, &["cancel", first]),
        "cancel --plan" => scene.call(stage, &["cancel", "--plan", "twelve"]),
        "cancel --all" => scene.call(stage, &["cancel", "--all"]),
        "halt --freeze" => {
            scene.call(stage, &["halt", "--freeze"]);
            scene.again(stage)
        }
        _ => scene.call(stage, &["panic"]),
    }
}

/// Orders that the books call ended and that rest.
fn believed_gone(stage: &Stage) -> Option<String> {
    let open = resting(&stage.venue);
    let ended: BTreeSet<String> = texts(&stage.db, ENDED).into_iter().collect();
    let both: Vec<_> = ended.intersection(&open).collect();
    (!both.is_empty()).then(|| format!("believed gone and resting: {both:?}"))
}

/// The same again until what was asked to end has, as an operator would.
fn calm(
    scene: &Scene,
    stage: &Stage,
    (way, first): (&str, &str),
    asked: &BTreeSet<String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    // Where the storm kept the command from beginning, nothing was asked of the venue: it is given again.
    for _ in 0..3 {
        if resting(&stage.venue).is_disjoint(asked) {
            break;
        }
        let said = take_out(scene, stage, way, first);
        wrong.extend(said.err.contains("panicked").then_some(said.err));
        wrong.extend(believed_gone(stage));
    }
    // The brake comes off, and what the storm made a stranger's of, somebody has looked at.
    scene.again(stage);
    scene.call(stage, &["resume", "--yes"]);
    wrong.extend(settled(scene, stage, 4).err());
    wrong
}

fn one(
    scene: &Scene,
    stage: &Stage,
    way: &str,
    storm: impl FnOnce() -> Vec<String>,
) -> (usize, Vec<String>) {
    let before = resting(&stage.venue);
    let first = texts(&stage.db, RESTS).remove(0);
    let hash = format!("SELECT venue_id FROM orders WHERE id = '{first}'");
    let asked = match way {
        "cancel ORDER" => texts(&stage.db, &hash).into_iter().collect(),
        _ => before.clone(),
    };
    let mut wrong = storm();
    wrong.extend(believed_gone(stage));
    wrong.extend(calm(scene, stage, (way, &first), &asked));
    wrong.extend(believed_gone(stage));
    let after = resting(&stage.venue);
    if !after.is_disjoint(&asked) {
        wrong.push(format!("asked to end and resting: {after:?}"));
    }
    let kept: BTreeSet<String> = before.difference(&asked).cloned().collect();
    if after != kept {
        wrong.push(format!("{after:?} rest, and not {kept:?}"));
    }
    if stage.venue.placed().len() != ORDERS {
        wrong.push("something took the place of what was taken out".to_owned());
    }
    let last = scene.again(stage);
    wrong.extend(scene.judge(stage, &last));
    (asked.len(), wrong)
}

#[test]
fn no_storm_loses_a_cancel_or_believes_one_that_was_not() {
    let scene = Scene::new();
    let mut runs = Vec::new();
    for (way, routes) in WAYS {
        for route in routes {
            for fault in faults() {
                // The first call, and all of them while the storm lasts.
                runs.extend([1, 1_000].map(|times| (way, *route, fault.clone(), times)));
            }
        }
    }
    let all = runs.len();
    let runs = thinned(runs, 41);
    let tally = weather(&scene, &runs, |(way, route, fault, times), stage, tally| {
        scene.again(stage).expect(0);
        let first = texts(&stage.db, RESTS).remove(0);
        let mut struck = false;
        let (asked, wrong) = one(&scene, stage, way, || {
            stage.venue.fault(&json!({"on": route, "times": times, "what": fault}));
            let deadline = if *way == "panic" { PANIC } else { DEADLINE };
            let (_, wrong) =
                stormy_within(deadline, tally, || take_out(&scene, stage, way, &first));
            struck = strikes(&stage.venue) > 0;
            stage.venue.no_faults();
            wrong
        });
        let mut tally = tally.lock().unwrap();
        tally.struck += usize::from(struck);
        tally.cancelled += asked;
        drop(tally);
        let what = format!("{way}: {route} {fault} {times}: {wrong:?}");
        if wrong.is_empty() { Ok(()) } else { Err(what) }
    });
    let Tally { struck, cancelled, requests, longest, wrong, .. } = tally;
    println!(
        "{} of {all} storms over cancels, {struck} of them struck, {cancelled} orders taken out, {requests} requests \
         within the limits, the longest run {longest:?}",
        runs.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert!(cancelled >= 3 * runs.len(), "{cancelled} cancelled");
    assert!(struck * 10 >= runs.len() * 7, "{struck} of {} struck", runs.len());
}
