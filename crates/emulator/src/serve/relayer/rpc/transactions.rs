//! Transactions as a node takes and tells them, and what their senders ask before: nonce, coin, gas.

use super::RpcRefusal;
use super::receipt::{of_payment, of_settlement};
use super::state::{check_block, quantity, whose};
use crate::venue::Venue;
use crate::venue::native::GAS_PRICE;
use crate::venue::pool::Mined;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use betteroms_polymarket::chain::transaction::{Gas, Transaction};
use serde_json::{Value, json};
use std::str::FromStr;

/// Answers one question.
pub(super) fn answer(
    venue: &mut Venue,
    method: &str,
    params: &[Value],
) -> Result<Value, RpcRefusal> {
    match method {
        "eth_sendRawTransaction" => {
            let [raw] = params else { return Err(RpcRefusal::Params("not one transaction")) };
            let raw: Bytes = parsed(raw).ok_or(RpcRefusal::Params("not hexadecimal"))?;
            Ok(venue.take_transaction(&raw)?.to_string().into())
        }
        "eth_getTransactionReceipt" => {
            let [hash] = params else { return Err(RpcRefusal::Params("not one hash")) };
            let hash: B256 = parsed(hash).ok_or(RpcRefusal::Params("not a hash"))?;
            let sent = venue.pool().mined(&hash).map(receipt);
            let told = || of_settlement(venue, hash).or_else(|| of_payment(venue, hash));
            Ok(sent.or_else(told).unwrap_or_default())
        }
        "eth_getTransactionCount" => count(venue, params),
        "eth_getBalance" => {
            let at = whose(params)?;
            // What contracts have of the coin nobody asks.
            let has_code = venue.has_code(at);
            Ok(quantity(if has_code { U256::ZERO } else { venue.native().coins(at) }))
        }
        "eth_estimateGas" => estimate(venue, params),
        // So much that whoever offers twice the price of gas pays it for certain.
        "eth_maxPriorityFeePerGas" => Ok(quantity(U256::from(GAS_PRICE))),
        _ => Err(RpcRefusal::Method(method.to_owned())),
    }
}

fn parsed<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str().filter(|text| text.starts_with("0x")).and_then(|text| text.parse().ok())
}

/// A contract begins with one. What waits for a block counts only where it is asked for.
fn count(venue: &Venue, params: &[Value]) -> Result<Value, RpcRefusal> {
    let at = whose(params)?;
    let is_pending = params.get(1).and_then(Value::as_str) == Some("pending");
    let made = if venue.has_code(at) {
        1
    } else if is_pending {
        venue.next_nonce(at)
    } else {
        venue.native().made(at)
    };
    Ok(quantity(U256::from(made)))
}

fn estimate(venue: &mut Venue, params: &[Value]) -> Result<Value, RpcRefusal> {
    let [call, rest @ ..] = params else { return Err(RpcRefusal::Params("no call")) };
    check_block(rest)?;
    let address = |name: &str| call.get(name).and_then(parsed::<Address>);
    let from = address("from").ok_or(RpcRefusal::Params("from is not an address"))?;
    let to = address("to").ok_or(RpcRefusal::Params("to is not an address"))?;
    let value = match call.get("value") {
        None => U256::ZERO,
        Some(value) => parsed(value).ok_or(RpcRefusal::Params("value is not a number"))?,
    };
    let data: Bytes = match call.get("data").or_else(|| call.get("input")) {
        None => Bytes::new(),
        Some(data) => parsed(data).ok_or(RpcRefusal::Params("data is not hexadecimal"))?,
    };
    Ok(quantity(U256::from(venue.estimate(from, to, value, &data)?)))
}

/// What became of a transaction. The emulated contracts write no logs.
fn receipt(mined: &Mined) -> Value {
    let Mined { sent, block, gas_used, gas_price, reverted } = mined;
    let Transaction { to, gas, .. } = &sent.transaction;
    let block_hash = keccak256(block.to_be_bytes());
    let kind = match gas {
        Gas::Dynamic { .. } => "0x2",
        Gas::Legacy { .. } => "0x0",
    };
    let number = |number: u64| quantity(U256::from(number));
    json!({
        "transactionHash": sent.hash, "transactionIndex": "0x0", "type": kind,
        "status": if reverted.is_none() { "0x1" } else { "0x0" },
        "from": sent.from, "to": to, "contractAddress": null,
        "blockNumber": number(*block), "blockHash": block_hash,
        "gasUsed": number(*gas_used), "cumulativeGasUsed": number(*gas_used),
        "effectiveGasPrice": quantity(U256::from(*gas_price)),
        "logs": [], "logsBloom": format!("0x{}", "00".repeat(256)),
    })
}
