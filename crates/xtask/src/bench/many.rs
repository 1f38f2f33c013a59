//! Plans of many trades: checked, and run over the D2 markets.

use super::figures::{Figures, Samples};
use super::plans::{self, Trade};
use super::program::Program;
use crate::shell::shared;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const CHECK_MILLIS: f64 = 10.0;
const CHECK_LARGE_MILLIS: f64 = 600.0;
const CHECK_LARGE_MB: f64 = 300.0;
const PLAN_MILLIS: f64 = 500.0;
const PLAN_MB: f64 = 50.0;
/// The instant of the figure, at which most of D2's markets have a book.
const PLAN_NOW: &str = "2026-05-31T17:35:22Z";
/// Fewer fills would mean that the books were not there.
const FILLS_LEAST: usize = 300;
const RUNS: usize = 15;
const PRICES: [&str; 4] = ["0.6", "0.5", "0.45", "0.55"];

/// `betteroms check` of a thousand and of a hundred thousand trades.
pub(crate) fn check(program: &Program, figures: &mut Figures) -> Result<()> {
    for (trades, limit, name) in [
        (1_000_u32, CHECK_MILLIS, "check 1,000 trades"),
        (100_000, CHECK_LARGE_MILLIS, "check 100,000 trades"),
    ] {
        let plan = program.at(&format!("check-{trades}.json"))?;
        write(&plan, "check", trades, &["btc-updown-15m-1790587800".to_owned()])?;
        let said = program.text(&["check", &plan])?;
        ensure!(said.contains(&format!(" {trades} trades")), "{said}");
        let runs: Result<Vec<Duration>> =
            (0..RUNS).map(|_| program.time(&["check", &plan])).collect();
        let bytes = super::figures::millions(std::fs::metadata(&plan)?.len());
        figures.time(name, &Samples::new(runs?), limit, &format!("{bytes:.1} MB of plan"));
        if trades == 100_000 {
            let peak = program.peak(&["check", &plan])?;
            figures.count("check 100,000 trades: memory", peak, "MB", CHECK_LARGE_MB);
        }
    }
    Ok(())
}

/// A thousand trades over the D2 markets, with the report.
pub(crate) fn plan(program: &Program, figures: &mut Figures) -> Result<()> {
    const NAME: &str = "run 1,000 trades on D2";
    let source = shared().map(|shared| shared.join("data/demo/mlb-l2-2026"));
    let Some(source) = source.filter(|source| source.is_dir()) else {
        figures.skip(NAME, "the set D2 is not at hand (BETTEROMS_SHARED, else ../shared)");
        return Ok(());
    };
    let books = program.at("d2")?;
    if Path::new(&books).is_dir() {
        std::fs::remove_dir_all(&books)?;
    }
    let source = source.to_str().context("the path of the set is not UTF-8")?;
    program.text(&["data", "import", source, &books, "--set", "d2"])?;
    let plan = program.at("d2.json")?;
    write(&plan, "d2", 1_000, &markets(Path::new(&books))?)?;
    let run = |store: &str| {
        ["--db", store, "run", &plan, "--books", &books, "--now", PLAN_NOW].map(str::to_owned)
    };
    let text = |run: &[String; 8]| -> Vec<String> { run.to_vec() };
    let fresh = || -> Result<Vec<String>> { Ok(text(&run(&program.fresh_store("d2.db")?))) };

    let arguments = fresh()?;
    let told = program.json(&words(&arguments))?;
    let fills = told["report"]["fills"].as_array().map_or(0, Vec::len);
    let counts = told["report"]["counts"].to_string();
    ensure!(fills >= FILLS_LEAST, "only {fills} fills: {counts}");
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let arguments = fresh()?;
        runs.push(program.time(&words(&arguments))?);
    }
    figures.time(NAME, &Samples::new(runs), PLAN_MILLIS, &format!("{fills} fills"));
    let arguments = fresh()?;
    let peak = program.peak(&words(&arguments))?;
    figures.count_of("run 1,000 trades on D2: memory", (peak, "MB"), PLAN_MB, &counts);
    Ok(())
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// The recording's markets by condition.
fn markets(books: &Path) -> Result<Vec<String>> {
    let manifest = std::fs::read_to_string(books.join("manifest.json"))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    let markets = manifest["markets"].as_array().context("the manifest's markets")?;
    let names = markets.iter().filter_map(|market| market["condition"].as_str());
    Ok(names.map(str::to_owned).collect())
}

fn write(path: &str, run_id: &str, trades: u32, markets: &[String]) -> Result<()> {
    let outcomes = if markets.len() > 1 { ["YES", "NO"] } else { ["UP", "DOWN"] };
    let rounds = PRICES.iter().flat_map(|price| markets.iter().map(move |market| (market, *price)));
    let all = rounds.cycle().zip(outcomes.iter().cycle()).take(usize::try_from(trades)?);
    let all = all.map(|((market, price), outcome)| Trade {
        market,
        outcome,
        price,
        dollars: 10,
        time_in_force: "GTC",
    });
    plans::write(Path::new(path), run_id, all)
}
