//! What a wallet did on the chain, apart from trading, as facts that a reader of the log can count with.

use super::funds::Token;
use super::relay::RelayState;
use crate::ledger::{Asset, GroupIx, MarketIx};
use alloy_primitives::{Address, B256};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::venue::PaymentKind;
use uuid::Uuid;

/// One act of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It lets a spender take so much: base units of pUSD, or all outcome tokens or none of them.
    Approve {
        /// Of what.
        token: Token,
        /// Who may take.
        spender: Address,
        /// How much; [`super::funds::INFINITE`] is never used up, zero takes it back.
        amount: u128,
    },
    /// It gives something to somebody.
    Transfer {
        /// What.
        asset: Asset,
        /// To whom.
        to: Address,
        /// Millionths of it.
        amount: i64,
    },
    /// The venue pays it a reward, a rebate or interest.
    Paid {
        /// What for.
        kind: PaymentKind,
        /// How much.
        amount: Usd,
        /// The transaction.
        hash: B256,
    },
    /// It turns dollars into pairs of tokens.
    Split {
        /// The market.
        market: MarketIx,
        /// How many pairs.
        shares: Shares,
    },
    /// It turns pairs of tokens into dollars.
    Merge {
        /// The market.
        market: MarketIx,
        /// How many pairs.
        shares: Shares,
    },
    /// It takes what a result pays.
    Redeem {
        /// The market.
        market: MarketIx,
        /// The tokens given, index 0 first.
        burned: [Shares; 2],
        /// What they paid.
        paid: Usd,
    },
    /// It turns NO tokens of some markets of an event into YES tokens of the others, and dollars.
    Convert {
        /// The event.
        group: GroupIx,
        /// The markets whose NO tokens it gave.
        set: Vec<MarketIx>,
        /// How many of each.
        shares: Shares,
    },
    /// It got its code.
    Deploy {
        /// In whose name.
        owner: Address,
    },
    /// A transaction that the relayer sends for it is so far.
    Relayed {
        /// The transaction.
        id: Uuid,
        /// How far.
        state: RelayState,
    },
    /// A transaction that it sent itself is in a block.
    Mined {
        /// Its hash.
        hash: B256,
        /// Why it did nothing but cost its gas.
        reverted: Option<String>,
    },
}
