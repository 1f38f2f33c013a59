//! Another program holds the store's database, from before a real run begins or in the middle of it (`R22`). A run waits
//! for it up to a bound: below that it completes as if nothing had been; above it ends with the code of a fault and
//! says what is locked. No half of a step is left, nothing leaves the house that is not in the journal, and the run
//! after the lock goes on.
//!
//! Short: three locks from the beginning, one of them for as long as the run lives, and two between its requests. With
//! `BETTEROMS_PROVE_CASES` set sixteen from 0 to 60 seconds, and fifteen between requests. Planted by hand and seen red:
//! a store that does not wait, and one that waits for 20 seconds.

use crate::house::Said;
use crate::ledger::{self, Dump, Held, texts};
use crate::real_scene::{ORDERS, Scene, Stage};
use crate::strace::{Stopped, traced, works};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long a statement waits for another writer, at most.
const BOUND: Duration = Duration::from_secs(5);
/// What the run takes before its first write, beside others on two cores: a lock that is shorter than the bound by
/// this is surely waited for, and one that is longer by this surely is not.
const SLACK: Duration = Duration::from_secs(2);

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}

/// How long a lock is held.
#[derive(Clone, Copy, Debug)]
enum For {
    Millis(u64),
    /// Longer than the run lives, whatever else holds it up.
    TheRun,
}

#[derive(Debug, Default)]
struct Tally {
    waited: usize,
    stopped: usize,
    /// Stopped with orders at the venue.
    sent: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &str, went: Went) {
        self.waited += usize::from(went.code == Some(0));
        self.stopped += usize::from(went.code == Some(4));
        self.sent += usize::from(went.code == Some(4) && went.sent > 0);
        self.wrong.extend(went.wrong.into_iter().map(|wrong| format!("{case}: {wrong}")));
    }
}

/// How a run went that met a lock.
struct Went {
    code: Option<i32>,
    sent: usize,
    wrong: Vec<String>,
}

/// What may be of a run that met a lock held so long.
fn judged(scene: &Scene, stage: &Stage, (held, said, took): (For, &Said, Duration)) -> Went {
    let mut wrong = Vec::new();
    let long = match held {
        For::Millis(millis) => Duration::from_millis(millis),
        For::TheRun => Duration::MAX,
    };
    let may_complete = long < BOUND + 2 * SLACK;
    let may_stop = long > BOUND - SLACK;
    let is_right = match said.code {
        Some(0) => may_complete,
        Some(4) => {
            may_stop
                && (BOUND..3 * BOUND).contains(&took)
                && said.err.contains("another program holds the store (database is locked)")
        }
        _ => false,
    };
    if !is_right {
        wrong.push(format!("ended with {:?} after {took:?}: {}", said.code, said.err));
    }
    let placed: BTreeSet<String> = stage.venue.placed().into_iter().collect();
    let known = "SELECT venue_id FROM orders WHERE venue_id IS NOT NULL";
    let known: BTreeSet<String> = texts(&stage.db, known).into_iter().collect();
    if !placed.is_subset(&known) {
        wrong.push("sent and not recorded".to_owned());
    }
    // Every step is whole: what it says of an order and the order's events came together.
    let verified = scene.call(stage, &["db", "verify"]);
    if verified.code != Some(0) {
        wrong.push(format!("{}{}", verified.out, verified.err));
    }
    let sent = placed.len();
    let restart = scene.again(stage);
    wrong.extend(scene.judge(stage, &restart));
    Went { code: said.code, sent, wrong }
}

/// A run that finds the store held, by a lock that leaves it to be read or one that does not.
fn from_the_beginning(scene: &Scene, held: For, lock: fn(&std::path::Path) -> Held) -> Went {
    let stage = scene.stage();
    let before = ledger::dump(&stage.db);
    let lock = lock(&stage.db);
    let begun = Instant::now();
    let (said, took, lock) = match held {
        For::TheRun => {
            let said = scene.again(&stage);
            (said, begun.elapsed(), Some(lock))
        }
        For::Millis(millis) => std::thread::scope(|threads| {
            threads.spawn(move || {
                std::thread::sleep(Duration::from_millis(millis));
                drop(lock);
            });
            let said = scene.again(&stage);
            (said, begun.elapsed(), None)
        }),
    };
    drop(lock);
    let went = if said.code == Some(4) {
        let untouched = untouched(&stage, &before);
        let mut went = judged(scene, &stage, (held, &said, took));
        went.wrong.extend(untouched);
        went
    } else {
        judged(scene, &stage, (held, &said, took))
    };
    scene.sweep(stage);
    went
}

/// A run that could not record anything: no row is another, and the venue has nothing.
fn untouched(stage: &Stage, before: &Dump) -> Vec<String> {
    let (now, placed) = (ledger::dump(&stage.db), stage.venue.placed().len());
    let is_untouched = now == *before && placed == 0;
    (!is_untouched)
        .then(|| format!("half of a step is left, {placed} orders sent"))
        .into_iter()
        .collect()
}

#[test]
fn a_foreign_lock_is_waited_for_up_to_a_bound() {
    let scene = Scene::new();
    let mut cases = vec![For::Millis(0), For::Millis(1_500), For::TheRun];
    if is_proof() {
        let more =
            [500, 1_000, 2_000, 2_500, 3_500, 4_500, 5_500, 6_500, 8_000, 10_000, 20_000, 40_000];
        cases.extend(more.map(For::Millis));
        cases.push(For::Millis(60_000));
    }
    let all: Vec<_> = cases
        .iter()
        .flat_map(|held| [(*held, Held::exclusive as fn(&_) -> _), (*held, Held::alone)])
        // In short the harder lock only where it is waited for in vain.
        .enumerate()
        .filter(|(nth, _)| is_proof() || [0, 2, 4, 5].contains(nth))
        .collect();
    let (queue, tally) = (Mutex::new(all.iter()), Mutex::new(Tally::default()));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                while let Some((nth, (held, lock))) = { queue.lock().unwrap().next() } {
                    let went = from_the_beginning(&scene, *held, *lock);
                    tally.lock().unwrap().add(&format!("{nth} {held:?}"), went);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{} locks: {tally:?}", all.len());
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(tally.waited + tally.stopped, all.len());
    let (waited, stopped) = if is_proof() { (8, 8) } else { (2, 2) };
    assert!(tally.waited >= waited && tally.stopped >= stopped, "{tally:?}");
}

/// A lock that is taken between two requests of the run: before its orders leave, and after.
fn between(scene: &Scene, nth: u32, held: For) -> Went {
    let stage = scene.stage();
    let inject = format!("writev:signal=STOP:when={nth}");
    let mut command = traced(scene.house(), &stage.db, &scene.arguments(&stage), Some(&inject));
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stopped = Stopped::wait(&stage.db, &mut run).expect("it stands still");
    let lock = Held::exclusive(&stage.db);
    let begun = Instant::now();
    let holder = match held {
        For::TheRun => Err(lock),
        For::Millis(millis) => Ok(std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(millis));
            drop(lock);
        })),
    };
    let said = stopped.thaw(run);
    let took = begun.elapsed();
    match holder {
        Ok(thread) => thread.join().unwrap(),
        Err(lock) => drop(lock),
    }
    let went = judged(scene, &stage, (held, &said, took));
    scene.sweep(stage);
    went
}

#[test]
fn a_foreign_lock_in_the_middle_of_a_run_loses_and_doubles_nothing() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let all: Vec<(u32, For)> = if is_proof() {
        let held = [For::Millis(2_000), For::Millis(12_000), For::TheRun];
        [12, 24, 36, 42, 48].into_iter().flat_map(|nth| held.map(|held| (nth, held))).collect()
    } else {
        vec![(36, For::TheRun), (48, For::TheRun)]
    };
    let (queue, tally) = (Mutex::new(all.iter()), Mutex::new(Tally::default()));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some((nth, held)) = { queue.lock().unwrap().next() } {
                    let went = between(&scene, *nth, *held);
                    tally.lock().unwrap().add(&format!("writev {nth} {held:?}"), went);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{} locks: {tally:?}", all.len());
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert!(tally.stopped >= 2 && tally.sent >= 1, "{tally:?}");
    let orders = scene.sent.load(std::sync::atomic::Ordering::Relaxed);
    assert!(orders >= ORDERS * all.len(), "{orders} orders were sent");
}
