//! A kill before every call that writes, creates, locks or syncs a file or sends to the venue, in a real pass of
//! twelve orders; then the same command again (`R01`, `R02`). Journal, database and the venue's own log must tell
//! one story (`R14`): every order at the venue once, none lost, every fill booked, no restart that fails.
//!
//! The short form takes a part of the points; with `BETTEROMS_PROVE_CASES` set all of them, and more pairs.
//! Controls that run each time: `a_planted_second_signing_and_a_lost_fill_are_caught`. Planted by hand and seen
//! red: sending in recovery without looking first.

use crate::ledger::{self, number};
use crate::real_scene::{OPEN, ORDERS, Scene, cut_off};
use crate::strace::{count, kill, works};
use std::sync::Mutex;

#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    unharmed: usize,
    open: usize,
    sent_before: usize,
    placed: usize,
    fills: i64,
    wrong: Vec<String>,
}

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}

/// All points of the pass, thinned in the short form, and one past the last of each kind.
fn points(scene: &Scene) -> Vec<(&'static str, u32)> {
    let stage = scene.stage();
    let counts = count(scene.house(), &stage.db, &scene.arguments(&stage));
    println!("calls: {counts:?}");
    scene.sweep(stage);
    let mut points = Vec::new();
    for (call, most) in counts {
        let step = match call {
            _ if is_proof() => 1,
            "openat" | "flock" => 16,
            "pwrite64" => 9,
            "write" | "writev" | "sendto" => 3,
            _ => 2,
        };
        points.extend((1..=most).step_by(step).map(|nth| (call, nth)));
        if most > 0 {
            points.push((call, most + 50));
        }
    }
    points
}

fn enumerate(scene: &Scene, points: &[(&'static str, u32)]) -> Tally {
    let tally = Mutex::new(Tally::default());
    let queue = Mutex::new(points.iter());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some(&(call, nth)) = { queue.lock().unwrap().next() } {
                    let stage = scene.stage();
                    let arguments = scene.arguments(&stage);
                    let killed = kill(scene.house(), &stage.db, &arguments, (call, nth));
                    let open = number(&stage.db, OPEN) > 0;
                    let sent = stage.venue.placed().len();
                    let restart = scene.again(&stage);
                    let wrong = scene.judge(&stage, &restart);
                    let mut tally = tally.lock().unwrap();
                    tally.tried += 1;
                    tally.unharmed += usize::from(!killed);
                    tally.open += usize::from(open);
                    tally.sent_before += usize::from(killed && open && sent > 0);
                    tally.placed += stage.venue.placed().len();
                    tally.fills += number(&stage.db, "SELECT COUNT(*) FROM executions");
                    if !wrong.is_empty() {
                        tally.wrong.push(format!("{call} {nth}: {wrong:?}"));
                    }
                    drop(tally);
                    scene.sweep(stage);
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

#[test]
fn a_real_pass_killed_at_any_write_or_send_places_every_order_once() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let points = points(&scene);
    let tally = enumerate(&scene, &points);
    println!("{tally:#?}");
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert!(tally.tried >= 50 && tally.tried == points.len(), "too few points");
    assert!(tally.open >= 8, "too few kills left an open pass");
    assert!(tally.sent_before >= 3, "too few kills came after orders had left");
    assert_eq!(tally.placed, ORDERS * tally.tried);
    assert_eq!(tally.fills, scene.fills * i64::try_from(tally.tried).unwrap());
}

/// A second kill while the first one is being recovered from (`R02`).
#[test]
fn a_recovery_killed_at_any_send_or_sync_is_recovered_from() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let step = if is_proof() { 1 } else { 6 };
    let (mut pairs, mut during, mut wrong) = (0, 0, Vec::new());
    for call in ["writev", "fsync", "pwrite64"] {
        let step = if call == "pwrite64" { step * 6 } else { step.min(4) };
        for nth in (1..).step_by(step) {
            let stage = cut_off(&scene);
            let killed = kill(scene.house(), &stage.db, &scene.arguments(&stage), (call, nth));
            during += usize::from(killed && number(&stage.db, OPEN) > 0);
            let restart = scene.again(&stage);
            pairs += 1;
            let found = scene.judge(&stage, &restart);
            if !found.is_empty() {
                wrong.push(format!("{call} {nth}: {found:?}"));
            }
            scene.sweep(stage);
            if !killed {
                break;
            }
        }
    }
    println!("{pairs} pairs, {during} of them left the pass open a second time");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(pairs >= 12 && during >= 5, "{pairs} pairs, {during} open");
}

/// What broken recoveries would leave, made by hand: each must be seen.
#[test]
fn a_planted_second_signing_and_a_lost_fill_are_caught() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let forget = "UPDATE orders SET status = 'WAITING', venue_id = NULL,
        body = json_remove(json_set(body, '$.status', 'WAITING'), '$.venue', '$.placing');
        UPDATE accounts SET open_pass = NULL, body = json_remove(body, '$.open_pass')";
    let cases = [
        ("signed anew", Some(forget)),
        (
            "a fill is lost",
            Some("DELETE FROM executions WHERE rowid IN (SELECT MAX(rowid) FROM executions)"),
        ),
        (
            "an order is lost",
            Some("DELETE FROM orders WHERE rowid IN (SELECT MAX(rowid) FROM orders)"),
        ),
        ("nothing is planted", None),
    ];
    for (what, sql) in cases {
        let stage = cut_off(&scene);
        if !what.starts_with("signed") {
            scene.again(&stage).expect(0);
        }
        if let Some(sql) = sql {
            assert!(ledger::tamper(&stage.db, sql) > 0, "{what}: nothing was planted");
        }
        let restart = scene.again(&stage);
        let found = scene.judge(&stage, &restart);
        println!("{what}: {found:?}");
        assert_eq!(found.is_empty(), sql.is_none(), "{what}: {found:?}");
        scene.sweep(stage);
    }
}
