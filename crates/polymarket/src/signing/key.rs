//! A private key held in this process.

use super::{Batch, Exchange, Order, ecdsa, l1};
use alloy_primitives::{Address, B256, U256, hex};
use secp256k1::ecdsa::RecoveryId;
use secp256k1::{Message, SECP256K1, SecretKey};
use std::fmt;
use zeroize::Zeroizing;

/// A secp256k1 private key. Erased when dropped; `Debug` shows the address and no more.
///
/// Signatures are deterministic (RFC 6979) and their s is low: the same digest gives the same bytes.
pub struct LocalKey {
    secret: Box<Zeroizing<[u8; 32]>>,
    address: Address,
}

/// Something that is not a private key. It does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not 64 hexadecimal digits, with or without 0x before them.
    #[error("a private key is 64 hexadecimal digits, with or without 0x before them; this is not")]
    NotHex,
    /// Zero, or not below the curve's order.
    #[error("no private key has this value")]
    OutOfRange,
}

impl LocalKey {
    /// The key of these bytes. The caller's copy is the caller's to erase.
    ///
    /// # Errors
    /// [`BadKey::OutOfRange`] for zero and for what is not below the curve's order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BadKey> {
        let mut secret = SecretKey::from_byte_array(*bytes).map_err(|_| BadKey::OutOfRange)?;
        let address = ecdsa::address_of(&secret.public_key(SECP256K1));
        secret.non_secure_erase();
        Ok(Self { secret: Box::new(Zeroizing::new(*bytes)), address })
    }

    /// The key of this text: 64 hexadecimal digits, with or without 0x before them, and nothing else.
    ///
    /// # Errors
    /// [`BadKey`] says what is wrong, without repeating it.
    pub fn from_hex(text: &str) -> Result<Self, BadKey> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = Zeroizing::new([0; 32]);
        // The decoder would take another 0x off, and then misses a byte.
        if digits.len() != 64 {
            return Err(BadKey::NotHex);
        }
        hex::decode_to_slice(digits, &mut *bytes).map_err(|_| BadKey::NotHex)?;
        Self::from_bytes(&bytes)
    }

    /// Its account.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest: r ‖ s ‖ v, v 27 or 28.
    pub fn sign_digest(&self, digest: B256) -> [u8; 65] {
        let mut secret = SecretKey::from_byte_array(**self.secret)
            .expect("the bytes were taken as a key when this was made");
        let message = Message::from_digest(digest.0);
        let signature = SECP256K1.sign_ecdsa_recoverable(message, &secret);
        secret.non_secure_erase();
        let (id, compact) = signature.serialize_compact();
        let v = match id {
            RecoveryId::Zero => 27,
            RecoveryId::One => 28,
            // r beyond the curve's order: one signature in 2^127, which no contract takes.
            RecoveryId::Two => 29,
            RecoveryId::Three => 30,
        };
        let mut bytes = [v; 65];
        let (head, _) = bytes.split_at_mut(64);
        head.copy_from_slice(&compact);
        bytes
    }

    /// Signs an order, in the form that the venue wants. `session` says that this key is not the owner of the
    /// deposit wallet but one of its session keys.
    pub fn sign_order(&self, order: &Order, exchange: Exchange, session: bool) -> Vec<u8> {
        let hashed = order.hashed(exchange);
        let inner = self.sign_digest(hashed.digest_to_sign());
        hashed.wrap(inner, session.then_some(self.address))
    }

    /// Signs the statement that this account is ours; the timestamp in seconds, as the header has it.
    pub fn sign_clob_auth(&self, timestamp: &str, nonce: U256) -> [u8; 65] {
        self.sign_digest(l1::clob_auth_digest(self.address, timestamp, nonce))
    }

    /// Signs a deposit wallet's batch, in the form that the relayer wants; `session` as for an order.
    pub fn sign_batch(&self, batch: &Batch, session: bool) -> Vec<u8> {
        Batch::wrap(self.sign_digest(batch.digest()), session.then_some(self.address))
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKey({})", self.address)
    }
}
