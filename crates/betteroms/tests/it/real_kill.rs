//! A kill before every call that writes, creates, locks or syncs a file or sends to the venue, in a real pass of
//! twelve orders; then the same command again (`R01`, `R02`). Journal, database and the venue's own log must tell
//! one story (`R14`): every order at the venue once, none lost, every fill booked, no byte sent twice that was
//! not looked for in vain, no restart that fails.
//!
//! **Every point, each time**: some 126 `pwrite64`, 80 to 150 `write`, 53 `writev` (what leaves the house), 119
//! `openat`, 5 `fsync`, one each of `ftruncate`, `mkdir` and `flock`, and one past the last of each kind; how many
//! `write` there are depends on who wakes whom. Measured on two cores that others used too: 396 points in
//! 137 s, 0.35 s each.
//! With `BETTEROMS_PROVE_CASES` set also a pass of two hundred orders, some 1,200 points: as many of them, evenly
//! spread, as 25 minutes allow, or the minutes that `BETTEROMS_PROVE_MINUTES` gives; the share is printed.
//! Pairs of kills are thinned to some 80; with `BETTEROMS_PROVE_CASES` set they are all taken, some 1,130.
//!
//! Controls that run each time: `what_is_planted_is_seen`. Planted by hand and seen red: sending in recovery
//! without looking first.

use crate::ledger::{self, number};
use crate::real_scene::{OPEN, ORDERS, Scene, Stage};
use crate::strace::{count, kill, works};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct Tally {
    tried: usize,
    unharmed: usize,
    open: usize,
    sent_before: usize,
    placed: usize,
    fills: i64,
    sent: usize,
    resent: usize,
    /// Orders told as in doubt whose second sending was recorded and never left.
    lost: usize,
    wrong: Vec<String>,
}

/// Points tried at once: most of its time a run waits, for the limits of a node and between looks.
const AT_ONCE: usize = 4;

type Point = (&'static str, u32);

/// All points of the command on what `begin` gives, and one past the last of each kind.
fn points(scene: &Scene, begin: impl Fn() -> Stage) -> Vec<Point> {
    let stage = begin();
    let counts = count(scene.house(), &stage.db, &scene.arguments(&stage));
    println!("calls: {counts:?}");
    scene.sweep(stage);
    let some = counts.into_iter().filter(|(_, most)| *most > 0);
    let all = some.flat_map(|(call, most)| {
        (1..=most).chain(std::iter::once(most + 50)).map(move |nth| (call, nth))
    });
    all.collect()
}

/// Kills the command at each of the points on what `begin` gives, restarts it, and judges.
fn enumerate(scene: &Scene, begin: impl Fn() -> Stage + Sync, points: &[Point]) -> Tally {
    let tally = enumerate_until(scene, begin, points, (None, AT_ONCE));
    assert_eq!(tally.tried, points.len());
    tally
}

/// The same in the order of the points, as far as it comes until then.
fn enumerate_until(
    scene: &Scene,
    begin: impl Fn() -> Stage + Sync,
    points: &[Point],
    (until, at_once): (Option<Instant>, usize),
) -> Tally {
    let is_time = || until.is_none_or(|until| Instant::now() < until);
    let next = |queue: &Mutex<std::slice::Iter<'_, Point>>| {
        is_time().then(|| queue.lock().unwrap().next().copied()).flatten()
    };
    let tally = Mutex::new(Tally::default());
    let queue = Mutex::new(points.iter());
    std::thread::scope(|threads| {
        for _ in 0..at_once {
            threads.spawn(|| {
                while let Some((call, nth)) = next(&queue) {
                    let stage = begin();
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
    let mut tally = tally.into_inner().unwrap();
    let take = |counter: &AtomicUsize| counter.swap(0, Ordering::Relaxed);
    (tally.sent, tally.resent, tally.lost) =
        (take(&scene.sent), take(&scene.resent), take(&scene.lost));
    println!("{tally:#?}");
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(tally.placed + tally.lost, scene.orders * tally.tried);
    assert!(tally.sent >= tally.placed, "the venue's log shows fewer orders than there are");
    let complete = i64::try_from(tally.placed / scene.orders).unwrap();
    assert_eq!(tally.fills, scene.fills * complete);
    tally
}

/// The points of these kinds, or of all others.
fn survives(is_wanted: impl Fn(&str) -> bool, (tried_min, open_min): (usize, usize)) {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let begin = || scene.stage();
    let mut points = points(&scene, begin);
    points.retain(|(call, _)| is_wanted(call));
    let tally = enumerate(&scene, begin, &points);
    assert!(tally.tried >= tried_min, "too few points: {}", tally.tried);
    assert!(tally.open >= open_min, "too few kills left an open pass: {}", tally.open);
    assert!(tally.sent_before >= open_min / 2, "too few kills came after orders had left");
    assert!(tally.unharmed >= 1, "the enumeration does not reach the end");
    assert_eq!(tally.lost, 0, "one kill is no reason not to send again");
}

#[test]
fn a_real_pass_killed_at_any_write_of_its_journal_places_every_order_once() {
    survives(|call| call == "pwrite64", (120, 60));
}

#[test]
fn a_real_pass_killed_at_any_other_call_places_every_order_once() {
    survives(|call| call != "pwrite64", (200, 20));
}

/// How long the points of the large pass may take, in minutes; `BETTEROMS_PROVE_MINUTES` says otherwise.
const MINUTES: u64 = 25;

/// The points with those a stride apart first, then those half-way between, so that however far one comes, all parts
/// of the run are looked at alike.
fn coarse_first(points: &[Point]) -> Vec<Point> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    // A number's bits read backwards: of any stretch from the beginning, the numbers lie evenly.
    order.sort_by_key(|nth| nth.reverse_bits());
    order.into_iter().map(|nth| points[nth]).collect()
}

/// Two hundred orders: as many of all points as the time allows, evenly spread. Only with `BETTEROMS_PROVE_CASES` set.
#[test]
fn a_large_real_pass_killed_at_many_points_places_every_order_once() {
    if std::env::var_os("BETTEROMS_PROVE_CASES").is_none() || !works() {
        return;
    }
    let minutes = std::env::var("BETTEROMS_PROVE_MINUTES").ok().and_then(|text| text.parse().ok());
    let scene = Scene::large();
    let begin = || scene.stage();
    let points = coarse_first(&points(&scene, begin));
    let begun = Instant::now();
    let until = begun + Duration::from_secs(60 * minutes.unwrap_or(MINUTES));
    let tally = enumerate_until(&scene, begin, &points, (Some(until), 2 * AT_ONCE));
    println!(
        "{} orders: {} of {} points, {} %, in {} s",
        scene.orders,
        tally.tried,
        points.len(),
        100 * tally.tried / points.len(),
        begun.elapsed().as_secs()
    );
    assert!(tally.tried >= 40 && tally.open >= 10, "too few points: {}", tally.tried);
    assert!(tally.sent_before >= 5, "too few kills came after orders had left");
    assert_eq!(tally.lost, 0, "one kill is no reason not to send again");
}

/// A kill that leaves an open pass, whose orders are all still here or, some of them, at the venue; `cut` keeps
/// before which send that is.
fn cut_off(scene: &Scene, at_venue: bool, cut: &OnceLock<u32>) -> Stage {
    for nth in (1..cut.get().map_or(60, |nth| nth + 1)).rev() {
        let stage = scene.stage();
        let killed = kill(scene.house(), &stage.db, &scene.arguments(&stage), ("writev", nth));
        let is_there = !stage.venue.placed().is_empty();
        if killed && number(&stage.db, OPEN) > 0 && is_there == at_venue {
            cut.set(nth).ok();
            return stage;
        }
        scene.sweep(stage);
    }
    panic!("no kill leaves such an open pass");
}

/// A second kill while the first one is being recovered from (`R02`): the orders of the first all still here, and
/// at the venue.
#[test]
fn a_recovery_killed_at_any_send_or_sync_is_recovered_from() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let is_proof = std::env::var_os("BETTEROMS_PROVE_CASES").is_some();
    let (mut pairs, mut during, mut lost) = (0, 0, 0);
    for at_venue in [false, true] {
        let cut = OnceLock::new();
        let begin = || cut_off(&scene, at_venue, &cut);
        let mut points = points(&scene, begin);
        let mut nth = 0;
        points.retain(|(call, _)| {
            nth += 1;
            match *call {
                _ if is_proof => true,
                "fsync" => true,
                "writev" => nth % 4 == 0,
                "pwrite64" => nth % 24 == 0,
                _ => false,
            }
        });
        let tally = enumerate(&scene, begin, &points);
        pairs += tally.tried;
        during += tally.open;
        lost += tally.lost;
    }
    println!(
        "{pairs} pairs, {during} left the pass open a second time, {lost} orders were told in doubt"
    );
    assert!(lost <= ORDERS * pairs / 20, "too many orders are left in doubt");
    assert!(pairs >= if is_proof { 500 } else { 40 }, "{pairs} pairs");
    assert!(during >= 20, "{during} open");
}

/// What broken recoveries would leave, made by hand: each must be seen, and by the check that is meant to.
#[test]
fn what_is_planted_is_seen() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let forget = "UPDATE orders SET status = 'WAITING', venue_id = NULL,
        body = json_remove(json_set(body, '$.status', 'WAITING'), '$.venue', '$.placing');
        UPDATE accounts SET open_pass = NULL, body = json_remove(body, '$.open_pass')";
    let last = |table: &str| {
        format!("DELETE FROM {table} WHERE rowid IN (SELECT MAX(rowid) FROM {table})")
    };
    let cases = [
        ("signed anew", forget.to_owned(), "2 orders were placed for twelve/0/1"),
        ("a fill is lost", last("executions"), "orders that disagree with their executions"),
        ("an order is lost", last("orders"), "the venue has"),
        ("nothing is planted", String::new(), ""),
    ];
    let cut = OnceLock::new();
    for (what, sql, seen_as) in cases {
        let stage = cut_off(&scene, true, &cut);
        if !what.starts_with("signed") {
            scene.again(&stage).expect(0);
        }
        if !sql.is_empty() {
            assert!(ledger::tamper(&stage.db, &sql) > 0, "{what}: nothing was planted");
        }
        let restart = scene.again(&stage);
        let found = scene.judge(&stage, &restart);
        println!("{what}: {found:?}");
        assert_eq!(found.is_empty(), sql.is_empty(), "{what}: {found:?}");
        assert!(sql.is_empty() || found.iter().any(|one| one.contains(seen_as)), "{what}");
        scene.sweep(stage);
    }
}
