//! The second way to prove oneself to the API: a MAC over each request, under the API key's secret
//! (venue.md 2.3).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE};
use ring::hmac;
use std::fmt;
use zeroize::Zeroizing;

/// The secret of an API key. Erased when dropped; never shown.
#[derive(Clone)]
pub struct ApiSecret(Zeroizing<Vec<u8>>);

/// A text that is not the secret of an API key. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Not base64, neither the standard nor the url-safe kind.
    #[error("the secret of an API key is base64; this is not")]
    NotBase64,
    /// Nothing.
    #[error("the secret of an API key is empty")]
    Empty,
}

/// Takes what the official clients take: padding or none, and spare bits in the last digit.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl ApiSecret {
    /// Reads a secret as the venue hands it out: base64, url-safe or standard, with or without padding.
    ///
    /// # Errors
    /// [`BadSecret`] when it is not base64, or empty.
    pub fn from_base64(text: &str) -> Result<Self, BadSecret> {
        let bytes: Vec<u8> = text
            .bytes()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => other,
            })
            .collect();
        let url_safe = Zeroizing::new(bytes);
        let decoded = LENIENT.decode(&*url_safe).map(Zeroizing::new);
        let decoded = decoded.map_err(|_| BadSecret::NotBase64)?;
        if decoded.is_empty() { Err(BadSecret::Empty) } else { Ok(Self(decoded)) }
    }

    /// A secret of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The secret as the venue hands it out: url-safe base64 with padding. For whoever hands it out; the
    /// text erases itself.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE.encode(&*self.0))
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret")
    }
}

/// The MAC of a request, as the header has it: url-safe base64 with padding. `timestamp` is the header's
/// text; `method` goes in as given, so upper case; of `path` a query string is left out, as the venue
/// does; `body` is the bytes as sent, empty for none.
pub fn mac(secret: &ApiSecret, timestamp: &str, method: &str, path: &str, body: &[u8]) -> String {
    URL_SAFE.encode(hmac::sign(&secret.key(), &message(timestamp, method, path, body)))
}

/// Whether `signature` is the MAC of this request; compared in constant time.
pub fn verify(
    secret: &ApiSecret,
    timestamp: &str,
    method: &str,
    path: &str,
    body: &[u8],
    signature: &str,
) -> bool {
    let Ok(tag) = URL_SAFE.decode(signature) else { return false };
    hmac::verify(&secret.key(), &message(timestamp, method, path, body), &tag).is_ok()
}

fn message(timestamp: &str, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    [timestamp.as_bytes(), method.as_bytes(), path.as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "_-9jzjVBZ4RZBVCxSPlQpzcEFVCs2IzXxZk8bM3fT6Q=";
    const MAC: &str = "V9LScURVDv4-kkHecURKCToX_5LaKJ58gUIg5mk77PY=";

    fn check(secret: &str) -> String {
        let secret = ApiSecret::from_base64(secret).unwrap();
        mac(&secret, "1783132553", "GET", "/data/orders", b"")
    }

    #[test]
    fn a_secret_is_read_in_both_alphabets_with_and_without_padding() {
        assert_eq!(check(SECRET), MAC);
        assert_eq!(check(&SECRET.replace('_', "/").replace('-', "+")), MAC);
        assert_eq!(check(SECRET.trim_end_matches('=')), MAC);
        assert_eq!(ApiSecret::from_base64("").unwrap_err(), BadSecret::Empty);
        for bad in ["a", "ab c", "ab\n", "äöü", "=ab="] {
            assert_eq!(ApiSecret::from_base64(bad).unwrap_err(), BadSecret::NotBase64, "{bad}");
        }
        let secret = ApiSecret::from_base64(SECRET).unwrap();
        assert_eq!(*secret.to_base64(), SECRET);
        assert_eq!(format!("{secret:?}"), "ApiSecret");
    }

    #[test]
    fn a_mac_covers_everything_but_the_query() {
        let secret = ApiSecret::from_base64(SECRET).unwrap();
        let yes = |time: &str, method: &str, path: &str, body: &[u8], mac: &str| {
            verify(&secret, time, method, path, body, mac)
        };
        assert!(yes("1783132553", "GET", "/data/orders", b"", MAC));
        assert!(yes("1783132553", "GET", "/data/orders?next_cursor=MA==", b"", MAC));
        assert!(!yes("1783132554", "GET", "/data/orders", b"", MAC));
        assert!(!yes("1783132553", "get", "/data/orders", b"", MAC));
        assert!(!yes("1783132553", "GET", "/data/order", b"", MAC));
        assert!(!yes("1783132553", "GET", "/data/orders", b" ", MAC));
        let other = ApiSecret::from_bytes([7; 32]);
        assert!(!verify(&other, "1783132553", "GET", "/data/orders", b"", MAC));
        for bad in ["", "V9LS", "not base64!", &MAC[..43], &MAC.replace('-', "+")] {
            assert!(!yes("1783132553", "GET", "/data/orders", b"", bad), "{bad}");
        }
    }
}
