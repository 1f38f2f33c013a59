//! `[real]`: trading with real money. Off unless the operator says so, and small until they raise it.

use super::{Amount, dollars};
use anyhow::{Result, bail};
use betteroms_core::limits::Limits;
use betteroms_core::reconcile::real::Foreign;
use betteroms_polymarket::account::Tier;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use std::time::Duration;

/// How far apart looks at an order in doubt are, unless everything asked lies on this machine: three of them
/// then end 30 s after the sending (`shared/rules.md` §3).
const LOOK_EVERY_MILLIS: u64 = 10_000;

/// The shortest life of an order with an end: its expiration lies 180 s ahead when the venue gets it, and it is
/// removed 60 s early (`shared/venue.md` 3.9), so that it lives 120 s; ten more for the pass that sends it.
const LIFE_SECS_MIN: u32 = 130;

/// `[real]`: whose money, which key, and how much of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RealSection {
    /// Real trading is allowed at all.
    pub enabled: bool,
    /// The funding wallet, whose money it is.
    pub wallet: Option<String>,
    /// The signing key is a session key of the wallet and not its owner's.
    pub session_key: bool,
    /// The keystore of the signing key.
    pub keystore: Option<PathBuf>,
    /// The keystore of the API credentials.
    pub credentials: Option<PathBuf>,
    /// The keystore of the relayer's API key.
    pub relayer_key: Option<PathBuf>,
    /// The file of the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// How old a preview may be.
    pub preview_max_age_hours: u32,
    /// What to do with what others trade with the wallet.
    pub foreign: ForeignChoice,
    /// How far our clock may be from the venue's.
    pub clock_skew_secs_max: u32,
    rate_tier: RateTier,
    per_trade: Amount,
    per_day: Amount,
    total: Amount,
    look_every_millis: u64,
}

/// A tier of the venue's rate limits, by its name in any case.
#[derive(Clone, Copy, Debug)]
struct RateTier(Tier);

impl<'de> Deserialize<'de> for RateTier {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Tier::parse(&word).map(Self).ok_or_else(|| {
            let words = Tier::ALL.map(|tier| tier.word().to_lowercase()).join(", ");
            D::Error::custom(format!("{word:?} is no tier of the venue: write one of {words}"))
        })
    }
}

/// The words of `foreign`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ForeignChoice {
    /// Book and tell.
    #[default]
    Book,
    /// Book, and block new exposure in that market.
    Block,
}

impl Default for RealSection {
    fn default() -> Self {
        Self {
            enabled: false,
            wallet: None,
            session_key: false,
            keystore: None,
            credentials: None,
            relayer_key: None,
            passphrase_file: None,
            preview_max_age_hours: 24,
            foreign: ForeignChoice::Book,
            clock_skew_secs_max: 5,
            rate_tier: RateTier(Tier::Standard),
            per_trade: dollars(10),
            per_day: dollars(50),
            total: dollars(100),
            look_every_millis: LOOK_EVERY_MILLIS,
        }
    }
}

impl RealSection {
    /// The limits of real passes: the tighter of both sections.
    pub fn limits(&self, usual: &Limits) -> Limits {
        Limits {
            per_trade: usual.per_trade.min(self.per_trade.0),
            per_pass: usual.per_pass.min(self.per_day.0),
            per_day: usual.per_day.min(self.per_day.0),
            per_market: usual.per_market.min(self.total.0),
            total: usual.total.min(self.total.0),
            life_secs_min: Some(LIFE_SECS_MIN),
            ..usual.clone()
        }
    }

    /// What becomes of foreign trades.
    pub const fn foreign(&self) -> Foreign {
        match self.foreign {
            ForeignChoice::Book => Foreign::Book,
            ForeignChoice::Block => Foreign::Block,
        }
    }

    /// The tier whose limits are kept until the venue's answers name one (`shared/venue.md` 7.2).
    pub const fn rate_tier(&self) -> Tier {
        self.rate_tier.0
    }

    /// The time between two looks at an order in doubt.
    pub const fn look_every(&self) -> Duration {
        Duration::from_millis(self.look_every_millis)
    }

    /// Values that parse and must not be. `hosts` are all that real trading asks.
    pub(super) fn check(&self, hosts: &[Option<&str>]) -> Result<()> {
        let is_here = |host: &Option<&str>| host.is_some_and(is_loopback);
        if self.look_every_millis < LOOK_EVERY_MILLIS && !hosts.iter().all(is_here) {
            bail!(
                "real.lookEveryMillis is {}: less than {LOOK_EVERY_MILLIS} is for an emulator on this \
                 machine; leave it out",
                self.look_every_millis
            );
        }
        if !(1..=168).contains(&self.preview_max_age_hours) {
            bail!("real.previewMaxAgeHours is {}: write 1 to 168", self.preview_max_age_hours);
        }
        if !(1..=60).contains(&self.clock_skew_secs_max) {
            bail!("real.clockSkewSecsMax is {}: write 1 to 60", self.clock_skew_secs_max);
        }
        Ok(())
    }
}

/// Plain HTTP to this very machine.
fn is_loopback(url: &str) -> bool {
    let host = url.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next());
    matches!(host.flatten(), Some("127.0.0.1" | "localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_shortened_only_where_all_hosts_are_on_this_machine() {
        let hasty = RealSection { look_every_millis: 10, ..RealSection::default() };
        let here = Some("http://127.0.0.1:8137");
        hasty.check(&[here, Some("http://localhost:8140/rpc")]).unwrap();
        for strange in [
            None,
            Some("https://127.0.0.1"),
            Some("http://127.0.0.1.example.com"),
            Some("http://clob.example.com"),
        ] {
            let error = hasty.check(&[here, strange]).unwrap_err().to_string();
            assert!(error.contains("lookEveryMillis"), "{strange:?}: {error}");
        }
        RealSection::default().check(&[None]).unwrap();
    }

    #[test]
    fn a_tier_goes_by_its_name_and_nothing_else_is_one() {
        let read = |text: &str| toml::from_str::<RealSection>(text).map(|real| real.rate_tier());
        assert_eq!(read("").unwrap(), Tier::Standard);
        assert_eq!(read("rateTier = \"elite\"").unwrap(), Tier::Elite);
        for wrong in ["\"mithril\"", "\"\"", "7"] {
            read(&format!("rateTier = {wrong}")).unwrap_err();
        }
        let error = read("rateTier = \"off\"").unwrap_err().to_string();
        assert!(error.contains("standard, copper"), "{error}");
    }

    #[test]
    fn the_tighter_of_both_limits_counts() {
        let usual = super::super::Config::default().limits();
        let limits = RealSection::default().limits(&usual);
        assert_eq!((limits.per_trade, limits.per_day, limits.total), {
            let usd = |units| dollars(units).0;
            (usd(10), usd(50), usd(100))
        });
        assert_eq!(limits.life_secs_min, Some(130));
    }
}
