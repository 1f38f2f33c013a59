//! The chain as a node tells it: numbers of the chain, code, and what the contracts say to calls that only
//! read. Everything about transactions is in [`super::transactions`].

use super::{RpcRefusal, transactions};
use crate::ledger::Asset;
use crate::venue::Venue;
use crate::venue::funds::{INFINITE, Token};
use crate::venue::native::GAS_PRICE;
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::money::Fraction;
use betteroms_polymarket::chain::Question;
use betteroms_polymarket::signing::contracts;
use serde_json::Value;

/// Code; what it is nobody may rely on: one INVALID.
const CODE: &str = "0xfe";
const NO_CODE: &str = "0x";

/// Answers one question.
pub(super) fn answer(
    venue: &mut Venue,
    method: &str,
    params: &[Value],
) -> Result<Value, RpcRefusal> {
    match method {
        "eth_chainId" => Ok(quantity(U256::from(contracts::CHAIN_ID))),
        "net_version" => Ok(contracts::CHAIN_ID.to_string().into()),
        "eth_blockNumber" => Ok(quantity(U256::from(venue.block()))),
        "eth_gasPrice" => Ok(quantity(U256::from(GAS_PRICE))),
        "eth_getCode" => {
            let at = whose(params)?;
            Ok(if venue.has_code(at) { CODE } else { NO_CODE }.into())
        }
        "eth_call" => call(venue, params),
        _ => transactions::answer(venue, method, params),
    }
}

pub(super) fn quantity(number: U256) -> Value {
    format!("{number:#x}").into()
}

fn word(number: U256) -> Value {
    B256::from(number).to_string().into()
}

/// The address and the block of a question about an account.
pub(super) fn whose(params: &[Value]) -> Result<Address, RpcRefusal> {
    let [address, rest @ ..] = params else { return Err(RpcRefusal::Params("no address")) };
    check_block(rest)?;
    let address = address.as_str().and_then(|text| text.parse().ok());
    address.ok_or(RpcRefusal::Params("not an address"))
}

/// Only the newest block is kept, and what is pending is in it.
pub(super) fn check_block(rest: &[Value]) -> Result<(), RpcRefusal> {
    match rest {
        [] => Ok(()),
        [block] if matches!(block.as_str(), Some("latest" | "pending")) => Ok(()),
        [_] => Err(RpcRefusal::Params("only the block \"latest\" is kept")),
        [_, _, ..] => Err(RpcRefusal::Params("too many arguments")),
    }
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
    if !venue.has_code(target) {
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
