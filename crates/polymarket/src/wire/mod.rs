//! The venue's answers as shapes: which fields there are and how they are written, exactly.
//!
//! A type here says only that the JSON has the form we know. Whether a price is a price, whether the
//! token is the one we asked for, is judged in [`crate::reads`]. Numbers keep the digits the venue
//! wrote ([`Numeral`]); no float is ever made. Unknown fields are tolerated and warned about once.

pub mod account;
pub mod approvals;
pub mod book;
pub mod clob;
pub mod data;
pub mod frames;
pub mod gamma;
pub mod holdings;
mod json;
pub mod market_events;
pub mod notice;
mod number;
pub mod order;
pub mod prices;
pub mod refusal;
pub mod relayer;
pub mod rpc;
mod strange;
pub mod trade;
pub mod user_events;
mod words;

pub use json::{Malformed, Object, Problem, Wire, decode};
pub use number::Numeral;
pub use words::OrderType;
