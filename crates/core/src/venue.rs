//! What a real venue says of our account, in our own words: orders, trades, balances. The adapter has
//! judged that an answer is about us and of the right form; what follows from it is for
//! [`crate::reconcile`].

mod payment;

pub use payment::{Payment, PaymentKind};

use crate::event::Role;
use crate::market::{ConditionId, Market, Outcome, Side};
use crate::money::{Price, Shares, Usd, notional_ceil, notional_floor};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The venue's name of an order: the hash of what was signed, `0x` and 64 lower-case digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VenueId(Arc<str>);

impl VenueId {
    /// Wraps a hash, in lower case.
    pub fn new(hash: &str) -> Self {
        Self(hash.to_ascii_lowercase().into())
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VenueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where the venue says an order stands (`shared/venue.md` 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// It rests, or is held for a while before it matches.
    Live,
    /// It is full.
    Matched,
    /// It ended unfilled or part filled.
    Cancelled {
        /// The venue's words behind CANCELED; empty where it gave none.
        reason: String,
    },
    /// The venue threw it out.
    Invalid,
    /// A word that we do not know: nothing follows from it.
    Strange {
        /// The word.
        word: String,
    },
}

/// An order as the venue shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueOrder {
    /// Its hash.
    pub id: VenueId,
    /// Its market.
    pub market: ConditionId,
    /// Its token.
    pub token: String,
    /// Its direction.
    pub side: Side,
    /// Its limit.
    pub price: Price,
    /// Shares ordered.
    pub size: Shares,
    /// Shares matched so far.
    pub matched: Shares,
    /// Where it stands.
    pub standing: Standing,
}

/// What looking one order up by its hash gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "snake_case")]
pub enum Look {
    /// The venue has it.
    Found {
        /// As it shows it.
        order: VenueOrder,
        /// When it was looked for.
        #[serde(default)]
        at: Time,
    },
    /// The venue says that it knows no such order. That alone ends nothing.
    NotFound {
        /// When it was looked for.
        at: Time,
    },
}

/// How far the settlement of a trade is (`shared/venue.md` 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Settlement {
    /// Matched off the chain.
    Matched,
    /// Being tried again.
    Retrying,
    /// In a block.
    Mined,
    /// Final: the shares are ours.
    Confirmed,
    /// Final: it reverted, as if it had never been.
    Failed,
}

impl Settlement {
    /// The word stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::Retrying => "RETRYING",
            Self::Mined => "MINED",
            Self::Confirmed => "CONFIRMED",
            Self::Failed => "FAILED",
        }
    }

    /// True once nothing more will happen to it.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Failed => true,
            Self::Matched | Self::Retrying | Self::Mined => false,
        }
    }
}

/// Our part in a trade, in our own token's terms: of a taker's trade one leg for each resting order it
/// met, of a maker's the legs whose order is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLeg {
    /// Our order.
    pub order: VenueId,
    /// Taker or maker.
    pub role: Role,
    /// The market.
    pub market: ConditionId,
    /// Our token.
    pub token: String,
    /// Our direction.
    pub side: Side,
    /// Dollars per share of our token, as the venue tells it for the whole.
    pub price: Price,
    /// What each resting order that was met gave, in the order told; of a maker's leg one.
    pub parts: Vec<Part>,
}

/// What one resting order gave to a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Shares.
    pub shares: Shares,
    /// Dollars per share of our token.
    pub price: Price,
    /// True where shares changed hands; false where a pair was minted or merged. It decides which way the
    /// chain rounds: the resting order's cash is rounded down (`shared/venue.md` 9.1).
    pub is_direct: bool,
}

impl OwnLeg {
    /// Shares traded.
    pub fn shares(&self) -> Shares {
        self.parts.iter().map(|part| part.shares).sum()
    }

    /// Dollars that changed hands, always positive: for each part the resting order's cash is rounded
    /// down, and a pair's other half of the dollar is the taker's.
    pub fn dollars(&self) -> Usd {
        let of = |part: &Part| match (self.role, part.is_direct) {
            (Role::Maker, _) | (Role::Taker, true) => notional_floor(part.price, part.shares),
            (Role::Taker, false) => notional_ceil(part.price, part.shares),
        };
        self.parts.iter().map(of).sum()
    }
}

/// A trade that we took part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueTrade {
    /// Its id.
    pub id: String,
    /// How far its settlement is.
    pub settlement: Settlement,
    /// When it matched.
    pub at: Time,
    /// Our legs.
    pub legs: Vec<OwnLeg>,
    /// The transaction that settled it, where the venue tells one. It may be another one until the trade is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
}

/// Where on the chain stands what a fill was charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnChain {
    /// The transaction.
    pub transaction: String,
    /// The order's hash.
    pub order: VenueId,
    /// Its token.
    pub token: String,
    /// Whether the market is of a neg-risk event: another contract settles those.
    pub neg_risk: bool,
    /// How many resting orders were met: each may be rounded by itself.
    pub parts: u32,
}

/// What the chain says that an order was charged in a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// The transaction.
    pub transaction: String,
    /// The order's hash.
    pub order: VenueId,
    /// Its token.
    pub token: String,
    /// Its direction.
    pub side: Side,
    /// Shares that changed hands.
    pub shares: Shares,
    /// Dollars that did, always positive and before the fee.
    pub cash: Usd,
    /// The fee.
    pub fee: Usd,
}

/// A trade or an order of ours whose record cannot be true, or cannot be told exactly: nothing is booked from it,
/// and new exposure waits in its market until a person has looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubtful {
    /// The trade's id, or the order's hash.
    pub id: String,
    /// Its market.
    pub market: ConditionId,
    /// When a trade matched; `None` for an order.
    pub at: Option<Time>,
    /// What is wrong with it, made printable.
    pub why: String,
}

/// Everything that the venue says of our account, at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Open orders, ours and foreign ones.
    pub open: BTreeMap<VenueId, VenueOrder>,
    /// Orders looked up one by one.
    pub looked: BTreeMap<VenueId, Look>,
    /// Trades since the overlap of the last window began, in the order of time and id.
    pub trades: Vec<VenueTrade>,
    /// Dollars of the funding wallet on the chain, where it could be asked.
    pub cash: Option<Usd>,
    /// Shares of the funding wallet on the chain, where they could be asked.
    pub shares: BTreeMap<ConditionId, [Shares; 2]>,
    /// What receipts of settled trades say, where they could be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charged: Vec<Charged>,
    /// What the venue says that it paid into the wallet, as far as the chain shows it; asked for where cash differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    /// True where resting orders could not be read: nothing follows from an order's absence.
    pub is_partial: bool,
    /// True where trades were left out, of markets that were not observed: they must be shown again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
    /// What was shown and could not be believed, one record at a time; the rest stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<Doubtful>,
}

impl AccountView {
    /// What the venue says of one order, the look-up before the list.
    pub fn order(&self, id: &VenueId) -> Option<&VenueOrder> {
        match self.looked.get(id) {
            Some(Look::Found { order, .. }) => Some(order),
            Some(Look::NotFound { .. }) | None => self.open.get(id),
        }
    }
}

/// Which outcome of a market a token is.
pub fn outcome_of_token(market: &Market, token: &str) -> Option<Outcome> {
    [Outcome::First, Outcome::Second].into_iter().find(|one| market.token(*one) == token)
}
