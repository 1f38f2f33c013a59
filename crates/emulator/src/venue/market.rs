//! A market as the venue runs it: what it is, its book, and how it stands.

use super::order::OrderIx;
use crate::ledger::{GroupIx, MarketIx};
use crate::resting::RestingBook;
use alloy_primitives::U256;
use betteroms_core::market::{Gate, Market, Outcome, Side};
use betteroms_core::money::{Price, Shares};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::Exchange;
use std::collections::{BTreeSet, HashMap};

/// A market to open, with what the core's [`Market`] does not say.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Identity and parameters. `tokens` are decimal, `condition` is 0x and 64 digits.
    pub market: Market,
    /// The neg-risk event it belongs to, by name; markets of one event convert into each other.
    pub group: Option<String>,
    /// The event's slug and title, for Gamma.
    pub event: Option<(String, String)>,
    /// How long a marketable order is held before it matches, in milliseconds (venue.md 4.6).
    pub taker_delay_millis: u32,
    /// When the game starts: resting orders are cancelled then where the book is to be cleared.
    pub game_start: Option<Time>,
    /// Whether the book is cleared at the start of the game.
    pub clear_on_start: bool,
    /// Smallest size and widest distance from the mid that earn rewards.
    pub rewards: Option<(Shares, Price)>,
}

impl Listing {
    /// A listing of a market with nothing special about it.
    pub const fn plain(market: Market) -> Self {
        Self {
            market,
            group: None,
            event: None,
            taker_delay_millis: 0,
            game_start: None,
            clear_on_start: false,
            rewards: None,
        }
    }
}

/// The last trade of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastTrade {
    /// Its price in that token's terms.
    pub price: Price,
    /// The taker's side.
    pub side: Side,
    /// When.
    pub at: Time,
}

/// A market and its book.
#[derive(Clone, Debug)]
pub struct Floor {
    /// What it is; gate, tick and resolution are those in force.
    pub listing: Listing,
    /// Token ids as numbers, index 0 first.
    pub tokens: [U256; 2],
    /// Resting orders in index-0 terms.
    pub book: RestingBook,
    /// Orders that wait for the end of the market's delay, and are in no book yet.
    pub held: BTreeSet<OrderIx>,
    /// When the book last changed.
    pub changed: Time,
    /// Last trades, index 0 first.
    pub last: [Option<LastTrade>; 2],
    /// Trades as points of a price history: time and price in index-0 terms.
    pub history: Vec<(Time, Price)>,
    /// Its neg-risk event.
    pub group: Option<GroupIx>,
}

impl Floor {
    /// The exchange whose domain an order of this market is signed for.
    pub fn exchange(&self, outcome: Outcome) -> Exchange {
        let [first, second] = self.tokens;
        let token = match outcome {
            Outcome::First => first,
            Outcome::Second => second,
        };
        Exchange::for_token(token, self.listing.market.neg_risk)
    }

    /// Whether new orders are taken.
    pub fn is_open(&self) -> bool {
        self.listing.market.gate == Gate::Accepting
    }

    /// The last trade of an outcome.
    pub const fn last_of(&self, outcome: Outcome) -> Option<LastTrade> {
        let [first, second] = self.last;
        match outcome {
            Outcome::First => first,
            Outcome::Second => second,
        }
    }
}

/// All markets, by place, condition and token.
#[derive(Clone, Debug, Default)]
pub struct Floors {
    all: Vec<Floor>,
    places: Vec<MarketIx>,
    by_condition: HashMap<String, MarketIx>,
    by_token: HashMap<U256, (MarketIx, Outcome)>,
    by_slug: HashMap<String, MarketIx>,
}

impl Floors {
    /// Adds a market at the place the ledger gave it, which is the next one.
    pub(super) fn push(&mut self, ix: MarketIx, floor: Floor) {
        assert_eq!(ix.index(), self.all.len(), "ledger and floors count alike");
        let market = &floor.listing.market;
        self.by_condition.insert(market.condition.as_str().to_lowercase(), ix);
        self.by_slug.insert(market.slug.clone(), ix);
        let [first, second] = floor.tokens;
        self.by_token.insert(first, (ix, Outcome::First));
        self.by_token.insert(second, (ix, Outcome::Second));
        self.all.push(floor);
        self.places.push(ix);
    }

    /// The market at a place.
    pub fn get(&self, ix: MarketIx) -> &Floor {
        self.all.get(ix.index()).expect("a place this list gave out")
    }

    pub(super) fn get_mut(&mut self, ix: MarketIx) -> &mut Floor {
        self.all.get_mut(ix.index()).expect("a place this list gave out")
    }

    /// The market of a condition id, in any case.
    pub fn by_condition(&self, condition: &str) -> Option<MarketIx> {
        self.by_condition.get(&condition.to_lowercase()).copied()
    }

    /// The market and outcome of a token.
    pub fn by_token(&self, token: &U256) -> Option<(MarketIx, Outcome)> {
        self.by_token.get(token).copied()
    }

    /// The market of a slug.
    pub fn by_slug(&self, slug: &str) -> Option<MarketIx> {
        self.by_slug.get(slug).copied()
    }

    /// All markets in the order they were listed.
    pub fn iter(&self) -> impl Iterator<Item = (MarketIx, &Floor)> {
        self.places.iter().copied().zip(&self.all)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
