//! What is true and what to do next: pure, synchronous, in whole numbers.
//!
//! This crate knows nothing of clocks, files, networks, databases or randomness, and holds no float.
//! It takes values and returns values. Start at [`plan`] (what the operator wants), [`world`] (what
//! was observed) and [`money`]; follow the way of the data in `ARCHITECTURE.md`.
#![deny(clippy::float_arithmetic, clippy::indexing_slicing, missing_docs)]

pub mod book;
pub mod market;
pub mod money;
pub mod plan;
pub mod time;
pub mod world;
