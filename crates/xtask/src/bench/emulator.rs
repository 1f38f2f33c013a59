//! The emulator: orders a second over HTTP, what a crowded venue holds in memory, and how soon it answers.
//!
//! Orders come from a generator in a process of its own, on the same cores; see
//! `crates/emulator/examples/load`.

use super::figures::{Figures, Samples};
use super::order::EXAMPLE;
use super::program::Program;
use super::standing::Standing;
use crate::shell::{cargo, command, read, run as start, target};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const ORDERS_PER_SECOND: f64 = 5_000.0;
/// Enough to last longer than a trade takes to settle, so that settling is paid for as well.
const ORDERS: u32 = 60_000;
const CONNECTIONS: u32 = 16;
/// Fresh emulators for each figure of orders.
const LOADS: usize = 5;
const START_MILLIS: f64 = 100.0;
const STARTS: usize = 21;
const CROWDED_MB: f64 = 1_000.0;
const READ_MICROS: f64 = 1_000.0;

/// Measures all of it.
pub(crate) fn measure(program: &Program, figures: &mut Figures) -> Result<()> {
    let examples = ["build", "--release", "--package", "betteroms-emulator", "--examples"];
    start(cargo().args(examples))?;
    starts(program, figures)?;
    for (kind, log, name) in [
        (0, None, "emulator: orders, type 0"),
        (3, None, "emulator: orders, type 3"),
        (3, Some("emulator.log"), "emulator: orders, type 3, --log"),
    ] {
        orders(program, figures, (kind, log), name)?;
    }
    crowded(figures)
}

/// From the start of the process to its first answer.
fn starts(program: &Program, figures: &mut Figures) -> Result<()> {
    let once = |arguments: &[&str]| -> Result<Duration> {
        let begun = Instant::now();
        let standing = Standing::start(program, arguments)?;
        let mut stream = TcpStream::connect(standing.clob()?)?;
        stream.write_all(b"GET /ok HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        let took = begun.elapsed();
        ensure!(&head == b"HTTP/1.1 200", "{}", String::from_utf8_lossy(&head));
        Ok(took)
    };
    for (name, arguments) in [
        ("emulator: start to first answer", [].as_slice()),
        ("emulator: start, with a recording", &["--books", EXAMPLE]),
    ] {
        once(arguments)?;
        let runs: Result<Vec<Duration>> = (0..STARTS).map(|_| once(arguments)).collect();
        figures.time(name, &Samples::new(runs?), START_MILLIS, "GET /ok");
    }
    Ok(())
}

/// Orders that fresh emulators took, one load each.
fn orders(
    program: &Program,
    figures: &mut Figures,
    (kind, log): (u8, Option<&str>),
    name: &str,
) -> Result<()> {
    let script = program.at("emulator.jsonc")?;
    std::fs::write(&script, format!("{:#}\n", script_of()))?;
    let mut rates = Vec::new();
    let (mut halves, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..LOADS {
        let mut arguments = vec!["--script", &script, "--limits", "off"];
        let log = log.map(|log| program.at(log)).transpose()?;
        if let Some(log) = &log {
            // A log is appended to; every run begins one.
            std::fs::write(log, "")?;
            arguments.extend(["--log", log]);
        }
        let standing = Standing::start(program, &arguments)?;
        let file = program.at("emulator.json")?;
        std::fs::write(&file, standing.said.to_string())?;
        let load = target().join("release/examples/load").display().to_string();
        let (orders, connections) = (ORDERS.to_string(), CONNECTIONS.to_string());
        let told =
            read(command(&load).args([&file, &orders, &connections, kind.to_string().as_str()]))?;
        let told: Value = serde_json::from_str(&told).context("what the load generator says")?;
        ensure!(told["accepted"] == ORDERS, "not all were accepted: {told}");
        rates.push(f64::from(ORDERS) / (number(&told["micros"])? / 1e6));
        halves.push(number(&told["p50_micros"])? / 1e3);
        tails.push(number(&told["p99_micros"])? / 1e3);
    }
    let rates = Samples::of(rates);
    let (half, tail) = (Samples::of(halves).median(), Samples::of(tails).median());
    let work = format!(
        "{ORDERS} orders on {CONNECTIONS} connections, none pipelined; p50 {half:.2} ms, p99 {tail:.2} ms"
    );
    figures.rate(name, &rates, ORDERS_PER_SECOND, &work);
    Ok(())
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().context("a number is missing")
}

/// Eight markets, half of them neg-risk, and traders of both types who cannot run out.
fn script_of() -> Value {
    let slug = |nth: usize| format!("market-{nth}");
    let markets: Vec<Value> = (0..8)
        .map(|nth| {
            let tick = if nth % 2 == 0 { "0.01" } else { "0.001" };
            json!({ "slug": slug(nth), "tick": tick, "negRisk": nth % 4 >= 2,
                "fee": { "rate": "0.07", "exponent": 1 } })
        })
        .collect();
    let shares: Vec<Value> = (0..8)
        .flat_map(|nth| ["Yes", "No"].map(|outcome| (nth, outcome)))
        .map(|(nth, outcome)| json!({ "market": slug(nth), "outcome": outcome, "size": 1_000_000 }))
        .collect();
    let accounts: Vec<Value> = (0..8)
        .map(|nth| {
            let wallet = if nth % 2 == 0 { "eoa" } else { "deposit" };
            json!({ "name": format!("trader-{nth}"), "wallet": wallet, "cash": 1_000_000_000,
                "shares": shares })
        })
        .collect();
    json!({ "seed": 1, "markets": markets, "accounts": accounts })
}

/// Ten thousand markets and a million resting orders.
fn crowded(figures: &mut Figures) -> Result<()> {
    let told = filled(figures, &[], "emulator: 1 M resting orders")?;
    for (name, field) in [
        ("a book", "book_micros"),
        ("a page of orders", "orders_micros"),
        ("a market's end", "close_micros"),
    ] {
        let name = format!("emulator: {name} among them");
        figures.count_of(&name, (number(&told[field])?, "µs"), READ_MICROS, "median, over HTTP");
    }
    filled(figures, &["fine"], "emulator: 1 M, all on the finer grid")?;
    Ok(())
}

/// Fills a venue in a process of its own, and tells what that holds.
fn filled(figures: &mut Figures, words: &[&str], name: &str) -> Result<Value> {
    let crowded = target().join("release/examples/crowded").display().to_string();
    let told = read(command(&crowded).args(words))?;
    let told: Value = serde_json::from_str(&told).context("what the crowded venue says")?;
    let resting = number(&told["resting"])?;
    ensure!(resting >= 1e6, "too few orders rest: {told}");
    let megabytes = |name: &str| Ok::<_, anyhow::Error>(number(&told[name])? * 1024.0 / 1e6);
    let (peak, listed) = (megabytes("peak_kib")?, megabytes("listed_kib")?);
    let each = (megabytes("resident_kib")? - listed) * 1e6 / resting;
    let work = format!(
        "10,000 markets alone {listed:.0} MB, then {each:.0} bytes an order; listed in {:.1} s, placed in {:.1} s",
        number(&told["listing_millis"])? / 1e3,
        number(&told["placing_millis"])? / 1e3
    );
    figures.count_of(name, (peak, "MB"), CROWDED_MB, &work);
    Ok(told)
}
