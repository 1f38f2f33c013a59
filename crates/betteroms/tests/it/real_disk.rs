//! A disk that fails while real orders are on their way (`R21`), a foreign lock (`R22`), and two runners at once
//! (`R07`): nothing is sent that is not in the journal, and the next run goes on.

use crate::ledger::{number, texts};
use crate::real_scene::{ORDERS, Scene};
use crate::strace::{traced, works};
use std::collections::BTreeSet;
use std::process::Stdio;

#[test]
fn nothing_is_sent_after_a_write_that_failed() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let is_proof = std::env::var_os("BETTEROMS_PROVE_CASES").is_some();
    let (mut tried, mut failed, mut sent, mut wrong) = (0, 0, 0, Vec::new());
    let kinds = [
        ("pwrite64", "ENOSPC", 24),
        ("pwrite64", "EIO", 30),
        ("fsync", "EIO", 1),
        ("fsync", "ENOSPC", 2),
    ];
    for (call, error, step) in kinds {
        let most = if call == "fsync" { 5 } else { 210 };
        for nth in (1..=most).step_by(if is_proof { 1 } else { step }) {
            let stage = scene.stage();
            // From then on: a full disk stays full.
            let inject = format!("{call}:error={error}:when={nth}+");
            let arguments = scene.arguments(&stage);
            let output = traced(scene.house(), &stage.db, &arguments, Some(&inject));
            let output = { output }.output().unwrap();
            let code = output.status.code();
            let placed: BTreeSet<String> = stage.venue.placed().into_iter().collect();
            let known = "SELECT venue_id FROM orders WHERE venue_id IS NOT NULL";
            let known: BTreeSet<String> = texts(&stage.db, known).into_iter().collect();
            if !placed.is_subset(&known) {
                wrong.push(format!("{call} {error} {nth}: sent and not recorded"));
            }
            if code == Some(101) || code.is_none() {
                wrong.push(format!("{call} {error} {nth}: ended with {code:?}"));
            }
            tried += 1;
            failed += usize::from(code == Some(4));
            sent += usize::from(!placed.is_empty());
            let restart = scene.again(&stage);
            let found = scene.judge(&stage, &restart);
            if !found.is_empty() {
                wrong.push(format!("{call} {error} {nth}: {found:?}"));
            }
            scene.sweep(stage);
        }
    }
    println!("{tried} failing disks, {failed} runs told it, {sent} had sent before");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(tried >= 20 && failed >= 15 && sent >= 2, "{tried} {failed} {sent}");
}

/// Of several runners one sends; the others come back later.
#[test]
fn of_many_real_runners_one_sends() {
    let scene = Scene::new();
    let (mut held, mut done) = (0, 0);
    for round in 0..5 {
        let stage = scene.stage();
        let start = || {
            let mut command = scene.house().bare();
            command.arg("--db").arg(&stage.db).args(scene.arguments(&stage));
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let runners: Vec<_> = (0..2 + round % 4).map(|_| start()).collect();
        for mut runner in runners {
            match runner.wait().unwrap().code() {
                Some(0) => done += 1,
                Some(75) => held += 1,
                other => panic!("a runner ended with {other:?}"),
            }
        }
        assert_eq!(stage.venue.placed().len(), ORDERS);
        let last = scene.again(&stage);
        assert_eq!(scene.judge(&stage, &last), Vec::<String>::new());
        scene.sweep(stage);
    }
    println!("{done} runners worked, {held} came too early");
    assert!(held >= 3, "{held} runners met a held store");
}

/// Another program holds the database: the run stops before it sends, and the next one works.
#[test]
fn a_foreign_lock_on_the_database_stops_a_run_before_it_sends() {
    let scene = Scene::new();
    let stage = scene.stage();
    let lock = crate::ledger::Held::exclusive(&stage.db);
    let said = scene.again(&stage).expect(4);
    assert!(said.err.contains("busy") || said.err.contains("locked"), "{}", said.err);
    assert_eq!(stage.venue.placed().len(), 0);
    drop(lock);
    assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM orders"), 0, "no half of a step is left");
    let restart = scene.again(&stage);
    assert_eq!(scene.judge(&stage, &restart), Vec::<String>::new());
    scene.sweep(stage);
}
