//! Who holds what: pUSD and outcome tokens of every wallet, in millionths, always balanced.
//!
//! Nothing is made from nothing. Money comes from the outside world, whose own balance is the negative
//! of all that is inside; tokens come only in pairs, against a dollar each that the market then locks
//! (`shared/venue.md` 8.3). Every command either happens in full or changes nothing and says why, and
//! [`Ledger::audit`] proves the whole again from the single balances.
//!
//! What an order reserves, what a fee is, who may trade and when: all that is the venue engine's.

mod accounts;
mod audit;
mod collateral;
mod moves;
mod neg_risk;
mod refused;
#[cfg(test)]
mod tests;

pub use audit::{Imbalance, Totals};
pub use collateral::Redeemed;
pub use moves::{Move, Part};
pub use refused::{Refused, Short};

use accounts::{Account, Undo};
use alloy_primitives::Address;
use betteroms_core::market::Outcome;
use betteroms_core::money::{Fraction, Shares, Usd};
use std::collections::BTreeMap;

/// A wallet's number in one ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletIx(u32);

/// A market's number in one ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketIx(u32);

/// A neg-risk group's number in one ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupIx(u32);

impl WalletIx {
    /// The number itself: wallets are numbered from 0 in the order in which they were made.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl MarketIx {
    /// The number itself: markets are numbered from 0 in the order in which they were made.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupIx {
    /// The number itself: groups are numbered from 0 in the order in which they were made.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where money and shares come from and go to; its cash is negative by all that is inside.
pub const OUTSIDE: WalletIx = WalletIx(0);
/// Receives the fees.
pub const FEES: WalletIx = WalletIx(1);
/// Converts positions of neg-risk groups; its cash may be negative, its tokens make up for it.
pub const ADAPTER: WalletIx = WalletIx(2);

/// Something a wallet holds an amount of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// pUSD, in millionths of a dollar.
    Cash,
    /// Tokens of one outcome, in millionths of a share.
    Share(MarketIx, Outcome),
}

/// What the ledger knows of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MarketBook {
    group: Option<GroupIx>,
    /// Collateral held for the tokens that are out, in millionths of a dollar.
    locked: i64,
    /// What a share of outcome index 0 pays, once known.
    payout_first: Option<Fraction>,
    /// What redemptions left in the lock because they were floored, in millionths of a millionth.
    dust: i64,
}

/// All balances.
#[derive(Clone, Debug)]
pub struct Ledger {
    numbers: BTreeMap<Address, WalletIx>,
    accounts: Vec<Account>,
    markets: Vec<MarketBook>,
    /// The markets of each neg-risk group, in the order in which they joined.
    groups: Vec<Vec<MarketIx>>,
    /// What the running command did so far; empty between commands.
    undo: Vec<Undo>,
}

impl Ledger {
    /// An empty ledger with the wallets of the venue itself: the outside world, the receiver of fees and
    /// the neg-risk adapter, at the addresses given.
    ///
    /// # Panics
    /// When two of the addresses are the same.
    pub fn new(outside: Address, fees: Address, adapter: Address) -> Self {
        let mut ledger = Self {
            numbers: BTreeMap::new(),
            accounts: Vec::new(),
            markets: Vec::new(),
            groups: Vec::new(),
            undo: Vec::new(),
        };
        let named = [outside, fees, adapter].map(|address| ledger.wallet(address));
        assert_eq!(named, [OUTSIDE, FEES, ADAPTER], "the venue's wallets have different addresses");
        ledger
    }

    /// The number of a wallet, which is made, empty, where the address is new.
    pub fn wallet(&mut self, address: Address) -> WalletIx {
        if let Some(known) = self.numbers.get(&address) {
            return *known;
        }
        let number = u32::try_from(self.accounts.len()).expect("fewer wallets than 32 bits count");
        self.accounts.push(Account::new(address));
        self.numbers.insert(address, WalletIx(number));
        WalletIx(number)
    }

    /// The number of a wallet, where there is one.
    pub fn find(&self, address: Address) -> Option<WalletIx> {
        self.numbers.get(&address).copied()
    }

    /// The address of a wallet; `None` for a number of another ledger.
    pub fn address(&self, wallet: WalletIx) -> Option<Address> {
        self.accounts.get(wallet.index()).map(|account| account.address)
    }

    /// All wallets, the venue's own first, then in the order in which they were made.
    pub fn wallets(&self) -> impl Iterator<Item = (WalletIx, Address)> {
        (0..).map(WalletIx).zip(self.accounts.iter().map(|account| account.address))
    }

    /// Makes a neg-risk group without markets: of its markets at most one can come true.
    pub fn add_group(&mut self) -> GroupIx {
        let number = u32::try_from(self.groups.len()).expect("fewer groups than 32 bits count");
        self.groups.push(Vec::new());
        GroupIx(number)
    }

    /// Makes a market, in a neg-risk group or on its own. All markets of a group should be made before
    /// its first conversion: one that joins later leaves the adapter a gain if it wins.
    ///
    /// # Panics
    /// On a group of another ledger.
    pub fn add_market(&mut self, group: Option<GroupIx>) -> MarketIx {
        let number = u32::try_from(self.markets.len()).expect("fewer markets than 32 bits count");
        if let Some(group) = group {
            let members = self.groups.get_mut(group.index());
            members.expect("the group is one of this ledger").push(MarketIx(number));
        }
        self.markets.push(MarketBook { group, locked: 0, payout_first: None, dust: 0 });
        MarketIx(number)
    }

    /// The markets of a group in the order in which they joined; none for a group of another ledger.
    pub fn members(&self, group: GroupIx) -> &[MarketIx] {
        self.groups.get(group.index()).map_or(&[], Vec::as_slice)
    }

    /// The group of a market, where it has one.
    pub fn group(&self, market: MarketIx) -> Option<GroupIx> {
        self.markets.get(market.index()).and_then(|book| book.group)
    }

    /// What a share of outcome index 0 pays; `None` while the market is not resolved.
    pub fn payout_first(&self, market: MarketIx) -> Option<Fraction> {
        self.markets.get(market.index()).and_then(|book| book.payout_first)
    }

    /// Collateral that the market holds for its tokens.
    pub fn locked(&self, market: MarketIx) -> Usd {
        self.markets.get(market.index()).map_or(Usd::ZERO, |book| Usd::from_micros(book.locked))
    }

    /// What a wallet holds of an asset, in millionths; zero where there is nothing.
    pub fn balance(&self, wallet: WalletIx, asset: Asset) -> i64 {
        self.accounts.get(wallet.index()).map_or(0, |account| account.balance(asset))
    }

    /// A wallet's pUSD.
    pub fn cash(&self, wallet: WalletIx) -> Usd {
        Usd::from_micros(self.balance(wallet, Asset::Cash))
    }

    /// A wallet's tokens of one outcome.
    pub fn shares(&self, wallet: WalletIx, market: MarketIx, outcome: Outcome) -> Shares {
        Shares::from_micros(self.balance(wallet, Asset::Share(market, outcome)))
    }

    /// The markets in which a wallet holds tokens, by number, with what it holds of both outcomes,
    /// index 0 first.
    pub fn holdings(&self, wallet: WalletIx) -> impl Iterator<Item = (MarketIx, [Shares; 2])> {
        let held = self.accounts.get(wallet.index()).map_or(&[][..], |account| account.tokens());
        held.iter().map(|(market, held)| (*market, held.map(Shares::from_micros)))
    }
}
