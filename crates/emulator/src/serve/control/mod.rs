//! The emulator's own interface, which the venue has not: everything that a script can do to it, by hand.
//! It answers on the CLOB's port under `/emulator`, needs no key, and is never struck by a fault.
//!
//! Bodies are JSON objects; amounts and prices are decimal text, times RFC 3339, token ids decimal text,
//! addresses and conditions 0x-hex. What cannot be read is answered with 400 and a sentence that names
//! the field; what is not there with 404.

mod accounts;
mod faults;
mod markets;
mod state;

use crate::ledger::{Asset, MarketIx};
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::routes::{Handler, Route, route};
use crate::venue::Venue;
use alloy_primitives::Address;
use betteroms_core::market::Outcome;
use serde::de::DeserializeOwned;

/// The interface.
pub(super) const ROUTES: &[Route] = &[
    on("GET", "/emulator", state::status),
    on("POST", "/emulator/clock", state::clock),
    on("POST", "/emulator/mode", state::mode),
    on("GET", "/emulator/ledger", state::ledger),
    on("GET", "/emulator/log", state::log),
    on("GET", "/emulator/faults", faults::list),
    on("POST", "/emulator/faults", faults::set),
    on("DELETE", "/emulator/faults", faults::clear),
    on("DELETE", "/emulator/faults/{number}", faults::remove),
    on("POST", "/emulator/markets/{condition}/open", markets::open),
    on("POST", "/emulator/markets/{condition}/pause", markets::pause),
    on("POST", "/emulator/markets/{condition}/close", markets::close),
    on("POST", "/emulator/markets/{condition}/resolve", markets::resolve),
    on("POST", "/emulator/markets/{condition}/tick", markets::tick),
    on("POST", "/emulator/crowd", markets::crowd),
    on("POST", "/emulator/trades/{id}", markets::trade),
    on("GET", "/emulator/accounts", accounts::list),
    on("POST", "/emulator/accounts/{address}", accounts::change),
];

const fn on(method: &'static str, pattern: &'static str, handler: Handler) -> Route {
    route(Service::Clob, method, pattern, handler)
}

/// What was asked for cannot be done; the sentence says why.
#[derive(Debug)]
struct Bad(u16, String);

type Done = Result<Reply, Bad>;

impl Bad {
    fn asked(text: impl Into<String>) -> Self {
        Self(400, text.into())
    }

    fn missing(text: impl Into<String>) -> Self {
        Self(404, text.into())
    }
}

/// A refusal of this interface is an answer like any other: the venue has no words for it.
fn answer(done: Done) -> Answer {
    Ok(done.unwrap_or_else(|Bad(status, error)| {
        Reply::json_with(status, &serde_json::json!({ "error": error }))
    }))
}

fn ok() -> Reply {
    Reply::json(&serde_json::json!({ "ok": true }))
}

/// Reads a body; none at all is an empty object.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Bad> {
    let bytes: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(bytes).map_err(|error| Bad::asked(format!("the body: {error}")))
}

fn market(venue: &Venue, call: &Call) -> Result<MarketIx, Bad> {
    let condition = call.part("condition");
    venue.floors().by_condition(condition).ok_or_else(|| {
        Bad::missing(format!("condition: no market is listed as {condition}; give its 0x-hex id"))
    })
}

fn token(venue: &Venue, token: &str) -> Result<(MarketIx, Outcome), Bad> {
    match crate::serve::host::strike::asset_of(venue, token) {
        Some(Asset::Share(market, outcome)) => Ok((market, outcome)),
        Some(Asset::Cash) | None => Err(Bad::missing(format!(
            "token: no market has a token {token}; give the decimal id of one that is listed"
        ))),
    }
}

fn address(text: &str) -> Result<Address, Bad> {
    text.parse().map_err(|_| Bad::asked(format!("address: `{text}` is not 0x and 40 hex digits")))
}
