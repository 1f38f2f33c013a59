//! The binary's rooms as a library, so that tests can walk in: `main.rs` only opens the door.
//!
//! Way in: [`app`] finds configuration and store and runs one of [`commands`]; [`pass`] is one trip
//! from plans to a report, [`bookings`] what is booked outside one, [`crash`] where tests make both end; [`books`] says who supplies markets and books; [`keys`] keeps and opens
//! what signs; `real` is the operator's account at the venue; [`recording`] reads and writes recordings; [`render`] makes text for people.
#![deny(missing_docs)]

pub mod app;
pub mod bookings;
pub mod books;
mod cli;
pub mod commands;
pub mod config;
pub mod crash;
pub mod keys;
pub mod pass;
mod plan_file;
mod real;
pub mod recording;
pub mod render;
mod scratch;
