//! Orders and trades as account reads show them (venue.md 5.3). Statuses are bare words: the official
//! clients know no others.

use crate::venue::order::{Order, OrderIx, Status};
use crate::venue::people::KeyIx;
use crate::venue::trade::{Leg, Party, Role, Trade, TradeIx};
use crate::venue::{CROWD, Venue};
use alloy_primitives::Address;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};
use serde::Serialize;
use uuid::Uuid;

/// The key that the crowd's orders belong to. Nobody has it.
const CROWD_KEY: Uuid = Uuid::from_u128(0xc0c0_c0c0_c0c0_4c0c_8c0c_c0c0_c0c0_c0c0);

/// A row of `/data/orders`.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct OrderRow<'a> {
    id: String,
    status: &'static str,
    owner: String,
    maker_address: Address,
    market: &'a str,
    asset_id: &'a str,
    side: Side,
    original_size: Shares,
    size_matched: Shares,
    price: Price,
    outcome: &'a str,
    expiration: String,
    order_type: &'static str,
    associate_trades: Vec<String>,
    created_at: i64,
}

/// One leg of a trade, here and in frames.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct LegRow<'a> {
    order_id: String,
    owner: String,
    maker_address: Address,
    matched_amount: Shares,
    price: Price,
    fee_rate_bps: &'static str,
    asset_id: &'a str,
    outcome: &'a str,
    side: Side,
}

/// A row of `/data/trades`, as one of the keys that took part sees it.
#[derive(Debug, Serialize)]
pub(in crate::serve) struct TradeRow<'a> {
    id: String,
    taker_order_id: String,
    market: &'a str,
    asset_id: &'a str,
    side: Side,
    size: Shares,
    fee_rate_bps: &'static str,
    price: Price,
    status: &'static str,
    match_time: String,
    match_time_nano: String,
    last_update: String,
    outcome: &'a str,
    bucket_index: u32,
    owner: String,
    maker_address: Address,
    transaction_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    err_msg: Option<&'a str>,
    maker_orders: Vec<LegRow<'a>>,
    trader_side: &'static str,
}

/// An order's status as reads tell it.
pub(in crate::serve) const fn status(status: Status) -> &'static str {
    match status {
        Status::Delayed => "DELAYED",
        Status::Live => "LIVE",
        Status::Matched => "MATCHED",
        Status::Ended(why) => why.read_as(),
    }
}

/// An order as a row.
pub(in crate::serve) fn order(venue: &Venue, order: OrderIx) -> OrderRow<'_> {
    let order: &Order = venue.orders().get(order);
    let market = &venue.floors().get(order.market).listing.market;
    OrderRow {
        id: order.id.to_string(),
        status: status(order.status),
        owner: venue.people().key(order.key).credentials.key.to_string(),
        maker_address: venue.ledger().address(order.wallet).unwrap_or(CROWD),
        market: market.condition.as_str(),
        asset_id: market.token(order.outcome),
        side: order.side,
        original_size: order.size,
        size_matched: order.matched,
        price: order.price,
        outcome: market.label(order.outcome),
        expiration: order.expiration.to_string(),
        order_type: order.kind.word(),
        associate_trades: ids(venue, &order.trades),
        created_at: order.created.secs(),
    }
}

/// The ids of trades.
pub(in crate::serve) fn ids(venue: &Venue, trades: &[TradeIx]) -> Vec<String> {
    trades.iter().map(|trade| venue.trades().get(*trade).id.to_string()).collect()
}

/// The key of a party, in text; the crowd has one of its own.
pub(in crate::serve) fn owner(venue: &Venue, party: &Party) -> String {
    let key = party.key.map_or(CROWD_KEY, |key| venue.people().key(key).credentials.key);
    key.to_string()
}

/// A trade as `key` sees it: `None` where it took no part.
pub(in crate::serve) fn trade(venue: &Venue, trade: TradeIx, key: KeyIx) -> Option<TradeRow<'_>> {
    let trade: &Trade = venue.trades().get(trade);
    let role: Role = trade.role_of(key)?;
    let market = &venue.floors().get(trade.market).listing.market;
    let legs = trade.legs.iter().map(|leg| leg_row(venue, market, leg)).collect();
    Some(TradeRow {
        id: trade.id.to_string(),
        taker_order_id: trade.taker.order_id.to_string(),
        market: market.condition.as_str(),
        asset_id: market.token(trade.outcome),
        side: trade.side,
        size: trade.size,
        fee_rate_bps: "0",
        price: trade.price,
        status: trade.status.word(),
        match_time: trade.matched_at.secs().to_string(),
        match_time_nano: format!("{}000", trade.matched_at.micros()),
        last_update: trade.updated_at.secs().to_string(),
        outcome: market.label(trade.outcome),
        bucket_index: trade.bucket,
        owner: owner(venue, &trade.taker),
        maker_address: venue.ledger().address(trade.taker.wallet).unwrap_or(CROWD),
        transaction_hash: trade.transaction.map(|hash| hash.to_string()).unwrap_or_default(),
        err_msg: trade.error.as_deref(),
        maker_orders: legs,
        trader_side: role.word(),
    })
}

pub(in crate::serve) fn leg_row<'a>(
    venue: &'a Venue,
    market: &'a betteroms_core::market::Market,
    leg: &Leg,
) -> LegRow<'a> {
    LegRow {
        order_id: leg.maker.order_id.to_string(),
        owner: owner(venue, &leg.maker),
        maker_address: venue.ledger().address(leg.maker.wallet).unwrap_or(CROWD),
        matched_amount: leg.size,
        price: leg.price,
        fee_rate_bps: "0",
        asset_id: market.token(leg.outcome),
        outcome: market.label(leg.outcome),
        side: leg.side,
    }
}
