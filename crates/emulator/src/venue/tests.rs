//! The venue against its sheet: one row for each rule, a slow and obvious venue beside the real one, and
//! streams of every command after each of which the books must add up.

mod balances;
mod chain;
mod commands;
mod conservation;
mod differential;
mod gates;
mod invariants;
mod lifecycle;
mod matching;
mod queueing;
mod refusals;
mod slow;
mod stage;
mod stream;
mod visibility;
