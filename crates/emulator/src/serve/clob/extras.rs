//! What else a key may ask: notices, scoring, builder fees and trades (venue.md 5.3).

use super::auth;
use super::page;
use super::rows;
use crate::ledger::WalletIx;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::number;
use crate::serve::routes::{Route, route};
use crate::venue::market::Floor;
use crate::venue::order::{Order, OrderIx, Status};
use crate::venue::people::{KeyIx, Notice};
use crate::venue::trade::{Trade, TradeIx};
use crate::venue::{Refusal, Venue};
use alloy_primitives::{Address, B256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::notional_floor;
use serde_json::{Map, Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Clob, "GET", "/order-scoring", scoring),
    route(Service::Clob, "POST", "/orders-scoring", scorings),
    route(Service::Clob, "GET", "/notifications", notices),
    route(Service::Clob, "DELETE", "/notifications", drop_notices),
    route(Service::Clob, "GET", "/fees/builder-fees/{code}", builder_fees),
    route(Service::Clob, "GET", "/builder/trades", builder_trades),
];

/// Whether an order earns rewards now: it rests, is large enough, and near enough to the mid.
fn scores(venue: &Venue, order: OrderIx) -> bool {
    let order = venue.orders().get(order);
    let floor = venue.floors().get(order.market);
    let Some((min_size, max_spread)) = floor.listing.rewards else { return false };
    let Some(doubled) = mid_doubled(floor, order.outcome) else { return false };
    let distance = doubled.abs_diff(order.price.micros().saturating_mul(2));
    order.status == Status::Live
        && order.left() >= min_size
        && distance <= max_spread.micros().saturating_mul(2)
}

fn mid_doubled(floor: &Floor, outcome: Outcome) -> Option<u32> {
    let bid = super::public::best(floor, outcome, Side::Buy)?.micros();
    let ask = super::public::best(floor, outcome, Side::Sell)?.micros();
    Some(bid.saturating_add(ask))
}

fn of_key(venue: &Venue, key: KeyIx, text: &str) -> Option<OrderIx> {
    let id: B256 = text.parse().ok()?;
    venue.orders().find(&id).filter(|order| venue.orders().get(*order).key == key)
}

fn scoring(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    let id = call.asked("order_id").unwrap_or_default();
    Ok(desk.with(call, |venue| {
        let is_scoring = of_key(venue, key, id).is_some_and(|order| scores(venue, order));
        Reply::json(&json!({ "scoring": is_scoring }))
    }))
}

fn scorings(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    let ids: Vec<String> = serde_json::from_slice(&call.body).map_err(|_| Refusal::BadPayload)?;
    Ok(desk.with(call, |venue| {
        let scores = |id: &String| of_key(venue, key, id).is_some_and(|o| scores(venue, o));
        let rows = ids.iter().map(|id| (id.clone(), Value::from(scores(id))));
        Reply::json(&Value::Object(rows.collect::<Map<_, _>>()))
    }))
}

/// Newest first. A client insists on every field of the payload, on a hash even of a cancel.
fn notices(desk: &Desk, call: &Call) -> Answer {
    const ROWS_MOST: usize = 100;
    let key = auth::reader(desk, call)?;
    Ok(desk.with(call, |venue| {
        let venue: &Venue = venue;
        let held = venue.people().key(key).notices.iter().enumerate().rev();
        let rows: Vec<Value> =
            held.take(ROWS_MOST).map(|(nth, one)| notice_row(venue, key, nth, one)).collect();
        Reply::json(&rows)
    }))
}

fn notice_row(venue: &Venue, key: KeyIx, nth: usize, notice: &Notice) -> Value {
    let order: &Order = venue.orders().get(notice.order);
    let floor = venue.floors().get(order.market);
    let market = &floor.listing.market;
    let last = order.trades.last().map(|trade| venue.trades().get(*trade));
    let owner = venue.people().key(key).credentials.key.to_string();
    let hash = last.and_then(|trade| trade.transaction).unwrap_or(B256::ZERO);
    let event = floor.listing.event.as_ref().map_or(market.slug.as_str(), |(slug, _)| slug);
    json!({
        "id": nth,
        "type": notice.kind,
        "owner": owner,
        "timestamp": notice.at.secs(),
        "payload": {
            "asset_id": market.token(order.outcome),
            "condition_id": market.condition,
            "eventSlug": event,
            "icon": "",
            "image": "",
            "market": market.condition,
            "market_slug": market.slug,
            "matched_size": order.matched,
            "order_id": order.id.to_string(),
            "original_size": order.size,
            "outcome": market.label(order.outcome),
            "outcome_index": order.outcome.index(),
            "owner": owner,
            "price": order.price,
            "question": market.question,
            "remaining_size": order.left(),
            "seriesSlug": "",
            "side": order.side,
            "trade_id": last.map(|trade| trade.id.to_string()).unwrap_or_default(),
            "transaction_hash": hash,
            "type": order.kind.word(),
        },
    })
}

fn drop_notices(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let ids = call.asked("ids").unwrap_or_default();
    let ids: Vec<usize> = ids.split(',').filter_map(|id| id.trim().parse().ok()).collect();
    desk.with(call, |venue| venue.drop_notices(key, &ids));
    Ok(Reply::json(&"OK"))
}

/// No builder of this venue takes a fee of its own.
fn builder_fees(_: &Desk, _: &Call) -> Answer {
    Ok(Reply::json(&json!({
        "builder_maker_fee_rate_bps": 0,
        "builder_taker_fee_rate_bps": 0,
    })))
}

/// Trades of orders that were signed with a builder's code: anybody may ask.
fn builder_trades(desk: &Desk, call: &Call) -> Answer {
    let from = page::offset(call, Refusal::TradeParams)?;
    let code: B256 = match call.asked("builder_code").map(str::parse) {
        Some(Ok(code)) => code,
        Some(Err(_)) | None => return Err(Refusal::TradeParams),
    };
    Ok(desk.with(call, |venue| {
        let coded = venue.orders().iter().filter(|order| order.builder == code);
        let all = coded.flat_map(|order| order.trades.iter().map(move |trade| (order, *trade)));
        let rows = all.map(|(order, trade)| builder_row(venue, order, trade));
        page::reply(from, venue.settings.page_size, rows)
    }))
}

fn builder_row(venue: &Venue, order: &Order, ix: TradeIx) -> Value {
    let trade: &Trade = venue.trades().get(ix);
    let market = &venue.floors().get(order.market).listing.market;
    let is_taker = trade.taker.order.is_some_and(|o| venue.orders().get(o).id == order.id);
    let leg = trade.legs.iter().find(|leg| leg.maker.order_id == order.id);
    let (price, size) = leg.map_or((trade.price, trade.size), |leg| (leg.price, leg.size));
    let fee = if is_taker { trade.fee } else { betteroms_core::money::Usd::ZERO };
    let wallet = |wallet: WalletIx| venue.ledger().address(wallet);
    // One client reads the builder as an address of 20 bytes.
    let builder = Address::from_word(order.builder);
    let cash = notional_floor(price, size);
    json!({
        "id": trade.id.to_string(),
        "tradeType": if is_taker { "TAKER" } else { "MAKER" },
        "takerOrderHash": trade.taker.order_id.to_string(),
        "builder": builder,
        "market": market.condition,
        "assetId": market.token(order.outcome),
        "side": order.side,
        "size": size,
        "sizeUsdc": cash,
        "price": price,
        "status": trade.status.word(),
        "outcome": market.label(order.outcome),
        "outcomeIndex": order.outcome.index(),
        "owner": rows::owner(venue, &trade.taker),
        "maker": wallet(order.wallet),
        "transactionHash": trade.transaction.unwrap_or(B256::ZERO),
        "matchTime": trade.matched_at.secs().to_string(),
        "bucketIndex": trade.bucket,
        "fee": number(&fee.to_string()),
        "feeUsdc": number(&fee.to_string()),
    })
}
