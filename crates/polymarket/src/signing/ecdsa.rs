//! Plain ECDSA over a digest: 65 bytes r ‖ s ‖ v and the address behind them.

use super::BadSignature;
use alloy_primitives::{Address, B256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey, SECP256K1};

/// Half the curve's order, rounded down: the largest s that is taken.
const S_MAX: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Who signed the digest. Any well-formed signature recovers to somebody: the caller compares.
pub(crate) fn recover(digest: B256, signature: &[u8]) -> Result<Address, BadSignature> {
    let (compact, v) = match signature {
        [compact @ .., v] if compact.len() == 64 => (compact, *v),
        _ => return Err(BadSignature::Length { got: signature.len(), expected: "65" }),
    };
    let id = match v {
        27 => RecoveryId::Zero,
        28 => RecoveryId::One,
        other => return Err(BadSignature::RecoveryByte(other)),
    };
    let (_, s) = compact.split_at(32);
    if s > S_MAX.as_slice() {
        return Err(BadSignature::HighS);
    }
    let signature = RecoverableSignature::from_compact(compact, id);
    let signature = signature.map_err(|_| BadSignature::Unrecoverable)?;
    let key = SECP256K1.recover_ecdsa(Message::from_digest(digest.0), &signature);
    key.map(|key| address_of(&key)).map_err(|_| BadSignature::Unrecoverable)
}

/// The account of a key.
pub(super) fn address_of(key: &PublicKey) -> Address {
    let [_, point @ ..] = key.serialize_uncompressed();
    Address::from_raw_public_key(&point)
}
