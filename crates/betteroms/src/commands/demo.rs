//! `demo`: the shipped recording and plan, a few passes in a scratch store.

use super::run::{replay, rules};
use crate::app::{House, Said};
use crate::cli::Run;
use crate::pass::{Done, Given};
use crate::recording::Recording;
use crate::render;
use crate::scratch::Scratch;
use anyhow::{Context as _, Result};
use betteroms_core::plan::{Defaults, parse};
use betteroms_store::Store;
use serde_json::json;
use std::path::Path;

const PLAN: &[u8] = include_bytes!("../../../../examples/plan.jsonc");
const FILES: [(&str, &[u8]); 3] = [
    ("manifest.json", include_bytes!("../../../../examples/btc15m/manifest.json")),
    (
        "books/btc-updown-15m-1790586900.2026-09-28.parquet",
        include_bytes!(
            "../../../../examples/btc15m/books/btc-updown-15m-1790586900.2026-09-28.parquet"
        ),
    ),
    (
        "books/btc-updown-15m-1790587800.2026-09-28.parquet",
        include_bytes!(
            "../../../../examples/btc15m/books/btc-updown-15m-1790587800.2026-09-28.parquet"
        ),
    ),
];
/// Passes after the first, five minutes apart.
const STEPS: usize = 6;
const STEP_SECS: i64 = 300;

const AFTERWARDS: &str = "
That was a real hour of Polymarket books, traded on paper. To try your own market:
  betteroms init
  betteroms market find \"fed december\"
  betteroms market show SLUG --plan > plan.jsonc
  betteroms preview plan.jsonc
  betteroms run plan.jsonc          (and again every hour: it catches up, fills, places, expires)
";

/// Steps the shipped recording; leaves nothing behind.
pub(crate) async fn run(house: &House) -> Result<Said> {
    let folder = Scratch::new(house, "demo")?;
    let books = folder.path().join("btc15m");
    for (name, bytes) in FILES {
        let path = books.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&books))
            .context("making a scratch folder")?;
        std::fs::write(&path, bytes).context("writing a scratch recording")?;
    }
    let mut store = Store::open(&folder.path().join("demo.db")).await?;
    let plan = parse("plan.jsonc", PLAN, &Defaults::default())
        .map_err(|problems| anyhow::anyhow!("the shipped plan is wrong: {problems}"))?;
    let mut reports = Vec::new();
    let mut out = String::from("The plan is examples/plan.jsonc. First pass:\n\n");
    let rules = rules(house);
    for step in 0..=STEPS {
        let args = arguments(&books, step);
        let plans = if step == 0 { std::slice::from_ref(&plan) } else { &[] };
        let given = Given { plans, ..Given::default() };
        let told = replay(&mut store, Recording::open(&books)?, &args, (given, &rules)).await?;
        if let Some(Done { report, .. }) = &told.done {
            if step > 0 {
                out.push_str(&format!("\nFive minutes later, {}:\n\n", report.now));
            }
            out.push_str(&render::report::text(report));
            reports.push(report.clone());
        }
    }
    out.push_str(AFTERWARDS);
    Ok(Said::either(house, &json!({ "version": 1, "reports": reports }), out))
}

fn arguments(books: &Path, step: usize) -> Run {
    Run {
        plans: Vec::new(),
        books: Some(books.to_owned()),
        now: None,
        step: (step > 0).then_some(STEP_SECS),
        strict: false,
        real: false,
    }
}
