//! From "this is placed" to the bytes that leave the house, and back.
//!
//! [`prepare()`] turns a [`Draft`] into the exact body of one order as POST /order takes it, and its id, known
//! before anything is sent. [`prove`] reads such bytes anew and says whether they are what the draft says,
//! and nothing else: sign what you show, send what you signed. [`amounts()`] has the venue's arithmetic,
//! [`OrderSecret`] makes the same order the same bytes every time, [`Signer`] is where a key is asked, and
//! where it may say no.
//!
//! Pure computation. Not here: the network, the clock, random numbers, the journal.

mod amounts;
mod leg;
mod life;
mod prepare;
mod proof;
mod secret;
mod signer;

pub use amounts::{Amounts, BadAmounts, amounts};
pub use life::{GTD_MINIMUM_SECS, GTD_REMOVED_EARLY_SECS, Life, gtd_expiration};
pub use prepare::{CannotPrepare, Draft, Prepared, Wallet, prepare};
pub use proof::{Tampered, prove};
pub use secret::OrderSecret;
pub use signer::{NotSigned, Signable, Signer};
