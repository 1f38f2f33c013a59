//! One runner per store: who comes second exits 75, says so, and writes nothing (`R07` on paper; for real in
//! `real_runners`). Races: 12, with `BETTEROMS_PROVE_CASES` set 100.
//!
//! Control planted once and seen red: a lock that is not taken lets the second runner write while the
//! first one stands still in the middle of its pass.

use crate::house::beside;
use crate::ledger;
use crate::scene::Scene;
use crate::strace::{Stopped, traced, works};
use std::collections::BTreeSet;
use std::process::Stdio;

/// Every command that writes.
const WRITERS: [&[&str]; 5] = [
    &["run"],
    &["plan", "stop", "opening"],
    &["account", "deposit", "--paper", "5"],
    &["db", "verify"],
    &["db", "rebuild"],
];

#[test]
fn a_held_lock_refuses_every_writer_and_no_reader() {
    let scene = Scene::later();
    let db = scene.begin("held.db");
    let lock = std::fs::File::create(beside(&db, ".lock")).unwrap();
    lock.lock().unwrap();
    let before = ledger::dump(&db);
    let again = scene.again(&db).expect(75);
    assert!(again.err.contains("another run is using this store"), "{}", again.err);
    for writer in WRITERS {
        assert_eq!(scene.house.on(&db, writer).expect(75).out, "", "{writer:?}");
    }
    for reader in [&["status"][..], &["orders"], &["positions"], &["report"], &["plan", "list"]] {
        scene.house.on(&db, reader).expect(0);
    }
    assert_eq!(ledger::dump(&db), before);
    lock.unlock().unwrap();
    let done = scene.again(&db).expect(0);
    assert_eq!(scene.judge(&db, &done), Vec::<String>::new());
}

/// A runner that stands still in the middle of its second transaction, others that come, and its thaw.
#[test]
fn a_frozen_runner_keeps_others_out_and_finishes_when_thawed() {
    if !works() {
        return;
    }
    let scene = Scene::later();
    let db = scene.begin("frozen.db");
    let mut frozen =
        traced(&scene.house, &db, &scene.arguments(), Some("fsync:signal=STOP:when=3"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let stopped = Stopped::wait(&db, &mut frozen).expect("it stands still");
    for _ in 0..5 {
        scene.again(&db).expect(75);
    }
    // A reader sees the first step whole and nothing of the second.
    let status = || scene.house.on(&db, &["status"]).expect(0).out;
    let is_under_way =
        || scene.house.on(&db, &["--json", "status"]).expect(0).json()["runUnderWay"].clone();
    assert!(status().contains(": a run is under way"), "{}", status());
    assert_eq!(is_under_way(), true);
    stopped.thaw(frozen).expect(0);
    let done = scene.again(&db).expect(0);
    assert!(done.out.starts_with("already done"), "{}", done.out);
    assert_eq!(scene.judge(&db, &done), Vec::<String>::new());
}

#[test]
fn of_many_runners_at_once_one_works_and_the_others_come_back_later() {
    let scene = Scene::fresh();
    let (mut done, mut held) = (0, 0);
    let rounds = if std::env::var_os("BETTEROMS_PROVE_CASES").is_some() { 100 } else { 12 };
    for round in 0..rounds {
        let name = format!("race-{round}.db");
        let db = scene.begin(&name);
        let start = || {
            let mut command = scene.house.bare();
            command.arg("--db").arg(&db).args(scene.arguments());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let runners: Vec<_> = (0..2 + round % 7).map(|_| start()).collect();
        let codes: Vec<i32> =
            runners.into_iter().map(|mut r| r.wait().unwrap().code().unwrap()).collect();
        assert!(
            codes.iter().copied().collect::<BTreeSet<_>>().is_subset(&[0, 75].into()),
            "{codes:?}"
        );
        assert!(codes.contains(&0), "nobody worked: {codes:?}");
        done += codes.iter().filter(|code| **code == 0).count();
        held += codes.iter().filter(|code| **code == 75).count();
        let last = scene.again(&db).expect(0);
        assert_eq!(scene.judge(&db, &last), Vec::<String>::new());
        scene.sweep(&name);
    }
    println!("{done} runners worked or found the work done, {held} were told to come back");
    assert!(held >= rounds / 2, "the runners hardly met: {held}");
}
