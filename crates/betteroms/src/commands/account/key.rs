//! `account new`, `account import`: a signing key into a new keystore, and which wallets it owns.

use crate::app::{House, Said};
use crate::keys::{self, FileError, KeyError, KeystoreError, Passphrase};
use crate::real::access::{keystore, passphrase_source};
use crate::real::wallets::{self, Owned};
use anyhow::Result;
use betteroms_polymarket::signing::Address;
use serde_json::{Value, json};
use std::path::Path;

/// Makes a key.
pub(super) fn new(house: &House) -> Result<Said> {
    let path = free_place(house)?;
    let passphrase = Passphrase::read_new(&passphrase_source(house))?;
    let address = keys::generate(&path, &passphrase)?;
    let note =
        "copy this file and its passphrase to a safe place: they are the only copy of the key";
    Ok(told(house, address, &path, note))
}

/// Takes a key over.
pub(super) fn import(house: &House, file: Option<&Path>) -> Result<Said> {
    let path = free_place(house)?;
    let key = keys::given(file, "Private key (64 hexadecimal digits, not shown)")?;
    let passphrase = Passphrase::read_new(&passphrase_source(house))?;
    let address = keys::import(&path, &key, &passphrase)?;
    let note = match file {
        Some(file) => format!("erase {} once you have a copy elsewhere", file.display()),
        None => "the keystore takes the key's place: keep its passphrase elsewhere".to_owned(),
    };
    Ok(told(house, address, &path, &note))
}

/// Where the keystore goes; looked at before a secret is asked for.
fn free_place(house: &House) -> Result<std::path::PathBuf> {
    let path = keystore(house)?;
    if path.exists() {
        return Err(KeyError::Keystore(KeystoreError::File(FileError::Exists { path })).into());
    }
    Ok(path)
}

fn told(house: &House, address: Address, path: &Path, note: &str) -> Said {
    let owned = wallets::of(address);
    let usual = owned.iter().find(|one| one.is_usual).map_or(address, |one| one.address);
    let mut out = format!("key      {address}\nkept in  {}\n         {note}\n", path.display());
    out.push_str(&wallets_text(&owned));
    out.push_str(&format!(
        "next     write into {}:\n         [real]\n         enabled = true\n         \
         wallet = \"{usual}\"\n         then `betteroms account setup` tells what is missing\n",
        house.config_path.display()
    ));
    let value = json!({ "version": 1, "address": address, "keystore": path,
        "wallets": wallets_json(&owned) });
    Said::either(house, &value, out)
}

/// The wallets of a key, a line each.
pub(super) fn wallets_text(owned: &[Owned]) -> String {
    let line = |(nth, one): (usize, &Owned)| {
        let left = if nth == 0 { "wallets" } else { "" };
        format!("{left:<8} {} {}\n", one.address, one.name)
    };
    owned.iter().enumerate().map(line).collect()
}

/// The same for scripts.
pub(super) fn wallets_json(owned: &[Owned]) -> Value {
    owned.iter().map(|one| json!({ "address": one.address, "kind": one.name })).collect()
}
