//! The relayer's key at rest: a builder's, or a relayer key of one address. JSON in a keystore of its own.

use crate::keys::{self, Passphrase};
use anyhow::{Context as _, Result};
use betteroms_polymarket::relay::RelayerKey;
use betteroms_polymarket::signing::Address;
use betteroms_polymarket::signing::l2::ApiSecret;
use serde::{Deserialize, Deserializer};
use std::path::Path;
use zeroize::Zeroizing;

/// What the keystore holds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    /// A relayer key.
    #[serde(default, deserialize_with = "hidden")]
    key: Option<Zeroizing<String>>,
    /// Its address; the signing key's where it is left out.
    address: Option<Address>,
    /// A builder's: its id, secret and passphrase.
    api_key: Option<String>,
    #[serde(default, deserialize_with = "hidden")]
    secret: Option<Zeroizing<String>>,
    #[serde(default, deserialize_with = "hidden")]
    passphrase: Option<Zeroizing<String>>,
}

fn hidden<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zeroizing<String>>, D::Error> {
    Option::<String>::deserialize(from).map(|text| text.map(Zeroizing::new))
}

/// Reads a key as it is given or kept: JSON, or the bare text of a relayer key. `None` for anything else.
pub(crate) fn parse(text: &str, signer: Address) -> Option<RelayerKey> {
    let is_bare = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_bare {
        let key = Zeroizing::new(text.to_owned());
        return Some(RelayerKey::Relayer { key, address: signer });
    }
    match serde_json::from_str(text).ok()? {
        Stored { key: Some(key), address, api_key: None, secret: None, passphrase: None } => {
            Some(RelayerKey::Relayer { key, address: address.unwrap_or(signer) })
        }
        Stored {
            key: None,
            address: None,
            api_key: Some(key),
            secret: Some(secret),
            passphrase: Some(passphrase),
        } => {
            let secret = ApiSecret::from_base64(&secret).ok()?;
            Some(RelayerKey::Builder { key, passphrase, secret })
        }
        Stored { .. } => None,
    }
}

/// The text to keep of what [`parse`] takes: always JSON.
pub(crate) fn to_keep(text: &str) -> Zeroizing<String> {
    let is_json = text.starts_with('{');
    Zeroizing::new(if is_json { text.to_owned() } else { format!("{{\"key\":\"{text}\"}}") })
}

/// Opens the key; `None` where there is no such file.
pub(crate) fn load(
    path: &Path,
    passphrase: &Passphrase,
    signer: Address,
) -> Result<Option<RelayerKey>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = keys::load_credentials(path, passphrase)?;
    let key = parse(&text, signer);
    key.map(Some).with_context(|| format!("{} holds no key for the relayer", path.display()))
}
