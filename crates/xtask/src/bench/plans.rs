//! Plans to measure with.

use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

/// A trade of a generated plan.
#[derive(Clone, Debug)]
pub(crate) struct Trade<'a> {
    pub(crate) market: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) price: &'a str,
    pub(crate) dollars: u32,
    pub(crate) time_in_force: &'a str,
}

/// Writes a plan as an operator's tool would: indented, every field in quotes where it may be.
pub(crate) fn write<'a>(
    path: &Path,
    run_id: &str,
    trades: impl IntoIterator<Item = Trade<'a>>,
) -> Result<()> {
    let trades: Vec<Value> = (1..).zip(trades).map(|(n, trade)| one(n, &trade)).collect();
    let plan = json!({ "runId": run_id, "mode": "paper", "trades": trades });
    std::fs::write(path, format!("{plan:#}\n"))?;
    Ok(())
}

fn one(n: u32, trade: &Trade<'_>) -> Value {
    json!({
        "id": format!("t{n}"),
        "marketId": trade.market,
        "outcome": trade.outcome,
        "side": "BUY",
        "type": "LIMIT",
        "price": trade.price,
        "size": trade.dollars,
        "timeInForce": trade.time_in_force,
    })
}
