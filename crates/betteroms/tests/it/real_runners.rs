//! Several runners of one real account at once (`R07`): one sends, and the others end with the code that says to
//! come back later, without one request to the venue. The right to run is a lock that the system holds for the
//! process, so it has no term that a runner could outlive: one that stands still keeps the others out, for as long as
//! it does, and goes on where it was.
//!
//! The venue stands still until the others have ended, so that all meet the lock, whoever takes it. Races: 4, with
//! `BETTEROMS_PROVE_CASES` set 100. Planted by hand and seen red: a lock that is not taken (both).

use crate::ledger::number;
use crate::real_history::is_sending;
use crate::real_scene::{OPEN, ORDERS, Scene, Stage};
use crate::strace::{Stopped, traced, works};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}

/// How many requests with orders a venue saw.
fn sendings(stage: &Stage) -> usize {
    stage.venue.log().iter().filter(|line| is_sending(line)).count()
}

/// Waits until all but one of the runners have ended; their codes.
fn all_but_one(runners: &mut Vec<Child>) -> Vec<Option<i32>> {
    let begun = Instant::now();
    let mut codes = Vec::new();
    while runners.len() > 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} still run", runners.len());
        runners.retain_mut(|runner| match runner.try_wait().unwrap() {
            Some(status) => {
                codes.push(status.code());
                false
            }
            None => true,
        });
        std::thread::sleep(Duration::from_millis(5));
    }
    codes
}

#[test]
fn of_many_real_runners_one_sends() {
    let scene = Scene::new();
    let alone = scene.stage();
    scene.again(&alone).expect(0);
    let once = sendings(&alone);
    scene.sweep(alone);
    let rounds = if is_proof() { 100 } else { 4 };
    let (mut held, mut sent) = (0, 0);
    for round in 0..rounds {
        let together = if is_proof() { 2 + round % 7 } else { [2, 3, 5, 8][round] };
        let stage = scene.stage();
        let start = || {
            let mut command = scene.house().bare();
            command.arg("--db").arg(&stage.db).args(scene.arguments(&stage));
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        stage.venue.freeze();
        let mut runners: Vec<_> = (0..together).map(|_| start()).collect();
        let codes = all_but_one(&mut runners);
        stage.venue.thaw();
        assert!(codes.iter().all(|code| *code == Some(75)), "{codes:?}");
        held += codes.len();
        assert_eq!(runners[0].wait().unwrap().code(), Some(0));
        assert_eq!((stage.venue.placed().len(), sendings(&stage)), (ORDERS, once));
        sent += stage.venue.placed().len();
        let last = scene.again(&stage);
        assert_eq!(scene.judge(&stage, &last), Vec::<String>::new());
        scene.sweep(stage);
    }
    println!("{rounds} runners sent {sent} orders, {held} came too early and sent none");
    assert!(once >= 1 && sent == ORDERS * rounds && held >= rounds, "{once} {sent} {held}");
}

/// A runner that stands still before its orders leave, or before what became of them is booked, and others that come.
#[test]
fn a_frozen_real_runner_keeps_others_out_and_sends_once_when_thawed() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let all = [("writev", 36), ("pwrite64", 100), ("pwrite64", 60), ("writev", 48), ("fsync", 3)];
    let all = &all[..if is_proof() { all.len() } else { 2 }];
    let elsewhere = scene.stage();
    let (mut held, mut open, mut at_venue) = (0, 0, 0);
    for (call, nth) in all {
        let stage = scene.stage();
        let inject = format!("{call}:signal=STOP:when={nth}");
        let mut command = traced(scene.house(), &stage.db, &scene.arguments(&stage), Some(&inject));
        let mut frozen = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stopped = Stopped::wait(&stage.db, &mut frozen).expect("it stands still");
        open += number(&stage.db, OPEN);
        at_venue += usize::from(!stage.venue.placed().is_empty());
        // Theirs is another venue, so that what the frozen one had asked for by then is not taken for theirs.
        for _ in 0..4 {
            let theirs = ["--config", &elsewhere.config, "run", "--real", &scene.plan];
            scene.house().on(&stage.db, &theirs).expect(75);
            held += 1;
        }
        let asked = elsewhere.venue.log();
        assert!(!asked.iter().any(|line| line["topic"] == "request"), "they asked for something");
        stopped.thaw(frozen).expect(0);
        assert_eq!(stage.venue.placed().len(), ORDERS);
        let last = scene.again(&stage);
        assert_eq!(scene.judge(&stage, &last), Vec::<String>::new());
        scene.sweep(stage);
    }
    println!(
        "{} runners stood still, {open} in an open pass, {at_venue} with orders at the venue, {held} others were kept out",
        all.len()
    );
    assert!(open >= 1 && at_venue >= 1 && held == 4 * all.len(), "{open} {at_venue} {held}");
}
