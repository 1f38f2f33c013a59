//! Keys and credentials at rest: how a secret gets from a file into this process, and into a new file.
//!
//! [`unlock`] gives the key that signs, from a [`keystore`] whose [`Passphrase`] comes from a file, a
//! descriptor or a person; [`import`] and [`generate`] make such a keystore, [`store_credentials`] one for
//! the API's credentials. [`OrderSecretFile`] is the secret behind the salts of a store's orders. Each of
//! them forbids core dumps before it touches a secret.
//!
//! Not here: flags, configuration, the environment (whoever calls reads them and fills a [`KeySource`]),
//! and what is signed. No secret is taken from a flag or a URL, and no error or `Debug` repeats one.

mod files;
mod given;
pub mod keystore;
mod memory;
mod order_secret;
mod passphrase;
mod terminal;

pub use files::FileError;
pub use given::given;
pub use keystore::KeystoreError;
pub use memory::forbid_dumps;
pub use order_secret::{OrderSecretError, OrderSecretFile};
pub use passphrase::{Passphrase, PassphraseError, PassphraseSource};
pub use terminal::{AskError, ask};

use betteroms_polymarket::signing::{Address, BadKey, LocalKey};
use serde::de::IgnoredAny;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::{Zeroize as _, Zeroizing};

/// The variable that may hold a bare key. Only [`KeySource::key_from_env`] makes it be used.
pub const KEY_VARIABLE: &str = "BETTEROMS_PRIVATE_KEY";

/// Said whenever the key comes from the environment.
const WARNING: &str = "warning: the key comes from BETTEROMS_PRIVATE_KEY, where every program of this \
                       user can read it; a keystore keeps it to itself\n";

/// Where the signing key comes from.
#[derive(Debug)]
pub struct KeySource {
    /// The keystore's file.
    pub keystore: PathBuf,
    /// Its passphrase.
    pub passphrase: PassphraseSource,
    /// What [`KEY_VARIABLE`] holds, where it is set. Without `key_from_env`, being set is an error.
    pub environment: Option<EnvironmentKey>,
    /// The flag `--key-from-env`: take the key from the variable and leave the keystore alone.
    pub key_from_env: bool,
}

/// What the variable holds. Erased when dropped; never shown.
#[derive(Clone)]
pub struct EnvironmentKey(Zeroizing<String>);

/// No key. It names files and variables, never what they hold.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Core dumps could not be forbidden, so no secret was read.
    #[error("forbidding dumps of this process")]
    Memory(#[source] io::Error),
    /// The passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// The keystore.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The folder of the keys.
    #[error(transparent)]
    Folder(#[from] FileError),
    /// The text or the bytes are no private key.
    #[error("{place} holds no private key")]
    BadKey {
        /// Where it was read.
        place: String,
        /// What is wrong with it.
        #[source]
        source: BadKey,
    },
    /// The keystore opens, but holds something else.
    #[error("{} holds no signing key: a key has 32 bytes", path.display())]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// The keystore shows one address and holds the key of another.
    #[error("{} shows the address {shown}, but holds the key of {held}", path.display())]
    AnotherAddress {
        /// Which.
        path: PathBuf,
        /// What it shows.
        shown: Address,
        /// Whose key it holds.
        held: Address,
    },
    /// The variable is set and nobody asked for it.
    #[error(
        "{KEY_VARIABLE} is set: every program of this user can read it there. Import it into a keystore \
         and unset it, or say --key-from-env to use it all the same"
    )]
    UnaskedVariable,
    /// The flag without the variable.
    #[error("--key-from-env was said, but {KEY_VARIABLE} is not set")]
    NoVariable,
    /// The terminal, when the secret itself was asked for.
    #[error("asking for the secret")]
    Ask(#[source] AskError),
    /// Standard input, when the secret was to come from there.
    #[error("reading the secret from standard input")]
    Input(#[source] io::Error),
    /// More than any secret.
    #[error("what was given is longer than any secret")]
    TooLong,
    /// Bytes that are no text.
    #[error("what was given is not text")]
    NotText,
    /// Nothing, or nothing but white space.
    #[error("no secret was given: write it to standard input, or name a file with --file")]
    Nothing,
    /// The credentials are not JSON.
    #[error("{} holds no credentials: they are JSON", path.display())]
    NotCredentials {
        /// Which.
        path: PathBuf,
    },
}

impl EnvironmentKey {
    /// The variable's value. What is not text becomes text that is no key.
    pub fn new(value: OsString) -> Self {
        Self(Zeroizing::new(value.into_string().unwrap_or_else(|other| {
            other.into_encoded_bytes().zeroize();
            String::new()
        })))
    }
}

impl fmt::Debug for EnvironmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnvironmentKey")
    }
}

impl KeySource {
    /// What to tell the operator about this source on standard error, where there is something to tell.
    pub fn warning(&self) -> Option<&'static str> {
        self.key_from_env.then_some(WARNING)
    }
}

/// The folder of the keys inside the data folder (`$XDG_DATA_HOME/betteroms`), made where it is missing.
///
/// # Errors
/// When others can look into it.
pub fn folder(data: &Path) -> Result<PathBuf, KeyError> {
    let path = data.join("keys");
    files::private_folder(&path)?;
    Ok(path)
}

/// Opens the signing key. This process cannot be dumped from then on.
///
/// # Errors
/// [`KeyError`] says which place is wrong and what to do.
pub fn unlock(source: &KeySource) -> Result<LocalKey, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    match (&source.environment, source.key_from_env) {
        (Some(value), true) => {
            let key = LocalKey::from_hex(&value.0);
            key.map_err(|source| KeyError::BadKey { place: KEY_VARIABLE.to_owned(), source })
        }
        (None, true) => Err(KeyError::NoVariable),
        (Some(_), false) => Err(KeyError::UnaskedVariable),
        (None, false) => {
            let passphrase = Passphrase::read(&source.passphrase)?;
            open_key(&source.keystore, &passphrase)
        }
    }
}

/// Puts a key into a new keystore: 64 hexadecimal digits, with or without 0x before them.
///
/// # Errors
/// [`KeyError`]; an existing file is left alone.
pub fn import(path: &Path, key: &str, passphrase: &Passphrase) -> Result<Address, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    let place = || "the text".to_owned();
    let mut bytes = Zeroizing::new([0; 32]);
    let address = LocalKey::from_hex(key)
        .map_err(|source| KeyError::BadKey { place: place(), source })?
        .address();
    alloy_primitives::hex::decode_to_slice(key, &mut *bytes)
        .map_err(|_| KeyError::BadKey { place: place(), source: BadKey::NotHex })?;
    keystore::create(path, &*bytes, Some(address), passphrase)?;
    Ok(address)
}

/// Makes a new key from the operating system's random bytes, in a new keystore. The file is its only copy.
///
/// # Errors
/// [`KeyError`]; an existing file is left alone.
pub fn generate(path: &Path, passphrase: &Passphrase) -> Result<Address, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    let bytes = files::random::<32>()?;
    let place = || "the operating system's random source".to_owned();
    let key = LocalKey::from_bytes(&bytes)
        .map_err(|source| KeyError::BadKey { place: place(), source })?;
    keystore::create(path, &*bytes, Some(key.address()), passphrase)?;
    Ok(key.address())
}

/// Puts the API's credentials, as JSON, into a new keystore. `address` is shown: whose they are.
///
/// # Errors
/// [`KeyError`]; an existing file is left alone.
pub fn store_credentials(
    path: &Path,
    json: &str,
    address: Address,
    passphrase: &Passphrase,
) -> Result<(), KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    if serde_json::from_str::<IgnoredAny>(json).is_err() {
        return Err(KeyError::NotCredentials { path: path.to_owned() });
    }
    Ok(keystore::create(path, json.as_bytes(), Some(address), passphrase)?)
}

/// Opens the API's credentials: the JSON that was stored.
///
/// # Errors
/// [`KeyError`] says which place is wrong and what to do.
pub fn load_credentials(
    path: &Path,
    passphrase: &Passphrase,
) -> Result<Zeroizing<String>, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    let bytes = keystore::open(path, passphrase)?;
    let text = std::str::from_utf8(&bytes).ok();
    text.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .map(|text| Zeroizing::new(text.to_owned()))
        .ok_or_else(|| KeyError::NotCredentials { path: path.to_owned() })
}

/// Opens the signing key of a keystore with a passphrase that was read already.
///
/// # Errors
/// As [`unlock`].
pub fn open_key(path: &Path, passphrase: &Passphrase) -> Result<LocalKey, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    let shown = keystore::address(path)?;
    let bytes = keystore::open(path, passphrase)?;
    let bytes: &[u8; 32] =
        bytes.as_slice().try_into().map_err(|_| KeyError::NotAKey { path: path.to_owned() })?;
    let place = || path.display().to_string();
    let key = LocalKey::from_bytes(bytes)
        .map_err(|source| KeyError::BadKey { place: place(), source })?;
    match shown {
        Some(shown) if shown != key.address() => {
            let held = key.address();
            Err(KeyError::AnotherAddress { path: path.to_owned(), shown, held })
        }
        Some(_) | None => Ok(key),
    }
}
