//! Single balances, and the way back: a command changes balances one by one and notes each change, so
//! that one which fails half-way is undone to the last millionth.

use super::refused::{Refused, Short};
use super::{Asset, Ledger, MarketIx, OUTSIDE, WalletIx};
use alloy_primitives::Address;
use betteroms_core::market::Outcome;

/// One wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) address: Address,
    pub(super) cash: i64,
    /// Tokens by market, in the order of their numbers, index 0 first; no market with nothing of both.
    tokens: Vec<(MarketIx, [i64; 2])>,
}

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undo {
    Balance { wallet: WalletIx, asset: Asset, before: i64 },
    Locked { market: MarketIx, before: i64 },
}

const fn of(outcome: Outcome, pair: [i64; 2]) -> i64 {
    let [first, second] = pair;
    match outcome {
        Outcome::First => first,
        Outcome::Second => second,
    }
}

const fn with(outcome: Outcome, pair: [i64; 2], amount: i64) -> [i64; 2] {
    let [first, second] = pair;
    match outcome {
        Outcome::First => [amount, second],
        Outcome::Second => [first, amount],
    }
}

impl Account {
    pub(super) const fn new(address: Address) -> Self {
        Self { address, cash: 0, tokens: Vec::new() }
    }

    pub(super) fn tokens(&self) -> &[(MarketIx, [i64; 2])] {
        &self.tokens
    }

    pub(super) fn balance(&self, asset: Asset) -> i64 {
        match asset {
            Asset::Cash => self.cash,
            Asset::Share(market, outcome) => {
                let found = self.tokens.binary_search_by_key(&market, |(held, _)| *held).ok();
                found.and_then(|at| self.tokens.get(at)).map_or(0, |(_, pair)| of(outcome, *pair))
            }
        }
    }

    pub(super) fn set(&mut self, asset: Asset, amount: i64) {
        let (market, outcome) = match asset {
            Asset::Cash => {
                self.cash = amount;
                return;
            }
            Asset::Share(market, outcome) => (market, outcome),
        };
        match self.tokens.binary_search_by_key(&market, |(held, _)| *held) {
            Ok(at) => {
                let Some((_, pair)) = self.tokens.get_mut(at) else { return };
                *pair = with(outcome, *pair, amount);
                if *pair == [0, 0] {
                    self.tokens.remove(at);
                }
            }
            Err(at) if amount != 0 => {
                self.tokens.insert(at, (market, with(outcome, [0, 0], amount)));
            }
            Err(_) => {}
        }
    }
}

impl Ledger {
    /// Runs a command: what it did is kept when it succeeds and undone when it is refused.
    pub(super) fn whole<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        self.undo.clear();
        let done = command(self);
        if done.is_err() {
            while let Some(change) = self.undo.pop() {
                self.go_back(change);
            }
        }
        self.undo.clear();
        done
    }

    fn go_back(&mut self, change: Undo) {
        match change {
            Undo::Balance { wallet, asset, before } => {
                if let Some(account) = self.accounts.get_mut(wallet.index()) {
                    account.set(asset, before);
                }
            }
            Undo::Locked { market, before } => {
                if let Some(book) = self.markets.get_mut(market.index()) {
                    book.locked = before;
                }
            }
        }
    }

    /// Gives `amount` millionths to a wallet.
    pub(super) fn credit(
        &mut self,
        wallet: WalletIx,
        asset: Asset,
        amount: i64,
    ) -> Result<(), Refused> {
        if amount < 0 {
            return Err(Refused::Negative);
        }
        self.change(wallet, asset, amount)
    }

    /// Takes `amount` millionths from a wallet that has them; the outside world's cash has no floor.
    pub(super) fn debit(
        &mut self,
        wallet: WalletIx,
        asset: Asset,
        amount: i64,
    ) -> Result<(), Refused> {
        if let Asset::Share(market, _) = asset {
            self.market(market)?;
        }
        let had = self.account(wallet)?.balance(asset);
        let has_no_floor = wallet == OUTSIDE && asset == Asset::Cash;
        if amount > had && amount > 0 && !has_no_floor {
            return Err(Short { wallet, asset, needed: amount, had }.into());
        }
        self.lend(wallet, asset, amount)
    }

    /// Takes `amount` millionths from a wallet, whether it has them or not.
    pub(super) fn lend(
        &mut self,
        wallet: WalletIx,
        asset: Asset,
        amount: i64,
    ) -> Result<(), Refused> {
        if amount < 0 {
            return Err(Refused::Negative);
        }
        self.change(wallet, asset, -amount)
    }

    /// Locks `by` millionths more of collateral for a market's tokens; less, where it is negative.
    pub(super) fn lock(&mut self, market: MarketIx, by: i64) -> Result<(), Refused> {
        let book = self.market_mut(market)?;
        let before = book.locked;
        book.locked = before.checked_add(by).ok_or(Refused::TooLarge)?;
        self.undo.push(Undo::Locked { market, before });
        Ok(())
    }

    fn change(&mut self, wallet: WalletIx, asset: Asset, by: i64) -> Result<(), Refused> {
        if let Asset::Share(market, _) = asset {
            self.market(market)?;
        }
        let account = self.accounts.get_mut(wallet.index()).ok_or(Refused::UnknownWallet)?;
        let before = account.balance(asset);
        account.set(asset, before.checked_add(by).ok_or(Refused::TooLarge)?);
        self.undo.push(Undo::Balance { wallet, asset, before });
        Ok(())
    }

    pub(super) fn account(&self, wallet: WalletIx) -> Result<&Account, Refused> {
        self.accounts.get(wallet.index()).ok_or(Refused::UnknownWallet)
    }

    pub(super) fn market(&self, market: MarketIx) -> Result<&super::MarketBook, Refused> {
        self.markets.get(market.index()).ok_or(Refused::UnknownMarket)
    }

    pub(super) fn market_mut(
        &mut self,
        market: MarketIx,
    ) -> Result<&mut super::MarketBook, Refused> {
        self.markets.get_mut(market.index()).ok_or(Refused::UnknownMarket)
    }
}
