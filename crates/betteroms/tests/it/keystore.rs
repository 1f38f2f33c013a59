//! Keystores as another program would write them that asks for next to no work: a test opens them hundreds of
//! times, and what scrypt costs is not what it tests. The format is that of `betteroms::keys`, written anew.

use alloy_primitives::{hex, keccak256};
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use serde_json::json;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The least that scrypt takes: n = 2, r = 1, p = 1.
const LOG_N: u8 = 1;

/// Seals a secret under a passphrase; `address` is shown in the clear.
pub(crate) fn write_cheap(path: &Path, secret: &[u8], address: &str, passphrase: &str) {
    let (salt, iv) = ([7; 32], [8; 16]);
    let mut derived = [0; 32];
    let params = scrypt::Params::new(LOG_N, 1, 1).expect("a cost");
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, &mut derived).expect("derived");
    let mut text = secret.to_vec();
    let cipher = ctr::Ctr128BE::<aes::Aes128>::new_from_slices(&derived[..16], &iv);
    cipher.expect("16 bytes each").apply_keystream(&mut text);
    let stored = json!({
        "version": 3,
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "address": address.trim_start_matches("0x").to_lowercase(),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": hex::encode(iv) },
            "mac": hex::encode(keccak256([&derived[16..], &text].concat())),
            "ciphertext": hex::encode(text),
            "kdf": "scrypt",
            "kdfparams": { "dklen": 32, "n": 1 << LOG_N, "r": 1, "p": 1, "salt": hex::encode(salt) },
        },
    });
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.expect("a file").write_all(stored.to_string().as_bytes()).expect("written");
}
