//! The keystore file: a secret under a passphrase, in the format that wallets share (web3 secret storage,
//! version 3: scrypt, AES-128 in counter mode, Keccak-256 over key and ciphertext).
//!
//! The same format holds the signing key (32 bytes, with its address in the clear) and the API
//! credentials (JSON). Other programs' keystores open here and ours open there. Ours carry one field more,
//! `sha256` over everything else: it tells damage from a wrong passphrase, and proves nothing against
//! somebody who can write the file.
//!
//! **Cost.** New files take scrypt with n = 2^14, r = 8, p = 1: 16 MiB and some 50 ms for each opening, so
//! that a batch with a key and its credentials starts within 150 ms. That slows a guesser by that much
//! only: the passphrase is meant to be long and random, kept in a file, not in a head.

use super::Passphrase;
use super::files::{FileError, random, read_private, write_new};
use alloy_primitives::{Address, hex, keccak256};
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The largest keystore that is read.
const FILE_MOST: usize = 64 * 1024;
/// The largest secret: its ciphertext takes twice as many digits.
const SECRET_MOST: usize = 16 * 1024;
/// What new files cost to open.
const COST: Cost = Cost { n: 1 << 14, r: 8, p: 1 };
const N_MOST: u64 = 1 << 20;
const MEMORY_MOST: u64 = 1 << 30;
/// n·r·p: twice what the costliest file known asks for.
const WORK_MOST: u64 = 1 << 24;

/// A keystore that cannot be made or opened. It repeats nothing of what the file or the secret holds.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not what a keystore looks like, or changed since it was written.
    #[error("{} is damaged, or no keystore: {what}; restore it from a backup", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where it goes wrong.
        what: String,
    },
    /// A keystore of a kind that is not read here.
    #[error("{} is a keystore of another kind: {what}", path.display())]
    Unsupported {
        /// Which.
        path: PathBuf,
        /// What is other.
        what: &'static str,
    },
    /// It would take more memory or time than any honest keystore.
    #[error("{} asks for scrypt with n={n}, r={r}, p={p}: refused, at most n=2^20 and 1 GiB", path.display())]
    Absurd {
        /// Which.
        path: PathBuf,
        /// Rounds.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallel runs.
        p: u32,
    },
    /// Another passphrase made it.
    #[error("the passphrase does not open {}", path.display())]
    WrongPassphrase {
        /// Which.
        path: PathBuf,
    },
    /// Nothing, or more than a keystore takes.
    #[error("a keystore holds 1 to {SECRET_MOST} bytes, not {length}")]
    Length {
        /// How many there were.
        length: usize,
    },
}

#[derive(Clone, Copy)]
struct Cost {
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    version: u32,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: serde_json::Value,
    mac: String,
}

#[derive(Deserialize, Serialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize, Serialize)]
struct KdfParams {
    dklen: u32,
    n: u64,
    r: u32,
    p: u32,
    salt: String,
}

/// Writes a secret under a passphrase into a new file, mode 0600. `address` is shown in it, in the clear.
///
/// # Errors
/// [`FileError::Exists`] when there is such a file, which is then left alone; on any error nothing is left.
pub fn create(
    path: &Path,
    secret: &[u8],
    address: Option<Address>,
    passphrase: &Passphrase,
) -> Result<(), KeystoreError> {
    let text = seal(secret, address, passphrase, COST)?;
    // Read back first: what is about to hold the only copy must open.
    let back = unseal(path, parse(path, text.as_bytes())?, passphrase)?;
    assert!(*back == *secret, "a keystore must give back what was put in");
    Ok(write_new(path, text.as_bytes())?)
}

/// Opens a keystore.
///
/// # Errors
/// When others can read the file, when it is damaged or of another kind, when the passphrase is wrong.
pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let bytes = read_private(path, FILE_MOST)?;
    unseal(path, parse(path, &bytes)?, passphrase)
}

/// The address that a keystore shows without its passphrase, if it shows one.
///
/// # Errors
/// As [`open`], without the passphrase.
pub fn address(path: &Path) -> Result<Option<Address>, KeystoreError> {
    let stored = parse(path, &read_private(path, FILE_MOST)?)?;
    let Some(text) = stored.address else { return Ok(None) };
    match bytes_of::<20>(&text) {
        Some(bytes) => Ok(Some(Address::from(bytes))),
        None => Err(damaged(path, "its address is not one")),
    }
}

fn damaged(path: &Path, what: &str) -> KeystoreError {
    KeystoreError::Damaged { path: path.to_owned(), what: what.to_owned() }
}

fn seal(
    secret: &[u8],
    address: Option<Address>,
    passphrase: &Passphrase,
    cost: Cost,
) -> Result<String, KeystoreError> {
    if secret.is_empty() || secret.len() > SECRET_MOST {
        return Err(KeystoreError::Length { length: secret.len() });
    }
    let salt = random::<32>()?;
    let iv = random::<16>()?;
    let derived = derive(passphrase, &*salt, cost).expect("our own cost is a cost");
    let mut text = secret.to_vec();
    crypt(&derived, &iv, &mut text);
    let Cost { n, r, p } = cost;
    let kdf = KdfParams { dklen: 32, n, r, p, salt: hex::encode(salt.as_slice()) };
    let mut stored = Stored {
        version: 3,
        id: uuid::Builder::from_random_bytes(*random()?).into_uuid().to_string(),
        address: address.map(hex::encode),
        crypto: Crypto {
            cipher: "aes-128-ctr".to_owned(),
            cipherparams: CipherParams { iv: hex::encode(iv.as_slice()) },
            mac: mac(&derived, &text),
            ciphertext: hex::encode(text),
            kdf: "scrypt".to_owned(),
            kdfparams: serde_json::to_value(kdf).expect("plain fields"),
        },
        sha256: None,
    };
    stored.sha256 = Some(checksum(&stored));
    Ok(format!("{}\n", serde_json::to_string_pretty(&stored).expect("plain fields")))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Stored, KeystoreError> {
    let stored: Stored = serde_json::from_slice(bytes).map_err(|fault| {
        // The fault's own words may repeat the file, and somebody may have named that of a bare key.
        damaged(path, &format!("line {}, column {}", fault.line(), fault.column()))
    })?;
    if stored.sha256.as_ref().is_some_and(|sum| *sum != checksum(&stored)) {
        return Err(damaged(path, "its checksum does not hold"));
    }
    Ok(stored)
}

fn unseal(
    path: &Path,
    stored: Stored,
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let other = |what| KeystoreError::Unsupported { path: path.to_owned(), what };
    let crypto = stored.crypto;
    if stored.version != 3 {
        return Err(other("its version is not 3"));
    }
    if crypto.kdf != "scrypt" {
        return Err(other("its key derivation is not scrypt"));
    }
    if crypto.cipher != "aes-128-ctr" {
        return Err(other("its cipher is not aes-128-ctr"));
    }
    let kdf: KdfParams = serde_json::from_value(crypto.kdfparams)
        .map_err(|_| damaged(path, "its kdfparams are not scrypt's"))?;
    if kdf.dklen != 32 {
        return Err(other("it derives more or less than 32 bytes"));
    }
    let not_hex = |what| move || damaged(path, what);
    let salt = hex::decode(&kdf.salt).map_err(|_| damaged(path, "its salt is not hexadecimal"))?;
    let iv = bytes_of(&crypto.cipherparams.iv).ok_or_else(not_hex("its iv is not 16 bytes"))?;
    let tag: [u8; 32] = bytes_of(&crypto.mac).ok_or_else(not_hex("its mac is not 32 bytes"))?;
    let text = hex::decode(&crypto.ciphertext);
    let text = text.map_err(|_| damaged(path, "its ciphertext is not hexadecimal"))?;
    let KdfParams { n, r, p, .. } = kdf;
    let derived = derive(passphrase, &salt, Cost { n, r, p });
    let absurd = || KeystoreError::Absurd { path: path.to_owned(), n, r, p };
    let derived = derived.ok_or_else(absurd)?;
    // Nobody learns from the time that this takes: whoever can ask can read the file.
    if mac(&derived, &text) != hex::encode(tag) {
        return Err(KeystoreError::WrongPassphrase { path: path.to_owned() });
    }
    let mut secret = Zeroizing::new(text);
    crypt(&derived, &iv, &mut secret);
    Ok(secret)
}

/// Runs scrypt; nothing where the cost is no cost, or absurd.
fn derive(passphrase: &Passphrase, salt: &[u8], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    let Cost { n, r, p } = cost;
    let work = n.checked_mul(u64::from(r))?.checked_mul(u64::from(p))?;
    let memory = n.checked_mul(u64::from(r))?.checked_mul(128)?;
    let is_sane = n.is_power_of_two()
        && (2..=N_MOST).contains(&n)
        && memory <= MEMORY_MOST
        && work <= WORK_MOST;
    if !is_sane {
        return None;
    }
    let log_n = u8::try_from(n.trailing_zeros()).ok()?;
    let params = scrypt::Params::new(log_n, r, p).ok()?;
    let mut derived = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.bytes(), salt, &params, &mut *derived).ok()?;
    Some(derived)
}

/// Enciphers or deciphers in place: the same, in counter mode.
fn crypt(derived: &[u8; 32], iv: &[u8; 16], text: &mut [u8]) {
    let (key, _) = derived.split_at(16);
    let cipher = ctr::Ctr128BE::<aes::Aes128>::new_from_slices(key, iv);
    cipher.expect("16 bytes each").apply_keystream(text);
}

fn mac(derived: &[u8; 32], text: &[u8]) -> String {
    let (_, key) = derived.split_at(16);
    hex::encode(keccak256(Zeroizing::new([key, text].concat())))
}

/// Over every field that matters, as written.
fn checksum(stored: &Stored) -> String {
    let Stored { version, id, address, crypto, sha256: _ } = stored;
    let Crypto { cipher, cipherparams, ciphertext, kdf, kdfparams, mac } = crypto;
    let address = address.as_deref().unwrap_or("-");
    let iv = &cipherparams.iv;
    let all = format!(
        "{version}\n{id}\n{address}\n{cipher}\n{iv}\n{ciphertext}\n{kdf}\n{kdfparams}\n{mac}\n"
    );
    hex::encode(Sha256::digest(all))
}

fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode_to_array(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { n: 1 << 4, r: 8, p: 1 };

    fn pass(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
    }

    fn unsealed(text: &str, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        let path = Path::new("key.json");
        unseal(path, parse(path, text.as_bytes())?, &pass(passphrase))
    }

    /// The published example of the format.
    const EXAMPLE: &str = r#"{"crypto": {"cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 262144, "r": 1, "p": 8,
        "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3}"#;

    #[test]
    fn the_published_example_opens() {
        let secret = unsealed(EXAMPLE, "testpassword").unwrap();
        let expected = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
        assert_eq!(hex::encode(&*secret), expected);
        let geth = EXAMPLE.replace("\"crypto\"", "\"Crypto\"");
        assert_eq!(*unsealed(&geth, "testpassword").unwrap(), *secret);
    }

    #[test]
    fn what_goes_in_comes_out_and_only_under_its_passphrase() {
        for length in [1, 15, 16, 17, 32, 1000, SECRET_MOST] {
            let secret: Vec<u8> = (0..=255).cycle().take(length).collect();
            let text = seal(&secret, None, &pass("right"), CHEAP).unwrap();
            assert!(text.len() < FILE_MOST);
            assert_eq!(*unsealed(&text, "right").unwrap(), secret);
            let wrong = unsealed(&text, "Right").unwrap_err();
            assert!(matches!(wrong, KeystoreError::WrongPassphrase { .. }), "{wrong:?}");
        }
        for length in [0, SECRET_MOST + 1] {
            let refused = seal(&vec![1; length], None, &pass("right"), CHEAP);
            assert!(matches!(refused, Err(KeystoreError::Length { .. })));
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let sealed = || seal(&[7; 32], None, &pass("right"), CHEAP).unwrap();
        let (one, two) = (sealed(), sealed());
        let part = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.contains(name));
            line.unwrap().to_owned()
        };
        for name in ["\"iv\"", "\"salt\"", "\"ciphertext\"", "\"mac\"", "\"id\""] {
            assert_ne!(part(&one, name), part(&two, name));
        }
    }

    #[test]
    fn a_changed_byte_never_gives_another_secret_and_is_told_from_a_wrong_passphrase() {
        let address = Some(Address::repeat_byte(0xab));
        let text = seal(&[7; 32], address, &pass("right"), CHEAP).unwrap();
        let mut damaged = 0;
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let path = Path::new("key.json");
            match parse(path, &bytes).and_then(|stored| unseal(path, stored, &pass("right"))) {
                Ok(secret) => assert_eq!(*secret, [7; 32], "byte {at}"),
                Err(KeystoreError::Damaged { .. }) => damaged += 1,
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
        assert!(damaged > text.len() * 3 / 4, "{damaged} of {}", text.len());
        for end in 0..text.trim_end().len() {
            let cut = unsealed(&text[..end], "right");
            assert!(matches!(cut, Err(KeystoreError::Damaged { .. })), "cut at {end}");
        }
    }

    #[test]
    fn an_absurd_cost_is_refused_before_it_is_paid() {
        let with = |n: u64, r: u64, p: u64| {
            let cost = format!("\"n\": {n}, \"r\": {r}, \"p\": {p}");
            unsealed(&EXAMPLE.replace("\"n\": 262144, \"r\": 1, \"p\": 8", &cost), "testpassword")
        };
        for (n, r, p) in [
            (1 << 21, 1, 1),
            (1 << 20, 9, 1),
            (1 << 14, 1 << 16, 1),
            (1 << 14, 8, 1 << 20),
            (u64::MAX, 8, 1),
            (1 << 63, u64::from(u32::MAX), 1),
            (0, 8, 1),
            (1, 8, 1),
            (1000, 8, 1),
            (1 << 14, 0, 1),
            (1 << 14, 8, 0),
        ] {
            let error = with(n, r, p).unwrap_err();
            assert!(matches!(error, KeystoreError::Absurd { .. }), "{n} {r} {p}: {error}");
        }
        let error = with(1 << 14, 1 << 40, 1).unwrap_err();
        assert!(matches!(error, KeystoreError::Damaged { .. }), "{error}");
    }

    #[test]
    fn other_kinds_are_named() {
        for (from, to, says) in [
            ("\"scrypt\"", "\"pbkdf2\"", "not scrypt"),
            ("\"aes-128-ctr\"", "\"aes-128-cbc\"", "not aes-128-ctr"),
            ("\"version\": 3", "\"version\": 4", "not 3"),
            ("\"dklen\": 32", "\"dklen\": 16", "32 bytes"),
        ] {
            let error = unsealed(&EXAMPLE.replace(from, to), "testpassword").unwrap_err();
            assert!(matches!(error, KeystoreError::Unsupported { .. }), "{error:?}");
            assert!(error.to_string().ends_with(says), "{error}");
        }
    }
}
