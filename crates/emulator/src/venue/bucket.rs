//! The signers' token buckets: orders and cancels each have one, filled at the tier's rate up to its burst
//! (venue.md 7.2). Whole numbers on the venue's time; who has how much is exact to a millionth.

#[cfg(test)]
mod tests;

use super::Venue;
use alloy_primitives::Address;
use betteroms_core::time::Time;
use betteroms_polymarket::account::{Tier, Work};
use std::collections::BTreeMap;

/// Millionths in one token; also microseconds in one second, so rate × microseconds are millionths.
const WHOLE: i64 = 1_000_000;

/// What the buckets do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// Nothing.
    Off,
    /// They warn of what they would refuse, as the venue did from 2026-07-24.
    Warn,
    /// They refuse.
    Enforce,
}

/// What a bucket said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whole tokens left.
    pub remaining: u32,
    /// When the bucket is full again, in seconds since the epoch, rounded up.
    pub reset_unix_secs: u64,
    /// The signer's tier.
    pub tier: Tier,
    /// Whether the request would be refused if the limits were in force; nothing was taken then.
    pub warning: bool,
    /// When the request is refused: whole seconds after which it may pass, at least one. A cost above
    /// the burst never passes, however long one waits.
    pub refused_retry_secs: Option<u64>,
}

/// One bucket: how full it was when it was last looked at.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Millionths of a token.
    level: i64,
    at: Time,
}

/// Everybody's buckets and tiers.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    by_signer: BTreeMap<(Address, Work), Bucket>,
    tiers: BTreeMap<Address, Tier>,
}

impl Buckets {
    /// A signer's tier.
    pub fn tier(&self, signer: Address) -> Tier {
        self.tiers.get(&signer).copied().unwrap_or_default()
    }

    /// Takes `cost` tokens, all or none.
    fn spend(&mut self, (signer, what): (Address, Work), cost: u32, now: Time) -> (bool, Levels) {
        let (rate, burst) = self.tier(signer).published(what);
        let (rate, full) = (i64::from(rate), i64::from(burst).saturating_mul(WHOLE));
        let fresh = Bucket { level: full, at: now };
        let bucket = self.by_signer.entry((signer, what)).or_insert(fresh);
        let passed = now.since_micros(bucket.at).max(0);
        bucket.level = bucket.level.saturating_add(passed.saturating_mul(rate)).min(full);
        bucket.at = bucket.at.max(now);
        let needed = i64::from(cost).saturating_mul(WHOLE);
        let is_enough = needed <= bucket.level;
        if is_enough {
            bucket.level -= needed;
        }
        (is_enough, Levels { level: bucket.level, full, needed, rate })
    }
}

/// A bucket after a request, in millionths of a token.
struct Levels {
    level: i64,
    full: i64,
    needed: i64,
    rate: i64,
}

impl Levels {
    /// Microseconds until the bucket holds so much; never more than it can hold.
    fn micros_until(&self, level: i64) -> i64 {
        let missing = level.min(self.full).saturating_sub(self.level).max(0);
        missing.saturating_add(self.rate - 1).div_euclid(self.rate)
    }
}

impl Venue {
    /// A request costs a signer so many tokens.
    pub fn spend(&mut self, signer: Address, what: Work, cost: u32) -> Verdict {
        let now = self.now;
        let tier = self.buckets.tier(signer);
        if self.settings.limits == Limits::Off {
            let (_, burst) = tier.published(what);
            let reset_unix_secs = seconds(now.micros());
            let remaining = burst;
            let (warning, refused_retry_secs) = (false, None);
            return Verdict { remaining, reset_unix_secs, tier, warning, refused_retry_secs };
        }
        let (is_enough, levels) = self.buckets.spend((signer, what), cost, now);
        let is_refused = !is_enough && self.settings.limits == Limits::Enforce;
        let wait = levels.micros_until(levels.needed);
        Verdict {
            remaining: u32::try_from(levels.level.div_euclid(WHOLE)).unwrap_or_default(),
            reset_unix_secs: seconds(now.micros().saturating_add(levels.micros_until(levels.full))),
            tier,
            warning: !is_enough,
            refused_retry_secs: is_refused.then(|| seconds(wait).max(1)),
        }
    }

    /// A signer's tier.
    pub fn tier(&self, signer: Address) -> Tier {
        self.buckets.tier(signer)
    }

    /// Puts a signer into a tier. What it holds stays, down to the new burst.
    pub fn set_tier(&mut self, signer: Address, tier: Tier) {
        self.buckets.tiers.insert(signer, tier);
    }
}

/// Microseconds as seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    u64::try_from(micros).unwrap_or_default().div_ceil(1_000_000)
}

/// The headers a verdict puts on the answer. `Retry-After` of a refusal comes with the refusal itself.
pub fn headers(verdict: &Verdict) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Poly-RateLimit-Remaining", verdict.remaining.to_string()),
        ("Poly-RateLimit-Reset", verdict.reset_unix_secs.to_string()),
        ("Poly-RateLimit-Tier", verdict.tier.word().to_owned()),
    ];
    if verdict.warning {
        headers.push(("Poly-RateLimit-Warning", "true".to_owned()));
    }
    headers
}
