//! What each command does, as functions from values to text; arguments are parsed elsewhere.

pub mod data;
pub mod market;
mod market_plan;

pub use market_plan::plan as market_plan;
