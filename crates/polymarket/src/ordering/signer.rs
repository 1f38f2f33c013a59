//! Where a key is asked. What it is asked to sign arrives whole and not as a hash, so that whoever holds the
//! key can look before it signs.

use crate::signing::{Address, B256, Batch, Hashed, LocalKey, U256, l1};

/// Everything that a key is ever asked to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signable<'a> {
    /// An order for one of the exchanges.
    Order(Hashed<'a>),
    /// The statement that an account is ours, which makes API keys.
    ClobAuth {
        /// Seconds since 1970, as the header has them.
        timestamp: &'a str,
        /// Tells the API keys of one account apart.
        nonce: U256,
    },
    /// Calls that a deposit wallet is to make.
    Batch(&'a Batch),
    /// The hash of a transaction of the account itself: it says nothing about what it does, so a policy must
    /// know it from elsewhere or refuse.
    Transaction(B256),
}

impl Signable<'_> {
    /// The 32 bytes that the key of this address signs.
    pub fn digest(&self, signer: Address) -> B256 {
        match *self {
            Self::Order(order) => order.digest_to_sign(),
            Self::ClobAuth { timestamp, nonce } => l1::clob_auth_digest(signer, timestamp, nonce),
            Self::Batch(batch) => batch.digest(),
            Self::Transaction(hash) => hash,
        }
    }
}

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Whoever holds the key looked at it and said no. Asking again does not help.
    #[error("the signer refused: {0}")]
    Refused(String),
    /// The key could not be asked.
    #[error("the signer cannot be reached: {0}")]
    Unavailable(String),
}

/// Something that holds a key.
pub trait Signer: Send + Sync {
    /// The key's account.
    fn address(&self) -> Address;

    /// Signs [`Signable::digest`]: r ‖ s ‖ v, v 27 or 28.
    ///
    /// # Errors
    /// [`NotSigned`] where it will not or cannot.
    fn sign(&self, what: &Signable<'_>) -> Result<[u8; 65], NotSigned>;
}

/// Signs whatever it is asked to: a policy stands before it, not in it.
impl Signer for LocalKey {
    fn address(&self) -> Address {
        Self::address(self)
    }

    fn sign(&self, what: &Signable<'_>) -> Result<[u8; 65], NotSigned> {
        Ok(self.sign_digest(what.digest(Self::address(self))))
    }
}
