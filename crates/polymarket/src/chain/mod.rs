//! The chain: what a node says of wallets and contracts, what trading needs there, and an account's own
//! transactions (venue.md 8).
//!
//! [`ChainClient`] asks; [`filled`] reads what a trade was charged, [`payments`] what the venue paid, [`allowances`] says which approvals are missing,
//! [`lifecycle`] makes the calls that turn tokens into dollars, [`transaction`] signs for an account that pays its
//! own gas, and [`Sent`] reads what was signed, as a node does. Deposit wallets go through [`crate::relay`] instead.

pub mod allowances;
mod client;
pub mod filled;
pub mod lifecycle;
mod node;
pub mod payments;
mod question;
mod receipts;
mod sent;
pub mod transaction;

pub use crate::wire::rpc::{Log, Receipt};
pub use client::{ChainClient, Payouts};
pub use question::Question;
pub use receipts::Receipts;
pub use sent::{BadTransaction, Sent};
