//! Why the ledger did not do what it was told. A refusal changes nothing.

use super::{Asset, WalletIx};
use betteroms_core::money::{Fraction, Shares, Usd};

/// A wallet has less than it was to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{wallet:?} has {had} millionths of {asset:?} and needs {needed}")]
pub struct Short {
    /// The wallet.
    pub wallet: WalletIx,
    /// What it lacks.
    pub asset: Asset,
    /// Millionths that it was to give in this step.
    pub needed: i64,
    /// Millionths that it had when the step came.
    pub had: i64,
}

/// Why a command changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A wallet has less than it was to give.
    #[error(transparent)]
    Short(#[from] Short),
    /// An amount below zero.
    #[error("an amount below zero")]
    Negative,
    /// A balance would outgrow 64 bits of millionths.
    #[error("a balance would outgrow 64 bits")]
    TooLarge,
    /// A wallet of another ledger.
    #[error("no such wallet")]
    UnknownWallet,
    /// A market of another ledger.
    #[error("no such market")]
    UnknownMarket,
    /// The dollars of a minted or merged pair do not sum to a dollar a share.
    #[error("{shares} pairs are worth as many dollars, not {cash}")]
    Uneven {
        /// Pairs of tokens.
        shares: Shares,
        /// What both sides pay or get together.
        cash: Usd,
    },
    /// The market is resolved already.
    #[error("the market is resolved already")]
    Resolved,
    /// The market is not resolved yet.
    #[error("the market is not resolved yet")]
    Unresolved,
    /// A payout that is neither 0, 0.5 nor 1, or 0.5 in a neg-risk group, whose adapter could not pay.
    #[error("a payout of {0} is not possible here")]
    Payout(Fraction),
    /// Another market of the neg-risk group has won: two winners could not be paid.
    #[error("another market of the group has won")]
    SecondWinner,
    /// Nothing to convert: no market named, one named twice or from elsewhere, or a group of less than
    /// two markets.
    #[error("not a set of markets of a group that can be converted")]
    Set,
}
