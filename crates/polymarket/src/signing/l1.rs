//! The first way to prove oneself to the API: a signed statement, good for making or deriving API keys
//! (venue.md 2.1). Plain ECDSA by an account; the venue takes nothing from contracts here.

use super::{BadSignature, ecdsa, typed};
use alloy_primitives::{Address, B256, U256};

const TYPE: &str = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
const MESSAGE: &str = "This message attests that I control the given wallet";

/// What is signed. `timestamp` is seconds since 1970 as decimal text, as the header has it; the nonce tells
/// the API keys of one account apart and is zero by default.
pub fn clob_auth_digest(address: Address, timestamp: &str, nonce: U256) -> B256 {
    let contents = typed::hash(&[
        typed::text(TYPE),
        typed::address(address),
        typed::text(timestamp),
        nonce.to_be_bytes(),
        typed::text(MESSAGE),
    ]);
    typed::digest(typed::domain_without_contract("ClobAuthDomain", "1"), contents)
}

/// Who signed the statement about this address. See [`verify_clob_auth`].
///
/// # Errors
/// [`BadSignature`] where the signature has not the form of one.
pub fn recover_clob_auth(
    address: Address,
    timestamp: &str,
    nonce: U256,
    signature: &[u8],
) -> Result<Address, BadSignature> {
    ecdsa::recover(clob_auth_digest(address, timestamp, nonce), signature)
}

/// Whether the address itself signed. How old the timestamp may be is for the caller.
///
/// # Errors
/// [`BadSignature`] says what differs.
pub fn verify_clob_auth(
    address: Address,
    timestamp: &str,
    nonce: U256,
    signature: &[u8],
) -> Result<(), BadSignature> {
    let recovered = recover_clob_auth(address, timestamp, nonce, signature)?;
    if recovered == address {
        Ok(())
    } else {
        Err(BadSignature::WrongSigner { recovered, expected: address })
    }
}
