//! A Polymarket on your desk: a venue that the venue's own clients trade on unmodified, and whose every
//! fault can be scripted. It is not the venue: what it does is what `shared/venue.md` says the venue
//! does, and where that page says UNCONFIRMED it does the stricter thing.
//!
//! [`venue`] is the state machine, pure and synchronous; [`ledger`] its chain, [`resting`] its books.
#![deny(missing_docs)]

pub mod clock;
mod exact;
pub mod fault;
pub mod feed;
pub mod ledger;
pub mod log;
pub mod names;
pub mod resting;
pub mod script;
pub mod serve;
pub mod venue;
