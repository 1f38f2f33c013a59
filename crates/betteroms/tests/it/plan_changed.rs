//! A plan file that is written over, cut short, replaced or deleted while a run reads it, decides and records
//! (`R06`): the run stands still at one of its system calls, the file is changed, the run goes on. What it then
//! did is what it does with the old bytes or with the new ones, row for row, or it refused the plan with a
//! code; the report's `sha256` is of the bytes that it used. Half of one and half of the other is neither.
//!
//! Short: 10 instants a change, half of them around the reading, and 2 real runs. With
//! `BETTEROMS_PROVE_CASES` set 50 a change, and 20 real runs.
//!
//! Control that runs each time: `half_of_each_is_seen`. Planted by hand and seen red: a file believed at its
//! first reading (half of one and half of the other was placed), and a hash of what lies there after the reading.

use crate::house::{House, Said};
use crate::ledger::{self, Dump, number};
use crate::real_scene::{ORDERS, Scene};
use crate::strace::{Stopped, log, traced, traced_at, works};
use betteroms_core::plan::Digest;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

/// The calls at which a run is made to stand still: what it reads, looks at, writes and waits for.
const CALLS: [&str; 12] = [
    "openat",
    "statx",
    "newfstatat",
    "read",
    "lseek",
    "fcntl",
    "close",
    "pread64",
    "write",
    "pwrite64",
    "fsync",
    "epoll_wait",
];

/// What happens to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// Other bytes of the same length in the same file, in place.
    Rewritten,
    Truncated,
    /// Another file under the same name.
    Swapped,
    Deleted,
}

const CHANGES: [Change; 4] =
    [Change::Rewritten, Change::Truncated, Change::Swapped, Change::Deleted];

impl Change {
    fn make(self, file: &Path, new: &str) {
        match self {
            Self::Rewritten => {
                let mut file = std::fs::File::options().write(true).open(file).unwrap();
                file.rewind().unwrap();
                file.write_all(new.as_bytes()).unwrap();
            }
            Self::Truncated => {
                let file = std::fs::File::options().write(true).open(file).unwrap();
                file.set_len(new.len() as u64 / 2).unwrap();
            }
            Self::Swapped => {
                let other = crate::house::beside(file, ".new");
                std::fs::write(&other, new).unwrap();
                std::fs::rename(&other, file).unwrap();
            }
            Self::Deleted => std::fs::remove_file(file).unwrap(),
        }
    }
}

/// How far the reading of the file had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stands {
    Before,
    Within,
    After,
}

/// Which bytes a run used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Used {
    Old,
    New,
    Refused,
}

/// Which may be used.
fn allowed(stands: Stands, change: Change) -> &'static [Used] {
    match (stands, change) {
        (Stands::Before, Change::Rewritten | Change::Swapped) => &[Used::New],
        (Stands::Before, Change::Truncated | Change::Deleted) => &[Used::Refused],
        (Stands::Within, Change::Rewritten) => &[Used::Old, Used::New, Used::Refused],
        (Stands::Within, Change::Truncated) => &[Used::Old, Used::Refused],
        (Stands::Within, Change::Swapped | Change::Deleted) | (Stands::After, _) => &[Used::Old],
    }
}

/// Twelve orders at one price, long enough to take a dozen reads. Both prices are written with as many digits.
fn plan(price: &str) -> String {
    let trade = |n: usize| {
        json!({ "marketId": "btc-updown-15m-1790587800", "outcome": "UP", "side": "BUY", "type": "LIMIT",
            "price": price, "size": 10 + n, "notes": "why ".repeat(80) })
    };
    let trades: Vec<Value> = (0..12).map(trade).collect();
    json!({ "runId": "watched", "mode": "paper", "defaults": { "goodForSeconds": 900 }, "trades": trades })
        .to_string()
}

/// What undisturbed runs leave with the old bytes, the new ones, and none.
struct Watched {
    house: House,
    old: String,
    new: String,
    wanted: BTreeMap<Used, Dump>,
}

impl Watched {
    fn new() -> Self {
        let (old, new) = (plan("0.51"), plan("0.43"));
        assert_eq!(old.len(), new.len());
        let mut watched = Self { house: House::new(), old, new, wanted: BTreeMap::new() };
        for used in [Used::Old, Used::New, Used::Refused] {
            let text = match used {
                Used::Old => Some(watched.old.as_str()),
                Used::New => Some(watched.new.as_str()),
                Used::Refused => None,
            };
            let (said, dump) = watched.undisturbed(text);
            assert_eq!(said.code, Some(if used == Used::Refused { 2 } else { 0 }), "{}", said.err);
            watched.wanted.insert(used, dump);
        }
        watched
    }

    /// A run of its own with these bytes, or without a file.
    fn undisturbed(&self, text: Option<&str>) -> (Said, Dump) {
        let case = self.case("undisturbed", text);
        let said = self.house.on(&case.db, &case.arguments());
        if let Some(text) = text.filter(|_| said.code == Some(0)) {
            self.tells(&case, &said, text);
        }
        let dump = ledger::dump(&case.db);
        case.sweep();
        (said, dump)
    }

    fn case(&self, name: &str, text: Option<&str>) -> Case {
        let folder = self.house.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        let case = Case { db: folder.join("store.db"), file: folder.join("plan.jsonc"), folder };
        if let Some(text) = text {
            std::fs::write(&case.file, text).unwrap();
        }
        case
    }

    /// The report names the bytes that were used, in full and for a person.
    fn tells(&self, case: &Case, said: &Said, text: &str) {
        let sha256 = Digest::of(text.as_bytes());
        let report = self.house.on(&case.db, &["report", "--json"]).expect(0).json();
        assert_eq!(report["plans"][0]["sha256"], sha256.as_str(), "{report}");
        let short = format!("admitted from plan.jsonc (sha256 {})", sha256.short());
        assert!(said.out.contains(&short), "{}", said.out);
    }

    /// Whose rows these are; none are both's.
    fn used(&self, dump: &Dump) -> Option<Used> {
        self.wanted.iter().find(|(_, wanted)| *wanted == dump).map(|(used, _)| *used)
    }

    /// The instants of a run in their order: at which call of a kind it stands still, and whether that is one
    /// that leads to the plan.
    fn instants(&self) -> Vec<(Instant, bool)> {
        let case = self.case("instants", Some(&self.old));
        let output = traced_at(&CALLS, &self.house, (&case.db, &case.arguments()), None).output();
        Said::of(output.expect("strace starts")).expect(0);
        let seen = std::fs::read_to_string(log(&case.db)).unwrap();
        case.sweep();
        let mut counts = BTreeMap::new();
        let mut first = BTreeSet::new();
        let mut instants = Vec::new();
        for line in seen.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let rest = rest.trim_start();
            let Some(call) = CALLS.iter().find(|call| rest.starts_with(&format!("{call}("))) else {
                continue;
            };
            let nth = counts.entry((*call, thread)).or_insert(0_u32);
            *nth += 1;
            // Each thread counts for itself, and the first to get there stands still.
            if first.insert((*call, *nth)) {
                instants.push(((*call, *nth), rest.contains("plan.jsonc")));
            }
        }
        instants
    }

    /// One run that stands still at this instant while its plan is changed.
    fn disturb(&self, (call, nth): Instant, change: Change) -> Outcome {
        let case = self.case(&format!("{call}-{nth}-{change:?}"), Some(&self.old));
        let inject = format!("{call}:signal=STOP:when={nth}");
        let mut command =
            traced_at(&CALLS, &self.house, (&case.db, &case.arguments()), Some(&inject));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut run = command.spawn().expect("strace starts");
        let stopped = Stopped::wait(&case.db, &mut run);
        let said = match &stopped {
            Some(stopped) => {
                change.make(&case.file, &self.new);
                stopped.thaw(run)
            }
            None => Said::of(run.wait_with_output().unwrap()),
        };
        let used = self.used(&ledger::dump(&case.db));
        match used {
            Some(Used::Old) => self.tells(&case, &said, &self.old),
            Some(Used::New) => self.tells(&case, &said, &self.new),
            Some(Used::Refused) | None => {}
        }
        case.sweep();
        Outcome { stands: stopped.map(|stopped| stands(&stopped.seen)), used, said }
    }
}

/// How far the reading has come, by what the run had called.
fn stands(seen: &str) -> Stands {
    let has = |call: &str| {
        seen.lines().any(|line| line.contains(&format!(" {call}(")) && line.contains("plan.jsonc"))
    };
    match (has("openat"), has("close")) {
        (_, true) => Stands::After,
        (true, false) => Stands::Within,
        (false, false) => Stands::Before,
    }
}

/// A kind of call, and which of them.
type Instant = (&'static str, u32);

struct Case {
    folder: std::path::PathBuf,
    db: std::path::PathBuf,
    file: std::path::PathBuf,
}

impl Case {
    fn arguments(&self) -> Vec<&str> {
        let books = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/btc15m");
        vec!["run", "--books", books, self.file.to_str().expect("UTF-8")]
    }

    fn sweep(&self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

struct Outcome {
    /// Absent where the run ended before it came to the instant.
    stands: Option<Stands>,
    used: Option<Used>,
    said: Said,
}

impl Outcome {
    /// What is wrong with it.
    fn complaint(&self, change: Change) -> Option<String> {
        let stands = self.stands.unwrap_or(Stands::After);
        let said = (self.said.code, &self.said.err);
        let Some(used) = self.used else { return Some(format!("neither one nor other: {said:?}")) };
        let wanted = if used == Used::Refused { 2 } else { 0 };
        // A sentence and its code: of the file, or of the place where half a plan ends.
        let is_told = used != Used::Refused || self.said.err.contains('[');
        let is_right =
            allowed(stands, change).contains(&used) && self.said.code == Some(wanted) && is_told;
        (!is_right).then(|| format!("{stands:?}: {used:?}, {said:?}"))
    }
}

/// So many of the instants, half of them of those that lead to the plan.
fn spread(instants: &[(Instant, bool)], most: usize) -> Vec<Instant> {
    let pick = |is_plan: bool, most: usize| {
        let own: Vec<Instant> =
            instants.iter().filter(|(_, own)| *own == is_plan).map(|(at, _)| *at).collect();
        let most = most.min(own.len());
        (0..most).map(|n| own[n * own.len() / most]).collect::<Vec<_>>()
    };
    let mut chosen = pick(true, most / 2);
    chosen.extend(pick(false, most - chosen.len()));
    chosen
}

#[test]
fn a_plan_changed_at_any_instant_is_used_whole_or_refused() {
    if !works() {
        return;
    }
    let watched = Watched::new();
    let instants = spread(&watched.instants(), if is_proof() { 50 } else { 10 });
    let all: Vec<(Instant, Change)> =
        instants.iter().flat_map(|instant| CHANGES.map(|change| (*instant, change))).collect();
    let (queue, wrong) = (Mutex::new(all.iter()), Mutex::new(Vec::new()));
    let counts = Mutex::new(BTreeMap::<(Option<Stands>, Option<Used>), usize>::new());
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some(&(instant, change)) = { queue.lock().unwrap().next() } {
                    let outcome = watched.disturb(instant, change);
                    let key = (outcome.stands, outcome.used);
                    *counts.lock().unwrap().entry(key).or_default() += 1;
                    if let Some(complaint) = outcome.complaint(change) {
                        wrong.lock().unwrap().push(format!("{instant:?} {change:?}: {complaint}"));
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    println!("{} instants, {} runs: {counts:?}", instants.len(), all.len());
    assert_eq!(wrong.into_inner().unwrap(), Vec::<String>::new());
    let at = |stands| counts.iter().filter(|((at, _), _)| *at == stands).map(|(_, n)| n).sum();
    let [before, within, after, never]: [usize; 4] =
        [Some(Stands::Before), Some(Stands::Within), Some(Stands::After), None].map(at);
    println!(
        "{before} before the reading, {within} within it, {after} after it, {never} never stood"
    );
    assert!(instants.len() >= if is_proof() { 50 } else { 10 }, "{} instants", instants.len());
    assert!(before >= 4 && within >= 4 && after >= 4, "too little of the run was reached");
    assert!(never <= all.len() / 10, "{never} runs never stood still");
    let used = |used| counts.iter().any(|((_, by), n)| *by == Some(used) && *n >= 4);
    assert!(used(Used::Old) && used(Used::New) && used(Used::Refused), "{counts:?}");
}

/// What a mixed read would leave, made by hand: it must be told from both.
#[test]
fn half_of_each_is_seen() {
    let watched = Watched::new();
    let half = watched.old.len() / 2;
    let mixed = format!("{}{}", &watched.old[..half], &watched.new[half..]);
    let (said, dump) = watched.undisturbed(Some(&mixed));
    assert_eq!((said.code, watched.used(&dump)), (Some(0), None));
    for (text, used) in [(&watched.old, Used::Old), (&watched.new, Used::New)] {
        assert_eq!(watched.used(&watched.undisturbed(Some(text)).1), Some(used));
    }
}

/// Real orders: the plan changes before they leave, and while what became of them is being booked.
#[test]
fn a_real_run_sends_what_it_read_whatever_becomes_of_the_file() {
    if !works() {
        return;
    }
    let scene = Scene::new();
    let file = Path::new(&scene.plan);
    let old = std::fs::read_to_string(file).unwrap();
    let new = old.replace("0.2", "0.1");
    assert!(old.len() == new.len() && old != new);
    let sha256 = Digest::of(old.as_bytes());
    let instants =
        [("pwrite64", 100), ("fsync", 1), ("writev", 24), ("pwrite64", 60), ("writev", 48)];
    let all = instants.iter().flat_map(|at| CHANGES.map(|change| (*at, change)));
    // In short two changes, each at an instant of its own.
    let (step, most) = if is_proof() { (1, 20) } else { (5, 2) };
    let all: Vec<_> = all.step_by(step).take(most).collect();
    let (mut stood, mut sent_before, mut wrong) = (0, 0, Vec::new());
    for &((call, nth), change) in &all {
        let stage = scene.stage();
        let inject = format!("{call}:signal=STOP:when={nth}");
        let arguments = [&scene.arguments(&stage)[..], &["--json"]].concat();
        let mut command = traced(scene.house(), &stage.db, &arguments, Some(&inject));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut run = command.spawn().unwrap();
        let stopped = Stopped::wait(&stage.db, &mut run).expect("it stands still");
        stood += 1;
        sent_before += usize::from(!stage.venue.placed().is_empty());
        change.make(file, &new);
        let said = stopped.thaw(run).expect(0);
        assert_eq!(said.json()["report"]["plans"][0]["sha256"], sha256.as_str());
        assert_eq!(stage.venue.placed().len(), ORDERS);
        std::fs::write(file, &old).unwrap();
        let again = scene.again(&stage);
        wrong.extend(scene.judge(&stage, &again));
        assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM orders"), 12);
        scene.sweep(stage);
    }
    println!("{stood} real runs stood still, {sent_before} of them with orders at the venue");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(stood == most && sent_before * 2 >= stood / 2, "{stood} {sent_before}");
}

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}
