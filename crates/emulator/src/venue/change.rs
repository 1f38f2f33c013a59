//! What changed: the facts that go into the log and onto the sockets, in the order they happened.

use super::act::Act;
use super::mode::Mode;
use super::order::{OrderIx, Status};
use super::people::KeyIx;
use super::trade::{TradeIx, TradeStatus};
use crate::ledger::{MarketIx, WalletIx};
use alloy_primitives::{Address, B256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::time::Time;

/// One fact, with what may have changed again by the time somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An order was taken: it rests, or waits out a delay.
    Placed {
        /// The order.
        order: OrderIx,
        /// What it traded at once.
        matched: Shares,
        /// Where it stands.
        status: Status,
    },
    /// An order was refused, or killed unfilled.
    Refused {
        /// Its hash.
        id: B256,
        /// The key it was posted with.
        key: KeyIx,
        /// The venue's words.
        why: String,
    },
    /// An order traded.
    Filled {
        /// The order.
        order: OrderIx,
        /// What it traded so far.
        matched: Shares,
        /// Where it stands.
        status: Status,
    },
    /// An order ended with something left.
    Ended {
        /// The order.
        order: OrderIx,
        /// What it had traded.
        matched: Shares,
        /// Where it stands.
        status: Status,
    },
    /// A level of the book has a new total, in index-0 terms.
    Level {
        /// The market.
        market: MarketIx,
        /// The side it rests on.
        side: Side,
        /// Its price.
        price: Price,
        /// Shares there now; none where the level is gone.
        size: Shares,
    },
    /// The public trade line: the taker's token, side and price.
    Print {
        /// The trade.
        trade: TradeIx,
        /// The market.
        market: MarketIx,
        /// The taker's token.
        outcome: Outcome,
        /// The taker's side.
        side: Side,
        /// The price in that token's terms.
        price: Price,
        /// Shares.
        size: Shares,
    },
    /// A trade has a new status.
    Trade {
        /// The trade.
        trade: TradeIx,
        /// The status.
        status: TradeStatus,
    },
    /// A market's price grid changed.
    Tick {
        /// The market.
        market: MarketIx,
        /// Before.
        old: Tick,
        /// From now on.
        new: Tick,
    },
    /// A market was listed.
    Listed {
        /// The market.
        market: MarketIx,
    },
    /// Trading in a market ended.
    Closed {
        /// The market.
        market: MarketIx,
    },
    /// A market's result is known.
    Resolved {
        /// The market.
        market: MarketIx,
        /// What a share of index 0 pays.
        payout_first: Fraction,
    },
    /// An API key was made.
    KeyMade {
        /// The key.
        key: KeyIx,
    },
    /// An API key was deleted.
    KeyDeleted {
        /// The key.
        key: KeyIx,
    },
    /// Trading is in another mode.
    Mode {
        /// The mode.
        mode: Mode,
    },
    /// A key's heartbeat stopped, and its orders went.
    HeartbeatLost {
        /// The key.
        key: KeyIx,
    },
    /// Money came in or went out by hand.
    Funded {
        /// The wallet.
        wallet: WalletIx,
        /// Dollars; negative when they left.
        amount: Usd,
    },
    /// Outcome tokens came in by hand.
    Endowed {
        /// The wallet.
        wallet: WalletIx,
        /// The market.
        market: MarketIx,
        /// Which of its tokens.
        outcome: Outcome,
        /// How many.
        shares: Shares,
    },
    /// A wallet did something on the chain.
    Chain {
        /// The wallet.
        wallet: WalletIx,
        /// What.
        act: Act,
    },
    /// A session signer was authorised, fenced or revoked.
    Session {
        /// The wallet.
        wallet: Address,
        /// The signer.
        signer: Address,
        /// What happened to it.
        what: &'static str,
    },
}

/// A change and when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The venue's time.
    pub at: Time,
    /// What.
    pub change: Change,
}
