//! Receipts of settlements: what the exchange says of each order, in the event that the real one emits (venue.md 9.1);
//! and of payments of the venue: what the dollars' contract says.
//! What else stands in a real receipt is not made here, and what orders were signed with is not kept (`metadata`).

use super::state::quantity;
use crate::ledger::WalletIx;
use crate::venue::act::Act;
use crate::venue::native::GAS_PRICE;
use crate::venue::trade::{Leg, Party, Trade, TradeStatus};
use crate::venue::{OUTSIDE, Venue};
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::chain::Log;
use betteroms_polymarket::chain::filled::OrderFilled;
use betteroms_polymarket::chain::payments::transfer;
use betteroms_polymarket::signing::contracts::PUSD;
use serde_json::{Value, json};

/// What a settlement of some size uses up, for each order in it.
const GAS_PER_ORDER: u64 = 120_000;
/// Bytes of a Bloom filter; nobody here searches by one.
const BLOOM_BYTES: usize = 256;

/// The receipt of a settlement that is in a block; `None` for any other hash.
pub(super) fn of_settlement(venue: &Venue, hash: B256) -> Option<Value> {
    let mut trades = venue.trades().iter();
    let trade = trades.find(|trade| trade.transaction == Some(hash))?;
    let is_mined = matches!(trade.status, TradeStatus::Mined | TradeStatus::Confirmed);
    is_mined.then(|| receipt(venue, trade, hash))
}

fn receipt(venue: &Venue, trade: &Trade, hash: B256) -> Value {
    let exchange = venue.floors().get(trade.market).exchange(trade.outcome).address();
    let logs = filled(venue, trade, exchange).iter().map(OrderFilled::encode).collect::<Vec<Log>>();
    let millis = i64::from(venue.settings.mined_after_millis);
    let mined = trade.matched_at.micros().saturating_add(millis.saturating_mul(1_000));
    written((hash, exchange), &logs, Time::from_micros(mined))
}

/// The receipt of what the venue paid; `None` for any other hash.
pub(super) fn of_payment(venue: &Venue, hash: B256) -> Option<Value> {
    let paid = |(at, wallet, act): &(Time, WalletIx, Act)| {
        let Act::Paid { amount, hash: of, .. } = act else { return None };
        (*of == hash).then_some((*at, *wallet, *amount))
    };
    let (at, wallet, amount) = venue.acts().iter().find_map(paid)?;
    let to = venue.ledger().address(wallet)?;
    let log = transfer(OUTSIDE, to, U256::from(amount.micros().unsigned_abs()));
    Some(written((hash, PUSD), &[log], at))
}

/// A receipt that is in the block of its time.
fn written((hash, to): (B256, Address), logs: &[Log], at: Time) -> Value {
    let block = Venue::block_at(at);
    let block_hash = B256::from(U256::from(block));
    let gas = U256::from(GAS_PER_ORDER).saturating_mul(U256::from(logs.len()));
    let rows = (0_u64..).zip(logs).map(|(place, log)| {
        json!({
            "address": log.address, "topics": log.topics, "data": log.data, "removed": false,
            "blockHash": block_hash, "blockNumber": quantity(U256::from(block)),
            "transactionHash": hash, "transactionIndex": "0x0",
            "logIndex": quantity(U256::from(place)),
        })
    });
    json!({
        "transactionHash": hash, "transactionIndex": "0x0", "blockHash": block_hash,
        "blockNumber": quantity(U256::from(block)), "from": Address::ZERO, "to": to,
        "contractAddress": null, "status": "0x1", "type": "0x2", "gasUsed": quantity(gas),
        "cumulativeGasUsed": quantity(gas), "effectiveGasPrice": quantity(U256::from(GAS_PRICE)),
        "logs": rows.collect::<Vec<Value>>(), "logsBloom": Bytes::from(vec![0; BLOOM_BYTES]),
    })
}

/// What the exchange says: of each resting order, then of the taker's, of which it is itself the taker.
fn filled(venue: &Venue, trade: &Trade, exchange: Address) -> Vec<OrderFilled> {
    let taker = wallet(venue, &trade.taker);
    let mut all: Vec<OrderFilled> = trade
        .legs
        .iter()
        .map(|leg| {
            let Leg { maker, outcome, side, size, maker_cash, .. } = leg;
            let of = (*outcome, *side, *size, *maker_cash, Usd::ZERO);
            order_filled(venue, (trade, maker), of, (taker, exchange))
        })
        .collect();
    let cash = trade.legs.iter().map(|leg| leg.taker_cash).sum();
    let of = (trade.outcome, trade.side, trade.size, cash, trade.fee);
    all.push(order_filled(venue, (trade, &trade.taker), of, (exchange, exchange)));
    all
}

fn order_filled(
    venue: &Venue,
    (trade, party): (&Trade, &Party),
    (outcome, side, shares, cash, fee): (Outcome, Side, Shares, Usd, Usd),
    (taker, exchange): (Address, Address),
) -> OrderFilled {
    let amount = |micros: i64| U256::from(micros.unsigned_abs());
    let (cash, shares) = (amount(cash.micros()), amount(shares.micros()));
    let (making, taking) = match side {
        Side::Buy => (cash, shares),
        Side::Sell => (shares, cash),
    };
    let [first, second] = venue.floors().get(trade.market).tokens;
    let order = party.order.map(|order| venue.orders().get(order));
    OrderFilled {
        exchange,
        order: party.order_id,
        maker: wallet(venue, party),
        taker,
        side,
        token: match outcome {
            Outcome::First => first,
            Outcome::Second => second,
        },
        making,
        taking,
        fee: amount(fee.micros()),
        builder: order.map_or(B256::ZERO, |order| order.builder),
        metadata: B256::ZERO,
    }
}

fn wallet(venue: &Venue, party: &Party) -> Address {
    venue.ledger().address(party.wallet).unwrap_or_default()
}
