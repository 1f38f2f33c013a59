//! What makes two alike orders two, and the same order the same bytes: salt and metadata follow from our
//! name of the order under a secret of the store (rules.md 2). An order sent in doubt can so be made again to
//! the byte, and nobody without the secret can tell that an order is ours, or which.

use crate::signing::{B256, SALT_MAX};
use betteroms_core::order::OrderId;
use ring::hmac;
use std::fmt;
use zeroize::Zeroizing;

/// What the MAC of a salt begins with, and no other does.
const SALT: &[u8] = b"betteroms order salt\0";
const METADATA: &[u8] = b"betteroms order metadata\0";

/// The secret of a store. Erased when dropped; never shown.
#[derive(Clone)]
pub struct OrderSecret(Box<Zeroizing<[u8; 32]>>);

impl OrderSecret {
    /// The secret of these bytes. The caller's copy is the caller's to erase.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The salt of an order: 1 to 2^53 − 1. `account` holds no NUL, which ends it.
    pub fn salt(&self, account: &str, order: &OrderId) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.mac(SALT, account, order);
        salt_of(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// The metadata of an order. `account` as for the salt.
    pub fn metadata(&self, account: &str, order: &OrderId) -> B256 {
        B256::from(self.mac(METADATA, account, order))
    }

    fn mac(&self, domain: &[u8], account: &str, order: &OrderId) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &**self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in [domain, account.as_bytes(), &[0], order.as_str().as_bytes()] {
            context.update(part);
        }
        let tag = context.sign();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }
}

impl fmt::Debug for OrderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrderSecret")
    }
}

/// 64 random bits as a salt that a JSON number carries, and that is never zero.
const fn salt_of(bits: u64) -> u64 {
    bits % SALT_MAX + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;
    use betteroms_core::plan::RunId;
    use std::collections::BTreeSet;

    fn order(trade: &str, attempt: u32) -> OrderId {
        OrderId::new(&RunId::new("run-1").unwrap(), trade, attempt)
    }

    #[test]
    fn a_salt_is_never_zero_and_never_more_than_a_json_number_holds() {
        for bits in [0, 1, SALT_MAX - 1, SALT_MAX, SALT_MAX + 1, 1 << 53, u64::MAX - 1, u64::MAX] {
            assert!((1..=SALT_MAX).contains(&salt_of(bits)), "{bits}");
        }
        assert_eq!(salt_of(SALT_MAX - 1), SALT_MAX);
        assert_eq!(salt_of(SALT_MAX), 1);
    }

    #[test]
    fn an_order_has_one_salt_and_another_order_another() {
        let secrets = [[1; 32], [2; 32]].map(|bytes| OrderSecret::from_bytes(&bytes));
        let orders = [order("0", 1), order("0", 2), order("1", 1), order("01", 1)];
        let (mut salts, mut metadata) = (BTreeSet::new(), BTreeSet::new());
        for secret in &secrets {
            for account in ["main", "mai", "other", ""] {
                for order in &orders {
                    let (salt, meta) =
                        (secret.salt(account, order), secret.metadata(account, order));
                    assert_eq!(salt, secret.clone().salt(account, order));
                    assert_eq!(meta, secret.clone().metadata(account, order));
                    // Under one domain the salt could be computed from the metadata.
                    let head: [u8; 8] = meta.0[..8].try_into().unwrap();
                    assert_ne!(salt, salt_of(u64::from_be_bytes(head)));
                    salts.insert(salt);
                    metadata.insert(meta);
                }
            }
        }
        assert_eq!((salts.len(), metadata.len()), (32, 32));
    }

    #[test]
    fn what_was_once_derived_is_derived_for_ever() {
        let secret = OrderSecret::from_bytes(&[7; 32]);
        assert_eq!(secret.salt("main", &order("0", 1)), 6_529_496_884_096_310);
        let metadata = b256!("53ec55fce0f1fa5aa8d8839b7a1f5b18c9254fa926c27b425d8b8d68c0785ebe");
        assert_eq!(secret.metadata("main", &order("0", 1)), metadata);
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert_eq!(format!("{:?}", OrderSecret::from_bytes(&[7; 32])), "OrderSecret");
    }
}
