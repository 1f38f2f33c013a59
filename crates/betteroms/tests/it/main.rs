//! Integration tests.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(clippy::print_stdout, reason = "a skip and a measurement are told on the terminal")]

mod check;
mod house;
mod idempotency;
mod ledger;
mod recording_damage;
mod recording_example;
mod recording_import;
mod recording_invented;
mod recording_observe;
mod shared;
mod story;
