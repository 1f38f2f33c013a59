//! The operator's account at the venue: what opens it ([`Access`]), what must be so before anything is sent
//! (`gate`), and what allows it (`armed`).

mod access;

pub(crate) use access::{Access, wallet_of};
