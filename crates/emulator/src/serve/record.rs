//! A change as a line of the log: ids in place of places, so that a line can be read on its own.

use crate::ledger::{Asset, MarketIx};
use crate::venue::Venue;
use crate::venue::act::Act;
use crate::venue::change::Change;
use crate::venue::funds::{INFINITE, Token};
use crate::venue::order::{OrderIx, Status};
use crate::venue::people::KeyIx;
use crate::venue::trade::{TradeIx, TradeStatus};
use betteroms_core::market::ConditionId;
use betteroms_core::money::{Decimal, Shares};
use serde::Serialize;
use serde_json::{Value, json};

/// A line's own fields.
#[derive(Serialize)]
pub(super) struct Recorded {
    change: &'static str,
    of: Value,
}

/// What the log says of a change.
pub(super) fn of(venue: &Venue, change: &Change) -> Recorded {
    let (change, of) = match change {
        Change::Placed { order, matched, status } => {
            ("placed", order_fields(venue, *order, *matched, *status))
        }
        Change::Refused { id, key, why } => {
            let owner = venue.people().key(*key).credentials.key.to_string();
            ("refused", json!({ "id": id, "owner": owner, "why": why }))
        }
        Change::Filled { order, matched, status } => {
            let id = venue.orders().get(*order).id;
            ("filled", json!({ "id": id, "matched": matched, "status": status_word(*status) }))
        }
        Change::Ended { order, matched, status } => {
            let id = venue.orders().get(*order).id;
            ("ended", json!({ "id": id, "matched": matched, "status": status_word(*status) }))
        }
        Change::Level { market, side, price, size } => {
            let market = condition(venue, *market);
            ("level", json!({ "market": market, "side": side, "price": price, "size": size }))
        }
        Change::Print { trade, market, outcome, side, price, size } => {
            let token = venue.floors().get(*market).listing.market.token(*outcome);
            let id = venue.trades().get(*trade).id.to_string();
            let of = json!({
                "trade": id, "token": token, "side": side, "price": price, "size": size,
            });
            ("print", of)
        }
        Change::Trade { trade, status } => ("trade", trade_fields(venue, *trade, *status)),
        Change::Tick { market, old, new } => {
            ("tick", json!({ "market": condition(venue, *market), "old": old, "new": new }))
        }
        Change::Listed { market } => {
            let market = &venue.floors().get(*market).listing.market;
            let (condition, tokens) = (&market.condition, &market.tokens);
            ("listed", json!({ "market": condition, "slug": market.slug, "tokens": tokens }))
        }
        Change::Closed { market } => ("closed", json!({ "market": condition(venue, *market) })),
        Change::Resolved { market, payout_first } => {
            let market = condition(venue, *market);
            ("resolved", json!({ "market": market, "payout_first": payout_first }))
        }
        Change::KeyMade { key } => ("key", key_fields(venue, *key)),
        Change::KeyDeleted { key } => ("key-deleted", key_fields(venue, *key)),
        Change::Mode { mode } => ("mode", json!({ "mode": mode.word() })),
        Change::HeartbeatLost { key } => ("heartbeat-lost", key_fields(venue, *key)),
        Change::Funded { wallet, amount } => {
            let wallet = venue.ledger().address(*wallet);
            ("funded", json!({ "wallet": wallet, "amount": amount }))
        }
        Change::Endowed { wallet, market, outcome, shares } => {
            let wallet = venue.ledger().address(*wallet);
            let token = venue.floors().get(*market).listing.market.token(*outcome);
            ("endowed", json!({ "wallet": wallet, "token": token, "size": shares }))
        }
        Change::Chain { wallet, act } => {
            let wallet = venue.ledger().address(*wallet);
            ("chain", json!({ "wallet": wallet, "act": act_fields(venue, act) }))
        }
        Change::Session { wallet, signer, what } => {
            ("session", json!({ "wallet": wallet, "signer": signer, "what": what }))
        }
    };
    Recorded { change, of }
}

fn act_fields(venue: &Venue, act: &Act) -> Value {
    let amount = |micros: i64| Decimal::from_micros(micros).to_string();
    match act {
        Act::Approve { token, spender, amount } => {
            let token = if *token == Token::Cash { "cash" } else { "shares" };
            let amount = if *amount == INFINITE { "max".to_owned() } else { amount.to_string() };
            json!({ "do": "approve", "token": token, "spender": spender, "amount": amount })
        }
        Act::Transfer { asset: Asset::Cash, to, amount: micros } => {
            json!({ "do": "transfer", "to": to, "cash": amount(*micros) })
        }
        Act::Transfer { asset: Asset::Share(market, outcome), to, amount: micros } => {
            let token = venue.floors().get(*market).listing.market.token(*outcome);
            json!({ "do": "transfer", "to": to, "token": token, "shares": amount(*micros) })
        }
        Act::Paid { kind, amount, hash } => {
            json!({ "do": "paid", "kind": kind, "cash": amount, "hash": hash })
        }
        Act::Split { market, shares } => {
            json!({ "do": "split", "market": condition(venue, *market), "shares": shares })
        }
        Act::Merge { market, shares } => {
            json!({ "do": "merge", "market": condition(venue, *market), "shares": shares })
        }
        Act::Redeem { market, burned, paid } => json!({
            "do": "redeem", "market": condition(venue, *market), "burned": burned, "paid": paid,
        }),
        Act::Convert { group, set, shares } => {
            let of = |markets: &[MarketIx]| -> Vec<&ConditionId> {
                markets.iter().map(|market| condition(venue, *market)).collect()
            };
            let event = of(venue.ledger().members(*group));
            json!({ "do": "convert", "event": event, "given": of(set), "shares": shares })
        }
        Act::Deploy { owner } => json!({ "do": "deploy", "owner": owner }),
        Act::Relayed { id, state } => {
            json!({ "do": "relayed", "id": id.to_string(), "state": state.word() })
        }
        Act::Mined { hash, reverted } => {
            json!({ "do": "transaction", "hash": hash, "reverted": reverted })
        }
    }
}

fn condition(venue: &Venue, market: MarketIx) -> &ConditionId {
    &venue.floors().get(market).listing.market.condition
}

fn key_fields(venue: &Venue, key: KeyIx) -> Value {
    let key = venue.people().key(key);
    json!({ "key": key.credentials.key.to_string(), "address": key.address })
}

fn order_fields(venue: &Venue, order: OrderIx, matched: Shares, status: Status) -> Value {
    let order = venue.orders().get(order);
    let market = &venue.floors().get(order.market).listing.market;
    json!({
        "id": order.id, "owner": venue.people().key(order.key).credentials.key.to_string(),
        "wallet": venue.ledger().address(order.wallet),
        "market": market.condition, "token": market.token(order.outcome),
        "side": order.side, "kind": order.kind.word(), "price": order.price,
        "size": order.size, "matched": matched, "status": status_word(status),
    })
}

fn trade_fields(venue: &Venue, trade: TradeIx, status: TradeStatus) -> Value {
    let trade = venue.trades().get(trade);
    let id = trade.id.to_string();
    if status != TradeStatus::Matched {
        return json!({ "id": id, "status": status.word(), "transaction": trade.transaction });
    }
    let market = &venue.floors().get(trade.market).listing.market;
    let legs: Vec<Value> = trade
        .legs
        .iter()
        .map(|leg| {
            json!({
                "order": leg.maker.order_id, "wallet": venue.ledger().address(leg.maker.wallet),
                "token": market.token(leg.outcome), "side": leg.side, "price": leg.price,
                "size": leg.size, "cash": leg.maker_cash, "taker_cash": leg.taker_cash,
                "fee": leg.fee,
            })
        })
        .collect();
    json!({
        "id": id, "status": status.word(), "order": trade.taker.order_id,
        "wallet": venue.ledger().address(trade.taker.wallet),
        "token": market.token(trade.outcome), "side": trade.side, "price": trade.price,
        "size": trade.size, "fee": trade.fee, "bucket": trade.bucket, "legs": legs,
    })
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Delayed => "DELAYED",
        Status::Live => "LIVE",
        Status::Matched => "MATCHED",
        Status::Ended(why) => why.status(),
    }
}
