//! A trade: one taker against resting orders at one price, and its way from matched to confirmed
//! (venue.md 4.5, 5.3).

use super::order::OrderIx;
use super::people::KeyIx;
use crate::ledger::{MarketIx, WalletIx};
use alloy_primitives::B256;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::time::Time;
use std::collections::HashMap;
use uuid::Uuid;

/// A trade's place in the venue's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradeIx(pub u32);

/// Where a trade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// Agreed, not on chain.
    Matched,
    /// In a block.
    Mined,
    /// Final.
    Confirmed,
    /// The transaction failed and is sent again.
    Retrying,
    /// It will never settle: balances are as if it never happened.
    Failed,
}

impl TradeStatus {
    /// The venue's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Matched => "MATCHED",
            Self::Mined => "MINED",
            Self::Confirmed => "CONFIRMED",
            Self::Retrying => "RETRYING",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing comes after it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Failed)
    }
}

/// Who stood on one side of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The order's id; the crowd's orders have ids too.
    pub order_id: B256,
    /// The order; `None` for the crowd.
    pub order: Option<OrderIx>,
    /// The key it was posted with; `None` for the crowd.
    pub key: Option<KeyIx>,
    /// The wallet.
    pub wallet: WalletIx,
}

/// What one resting order traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whose order it was.
    pub maker: Party,
    /// The maker's token, which is the other one where a pair was minted or merged.
    pub outcome: Outcome,
    /// The maker's side of it.
    pub side: Side,
    /// The maker's price, in its token's terms.
    pub price: Price,
    /// Shares.
    pub size: Shares,
    /// What changes hands between taker and maker in dollars, always positive: the taker's view.
    pub taker_cash: Usd,
    /// What the maker pays or gets.
    pub maker_cash: Usd,
    /// The taker's fee on this leg.
    pub fee: Usd,
}

/// What becomes of a trade's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is mined and confirmed.
    Settle,
    /// It fails so often, is sent again, and then settles.
    Retry(u32),
    /// It reverts for good.
    Fail,
    /// It stays matched until told otherwise.
    Stuck,
}

/// One trade.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Its id.
    pub id: Uuid,
    /// Who took.
    pub taker: Party,
    /// The market.
    pub market: MarketIx,
    /// The taker's token.
    pub outcome: Outcome,
    /// The taker's side.
    pub side: Side,
    /// The price in the taker's terms; equal for all legs.
    pub price: Price,
    /// Shares, the sum of the legs.
    pub size: Shares,
    /// What the venue charged the taker.
    pub fee: Usd,
    /// Where it stands.
    pub status: TradeStatus,
    /// What becomes of it.
    pub fate: Fate,
    /// When it was agreed.
    pub matched_at: Time,
    /// When its status last changed.
    pub updated_at: Time,
    /// Its number among the trades of one match.
    pub bucket: u32,
    /// The settlement transaction, once sent.
    pub transaction: Option<B256>,
    /// Why it failed.
    pub error: Option<String>,
    /// The resting orders.
    pub legs: Vec<Leg>,
}

impl Trade {
    /// Whether a key took part, and how: as taker where it did both.
    pub fn role_of(&self, key: KeyIx) -> Option<Role> {
        if self.taker.key == Some(key) {
            return Some(Role::Taker);
        }
        self.legs.iter().any(|leg| leg.maker.key == Some(key)).then_some(Role::Maker)
    }
}

/// How a key took part in a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It crossed.
    Taker,
    /// It rested.
    Maker,
}

impl Role {
    /// The venue's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taker => "TAKER",
            Self::Maker => "MAKER",
        }
    }
}

/// All trades, by place and by id.
#[derive(Clone, Debug, Default)]
pub struct Trades {
    all: Vec<Trade>,
    by_id: HashMap<Uuid, TradeIx>,
}

impl Trades {
    /// Adds a trade with a new id.
    pub(super) fn push(&mut self, trade: Trade) -> TradeIx {
        let ix = TradeIx(u32::try_from(self.all.len()).expect("fewer than 2^32 trades"));
        self.by_id.insert(trade.id, ix);
        self.all.push(trade);
        ix
    }

    /// The trade at a place.
    pub fn get(&self, ix: TradeIx) -> &Trade {
        self.all.get(ix.0 as usize).expect("a place this list gave out")
    }

    pub(super) fn get_mut(&mut self, ix: TradeIx) -> &mut Trade {
        self.all.get_mut(ix.0 as usize).expect("a place this list gave out")
    }

    /// The place of an id.
    pub fn find(&self, id: &Uuid) -> Option<TradeIx> {
        self.by_id.get(id).copied()
    }

    /// How many there ever were.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there never was one.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &Trade> {
        self.all.iter()
    }
}
