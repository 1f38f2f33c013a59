//! Equal inputs, equal bytes (`R08`): whatever the machine's zone, language, folder, home, threads or the
//! hour, a replay says the same, and what it said when this was written.
//!
//! Control planted once and seen red: facts stamped by the clock in place of the pass's `now` (both).

use crate::house::{House, example};
use crate::ledger::{self, Dump};
use betteroms_core::plan::Digest;
use std::collections::BTreeSet;

/// Digest of the journal and the reports of the shipped example's first six passes.
const GOLDEN: &str = "d03519fcb957d221410f1d6799869aee4263af8bd38ca4d055240c8eecbca148";

const ADVICE: &str = "\
The shipped example no longer leaves the same journal and reports. If that was not meant, a change
made a decision, an amount or a text differ: compare with `git stash` and `betteroms report --json`. If it
was meant, the rules of the past have changed for every reader of an old journal: say so in CHANGELOG.md,
raise the version of the events or of the report where their form changed, and set GOLDEN to the digest
above.";

/// Both plans and all steps of the example, in a world of its own; every output and the whole store.
fn replay(world: &[(&str, &str)], is_elsewhere: bool) -> (Vec<String>, Dump) {
    let house = House::new();
    let books = crate::shared::example_dir();
    let books = books.canonicalize().unwrap();
    let mut said = Vec::new();
    let mut call = |arguments: &[&str]| {
        let mut command = house.bare();
        command.arg("--db").arg(house.db()).args(arguments).envs(world.iter().copied());
        if is_elsewhere {
            command.current_dir("/");
        }
        said.push(crate::house::Said::of(command.output().unwrap()).expect(0).out);
    };
    let (plan, exit) = (example("plan.jsonc"), example("exit.jsonc"));
    let run = ["run", "--books", books.to_str().unwrap()];
    call(&[&run[..], &[&plan]].concat());
    for step in 1..6 {
        let plans: &[&str] = if step == 1 { &[&plan, &exit] } else { &[&plan] };
        call(&[&run[..], plans, &["--step", "5m"]].concat());
        call(&["report", "--json"]);
    }
    for reading in [
        &["orders", "--json"][..],
        &["positions", "--json"],
        &["report", "--since", "24h", "--json"],
    ] {
        call(reading);
    }
    call(&["status"]);
    (said, ledger::dump(&house.db()))
}

#[test]
fn zone_language_folder_and_threads_change_no_byte() {
    let worlds: [&[(&str, &str)]; 6] = [
        &[("TZ", "Pacific/Kiritimati")],
        &[("TZ", "America/St_Johns"), ("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8")],
        &[("LANG", "tr_TR.UTF-8"), ("LC_NUMERIC", "fr_FR.UTF-8"), ("LANGUAGE", "ar")],
        &[("TOKIO_WORKER_THREADS", "7"), ("RAYON_NUM_THREADS", "1"), ("TZ", "Asia/Kathmandu")],
        &[
            ("RAYON_NUM_THREADS", "16"),
            ("RUST_BACKTRACE", "1"),
            ("COLUMNS", "20"),
            ("TERM", "dumb"),
        ],
        &[("HOME", "/nonexistent"), ("XDG_DATA_HOME", "/tmp"), ("LC_ALL", "C"), ("TZ", ":bad")],
    ];
    let (said, dump) = replay(&[], false);
    let mut seen = BTreeSet::new();
    for (n, world) in worlds.iter().enumerate() {
        let (other, rows) = replay(world, n % 2 == 0);
        for (a, b) in said.iter().zip(&other) {
            assert_eq!(a, b, "{world:?}");
            seen.insert(a.clone());
        }
        assert_eq!(said.len(), other.len());
        assert!(rows == dump, "{world:?}: the stores differ");
    }
    let rows: usize = dump.values().map(Vec::len).sum();
    println!(
        "{} worlds, {} texts of which {} differ, {rows} rows",
        worlds.len() + 1,
        said.len(),
        seen.len()
    );
    assert!(seen.len() >= 14 && rows >= 120, "too little was compared");
}

#[test]
fn the_example_says_what_it_said() {
    let (_, dump) = replay(&[], false);
    let mut text = String::new();
    for table in ["events", "reports"] {
        for row in &dump[table] {
            text.push_str(&format!("{table} {row}\n"));
        }
    }
    assert!(dump["reports"].len() == 6 && dump["events"].len() > 60, "too little was replayed");
    let digest = Digest::of(text.as_bytes());
    assert_eq!(digest.as_str(), GOLDEN, "\n{ADVICE}");
}
