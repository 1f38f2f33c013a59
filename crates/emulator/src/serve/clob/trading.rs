//! Orders posted and cancelled, heartbeats (venue.md 4.1 to 4.3, 4.7, 4.9).

use super::auth;
use super::posted::{self, Body};
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::bucket::{self, Limits};
use crate::venue::people::KeyIx;
use crate::venue::{Placed, Posted, Refusal, Venue};
use alloy_primitives::{B256, U256};
use betteroms_core::money::Decimal;
use betteroms_polymarket::account::Work;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Clob, "POST", "/order", order),
    route(Service::Clob, "POST", "/orders", orders),
    route(Service::Clob, "DELETE", "/order", cancel),
    route(Service::Clob, "DELETE", "/orders", cancel_many),
    route(Service::Clob, "DELETE", "/cancel-all", cancel_all),
    route(Service::Clob, "DELETE", "/cancel-market-orders", cancel_market),
    route(Service::Clob, "POST", "/v1/heartbeats", heartbeat),
];

/// The most orders of one batch (venue.md 4.3).
const BATCH_MOST: usize = 15;
/// The most ids of one cancel: the lower of the two documented numbers (venue.md 4.7).
const CANCELS_MOST: usize = 1_000;

/// The answer to an order; every field is there in every answer, as a client insists on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderReply {
    error_msg: String,
    #[serde(rename = "orderID")]
    order_id: String,
    taking_amount: String,
    making_amount: String,
    status: &'static str,
    success: bool,
    transactions_hashes: [&'static str; 0],
    #[serde(rename = "tradeIDs")]
    trade_ids: Vec<String>,
}

impl OrderReply {
    fn placed(venue: &Venue, placed: &Placed) -> Self {
        let amount = |micros: i64| {
            if micros == 0 { String::new() } else { Decimal::from_micros(micros).to_string() }
        };
        let ids = placed.trades.iter().map(|trade| venue.trades().get(*trade).id.to_string());
        Self {
            error_msg: String::new(),
            order_id: placed.id.to_string(),
            taking_amount: amount(placed.taking),
            making_amount: amount(placed.making),
            status: placed.status,
            success: true,
            transactions_hashes: [],
            trade_ids: ids.collect(),
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        Self {
            error_msg: refusal.to_string(),
            order_id: String::new(),
            taking_amount: String::new(),
            making_amount: String::new(),
            status: "",
            success: false,
            transactions_hashes: [],
            trade_ids: Vec::new(),
        }
    }
}

/// Reads an order's signature, which needs the market's exchange but not the venue's lock.
fn prove(desk: &Desk, call: &Call, body: &Body) -> Result<Posted, Refusal> {
    let token = body.token()?;
    let exchange = desk.with(call, |venue| exchange_of(venue, &token));
    posted::read(body, exchange)
}

fn exchange_of(venue: &Venue, token: &U256) -> Option<betteroms_polymarket::signing::Exchange> {
    let (market, outcome) = venue.floors().by_token(token)?;
    Some(venue.floors().get(market).exchange(outcome))
}

/// What a request costs its signer is taken first, all or nothing, and told with the answer.
fn limited(
    venue: &mut Venue,
    (key, what, cost): (KeyIx, Work, usize),
    work: impl FnOnce(&mut Venue) -> Answer,
) -> Answer {
    let signer = venue.people().key(key).address;
    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
    let verdict = venue.spend(signer, what, cost);
    let answer = match verdict.refused_retry_secs {
        Some(retry_secs) => Err(Refusal::TooManyRequests { retry_secs }),
        None => work(venue),
    };
    let mut reply = answer.unwrap_or_else(|refusal| Reply::from(&refusal));
    // Who counts nothing has nothing to tell.
    if venue.settings.limits != Limits::Off {
        reply.headers.extend(bucket::headers(&verdict));
    }
    Ok(reply)
}

fn order(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let body: Body = serde_json::from_slice(&call.body).map_err(|_| Refusal::Payload)?;
    let posted = prove(desk, call, &body)?;
    desk.with(call, |venue| {
        limited(venue, (key, Work::Orders, 1), |venue| {
            let placed = venue.place(key, &posted)?;
            Ok(Reply::json(&OrderReply::placed(venue, &placed)))
        })
    })
}

fn orders(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let bodies: Vec<Body> = serde_json::from_slice(&call.body).map_err(|_| Refusal::Payload)?;
    let given = bodies.len();
    if given > BATCH_MOST {
        return Err(Refusal::TooManyOrders { given, max: BATCH_MOST });
    }
    let proved: Vec<Result<Posted, Refusal>> =
        bodies.iter().map(|body| prove(desk, call, body)).collect();
    desk.with(call, |venue| {
        limited(venue, (key, Work::Orders, given), |venue| {
            // The post-only window answers leg by leg, every other mode for the whole batch.
            venue.gate_batch()?;
            let legs: Vec<OrderReply> = proved
                .into_iter()
                .map(|posted| match posted.and_then(|posted| venue.place(key, &posted)) {
                    Ok(placed) => OrderReply::placed(venue, &placed),
                    Err(refusal) => OrderReply::refused(&refusal),
                })
                .collect();
            Ok(Reply::json(&legs))
        })
    })
}

/// What was cancelled, and why the rest was not.
#[derive(Debug, Default, Serialize)]
struct Cancelled {
    canceled: Vec<String>,
    not_canceled: BTreeMap<String, String>,
}

/// Cancels ids at their price: one each.
fn cancel_ids(venue: &mut Venue, key: KeyIx, ids: &[B256]) -> Answer {
    limited(venue, (key, Work::Cancels, ids.len()), |venue| Ok(cancelled(venue, key, ids)))
}

/// Cancels what a sweeping request found: one more than there are.
fn sweep_ids(venue: &mut Venue, key: KeyIx, ids: &[B256]) -> Answer {
    let cost = ids.len().saturating_add(1);
    limited(venue, (key, Work::Cancels, cost), |venue| Ok(cancelled(venue, key, ids)))
}

fn cancelled(venue: &mut Venue, key: KeyIx, ids: &[B256]) -> Reply {
    let mut told = Cancelled::default();
    for id in ids {
        match venue.cancel(key, id) {
            Ok(_) => told.canceled.push(id.to_string()),
            Err(why) => drop(told.not_canceled.insert(id.to_string(), why.to_string())),
        }
    }
    Reply::json(&told)
}

fn order_id(text: &str) -> Result<B256, Refusal> {
    text.parse().map_err(|_| Refusal::OrderId)
}

#[derive(Deserialize)]
struct One {
    #[serde(rename = "orderID")]
    order_id: String,
}

fn cancel(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let one: One = serde_json::from_slice(&call.body).map_err(|_| Refusal::Payload)?;
    let id = order_id(&one.order_id)?;
    desk.with(call, |venue| {
        venue.gate_cancel()?;
        cancel_ids(venue, key, &[id])
    })
}

fn cancel_many(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let texts: Vec<String> = serde_json::from_slice(&call.body).map_err(|_| Refusal::Payload)?;
    if texts.len() > CANCELS_MOST {
        return Err(Refusal::TooManyCancels(CANCELS_MOST));
    }
    let ids = texts.iter().map(|text| order_id(text)).collect::<Result<Vec<_>, _>>()?;
    desk.with(call, |venue| {
        venue.gate_cancel()?;
        cancel_ids(venue, key, &ids)
    })
}

fn cancel_all(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    desk.with(call, |venue| {
        venue.gate_cancel()?;
        let open = venue.open_orders(key, None, None);
        let ids: Vec<B256> = open.iter().map(|order| venue.orders().get(*order).id).collect();
        sweep_ids(venue, key, &ids)
    })
}

#[derive(Deserialize)]
struct Market {
    market: Option<String>,
    asset_id: Option<String>,
}

fn cancel_market(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let body: Market = serde_json::from_slice(&call.body).map_err(|_| Refusal::Payload)?;
    let market = body.market.filter(|text| !text.is_empty());
    let asset = body.asset_id.filter(|text| !text.is_empty());
    if market.is_none() && asset.is_none() {
        return Err(Refusal::Payload);
    }
    desk.with(call, |venue| {
        venue.gate_cancel()?;
        let floors = venue.floors();
        let of_market = match &market {
            Some(condition) => Some(floors.by_condition(condition).ok_or(Refusal::NoMarket)?),
            None => None,
        };
        let of_token = match &asset {
            Some(token) => {
                let token = U256::from_str_radix(token, 10).map_err(|_| Refusal::TokenId)?;
                Some(floors.by_token(&token).ok_or(Refusal::TokenId)?)
            }
            None => None,
        };
        let mut open = venue.open_orders(key, of_market, of_token.map(|(_, outcome)| outcome));
        if let Some((market, _)) = of_token {
            open.retain(|order| venue.orders().get(*order).market == market);
        }
        let ids: Vec<B256> = open.iter().map(|order| venue.orders().get(*order).id).collect();
        sweep_ids(venue, key, &ids)
    })
}

#[derive(Deserialize)]
struct Beat {
    heartbeat_id: Option<String>,
}

fn heartbeat(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let beat: Beat = serde_json::from_slice(&call.body).map_err(|_| Refusal::BadPayload)?;
    let id = beat.heartbeat_id.unwrap_or_default();
    let next = desk.with(call, |venue| venue.beat(key, &id))?;
    Ok(Reply::json(&json!({ "heartbeat_id": next })))
}
