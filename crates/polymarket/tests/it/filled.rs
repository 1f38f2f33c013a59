//! What an exchange says of an order that it carried out, against logs of the real one.
//!
//! Planted by hand and seen red: making and taking changed for each other, the fee read from the next word, a side
//! that is neither taken as a sale, logs of any contract taken for the exchange's.

use crate::shared::read;
use alloy_primitives::{Address, B256, Bytes, U256, address};
use betteroms_core::market::Side;
use betteroms_core::money::{Shares, Usd};
use betteroms_core::venue::{OnChain, VenueId};
use betteroms_polymarket::chain::filled::{ORDER_FILLED, OrderFilled, charges};
use betteroms_polymarket::chain::{Log, Receipt};
use betteroms_polymarket::signing::Exchange;
use betteroms_polymarket::wire::decode;
use serde_json::{Value, json};

const FILE: &str = "onchain/v2_order_filled_logs_2026-05-10.json";
const TAKER: Address = address!("e8b5e506aeadb393310523a24ddc726a7d8de05c");

/// The recorded logs in the form in which a node gives them, and what a receipt holds around them.
fn recorded(test: &str) -> Option<(Value, Receipt)> {
    let told: Value = serde_json::from_slice(&read(test, FILE)?).unwrap();
    let hash = &told["transaction_hash"];
    let row = |log: &Value| {
        json!({ "address": log["address"], "topics": log["topics"], "data": log["data"], "removed": false,
            "blockNumber": "0x52ab7a9", "transactionHash": hash, "transactionIndex": "0x1",
            "blockHash": B256::ZERO, "logIndex": format!("{:#x}", log["logIndex"].as_u64().unwrap()) })
    };
    let logs: Vec<Value> = told["logs"].as_array().unwrap().iter().map(row).collect();
    let receipt = json!({ "transactionHash": hash, "status": "0x1", "blockNumber": "0x52ab7a9",
        "gasUsed": "0x5208", "logs": logs });
    let receipt = decode(receipt.to_string().as_bytes()).unwrap();
    Some((told, receipt))
}

#[test]
fn real_logs_are_read_and_written_again_byte_for_byte() {
    let Some((told, receipt)) = recorded("real_logs_are_read_and_written_again_byte_for_byte")
    else {
        return;
    };
    assert_eq!(told["topic0"], json!(ORDER_FILLED));
    assert_eq!(receipt.logs.len(), 2);
    for (log, told) in receipt.logs.iter().zip(told["logs"].as_array().unwrap()) {
        let filled = OrderFilled::decode(log).unwrap();
        let of = &told["decoded"];
        let side = if of["side"] == "BUY" { Side::Buy } else { Side::Sell };
        let number = |name: &str| U256::from(of[name].as_u64().unwrap());
        assert_eq!((filled.side, filled.fee), (side, number("fee")));
        assert_eq!(filled.making, number("makerAmountFilled"));
        assert_eq!(filled.taking, number("takerAmountFilled"));
        assert_eq!((filled.taker, filled.exchange), (TAKER, Exchange::Standard.address()));
        assert_eq!(filled.encode(), *log);
    }
}

#[test]
fn a_receipt_tells_an_orders_charge_in_our_words() {
    let Some((told, receipt)) = recorded("a_receipt_tells_an_orders_charge_in_our_words") else {
        return;
    };
    let rows = [
        (0, Side::Buy, Usd::from_micros(1_232_800), Shares::from_micros(1_840_000)),
        (1, Side::Sell, Usd::from_micros(1_042_800), Shares::from_micros(3_160_000)),
    ];
    for (nth, side, cash, shares) in rows {
        let filled = OrderFilled::decode(&receipt.logs[nth]).unwrap();
        let of = on_chain(&filled, &receipt);
        let [charged] = charges(&receipt, &of).try_into().unwrap();
        assert_eq!((charged.side, charged.cash, charged.shares), (side, cash, shares));
        assert_eq!((charged.fee, &charged.order), (Usd::ZERO, &of.order));
        assert_eq!((&charged.transaction, &charged.token), (&of.transaction, &of.token));
        assert_eq!(json!(charged.transaction), told["transaction_hash"]);
    }
}

fn on_chain(filled: &OrderFilled, receipt: &Receipt) -> OnChain {
    OnChain {
        transaction: receipt.hash.to_string(),
        order: VenueId::new(&filled.order.to_string()),
        token: filled.token.to_string(),
        neg_risk: false,
        parts: 1,
    }
}

fn a_fill() -> OrderFilled {
    OrderFilled {
        exchange: Exchange::Standard.address(),
        order: B256::repeat_byte(7),
        maker: Address::repeat_byte(1),
        taker: Address::repeat_byte(2),
        side: Side::Sell,
        token: U256::from(1_001),
        making: U256::from(10_000_000),
        taking: U256::from(4_000_000),
        fee: U256::from(168_000),
        builder: B256::repeat_byte(3),
        metadata: B256::repeat_byte(4),
    }
}

fn receipt(logs: Vec<Log>) -> Receipt {
    let hash = B256::repeat_byte(9);
    Receipt { hash, is_success: true, block: U256::ONE, gas_used: U256::ONE, logs }
}

#[test]
fn only_the_exchange_that_the_order_was_signed_for_is_believed() {
    let filled = a_fill();
    let good = receipt(vec![filled.encode()]);
    let of = on_chain(&filled, &good);
    let fee = |receipt: &Receipt| charges(receipt, &of).first().map(|charged| charged.fee.micros());
    assert_eq!(fee(&good), Some(168_000), "the control");
    let with = |change: &dyn Fn(&mut OrderFilled)| {
        let mut filled = a_fill();
        change(&mut filled);
        fee(&receipt(vec![filled.encode()]))
    };
    assert_eq!(with(&|it| it.exchange = Exchange::NegRisk.address()), None);
    assert_eq!(with(&|it| it.exchange = Address::repeat_byte(5)), None, "anybody can say so");
    assert_eq!(with(&|it| it.order = B256::repeat_byte(8)), None);
    assert_eq!(with(&|it| it.fee = U256::MAX), None, "more than there can be");
    assert_eq!(fee(&Receipt { is_success: false, ..good.clone() }), None, "reverted");
    let removed = Log { is_removed: true, ..filled.encode() };
    assert_eq!(fee(&receipt(vec![removed])), None, "taken back by the chain");
    let neg_risk = OnChain { neg_risk: true, ..of.clone() };
    assert!(charges(&good, &neg_risk).is_empty());
}

#[test]
fn what_has_not_exactly_the_events_form_is_none() {
    let good = a_fill().encode();
    assert_eq!(OrderFilled::decode(&good), Some(a_fill()));
    let with = |change: &dyn Fn(&mut Log)| {
        let mut log = good.clone();
        change(&mut log);
        OrderFilled::decode(&log)
    };
    assert_eq!(with(&|log| log.topics[0] = B256::ZERO), None);
    assert_eq!(with(&|log| log.topics.truncate(3)), None);
    assert_eq!(with(&|log| log.topics.push(B256::ZERO)), None);
    assert_eq!(with(&|log| log.topics[2] = B256::repeat_byte(1)), None, "no address");
    for length in [0, 31, 32 * 6, 32 * 7 - 1, 32 * 7 + 1, 32 * 8] {
        let mut data = good.data.to_vec();
        data.resize(length, 0);
        assert_eq!(with(&|log| log.data = Bytes::from(data.clone())), None, "{length}");
    }
    let mut data = good.data.to_vec();
    data[31] = 2;
    assert_eq!(with(&|log| log.data = Bytes::from(data.clone())), None, "neither buy nor sale");
}
