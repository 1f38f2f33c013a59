//! The operator's account at the venue: what opens it ([`Access`]), what must be so before anything is sent
//! ([`checks()`]), what allows it ([`Armed`]), and what stops it ([`is_halt_asked`]).

pub(crate) mod access;
mod armed;
mod brake;
pub(crate) mod checks;
pub(crate) mod funds;
pub(crate) mod history;
pub(crate) mod positions;
pub(crate) mod relayer;
pub(crate) mod send;
pub(crate) mod wallets;

pub(crate) use access::{Access, credentials_file, signing_key, wallet_of};
pub(crate) use armed::{Armed, limits_digest};
pub(crate) use brake::{
    ask_halt, claim_halt, forget_halt, halt_asked, is_freeze_asked, is_halt_asked,
};
pub(crate) use checks::checks;
