//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and tells what it has seen or skipped"
)]

mod deciding;
mod differential;
mod fees;
mod given;
mod ladder;
mod lifecycle;
mod plan;
mod positions;
mod properties;
mod real;
mod reference;
mod regressions;
mod resting;
mod shared;
mod side_by_side;
mod sol_market;
mod story;
mod taking;
mod walkthrough;
