//! A Polymarket on your desk: a venue that the venue's own clients trade on unmodified, and whose every
//! fault can be scripted. It is not the venue: what it does is what `shared/venue.md` says the venue
//! does, and where that page says UNCONFIRMED it does the stricter thing.
#![deny(missing_docs)]

pub mod resting;
