//! What every storm must keep (`R15`): no panic, an end by its deadline, and requests within the published limits, by
//! the venue's own log.

use crate::desk::Desk;
use crate::house::Said;
use crate::ledger::number;
use crate::real_scene::{Scene, Stage};
use betteroms_core::time::Time;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A call's deadline, with a tenth more (`R16`): what is struck is one call, or each time the same.
pub(crate) const DEADLINE: Duration = Duration::from_millis(49_500);

/// All of a matrix where it is proved, else every so many.
pub(crate) fn thinned<T>(runs: Vec<T>, step: usize) -> Vec<T> {
    let is_proof = std::env::var_os("BETTEROMS_PROVE_CASES").is_some();
    runs.into_iter().step_by(if is_proof { 1 } else { step }).collect()
}

/// What storms came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) struck: usize,
    pub(crate) placed: usize,
    pub(crate) denied: usize,
    pub(crate) cancelled: usize,
    /// Requests held against the limits.
    pub(crate) requests: usize,
    pub(crate) longest: Duration,
    pub(crate) wrong: Vec<String>,
}

/// Two at once; each run adds to the tally and says what was wrong with it.
pub(crate) fn weather<T: Sync>(
    scene: &Scene,
    runs: &[T],
    one: impl Fn(&T, &Stage, &Mutex<Tally>) -> Result<(), String> + Sync,
) -> Tally {
    let queue = Mutex::new(runs.iter());
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some(run) = { queue.lock().unwrap().next() } {
                    let stage = scene.stage();
                    let done = one(run, &stage, &tally);
                    let mut tally = tally.lock().unwrap();
                    tally.requests += requests(&stage.venue);
                    tally.wrong.extend(done.err());
                    tally.wrong.extend(over_limits(&stage.venue));
                    drop(tally);
                    scene.sweep(stage);
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

/// A call in the storm, which ends in time and without a panic.
pub(crate) fn stormy(tally: &Mutex<Tally>, call: impl FnOnce() -> Said) -> (Said, Vec<String>) {
    stormy_within(DEADLINE, tally, call)
}

/// The same for a call that has more time than others.
pub(crate) fn stormy_within(
    deadline: Duration,
    tally: &Mutex<Tally>,
    call: impl FnOnce() -> Said,
) -> (Said, Vec<String>) {
    let begun = Instant::now();
    let said = call();
    let spent = begun.elapsed();
    let mut tally = tally.lock().unwrap();
    tally.longest = tally.longest.max(spent);
    let mut wrong = Vec::new();
    if spent > deadline {
        wrong.push(format!("it took {spent:?}"));
    }
    if said.err.contains("panicked") || !matches!(said.code, Some(0 | 3 | 4)) {
        wrong.push(format!("the storm ended with {:?}: {}", said.code, said.err));
    }
    (said, wrong)
}

fn requests(venue: &Desk) -> usize {
    venue.log().iter().filter(|line| line["topic"] == "request").count()
}

/// The published limits of what a pass asks (`shared/venue.md` 7.1): method, path, and how many in ten seconds.
const PUBLISHED: [(&str, &str, usize); 10] = [
    ("GET", "/ok", 100),
    ("GET", "/time", 100),
    ("GET", "/version", 100),
    ("POST", "/books", 500),
    ("GET", "/data/", 500),
    ("GET", "/balance-allowance", 200),
    ("GET", "/balance-allowance/update", 50),
    ("POST", "/order", 2_000),
    ("DELETE", "/order", 1_500),
    ("DELETE", "/cancel-all", 250),
];
const WINDOW_MICROS: i64 = 10_000_000;

/// Requests over the published limits, by the times of the venue's own log; and those that it refused for the
/// signer's rate of its own accord, not because a fault says so.
pub(crate) fn over_limits(venue: &Desk) -> Option<String> {
    let log = venue.log();
    for (method, path, most) in PUBLISHED {
        let is_its = |line: &&Value| {
            let asked = line["path"].as_str().unwrap_or_default();
            line["topic"] == "request" && line["method"] == method && asked.starts_with(path)
        };
        let at =
            |line: &Value| serde_json::from_value::<Time>(line["at"].clone()).unwrap().micros();
        let at: Vec<i64> = log.iter().filter(is_its).map(at).collect();
        let over =
            at.iter().zip(at.iter().skip(most)).find(|(from, to)| **to - **from < WINDOW_MICROS);
        if over.is_some() {
            return Some(format!("more than {most} of {method} {path} in ten seconds"));
        }
    }
    let of = |topic: &str| -> BTreeSet<u64> {
        let lines = log.iter().filter(|line| line["topic"] == topic);
        let lines = lines.filter(|line| topic != "answer" || line["status"] == 429);
        lines.filter_map(|line| line["request"].as_u64()).collect()
    };
    let own = of("answer").difference(&of("fault")).count();
    (own > 0).then(|| format!("{own} requests were refused for the signer's rate"))
}

/// The same pass again until nothing is left to do, at most so often: what was held goes out in a later one.
pub(crate) fn settled(scene: &Scene, stage: &Stage, passes: u32) -> Result<(), String> {
    let left = "SELECT COUNT(*) FROM orders WHERE status IN ('SUBMITTING', 'IN_DOUBT', 'WAITING',
        'CANCELLING')";
    let mut last = None;
    for _ in 0..passes {
        let said = scene.again(stage);
        if said.err.contains("panicked") {
            return Err(said.err);
        }
        let orders = number(&stage.db, "SELECT COUNT(*) FROM orders");
        if said.code == Some(0) && orders > 0 && number(&stage.db, left) == 0 {
            return Ok(());
        }
        last = Some(said);
    }
    Err(format!("{passes} calm passes left an order without a fate: {last:?}"))
}

/// The hashes of the orders that rest at the venue, by its own log.
pub(crate) fn resting(venue: &Desk) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for line in venue.log().iter().filter(|line| line["topic"] == "change") {
        let of = &line["of"];
        let id = of["id"].as_str().unwrap_or_default().to_lowercase();
        match line["change"].as_str() {
            Some("placed") if of["status"] == "LIVE" => drop(open.insert(id)),
            Some("filled") if of["status"] == "MATCHED" => drop(open.remove(&id)),
            Some("ended") => drop(open.remove(&id)),
            Some(_) | None => {}
        }
    }
    open
}

/// How often a rule struck.
pub(crate) fn strikes(venue: &Desk) -> u64 {
    let rules = venue.ask("GET", "/emulator/faults", "");
    let all = rules.as_array().or_else(|| rules["rules"].as_array());
    all.into_iter().flatten().filter_map(|rule: &Value| rule["struck"].as_u64()).sum()
}

/// The control: a client that keeps no limit is seen.
#[test]
fn a_client_that_asks_too_often_is_seen() {
    let scene = Scene::new();
    let stage = scene.stage();
    scene.again(&stage).expect(0);
    assert_eq!(over_limits(&stage.venue), None);
    for _ in 0..110 {
        stage.venue.ask_text("GET", "/ok", "");
    }
    let seen = over_limits(&stage.venue);
    println!("{seen:?}");
    assert!(seen.is_some_and(|seen| seen.contains("more than 100 of GET /ok")));
    scene.sweep(stage);
}
