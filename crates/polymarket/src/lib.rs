//! All that knows the venue: how to ask it, what its answers look like, and when not to believe them.
//!
//! Public reads, without an account: start at [`LiveBooks`], which answers what a pass asks; [`Client`]
//! is how it asks, [`VenueError`] what can go wrong. [`wire`] has the shapes of the answers. [`signing`] is
//! what it takes to sign for an account, and to check what was signed; [`ordering`] makes the bytes of an
//! order and proves them; [`account`] places, cancels and reads with an API key. [`chain`] reads a node and
//! makes an account's own transactions, [`relay`] asks the relayer to make those of a deposit wallet. What
//! the venue is known to do stands in `shared/venue.md`; this crate names the section where it relies on it.
#![deny(missing_docs)]

pub mod account;
pub mod chain;
mod client;
mod error;
pub mod ordering;
pub mod reads;
pub mod relay;
pub mod signing;
pub mod wire;

pub use client::{Client, Hosts, Options};
pub use error::{NotSent, Refusal, Unknown, Unproven, VenueError, is_hostile, printable};
pub use reads::{LiveBooks, Observed};
