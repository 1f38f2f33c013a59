//! Public reads of books and prices, and of the venue itself (venue.md 5.1).

use super::book_view;
use crate::ledger::MarketIx;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::number;
use crate::serve::routes::{Route, route};
use crate::venue::market::Floor;
use crate::venue::{Refusal, Venue};
use alloy_primitives::U256;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Decimal, Price};
use betteroms_core::time::Time;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[
    // One client asks the root whether the venue is there.
    route(Service::Clob, "GET", "/", ok),
    route(Service::Clob, "GET", "/ok", ok),
    route(Service::Clob, "GET", "/time", time),
    route(Service::Clob, "GET", "/version", version),
    route(Service::Clob, "GET", "/book", book),
    route(Service::Clob, "POST", "/books", books),
    route(Service::Clob, "GET", "/price", price),
    route(Service::Clob, "POST", "/prices", prices),
    route(Service::Clob, "GET", "/midpoint", midpoint),
    route(Service::Clob, "POST", "/midpoints", midpoints),
    route(Service::Clob, "GET", "/spread", spread),
    route(Service::Clob, "POST", "/spreads", spreads),
    route(Service::Clob, "GET", "/last-trade-price", last_trade),
    route(Service::Clob, "GET", "/last-trades-prices", last_trades),
    route(Service::Clob, "POST", "/last-trades-prices", last_trades),
    route(Service::Clob, "GET", "/tick-size", tick_size),
    route(Service::Clob, "GET", "/tick-size/{token_id}", tick_size),
    route(Service::Clob, "GET", "/neg-risk", neg_risk),
    route(Service::Clob, "GET", "/neg-risk/{token_id}", neg_risk),
    route(Service::Clob, "GET", "/fee-rate", fee_rate),
    route(Service::Clob, "GET", "/fee-rate/{token_id}", fee_rate),
    route(Service::Clob, "GET", "/prices-history", history),
    route(Service::Clob, "POST", "/batch-prices-history", histories),
];

/// The most tokens of one question, and of one question for histories (venue.md 5.1).
const TOKENS_MOST: usize = 500;
const HISTORIES_MOST: usize = 20;
/// The longest span between two named times that is answered (venue.md 5.1).
const SPAN_MOST_SECS: i64 = 15 * 86_400;

fn ok(_: &Desk, _: &Call) -> Answer {
    Ok(Reply::json(&"OK"))
}

fn time(desk: &Desk, call: &Call) -> Answer {
    let now = desk.with(call, |venue| venue.now());
    Ok(Reply::json(&now.secs()))
}

fn version(desk: &Desk, call: &Call) -> Answer {
    let version = desk.with(call, |venue| venue.settings.version);
    Ok(Reply::json(&json!({ "version": version })))
}

/// The market and outcome of a token id in text.
pub(in crate::serve) fn token(venue: &Venue, text: &str) -> Result<(MarketIx, Outcome), Refusal> {
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_decimal.then(|| U256::from_str_radix(text, 10).ok()).flatten();
    let number = number.ok_or(Refusal::TokenId)?;
    venue.floors().by_token(&number).ok_or(Refusal::NoOrderbook)
}

/// The floor of the token that a request names, in its query or its path. A closed market has no book
/// any more.
fn asked(venue: &Venue, call: &Call) -> Result<(MarketIx, Outcome), Refusal> {
    let named = call.asked("token_id").unwrap_or_else(|| call.part("token_id"));
    token(venue, named)
}

fn one(
    desk: &Desk,
    call: &Call,
    read: impl FnOnce(&Floor, Outcome) -> Result<Value, Refusal>,
) -> Answer {
    desk.with(call, |venue| {
        let (market, outcome) = asked(venue, call)?;
        Ok(Reply::json(&read(venue.floors().get(market), outcome)?))
    })
}

/// One row of a question for several tokens.
#[derive(Debug, Deserialize)]
struct Wanted {
    token_id: String,
    side: Option<String>,
}

/// Reads several tokens; those that have no book are left out.
fn many<T>(
    desk: &Desk,
    call: &Call,
    read: impl Fn(&Floor, Outcome, &Wanted) -> Result<Option<T>, Refusal>,
) -> Result<Vec<(String, T)>, Refusal> {
    let wanted: Vec<Wanted> =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::BadPayload)?;
    if wanted.len() > TOKENS_MOST {
        return Err(Refusal::PayloadTooLarge);
    }
    desk.with(call, |venue| {
        let mut rows = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let Ok((market, outcome)) = token(venue, &wanted.token_id) else { continue };
            if let Some(row) = read(venue.floors().get(market), outcome, &wanted)? {
                rows.push((wanted.token_id, row));
            }
        }
        Ok(rows)
    })
}

fn by_token(rows: Vec<(String, Value)>) -> Reply {
    Reply::json(&Value::Object(rows.into_iter().collect::<Map<_, _>>()))
}

fn book(desk: &Desk, call: &Call) -> Answer {
    desk.with(call, |venue| {
        let (market, outcome) = asked(venue, call)?;
        Ok(Reply::json(&book_view::of(venue.floors().get(market), outcome)))
    })
}

fn books(desk: &Desk, call: &Call) -> Answer {
    let rows = many(desk, call, |floor, outcome, _| {
        let view = book_view::of(floor, outcome);
        Ok(serde_json::value::to_raw_value(&view).ok())
    })?;
    let books: Vec<_> = rows.into_iter().map(|(_, book)| book).collect();
    Ok(Reply::json(&books))
}

/// The best price on a side of a token's book: bids for `Buy`.
pub(in crate::serve) fn best(floor: &Floor, outcome: Outcome, side: Side) -> Option<Price> {
    let level = floor.book.best(side.in_first_terms(outcome))?;
    Some(match outcome {
        Outcome::First => level.price,
        Outcome::Second => level.price.complement(),
    })
}

/// What an order of this side would trade at: the best of the other side (venue.md 5.1).
fn to_trade(floor: &Floor, outcome: Outcome, side: &str) -> Result<(Side, String), Refusal> {
    let side = match side.to_ascii_uppercase().as_str() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        _ => return Err(Refusal::Side),
    };
    let price = best(floor, outcome, side.opposite());
    Ok((side, price.map_or_else(|| "0".to_owned(), |price| price.to_string())))
}

fn price(desk: &Desk, call: &Call) -> Answer {
    let side = call.asked("side").unwrap_or_default().to_owned();
    one(desk, call, |floor, outcome| Ok(json!({ "price": to_trade(floor, outcome, &side)?.1 })))
}

fn prices(desk: &Desk, call: &Call) -> Answer {
    let rows = many(desk, call, |floor, outcome, wanted| {
        let side = wanted.side.as_deref().unwrap_or_default();
        Ok(Some(to_trade(floor, outcome, side)?))
    })?;
    let mut prices: Map<String, Value> = Map::new();
    for (token, (side, price)) in rows {
        let of = prices.entry(token).or_insert_with(|| json!({}));
        if let Some(of) = of.as_object_mut() {
            of.insert(side.to_string(), Value::from(price));
        }
    }
    Ok(Reply::json(&Value::Object(prices)))
}

/// Half of the sum of best bid and best ask, exact.
fn mid(floor: &Floor, outcome: Outcome) -> Option<String> {
    let bid = i64::from(best(floor, outcome, Side::Buy)?.micros());
    let ask = i64::from(best(floor, outcome, Side::Sell)?.micros());
    // Both lie on a grid of 0.0001, so half of the sum is whole in millionths.
    Some(Decimal::from_micros((bid + ask) / 2).to_string())
}

fn gap(floor: &Floor, outcome: Outcome) -> Option<String> {
    let bid = i64::from(best(floor, outcome, Side::Buy)?.micros());
    let ask = i64::from(best(floor, outcome, Side::Sell)?.micros());
    Some(Decimal::from_micros(ask - bid).to_string())
}

fn midpoint(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, outcome| {
        Ok(json!({ "mid": mid(floor, outcome).ok_or(Refusal::NoOrderbook)? }))
    })
}

fn midpoints(desk: &Desk, call: &Call) -> Answer {
    let rows = many(desk, call, |floor, outcome, _| Ok(mid(floor, outcome).map(Value::from)))?;
    Ok(by_token(rows))
}

fn spread(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, outcome| {
        Ok(json!({ "spread": gap(floor, outcome).ok_or(Refusal::NoOrderbook)? }))
    })
}

fn spreads(desk: &Desk, call: &Call) -> Answer {
    let rows = many(desk, call, |floor, outcome, _| Ok(gap(floor, outcome).map(Value::from)))?;
    Ok(by_token(rows))
}

fn last_trade(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, outcome| {
        Ok(match floor.last_of(outcome) {
            Some(last) => json!({ "price": last.price, "side": last.side }),
            None => json!({ "price": "0.5", "side": "" }),
        })
    })
}

/// One client sends this as a GET with a body.
fn last_trades(desk: &Desk, call: &Call) -> Answer {
    let rows = many(desk, call, |floor, outcome, _| Ok(floor.last_of(outcome)))?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|(token, last)| json!({ "token_id": token, "price": last.price, "side": last.side }))
        .collect();
    Ok(Reply::json(&rows))
}

fn tick_size(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, _| {
        let tick = number(&floor.listing.market.tick.to_string());
        Ok(json!({ "minimum_tick_size": tick }))
    })
}

fn neg_risk(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, _| Ok(json!({ "neg_risk": floor.listing.market.neg_risk })))
}

/// The legacy ceiling, not the charged rate (venue.md 6.4).
fn fee_rate(desk: &Desk, call: &Call) -> Answer {
    one(desk, call, |floor, _| {
        let is_free = floor.listing.market.fee.is_none_or(|fee| fee.rate.micros() == 0);
        Ok(json!({ "base_fee": if is_free { 0 } else { 1_000 } }))
    })
}

/// What a history is asked by: a span, and minutes between two points.
struct Span {
    from: Time,
    to: Time,
    minutes: i64,
}

/// Failures are an empty list with 200, as at the venue (venue.md 5.1); `None` is one.
fn span(
    now: Time,
    interval: Option<&str>,
    (start, end): (Option<i64>, Option<i64>),
    fidelity: Option<i64>,
) -> Option<Span> {
    let minutes = fidelity.unwrap_or(1);
    if ![1, 10, 60, 360, 720, 1440].contains(&minutes) {
        return None;
    }
    if let (Some(start), Some(end)) = (start, end) {
        let is_short = end.checked_sub(start).is_some_and(|span| span <= SPAN_MOST_SECS);
        return (start <= end && is_short).then_some(Span {
            from: Time::from_secs(start),
            to: Time::from_secs(end),
            minutes,
        });
    }
    let hours = match interval? {
        "1h" => 1,
        "6h" => 6,
        "1d" => 24,
        "1w" => 24 * 7,
        "1m" => 24 * 30,
        "max" | "all" => {
            return Some(Span { from: Time::from_micros(i64::MIN), to: now, minutes });
        }
        _ => return None,
    };
    Some(Span { from: now.plus_secs(-hours * 3_600), to: now, minutes })
}

/// The last trade of each period of so many minutes.
fn points(floor: &Floor, outcome: Outcome, span: &Span) -> Vec<Value> {
    let period = span.minutes * 60;
    let inside = floor.history.iter().filter(|(at, _)| *at >= span.from && *at <= span.to);
    let mut points: Vec<(i64, Price)> = Vec::new();
    for (at, first) in inside {
        let at = at.secs();
        let price = if outcome == Outcome::First { *first } else { first.complement() };
        match points.last_mut() {
            Some(last) if last.0.div_euclid(period) == at.div_euclid(period) => *last = (at, price),
            Some(_) | None => points.push((at, price)),
        }
    }
    let rows = points.into_iter();
    rows.map(|(at, price)| json!({ "t": at, "p": number(&price.to_string()) })).collect()
}

fn history(desk: &Desk, call: &Call) -> Answer {
    let whole = |name: &str| call.asked(name).and_then(|text| text.parse::<i64>().ok());
    let ends = (whole("startTs"), whole("endTs"));
    let (interval, fidelity) = (call.asked("interval"), whole("fidelity"));
    Ok(desk.with(call, |venue| {
        let named = token(venue, call.asked("market").unwrap_or_default()).ok();
        let span = span(venue.now(), interval, ends, fidelity);
        let points = named
            .zip(span)
            .map(|((market, outcome), span)| points(venue.floors().get(market), outcome, &span));
        Reply::json(&json!({ "history": points.unwrap_or_default() }))
    }))
}

#[derive(Deserialize)]
struct Histories {
    markets: Vec<String>,
    interval: Option<String>,
    start_ts: Option<i64>,
    end_ts: Option<i64>,
    fidelity: Option<i64>,
}

fn histories(desk: &Desk, call: &Call) -> Answer {
    let asked: Histories = serde_json::from_slice(&call.body).map_err(|_| Refusal::BadPayload)?;
    if asked.markets.len() > HISTORIES_MOST {
        return Err(Refusal::PayloadTooLarge);
    }
    Ok(desk.with(call, |venue| {
        let ends = (asked.start_ts, asked.end_ts);
        let interval = asked.interval.as_deref();
        let mut all = Map::new();
        for text in &asked.markets {
            let span = span(venue.now(), interval, ends, asked.fidelity);
            let named = token(venue, text).ok().zip(span);
            let points = named.map(|((market, outcome), span)| {
                points(venue.floors().get(market), outcome, &span)
            });
            all.insert(text.clone(), Value::from(points.unwrap_or_default()));
        }
        Reply::json(&json!({ "history": all }))
    }))
}
