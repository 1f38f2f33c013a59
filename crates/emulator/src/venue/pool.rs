//! Transactions that accounts sign and hand to a node: judged as a node does, they wait for their block, and
//! there each does what a wallet's batch through [`super::relay`] would do, with its signer for the caller.
//! One that reverts changes nothing; its gas is paid all the same.

use super::Venue;
use super::act::Act;
use super::agenda::Task;
use super::change::Change;
use super::native::{BLOCK_GAS, GAS_PRICE, cost_most, gas_needed, gas_plain, gas_prices};
use super::relayable::speaks;
use super::revert::ChainError;
use alloy_primitives::{Address, B256, U256};
use betteroms_core::time::Time;
use betteroms_polymarket::chain::transaction::{Gas, Transaction};
use betteroms_polymarket::chain::{BadTransaction, Sent};
use betteroms_polymarket::signing::WalletCall;
use betteroms_polymarket::signing::contracts::CHAIN_ID;
use std::collections::BTreeMap;

/// The chain makes a block in so many seconds.
const BLOCK_SECS: i64 = 2;
/// A transaction that takes another one's place must offer so much more, in hundredths.
const BUMP: u128 = 110;

/// Why a node does not take a transaction, in the words of the usual one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's text says what it is")]
pub enum PoolRefusal {
    #[error(transparent)]
    Bad(#[from] BadTransaction),
    #[error("invalid chain id for signer: have {0} want {CHAIN_ID}")]
    Chain(u64),
    #[error("already known")]
    Known,
    #[error("nonce too low: next nonce {next}, tx nonce {given}")]
    NonceTooLow { next: u64, given: u64 },
    #[error("replacement transaction underpriced")]
    Underpriced,
    #[error("exceeds block gas limit")]
    TooMuchGas,
    #[error("intrinsic gas too low: gas {has}, minimum needed {needed}")]
    TooLittleGas { has: u64, needed: u64 },
    #[error("max fee per gas less than block base fee: maxFeePerGas {0}, baseFee {GAS_PRICE}")]
    Fee(u128),
    #[error("max priority fee per gas higher than max fee per gas")]
    Tip,
    #[error("insufficient funds for gas * price + value: balance {has}, tx cost {cost}")]
    Funds { has: U256, cost: U256 },
    #[error("contracts cannot be made on this emulated chain")]
    Creation,
}

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mined {
    /// As it was sent.
    pub sent: Sent,
    /// The block's number.
    pub block: u64,
    /// What it used.
    pub gas_used: u64,
    /// What a unit of it cost, in wei.
    pub gas_price: u128,
    /// Why it did nothing.
    pub reverted: Option<String>,
}

#[derive(Clone, Debug)]
struct Waiting {
    sent: Sent,
    due: Time,
}

/// What a node knows of transactions.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// By signer and nonce: only one of equal nonces can ever happen.
    waiting: BTreeMap<(Address, u64), Waiting>,
    mined: BTreeMap<B256, Mined>,
}

impl Pool {
    /// A transaction that is in a block.
    pub fn mined(&self, hash: &B256) -> Option<&Mined> {
        self.mined.get(hash)
    }

    /// What an account's waiting transactions may take from it, but for the one of this nonce.
    fn promised(&self, from: Address, besides: u64) -> U256 {
        let own = self.waiting.range((from, 0)..=(from, u64::MAX));
        let others = own.filter(|((_, nonce), _)| *nonce != besides);
        let costs = others.map(|(_, waiting)| cost_most(&waiting.sent.transaction));
        costs.fold(U256::ZERO, U256::saturating_add)
    }
}

impl Venue {
    /// What a node knows of transactions.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The number of the newest block.
    pub fn block(&self) -> u64 {
        Self::block_at(self.now)
    }

    /// The number of the block that was the newest at some time.
    pub fn block_at(time: Time) -> u64 {
        (time.secs().max(0) / BLOCK_SECS).unsigned_abs()
    }

    /// The nonce of an account's next transaction, those counted that wait for a block.
    pub fn next_nonce(&self, account: Address) -> u64 {
        let first = self.native.made(account);
        let taken =
            (first..).take_while(|nonce| self.pool.waiting.contains_key(&(account, *nonce)));
        first.saturating_add(u64::try_from(taken.count()).unwrap_or(u64::MAX))
    }

    /// Takes a signed transaction; it is in a block after a while, once those before it are.
    ///
    /// # Errors
    /// As a node refuses it; nothing changed then.
    pub fn take_transaction(&mut self, raw: &[u8]) -> Result<B256, PoolRefusal> {
        let sent = Sent::decode(raw)?;
        let (from, nonce, hash) = (sent.from, sent.transaction.nonce, sent.hash);
        check(&sent.transaction)?;
        let before = self.pool.waiting.get(&(from, nonce)).map(|waiting| &waiting.sent);
        if before.is_some_and(|before| before.hash == hash) {
            return Err(PoolRefusal::Known);
        }
        let next = self.native.made(from);
        if nonce < next {
            return Err(PoolRefusal::NonceTooLow { next, given: nonce });
        }
        if before.is_some_and(|before| !outbids(&sent.transaction, &before.transaction)) {
            return Err(PoolRefusal::Underpriced);
        }
        let has = self.native.coins(from);
        let cost = self.pool.promised(from, nonce).saturating_add(cost_most(&sent.transaction));
        if has < cost {
            return Err(PoolRefusal::Funds { has, cost });
        }
        let due = self.in_millis(self.settings.mined_after_millis.into());
        self.pool.waiting.insert((from, nonce), Waiting { sent, due });
        self.agenda.at(due, Task::Mine(from));
        Ok(hash)
    }

    /// An account's transactions that are due get into a block, in the order of their nonces.
    pub(super) fn mine_due(&mut self, from: Address) {
        loop {
            let nonce = self.native.made(from);
            let Some(first) = self.pool.waiting.remove(&(from, nonce)) else { return };
            if first.due > self.now {
                self.pool.waiting.insert((from, nonce), first);
                return;
            }
            self.include(first.sent);
        }
    }

    fn include(&mut self, sent: Sent) {
        let Transaction { gas, gas_limit, to, value, ref data, .. } = sent.transaction;
        let (from, hash, block) = (sent.from, sent.hash, self.block());
        let needed = gas_needed(data, to.is_some_and(|to| self.has_code(to)));
        let done = if needed > gas_limit {
            Err("out of gas".to_owned())
        } else {
            to.map_or(Ok(()), |to| self.run(from, to, value, data)).map_err(|why| why.to_string())
        };
        let gas_used = needed.min(gas_limit);
        let (_, gas_price) = gas_prices(gas);
        self.native.count(from, U256::from(gas_price).saturating_mul(U256::from(gas_used)));
        let (reverted, wallet) = (done.err(), self.ledger.wallet(from));
        let act = Act::Mined { hash, reverted: reverted.clone() };
        self.note(Change::Chain { wallet, act });
        self.pool.mined.insert(hash, Mined { sent, block, gas_used, gas_price, reverted });
    }

    /// An account calls a contract, or pays somebody without code.
    fn run(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        data: &[u8],
    ) -> Result<(), ChainError> {
        if !self.has_code(to) {
            self.native.pay(from, to, value);
            return Ok(());
        }
        let call = understood(to, value, data)?;
        self.perform_call(from, &call)
    }

    /// The gas that a call would take if an account made it now; nothing changes.
    ///
    /// # Errors
    /// As the contract would revert.
    pub fn estimate(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        data: &[u8],
    ) -> Result<u64, ChainError> {
        let has_code = self.has_code(to);
        if has_code {
            let call = understood(to, value, data)?;
            self.try_call(from, &call)?;
        }
        Ok(gas_needed(data, has_code))
    }
}

/// What a contract makes of a call. None of its functions takes the chain's coin.
fn understood(to: Address, value: U256, data: &[u8]) -> Result<WalletCall, ChainError> {
    let call = WalletCall::decode(to, data).filter(|call| speaks(to, call) && value.is_zero());
    call.ok_or(ChainError::UnknownCall(to))
}

/// What can be told without a look at who sent it.
fn check(transaction: &Transaction) -> Result<(), PoolRefusal> {
    let Transaction { chain_id, gas, gas_limit, to, ref data, .. } = *transaction;
    let needed = gas_plain(data);
    let (most, _) = gas_prices(gas);
    if chain_id != CHAIN_ID {
        Err(PoolRefusal::Chain(chain_id))
    } else if to.is_none() {
        Err(PoolRefusal::Creation)
    } else if gas_limit > BLOCK_GAS {
        Err(PoolRefusal::TooMuchGas)
    } else if gas_limit < needed {
        Err(PoolRefusal::TooLittleGas { has: gas_limit, needed })
    } else if most < u128::from(GAS_PRICE) {
        Err(PoolRefusal::Fee(most))
    } else if matches!(gas, Gas::Dynamic { max_fee, max_priority } if max_priority > max_fee) {
        Err(PoolRefusal::Tip)
    } else {
        Ok(())
    }
}

/// Whether a transaction may take another one's place: it pays a tenth more, to everybody.
fn outbids(new: &Transaction, old: &Transaction) -> bool {
    let offers = |gas: Gas| match gas {
        Gas::Dynamic { max_fee, max_priority } => [max_fee, max_priority],
        Gas::Legacy { price } => [price, price],
    };
    let pairs = offers(new.gas).into_iter().zip(offers(old.gas));
    pairs.into_iter().all(|(new, old)| new.saturating_mul(100) >= old.saturating_mul(BUMP))
}
