//! A disk that fails while real orders are on their way (`R21`): nothing is sent that is not in the journal, and the
//! next run goes on.

use crate::ledger::texts;
use crate::real_scene::Scene;
use crate::strace::{traced, works};
use std::collections::BTreeSet;

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
