//! What each command does, as functions that return what is to be printed.

pub(crate) mod market;
pub(crate) mod market_plan;
