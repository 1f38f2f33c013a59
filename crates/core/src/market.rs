//! What a market is: its identity, its outcomes and the venue's parameters that decide whether and
//! how an order may be placed. How these are read from the venue lives in `betteroms-polymarket`,
//! how they are read from a recording in `betteroms::recording`.

use crate::money::{FEE_EXPONENT_MAX, Fraction, Shares, Tick};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The venue's condition id, which names a market: one question with two outcomes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConditionId(Arc<str>);

impl ConditionId {
    /// Wraps an id as the venue or the recording writes it.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One of a market's two outcomes: `First` is index 0 (YES, UP), `Second` index 1 (NO, DOWN).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Index 0.
    First,
    /// Index 1.
    Second,
}

impl Outcome {
    /// The index the venue uses, 0 or 1.
    pub const fn index(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }

    /// The other outcome.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// The direction of an order or of a print's taker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    /// Pays dollars, gets shares.
    Buy,
    /// Gives shares, gets dollars.
    Sell,
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// The side seen from outcome index 0: buying the second outcome is selling the first.
    pub const fn in_first_terms(self, outcome: Outcome) -> Self {
        match outcome {
            Outcome::First => self,
            Outcome::Second => self.opposite(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        })
    }
}

/// The taker fee curve of a market: shares × rate × (p(1−p))^exponent (`shared/venue.md` 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// The rate; zero where the venue says fees are off.
    pub rate: Fraction,
    /// The exponent; `None` when the venue gave one that is not whole.
    pub exponent: Option<u32>,
}

impl FeeSchedule {
    /// No fee at all.
    pub const FREE: Self =
        Self { rate: Fraction::from_micros(0).expect("zero is a fraction"), exponent: Some(1) };

    /// The exponent to compute with; `None` when we cannot compute or bound this fee exactly. All
    /// schedules of the venue have 1 (`shared/venue.md` 6.2).
    pub fn known_exponent(self) -> Option<u32> {
        self.exponent.filter(|e| (1..=FEE_EXPONENT_MAX).contains(e))
    }
}

/// Whether the venue takes new orders for the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Orders are taken.
    Accepting,
    /// Not now; it may again.
    Paused,
    /// Never again.
    Closed,
}

/// What one share of outcome index 0 paid, and when that became visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When the result became visible.
    pub at: Time,
    /// Dollars per share of outcome index 0; index 1 gets the rest of a dollar.
    pub payout_first: Fraction,
}

impl Resolution {
    /// What one share of `outcome` pays; `None` for a payout that is neither 0, 0.5 nor 1, which
    /// needs a person.
    pub fn payout(self, outcome: Outcome) -> Option<Fraction> {
        let first = self.payout_first.micros();
        if ![0, 500_000, 1_000_000].contains(&first) {
            return None;
        }
        match outcome {
            Outcome::First => Some(self.payout_first),
            Outcome::Second => Fraction::from_micros(1_000_000_u32.saturating_sub(first)),
        }
    }
}

/// A parameter that a recording may have to assume because its source does not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Param {
    /// The price step.
    Tick,
    /// The smallest resting size.
    MinSize,
    /// The taker fee curve.
    Fee,
    /// When trading ends.
    Close,
    /// What the outcomes paid, or when that became visible.
    Resolution,
    /// The venue's token ids.
    Tokens,
    /// Which outcome is index 0.
    OutcomeOrder,
    /// How old a book may be.
    MaxBookAge,
}

/// A market as known at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// The venue's condition id.
    pub condition: ConditionId,
    /// The market's short name in web addresses.
    pub slug: String,
    /// The question as the venue words it.
    pub question: String,
    /// Outcome labels, index 0 first.
    pub outcomes: [String; 2],
    /// The venue's token ids, index 0 first.
    pub tokens: [String; 2],
    /// The price step in force now.
    pub tick: Tick,
    /// The smallest size that may rest.
    pub min_size: Shares,
    /// The taker fee curve; `None` when unknown, which denies new orders.
    pub fee: Option<FeeSchedule>,
    /// The venue's category, where known: chooses the liquidity fraction.
    pub category: Option<String>,
    /// True when the market belongs to a neg-risk event.
    pub neg_risk: bool,
    /// Whether orders are taken now.
    pub gate: Gate,
    /// When trading ends or ended, where known.
    pub close: Option<Time>,
    /// The result, once visible.
    pub resolution: Option<Resolution>,
    /// Whether the recording holds a result at all, visible yet or not; `None` for a live market.
    pub result_recorded: Option<bool>,
    /// How old a book may be here, where the source sets it; else the configured limit counts.
    pub max_book_age_secs: Option<u32>,
    /// Parameters that a recording assumed; empty for a live market.
    pub assumed: BTreeSet<Param>,
}

impl Market {
    /// The label of an outcome.
    pub fn label(&self, outcome: Outcome) -> &str {
        let [first, second] = &self.outcomes;
        match outcome {
            Outcome::First => first,
            Outcome::Second => second,
        }
    }

    /// The token id of an outcome.
    pub fn token(&self, outcome: Outcome) -> &str {
        let [first, second] = &self.tokens;
        match outcome {
            Outcome::First => first,
            Outcome::Second => second,
        }
    }

    /// True when trading has ended by `now`.
    pub fn is_closed(&self, now: Time) -> bool {
        self.gate == Gate::Closed || self.close.is_some_and(|at| at <= now)
    }
}
