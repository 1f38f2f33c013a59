//! The program ended at each of its named points (`betteroms::crash`), each time that it is reached; then what an
//! operator would do next. Journal, database and the venue's own log must tell one story (`R01`, `R02`, `R14`).
//! Works without any other program; `real_kill` finds the places that nobody named.
//!
//! A point that no story reaches is a failure, and so is one that no story names. Planted by hand and seen red:
//! a recovery that sends without looking first (`Sent`, `Answered`), a request to halt that is taken away before
//! the journal has it (`HaltBooked`), a point that nothing calls.

use crate::house::Said;
use crate::ledger::number;
use crate::real_scene::{OPEN, ORDERS, Scene, Stage};
use betteroms::crash::{Point, VARIABLE};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long the emulated chain may take on a busy machine; it is set to 40 ms.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// A command that is ended somewhere, and what comes before and after.
struct Story {
    what: &'static str,
    points: &'static [Point],
    before: fn(&Scene, &Stage),
    command: fn(&Scene) -> Vec<&str>,
    /// What the operator does then; it must leave every order with a fate.
    after: fn(&Scene, &Stage) -> Said,
}

const STORIES: [Story; 9] = [
    Story {
        what: "a run",
        points: &[
            Point::Observed,
            Point::Signed,
            Point::Recorded,
            Point::Sending,
            Point::Sent,
            Point::Answered,
            Point::Looked,
            Point::LookRecorded,
            Point::Settled,
            Point::Closed,
        ],
        before: nothing,
        command: run,
        after: Scene::again,
    },
    Story {
        what: "a run whose request is lost",
        points: &[
            Point::Sent,
            Point::Answered,
            Point::Looked,
            Point::LookRecorded,
            Point::Resending,
            Point::ResendRecorded,
            Point::Resent,
            Point::Settled,
            Point::Closed,
        ],
        before: lose_a_request,
        command: run,
        after: Scene::again,
    },
    Story {
        what: "the finishing of a pass that had sent nothing",
        points: &[
            Point::Resumed,
            Point::Doubted,
            Point::Looked,
            Point::LookRecorded,
            Point::Resending,
            Point::ResendRecorded,
            Point::Resent,
            Point::Settled,
            Point::Closed,
            Point::Observed,
        ],
        before: |scene, stage| assert!(ended(scene, stage, &run(scene), (Point::Sending, 1))),
        command: run,
        after: Scene::again,
    },
    Story {
        what: "the finishing of a pass that had sent everything",
        points: &[
            Point::Resumed,
            Point::Doubted,
            Point::Looked,
            Point::LookRecorded,
            Point::Settled,
            Point::Closed,
            Point::Observed,
        ],
        before: |scene, stage| assert!(ended(scene, stage, &run(scene), (Point::Sent, 1))),
        command: run,
        after: Scene::again,
    },
    Story {
        what: "a cancel",
        points: &[
            Point::Observed,
            Point::Signed,
            Point::Recorded,
            Point::Cancelling,
            Point::CancelAsked,
            Point::Looked,
            Point::LookRecorded,
            Point::Settled,
            Point::Closed,
        ],
        before: |scene, stage| drop(scene.again(stage).expect(0)),
        command: cancel,
        after: |scene, stage| {
            let said = scene.call(stage, &cancel(scene));
            let open = "SELECT COUNT(*) FROM orders WHERE status NOT IN ('FILLED', 'CANCELLED')";
            assert_eq!(number(&stage.db, open), 0, "{}{}", said.out, said.err);
            said
        },
    },
    Story {
        what: "a redemption by the account's own transactions",
        points: &[Point::Converting, Point::HandedOver, Point::Converted],
        before: resolve,
        command: redeem,
        after: |scene, stage| {
            scene.call(stage, &redeem(scene)).expect(0);
            assert_eq!(stage.venue.transactions().len(), 3, "one for each market");
            scene.again(stage)
        },
    },
    Story {
        what: "a halt",
        points: &[Point::HaltAsked, Point::HaltBooked],
        before: nothing,
        command: |_| vec!["halt"],
        after: |scene, stage| {
            scene.again(stage);
            assert_eq!(stage.venue.placed().len(), 0, "a halt was forgotten");
            scene.call(stage, &["resume", "--yes"]).expect(0);
            scene.again(stage)
        },
    },
    Story {
        what: "an arming",
        points: &[Point::Arming, Point::Armed],
        before: nothing,
        command: arm,
        after: |scene, stage| {
            scene.call(stage, &arm(scene)).expect(0);
            scene.call(stage, &["run", &scene.plan])
        },
    },
    Story {
        what: "the first preview of an account",
        points: &[Point::SecretMade, Point::AccountOpened, Point::Previewing, Point::Previewed],
        before: |scene, stage| scene.empty(stage),
        command: |scene| vec!["preview", &scene.plan],
        after: |scene, stage| {
            scene.call(stage, &["preview", &scene.plan]).expect(0);
            scene.again(stage)
        },
    },
];

fn nothing(_: &Scene, _: &Stage) {}

/// All that was bought has settled, and all three markets have a result.
fn resolve(scene: &Scene, stage: &Stage) {
    const UNDER_WAY: &str = "SELECT COUNT(*) FROM settlements WHERE final = 0";
    scene.again(stage).expect(0);
    // The chain takes its own time: passes may be faster than it.
    let begun = Instant::now();
    while number(&stage.db, UNDER_WAY) > 0 {
        assert!(begun.elapsed() < SETTLED_WITHIN, "the chain never confirmed what was traded");
        scene.again(stage).expect(0);
    }
    for (slug, payout) in [("rain", "1"), ("snow", "1"), ("hail", "0")] {
        stage.venue.resolve(slug, payout);
    }
}

fn redeem(_: &Scene) -> Vec<&str> {
    vec!["account", "redeem", "--yes"]
}

fn lose_a_request(_: &Scene, stage: &Stage) {
    stage.venue.fault(&json!({"on": "POST /orders", "times": 1, "what": "drop"}));
}

fn run(scene: &Scene) -> Vec<&str> {
    vec!["run", "--real", &scene.plan]
}

fn cancel(_: &Scene) -> Vec<&str> {
    vec!["cancel", "--all"]
}

fn arm(_: &Scene) -> Vec<&str> {
    vec!["arm", "--max-order", "10", "--max-day", "50", "--for", "1h", "--yes"]
}

/// Calls a command that ends where it reaches a point for the nth time; false where it never does, and did its
/// work.
fn ended(scene: &Scene, stage: &Stage, command: &[&str], (point, nth): (Point, u32)) -> bool {
    let aim = format!("{}:{nth}", point.name());
    let mut all = scene.house().bare();
    all.arg("--db").arg(&stage.db).args(["--config", &stage.config]).args(command);
    let output = all.env(VARIABLE, aim).output().expect("the binary starts");
    let aborted = std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(6);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(aborted || output.status.success(), "{command:?}: {}: {err}", output.status);
    aborted
}

#[derive(Debug, Default)]
struct Tally {
    ended: usize,
    unharmed: usize,
    open: usize,
    placed: usize,
    denied: usize,
    wrong: Vec<String>,
}

/// Ends a story at each time that it reaches a point.
fn tell(scene: &Scene, story: &Story, point: Point, tally: &Mutex<Tally>) {
    for nth in 1.. {
        let stage = scene.stage();
        (story.before)(scene, &stage);
        let is_ended = ended(scene, &stage, &(story.command)(scene), (point, nth));
        let is_open = is_ended && stage.db.exists() && number(&stage.db, OPEN) > 0;
        let then = (story.after)(scene, &stage);
        let found = scene.judge(&stage, &then);
        let mut tally = tally.lock().unwrap();
        tally.ended += usize::from(is_ended);
        tally.unharmed += usize::from(!is_ended);
        tally.open += usize::from(is_open);
        tally.placed += stage.venue.placed().len();
        tally.denied += scene.denied(&stage);
        let place = format!("{}, ended at {} the {nth}. time", story.what, point.name());
        if !found.is_empty() {
            tally.wrong.push(format!("{place}: {found:?}"));
        }
        if nth == 1 && !is_ended {
            tally.wrong.push(format!("{} never reaches {}", story.what, point.name()));
        }
        drop(tally);
        scene.sweep(stage);
        if !is_ended {
            break;
        }
    }
}

#[test]
fn a_program_ended_at_any_named_point_places_every_order_once() {
    let named: BTreeSet<Point> = STORIES.iter().flat_map(|story| story.points).copied().collect();
    assert_eq!(named.len(), Point::ALL.len(), "points that no story names");
    let scene = Scene::new();
    let all =
        STORIES.iter().flat_map(|story| story.points.iter().map(move |point| (story, *point)));
    let queue = Mutex::new(all);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                while let Some((story, point)) = { queue.lock().unwrap().next() } {
                    tell(&scene, story, point, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let [sent, resent, lost] =
        [&scene.sent, &scene.resent, &scene.lost].map(|counter| counter.load(Ordering::Relaxed));
    println!(
        "{tally:#?}\n{sent} orders sent, {resent} of them recorded as again, {lost} lost and told"
    );
    assert_eq!(tally.wrong, Vec::<String>::new());
    let told = tally.placed + tally.denied + lost;
    assert_eq!(told, ORDERS * (tally.ended + tally.unharmed));
    // A FAK does not wait for the end of a halt.
    assert_eq!(tally.denied, 4);
    // Ended between the record of the second sending and the sending, in two stories: told, and never sent again.
    assert_eq!(lost, 2 * ORDERS);
    assert!(tally.ended >= 60 && tally.open >= 30, "{} ended, {} open", tally.ended, tally.open);
    assert!(resent >= ORDERS * 5, "{resent} sent again");
}

#[test]
fn a_word_that_names_no_point_is_a_mistake_in_what_was_typed() {
    let house = crate::house::House::new();
    let output = house.bare().arg("status").env(VARIABLE, "nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}
