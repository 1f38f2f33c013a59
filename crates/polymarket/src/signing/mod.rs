//! What the venue signs and checks: typed data, signatures, wallets' addresses, the HMAC of a request.
//!
//! Pure computation, in both directions: an adapter signs with it, an emulator checks with it. Start at
//! [`Order`], which knows its id; [`LocalKey`] signs it and [`verify`] says whether the venue's contracts
//! would take it. [`contracts`] is the one table of addresses. [`l1`] and [`l2`] are the two ways to prove
//! oneself to the API, [`Batch`] and [`WalletCall`] what a deposit wallet can be asked to do.
//!
//! Not here: the network, the clock, random numbers, JSON. What is only known on chain is not here either:
//! whether a wallet is deployed, who its owner is today, which session keys live.

mod bad;
mod batch;
mod calls;
pub mod contracts;
mod ecdsa;
mod envelope;
mod exchange;
mod key;
pub mod l1;
pub mod l2;
mod order;
mod signature;
mod typed;
pub mod wallet;

pub use alloy_primitives::{Address, B256, Bytes, U256};
pub use bad::BadSignature;
pub use batch::{Batch, Call};
pub use calls::{Adapter, CtfArguments, WalletCall};
pub(crate) use ecdsa::recover as recover_digest;
pub use envelope::{Envelope, nested_digest};
pub use exchange::Exchange;
pub use key::{BadKey, LocalKey};
pub use order::{Hashed, Order, SALT_MAX, SignatureType, UnknownSignatureType};
pub use signature::{SignedBy, recover, verify};
pub use wallet::{WalletKind, link};
