//! The proof: everything is summed again from the single balances. It knows nothing of how they came
//! about, so it finds what a command got wrong.

use super::{ADAPTER, Asset, Ledger, MarketIx, OUTSIDE, WalletIx};
use betteroms_core::market::Outcome;
use betteroms_core::money::Fraction;

/// What an audit summed and checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Wallets looked at.
    pub wallets: usize,
    /// Markets looked at, of which `resolved` are resolved.
    pub markets: usize,
    /// Resolved markets looked at.
    pub resolved: usize,
    /// Single balances looked at: one of cash for each wallet, two for each market in which it holds
    /// tokens.
    pub balances: usize,
    /// Millionths of a dollar locked for tokens.
    pub locked: i128,
    /// Millionths of a dollar that the wallets inside hold, debts subtracted.
    pub cash: i128,
    /// What redemptions left by rounding down, in millionths of a millionth of a dollar.
    pub dust: i128,
}

/// What does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// Cash of all wallets and collateral do not sum to zero.
    #[error("cash and collateral sum to {0} millionths, not to zero")]
    Cash(i128),
    /// A balance below zero that must not be.
    #[error("{wallet:?} holds {amount} millionths of {asset:?}")]
    Negative {
        /// The wallet.
        wallet: WalletIx,
        /// Of what.
        asset: Asset,
        /// How much.
        amount: i64,
    },
    /// The tokens of a market that is not resolved are not as many of each outcome as dollars locked.
    #[error("{market:?} has {first} and {second} tokens against {locked} locked")]
    Tokens {
        /// The market.
        market: MarketIx,
        /// Millionths of tokens of outcome index 0.
        first: i128,
        /// Millionths of tokens of outcome index 1.
        second: i128,
        /// Millionths of dollars locked.
        locked: i64,
    },
    /// A resolved market's collateral is not what its tokens are owed and the dust, both in millionths of
    /// a millionth.
    #[error("{market:?} has {locked} locked against {owed} owed and {dust} of dust")]
    Owed {
        /// The market.
        market: MarketIx,
        /// What is locked.
        locked: i128,
        /// What the tokens that are out will be paid.
        owed: i128,
        /// What rounding down left.
        dust: i64,
    },
    /// The tokens of a wallet are not in order, or name a market twice or one that is not there.
    #[error("the tokens of {0:?} are not in order")]
    Order(WalletIx),
}

impl Ledger {
    /// Checks that everything adds up: cash of all wallets and all collateral sum to zero; an unresolved
    /// market has as many tokens of either outcome as dollars locked; a resolved one has locked what its
    /// tokens are owed and the dust of rounding, exactly; and nothing is negative but the cash of
    /// [`OUTSIDE`] and [`ADAPTER`].
    ///
    /// # Errors
    /// On the first thing that does not add up.
    pub fn audit(&self) -> Result<Totals, Imbalance> {
        let mut totals = Totals { wallets: self.accounts.len(), ..Totals::default() };
        let mut tokens = vec![[0_i128; 2]; self.markets.len()];
        let mut outside = 0;
        for (wallet, account) in (0..).map(WalletIx).zip(&self.accounts) {
            let may_owe = wallet == OUTSIDE || wallet == ADAPTER;
            if account.cash < 0 && !may_owe {
                let (asset, amount) = (Asset::Cash, account.cash);
                return Err(Imbalance::Negative { wallet, asset, amount });
            }
            match wallet {
                OUTSIDE => outside += i128::from(account.cash),
                _ => totals.cash += i128::from(account.cash),
            }
            totals.balances += 1 + self.sum_tokens(wallet, account.tokens(), &mut tokens)?;
        }
        for ((number, book), sums) in (0..).zip(&self.markets).zip(&tokens) {
            let market = MarketIx(number);
            book.adds_up(market, *sums)?;
            totals.markets += 1;
            totals.resolved += usize::from(book.payout_first.is_some());
            totals.locked += i128::from(book.locked);
            totals.dust += i128::from(book.dust);
        }
        match outside + totals.cash + totals.locked {
            0 => Ok(totals),
            sum => Err(Imbalance::Cash(sum)),
        }
    }

    /// Adds one wallet's tokens to the sums by market, and tells how many balances that were.
    fn sum_tokens(
        &self,
        wallet: WalletIx,
        held: &[(MarketIx, [i64; 2])],
        sums: &mut [[i128; 2]],
    ) -> Result<usize, Imbalance> {
        if !held.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(Imbalance::Order(wallet));
        }
        for (market, [first, second]) in held {
            for (outcome, amount) in [(Outcome::First, *first), (Outcome::Second, *second)] {
                if amount < 0 {
                    let asset = Asset::Share(*market, outcome);
                    return Err(Imbalance::Negative { wallet, asset, amount });
                }
            }
            let sum = sums.get_mut(market.index()).ok_or(Imbalance::Order(wallet))?;
            let [sum_first, sum_second] = *sum;
            *sum = [sum_first + i128::from(*first), sum_second + i128::from(*second)];
        }
        Ok(held.len() * 2)
    }
}

impl super::MarketBook {
    fn adds_up(&self, market: MarketIx, [first, second]: [i128; 2]) -> Result<(), Imbalance> {
        let locked = i128::from(self.locked);
        let Some(payout) = self.payout_first else {
            return if first == locked && second == locked && self.dust == 0 {
                Ok(())
            } else {
                Err(Imbalance::Tokens { market, first, second, locked: self.locked })
            };
        };
        let whole = i128::from(Fraction::ONE.micros());
        let payout = i128::from(payout.micros());
        let (locked, owed) = (locked * whole, first * payout + second * (whole - payout));
        if locked == owed + i128::from(self.dust) && self.dust >= 0 {
            Ok(())
        } else {
            Err(Imbalance::Owed { market, locked, owed, dust: self.dust })
        }
    }
}
