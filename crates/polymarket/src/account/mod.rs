//! The venue with an account: placing, cancelling, and reading what is ours. Every request proves itself
//! with the API key (venue.md 2.3). Reads are repeated where that can help; whatever changes something is
//! sent once and never again from here: what became of it is told by [`Placed`], by the order's hash and by
//! nothing else. Which words of the venue mean what stands in one table, [`catalogue`].

mod cancel;
pub mod catalogue;
mod credentials;
mod pace;
mod place;
mod reads;
mod view;

pub use cancel::CANCELS_MAX;
pub use credentials::{Credentials, make_or_derive};
pub use pace::{Tier, Work};
pub use place::{BATCH_MAX, Leg, Placed};
pub use reads::{AssetRef, Place};

use crate::client::{Call, Client, Options, Route};
use crate::error::VenueError;
use crate::signing::{Address, l2};
use betteroms_core::time::Time;
use pace::Pace;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;

/// The time, as the caller tells it: this crate reads no clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// A clock.
    pub fn new(read: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A client for one API key.
#[derive(Debug)]
pub struct AccountClient {
    client: Client,
    address: Address,
    credentials: Credentials,
    clock: Clock,
    pace: Pace,
}

impl AccountClient {
    /// Makes a client for the key of `address`, the account that signs (venue.md 2.3: never a wallet).
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn new(
        options: Options,
        address: Address,
        credentials: Credentials,
        clock: Clock,
    ) -> Result<Self, VenueError> {
        let pace = Pace::new(options.tier);
        Ok(Self { client: Client::new(options)?, address, credentials, clock, pace })
    }

    /// The API key's id: the `owner` of orders.
    pub fn owner(&self) -> &str {
        self.credentials.api_key()
    }

    fn call(&self, route: Route, what: &str, path: &str) -> Call {
        Call {
            route,
            what: what.to_owned(),
            url: format!("{}{path}", self.client.options().hosts.clob),
            query: Vec::new(),
            body: None,
        }
    }

    /// A refusal without our secrets, should the venue repeat them.
    fn scrubbed(&self, error: VenueError) -> VenueError {
        error.scrubbed(|text| self.credentials.scrub(text))
    }

    /// The headers that prove a request: a MAC over time, method, path and the exact body.
    fn proof(&self, method: &str, path: &str, body: &str) -> HeaderMap {
        let timestamp = self.clock.now().secs().to_string();
        let secret = self.credentials.secret();
        let signature = l2::mac(secret, &timestamp, method, path, body.as_bytes());
        headers(&[
            ("poly_address", &self.address.to_string()),
            ("poly_api_key", self.credentials.api_key()),
            ("poly_passphrase", self.credentials.passphrase().expose()),
            ("poly_timestamp", &timestamp),
            ("poly_signature", &signature),
        ])
    }
}

/// Headers whose values no log shows. A value that no header can carry is left out: the venue then says so.
fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &str)| {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_static(name), value))
    };
    pairs.iter().filter_map(header).collect()
}
