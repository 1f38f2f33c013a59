//! Slow and endless answers against a real pass (`R16`): a byte a second, a head and a body that never end, silence,
//! and TLS that never gets to the end of its handshake.
//! Every run ends by the deadline of the one call that was struck, ten seconds, and a tenth; it never holds 200 MB; each
//! order is placed once, whatever was struck, and nothing is believed that did not arrive whole.
//!
//! What outgrows its bound is not asked for again: such a run does nothing and says so, and the next one places all.
//! Measured: 28 runs, the longest 11.5 s, at most 82 MB. Planted by hand and seen red: bodies read without a bound
//! (1.08 GB), an attempt of 25 s.
//!
//! With TLS stalled a call knows that nothing was sent and tries again until its own deadline, 45 s. Measured: 8 runs,
//! three hosts 45.4 s each, the node 90.5 s, at most 32 MB. Planted and seen red: a call of 60 s. Red by itself before
//! it was mended: a node that gave no answer was asked on for each token held (over 5 minutes).

use crate::ledger::number;
use crate::real_scene::{ORDERS, Scene, Stage};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long one attempt of a call may take, and a tenth.
const DEADLINE: Duration = Duration::from_millis(11_000);
/// What the rest of a run may take beside it, with a dozen others on two cores.
const OWN: Duration = Duration::from_secs(6);
/// The most memory that a run may ever hold, in KiB.
const MOST_KIB: u64 = 200 * 1024;

/// The reads of a run's beginning, its sending, and its first look afterwards.
const STRUCK: [(&str, u32); 7] = [
    ("GET /time", 1),
    ("GET /data/orders", 1),
    ("GET /balance-allowance", 1),
    ("POST /books", 1),
    ("POST /rpc", 3),
    ("POST /orders", 1),
    ("GET /data/trades", 2),
];

/// The faults, and whether they hold a call up to its deadline.
fn faults() -> [(Value, bool); 4] {
    [
        (json!({"trickle": {"every_ms": 1000}}), true),
        (json!("silent"), true),
        (json!("endless"), false),
        (json!("endless_head"), false),
    ]
}

/// How a run went.
struct Went {
    code: Option<i32>,
    took: Duration,
    /// The most memory that it was seen to hold, in KiB.
    peak: u64,
}

/// Runs the plan, and looks at its memory all along.
fn run(scene: &Scene, stage: &Stage) -> Went {
    let mut command = scene.house().bare();
    command.arg("--db").arg(&stage.db).args(scene.arguments(stage));
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(high.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Went { code: ended.code(), took: began.elapsed(), peak }
}

#[derive(Default)]
struct Tally {
    runs: usize,
    struck: usize,
    held_up: usize,
    placed: usize,
    denied: usize,
    longest: Duration,
    peak: u64,
    wrong: Vec<String>,
}

#[test]
fn a_slow_or_endless_answer_ends_by_its_deadline_and_costs_no_memory() {
    let scene = Scene::new();
    let cases = STRUCK.iter().flat_map(|on| faults().map(|fault| (*on, fault)));
    let (queue, tally) = (Mutex::new(cases), Mutex::new(Tally::default()));
    std::thread::scope(|threads| {
        for _ in 0..2 * STRUCK.len() {
            threads.spawn(|| {
                while let Some(((route, nth), (fault, holds))) = { queue.lock().unwrap().next() } {
                    let stage = scene.stage();
                    stage.venue.fault(&json!({"on": route, "nth": nth, "what": fault}));
                    let went = run(&scene, &stage);
                    let told = stage.venue.ask("GET", "/emulator/faults", "").to_string();
                    stage.venue.no_faults();
                    let last = scene.again(&stage);
                    let mut wrong = scene.judge(&stage, &last);
                    if !matches!(went.code, Some(0 | 3 | 4))
                        || went.took > DEADLINE + OWN
                        || went.peak > MOST_KIB
                    {
                        let Went { code, took, peak } = went;
                        wrong.push(format!("ended with {code:?} after {took:?}, {peak} KiB"));
                    }
                    let mut tally = tally.lock().unwrap();
                    tally.runs += 1;
                    tally.struck += usize::from(told.contains("\"struck\":1"));
                    tally.held_up += usize::from(holds && went.took > DEADLINE * 9 / 11);
                    tally.placed += stage.venue.placed().len();
                    tally.denied += scene.denied(&stage);
                    tally.longest = tally.longest.max(went.took);
                    tally.peak = tally.peak.max(went.peak);
                    if !wrong.is_empty() {
                        tally.wrong.push(format!("{route} {nth} {fault}: {wrong:?}"));
                    }
                    drop(tally);
                    scene.sweep(stage);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} runs, {} struck, {} held up to the deadline, the longest {:?}, at most {} KiB, {} orders placed",
        tally.runs, tally.struck, tally.held_up, tally.longest, tally.peak, tally.placed
    );
    assert_eq!(tally.wrong, Vec::<String>::new());
    let all = STRUCK.len() * faults().len();
    assert_eq!((tally.runs, tally.struck, tally.placed + tally.denied), (all, all, all * ORDERS));
    // A FAK does not wait for a balance that cannot be read.
    assert!(tally.denied <= 4, "{} denied", tally.denied);
    assert_eq!(tally.held_up, all / 2, "a call ended before its deadline, and not because of it");
    assert!(tally.peak > 40 * 1024, "no body was read up to its bound: {} KiB", tally.peak);
}

/// A venue that takes what is sent and never answers it: two sendings, each to its deadline, and nothing is
/// believed.
#[test]
fn a_venue_that_never_answers_an_order_leaves_a_doubt_and_no_order() {
    let scene = Scene::new();
    let stage = scene.stage();
    stage.venue.fault(&json!({"on": "POST /orders", "what": "silent"}));
    let went = run(&scene, &stage);
    println!("two sendings in vain: {:?}, {} KiB", went.took, went.peak);
    assert_eq!((went.code, stage.venue.placed().len()), (Some(3), 0));
    assert!(went.took > DEADLINE * 18 / 11 && went.took < DEADLINE * 2 + OWN, "{:?}", went.took);
    let doubts = number(&stage.db, "SELECT COUNT(*) FROM orders WHERE status = 'IN_DOUBT'");
    assert_eq!(usize::try_from(doubts).unwrap(), ORDERS);
    assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM executions"), 0);
    assert_eq!(stage.venue.requests("POST", "/orders"), 2);
    scene.sweep(stage);
}

/// What a server does once it has heard the beginning of a TLS handshake.
#[derive(Clone, Copy, Debug)]
enum Stall {
    /// Nothing.
    Silent,
    /// It answers, a byte a second: two minutes to the end of the first record.
    Dripping,
}

/// A server on this machine that takes connections and never gets to the end of a handshake.
struct Stalled {
    url: String,
    /// How many began one.
    hellos: Arc<AtomicUsize>,
}

impl Stalled {
    fn start(stall: Stall) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let hellos = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hellos);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let hellos = Arc::clone(&counted);
                std::thread::spawn(move || hold(stream.unwrap(), stall, &hellos));
            }
        });
        Self { url, hellos }
    }
}

/// Holds a connection until the other side gives it up.
fn hold(mut stream: TcpStream, stall: Stall, hellos: &AtomicUsize) {
    let mut hello = [0; 2_048];
    let length = stream.read(&mut hello).unwrap_or(0);
    // A record of the handshake, and in it the client's greeting.
    assert!(length > 5 && hello[0] == 22 && hello[5] == 1, "no TLS: {:?}", &hello[..length]);
    hellos.fetch_add(1, Ordering::Relaxed);
    if let Stall::Dripping = stall {
        // A record of 122 bytes, and in it a server's greeting with its random number.
        let head = [22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3];
        for byte in head.into_iter().chain([7; 116]) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    while stream.read(&mut hello).is_ok_and(|length| length > 0) {}
}

/// The hosts that a real pass asks; the Data API is none of them.
const HOSTS: [&str; 4] = ["clobUrl", "gammaUrl", "rpcUrl", "geoblockUrl"];
/// How long all attempts of one call may take, and a tenth.
const CALL: Duration = Duration::from_millis(49_500);
/// The calls of a pass that wait for each other at a host: at a node the balances, the checks, and what the exchange
/// of neg-risk markets may take.
const ROUNDS: [u32; 4] = [1, 1, 3, 1];

/// The configuration of a stage, with one host elsewhere. Only where all are plain looks may be hurried.
fn pointed(config: &str, host: &str, url: &str) -> String {
    let lines = config.lines().filter(|line| !line.starts_with("lookEvery"));
    let line = |line: &str| match line.split_once(" = ") {
        Some((name, _)) if name == host => format!("{host} = \"{url}\"\n"),
        Some(_) | None => format!("{line}\n"),
    };
    lines.map(line).collect()
}

/// Runs with a host whose TLS is stalled, then with all of them: how it went, how many handshakes there were, and
/// what is wrong.
fn stalled(scene: &Scene, (host, rounds): (&str, u32), stall: Stall) -> (Went, usize, Vec<String>) {
    let (mut stage, server) = (scene.stage(), Stalled::start(stall));
    let config = std::fs::read_to_string(&stage.config).unwrap();
    let path = scene
        .house()
        .write(&format!("stalled-{host}-{stall:?}.toml"), &pointed(&config, host, &server.url));
    let well = std::mem::replace(&mut stage.config, path.to_str().unwrap().to_owned());
    let went = run(scene, &stage);
    let placed = stage.venue.placed().len();
    let hellos = server.hellos.load(Ordering::Relaxed);
    stage.config = well;
    let last = scene.again(&stage);
    let mut wrong = scene.judge(&stage, &last);
    let Went { code, took, peak } = went;
    let is_in_time = took > CALL * 9 / 11 && took < CALL * rounds + OWN;
    if !matches!(code, Some(0 | 3 | 4)) || !is_in_time || peak > MOST_KIB || placed > 0 {
        wrong.push(format!("ended with {code:?} after {took:?}, {peak} KiB, {placed} placed"));
    }
    scene.sweep(stage);
    (went, hellos, wrong)
}

/// A host that takes connections and never gets to the end of TLS's handshake: each call is given up by its
/// deadline, nothing was sent over it, and the next run with it well places all.
#[test]
fn a_handshake_that_never_ends_is_given_up_by_its_deadline() {
    let scene = Scene::new();
    let hosts = HOSTS.into_iter().zip(ROUNDS);
    let cases = hosts.flat_map(|host| [Stall::Silent, Stall::Dripping].map(|stall| (host, stall)));
    let (queue, tally) = (Mutex::new(cases), Mutex::new(Tally::default()));
    std::thread::scope(|threads| {
        for _ in 0..2 * HOSTS.len() {
            threads.spawn(|| {
                while let Some((host, stall)) = { queue.lock().unwrap().next() } {
                    let (went, hellos, wrong) = stalled(&scene, host, stall);
                    println!("{} {stall:?}: {:?}, {hellos} handshakes", host.0, went.took);
                    let mut tally = tally.lock().unwrap();
                    tally.runs += 1;
                    // Each call tries anew until its deadline.
                    tally.struck += usize::from(hellos >= 4);
                    tally.longest = tally.longest.max(went.took);
                    tally.peak = tally.peak.max(went.peak);
                    if !wrong.is_empty() {
                        tally.wrong.push(format!("{host:?} {stall:?}: {wrong:?}"));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} runs with TLS stalled, {} tried again until the deadline, the longest {:?}, at most {} KiB",
        tally.runs, tally.struck, tally.longest, tally.peak
    );
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!((tally.runs, tally.struck), (2 * HOSTS.len(), 2 * HOSTS.len()));
}
