//! The operator's account at the venue: what opens it ([`Access`]), what must be so before anything is sent
//! (`checks`), and what allows it (`armed`).

pub(crate) mod access;
pub(crate) mod checks;
pub(crate) mod funds;
pub(crate) mod positions;
pub(crate) mod relayer;
pub(crate) mod send;
pub(crate) mod wallets;

pub(crate) use access::{Access, wallet_of};
