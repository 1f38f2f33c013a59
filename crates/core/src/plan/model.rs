//! A checked plan: what the file says, in exact numbers, before any market was looked at.

use crate::market::Side;
use crate::money::{Price, Shares, Usd};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A plan's name, chosen by the operator: with the account it makes the idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Arc<str>);

impl RunId {
    /// The longest name, in bytes.
    pub const LEN_MAX: usize = 128;

    /// Wraps a name that matches `[A-Za-z0-9._:-]{1,128}` and does not begin with `tick:`.
    pub fn new(name: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
        let fits = (1..=Self::LEN_MAX).contains(&name.len()) && name.bytes().all(legal);
        (fits && !name.starts_with("tick:")).then(|| Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// SHA-256 of something in canonical form, as lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Hashes bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self::finish(sha2::Sha256::new_with_prefix(bytes))
    }

    /// Ends a hash that was fed piece by piece.
    pub(super) fn finish(hash: sha2::Sha256) -> Self {
        use sha2::Digest as _;
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in hash.finalize() {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        }
        Self(hex)
    }

    /// The digest as hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: enough for a person.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// Who answers the plan's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The paper matcher.
    Paper,
    /// Polymarket, with real money. Refused in this version.
    Real,
}

/// A place in a plan file, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Here {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Which market a trade names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketRef {
    /// `marketId`: a slug, a condition id, a Gamma id or a web address.
    Market(String),
    /// `event` + `pick`: an event and one of its markets.
    Pick {
        /// The event's slug, id or web address.
        event: String,
        /// Which of its markets: slug, group title or question.
        pick: String,
    },
}

impl fmt::Display for MarketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Market(name) => f.pad(name),
            Self::Pick { event, pick } => write!(f, "{event} > {pick}"),
        }
    }
}

/// Which outcome a trade names: YES and NO are index 0 and 1, anything else is the outcome's label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeRef {
    /// Index 0.
    Yes,
    /// Index 1.
    No,
    /// The label, compared without case.
    Label(String),
}

impl fmt::Display for OutcomeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "YES",
            Self::No => "NO",
            Self::Label(label) => label,
        })
    }
}

/// How much a trade wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Collateral, before fees.
    Usdc(Usd),
    /// Shares.
    Shares(Shares),
    /// SELL only: all that is held and free when the order is placed, floored to the lot.
    All,
}

/// How long an order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TimeInForce {
    /// Good till cancelled.
    Gtc,
    /// Good till a time that our clock keeps.
    Gtt,
    /// Fill or kill: all now or nothing.
    Fok,
    /// Fill and kill: what there is now, the rest is cancelled.
    Fak,
}

impl TimeInForce {
    /// True for orders that never rest.
    pub const fn is_immediate(self) -> bool {
        matches!(self, Self::Fok | Self::Fak)
    }
}

impl fmt::Display for TimeInForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gtc => "GTC",
            Self::Gtt => "GTT",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        })
    }
}

/// What a block that may pass does to a trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfBlocked {
    /// Waits and is judged again every pass until its lifetime ends.
    #[default]
    Wait,
    /// Is denied at once.
    Deny,
}

/// One line of a plan, with the plan's own defaults already applied (config and built-in ones not).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Place in the file's list, from 0.
    pub index: u32,
    /// Stable name; the index as text where the file gives none.
    pub id: String,
    /// Which market.
    pub market: MarketRef,
    /// Which outcome.
    pub outcome: OutcomeRef,
    /// BUY or SELL.
    pub side: Side,
    /// Limit price in the named outcome's terms.
    pub price: Price,
    /// How much.
    pub size: Size,
    /// `None`: GTT if a lifetime is known by the time config has been asked, else GTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<TimeInForce>,
    /// Seconds a GTT lives: `cancelAfterSec`, else the plan's `goodForSeconds`; `None` for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_for_secs: Option<u32>,
    /// The plan's cap on this trade's notional (price × shares, before fees).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notional_max: Option<Usd>,
    /// Refuses to take liquidity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub post_only: bool,
    /// SELL only: an exit that brakes let through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reduce_only: bool,
    /// BUY only: waits while the mid is above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_ceil: Option<Price>,
    /// SELL only: waits while the mid is below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_floor: Option<Price>,
    /// What a block that may pass does.
    pub if_blocked: IfBlocked,
    /// Waits until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Ends then, placed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Time>,
    /// The operator's words; not part of the digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where the trade stands in its file; not part of the digest.
    pub here: Here,
    /// Where its size stands; not part of the digest.
    pub size_here: Here,
}

/// A checked plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The plan's name.
    pub run_id: RunId,
    /// Who answers its orders.
    pub mode: Mode,
    /// Digest of what the file says: checked and canonical, before config and built-in defaults,
    /// without comments, `notes`, `$schema` and `mode`.
    pub digest: Digest,
    /// Digest of the bytes it was read from, as `sha256sum` has it: comments, spaces and all.
    pub sha256: Digest,
    /// The name of the file it came from, without folders.
    pub file: String,
    /// The trades in file order.
    pub trades: Vec<Trade>,
    /// Accepted but worth telling, such as a `priceCeil` on a SELL.
    pub remarks: Vec<String>,
}
