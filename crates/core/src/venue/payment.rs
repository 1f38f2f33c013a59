//! What the venue pays into a wallet by itself (`shared/venue.md` 5.5, 6.7).

use crate::money::Usd;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// What a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentKind {
    /// Liquidity: orders that rested near the middle.
    Reward,
    /// A part of takers' fees, paid back to makers.
    MakerRebate,
    /// A part of our own fees as takers.
    TakerRebate,
    /// Interest.
    Yield,
}

impl PaymentKind {
    /// The word stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reward => "REWARD",
            Self::MakerRebate => "MAKER_REBATE",
            Self::TakerRebate => "TAKER_REBATE",
            Self::Yield => "YIELD",
        }
    }
}

/// Dollars that the venue paid into the wallet. Its history tells what they are for, the chain that they came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Payment {
    /// When its block was made.
    pub at: Time,
    /// The transaction that brought them.
    pub transaction: String,
    /// Which of the transaction's logs says so: one transaction may bring several.
    pub log: u32,
    /// What they are for.
    pub kind: PaymentKind,
    /// How many, always positive.
    pub cash: Usd,
}

impl Payment {
    /// What tells it from every other one.
    pub fn key(&self) -> String {
        format!("{}/{}", self.transaction, self.log)
    }
}
