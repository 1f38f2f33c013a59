//! Who we are to the relayer: a builder, by the MAC of its key, or the holder of a relayer key
//! (venue.md 8.4).

use crate::error::without;
use crate::signing::l2::{self, ApiSecret};
use alloy_primitives::Address;
use betteroms_core::time::Time;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use zeroize::Zeroizing;

/// A key for the relayer. `Debug` shows its kind and no more.
pub enum RelayerKey {
    /// A builder's: it may ask for anybody.
    Builder {
        /// The key's id.
        key: String,
        /// Its passphrase.
        passphrase: Zeroizing<String>,
        /// Its secret.
        secret: ApiSecret,
    },
    /// A relayer key: it may only ask for its own address.
    Relayer {
        /// The key, which is all there is to prove.
        key: Zeroizing<String>,
        /// Its address.
        address: Address,
    },
}

impl fmt::Debug for RelayerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Builder { .. } => "RelayerKey::Builder",
            Self::Relayer { .. } => "RelayerKey::Relayer",
        })
    }
}

impl RelayerKey {
    /// The relayer's words without our secrets, should it repeat them.
    pub(super) fn scrub(&self, text: String) -> String {
        match self {
            Self::Builder { passphrase, secret, .. } => {
                let secret = secret.to_base64();
                without(text, &[&secret, secret.trim_end_matches('='), passphrase])
            }
            Self::Relayer { key, .. } => without(text, &[key]),
        }
    }

    /// The headers of one request; `None` when the key cannot stand in a header.
    pub(super) fn headers(
        &self,
        now: Time,
        method: &str,
        path: &str,
        body: &str,
    ) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        match self {
            Self::Builder { key, passphrase, secret } => {
                let timestamp = now.secs().to_string();
                let mac = l2::mac(secret, &timestamp, method, path, body.as_bytes());
                put(&mut headers, "poly_builder_api_key", key)?;
                put(&mut headers, "poly_builder_passphrase", passphrase)?;
                put(&mut headers, "poly_builder_timestamp", &timestamp)?;
                put(&mut headers, "poly_builder_signature", &mac)?;
            }
            Self::Relayer { key, address } => {
                put(&mut headers, "relayer_api_key", key)?;
                put(&mut headers, "relayer_api_key_address", &address.to_string())?;
            }
        }
        Some(headers)
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) -> Option<()> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(name), value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let builder = RelayerKey::Builder {
            key: "an-id".to_owned(),
            passphrase: Zeroizing::new("a-phrase".to_owned()),
            secret: ApiSecret::from_bytes([7; 32]),
        };
        let relayer =
            RelayerKey::Relayer { key: Zeroizing::new("a-key".to_owned()), address: Address::ZERO };
        for key in [builder, relayer] {
            let headers = key.headers(Time::from_secs(1), "POST", "/submit", "{}").unwrap();
            let shown = format!("{key:?} {headers:?}");
            assert!(!shown.contains("a-phrase") && !shown.contains("a-key"), "{shown}");
            assert!(shown.contains("Sensitive"), "{shown}");
        }
    }

    #[test]
    fn a_refusal_that_repeats_the_key_is_told_without_it() {
        let key = Zeroizing::new("canary-of-a-key".to_owned());
        let relayer = RelayerKey::Relayer { key, address: Address::ZERO };
        assert_eq!(relayer.scrub("no such key canary-of-a-key!".to_owned()), "no such key …!");
        let secret = ApiSecret::from_base64("Y2FuYXJ5LXNlY3JldA==").expect("base64");
        let passphrase = Zeroizing::new(String::new());
        let builder = RelayerKey::Builder { key: "id".to_owned(), passphrase, secret };
        assert_eq!(builder.scrub("of Y2FuYXJ5LXNlY3JldA".to_owned()), "of …");
    }
}
