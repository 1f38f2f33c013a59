//! The secret of a store's orders: 32 random bytes from which the salts of its orders are made, so that
//! the same order is signed into the same bytes again, and nobody else can tell its salt in advance.
//!
//! It moves no money, so its file is not encrypted and needs no passphrase; its mode is a key's. Its loss
//! would make an order that was sent unrecognisable: the store records the secret's fingerprint, and a
//! secret that is missing or another is a fault, never replaced in silence.

use super::files::{FileError, random, read_private, write_new};
use alloy_primitives::hex;
use betteroms_polymarket::ordering::OrderSecret;
use ring::hmac;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's length: two lines of 64 digits.
const LENGTH: usize = 130;
const FINGERPRINT_OF: &[u8] = b"betteroms order secret 1: fingerprint";

/// A store's order secret. Erased when dropped; `Debug` shows the fingerprint and no more.
pub struct OrderSecretFile {
    secret: Zeroizing<[u8; 32]>,
    fingerprint: String,
}

/// No order secret, or not this store's.
#[derive(Debug, thiserror::Error)]
pub enum OrderSecretError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// The store has one on record, and the file is gone.
    #[error("the order secret {} is gone, and this store has used it: restore it from a backup", path.display())]
    Lost {
        /// Where it was.
        path: PathBuf,
    },
    /// Not the one on record.
    #[error("{} holds the order secret of another store: {found}, not {recorded}", path.display())]
    Another {
        /// Which file.
        path: PathBuf,
        /// Its fingerprint.
        found: String,
        /// The store's.
        recorded: String,
    },
    /// Not what such a file looks like.
    #[error("the order secret {} is damaged: restore it from a backup", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
}

impl OrderSecretFile {
    /// Opens a store's secret, or makes it where there is neither a file nor a fingerprint on record.
    /// `recorded` is what the store knows: record [`Self::fingerprint`] before the first order.
    ///
    /// Calling it twice is safe, and so is a kill in between: a file whose fingerprint was not recorded
    /// yet is taken as it is.
    ///
    /// # Errors
    /// [`OrderSecretError`].
    pub fn open(path: &Path, recorded: Option<&str>) -> Result<Self, OrderSecretError> {
        let bytes = match read_private(path, LENGTH) {
            Ok(bytes) => bytes,
            Err(FileError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return match recorded {
                    None => Self::make(path),
                    Some(_) => Err(OrderSecretError::Lost { path: path.to_owned() }),
                };
            }
            Err(error) => return Err(error.into()),
        };
        let found = Self::parse(&bytes);
        let found = found.ok_or_else(|| OrderSecretError::Damaged { path: path.to_owned() })?;
        match recorded {
            Some(recorded) if recorded != found.fingerprint => Err(OrderSecretError::Another {
                path: path.to_owned(),
                found: found.fingerprint.clone(),
                recorded: recorded.to_owned(),
            }),
            Some(_) | None => Ok(found),
        }
    }

    /// What the store records of it: tells the secret from others, and nothing about it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The secret, for making orders.
    pub fn secret(&self) -> OrderSecret {
        OrderSecret::from_bytes(&self.secret)
    }

    fn make(path: &Path) -> Result<Self, OrderSecretError> {
        let new = Self::of(random()?);
        let digits = Zeroizing::new(hex::encode(new.secret.as_slice()));
        let text = Zeroizing::new(format!("{}\n{}\n", *digits, new.fingerprint));
        write_new(path, text.as_bytes())?;
        Ok(new)
    }

    fn of(secret: Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*secret);
        let fingerprint = hex::encode(hmac::sign(&key, FINGERPRINT_OF));
        Self { secret, fingerprint }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (digits, fingerprint) = bytes.split_at_checked(64)?;
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits, &mut *secret).ok()?;
        let found = Self::of(secret);
        let rest = format!("\n{}\n", found.fingerprint);
        (fingerprint == rest.as_bytes()).then_some(found)
    }
}

impl fmt::Debug for OrderSecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrderSecretFile({})", self.fingerprint)
    }
}
