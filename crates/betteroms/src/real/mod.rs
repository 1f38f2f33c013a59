//! The operator's account at the venue: what opens it ([`Access`]), what must be so before anything is sent
//! (`checks`), and what allows it (`armed`).

pub(crate) mod access;
pub(crate) mod checks;
pub(crate) mod funds;

pub(crate) use access::{Access, wallet_of};
