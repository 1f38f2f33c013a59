//! The first version of the Data API (venue.md 5.5): bare lists in camel case, pages by offset. A "user" is
//! a funding wallet. What there is to tell is in [`super::rows`].

use super::rows::{Deed, Holding, activity, holdings, lower, number, trades};
use crate::ledger::MarketIx;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::serve::sockets::market_frames::OUTCOMES;
use crate::venue::{OUTSIDE, Venue};
use alloy_primitives::Address;
use betteroms_core::market::Outcome;
use betteroms_core::time::Time;
use serde_json::{Map, Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Data, "GET", "/positions", positions),
    route(Service::Data, "GET", "/closed-positions", closed_positions),
    route(Service::Data, "GET", "/trades", all_trades),
    route(Service::Data, "GET", "/activity", all_activity),
    route(Service::Data, "GET", "/value", worth),
    route(Service::Data, "GET", "/traded", traded),
    route(Service::Data, "GET", "/holders", holders),
];

const PAGE: usize = 100;
const PAGE_MOST: usize = 500;
/// The most rows of a page of closed positions (venue.md 5.5).
const CLOSED_MOST: usize = 50;

/// A refusal in this API's form.
pub(in crate::serve) fn refused(error: &str) -> Reply {
    Reply::json_with(400, &json!({ "error": error }))
}

/// The wallet asked for, where one is.
pub(in crate::serve) fn user(call: &Call) -> Result<Option<Address>, Reply> {
    let asked = call.asked("user").map(str::parse::<Address>);
    asked.transpose().map_err(|_| refused("invalid 'user' address"))
}

pub(in crate::serve) fn needed_user(call: &Call) -> Result<Address, Reply> {
    user(call)?.ok_or_else(|| refused("required query param 'user' not provided"))
}

/// Conditions asked for under any of some names, repeated or joined by commas; none of them is all. One
/// that nobody knows fits nothing.
pub(in crate::serve) fn conditions(
    venue: &Venue,
    call: &Call,
    names: &[&str],
) -> Option<Vec<MarketIx>> {
    let named = call.query.iter().filter(|(key, _)| names.contains(&key.as_str()));
    let asked: Vec<&str> =
        named.flat_map(|(_, value)| value.split(',')).filter(|id| !id.is_empty()).collect();
    let known = || asked.iter().filter_map(|id| venue.floors().by_condition(id)).collect();
    (!asked.is_empty()).then(known)
}

/// Whether a market is among those asked for.
pub(in crate::serve) fn is_asked(asked: Option<&Vec<MarketIx>>, market: Option<MarketIx>) -> bool {
    asked.is_none_or(|asked| market.is_some_and(|market| asked.contains(&market)))
}

/// Whether a deed is of the side and kinds asked for.
pub(in crate::serve) fn is_of(call: &Call, deed: &Deed) -> bool {
    let side = deed.side.map(|side| side.to_string());
    let word = |name: &str| call.asked(name).map(str::to_uppercase);
    word("side").is_none_or(|asked| side.as_ref() == Some(&asked))
        && word("type").is_none_or(|asked| asked.split(',').any(|kind| kind == deed.kind))
}

fn page(call: &Call, rows: impl Iterator<Item = Value>, most: usize) -> Reply {
    let number = |name: &str| call.asked(name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").unwrap_or(PAGE).min(most);
    let rows: Vec<Value> = rows.skip(number("offset").unwrap_or_default()).take(limit).collect();
    Reply::json(&rows)
}

/// What a row says of its market, in this version's words.
fn of_market(venue: &Venue, market: MarketIx, outcome: Option<Outcome>) -> Map<String, Value> {
    let listing = &venue.floors().get(market).listing;
    let found = &listing.market;
    let event = listing.event.as_ref().map_or(&found.slug, |(slug, _)| slug);
    let row = json!({
        "conditionId": found.condition, "title": found.question, "slug": found.slug, "icon": "",
        "eventSlug": event, "outcome": outcome.map_or("", |outcome| found.label(outcome)),
        // Seen where no single token is meant.
        "outcomeIndex": outcome.map_or(999, Outcome::index),
        "asset": outcome.map_or("", |outcome| found.token(outcome)),
    });
    as_map(row)
}

pub(in crate::serve) fn as_map(row: Value) -> Map<String, Value> {
    match row {
        Value::Object(row) => row,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

fn position(venue: &Venue, wallet: Address, holding: &Holding) -> Value {
    let market = &venue.floors().get(holding.market).listing.market;
    let other = holding.outcome.other();
    let pnl = holding.value().saturating_sub(holding.cost);
    let mut row = of_market(venue, holding.market, Some(holding.outcome));
    row.extend(as_map(json!({
        "proxyWallet": lower(wallet), "size": number(holding.size),
        "avgPrice": number(holding.average()), "initialValue": number(holding.cost),
        "currentValue": number(holding.value()), "cashPnl": number(pnl),
        "percentPnl": number(percent(pnl, holding.cost)), "totalBought": number(holding.bought),
        "realizedPnl": number(holding.realized), "percentRealizedPnl": 0,
        "curPrice": number(holding.price), "redeemable": holding.redeemable,
        "mergeable": holding.mergeable, "oppositeOutcome": market.label(other),
        "oppositeAsset": market.token(other), "negativeRisk": market.neg_risk,
        "endDate": market.close.map(Time::utc_day).unwrap_or_default(),
    })));
    Value::Object(row)
}

/// A hundred times the ratio of two amounts, in millionths.
pub(in crate::serve) fn percent(part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let micros = i128::from(part).saturating_mul(100_000_000) / i128::from(whole);
    i64::try_from(micros).unwrap_or_default()
}

fn positions(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["market"]);
        let held = holdings(venue, wallet)
            .into_iter()
            .filter(|holding| holding.size > 0 && is_asked(asked.as_ref(), Some(holding.market)));
        let rows = held.map(|holding| position(venue, wallet, &holding));
        page(call, rows, PAGE_MOST)
    }))
}

fn closed_positions(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let mut closed: Vec<Holding> =
            holdings(venue, wallet).into_iter().filter(|holding| holding.size == 0).collect();
        closed.sort_by_key(|holding| std::cmp::Reverse(holding.realized));
        let rows = closed.iter().map(|holding| {
            let at = holding.last_at.map(Time::secs).unwrap_or_default();
            let mut row = of_market(venue, holding.market, Some(holding.outcome));
            row.extend(as_map(json!({
                "proxyWallet": lower(wallet), "avgPrice": number(holding.average()),
                "totalBought": number(holding.bought), "realizedPnl": number(holding.realized),
                "curPrice": number(holding.price), "timestamp": at,
            })));
            Value::Object(row)
        });
        page(call, rows, CLOSED_MOST)
    }))
}

/// What both versions say of whoever did something.
pub(in crate::serve) const NOBODY: [&str; 3] = ["name", "pseudonym", "bio"];

fn deed(venue: &Venue, deed: &Deed, is_activity: bool) -> Value {
    let mut row = match deed.market {
        Some(market) => of_market(venue, market, deed.outcome),
        None => as_map(json!({
            "conditionId": "", "title": "", "slug": "", "icon": "", "eventSlug": "",
            "outcome": "", "outcomeIndex": 999, "asset": "",
        })),
    };
    row.extend(NOBODY.map(|name| (name.to_owned(), Value::from(""))));
    row.extend(as_map(json!({
        "proxyWallet": lower(deed.wallet), "size": number(deed.shares),
        "side": deed.side.map(|side| side.to_string()).unwrap_or_default(),
        "price": number(deed.price.map_or(0, |price| i64::from(price.micros()))),
        "timestamp": deed.at.secs(), "profileImage": "", "profileImageOptimized": "",
        "transactionHash": deed.hash.map(|hash| hash.to_string()).unwrap_or_default(),
    })));
    if is_activity {
        row.insert("type".to_owned(), deed.kind.into());
        row.insert("usdcSize".to_owned(), number(deed.usdc()));
    }
    Value::Object(row)
}

fn all_trades(desk: &Desk, call: &Call) -> Answer {
    let wallet = match user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    let takers_only = call.asked("takerOnly") != Some("false");
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["market"]);
        let fitting = trades(venue, takers_only).filter(|deed| {
            wallet.is_none_or(|wallet| deed.wallet == wallet)
                && is_asked(asked.as_ref(), deed.market)
                && is_of(call, deed)
        });
        page(call, fitting.map(|found| deed(venue, &found, false)), 10_000)
    }))
}

fn all_activity(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["market"]);
        let fitting = activity(venue, wallet)
            .into_iter()
            .filter(|deed| is_asked(asked.as_ref(), deed.market) && is_of(call, deed));
        page(call, fitting.map(|found| deed(venue, &found, true)), PAGE_MOST)
    }))
}

fn worth(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["market"]);
        let held = holdings(venue, wallet).into_iter();
        let fitting = held.filter(|holding| is_asked(asked.as_ref(), Some(holding.market)));
        let value = fitting.fold(0_i64, |sum, holding| sum.saturating_add(holding.value()));
        Reply::json(&json!([{ "user": lower(wallet), "value": number(value) }]))
    }))
}

/// How many markets a wallet traded.
fn traded(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let own = trades(venue, false).filter(|deed| deed.wallet == wallet);
        let markets: std::collections::BTreeSet<_> = own.filter_map(|deed| deed.market).collect();
        Reply::json(&json!({ "user": lower(wallet), "traded": markets.len() }))
    }))
}

/// Who holds most of each token of some markets.
fn holders(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| {
        let Some(asked) = conditions(venue, call, &["market"]) else {
            return refused("required query param 'market' not provided");
        };
        let most = call.asked("limit").and_then(|text| text.parse().ok()).unwrap_or(PAGE);
        let mut rows = Vec::new();
        for market in asked {
            for outcome in OUTCOMES {
                rows.push(holders_of(venue, market, outcome, most));
            }
        }
        Reply::json(&rows)
    }))
}

fn holders_of(venue: &Venue, market: MarketIx, outcome: Outcome, most: usize) -> Value {
    let token = venue.floors().get(market).listing.market.token(outcome);
    let all = venue.ledger().wallets();
    let held = all.map(|(ix, wallet)| (venue.ledger().shares(ix, market, outcome), wallet));
    // What is outside of the venue is nobody's.
    let mut held: Vec<_> =
        held.filter(|(shares, wallet)| shares.is_positive() && *wallet != OUTSIDE).collect();
    held.sort_by_key(|(shares, wallet)| (std::cmp::Reverse(*shares), *wallet));
    let rows = held.into_iter().take(most).map(|(shares, wallet)| {
        json!({
            "proxyWallet": lower(wallet), "asset": token, "amount": number(shares.micros()),
            "outcomeIndex": outcome.index(), "name": "", "pseudonym": "", "bio": "",
            "profileImage": "", "displayUsernamePublic": false,
        })
    });
    json!({ "token": token, "holders": rows.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests;
