//! The plan file: what it accepts, what it refuses and in which words.

mod accepted;
mod corpus;
mod digest;
mod hostile;
mod numbers;
mod problems;
mod round_trip;

use betteroms_core::plan::{Defaults, Plan, Problems, parse};

/// A trade that is right, to be made wrong in one field.
const TRADE: &str =
    r#""marketId": "will-it-rain", "outcome": "YES", "side": "BUY", "price": 0.42, "size": 100"#;

fn read(text: &str) -> Result<Plan, Problems> {
    parse("plan.jsonc", text.as_bytes(), &Defaults::default())
}

/// A plan of one trade with the given fields.
fn plan_of(trade: &str) -> String {
    format!(r#"{{ "runId": "r1", "mode": "paper", "trades": [{{ {trade} }}] }}"#)
}

/// The plan's one trade with a field replaced or added.
fn with(name: &str, value: &str) -> String {
    let kept: Vec<&str> =
        TRADE.split(", ").filter(|field| !field.starts_with(&format!("\"{name}\""))).collect();
    plan_of(&format!("{}, \"{name}\": {value}", kept.join(", ")))
}

/// What is wrong with a plan, one line a problem.
fn wrong(text: &str) -> String {
    match read(text) {
        Ok(_) => "accepted\n".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

/// The codes of what is wrong with a plan.
fn codes(text: &str) -> Vec<&'static str> {
    match read(text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.list.iter().map(|p| p.code).collect(),
    }
}
