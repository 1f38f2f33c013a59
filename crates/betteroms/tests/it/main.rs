//! Integration tests.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(clippy::print_stdout, reason = "a skip and a measurement are told on the terminal")]

mod account_chain;
mod account_real;
mod check;
mod cli;
mod desk;
mod determinism;
mod emulator;
mod house;
mod idempotency;
mod keys;
#[cfg(target_os = "linux")]
mod keys_memory;
mod keystore;
#[cfg(target_os = "linux")]
mod kill;
mod ledger;
mod live;
mod matrix;
#[cfg(target_os = "linux")]
mod plan_changed;
mod real_beliefs;
mod real_books;
mod real_cancels;
mod real_clocks;
mod real_crash;
#[cfg(target_os = "linux")]
mod real_disk;
mod real_fees;
mod real_gaps;
mod real_history;
#[cfg(target_os = "linux")]
mod real_kill;
#[cfg(target_os = "linux")]
mod real_locked;
mod real_modes;
mod real_operator;
mod real_rates;
mod real_run;
#[cfg(target_os = "linux")]
mod real_runners;
mod real_scene;
mod real_secrets;
#[cfg(target_os = "linux")]
mod real_slow;
mod real_weather;
mod recording_damage;
mod recording_example;
mod recording_import;
mod recording_invented;
mod recording_observe;
mod redeem_own;
mod redeem_real;
#[cfg(target_os = "linux")]
mod runners;
#[cfg(target_os = "linux")]
mod scene;
mod shared;
mod storm;
mod story;
#[cfg(target_os = "linux")]
mod strace;
mod terminal;
mod trader;
mod venue;
