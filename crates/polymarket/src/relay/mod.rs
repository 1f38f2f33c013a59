//! The relayer: it puts a deposit wallet's signed batches on the chain, and pays for them (venue.md 8.4).
//!
//! [`RelayerClient`] asks; reads need no key, a submission needs a builder's or a relayer's. A submission is
//! sent once. When its outcome is unknown, [`RelayerClient::params`] tells: a nonce that has moved on was
//! used, and a wallet whose nonce has not may still be busy with it.

mod client;
mod key;
mod retry;

pub use client::{Params, Patience, RelayerClient, Submission};
pub use key::RelayerKey;
pub use retry::{Again, again};
