//! An order as the venue keeps it.

use super::people::KeyIx;
use super::trade::TradeIx;
use crate::ledger::{Asset, MarketIx, WalletIx};
use crate::resting::Slot;
use alloy_primitives::B256;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd, notional_ceil, shares_floor};
use betteroms_core::time::Time;
use std::collections::HashMap;

/// The smallest piece that trades, in millionths of a share: a recorded print of the venue has five
/// decimals (venue.md 10.1, `21.42857`).
pub const MATCH_STEP: i64 = 10;

/// An order's place in the venue's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderIx(pub u32);

/// How long an order wants to live (venue.md 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Good till cancelled.
    Gtc,
    /// Good till a time.
    Gtd,
    /// Fill or kill.
    Fok,
    /// Fill and kill.
    Fak,
}

impl Kind {
    /// The venue's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Gtd => "GTD",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    /// Reads the venue's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Gtc, Self::Gtd, Self::Fok, Self::Fak].into_iter().find(|k| k.word() == word)
    }

    /// Whether what is left of it rests.
    pub const fn rests(self) -> bool {
        matches!(self, Self::Gtc | Self::Gtd)
    }
}

/// Why an order ended before it was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its owner cancelled it.
    Cancelled,
    /// Its time was over; a minute early (venue.md 3.9).
    Expired,
    /// The market resolved or closed.
    MarketResolved,
    /// The wallet no longer covers it.
    NotEnoughBalance,
    /// Fill or kill, and it was killed.
    Killed,
    /// What a fill-and-kill order did not find.
    Remainder,
    /// It was delayed, and found nothing when its delay was over.
    Unmatched,
    /// The key's heartbeat stopped.
    HeartbeatLost,
    /// The book was cleared at the start of a game.
    GameStarted,
    /// The session key that signed it was revoked.
    Swept,
    /// The price grid changed and the order no longer lies on it.
    OffGrid,
}

impl Why {
    /// The status as the user channel spells it (venue.md 4.4).
    pub const fn status(self) -> &'static str {
        match self {
            Self::Cancelled | Self::HeartbeatLost | Self::Swept | Self::GameStarted => "CANCELED",
            Self::Remainder => "CANCELED",
            Self::Expired => "CANCELED_EXPIRED_ORDER",
            Self::MarketResolved => "CANCELED_MARKET_RESOLVED",
            Self::NotEnoughBalance => "CANCELED_NOT_ENOUGH_BALANCE",
            Self::Killed => {
                "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."
            }
            Self::Unmatched => "UNMATCHED",
            Self::OffGrid => "INVALID",
        }
    }

    /// The status as reads spell it: no more than these words are known there.
    pub const fn read_as(self) -> &'static str {
        match self {
            Self::MarketResolved => "CANCELED_MARKET_RESOLVED",
            Self::OffGrid => "INVALID",
            Self::Cancelled
            | Self::Expired
            | Self::NotEnoughBalance
            | Self::Killed
            | Self::Remainder
            | Self::Unmatched
            | Self::HeartbeatLost
            | Self::GameStarted
            | Self::Swept => "CANCELED",
        }
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Marketable, and held until its market's delay is over.
    Delayed,
    /// Resting in the book.
    Live,
    /// All of it traded.
    Matched,
    /// Over with something left.
    Ended(Why),
}

/// One order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its EIP-712 hash, which is its id.
    pub id: B256,
    /// The key it was posted with.
    pub key: KeyIx,
    /// Whose cash or shares it trades.
    pub wallet: WalletIx,
    /// The market.
    pub market: MarketIx,
    /// The token.
    pub outcome: Outcome,
    /// Its side of that token.
    pub side: Side,
    /// How long it wants to live.
    pub kind: Kind,
    /// Whether it must not take.
    pub post_only: bool,
    /// The worst price it trades at, in its token's terms.
    pub price: Price,
    /// What it asked for, in shares.
    pub size: Shares,
    /// What traded.
    pub matched: Shares,
    /// What a buying market order may still spend.
    pub cash_left: Option<Usd>,
    /// Stated expiration, seconds since the epoch; 0 for none.
    pub expiration: u64,
    /// When it was posted.
    pub created: Time,
    /// Where it stands.
    pub status: Status,
    /// What it holds of its wallet's asset while it is open, in millionths.
    pub promised: i64,
    /// Its place in the book while it rests.
    pub slot: Option<Slot>,
    /// The builder code it was signed with.
    pub builder: B256,
    /// Its trades in order.
    pub trades: Vec<TradeIx>,
}

impl Order {
    /// Shares not traded yet.
    pub fn left(&self) -> Shares {
        (self.size - self.matched).or_zero()
    }

    /// Whether nothing more of it can trade: no shares are left, or no money for the smallest piece.
    pub fn is_spent(&self) -> bool {
        match self.cash_left {
            Some(cash) => shares_floor(cash, self.price, MATCH_STEP).is_zero(),
            None => self.left().is_zero(),
        }
    }

    /// What an open order holds of its wallet: dollars of a buy, shares of a sale; in millionths.
    pub fn holds(&self) -> i64 {
        match (self.side, self.cash_left) {
            (Side::Sell, _) => self.left().micros(),
            (Side::Buy, Some(cash)) => cash.micros(),
            (Side::Buy, None) => notional_ceil(self.price, self.left()).micros(),
        }
    }

    /// What it gives.
    pub const fn asset(&self) -> Asset {
        match self.side {
            Side::Buy => Asset::Cash,
            Side::Sell => Asset::Share(self.market, self.outcome),
        }
    }

    /// Whether it can still trade.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, Status::Live | Status::Delayed)
    }

    /// Its side and price in index-0 terms.
    pub const fn in_first_terms(&self) -> (Side, Price) {
        let price = match self.outcome {
            Outcome::First => self.price,
            Outcome::Second => self.price.complement(),
        };
        (self.side.in_first_terms(self.outcome), price)
    }
}

/// All orders ever taken, by place and by id.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    all: Vec<Order>,
    by_id: HashMap<B256, OrderIx>,
}

impl Orders {
    /// Adds an order with a new id.
    pub(super) fn push(&mut self, order: Order) -> OrderIx {
        let ix = OrderIx(u32::try_from(self.all.len()).expect("fewer than 2^32 orders"));
        self.by_id.insert(order.id, ix);
        self.all.push(order);
        ix
    }

    /// The order at a place.
    pub fn get(&self, ix: OrderIx) -> &Order {
        self.all.get(ix.0 as usize).expect("a place this list gave out")
    }

    pub(super) fn get_mut(&mut self, ix: OrderIx) -> &mut Order {
        self.all.get_mut(ix.0 as usize).expect("a place this list gave out")
    }

    /// The place of an id.
    pub fn find(&self, id: &B256) -> Option<OrderIx> {
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
    pub fn iter(&self) -> impl Iterator<Item = &Order> {
        self.all.iter()
    }
}
