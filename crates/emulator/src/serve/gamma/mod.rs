//! Discovery as Gamma serves it (venue.md 5.4): markets and events by name, and a plain search. How one
//! market or event reads is in [`rows`]. Gamma knows nobody, and nothing here changes anything.
//!
//! Lists leave closed markets out unless they are asked for. Pages have 100 rows at most; `order` is
//! heard and not obeyed: rows come in the order in which markets were listed.

pub(in crate::serve) mod rows;

use crate::ledger::MarketIx;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::Venue;
use crate::venue::market::Floor;
use alloy_primitives::U256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use betteroms_core::market::Gate;
use rows::Event;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(in crate::serve) use rows::market_id;

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Gamma, "GET", "/markets", markets),
    route(Service::Gamma, "GET", "/markets/keyset", markets_by_cursor),
    route(Service::Gamma, "GET", "/markets/slug/{slug}", market_by_slug),
    route(Service::Gamma, "GET", "/markets/{id}", market),
    route(Service::Gamma, "GET", "/events", events),
    route(Service::Gamma, "GET", "/events/keyset", events_by_cursor),
    route(Service::Gamma, "GET", "/events/slug/{slug}", event_by_slug),
    route(Service::Gamma, "GET", "/events/{id}", event),
    route(Service::Gamma, "GET", "/series", series),
    route(Service::Gamma, "GET", "/tags", tags),
    route(Service::Gamma, "GET", "/public-search", search),
];

/// Rows of a page where nobody says how many, and at most.
const PAGE: usize = 20;
const PAGE_MOST: usize = 100;

/// All values of a query name, which may be repeated or joined by commas.
fn all<'a>(call: &'a Call, name: &str) -> Vec<&'a str> {
    let named = call.query.iter().filter(|(key, _)| key == name);
    named.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty()).collect()
}

fn flag(call: &Call, name: &str) -> Option<bool> {
    call.asked(name).and_then(|text| text.parse().ok())
}

fn limit(call: &Call) -> usize {
    let asked = call.asked("limit").and_then(|text| text.parse::<usize>().ok());
    asked.unwrap_or(PAGE).min(PAGE_MOST)
}

fn offset(call: &Call) -> usize {
    call.asked("offset").and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Where a keyset page begins: the cursor is opaque to clients. One that is none begins anew.
fn after(call: &Call) -> usize {
    let decoded = call.asked("after_cursor").and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    text.strip_prefix("after:").and_then(|at| at.parse().ok()).unwrap_or_default()
}

fn paged(call: &Call, name: &str, found: &[Value]) -> Reply {
    let (from, limit) = (after(call), limit(call));
    let page: Vec<&Value> = found.iter().skip(from).take(limit).collect();
    let next = from.saturating_add(page.len());
    let mut body = json!({ name: page });
    if next < found.len()
        && let Some(object) = body.as_object_mut()
    {
        let cursor = URL_SAFE_NO_PAD.encode(format!("after:{next}"));
        object.insert("next_cursor".to_owned(), cursor.into());
    }
    Reply::json(&body)
}

fn bare(call: &Call, found: &[Value]) -> Reply {
    let page: Vec<&Value> = found.iter().skip(offset(call)).take(limit(call)).collect();
    Reply::json(&page)
}

fn missing(what: &str) -> Reply {
    Reply::json_with(
        404,
        &json!({ "type": "not found error", "error": format!("{what} not found") }),
    )
}

/// Whether a market has the names asked for; a name nobody asks for fits.
fn is_named(call: &Call, ix: MarketIx, floor: &Floor) -> bool {
    let market = &floor.listing.market;
    let fits = |name: &str, is: &dyn Fn(&str) -> bool| {
        let asked = all(call, name);
        asked.is_empty() || asked.into_iter().any(is)
    };
    let is_token = |text: &str| {
        U256::from_str_radix(text, 10).is_ok_and(|number| floor.tokens.contains(&number))
    };
    fits("slug", &|slug| slug == market.slug)
        && fits("condition_ids", &|id| id.eq_ignore_ascii_case(market.condition.as_str()))
        && fits("clob_token_ids", &is_token)
        && fits("id", &|id| id == market_id(ix))
}

fn found_markets(venue: &Venue, call: &Call) -> Vec<Value> {
    let closed = flag(call, "closed").unwrap_or(false);
    // No market here is inactive or put away.
    if flag(call, "active") == Some(false) || flag(call, "archived") == Some(true) {
        return Vec::new();
    }
    let events = rows::events(venue);
    let fitting = venue.floors().iter().filter(|(ix, floor)| {
        (floor.listing.market.gate == Gate::Closed) == closed && is_named(call, *ix, floor)
    });
    fitting.map(|(ix, _)| rows::market(venue, ix, &events)).collect()
}

fn markets(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| bare(call, &found_markets(venue, call))))
}

fn markets_by_cursor(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| paged(call, "markets", &found_markets(venue, call))))
}

fn one_market(venue: &Venue, what: &str, is: impl Fn(MarketIx, &Floor) -> bool) -> Reply {
    let found = venue.floors().iter().find(|(ix, floor)| is(*ix, floor));
    match found {
        Some((ix, _)) => Reply::json(&rows::market(venue, ix, &rows::events(venue))),
        None => missing(what),
    }
}

fn market(desk: &Desk, call: &Call) -> Answer {
    let id = call.part("id");
    Ok(desk.with(call, |venue| one_market(venue, "id", |ix, _| market_id(ix) == id)))
}

fn market_by_slug(desk: &Desk, call: &Call) -> Answer {
    let slug = call.part("slug");
    let is = |_, floor: &Floor| floor.listing.market.slug == slug;
    Ok(desk.with(call, |venue| one_market(venue, "slug", is)))
}

fn found_events(venue: &Venue, call: &Call) -> Vec<Value> {
    let closed = flag(call, "closed").unwrap_or(false);
    if flag(call, "active") == Some(false) || flag(call, "archived") == Some(true) {
        return Vec::new();
    }
    let (slugs, ids) = (all(call, "slug"), all(call, "id"));
    let events = rows::events(venue);
    let fitting = events.iter().filter(|event| {
        event.is_closed(venue) == closed
            && (slugs.is_empty() || slugs.contains(&event.slug.as_str()))
            && (ids.is_empty() || ids.contains(&event.id.as_str()))
    });
    fitting.map(|event| rows::event(venue, event)).collect()
}

fn events(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| bare(call, &found_events(venue, call))))
}

fn events_by_cursor(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| paged(call, "events", &found_events(venue, call))))
}

fn one_event(venue: &Venue, what: &str, is: impl Fn(&Event) -> bool) -> Reply {
    match rows::events(venue).iter().find(|event| is(event)) {
        Some(event) => Reply::json(&rows::event(venue, event)),
        None => missing(what),
    }
}

fn event(desk: &Desk, call: &Call) -> Answer {
    let id = call.part("id");
    Ok(desk.with(call, |venue| one_event(venue, "id", |event| event.id == id)))
}

fn event_by_slug(desk: &Desk, call: &Call) -> Answer {
    let slug = call.part("slug");
    Ok(desk.with(call, |venue| one_event(venue, "slug", |event| event.slug == slug)))
}

/// No market here recurs.
fn series(_: &Desk, _: &Call) -> Answer {
    Ok(Reply::json(&json!([])))
}

fn tags(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| {
        let named = venue.floors().iter().filter_map(|(_, f)| f.listing.market.category.as_deref());
        let named: BTreeSet<&str> = named.collect();
        bare(call, &named.into_iter().map(rows::tag).collect::<Vec<_>>())
    }))
}

/// Events of which the title, or a market's question or slug, has all the words.
fn search(desk: &Desk, call: &Call) -> Answer {
    let asked = call.asked("q").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = asked.split_whitespace().collect();
    let wants_open = call.asked("events_status") == Some("active");
    let most = call.asked("limit_per_type").and_then(|text| text.parse::<usize>().ok());
    Ok(desk.with(call, |venue| {
        let events = rows::events(venue);
        let fitting: Vec<&Event> = events
            .iter()
            .filter(|event| {
                let text = event.words(venue);
                !words.is_empty()
                    && words.iter().all(|word| text.contains(word))
                    && !(wants_open && event.is_closed(venue))
            })
            .collect();
        let most = most.unwrap_or(PAGE).min(PAGE_MOST);
        let page = fitting.iter().take(most).map(|event| rows::event(venue, event));
        Reply::json(&json!({
            "events": page.collect::<Vec<_>>(), "tags": [], "profiles": [],
            "pagination": { "hasMore": fitting.len() > most, "totalResults": fitting.len() },
        }))
    }))
}

#[cfg(test)]
mod tests;
