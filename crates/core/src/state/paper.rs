//! The paper matcher's memory of one market: how far it has looked, which displayed liquidity our
//! orders have used, and which public prints it has counted.

use crate::market::{Outcome, Resolution, Side};
use crate::money::{Price, Shares};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// An amount of shares on each of the three tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// The expected track.
    pub expected: Shares,
    /// The fewest-fills band.
    pub fewest: Shares,
    /// The most-fills band.
    pub most: Shares,
}

impl Amounts {
    /// True when there is nothing on any track.
    pub const fn is_zero(&self) -> bool {
        self.expected.is_zero() && self.fewest.is_zero() && self.most.is_zero()
    }
}

impl std::ops::AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.expected += other.expected;
        self.fewest += other.fewest;
        self.most += other.most;
    }
}

/// Displayed liquidity that our orders have used at one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The level's side in index-0 terms.
    pub side: Side,
    /// The level's price in index-0 terms, as displayed.
    pub price: Price,
    /// What was used.
    pub used: Amounts,
    /// The first book that no longer displayed the level.
    pub missing_since: Option<Time>,
}

/// Identity of a live print: two rows that agree in all of it are told apart only by their count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PrintKey {
    /// Its venue time, which is in whole seconds on the live feed.
    pub at: Time,
    /// The settlement transaction.
    pub tx: String,
    /// The token.
    pub outcome: Outcome,
    /// The taker's side.
    pub taker: Side,
    /// Dollars per share.
    pub price: Price,
    /// Shares.
    pub size: Shares,
}

/// The paper matcher's memory of one market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperMarket {
    /// Venue time of the newest usable book worked through: the cut.
    pub cut: Option<Time>,
    /// The `now` of the pass that worked it through.
    pub observed_at: Option<Time>,
    /// Used liquidity, ordered by side and price.
    pub taken: Vec<Taken>,
    /// Price in index-0 terms of the last print worked through: a mark where there is no bid.
    pub last_print: Option<Price>,
    /// Best bid and ask in index-0 terms of the book at the cut: a mark while the market cannot be read.
    pub best: (Option<Price>, Option<Price>),
    /// Live prints already counted, with how often, as far back as a late one may still appear.
    pub counted: Vec<(PrintKey, u32)>,
    /// The market's result, once it was booked.
    pub resolution: Option<Resolution>,
}

impl PaperMarket {
    /// What our orders have used at a level.
    pub fn used(&self, side: Side, price: Price) -> Amounts {
        let found = self.taken.binary_search_by_key(&(side, price), |t| (t.side, t.price));
        found.ok().and_then(|i| self.taken.get(i)).map_or_else(Amounts::default, |t| t.used)
    }

    /// Adds to what our orders have used at a level.
    pub fn use_up(&mut self, side: Side, price: Price, amounts: Amounts) {
        if amounts.is_zero() {
            return;
        }
        match self.taken.binary_search_by_key(&(side, price), |t| (t.side, t.price)) {
            Ok(i) => {
                if let Some(taken) = self.taken.get_mut(i) {
                    taken.used += amounts;
                }
            }
            Err(i) => {
                let taken = Taken { side, price, used: amounts, missing_since: None };
                self.taken.insert(i, taken);
            }
        }
    }
}
