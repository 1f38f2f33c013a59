//! Where the venue is and how patient we are.

use crate::account::Tier;
use std::time::Duration;

/// The base addresses of the venue's public services (venue.md 1), without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The order book service.
    pub clob: String,
    /// Names, dates, tags, results.
    pub gamma: String,
    /// Public trades.
    pub data: String,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            clob: "https://clob.polymarket.com".to_owned(),
            gamma: "https://gamma-api.polymarket.com".to_owned(),
            data: "https://data-api.polymarket.com".to_owned(),
        }
    }
}

impl Hosts {
    /// All three services at one address: an emulator or a test.
    pub fn at(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { clob: base.clone(), gamma: base.clone(), data: base }
    }

    pub(super) fn all_plain(&self) -> bool {
        [&self.clob, &self.gamma, &self.data].into_iter().all(|host| is_plain(host))
    }
}

/// Whether nothing is encrypted on the way there.
pub(super) fn is_plain(host: &str) -> bool {
    host.starts_with("http://")
}

/// Bounds of every call. There is no call without a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where to ask.
    pub hosts: Hosts,
    /// The longest one attempt may take, its whole body included.
    pub attempt_deadline: Duration,
    /// The longest all attempts of one call may take together, pauses included.
    pub call_deadline: Duration,
    /// How often one call is repeated at most.
    pub retries_max: usize,
    /// The first pause between attempts; it doubles, with jitter.
    pub pause_min: Duration,
    /// The longest pause of our own; `Retry-After` may ask for more, up to the call's deadline.
    pub pause_max: Duration,
    /// The largest body that is read, in bytes. 500 full books fit in the default.
    pub body_bytes_max: usize,
    /// How many calls are under way at once.
    pub parallel: usize,
    /// The signer's tier, as far as it is known: the venue's answers name the one that counts.
    pub tier: Tier,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: Hosts::default(),
            attempt_deadline: Duration::from_secs(10),
            call_deadline: Duration::from_secs(45),
            retries_max: 4,
            pause_min: Duration::from_millis(250),
            pause_max: Duration::from_secs(8),
            body_bytes_max: 48 * 1024 * 1024,
            parallel: 8,
            tier: Tier::Standard,
        }
    }
}
