//! The adapter against recorded answers and against a loopback server that misbehaves. No test here
//! reaches the venue.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    clippy::print_stdout,
    reason = "a test that meets something else has failed, and its helpers are tests too"
)]

mod account;
mod account_answers;
mod anvil;
mod calls;
mod catalogue;
mod chain;
mod filled;
mod find;
mod forms;
mod frames;
mod fuzzed;
mod holdings;
mod hostile;
mod observe;
mod ordering;
mod orders;
mod payloads;
mod refusals;
mod relayer;
mod resolve;
mod server;
mod shared;
mod signing;
mod strange;
mod trades;
