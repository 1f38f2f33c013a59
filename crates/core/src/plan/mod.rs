//! The operator's plan file: a wish with limits. [`Plan`] is what the rest of the core works with;
//! the text that leads to it, and everything that can be wrong with the text, live below this module.
//! Whether a trade fits its market is not judged here but when it is placed (`decide`).
//!
//! The way of a file: `text` (honest UTF-8?) → `lexer` → `syntax` (a flat `tree`, read on behind
//! mistakes) → `fields` and `reader`, `numbers` (single values) → `checks` and `trade` (values against
//! each other) → [`Plan`]. What goes wrong anywhere is an entry of `catalogue`, gathered in [`Problems`].

mod catalogue;
mod checks;
mod difference;
mod fields;
mod lexer;
mod model;
mod numbers;
mod problems;
mod reader;
mod schema;
mod syntax;
mod text;
mod trade;
mod tree;
mod written;

pub use catalogue::CODES;
pub use checks::TRADES_MAX;
pub use difference::first_difference;
pub use model::{
    Digest, Here, IfBlocked, MarketRef, Mode, OutcomeRef, Plan, RunId, Size, TimeInForce, Trade,
};
pub use numbers::{AMOUNT_MICROS_MAX, SECONDS_MAX};
pub use problems::{PROBLEMS_SHOWN_MAX, Problem, Problems};
pub use schema::schema;
pub use syntax::DEPTH_MAX;
pub use text::PLAN_BYTES_MAX;

use problems::Collector;
use reader::Reader;

/// How many remarks a plan carries; more would bury them.
const REMARKS_SHOWN_MAX: usize = 200;

/// What config supplies to a plan that says nothing itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// A lifetime for GTT trades. Here it only matters that there is one: the number itself is applied
    /// when a trade is admitted, so that it is no part of the plan's digest.
    pub good_for_secs: Option<u32>,
}

/// Reads a plan file: JSON with comments and trailing commas, every number from its own digits.
///
/// # Errors
/// Everything that is wrong with the file at once, in the order of the file. Mode `real` is refused too:
/// this version has no venue to send it to.
pub fn parse(file_name: &str, bytes: &[u8], config: &Defaults) -> Result<Plan, Problems> {
    let mut notes = Collector::default();
    let plan = read(file_name, bytes, config, &mut notes);
    match plan.filter(|_| notes.is_empty()) {
        Some(plan) => Ok(plan),
        None => Err(notes.finish(file_name, bytes)),
    }
}

fn read(file_name: &str, bytes: &[u8], config: &Defaults, notes: &mut Collector) -> Option<Plan> {
    let text = text::honest_text(bytes, notes)?;
    let tree = syntax::read(text, notes)?;
    let mut reader = Reader::new(tree, bytes, notes);
    let parts = checks::read_plan(&mut reader, config)?;
    let remarks = std::mem::take(&mut reader.remarks);
    drop(reader);
    let (run_id, mode) = (parts.run_id?, parts.mode?);
    notes.is_empty().then(|| Plan {
        digest: written::digest(&run_id, &parts.trades),
        sha256: Digest::of(bytes),
        run_id,
        mode,
        file: file_name.rsplit('/').next().unwrap_or(file_name).to_owned(),
        trades: parts.trades,
        remarks,
    })
}
