//! What the venue believes a wallet has: a cached view of the chain, less what is promised (venue.md 4.6,
//! 5.3, 11 items 6 and 7).
//!
//! The cache is read from the chain the first time somebody looks, follows the venue's own settlements, and
//! learns of everything else (deposits, approvals, transfers) only through `/balance-allowance/update`.

use super::Venue;
use super::refusal::Lack;
use crate::ledger::{Asset, Ledger, WalletIx};
use alloy_primitives::Address;
use betteroms_core::time::Time;
use std::collections::{BTreeMap, HashMap};

/// An allowance that is never used up.
pub const INFINITE: u128 = u128::MAX;

/// Balances and allowances as the venue sees them, and what is promised out of them.
#[derive(Clone, Debug, Default)]
pub struct Funds {
    /// Cached balances in base units.
    seen: HashMap<(WalletIx, Asset), i64>,
    /// Given away by trades that are not on chain yet.
    matched: HashMap<(WalletIx, Asset), i64>,
    /// Promised by open orders.
    active: HashMap<(WalletIx, Asset), i64>,
    /// A fault: locked without a reason.
    phantom: HashMap<(WalletIx, Asset), i64>,
    /// Until when a wallet's cache stays as it is, whoever asks: a fault.
    lagging: HashMap<WalletIx, Time>,
    /// The chain's pUSD allowances and token approvals by spender; an approval is infinite or nothing.
    granted: BTreeMap<(WalletIx, Token, Address), u128>,
    /// As cached.
    granted_seen: BTreeMap<(WalletIx, Token, Address), u128>,
}

/// Which contract's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// pUSD.
    Cash,
    /// Outcome tokens, approved all or nothing.
    Shares,
}

impl Token {
    /// The contract an asset lives in.
    pub const fn of(asset: Asset) -> Self {
        match asset {
            Asset::Cash => Self::Cash,
            Asset::Share(..) => Self::Shares,
        }
    }
}

impl Funds {
    /// What open orders promise.
    pub fn active(&self, wallet: WalletIx, asset: Asset) -> i64 {
        let orders = self.active.get(&(wallet, asset)).copied().unwrap_or_default();
        orders.saturating_add(self.phantom.get(&(wallet, asset)).copied().unwrap_or_default())
    }

    /// What unsettled trades give away.
    pub fn matched(&self, wallet: WalletIx, asset: Asset) -> i64 {
        self.matched.get(&(wallet, asset)).copied().unwrap_or_default()
    }

    /// Adds to what open orders promise.
    pub(super) fn promise(&mut self, wallet: WalletIx, asset: Asset, amount: i64) {
        add(&mut self.active, (wallet, asset), amount);
    }

    /// Adds to what unsettled trades give away.
    pub(super) fn commit(&mut self, wallet: WalletIx, asset: Asset, amount: i64) {
        add(&mut self.matched, (wallet, asset), amount);
    }

    /// The cached balance, as read from the chain where nobody looked yet.
    pub fn seen(&mut self, ledger: &Ledger, wallet: WalletIx, asset: Asset) -> i64 {
        if !self.seen.contains_key(&(wallet, asset)) {
            self.read(ledger, wallet, asset);
        }
        self.seen.get(&(wallet, asset)).copied().unwrap_or_default()
    }

    /// The cached allowance.
    pub fn allowance(&self, wallet: WalletIx, token: Token, spender: Address) -> u128 {
        self.granted_seen.get(&(wallet, token, spender)).copied().unwrap_or_default()
    }

    /// The chain's allowance.
    pub fn granted(&self, wallet: WalletIx, token: Token, spender: Address) -> u128 {
        self.granted.get(&(wallet, token, spender)).copied().unwrap_or_default()
    }

    /// Grants an allowance on chain; the cache learns of it with the next refresh.
    pub fn grant(&mut self, wallet: WalletIx, token: Token, spender: Address, amount: u128) {
        self.granted.insert((wallet, token, spender), amount);
    }

    /// Uses up an allowance; an infinite one stays. False when it does not reach.
    pub(super) fn spend(&mut self, wallet: WalletIx, spender: Address, amount: i64) -> bool {
        let amount = u128::try_from(amount).unwrap_or_default();
        for granted in [&mut self.granted, &mut self.granted_seen] {
            let left = granted.entry((wallet, Token::Cash, spender)).or_default();
            if *left == INFINITE {
                continue;
            }
            match left.checked_sub(amount) {
                Some(less) => *left = less,
                None => return false,
            }
        }
        true
    }

    /// Uses up an allowance on the chain alone, by a transaction that is not the venue's own; an infinite
    /// one stays. That it reaches was looked at before.
    pub(super) fn use_up(&mut self, wallet: WalletIx, spender: Address, amount: i64) {
        let amount = u128::try_from(amount).unwrap_or_default();
        if let Some(left) = self.granted.get_mut(&(wallet, Token::Cash, spender))
            && *left != INFINITE
        {
            *left = left.saturating_sub(amount);
        }
    }

    /// Reads the chain again, unless a fault holds the cache back.
    pub fn refresh(&mut self, ledger: &Ledger, (wallet, asset): (WalletIx, Asset), now: Time) {
        if !self.is_lagging(wallet, now) {
            self.read(ledger, wallet, asset);
        }
    }

    /// Takes balance and allowances from the chain.
    fn read(&mut self, ledger: &Ledger, wallet: WalletIx, asset: Asset) {
        self.seen.insert((wallet, asset), ledger.balance(wallet, asset));
        let token = Token::of(asset);
        let from = (wallet, token, Address::ZERO);
        let to = (wallet, token, Address::repeat_byte(0xff));
        let granted = self.granted.range(from..=to).map(|(k, v)| (*k, *v));
        self.granted_seen.extend(granted.collect::<Vec<_>>());
    }

    /// Follows a settlement of the venue's own.
    pub(super) fn follow(&mut self, (wallet, asset): (WalletIx, Asset), by: i64, now: Time) {
        if self.is_lagging(wallet, now) {
            return;
        }
        if let Some(seen) = self.seen.get_mut(&(wallet, asset)) {
            *seen = seen.saturating_add(by);
        }
    }

    /// Holds a wallet's cache back until then: a fault.
    pub fn lag(&mut self, wallet: WalletIx, until: Time) {
        self.lagging.insert(wallet, until);
    }

    /// Locks so much without a reason: a fault; zero takes it away.
    pub fn lock(&mut self, wallet: WalletIx, asset: Asset, amount: i64) {
        self.phantom.insert((wallet, asset), amount);
    }

    fn is_lagging(&self, wallet: WalletIx, now: Time) -> bool {
        self.lagging.get(&wallet).is_some_and(|until| now < *until)
    }
}

fn add(map: &mut HashMap<(WalletIx, Asset), i64>, key: (WalletIx, Asset), amount: i64) {
    let entry = map.entry(key).or_default();
    *entry = entry.checked_add(amount).expect("sizes are capped when an order is read");
    assert!(*entry >= 0, "a promise was taken back twice");
    if *entry == 0 {
        map.remove(&key);
    }
}

impl Venue {
    /// Whether a wallet covers `needed` more of an asset for an exchange.
    ///
    /// # Errors
    /// What it lacks, in the venue's words.
    pub(super) fn covers(
        &mut self,
        wallet: WalletIx,
        asset: Asset,
        needed: i64,
        spender: Address,
    ) -> Result<(), Lack> {
        let balance = self.funds.seen(&self.ledger, wallet, asset);
        let (active, matched) =
            (self.funds.active(wallet, asset), self.funds.matched(wallet, asset));
        let free = balance.saturating_sub(active).saturating_sub(matched);
        if free < needed {
            return Err(if active == 0 && matched == 0 {
                Lack::Balance { balance, needed }
            } else {
                Lack::BalanceLess { balance, matched, active, needed }
            });
        }
        let allowance = self.funds.allowance(wallet, Token::of(asset), spender);
        let promised = active.saturating_add(matched).saturating_add(needed);
        if allowance < u128::try_from(promised).unwrap_or_default() {
            return Err(Lack::Allowance { spender, allowance, needed });
        }
        Ok(())
    }

    /// Reads the chain again for a wallet's asset, as `/balance-allowance/update` does.
    pub fn refresh(&mut self, wallet: WalletIx, asset: Asset) {
        self.funds.refresh(&self.ledger, (wallet, asset), self.now);
        self.recheck(wallet, asset);
    }

    /// The cached balance of a wallet, for `/balance-allowance`.
    pub fn seen(&mut self, wallet: WalletIx, asset: Asset) -> i64 {
        self.funds.seen(&self.ledger, wallet, asset)
    }

    /// Balances, allowances and faults of them, to change by hand.
    pub const fn funds_mut(&mut self) -> &mut Funds {
        &mut self.funds
    }
}
