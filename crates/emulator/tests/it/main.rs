//! The emulator from outside: over HTTP and sockets on the loopback, as its clients meet it.
#![allow(clippy::unwrap_used, reason = "a test that meets something else has failed")]

mod account_client;
mod chain_client;
mod control;
mod decode;
mod engine;
mod faults;
mod frames;
mod history;
mod hostile;
mod hosting;
mod house;
mod random;
mod rates;
mod real_account;
mod sameness;
mod stage;
mod trader;
mod transport;
mod unlucky;
