//! A kill before every call that writes, creates, locks or syncs a file, in a pass of twelve orders; then
//! the same command again. The store must say, row for row, what it says when nobody interferes: no order
//! twice, none lost, nothing unbalanced (`R01`, `R02` on paper). The short form takes every third write and
//! some fifty pairs of kills; with `BETTEROMS_PROVE_CASES` set every call and some five hundred pairs.
//!
//! Controls that run each time: `a_planted_loss_or_double_turns_the_checker_red`. Planted by hand and seen
//! red: recording only after acting (no open pass is ever left), and finishing a killed pass without its
//! journaled world.

use crate::ledger::{self, number};
use crate::scene::{Left, Scene};
use crate::strace::{count, kill, works};
use std::sync::Mutex;

/// What an enumeration did.
#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    unharmed: usize,
    nothing: usize,
    open: usize,
    finished: usize,
    fills: i64,
    wrong: Vec<String>,
}

/// Kills the scene's command at each of the points, restarts it, and compares.
fn enumerate(scene: &Scene, points: &[(&'static str, u32)]) -> Tally {
    let tally = Mutex::new(Tally::default());
    let queue = Mutex::new(points.iter());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some(&(call, nth)) = { queue.lock().unwrap().next() } {
                    let name = format!("{call}-{nth}.db");
                    let db = scene.begin(&name);
                    let killed = kill(&scene.house, &db, &scene.arguments(), (call, nth));
                    let left = scene.left(&db);
                    let restart = scene.again(&db);
                    let wrong = scene.judge(&db, &restart);
                    let fills = number(&db, "SELECT COUNT(*) FROM executions");
                    scene.sweep(&name);
                    let mut tally = tally.lock().unwrap();
                    tally.tried += 1;
                    tally.fills += fills;
                    if killed {
                        match left {
                            Left::Nothing => tally.nothing += 1,
                            Left::OpenPass => tally.open += 1,
                            Left::Finished => tally.finished += 1,
                        }
                    } else {
                        tally.unharmed += 1;
                    }
                    if !wrong.is_empty() {
                        tally.wrong.push(format!("{call} {nth}, left {left:?}: {wrong:?}"));
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}

/// All points of the command, the many thinned in the short form, and one past the last of each kind.
fn points(scene: &Scene) -> Vec<(&'static str, u32)> {
    let db = scene.begin("count.db");
    let counts = count(&scene.house, &db, &scene.arguments());
    println!("calls: {counts:?}");
    let mut points = Vec::new();
    for (call, most) in counts {
        let step = match call {
            "openat" if !is_proof() => 10,
            _ if most > 30 && !is_proof() => 3,
            _ => 1,
        };
        points.extend((1..=most).step_by(step).map(|nth| (call, nth)));
        if most > 0 {
            points.push((call, most + 5));
        }
    }
    points
}

fn survives(scene: &Scene, (open_min, fills_min): (usize, i64)) {
    let points = points(scene);
    let tally = enumerate(scene, &points);
    println!("{tally:#?}");
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert!(tally.tried >= 80 && tally.tried == points.len(), "too few points");
    assert!(tally.nothing >= 10, "no kill came before the first write");
    assert!(tally.open >= open_min, "too few kills left an open pass");
    assert!(tally.finished >= 1 && tally.unharmed >= 4, "the enumeration does not reach the end");
    assert!(
        scene.fills >= fills_min
            && tally.fills == scene.fills * i64::try_from(tally.tried).unwrap()
    );
}

#[test]
fn a_first_pass_killed_at_any_write_ends_as_if_nothing_had_happened() {
    if works() {
        survives(&Scene::fresh(), (10, 4));
    }
}

#[test]
fn a_later_pass_killed_at_any_write_ends_as_if_nothing_had_happened() {
    if works() {
        survives(&Scene::later(), (10, 9));
    }
}

/// A second kill while the first one is being recovered from.
#[test]
fn a_recovery_killed_at_any_write_is_recovered_from() {
    if !works() {
        return;
    }
    let scene = Scene::later();
    let open = open_pass_points(&scene);
    let step = if is_proof() { 4 } else { 16 };
    let (mut pairs, mut during, mut wrong) = (0, 0, Vec::new());
    for first in open.into_iter().step_by(if is_proof() { 10 } else { 30 }) {
        for second in ["pwrite64", "fsync", "write"] {
            for nth in (1..).step_by(if second == "fsync" { 1 } else { step }) {
                let db = scene.begin("twice.db");
                assert!(kill(&scene.house, &db, &scene.arguments(), ("pwrite64", first)));
                let killed = kill(&scene.house, &db, &scene.arguments(), (second, nth));
                during += usize::from(scene.left(&db) == Left::OpenPass);
                let restart = scene.again(&db);
                pairs += 1;
                let found = scene.judge(&db, &restart);
                if !found.is_empty() {
                    wrong.push(format!("{first} then {second} {nth}: {found:?}"));
                }
                scene.sweep("twice.db");
                if !killed {
                    break;
                }
            }
        }
    }
    println!("{pairs} pairs, {during} of them left the pass open a second time");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(pairs >= 20 && during >= 10, "{pairs} pairs, {during} open");
}

/// The writes that leave a pass open when killed there: those of the second step.
fn open_pass_points(scene: &Scene) -> Vec<u32> {
    let db = scene.begin("count.db");
    let counts = count(&scene.house, &db, &scene.arguments());
    scene.sweep("count.db");
    let writes = counts.iter().find(|(call, _)| *call == "pwrite64").expect("writes").1;
    let leaves_open = |nth: &u32| {
        let db = scene.begin("probe.db");
        let killed = kill(&scene.house, &db, &scene.arguments(), ("pwrite64", *nth));
        let left = scene.left(&db);
        scene.sweep("probe.db");
        killed && left == Left::OpenPass
    };
    // They are the last ones: find the first by halving.
    let (mut low, mut high) = (1, writes);
    while low < high {
        let middle = low.midpoint(high);
        if leaves_open(&middle) { high = middle } else { low = middle + 1 }
    }
    (low..=writes).collect()
}

/// What a broken recovery would leave, made by hand between kill and restart: each must be seen.
#[test]
fn a_planted_loss_or_double_turns_the_checker_red() {
    if !works() {
        return;
    }
    let scene = Scene::later();
    let first = open_pass_points(&scene)[1];
    let before = scene.begin("before.db");
    assert!(kill(&scene.house, &before, &scene.arguments(), ("pwrite64", first)));
    assert_eq!(scene.left(&before), Left::OpenPass);
    let after = scene.begin("after.db");
    scene.again(&after).expect(0);
    let folded = scene.house.path("folded.db");
    scene.house.copy_store(&before, &folded);
    number(&folded, "PRAGMA wal_checkpoint(TRUNCATE)");
    // The views go back to the open pass, the journal and the fills stay: settling comes again.
    let rewind = |also: &str| {
        let restore: String = ["accounts", "orders", "runs", "positions", "paper_markets"]
            .map(|t| format!("DELETE FROM {t}; INSERT INTO {t} SELECT * FROM old.{t};"))
            .concat();
        format!("ATTACH '{}' AS old; {restore} {also}", folded.display())
    };
    let cases = [
        ("an order is lost", &before, "DELETE FROM orders WHERE status = 'SUBMITTING' AND rowid IN (SELECT MAX(rowid) FROM orders WHERE status = 'SUBMITTING')".to_owned()),
        ("a caught-up fill is lost", &before, "DELETE FROM executions WHERE rowid IN (SELECT MAX(rowid) FROM executions)".to_owned()),
        ("a settled fill is lost", &after, "DELETE FROM executions WHERE rowid IN (SELECT MAX(rowid) FROM executions)".to_owned()),
        ("cash is off by a millionth", &before, "UPDATE accounts SET cash = cash + 1, body = json_set(body, '$.cash', 0)".to_owned()),
        ("what was observed is lost", &before, "DELETE FROM blobs WHERE kind = 'world'".to_owned()),
        ("an event is lost", &before, "DELETE FROM events WHERE seq = 20".to_owned()),
        ("settled twice, the fills' keys kept", &after, rewind("")),
        ("settled twice, the fills' keys lost", &after, rewind("DELETE FROM executions; INSERT INTO executions SELECT * FROM old.executions;")),
    ];
    for (what, base, sql) in cases {
        let db = scene.house.path("planted.db");
        scene.house.copy_store(base, &db);
        assert_eq!(scene.left(&db), scene.left(base));
        assert!(ledger::tamper(&db, &sql) > 0, "{what}: nothing was planted");
        let restart = scene.again(&db);
        let found = scene.judge(&db, &restart);
        println!("{what}: {found:?}");
        assert!(!found.is_empty(), "{what}: not noticed");
        scene.sweep("planted.db");
    }
    // And without a plant the same store is fine.
    let restart = scene.again(&before);
    assert_eq!(scene.judge(&before, &restart), Vec::<String>::new());
}
