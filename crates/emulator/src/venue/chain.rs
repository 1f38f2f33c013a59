//! What a wallet does on the chain by itself: approvals, transfers, split, merge, redeem, convert
//! (venue.md 8.2, 8.3), and money that comes in or leaves by hand. The venue's cached view does not
//! learn of any of it; that is what `/balance-allowance/update` is for.
//!
//! Who may ask a wallet to do something is in [`super::relay`] and, for accounts that sign for themselves, in
//! [`super::pool`]; how balances move, in the ledger.

#[cfg(test)]
mod tests;

use super::Venue;
use super::act::Act;
use super::change::Change;
use super::funds::{Funds, INFINITE, Token};
use super::revert::ChainError;
use crate::ledger::{Asset, GroupIx, Ledger, MarketIx, Redeemed, WalletIx};
use alloy_primitives::{Address, B256, U256, keccak256};
use betteroms_core::market::Outcome;
use betteroms_core::money::Shares;
use betteroms_core::time::Time;
use betteroms_polymarket::signing::contracts::{CTF, POSITION_MANAGER, PUSD, USDC, USDC_E};
use betteroms_polymarket::signing::{Adapter, WalletCall};
use std::collections::BTreeMap;

/// The id by which a neg-risk event is converted. An event whose name is 0x and 64 digits has its real
/// id for a name; any other one has the Keccak hash of its name with a last byte of zero, which is where
/// the contracts count the questions.
pub fn neg_risk_market_id(group: &str) -> B256 {
    let is_id = group.len() == 66 && group.starts_with("0x");
    if let Some(id) = is_id.then(|| group.parse().ok()).flatten() {
        return id;
    }
    let mut id = keccak256(group.as_bytes());
    if let Some(last) = id.0.last_mut() {
        *last = 0;
    }
    id
}

fn micros(amount: U256) -> Result<i64, ChainError> {
    i64::try_from(amount).map_err(|_| ChainError::TooLarge)
}

/// What an act gave or took, so that orders can be held against it.
type Touched = Vec<(WalletIx, Asset)>;

/// Balances, approvals, session signers; and how much was noted.
type Picture = (Ledger, Funds, BTreeMap<(Address, Address), Time>, (usize, usize));

impl Venue {
    /// A wallet makes a call on the chain.
    ///
    /// # Errors
    /// As the contract called would revert; nothing changed then.
    pub fn perform_call(&mut self, wallet: Address, call: &WalletCall) -> Result<(), ChainError> {
        let touched = self.act(wallet, call)?;
        self.look_again(touched);
        Ok(())
    }

    /// Whether a wallet could make a call now; nothing changes.
    ///
    /// # Errors
    /// As the contract called would revert.
    pub(super) fn try_call(
        &mut self,
        wallet: Address,
        call: &WalletCall,
    ) -> Result<(), ChainError> {
        let before = self.picture();
        let tried = self.act(wallet, call).map(|_touched| ());
        self.put_back(before);
        tried
    }

    /// What a call may change.
    fn picture(&self) -> Picture {
        let noted = (self.changes.len(), self.acts.len());
        (self.ledger.clone(), self.funds.clone(), self.relay.signers.clone(), noted)
    }

    /// Makes undone what happened since.
    fn put_back(&mut self, before: Picture) {
        let noted;
        (self.ledger, self.funds, self.relay.signers, noted) = before;
        self.changes.truncate(noted.0);
        self.acts.truncate(noted.1);
    }

    /// A wallet makes all of some calls, in order, or none of them.
    ///
    /// # Errors
    /// The place of the call that reverted, and why; nothing changed then, and nothing was noted.
    pub fn perform_batch(
        &mut self,
        wallet: Address,
        calls: &[WalletCall],
    ) -> Result<(), (usize, ChainError)> {
        let before = self.picture();
        let mut touched = Vec::new();
        for (place, call) in calls.iter().enumerate() {
            match self.act(wallet, call) {
                Ok(more) => touched.extend(more),
                Err(error) => {
                    self.put_back(before);
                    return Err((place, error));
                }
            }
        }
        self.look_again(touched);
        Ok(())
    }

    fn act(&mut self, wallet: Address, call: &WalletCall) -> Result<Touched, ChainError> {
        let by = self.ledger.wallet(wallet);
        match call {
            WalletCall::AuthorizeSessionSigner { wallet: target, signer, valid_until } => {
                self.authorize_on_chain((wallet, *target), *signer, *valid_until)?;
                Ok(Vec::new())
            }
            WalletCall::RevokeSessionSigner { wallet: target, signer } => {
                self.revoke_on_chain((wallet, *target), *signer)?;
                Ok(Vec::new())
            }
            WalletCall::Approve { token, spender, amount } => {
                self.approve(by, *token, *spender, *amount)
            }
            WalletCall::SetApprovalForAll { token, operator, approved } => {
                self.approve_all(by, *token, *operator, *approved)
            }
            WalletCall::Transfer { token, to, amount } => self.pay(by, *token, *to, *amount),
            WalletCall::SafeTransferFrom { token, from, to, id, amount, data: _ } => {
                self.give((by, wallet), *token, (*from, *to), (*id, *amount))
            }
            WalletCall::Split { adapter, of, amount } => {
                self.split(by, *adapter, of.condition, *amount)
            }
            WalletCall::Merge { adapter, of, amount } => {
                self.merge(by, *adapter, of.condition, *amount)
            }
            WalletCall::Redeem { adapter, of } => self.redeem(by, *adapter, of.condition),
            WalletCall::Convert { market, index_set, amount } => {
                self.convert(by, *market, *index_set, *amount)
            }
        }
    }

    /// An approval of pUSD. The other coins are not kept here: approving them does nothing.
    fn approve(
        &mut self,
        by: WalletIx,
        token: Address,
        spender: Address,
        amount: U256,
    ) -> Result<Touched, ChainError> {
        if token == USDC || token == USDC_E {
            return Ok(Vec::new());
        }
        if token != PUSD {
            return Err(ChainError::UnknownCall(token));
        }
        let amount = u128::try_from(amount).unwrap_or(INFINITE);
        self.funds.grant(by, Token::Cash, spender, amount);
        self.note_act(by, Act::Approve { token: Token::Cash, spender, amount });
        Ok(Vec::new())
    }

    /// An approval of all outcome tokens; protocol v2 positions are not kept here.
    fn approve_all(
        &mut self,
        by: WalletIx,
        token: Address,
        operator: Address,
        approved: bool,
    ) -> Result<Touched, ChainError> {
        if token == POSITION_MANAGER {
            return Ok(Vec::new());
        }
        if token != CTF {
            return Err(ChainError::UnknownCall(token));
        }
        let amount = if approved { INFINITE } else { 0 };
        self.funds.grant(by, Token::Shares, operator, amount);
        self.note_act(by, Act::Approve { token: Token::Shares, spender: operator, amount });
        Ok(Vec::new())
    }

    fn pay(
        &mut self,
        by: WalletIx,
        token: Address,
        to: Address,
        amount: U256,
    ) -> Result<Touched, ChainError> {
        if token != PUSD {
            // No other coin is kept here, so a wallet has none of it.
            let is_coin = token == USDC || token == USDC_E;
            return Err(if is_coin { ChainError::Balance } else { ChainError::UnknownCall(token) });
        }
        if to.is_zero() {
            return Err(ChainError::ZeroAddress);
        }
        let amount = micros(amount)?;
        let receiver = self.ledger.wallet(to);
        self.ledger.transfer(by, receiver, Asset::Cash, amount)?;
        self.note_act(by, Act::Transfer { asset: Asset::Cash, to, amount });
        Ok(vec![(by, Asset::Cash)])
    }

    fn give(
        &mut self,
        (by, wallet): (WalletIx, Address),
        token: Address,
        (from, to): (Address, Address),
        (id, amount): (U256, U256),
    ) -> Result<Touched, ChainError> {
        if token != CTF && token != POSITION_MANAGER {
            return Err(ChainError::UnknownCall(token));
        }
        if to.is_zero() {
            return Err(ChainError::ZeroAddress);
        }
        let giver = self.ledger.wallet(from);
        if giver != by && self.funds.granted(giver, Token::Shares, wallet) == 0 {
            return Err(ChainError::NotApproved);
        }
        let held = self.floors.by_token(&id).filter(|_| token == CTF);
        let (market, outcome) = held.ok_or(ChainError::Balance)?;
        let (asset, amount) = (Asset::Share(market, outcome), micros(amount)?);
        let receiver = self.ledger.wallet(to);
        self.ledger.transfer(giver, receiver, asset, amount)?;
        self.note_act(giver, Act::Transfer { asset, to, amount });
        Ok(vec![(giver, asset)])
    }

    fn split(
        &mut self,
        by: WalletIx,
        adapter: Adapter,
        condition: B256,
        amount: U256,
    ) -> Result<Touched, ChainError> {
        let market = self.prepared(adapter, condition)?;
        let shares = Shares::from_micros(micros(amount)?);
        let allowed = self.funds.granted(by, Token::Cash, adapter.address());
        if U256::from(allowed) < amount {
            return Err(ChainError::Allowance);
        }
        self.ledger.split(by, market, shares)?;
        self.funds.use_up(by, adapter.address(), shares.micros());
        self.note_act(by, Act::Split { market, shares });
        Ok(vec![(by, Asset::Cash)])
    }

    fn merge(
        &mut self,
        by: WalletIx,
        adapter: Adapter,
        condition: B256,
        amount: U256,
    ) -> Result<Touched, ChainError> {
        let market = self.prepared(adapter, condition)?;
        self.hands_over(by, adapter)?;
        let shares = Shares::from_micros(micros(amount)?);
        self.ledger.merge(by, market, shares)?;
        self.note_act(by, Act::Merge { market, shares });
        Ok(both(by, market))
    }

    fn redeem(
        &mut self,
        by: WalletIx,
        adapter: Adapter,
        condition: B256,
    ) -> Result<Touched, ChainError> {
        let market = self.prepared(adapter, condition)?;
        self.hands_over(by, adapter)?;
        let Redeemed { burned, paid } = self.ledger.redeem(by, market)?;
        self.note_act(by, Act::Redeem { market, burned, paid });
        Ok(both(by, market))
    }

    fn convert(
        &mut self,
        by: WalletIx,
        id: B256,
        index_set: U256,
        amount: U256,
    ) -> Result<Touched, ChainError> {
        let group = self.neg_risk_group(id).ok_or(ChainError::NegRiskMarket(id))?;
        self.hands_over(by, Adapter::NegRisk)?;
        let members = self.ledger.members(group);
        let set: Vec<MarketIx> = (0..members.len())
            .filter(|place| index_set.bit(*place))
            .filter_map(|place| members.get(place).copied())
            .collect();
        if set.is_empty() || index_set.bit_len() > members.len() {
            return Err(ChainError::NegRiskMarket(id));
        }
        let shares = Shares::from_micros(micros(amount)?);
        self.ledger.convert(by, group, &set, shares)?;
        self.note_act(by, Act::Convert { group, set: set.clone(), shares });
        Ok(set.into_iter().map(|market| (by, Asset::Share(market, Outcome::Second))).collect())
    }

    /// The group that goes by a neg-risk market's id.
    pub fn neg_risk_group(&self, id: B256) -> Option<GroupIx> {
        let mut groups = self.groups.iter();
        groups.find(|(name, _)| neg_risk_market_id(name) == id).map(|(_, group)| *group)
    }

    /// The market of a condition, through the adapter that serves it.
    fn prepared(&self, adapter: Adapter, condition: B256) -> Result<MarketIx, ChainError> {
        let found = self.floors.by_condition(&condition.to_string());
        let served = |market: &MarketIx| {
            let is_neg_risk = self.floors.get(*market).listing.market.neg_risk;
            is_neg_risk == (adapter == Adapter::NegRisk)
        };
        found.filter(served).ok_or(ChainError::Condition(condition))
    }

    /// Whether an adapter may take a wallet's outcome tokens.
    fn hands_over(&self, by: WalletIx, adapter: Adapter) -> Result<(), ChainError> {
        match self.funds.granted(by, Token::Shares, adapter.address()) {
            0 => Err(ChainError::NotApproved),
            _ => Ok(()),
        }
    }

    fn note_act(&mut self, wallet: WalletIx, act: Act) {
        self.note(Change::Chain { wallet, act });
    }

    /// Holds open orders against what the venue believes. Where nothing is promised it does not look:
    /// looking for the first time would fill its cache.
    fn look_again(&mut self, touched: Touched) {
        for (wallet, asset) in touched {
            if self.funds.active(wallet, asset) > 0 {
                self.recheck(wallet, asset);
            }
        }
    }
}

fn both(by: WalletIx, market: MarketIx) -> Touched {
    [Outcome::First, Outcome::Second].map(|outcome| (by, Asset::Share(market, outcome))).to_vec()
}
