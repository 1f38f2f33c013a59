//! The venue's modes (`R15`, `shared/venue.md` 4.10) between runs and in the middle of one: restarting and then
//! post-only, post-only, cancel-only, disabled. Cancels go where the mode lets them; what is not taken is held and goes
//! out when it is calm, each order once. The short form takes every fourth.
//!
//! Planted by hand and seen red: what the venue did not take for its mode is ended, and not held.

use crate::desk::Desk;
use crate::ledger::number;
use crate::real_scene::{ORDERS, Scene, Stage};
use crate::storm::{Tally, resting, settled, stormy, thinned, weather};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The mode, whether cancels go in it, and how many of the twelve orders it takes.
fn modes() -> Vec<(Value, bool, usize)> {
    vec![
        (json!({"post_only": {"secs": 600}}), true, 2),
        (json!("cancel_only"), true, 0),
        (json!("disabled"), false, 0),
        (json!({"restart": {"secs": 600}}), false, 0),
        (json!({"restart": {"secs": 2, "post_only_secs": 2, "says_when": true}}), false, 0),
    ]
}

/// Where the mode comes: before the run, or with a call of it.
const MOMENTS: [&str; 3] = ["", "POST /books", "POST /orders"];

/// Cancels that the venue took, by its log.
fn cancels_taken(venue: &Desk) -> usize {
    let log = venue.log();
    let is_cancel = |line: &&Value| line["topic"] == "request" && line["method"] == "DELETE";
    let asked: Vec<&Value> = log.iter().filter(is_cancel).map(|line| &line["request"]).collect();
    let taken = |line: &&Value| {
        line["topic"] == "answer" && line["status"] == 200 && asked.contains(&&line["request"])
    };
    log.iter().filter(taken).count()
}

/// One order is taken out while the mode lasts: it ends at the venue exactly where cancels go.
fn cancel_in(scene: &Scene, stage: &Stage, (goes, tally): (bool, &Mutex<Tally>)) -> Vec<String> {
    let rests = "SELECT id FROM orders WHERE status = 'OPEN' ORDER BY id";
    let Some(first) = crate::ledger::texts(&stage.db, rests).into_iter().next() else {
        return Vec::new();
    };
    let (before, taken) = (resting(&stage.venue).len(), cancels_taken(&stage.venue));
    let (said, mut wrong) = stormy(tally, || scene.call(stage, &["cancel", &first]));
    let gone = before - resting(&stage.venue).len();
    let taken = cancels_taken(&stage.venue) - taken;
    let expected = usize::from(goes);
    if (gone, taken.min(1)) != (expected, expected) || (said.code == Some(0)) != goes {
        wrong.push(format!("{gone} ended of {taken} cancels taken: {:?} {}", said.code, said.out));
    }
    tally.lock().unwrap().cancelled += gone;
    wrong
}

/// Passes until nothing is held any more: the venue's restart goes by the clock.
fn outlasted(scene: &Scene, stage: &Stage) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let done = settled(scene, stage, 1);
        if done.is_ok() || begun.elapsed() > Duration::from_secs(30) {
            return done;
        }
    }
}

#[test]
fn no_mode_loses_an_order_or_keeps_a_cancel_from_going_that_may() {
    let scene = Scene::new();
    let mut runs = Vec::new();
    for mode in modes() {
        runs.extend(MOMENTS.map(|moment| (mode.clone(), moment)));
    }
    let all = runs.len();
    let runs = thinned(runs, 4);
    let tally = weather(&scene, &runs, |((mode, goes, takes), moment), stage, tally| {
        let set =
            |mode: &Value| stage.venue.post("/emulator/mode", &json!({ "mode": mode }).to_string());
        if moment.is_empty() {
            set(mode);
        } else {
            let to =
                if mode.is_string() { json!({ mode.as_str().unwrap(): {} }) } else { mode.clone() };
            stage.venue.fault(&json!({"on": moment, "times": 1, "what": {"mode": {"to": to}}}));
        }
        let (_, mut wrong) = stormy(tally, || scene.again(stage));
        let placed = stage.venue.placed().len();
        let is_brief = mode["restart"]["secs"] == 2;
        if placed != *takes && !is_brief {
            wrong.push(format!("{placed} orders were taken, and not {takes}"));
        }
        let held = number(&stage.db, "SELECT COUNT(*) FROM orders WHERE status = 'WAITING'");
        if usize::try_from(held).unwrap() + placed + scene.denied(stage) != ORDERS {
            wrong.push(format!("{held} are held of what was not taken"));
        }
        stage.venue.no_faults();
        if !is_brief {
            // What rests from a calm moment is taken out in the mode.
            set(&json!("normal"));
            wrong.extend(settled(&scene, stage, 4).err());
            set(mode);
            wrong.extend(cancel_in(&scene, stage, (*goes, tally)));
            set(&json!("normal"));
        }
        wrong.extend(outlasted(&scene, stage).err());
        let last = scene.again(stage);
        wrong.extend(scene.judge(stage, &last));
        let mut tally = tally.lock().unwrap();
        tally.struck += usize::from(stage.venue.changes("mode").len() > usize::from(!is_brief));
        tally.placed += stage.venue.placed().len();
        tally.denied += scene.denied(stage);
        drop(tally);
        let what = format!("{mode} {moment}: {wrong:?}");
        if wrong.is_empty() { Ok(()) } else { Err(what) }
    });
    let Tally { struck, placed, denied, cancelled, longest, wrong, .. } = tally;
    println!(
        "{} of {all} modes, {struck} in force, {placed} orders placed once each, {denied} denied, {cancelled} taken out \
         in a mode, the longest run {longest:?}",
        runs.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!((struck, placed + denied), (runs.len(), ORDERS * runs.len()));
    assert!(cancelled >= runs.len() / 4, "{cancelled}");
}
