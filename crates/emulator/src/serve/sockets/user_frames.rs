//! The events of the user channel: what happens to a key's orders and trades (venue.md 10.2). There is no
//! snapshot and no replay; what a key did not hear it reads by REST. Who hears what is the
//! [`super::publish`]er's.

use crate::ledger::MarketIx;
use crate::serve::clob::book_view::millis;
use crate::serve::clob::rows;
use crate::venue::change::Change;
use crate::venue::order::{OrderIx, Status, Why};
use crate::venue::people::KeyIx;
use crate::venue::trade::{Role, TradeIx, TradeStatus};
use crate::venue::{CROWD, Venue};
use alloy_primitives::Address;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};
use betteroms_core::time::Time;
use serde::Serialize;
use std::sync::Arc;

/// A frame for one key.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Private {
    /// The key whose order or trade it is.
    pub(in crate::serve) key: KeyIx,
    /// The market it is in.
    pub(in crate::serve) market: MarketIx,
    /// The frame: an array with one event.
    pub(in crate::serve) text: Arc<str>,
}

/// The frames of one change; none where it is nobody's own.
pub(in crate::serve) fn of(venue: &Venue, at: Time, change: &Change) -> Vec<Private> {
    match change {
        Change::Placed { order, matched, status } => {
            vec![order_event(venue, at, *order, ("PLACEMENT", *matched, *status))]
        }
        Change::Filled { order, matched, status } => {
            vec![order_event(venue, at, *order, ("UPDATE", *matched, *status))]
        }
        Change::Ended { order, matched, status } => {
            vec![order_event(venue, at, *order, ("CANCELLATION", *matched, *status))]
        }
        Change::Trade { trade, status } => trade_events(venue, at, *trade, *status),
        Change::Refused { .. }
        | Change::Level { .. }
        | Change::Print { .. }
        | Change::Tick { .. }
        | Change::Listed { .. }
        | Change::Closed { .. }
        | Change::Resolved { .. }
        | Change::KeyMade { .. }
        | Change::KeyDeleted { .. }
        | Change::Mode { .. }
        | Change::HeartbeatLost { .. }
        | Change::Funded { .. }
        | Change::Endowed { .. }
        | Change::Chain { .. }
        | Change::Session { .. } => Vec::new(),
    }
}

fn framed(key: KeyIx, market: MarketIx, event: &impl Serialize) -> Private {
    let text = serde_json::to_string(&[event]).expect("our own shapes are JSON");
    Private { key, market, text: text.into() }
}

#[derive(Serialize)]
struct OrderEvent<'a> {
    id: String,
    owner: String,
    market: &'a str,
    asset_id: &'a str,
    side: Side,
    order_owner: String,
    original_size: Shares,
    size_matched: String,
    price: Price,
    associate_trades: Vec<String>,
    outcome: &'a str,
    r#type: &'static str,
    created_at: String,
    expiration: String,
    order_type: &'static str,
    status: &'static str,
    maker_address: Address,
    timestamp: String,
    event_type: &'static str,
}

/// What happened to an order. A killed one comes with the oddities of the venue: no matched size, no
/// outcome, no time of creation.
fn order_event(
    venue: &Venue,
    at: Time,
    order: OrderIx,
    (kind, matched, status): (&'static str, Shares, Status),
) -> Private {
    let order = venue.orders().get(order);
    let market = &venue.floors().get(order.market).listing.market;
    let owner = venue.people().key(order.key).credentials.key.to_string();
    let is_killed = status == Status::Ended(Why::Killed);
    let unless_killed = |text: String| if is_killed { String::new() } else { text };
    let event = OrderEvent {
        id: order.id.to_string(),
        owner: owner.clone(),
        market: market.condition.as_str(),
        asset_id: market.token(order.outcome),
        side: order.side,
        order_owner: owner,
        original_size: order.size,
        size_matched: unless_killed(matched.to_string()),
        price: order.price,
        associate_trades: rows::ids(venue, &order.trades),
        outcome: if is_killed { "" } else { market.label(order.outcome) },
        r#type: kind,
        created_at: unless_killed(order.created.secs().to_string()),
        expiration: order.expiration.to_string(),
        order_type: order.kind.word(),
        status: status_word(status),
        maker_address: address(venue, order.wallet),
        timestamp: millis(at),
        event_type: "order",
    };
    framed(order.key, order.market, &event)
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Delayed => "DELAYED",
        Status::Live => "LIVE",
        Status::Matched => "MATCHED",
        Status::Ended(why) => why.status(),
    }
}

#[derive(Serialize)]
struct TradeEvent<'a> {
    r#type: &'static str,
    id: String,
    taker_order_id: String,
    market: &'a str,
    asset_id: &'a str,
    side: Side,
    size: Shares,
    price: Price,
    fee_rate_bps: &'static str,
    status: &'static str,
    match_time: String,
    last_update: String,
    outcome: &'a str,
    owner: String,
    trade_owner: String,
    maker_address: Address,
    transaction_hash: String,
    bucket_index: u32,
    maker_orders: Vec<rows::LegRow<'a>>,
    trader_side: &'static str,
    timestamp: String,
    event_type: &'static str,
}

/// A trade's new status, to each key that took part: once as taker where it did both.
fn trade_events(venue: &Venue, at: Time, ix: TradeIx, status: TradeStatus) -> Vec<Private> {
    let trade = venue.trades().get(ix);
    let all = std::iter::once(trade.taker).chain(trade.legs.iter().map(|leg| leg.maker));
    let mut keys: Vec<KeyIx> = Vec::new();
    for key in all.filter_map(|party| party.key) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.into_iter().map(|key| trade_event(venue, at, (ix, status), key)).collect()
}

fn trade_event(
    venue: &Venue,
    at: Time,
    (ix, status): (TradeIx, TradeStatus),
    key: KeyIx,
) -> Private {
    let trade = venue.trades().get(ix);
    let market = &venue.floors().get(trade.market).listing.market;
    // The hash is told once the transaction is in a block, also where it got there meanwhile.
    let hash = match status {
        TradeStatus::Mined | TradeStatus::Confirmed => trade.transaction,
        TradeStatus::Matched | TradeStatus::Retrying | TradeStatus::Failed => None,
    };
    let event = TradeEvent {
        r#type: "TRADE",
        id: trade.id.to_string(),
        taker_order_id: trade.taker.order_id.to_string(),
        market: market.condition.as_str(),
        asset_id: market.token(trade.outcome),
        side: trade.side,
        size: trade.size,
        price: trade.price,
        fee_rate_bps: "0",
        status: status.word(),
        match_time: trade.matched_at.secs().to_string(),
        last_update: at.secs().to_string(),
        outcome: market.label(trade.outcome),
        owner: rows::owner(venue, &trade.taker),
        trade_owner: venue.people().key(key).credentials.key.to_string(),
        maker_address: address(venue, trade.taker.wallet),
        transaction_hash: hash.map(|hash| hash.to_string()).unwrap_or_default(),
        bucket_index: trade.bucket,
        maker_orders: trade.legs.iter().map(|leg| rows::leg_row(venue, market, leg)).collect(),
        trader_side: trade.role_of(key).map_or("", Role::word),
        timestamp: millis(at),
        event_type: "trade",
    };
    framed(key, trade.market, &event)
}

fn address(venue: &Venue, wallet: crate::ledger::WalletIx) -> Address {
    venue.ledger().address(wallet).unwrap_or(CROWD)
}
