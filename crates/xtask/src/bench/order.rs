//! One durable paper order by a cold process, on a store that is there and on one that is not.

use super::figures::{Figures, Samples};
use super::plans::{self, Trade};
use super::program::Program;
use crate::tools::has_strace;
use anyhow::{Result, ensure};
use std::path::Path;
use std::time::Duration;

const EXISTING_MILLIS: f64 = 10.0;
const FRESH_MILLIS: f64 = 15.0;
const SYNCS: f64 = 4.0;
/// Runs of each; the shipped book's best ask is large enough to fill them all.
const RUNS: usize = 41;

/// The shipped recording, from the root.
pub(crate) const EXAMPLE: &str = "examples/btc15m";

/// Measures both.
pub(crate) fn measure(program: &Program, figures: &mut Figures) -> Result<()> {
    let store = program.fresh_store("order.db")?;
    let order = |store: &str, name: &str| -> Result<[String; 6]> {
        let plan = program.at("order.json")?;
        let trade = Trade {
            market: "btc-updown-15m-1790587800",
            outcome: "UP",
            price: "0.51",
            dollars: 3,
            time_in_force: "FAK",
        };
        plans::write(Path::new(&plan), name, [trade])?;
        Ok(["--db", store, "run", &plan, "--books", EXAMPLE].map(str::to_owned))
    };
    let time = |store: &str, name: &str| -> Result<Duration> {
        let arguments = order(store, name)?;
        program.time(&arguments.each_ref().map(String::as_str))
    };
    time(&store, "first")?;
    let runs: Result<Vec<Duration>> =
        (1..=RUNS).map(|run| time(&store, &format!("run-{run}"))).collect();
    let wal = std::fs::metadata(format!("{store}-wal")).map_or(0, |log| log.len());
    ensure!(wal > 0, "the log was folded into the file at close: two syncs that buy nothing");
    let filled = filled(program, &store)?;
    ensure!(filled == RUNS + 1, "{filled} of {} orders filled", RUNS + 1);
    let existing = Samples::new(runs?);
    figures.time("one order, existing store", &existing, EXISTING_MILLIS, "each filled; log kept");

    if has_strace() {
        let arguments = order(&store, "counted")?;
        let syncs = program.syncs(&arguments.each_ref().map(String::as_str))?;
        let syncs = u32::try_from(syncs)?;
        figures.count("one order, existing store: syncs", f64::from(syncs), "", SYNCS);
    } else {
        figures.skip("one order, existing store: syncs", "strace is missing");
    }

    let fresh: Result<Vec<Duration>> = (1..=RUNS)
        .map(|run| time(&program.fresh_store("order-fresh.db")?, &format!("run-{run}")))
        .collect();
    figures.time("one order, fresh store", &Samples::new(fresh?), FRESH_MILLIS, "each filled");
    Ok(())
}

fn filled(program: &Program, store: &str) -> Result<usize> {
    let told = program.json(&["--db", store, "orders"])?;
    let orders = told["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(orders.iter().filter(|order| order["status"] == "FILLED").count())
}
