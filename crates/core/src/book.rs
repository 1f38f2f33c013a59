//! One order book per market, in index-0 terms: a NO order at p is a YES order at 1 − p on the
//! other side, so the two token views of a market are one book seen from two sides.

use crate::market::{Outcome, Side};
use crate::money::{Price, Shares};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// One price and the size displayed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The price in the terms of the book that holds the level.
    pub price: Price,
    /// Shares displayed; positive.
    pub size: Shares,
}

/// Resting interest of a market at one moment, in index-0 terms, best level first on each side.
/// It may be one-sided, empty, locked or crossed; the reader decides what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    at: Time,
    received: Time,
    bids: Vec<Level>,
    asks: Vec<Level>,
}

/// Why levels do not make a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// The same price twice on one side.
    #[error("price {0} stands twice on one side")]
    DuplicatePrice(Price),
    /// A negative size.
    #[error("negative size at price {0}")]
    NegativeSize(Price),
}

impl Book {
    /// Builds the book from one token's view. Levels may come in any order; empty ones are dropped.
    ///
    /// # Errors
    /// On a price that stands twice on a side, or a negative size.
    pub fn from_view(
        outcome: Outcome,
        (at, received): (Time, Time),
        bids: Vec<Level>,
        asks: Vec<Level>,
    ) -> Result<Self, BookError> {
        let (mut bids, mut asks) = match outcome {
            Outcome::First => (bids, asks),
            Outcome::Second => (mirrored(asks), mirrored(bids)),
        };
        bids.sort_unstable_by_key(|level| std::cmp::Reverse(level.price));
        asks.sort_unstable_by_key(|level| level.price);
        for side in [&mut bids, &mut asks] {
            side.retain(|level| !level.size.is_zero());
            if let Some(bad) = side.iter().find(|level| !level.size.is_positive()) {
                return Err(BookError::NegativeSize(bad.price));
            }
            let twice = side.windows(2).find_map(|pair| match pair {
                [a, b] if a.price == b.price => Some(a.price),
                _ => None,
            });
            if let Some(price) = twice {
                return Err(BookError::DuplicatePrice(price));
            }
        }
        Ok(Self { at, received, bids, asks })
    }

    /// The venue's time of the book: what orders it among other evidence.
    pub const fn at(&self) -> Time {
        self.at
    }

    /// When it reached us (or the recorder): what its age counts from.
    pub const fn received(&self) -> Time {
        self.received
    }

    /// Levels that rest on `side` in index-0 terms, best first: bids for `Buy`, asks for `Sell`.
    pub fn resting(&self, side: Side) -> &[Level] {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    /// The best level on `side` in index-0 terms.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.resting(side).first().copied()
    }

    /// Shares displayed on `side` at `price`; zero where there is no such level.
    pub fn displayed(&self, side: Side, price: Price) -> Shares {
        let levels = self.resting(side);
        let found = match side {
            Side::Buy => levels.binary_search_by(|level| price.cmp(&level.price)),
            Side::Sell => levels.binary_search_by(|level| level.price.cmp(&price)),
        };
        found.ok().and_then(|i| levels.get(i)).map_or(Shares::ZERO, |level| level.size)
    }

    /// True when the best bid is above the best ask. A locked book (equal) is not crossed.
    pub fn is_crossed(&self) -> bool {
        match (self.best(Side::Buy), self.best(Side::Sell)) {
            (Some(bid), Some(ask)) => bid.price > ask.price,
            _ => false,
        }
    }

    /// Best bid plus best ask in `outcome`'s terms, in millionths: twice the mid, so that no half is
    /// rounded. `None` for a one-sided book, which has no mid.
    pub fn mid_doubled(&self, outcome: Outcome) -> Option<u32> {
        let bid = self.best(Side::Buy)?.price.micros();
        let ask = self.best(Side::Sell)?.price.micros();
        let first = bid.saturating_add(ask);
        Some(match outcome {
            Outcome::First => first,
            Outcome::Second => 2_000_000_u32.saturating_sub(first),
        })
    }

    /// Best ask minus best bid in millionths, negative when crossed. `None` for a one-sided book.
    pub fn spread_micros(&self) -> Option<i64> {
        let bid = self.best(Side::Buy)?.price.micros();
        let ask = self.best(Side::Sell)?.price.micros();
        Some(i64::from(ask).saturating_sub(i64::from(bid)))
    }
}

fn mirrored(levels: Vec<Level>) -> Vec<Level> {
    levels.into_iter().map(|l| Level { price: l.price.complement(), size: l.size }).collect()
}

/// One public trade: what a taker did, as the venue or a recording tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// The venue's time.
    pub at: Time,
    /// When it reached us (or the recorder); equal to `at` where that is not recorded.
    pub received: Time,
    /// The token the taker traded.
    pub outcome: Outcome,
    /// The taker's side of that token.
    pub taker: Side,
    /// Dollars per share of that token.
    pub price: Price,
    /// Shares traded.
    pub size: Shares,
    /// The settlement transaction, where the source names one: part of a live print's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tx: Option<String>,
}

impl Print {
    /// The print in index-0 terms: the taker's side and price of outcome index 0.
    pub const fn in_first_terms(&self) -> (Side, Price) {
        let price = match self.outcome {
            Outcome::First => self.price,
            Outcome::Second => self.price.complement(),
        };
        (self.taker.in_first_terms(self.outcome), price)
    }
}
