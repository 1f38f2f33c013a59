//! The second version of the Data API (venue.md 5.5): envelopes in snake case, pages by opaque cursors that
//! carry the page's size. What there is to tell is in [`super::rows`], who may ask for what in
//! [`super::v1`].

use super::rows::{Deed, Holding, activity, holdings, lower, number, trades};
use super::v1::{NOBODY, as_map, conditions, is_asked, is_of, needed_user, percent, refused, user};
use crate::ledger::{MarketIx, WalletIx};
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::Venue;
use crate::venue::funds::{INFINITE, Token};
use alloy_primitives::{Address, address};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use betteroms_core::market::Outcome;
use betteroms_core::time::Time;
use betteroms_polymarket::signing::contracts as c;
use serde_json::{Map, Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Data, "GET", "/v2/positions", positions),
    route(Service::Data, "GET", "/v2/trades", all_trades),
    route(Service::Data, "GET", "/v2/activity", all_activity),
    route(Service::Data, "GET", "/v2/value", worth),
    route(Service::Data, "GET", "/v2/approvals", approvals),
    route(Service::Data, "GET", "/v2/resolutions", resolutions),
    route(Service::Data, "GET", "/v2/prices-history", history),
];

const PAGE: usize = 100;
const PAGE_MOST: usize = 1_000;

/// Where a page begins: rows below this key, so many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    limit: usize,
    below: u64,
}

impl Cursor {
    /// The cursor asked for, else the first page.
    fn of(call: &Call) -> Result<Self, Reply> {
        let Some(text) = call.asked("cursor") else {
            let limit = call.asked("limit").and_then(|text| text.parse().ok()).unwrap_or(PAGE);
            return Ok(Self { limit: usize::clamp(limit, 1, PAGE_MOST), below: u64::MAX });
        };
        let bad = || refused("invalid cursor");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let text = String::from_utf8(bytes).map_err(|_| bad())?;
        let (limit, below) = text.split_once('/').ok_or_else(bad)?;
        let limit = limit.parse().ok().filter(|limit| (1..=PAGE_MOST).contains(limit));
        let below = below.parse().map_err(|_| bad())?;
        Ok(Self { limit: limit.ok_or_else(bad)?, below })
    }

    fn text(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}", self.limit, self.below))
    }
}

/// A page of rows by descending key.
fn page(cursor: Cursor, rows: impl Iterator<Item = (u64, Value)>) -> Reply {
    let limit = cursor.limit;
    let wanted = rows.filter(|(key, _)| *key < cursor.below).take(limit.saturating_add(1));
    let mut rows: Vec<(u64, Value)> = wanted.collect();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|(key, _)| *key).filter(|_| has_more);
    let next = last.map(|below| Cursor { limit, below }.text());
    let data: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
    Reply::json(&json!({
        "data": data,
        "pagination": { "limit": limit, "offset": 0, "has_more": has_more, "next_cursor": next },
    }))
}

/// What a row says of its market, in this version's words.
fn of_market(venue: &Venue, market: MarketIx, outcome: Option<Outcome>) -> Map<String, Value> {
    let listing = &venue.floors().get(market).listing;
    let found = &listing.market;
    let event = listing.event.as_ref().map_or(&found.slug, |(slug, _)| slug);
    as_map(json!({
        "condition_id": found.condition, "title": found.question, "slug": found.slug, "icon": "",
        "event_slug": event, "outcome": outcome.map_or("", |outcome| found.label(outcome)),
        "outcome_index": outcome.map_or(999, Outcome::index),
        "token_id": outcome.map_or("", |outcome| found.token(outcome)),
    }))
}

fn position(venue: &Venue, wallet: Address, holding: &Holding) -> Value {
    let market = &venue.floors().get(holding.market).listing.market;
    let other = holding.outcome.other();
    let unrealized = holding.value().saturating_sub(holding.cost);
    let total = unrealized.saturating_add(holding.realized);
    let mut row = of_market(venue, holding.market, Some(holding.outcome));
    row.extend(as_map(json!({
        "proxy_wallet": lower(wallet), "current_size": number(holding.size),
        "avg_price": number(holding.average()), "entry_cost_usdc": number(holding.cost),
        "entry_fees_usdc": number(holding.fees),
        "total_cost_usdc": number(holding.cost.saturating_add(holding.fees)),
        "current_price": number(holding.price), "current_value": number(holding.value()),
        "total_size": number(holding.size), "realized_pnl": number(holding.realized),
        "unrealized_pnl": number(unrealized), "total_pnl": number(total),
        "percent_pnl": number(percent(unrealized, holding.cost)),
    })));
    row.extend(as_map(json!({
        "percent_realized_pnl": 0, "status": "OPEN", "redeemable": holding.redeemable,
        "mergeable": holding.mergeable, "negative_risk": market.neg_risk, "archived": false,
        "event_id": "", "opposite_outcome": market.label(other),
        "opposite_token_id": market.token(other),
        "end_date": market.close.map(Time::utc_day).unwrap_or_default(),
        "last_event_at": holding.last_at.map(Time::secs), "first_entry_at": holding.first_at.map(Time::secs),
        "name": "", "profile_image": "", "verified": false,
    })));
    Value::Object(row)
}

fn positions(desk: &Desk, call: &Call) -> Answer {
    let asked = needed_user(call).and_then(|wallet| Ok((wallet, Cursor::of(call)?)));
    let (wallet, cursor) = match asked {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["condition", "condition_id"]);
        let held = holdings(venue, wallet)
            .into_iter()
            .filter(|holding| holding.size > 0 && is_asked(asked.as_ref(), Some(holding.market)));
        // In the order in which markets were listed.
        let key = |holding: &Holding| {
            let place = u64::try_from(holding.market.index()).unwrap_or(u64::MAX);
            let token = u64::from(holding.outcome == Outcome::Second);
            (u64::MAX - 1).saturating_sub(place.saturating_mul(2)).saturating_sub(token)
        };
        page(cursor, held.map(|held| (key(&held), position(venue, wallet, &held))))
    }))
}

fn deed(venue: &Venue, deed: &Deed, is_activity: bool) -> Value {
    let mut row = match deed.market {
        Some(market) => of_market(venue, market, deed.outcome),
        None => as_map(json!({
            "condition_id": "", "title": "", "slug": "", "icon": "", "event_slug": "",
            "outcome": "", "outcome_index": 999, "token_id": "",
        })),
    };
    row.extend(NOBODY.map(|name| (name.to_owned(), Value::from(""))));
    row.extend(as_map(json!({
        "proxy_wallet": lower(deed.wallet), "size": number(deed.shares),
        "side": deed.side.map(|side| side.to_string()).unwrap_or_default(),
        "price": number(deed.price.map_or(0, |price| i64::from(price.micros()))),
        "timestamp": deed.at.secs(), "profile_image": "", "profile_image_optimized": "",
        "transaction_hash": deed.hash.map(|hash| hash.to_string()).unwrap_or_default(),
    })));
    if is_activity {
        row.insert("type".to_owned(), deed.kind.into());
        row.insert("usdc_size".to_owned(), number(deed.usdc()));
    }
    Value::Object(row)
}

/// Newest first.
fn all_trades(desk: &Desk, call: &Call) -> Answer {
    let asked = user(call).and_then(|wallet| Ok((wallet, Cursor::of(call)?)));
    let (wallet, cursor) = match asked {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    let takers_only = call.asked("taker_only") != Some("false");
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["condition", "condition_id", "market"]);
        let fitting = trades(venue, takers_only).filter(|deed| {
            wallet.is_none_or(|wallet| deed.wallet == wallet)
                && is_asked(asked.as_ref(), deed.market)
                && is_of(call, deed)
        });
        page(cursor, fitting.map(|found| (found.key, deed(venue, &found, false))))
    }))
}

/// Newest first.
fn all_activity(desk: &Desk, call: &Call) -> Answer {
    let asked = needed_user(call).and_then(|wallet| Ok((wallet, Cursor::of(call)?)));
    let (wallet, cursor) = match asked {
        Ok(asked) => asked,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let asked = conditions(venue, call, &["condition", "condition_id"]);
        let fitting = activity(venue, wallet)
            .into_iter()
            .filter(|deed| is_asked(asked.as_ref(), deed.market) && is_of(call, deed));
        page(cursor, fitting.map(|found| (found.key, deed(venue, &found, true))))
    }))
}

fn worth(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let held = holdings(venue, wallet).into_iter();
        let value = held.fold(0_i64, |sum, holding| sum.saturating_add(holding.value()));
        Reply::json(&json!({ "data": { "proxy_wallet": lower(wallet), "value": number(value) } }))
    }))
}

/// Which token a row of the checklist is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// pUSD.
    Cash,
    /// Outcome tokens.
    Shares,
    /// Something this venue has not: bridged USDC, protocol v2 positions.
    Foreign(Address, &'static str),
}

/// The venue's checklist as it was recorded.
const CHECKLIST: [(&str, &str, Kind, Address); 23] = [
    ("UsdcCtf", "trading", Kind::Cash, c::CTF),
    ("UsdcExchange", "trading", Kind::Cash, c::EXCHANGE_STANDARD),
    ("UsdcNegRiskExchange", "trading", Kind::Cash, c::EXCHANGE_NEG_RISK),
    ("UsdcNegRiskAdapter", "trading", Kind::Cash, c::NEG_RISK_ADAPTER),
    ("UsdcCollateralAdapter", "trading", Kind::Cash, c::CTF_ADAPTER),
    ("UsdcNegRiskCollateralAdapter", "trading", Kind::Cash, c::NEG_RISK_CTF_ADAPTER),
    ("PusdV2Exchange", "trading", Kind::Cash, c::EXCHANGE_V3),
    ("PusdV2Router", "trading", Kind::Cash, c::ROUTER),
    ("UsdceCollateralOnramp", "trading", Kind::Foreign(c::USDC_E, "ERC20"), c::ONRAMP),
    ("PerpsPusdDeposit", "perps", Kind::Cash, c::PERPS_DEPOSIT),
    ("SponsorRewards", "rewards", Kind::Cash, SPONSOR_REWARDS),
    ("CtfExchangeIsApprovedForAll", "trading", Kind::Shares, c::EXCHANGE_STANDARD),
    ("CtfNegRiskExchangeIsApprovedForAll", "trading", Kind::Shares, c::EXCHANGE_NEG_RISK),
    ("CtfNegRiskAdapterIsApprovedForAll", "trading", Kind::Shares, c::NEG_RISK_ADAPTER),
    ("CtfCollateralAdapterIsApprovedForAll", "trading", Kind::Shares, c::CTF_ADAPTER),
    (
        "CtfNegRiskCollateralAdapterIsApprovedForAll",
        "trading",
        Kind::Shares,
        c::NEG_RISK_CTF_ADAPTER,
    ),
    ("V2PositionManagerRouterIsApprovedForAll", "trading", POSITIONS, c::ROUTER),
    ("V2PositionManagerExchangeIsApprovedForAll", "trading", POSITIONS, c::EXCHANGE_V3),
    ("AutoRedeemCtfOperator", "auto-redeem", Kind::Shares, OLD_REDEEMER),
    ("AutoRedeemCtfV2Redeemer", "auto-redeem", Kind::Shares, c::AUTO_REDEEMER),
    ("AutoRedeemV2PositionManagerV2Redeemer", "auto-redeem", POSITIONS, c::AUTO_REDEEMER),
    ("CtfBinaryModuleIsApprovedForAll", "trading", Kind::Shares, c::BINARY_MODULE),
    ("CtfNegRiskModuleIsApprovedForAll", "trading", Kind::Shares, c::NEG_RISK_MODULE),
];
const POSITIONS: Kind = Kind::Foreign(c::POSITION_MANAGER, "ERC1155");
const SPONSOR_REWARDS: Address = address!("dd8db71ce3be8d71ff148b2163d64da181a29e8b");
const OLD_REDEEMER: Address = address!("f3cfb6a6ebfeb51876289eb235719eb1c65252b0");

fn approvals(desk: &Desk, call: &Call) -> Answer {
    let wallet = match needed_user(call) {
        Ok(wallet) => wallet,
        Err(reply) => return Ok(reply),
    };
    Ok(desk.with(call, |venue| {
        let own = venue.ledger().find(wallet);
        let rows: Vec<Value> = CHECKLIST.iter().map(|row| approval(venue, own, *row)).collect();
        let checked = Time::from_secs(venue.now().secs());
        Reply::json(&json!({ "data": {
            "address": lower(wallet), "chain_id": c::CHAIN_ID, "checked_at": checked,
            "contracts": rows,
        } }))
    }))
}

fn approval(
    venue: &Venue,
    wallet: Option<WalletIx>,
    (id, feature, kind, spender): (&str, &str, Kind, Address),
) -> Value {
    let granted = |token| wallet.map_or(0, |own| venue.funds().granted(own, token, spender));
    let (token, standard, granted) = match kind {
        Kind::Cash => (c::PUSD, "ERC20", granted(Token::Cash)),
        Kind::Shares => (c::CTF, "ERC1155", granted(Token::Shares)),
        Kind::Foreign(token, standard) => (token, standard, 0),
    };
    let amount = match (standard, granted) {
        ("ERC20", INFINITE) => Value::from("max"),
        ("ERC20", amount) => Value::from(amount.to_string()),
        _ => Value::Null,
    };
    let mut row = as_map(json!({
        "id": id, "feature": feature, "token": lower(token), "spender": lower(spender),
        "standard": standard, "amount": amount, "approved": granted > 0,
    }));
    row.retain(|_, value| !value.is_null());
    Value::Object(row)
}

/// Results, without pages.
fn resolutions(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| {
        let names = ["condition", "condition_id", "condition_ids", "market"];
        let asked = conditions(venue, call, &names);
        let known = venue.floors().iter().filter(|(ix, _)| is_asked(asked.as_ref(), Some(*ix)));
        let rows: Vec<Value> = known
            .filter_map(|(_, floor)| {
                let market = &floor.listing.market;
                let resolution = market.resolution?;
                let first = resolution.payout_first.micros();
                let at = Time::from_secs(resolution.at.secs());
                Some(json!({
                    "condition_id": market.condition, "status": "resolved",
                    "extended_review": false, "was_disputed": false, "new_version_q": false,
                    "transaction_hash": "", "log_index": "", "last_update_timestamp": at,
                    "payouts": [first, 1_000_000_u32.saturating_sub(first)],
                    "resolution_source": "reported", "was_arbitrated": false,
                    "resolved_block": 0, "resolved_at": at,
                }))
            })
            .collect();
        Reply::json(&json!({ "data": rows }))
    }))
}

/// The last price of each minute with a trade, oldest first.
fn history(desk: &Desk, call: &Call) -> Answer {
    const STEP_SECS: i64 = 60;
    let cursor = match Cursor::of(call) {
        Ok(cursor) => cursor,
        Err(reply) => return Ok(reply),
    };
    let named = ["token_id", "token", "market"].iter().find_map(|name| call.asked(name));
    let bound = |names: [&str; 2]| {
        names.iter().find_map(|name| call.asked(name)).and_then(|text| text.parse::<i64>().ok())
    };
    let (from, to) = (bound(["start_ts", "start"]), bound(["end_ts", "end"]));
    Ok(desk.with(call, |venue| {
        let Some((market, outcome)) =
            named.and_then(|text| crate::serve::clob::public::token(venue, text).ok())
        else {
            return refused("unknown token");
        };
        let mut points: Vec<(i64, i64)> = Vec::new();
        for (at, first) in &venue.floors().get(market).history {
            let minute = at.secs().div_euclid(STEP_SECS).saturating_mul(STEP_SECS);
            let price = match outcome {
                Outcome::First => *first,
                Outcome::Second => first.complement(),
            };
            if points.last().is_some_and(|(last, _)| *last == minute) {
                points.pop();
            }
            points.push((minute, i64::from(price.micros())));
        }
        points
            .retain(|(at, _)| from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at <= to));
        let rows = points.into_iter().map(|(at, price)| {
            let row =
                json!({ "timestamp": at, "price": number(price), "resolution_seconds": STEP_SECS });
            (u64::MAX.saturating_sub(u64::try_from(at).unwrap_or_default()), row)
        });
        page(cursor, rows)
    }))
}
