//! What lies under the contracts: where there is code, how many transactions an account made, and the
//! chain's own coin, which gas is paid in. Prices and sizes here are this chain's own, not Polygon's.

use super::Venue;
use alloy_primitives::{Address, U256};
use betteroms_polymarket::chain::transaction::{Gas, Transaction};
use betteroms_polymarket::signing::contracts;
use std::collections::BTreeMap;

/// What a unit of gas costs the block's maker, in wei; it never changes here.
pub const GAS_PRICE: u64 = 30_000_000_000;
/// The most gas of one transaction.
pub(super) const BLOCK_GAS: u64 = 30_000_000;
/// What an account without code has of the coin to begin with, in wei.
const BEGINNING: u64 = 1_000_000_000_000_000_000;
/// The gas of a transaction that calls nothing, and of each byte of its data: zero, or another one. The
/// chain's own rule.
const GAS_PLAIN: u64 = 21_000;
const GAS_BYTE: [u64; 2] = [4, 16];
/// The gas of a contract's function, whichever it is.
const GAS_CALL: u64 = 100_000;
/// The contracts that have code.
const CONTRACTS: [Address; 24] = [
    contracts::PUSD,
    contracts::CTF,
    contracts::USDC_E,
    contracts::USDC,
    contracts::ONRAMP,
    contracts::OFFRAMP,
    contracts::EXCHANGE_STANDARD,
    contracts::EXCHANGE_NEG_RISK,
    contracts::EXCHANGE_V3,
    contracts::CTF_ADAPTER,
    contracts::NEG_RISK_CTF_ADAPTER,
    contracts::NEG_RISK_ADAPTER,
    contracts::WRAPPED_COLLATERAL,
    contracts::POSITION_MANAGER,
    contracts::ROUTER,
    contracts::BINARY_MODULE,
    contracts::NEG_RISK_MODULE,
    contracts::COMBINATORIAL_MODULE,
    contracts::AUTO_REDEEMER,
    contracts::PROXY_FACTORY,
    contracts::PROXY_IMPLEMENTATION,
    contracts::SAFE_FACTORY,
    contracts::DEPOSIT_WALLET_FACTORY,
    contracts::DEPOSIT_WALLET_BEACON,
];

/// Accounts that did something of their own.
#[derive(Clone, Debug, Default)]
pub struct Native {
    made: BTreeMap<Address, u64>,
    /// In wei; who is not here has what everybody begins with.
    coins: BTreeMap<Address, U256>,
}

impl Native {
    /// How many transactions of an account are in a block.
    pub fn made(&self, account: Address) -> u64 {
        self.made.get(&account).copied().unwrap_or_default()
    }

    /// What an account has of the chain's coin, in wei.
    pub fn coins(&self, account: Address) -> U256 {
        self.coins.get(&account).copied().unwrap_or_else(|| U256::from(BEGINNING))
    }

    /// One more transaction of an account is in a block, and cost so much.
    pub(super) fn count(&mut self, account: Address, cost: U256) {
        *self.made.entry(account).or_default() += 1;
        self.set(account, self.coins(account).saturating_sub(cost));
    }

    /// Moves coins; that they are there was looked at before.
    pub(super) fn pay(&mut self, from: Address, to: Address, value: U256) {
        self.set(from, self.coins(from).saturating_sub(value));
        self.set(to, self.coins(to).saturating_add(value));
    }

    fn set(&mut self, account: Address, coins: U256) {
        self.coins.insert(account, coins);
    }
}

impl Venue {
    /// Nonces and coins.
    pub const fn native(&self) -> &Native {
        &self.native
    }

    /// Gives an account so much of the chain's coin, by hand; what it had is gone.
    pub fn set_coins(&mut self, account: Address, wei: U256) {
        self.native.set(account, wei);
    }

    /// Known contracts and deployed wallets have code; an account that owns itself has none.
    pub fn has_code(&self, at: Address) -> bool {
        let owner = self.people.owner_of(at);
        CONTRACTS.contains(&at) || owner.is_some_and(|owner| owner != at)
    }
}

/// The gas that a transaction takes before anything runs.
pub(super) fn gas_plain(data: &[u8]) -> u64 {
    let bytes = data.iter().map(|byte| if *byte == 0 { GAS_BYTE[0] } else { GAS_BYTE[1] });
    GAS_PLAIN.saturating_add(bytes.sum())
}

/// The gas that it takes in all.
pub(super) fn gas_needed(data: &[u8], has_code: bool) -> u64 {
    gas_plain(data).saturating_add(if has_code { GAS_CALL } else { 0 })
}

/// The most that a unit of gas may cost, and what it does cost, in wei.
pub(super) fn gas_prices(gas: Gas) -> (u128, u128) {
    match gas {
        Gas::Dynamic { max_fee, max_priority } => {
            let wanted = u128::from(GAS_PRICE).saturating_add(max_priority);
            (max_fee, wanted.min(max_fee))
        }
        Gas::Legacy { price } => (price, price),
    }
}

/// The most that a transaction may take from its sender, in wei.
pub(super) fn cost_most(transaction: &Transaction) -> U256 {
    let (most, _) = gas_prices(transaction.gas);
    let gas = U256::from(most).saturating_mul(U256::from(transaction.gas_limit));
    gas.saturating_add(transaction.value)
}
