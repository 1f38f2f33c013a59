//! A pass on a store that has seen a million orders, against the same pass on one that has not.

use super::figures::{Figures, Samples};
use super::order::EXAMPLE;
use super::plans::{self, Trade};
use super::program::Program;
use crate::shell::{command, root, run as start};
use anyhow::{Result, ensure};
use std::path::Path;

const RATIO: f64 = 1.25;
const RUNS: usize = 21;
/// Ended orders of the shipped plan at the instant used here, and how often they are copied.
const ORDERS_EACH: usize = 7;
const COPIES: usize = 142_857;
/// Before the second market closes, with nothing left of the plan that rests or waits.
const STEPS: usize = 4;

/// Runs the same plans on both in turn.
pub(crate) fn measure(program: &Program, figures: &mut Figures) -> Result<()> {
    let small = program.fresh_store("old-none.db")?;
    ended_plan(program, &small)?;
    let large = program.at("old-million.db")?;
    if !Path::new(&format!("{large}.grown")).is_file() {
        grow(program, &large)?;
    }
    let mut times = (Vec::new(), Vec::new());
    let plan = program.at("old.json")?;
    let tag = std::process::id();
    for run in 0..=RUNS {
        plans::write(Path::new(&plan), &format!("bench-{tag}-{run}"), hundred())?;
        let pass = |store: &str| program.time(&["--db", store, "run", &plan, "--books", EXAMPLE]);
        let (without, with) = (pass(&small)?, pass(&large)?);
        if run > 0 {
            times.0.push(without);
            times.1.push(with);
        }
    }
    let (without, with) = (Samples::new(times.0), Samples::new(times.1));
    let (few, many) = (without.median(), with.median());
    let behind = format!("{many:.2} ms ({}) to {few:.2} ms ({})", with.spread(), without.spread());
    figures.count_of("100 orders: 1 M old ones to none", (many / few, "x"), RATIO, &behind);
    Ok(())
}

/// A hundred trades that end at once, so that no run finds more alive than the one before.
fn hundred() -> impl Iterator<Item = Trade<'static>> {
    (0..100).map(|n| Trade {
        market: "btc-updown-15m-1790587800",
        outcome: if n % 2 == 0 { "UP" } else { "DOWN" },
        price: "0.9",
        dollars: 10,
        time_in_force: "FAK",
    })
}

/// The shipped plan, to its end.
fn ended_plan(program: &Program, store: &str) -> Result<()> {
    program.time(&["--db", store, "run", "examples/plan.jsonc", "--books", EXAMPLE])?;
    for _ in 0..STEPS {
        program.time(&["--db", store, "run", "--step", "5m", "--books", EXAMPLE])?;
    }
    let told = program.json(&["--db", store, "orders", "--live"])?;
    let live = told["orders"].as_array().map_or(0, Vec::len);
    ensure!(live == 0, "{live} orders of the shipped plan live on");
    let all = program.json(&["--db", store, "orders"])?;
    let all = all["orders"].as_array().map_or(0, Vec::len);
    ensure!(all == ORDERS_EACH, "the shipped plan has {all} orders");
    Ok(())
}

/// Makes the large store; it is kept for the next run.
fn grow(program: &Program, large: &str) -> Result<()> {
    println!("making a store of {} old orders …", COPIES * ORDERS_EACH);
    program.fresh_store("old-million.db")?;
    ended_plan(program, large)?;
    let script = root().join("crates/xtask/src/bench/grow.py");
    let copies = COPIES.to_string();
    start(command("python3").arg(script).args([large, "btc15m-morning", &copies]))?;
    std::fs::write(format!("{large}.grown"), "")?;
    Ok(())
}
