//! What is true and what to do next: pure, synchronous, in whole numbers.
//!
//! This crate knows nothing of clocks, files, networks, databases or randomness, and holds no float.
//! It takes values and returns values. Start at [`plan`] (what the operator wants), [`world`] (what
//! was observed) and [`money`]; follow the way of the data in `ARCHITECTURE.md`.
#![deny(clippy::float_arithmetic, clippy::indexing_slicing, missing_docs)]

pub mod book;
pub mod decide;
pub mod event;
mod judge;
pub mod ladder;
pub mod ledger;
pub mod limits;
pub mod market;
pub mod matching;
pub mod money;
pub mod order;
pub mod plan;
pub mod reason;
pub mod reconcile;
pub mod report;
pub mod risk;
pub mod state;
pub mod time;
pub mod venue;
pub mod world;
