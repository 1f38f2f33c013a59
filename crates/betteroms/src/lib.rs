//! The binary's rooms as a library, so that tests can walk in: `main.rs` only parses arguments.
#![deny(missing_docs)]

pub mod commands;
pub mod recording;
