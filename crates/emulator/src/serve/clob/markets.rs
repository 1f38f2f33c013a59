//! Markets as the CLOB describes them, in long and in short keys (venue.md 5.2).

use super::page;
use super::public;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::number;
use crate::serve::routes::{Route, route};
use crate::venue::chain::neg_risk_market_id;
use crate::venue::market::Floor;
use crate::venue::{Refusal, Venue};
use betteroms_core::market::{Gate, Outcome, Side};
use serde_json::{Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Clob, "GET", "/markets", all),
    route(Service::Clob, "GET", "/simplified-markets", simplified),
    route(Service::Clob, "GET", "/sampling-markets", sampling),
    route(Service::Clob, "GET", "/sampling-simplified-markets", sampling_simplified),
    route(Service::Clob, "GET", "/markets/{condition}", one),
    route(Service::Clob, "GET", "/clob-markets/{condition}", short),
    route(Service::Clob, "GET", "/markets-by-token/{token}", by_token),
    route(Service::Clob, "GET", "/markets/live-activity/{condition}", live),
];

fn list(
    desk: &Desk,
    call: &Call,
    fits: impl Fn(&Floor) -> bool,
    row: impl Fn(&Floor) -> Value,
) -> Answer {
    let from = page::offset(call, Refusal::BadPayload)?;
    Ok(desk.with(call, |venue| {
        let fitting = venue.floors().iter().map(|(_, floor)| floor).filter(|floor| fits(floor));
        page::reply(from, venue.settings.page_size, fitting.map(row))
    }))
}

/// Markets that pay liquidity rewards are those one samples.
fn is_sampled(floor: &Floor) -> bool {
    floor.is_open() && floor.listing.rewards.is_some()
}

fn all(desk: &Desk, call: &Call) -> Answer {
    list(desk, call, |_| true, long_keys)
}

fn simplified(desk: &Desk, call: &Call) -> Answer {
    list(desk, call, |_| true, simple_keys)
}

fn sampling(desk: &Desk, call: &Call) -> Answer {
    list(desk, call, is_sampled, long_keys)
}

fn sampling_simplified(desk: &Desk, call: &Call) -> Answer {
    list(desk, call, is_sampled, simple_keys)
}

fn asked<'a>(venue: &'a Venue, call: &Call) -> Result<&'a Floor, Refusal> {
    let market = venue.floors().by_condition(call.part("condition"));
    Ok(venue.floors().get(market.ok_or(Refusal::NoMarket)?))
}

fn one(desk: &Desk, call: &Call) -> Answer {
    desk.with(call, |venue| Ok(Reply::json(&long_keys(asked(venue, call)?))))
}

fn short(desk: &Desk, call: &Call) -> Answer {
    desk.with(call, |venue| Ok(Reply::json(&short_keys(asked(venue, call)?))))
}

fn by_token(desk: &Desk, call: &Call) -> Answer {
    desk.with(call, |venue| {
        let (market, _) = public::token(venue, call.part("token"))?;
        let market = &venue.floors().get(market).listing.market;
        let [first, second] = &market.tokens;
        Ok(Reply::json(&json!({
            "condition_id": market.condition,
            "primary_token_id": first,
            "secondary_token_id": second,
        })))
    })
}

/// Recent trades of a market, newest first.
fn live(desk: &Desk, call: &Call) -> Answer {
    const ROWS_MOST: usize = 50;
    desk.with(call, |venue| {
        let market = venue.floors().by_condition(call.part("condition"));
        let market = market.ok_or(Refusal::NoMarket)?;
        let listed = &venue.floors().get(market).listing.market;
        let trades: Vec<_> = venue.trades().iter().filter(|t| t.market == market).collect();
        let rows: Vec<Value> = trades
            .iter()
            .rev()
            .take(ROWS_MOST)
            .map(|trade| {
                json!({
                    "event_type": "trade",
                    "market": {
                        "condition_id": listed.condition,
                        "asset_id": listed.token(trade.outcome),
                        "question": listed.question,
                        "slug": listed.slug,
                    },
                    "side": trade.side,
                    "size": trade.size,
                    "price": trade.price,
                    "outcome": listed.label(trade.outcome),
                    "outcome_index": trade.outcome.index(),
                    "transaction_hash": trade.transaction,
                    "timestamp": trade.matched_at.secs().to_string(),
                })
            })
            .collect();
        Ok(Reply::json(&rows))
    })
}

/// The price a market shows for an outcome: its last trade, else the mid, else one half; after the
/// result what it paid.
fn shown_price(floor: &Floor, outcome: Outcome) -> Value {
    if let Some(resolution) = floor.listing.market.resolution
        && let Some(paid) = resolution.payout(outcome)
    {
        return number(&paid.to_string());
    }
    let last = floor.last_of(outcome).map(|last| last.price);
    let price = last.or_else(|| public::best(floor, outcome, Side::Buy));
    price.map_or_else(|| number("0.5"), |price| number(&price.to_string()))
}

fn tokens(floor: &Floor) -> Vec<Value> {
    let market = &floor.listing.market;
    let row = |outcome: Outcome| {
        let paid = market.resolution.and_then(|resolution| resolution.payout(outcome));
        json!({
            "token_id": market.token(outcome),
            "outcome": market.label(outcome),
            "price": shown_price(floor, outcome),
            "winner": paid.is_some_and(|paid| paid.micros() == 1_000_000),
        })
    };
    vec![row(Outcome::First), row(Outcome::Second)]
}

fn rewards(floor: &Floor) -> Value {
    match floor.listing.rewards {
        Some((min_size, max_spread)) => json!({
            "rates": null,
            "min_size": number(&min_size.to_string()),
            "max_spread": number(&max_spread.to_string()),
        }),
        None => json!({ "rates": null, "min_size": 0, "max_spread": 0 }),
    }
}

fn long_keys(floor: &Floor) -> Value {
    let market = &floor.listing.market;
    let is_closed = market.gate == Gate::Closed;
    // The same id as Gamma tells and the converting contract takes.
    let group = floor.listing.group.as_deref().map(|group| neg_risk_market_id(group).to_string());
    let is_even = market.resolution.is_some_and(|r| r.payout_first.micros() == 500_000);
    let fee = if market.fee.is_none_or(|fee| fee.rate.micros() == 0) { 0 } else { 1_000 };
    json!({
        "enable_order_book": true,
        "active": true,
        "closed": is_closed,
        "archived": false,
        "accepting_orders": floor.is_open(),
        "accepting_order_timestamp": null,
        "minimum_order_size": number(&market.min_size.to_string()),
        "minimum_tick_size": number(&market.tick.to_string()),
        "condition_id": market.condition,
        "question_id": market.condition,
        "question": market.question,
        "description": "",
        "market_slug": market.slug,
        "end_date_iso": market.close,
        "game_start_time": floor.listing.game_start,
        "seconds_delay": floor.listing.taker_delay_millis / 1_000,
        "fpmm": "",
        "maker_base_fee": fee,
        "taker_base_fee": fee,
        "notifications_enabled": true,
        "neg_risk": market.neg_risk,
        "neg_risk_market_id": group.unwrap_or_default(),
        "neg_risk_request_id": "",
        "icon": "",
        "image": "",
        "rewards": rewards(floor),
        "is_50_50_outcome": is_even,
        "tokens": tokens(floor),
        "tags": market.category.as_ref().map(|category| vec![category]),
    })
}

fn simple_keys(floor: &Floor) -> Value {
    let market = &floor.listing.market;
    json!({
        "condition_id": market.condition,
        "rewards": rewards(floor),
        "tokens": tokens(floor),
        "active": true,
        "closed": market.gate == Gate::Closed,
        "archived": false,
        "accepting_orders": floor.is_open(),
    })
}

/// A market without a fee has no `fd`, one that is not neg-risk no `nr`: a client fails on null there.
fn short_keys(floor: &Floor) -> Value {
    let market = &floor.listing.market;
    let [first, second] = &market.tokens;
    let mut keys = json!({
        "c": market.condition,
        "t": [
            { "t": first, "o": market.label(Outcome::First) },
            { "t": second, "o": market.label(Outcome::Second) },
        ],
        "mts": number(&market.tick.to_string()),
        "mos": number(&market.min_size.to_string()),
        "mbf": 1_000,
        "tbf": 1_000,
        "ao": floor.is_open(),
        "cbos": floor.listing.clear_on_start,
        "itode": floor.listing.taker_delay_millis > 0 && floor.listing.game_start.is_none(),
        "sd": floor.listing.taker_delay_millis / 1_000,
    });
    let Some(object) = keys.as_object_mut() else { return keys };
    if let Some(fee) = market.fee.filter(|fee| fee.rate.micros() > 0) {
        let rate = number(&fee.rate.to_string());
        let curve = json!({ "r": rate, "e": fee.exponent.unwrap_or(1), "to": true });
        object.insert("fd".to_owned(), curve);
    }
    if market.neg_risk {
        object.insert("nr".to_owned(), Value::Bool(true));
    }
    if let Some(start) = floor.listing.game_start {
        object.insert("gst".to_owned(), json!(start));
    }
    keys
}
