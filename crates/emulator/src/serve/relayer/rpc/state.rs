//! The chain as a node tells it: numbers of the chain, code, and what the contracts say to calls that only
//! read.

use super::RpcRefusal;
use crate::ledger::Asset;
use crate::venue::Venue;
use crate::venue::funds::{INFINITE, Token};
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::money::Fraction;
use betteroms_core::time::Time;
use betteroms_polymarket::chain::Question;
use betteroms_polymarket::signing::contracts;
use serde_json::Value;

/// The chain makes a block in so many seconds.
const BLOCK_SECS: i64 = 2;
/// Native coin of every account, in wei: gas is no concern here.
const NATIVE: u64 = 1_000_000_000_000_000_000;
/// What a unit of gas costs, in wei.
pub(super) const GAS_PRICE: u64 = 30_000_000_000;
/// The contracts that have code. What it is nobody may rely on: one INVALID.
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
const CODE: &str = "0xfe";
const NO_CODE: &str = "0x";

/// Answers one question.
pub(super) fn answer(venue: &Venue, method: &str, params: &[Value]) -> Result<Value, RpcRefusal> {
    match method {
        "eth_chainId" => Ok(quantity(U256::from(contracts::CHAIN_ID))),
        "net_version" => Ok(contracts::CHAIN_ID.to_string().into()),
        "eth_blockNumber" => Ok(quantity(U256::from(block_at(venue.now())))),
        "eth_gasPrice" => Ok(quantity(U256::from(GAS_PRICE))),
        "eth_getCode" => {
            let at = whose(params)?;
            Ok(if has_code(venue, at) { CODE } else { NO_CODE }.into())
        }
        "eth_getBalance" => {
            let at = whose(params)?;
            let amount = if has_code(venue, at) { U256::ZERO } else { U256::from(NATIVE) };
            Ok(quantity(amount))
        }
        // Nobody sends a transaction here; a contract begins with one.
        "eth_getTransactionCount" => {
            let at = whose(params)?;
            Ok(quantity(U256::from(u8::from(has_code(venue, at)))))
        }
        "eth_getTransactionReceipt" => {
            let hash = transaction(params)?;
            Ok(super::receipt::of_settlement(venue, hash).unwrap_or_default())
        }
        "eth_call" => call(venue, params),
        _ => Err(RpcRefusal::Method(method.to_owned())),
    }
}

pub(super) fn quantity(number: U256) -> Value {
    format!("{number:#x}").into()
}

/// The block that is the newest at a time.
pub(super) fn block_at(time: Time) -> u64 {
    (time.secs().max(0) / BLOCK_SECS).unsigned_abs()
}

/// The hash of a question about a transaction.
fn transaction(params: &[Value]) -> Result<B256, RpcRefusal> {
    let [hash] = params else { return Err(RpcRefusal::Params("not one hash")) };
    let hash = hash.as_str().and_then(|text| text.parse().ok());
    hash.ok_or(RpcRefusal::Params("not a hash"))
}

fn word(number: U256) -> Value {
    B256::from(number).to_string().into()
}

/// The address and the block of a question about an account.
fn whose(params: &[Value]) -> Result<Address, RpcRefusal> {
    let [address, rest @ ..] = params else { return Err(RpcRefusal::Params("no address")) };
    check_block(rest)?;
    let address = address.as_str().and_then(|text| text.parse().ok());
    address.ok_or(RpcRefusal::Params("not an address"))
}

/// Only the newest block is kept, and what is pending is in it.
fn check_block(rest: &[Value]) -> Result<(), RpcRefusal> {
    match rest {
        [] => Ok(()),
        [block] if matches!(block.as_str(), Some("latest" | "pending")) => Ok(()),
        [_] => Err(RpcRefusal::Params("only the block \"latest\" is kept")),
        [_, _, ..] => Err(RpcRefusal::Params("too many arguments")),
    }
}

/// Known contracts and deployed wallets; an account that owns itself is none.
fn has_code(venue: &Venue, at: Address) -> bool {
    let owner = venue.people().owner_of(at);
    CONTRACTS.contains(&at) || owner.is_some_and(|owner| owner != at)
}

fn call(venue: &Venue, params: &[Value]) -> Result<Value, RpcRefusal> {
    let [asked, rest @ ..] = params else { return Err(RpcRefusal::Params("no call")) };
    check_block(rest)?;
    let target = asked.get("to").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let target: Address = target.ok_or(RpcRefusal::Params("to is not an address"))?;
    let data = asked.get("data").or_else(|| asked.get("input"));
    let data = match data {
        None => Bytes::new(),
        Some(data) => {
            let data = data.as_str().and_then(|text| text.parse().ok());
            data.ok_or(RpcRefusal::Params("data is not hexadecimal"))?
        }
    };
    // Without code nothing runs, and nothing is returned.
    if !has_code(venue, target) {
        return Ok(NO_CODE.into());
    }
    let question = Question::decode(target, &data).ok_or(RpcRefusal::Reverted)?;
    told(venue, question).map(word).ok_or(RpcRefusal::Reverted)
}

/// What a contract says; `None` where it reverts.
fn told(venue: &Venue, question: Question) -> Option<U256> {
    let balance = |owner: Address, asset: Asset| {
        let wallet = venue.ledger().find(owner);
        let amount = wallet.map_or(0, |wallet| venue.ledger().balance(wallet, asset));
        // Only the world outside owes anything, and it has no account.
        U256::from(amount.max(0).unsigned_abs())
    };
    let granted = |owner: Address, token: Token, spender: Address| {
        let wallet = venue.ledger().find(owner);
        wallet.map_or(0, |wallet| venue.funds().granted(wallet, token, spender))
    };
    match question {
        Question::Pusd { owner } => Some(balance(owner, Asset::Cash)),
        Question::Allowance { owner, spender } => {
            Some(match granted(owner, Token::Cash, spender) {
                INFINITE => U256::MAX,
                amount => U256::from(amount),
            })
        }
        Question::Decimals => Some(U256::from(6)),
        Question::Tokens { owner, id } => Some(match venue.floors().by_token(&id) {
            Some((market, outcome)) => balance(owner, Asset::Share(market, outcome)),
            None => U256::ZERO,
        }),
        Question::Operator { owner, operator } => {
            Some(U256::from(u8::from(granted(owner, Token::Shares, operator) > 0)))
        }
        Question::PayoutNumerator { condition, outcome } => {
            // One that nobody prepared has no outcomes to ask for.
            let market = venue.floors().by_condition(&condition.to_string())?;
            let first = venue.ledger().payout_first(market);
            let all = Fraction::ONE.micros();
            Some(U256::from(first.map_or(0, |first| match outcome {
                0 => first.micros(),
                _ => all.saturating_sub(first.micros()),
            })))
        }
        Question::PayoutDenominator { condition } => {
            let market = venue.floors().by_condition(&condition.to_string());
            let payout = market.and_then(|market| venue.ledger().payout_first(market));
            Some(payout.map_or(U256::ZERO, |_| U256::from(Fraction::ONE.micros())))
        }
    }
}
