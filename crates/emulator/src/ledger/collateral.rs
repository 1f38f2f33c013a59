//! Dollars into tokens and back: deposits, splits, merges, results and redemptions
//! (`shared/venue.md` 8.3).

use super::moves::pair;
use super::refused::Refused;
use super::{Asset, Ledger, MarketIx, OUTSIDE, WalletIx};
use betteroms_core::market::{Outcome, Resolution};
use betteroms_core::money::{Fraction, Shares, Usd, payout_floor};
use betteroms_core::time::Time;

/// What a redemption did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// Tokens that ceased to be, index 0 first.
    pub burned: [Shares; 2],
    /// Dollars paid: each outcome's shares × payout, rounded down to the millionth.
    pub paid: Usd,
}

impl Ledger {
    /// Brings dollars from the outside world into a wallet.
    ///
    /// # Errors
    /// On a negative amount, an unknown wallet, or one that outgrows 64 bits.
    pub fn deposit(&mut self, wallet: WalletIx, cash: Usd) -> Result<(), Refused> {
        self.transfer(OUTSIDE, wallet, Asset::Cash, cash.micros())
    }

    /// Takes dollars out of a wallet to the outside world.
    ///
    /// # Errors
    /// As [`Ledger::deposit`], and when the wallet has less.
    pub fn withdraw(&mut self, wallet: WalletIx, cash: Usd) -> Result<(), Refused> {
        self.transfer(wallet, OUTSIDE, Asset::Cash, cash.micros())
    }

    /// Puts tokens of one outcome into a wallet: the outside world pays for pairs, gives the one half
    /// and keeps the other.
    ///
    /// # Errors
    /// On a negative amount, an unknown wallet or market, or a balance that outgrows 64 bits.
    pub fn give_shares(
        &mut self,
        wallet: WalletIx,
        market: MarketIx,
        outcome: Outcome,
        shares: Shares,
    ) -> Result<(), Refused> {
        self.whole(|ledger| {
            ledger.split_by(OUTSIDE, market, shares)?;
            let asset = Asset::Share(market, outcome);
            ledger.debit(OUTSIDE, asset, shares.micros())?;
            ledger.credit(wallet, asset, shares.micros())
        })
    }

    /// Turns a wallet's dollars into pairs of tokens, a dollar each. The contract does not ask whether
    /// the market is resolved, and neither does this.
    ///
    /// # Errors
    /// When the wallet has fewer dollars; on a negative amount, an unknown wallet or market.
    pub fn split(
        &mut self,
        wallet: WalletIx,
        market: MarketIx,
        shares: Shares,
    ) -> Result<(), Refused> {
        self.whole(|ledger| ledger.split_by(wallet, market, shares))
    }

    pub(super) fn split_by(
        &mut self,
        wallet: WalletIx,
        market: MarketIx,
        shares: Shares,
    ) -> Result<(), Refused> {
        self.debit(wallet, Asset::Cash, shares.micros())?;
        self.lock(market, shares.micros())?;
        pair(market).into_iter().try_for_each(|asset| self.credit(wallet, asset, shares.micros()))
    }

    /// Turns pairs of a wallet's tokens back into dollars.
    ///
    /// # Errors
    /// When the wallet has fewer of either; on a negative amount, an unknown wallet or market.
    pub fn merge(
        &mut self,
        wallet: WalletIx,
        market: MarketIx,
        shares: Shares,
    ) -> Result<(), Refused> {
        self.whole(|ledger| {
            for asset in pair(market) {
                ledger.debit(wallet, asset, shares.micros())?;
            }
            ledger.lock(market, -shares.micros())?;
            ledger.credit(wallet, Asset::Cash, shares.micros())
        })
    }

    /// Fixes what a share of outcome index 0 pays: 0, 0.5 or 1; index 1 pays the rest of a dollar. In a
    /// neg-risk group at most one market pays 1 and none 0.5, or the adapter could not pay.
    ///
    /// # Errors
    /// When the market is unknown or resolved already, or the payout is not possible.
    pub fn resolve(&mut self, market: MarketIx, payout_first: Fraction) -> Result<(), Refused> {
        let book = self.market(market)?;
        if book.payout_first.is_some() {
            return Err(Refused::Resolved);
        }
        let result = Resolution { at: Time::default(), payout_first };
        result.payout(Outcome::First).ok_or(Refused::Payout(payout_first))?;
        if let Some(group) = book.group {
            let mut others = self.members(group).iter();
            if others.any(|other| self.payout_first(*other) == Some(Fraction::ONE))
                && payout_first == Fraction::ONE
            {
                return Err(Refused::SecondWinner);
            }
            if payout_first == Fraction::ONE.half() {
                return Err(Refused::Payout(payout_first));
            }
        }
        self.market_mut(market)?.payout_first = Some(payout_first);
        Ok(())
    }

    /// Turns all of a wallet's tokens of a resolved market, of both outcomes, into what they pay. Each
    /// outcome's dollars are rounded down; what that leaves stays with the market.
    ///
    /// # Errors
    /// When the market is unknown or not resolved, or the wallet is unknown.
    pub fn redeem(&mut self, wallet: WalletIx, market: MarketIx) -> Result<Redeemed, Refused> {
        let first = self.market(market)?.payout_first.ok_or(Refused::Unresolved)?;
        let second = Fraction::from_micros(Fraction::ONE.micros().saturating_sub(first.micros()));
        let payouts = [first, second.expect("what is left of a fraction is one")];
        self.whole(|ledger| {
            let mut burned = [Shares::ZERO; 2];
            let (mut paid, mut rest) = (Usd::ZERO, 0);
            let tokens = pair(market).into_iter().zip(payouts);
            for ((asset, payout), burned) in tokens.zip(burned.iter_mut()) {
                *burned = Shares::from_micros(ledger.account(wallet)?.balance(asset));
                ledger.debit(wallet, asset, burned.micros())?;
                paid += payout_floor(*burned, payout);
                rest += floored_off(*burned, payout);
            }
            ledger.lock(market, -paid.micros())?;
            ledger.credit(wallet, Asset::Cash, paid.micros())?;
            let book = ledger.market_mut(market)?;
            book.dust = book.dust.checked_add(rest).ok_or(Refused::TooLarge)?;
            Ok(Redeemed { burned, paid })
        })
    }
}

/// What rounding `shares × payout` down to the millionth leaves, in millionths of a millionth. It is
/// found without the rounded amount, so that an audit can check the one by the other.
fn floored_off(shares: Shares, payout: Fraction) -> i64 {
    let part = shares.micros().rem_euclid(1_000_000) * i64::from(payout.micros());
    part.rem_euclid(1_000_000)
}
