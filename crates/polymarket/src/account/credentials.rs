//! The credentials of an API key: made or derived by a signed statement, kept, and shown to nobody.

use super::{AccountClient, Clock, headers};
use crate::client::{Call, Client, Options, Route};
use crate::error::{VenueError, without};
use crate::signing::l2::{ApiSecret, BadSecret};
use crate::signing::{Address, B256, U256, l1};
use crate::wire::account::{ApiKeyAnswer, Secret};
use crate::wire::decode;
use alloy_primitives::hex;
use serde_json::json;
use zeroize::Zeroizing;

/// The credentials of an API key. `Debug` shows its id and no more.
#[derive(Clone)]
pub struct Credentials {
    api_key: String,
    secret: ApiSecret,
    passphrase: Secret,
}

impl Credentials {
    /// Puts credentials together: the key's id, its secret in base64, its passphrase.
    ///
    /// # Errors
    /// When the secret is not base64.
    pub fn new(api_key: &str, secret: &str, passphrase: &str) -> Result<Self, BadSecret> {
        let secret = ApiSecret::from_base64(secret)?;
        Ok(Self { api_key: api_key.to_owned(), secret, passphrase: Secret::new(passphrase) })
    }

    /// The key's id: a name and no secret.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    pub(super) const fn secret(&self) -> &ApiSecret {
        &self.secret
    }

    pub(super) const fn passphrase(&self) -> &Secret {
        &self.passphrase
    }

    /// The venue's words without our secrets, should it repeat them.
    pub(super) fn scrub(&self, text: String) -> String {
        let secret = self.secret.to_base64();
        without(text, &[&secret, secret.trim_end_matches('='), self.passphrase.expose()])
    }

    /// Everything as JSON, for a keystore and for nothing else; the text erases itself.
    pub fn to_json(&self) -> Zeroizing<String> {
        let (secret, passphrase) = (self.secret.to_base64(), self.passphrase.expose());
        let body = json!({ "apiKey": self.api_key, "secret": *secret, "passphrase": passphrase });
        Zeroizing::new(body.to_string())
    }

    /// Reads what [`Self::to_json`] wrote; `None` where it is something else. It repeats nothing of it.
    pub fn from_json(text: &str) -> Option<Self> {
        let answer: ApiKeyAnswer = decode(text.as_bytes()).ok()?;
        Self::of(&answer).ok()
    }

    fn of(answer: &ApiKeyAnswer) -> Result<Self, BadSecret> {
        Self::new(&answer.key, answer.secret.expose(), answer.passphrase.expose())
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.api_key)
    }
}

impl AccountClient {
    /// Makes a builder's key, once: another one each time. The relayer takes it (venue.md 2.2, 8.4).
    ///
    /// # Errors
    /// `Unknown` where one may have been made that nobody was told of: it guards nothing but gas.
    pub async fn make_builder_key(&self) -> Result<Credentials, VenueError> {
        const PATH: &str = "/auth/builder-api-key";
        let mut call = self.call(Route::Auth, "make a builder's key", PATH);
        call.body = Some(String::new());
        let told = self.client.send(&call, &self.proof("POST", PATH, "")).await;
        let answer: ApiKeyAnswer = told.map_err(|error| self.scrubbed(error))?;
        let bad = |_| VenueError::unproven(call.what, crate::error::Unproven::BadCredentials);
        Credentials::of(&answer).map_err(bad)
    }
}

/// Makes the API key of nonce 0, or derives the one that is there: the same account gets the same
/// credentials however often this is called. `sign` signs the digest of the statement.
///
/// # Errors
/// When the venue does neither, or cannot be asked.
pub async fn make_or_derive(
    options: Options,
    address: Address,
    sign: &(dyn Fn(B256) -> [u8; 65] + Sync),
    clock: &Clock,
) -> Result<Credentials, VenueError> {
    let client = Client::new(options)?;
    let proof = || {
        let timestamp = clock.now().secs().to_string();
        let signature = sign(l1::clob_auth_digest(address, &timestamp, U256::ZERO));
        headers(&[
            ("poly_address", &address.to_string()),
            ("poly_signature", &hex::encode_prefixed(signature)),
            ("poly_timestamp", &timestamp),
            ("poly_nonce", "0"),
        ])
    };
    let clob = client.options().hosts.clob.clone();
    let call = |path: &str, body: Option<String>| Call {
        route: Route::Auth,
        what: "give this account an API key".to_owned(),
        url: format!("{clob}{path}"),
        query: Vec::new(),
        body,
    };
    // Deriving first makes nothing where there is one already.
    let derive = call("/auth/derive-api-key", None);
    let answer: ApiKeyAnswer = match client.read_as(&derive, &proof).await {
        Ok(answer) => answer,
        Err(VenueError::Refused { .. }) => {
            client.read_as(&call("/auth/api-key", Some(String::new())), &proof).await?
        }
        Err(other) => return Err(other),
    };
    let bad = |_| VenueError::unproven(derive.what, crate::error::Unproven::BadCredentials);
    Credentials::of(&answer).map_err(bad)
}
