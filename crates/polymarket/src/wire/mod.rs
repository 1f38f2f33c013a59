//! The venue's answers as shapes: which fields there are and how they are written, exactly.
//!
//! A type here says only that the JSON has the form we know. Whether a price is a price, whether the
//! token is the one we asked for, is judged in [`crate::reads`]. Numbers keep the digits the venue
//! wrote ([`Numeral`]); no float is ever made. Unknown fields are tolerated and warned about once.

pub mod book;
pub mod clob;
pub mod data;
pub mod gamma;
mod json;
mod number;
pub mod prices;
mod strange;

pub use json::{Malformed, Object, Problem, Wire, decode};
pub use number::Numeral;
