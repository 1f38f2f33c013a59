//! Transfers, and the settlement of a trade as a list of legs that happen together or not at all.

use super::refused::Refused;
use super::{Asset, Ledger, MarketIx, WalletIx};
use betteroms_core::market::Outcome;
use betteroms_core::money::{Shares, Usd};

/// One side of a minted or merged pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who pays dollars for the token, or gives the token for dollars.
    pub wallet: WalletIx,
    /// The dollars.
    pub cash: Usd,
}

/// One leg of a settlement (`shared/venue.md` 4.6, 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// An amount goes from one wallet to another: both sides of a direct match, a fee, a refund.
    Pay {
        /// Who gives.
        from: WalletIx,
        /// Who gets.
        to: WalletIx,
        /// What.
        asset: Asset,
        /// Millionths of it.
        amount: i64,
    },
    /// Two buyers together pay a dollar for each new pair of tokens.
    Mint {
        /// The market.
        market: MarketIx,
        /// New pairs.
        shares: Shares,
        /// Gets the tokens of outcome index 0.
        first: Part,
        /// Gets the tokens of outcome index 1.
        second: Part,
    },
    /// Two sellers give a pair of tokens and share its dollar.
    Merge {
        /// The market.
        market: MarketIx,
        /// Pairs that cease to be.
        shares: Shares,
        /// Gives the tokens of outcome index 0.
        first: Part,
        /// Gives the tokens of outcome index 1.
        second: Part,
    },
}

impl Ledger {
    /// Moves `amount` millionths of an asset from one wallet to another.
    ///
    /// # Errors
    /// When `from` has less, on a negative amount, an unknown wallet or market.
    pub fn transfer(
        &mut self,
        from: WalletIx,
        to: WalletIx,
        asset: Asset,
        amount: i64,
    ) -> Result<(), Refused> {
        self.settle(&[Move::Pay { from, to, asset, amount }])
    }

    /// Settles a trade: all legs or none. They happen in the order given and nobody gives what they do
    /// not hold by then, so a fee that is to come out of the proceeds stands behind them, and a wallet
    /// that trades with itself must own both sides.
    ///
    /// # Errors
    /// On the first leg that cannot happen: nothing is changed then.
    pub fn settle(&mut self, moves: &[Move]) -> Result<(), Refused> {
        self.whole(|ledger| moves.iter().try_for_each(|leg| ledger.leg(*leg)))
    }

    fn leg(&mut self, leg: Move) -> Result<(), Refused> {
        match leg {
            Move::Pay { from, to, asset, amount } => {
                self.debit(from, asset, amount)?;
                self.credit(to, asset, amount)
            }
            Move::Mint { market, shares, first, second } => {
                even(shares, first, second)?;
                self.debit(first.wallet, Asset::Cash, first.cash.micros())?;
                self.debit(second.wallet, Asset::Cash, second.cash.micros())?;
                self.lock(market, shares.micros())?;
                let [yes, no] = pair(market);
                self.credit(first.wallet, yes, shares.micros())?;
                self.credit(second.wallet, no, shares.micros())
            }
            Move::Merge { market, shares, first, second } => {
                even(shares, first, second)?;
                let [yes, no] = pair(market);
                self.debit(first.wallet, yes, shares.micros())?;
                self.debit(second.wallet, no, shares.micros())?;
                self.lock(market, -shares.micros())?;
                self.credit(first.wallet, Asset::Cash, first.cash.micros())?;
                self.credit(second.wallet, Asset::Cash, second.cash.micros())
            }
        }
    }
}

/// Both tokens of a market, index 0 first.
pub(super) const fn pair(market: MarketIx) -> [Asset; 2] {
    [Asset::Share(market, Outcome::First), Asset::Share(market, Outcome::Second)]
}

fn even(shares: Shares, first: Part, second: Part) -> Result<(), Refused> {
    if shares < Shares::ZERO || first.cash < Usd::ZERO || second.cash < Usd::ZERO {
        return Err(Refused::Negative);
    }
    let cash = first.cash.micros().checked_add(second.cash.micros()).ok_or(Refused::TooLarge)?;
    if cash == shares.micros() {
        Ok(())
    } else {
        Err(Refused::Uneven { shares, cash: Usd::from_micros(cash) })
    }
}
