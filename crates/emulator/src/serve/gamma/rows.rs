//! One market and one event in Gamma's words (venue.md 5.4): lists inside of text, times of three kinds,
//! numbers that are numbers here and text there.

use crate::ledger::MarketIx;
use crate::serve::clob::public::best;
use crate::serve::number;
use crate::venue::Venue;
use crate::venue::chain::neg_risk_market_id;
use crate::venue::market::Floor;
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::money::{Decimal, Price};
use betteroms_core::time::Time;
use serde_json::{Map, Value, json};

/// Where Gamma's numbers of markets and of events begin.
const MARKETS_FROM: usize = 1_000_001;
const EVENTS_FROM: usize = 2_000_001;

/// Gamma's number of a market.
pub(in crate::serve) fn market_id(ix: MarketIx) -> String {
    ix.index().saturating_add(MARKETS_FROM).to_string()
}

/// One or more markets under one title. A market that is listed without an event is one of its own.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Event {
    pub(in crate::serve) id: String,
    pub(in crate::serve) slug: String,
    title: String,
    markets: Vec<MarketIx>,
}

impl Event {
    /// Whether all of it is over.
    pub(in crate::serve) fn is_closed(&self, venue: &Venue) -> bool {
        let gate = |ix: &MarketIx| venue.floors().get(*ix).listing.market.gate;
        self.markets.iter().all(|ix| gate(ix) == Gate::Closed)
    }

    /// What a search looks at, in lower case.
    pub(in crate::serve) fn words(&self, venue: &Venue) -> String {
        let mut text = format!("{} {}", self.title, self.slug);
        for ix in &self.markets {
            let market = &venue.floors().get(*ix).listing.market;
            text.push_str(&format!(" {} {}", market.question, market.slug));
        }
        text.to_lowercase()
    }
}

/// All events in the order of their first markets.
pub(in crate::serve) fn events(venue: &Venue) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (ix, floor) in venue.floors().iter() {
        let market = &floor.listing.market;
        let own = || (market.slug.clone(), market.question.clone());
        let (slug, title) = floor.listing.event.clone().unwrap_or_else(own);
        match events.iter_mut().find(|event| event.slug == slug) {
            Some(event) => event.markets.push(ix),
            None => {
                let id = ix.index().saturating_add(EVENTS_FROM).to_string();
                events.push(Event { id, slug, title, markets: vec![ix] });
            }
        }
    }
    events
}

/// A list inside of text, as Gamma spells it.
fn wrapped<T: AsRef<str>>(items: &[T]) -> Value {
    let quoted: Vec<String> =
        items.iter().map(|item| Value::from(item.as_ref()).to_string()).collect();
    Value::from(format!("[{}]", quoted.join(", ")))
}

/// `2026-07-24 00:00:16+00`, the form of the database.
fn database(at: Time) -> String {
    let whole = Time::from_secs(at.secs());
    whole.to_string().replace('T', " ").replace('Z', "+00")
}

/// What both outcomes paid, or their prices.
fn prices(floor: &Floor) -> [String; 2] {
    let [first, second] = [Outcome::First, Outcome::Second].map(|outcome| worth(floor, outcome));
    [first, second].map(|micros| Decimal::from_micros(micros).to_string())
}

/// What a share is worth as Gamma and the Data API show it, in millionths of a dollar: what it paid, else
/// its last price, else the mid, else one half.
pub(in crate::serve) fn worth(floor: &Floor, outcome: Outcome) -> i64 {
    let market = &floor.listing.market;
    let first = match market.resolution {
        Some(resolution) => i64::from(resolution.payout_first.micros()),
        None => {
            let last = floor.last_of(Outcome::First).map(|last| i64::from(last.price.micros()));
            let bid = best(floor, Outcome::First, Side::Buy);
            let ask = best(floor, Outcome::First, Side::Sell);
            let mid = bid.zip(ask).map(|(bid, ask)| {
                i64::from(bid.micros()).saturating_add(i64::from(ask.micros())) / 2
            });
            last.or(mid).unwrap_or(500_000)
        }
    };
    match outcome {
        Outcome::First => first,
        Outcome::Second => 1_000_000_i64.saturating_sub(first),
    }
}

/// The share of taker fees that makers get back (venue.md 6.2).
fn rebate(category: &str) -> &'static str {
    match category {
        "crypto" => "0.2",
        "sports" => "0.15",
        _ => "0.25",
    }
}

fn fees(floor: &Floor, row: &mut Map<String, Value>) {
    let market = &floor.listing.market;
    let category = market.category.as_deref().unwrap_or("general");
    let fee = market.fee.filter(|fee| fee.rate.micros() > 0);
    row.insert("feesEnabled".to_owned(), fee.is_some().into());
    if let Some(fee) = fee {
        let kind = match category {
            "general" => "general_fees".to_owned(),
            named => format!("{named}_fees_v2"),
        };
        let schedule = json!({
            "exponent": fee.exponent.unwrap_or(1), "rate": number(&fee.rate.to_string()),
            "takerOnly": true, "rebateRate": number(rebate(category)),
        });
        row.insert("feeType".to_owned(), kind.into());
        row.insert("feeSchedule".to_owned(), schedule);
    }
}

/// The book in three numbers, as far as there is one.
fn quotes(floor: &Floor, row: &mut Map<String, Value>) {
    let price = |price: Price| number(&price.to_string());
    let bid = best(floor, Outcome::First, Side::Buy);
    let ask = best(floor, Outcome::First, Side::Sell);
    if let Some(bid) = bid {
        row.insert("bestBid".to_owned(), price(bid));
    }
    if let Some(ask) = ask {
        row.insert("bestAsk".to_owned(), price(ask));
    }
    if let Some((bid, ask)) = bid.zip(ask) {
        let spread = i64::from(ask.micros()).saturating_sub(i64::from(bid.micros()));
        row.insert("spread".to_owned(), number(&Decimal::from_micros(spread).to_string()));
    }
    if let Some(last) = floor.last_of(Outcome::First) {
        row.insert("lastTradePrice".to_owned(), price(last.price));
    }
    if let Some((least, widest)) = floor.listing.rewards {
        // Told in cents.
        let cents = Decimal::from_micros(i64::from(widest.micros()).saturating_mul(100));
        row.insert("rewardsMinSize".to_owned(), number(&least.to_string()));
        row.insert("rewardsMaxSpread".to_owned(), number(&cents.to_string()));
    }
}

/// How it ended, once it has.
fn ending(floor: &Floor, row: &mut Map<String, Value>) {
    let market = &floor.listing.market;
    if market.gate != Gate::Closed {
        return;
    }
    // The book changes for the last time when the market closes.
    row.insert("closedTime".to_owned(), database(floor.changed).into());
    let status = match market.resolution {
        Some(resolution) => {
            let end = Time::from_secs(resolution.at.secs());
            row.insert("umaEndDate".to_owned(), end.to_string().into());
            "resolved"
        }
        None => "proposed",
    };
    row.insert("umaResolutionStatus".to_owned(), status.into());
}

/// A market without the events it belongs to.
fn bare(venue: &Venue, ix: MarketIx) -> Map<String, Value> {
    let floor = venue.floors().get(ix);
    let listing = &floor.listing;
    let market = &listing.market;
    let is_closed = market.gate == Gate::Closed;
    let group = listing.group.as_deref().map(neg_risk_market_id);
    let day = |at: Time| at.utc_day();
    let row = json!({
        "id": market_id(ix), "question": market.question, "conditionId": market.condition,
        "slug": market.slug, "resolutionSource": "", "description": market.question,
        "endDate": market.close, "endDateIso": market.close.map(day), "image": "", "icon": "",
        "outcomes": wrapped(&market.outcomes), "outcomePrices": wrapped(&prices(floor)),
        "clobTokenIds": wrapped(&market.tokens), "active": true, "closed": is_closed,
        "archived": false, "new": false, "featured": false, "restricted": true,
        "marketMakerAddress": "", "groupItemTitle": "", "groupItemThreshold": "0",
        "questionID": market.condition, "enableOrderBook": true,
        "orderPriceMinTickSize": number(&market.tick.to_string()),
        "orderMinSize": number(&market.min_size.to_string()),
        "makerBaseFee": 1_000, "takerBaseFee": 1_000, "makerRebatesFeeShareBps": 10_000,
        "acceptingOrders": floor.is_open(), "negRisk": market.neg_risk,
        "negRiskMarketID": group, "negRiskOther": false, "comboStatus": "disabled",
        "secondsDelay": listing.taker_delay_millis / 1_000,
        "clearBookOnStart": listing.clear_on_start, "gameStartTime": listing.game_start,
        "umaResolutionStatuses": if is_closed { r#"["proposed"]"# } else { "[]" },
        "rfqEnabled": false, "category": market.category, "updatedAt": floor.changed,
    });
    let Value::Object(mut row) = row else { return Map::new() };
    row.retain(|_, value| !value.is_null());
    fees(floor, &mut row);
    quotes(floor, &mut row);
    ending(floor, &mut row);
    row
}

/// A market with the event it belongs to.
pub(in crate::serve) fn market(venue: &Venue, ix: MarketIx, events: &[Event]) -> Value {
    let mut row = bare(venue, ix);
    let of = events.iter().filter(|event| event.markets.contains(&ix));
    let told: Vec<Value> = of.map(|event| Value::Object(event_alone(venue, event))).collect();
    row.insert("events".to_owned(), told.into());
    Value::Object(row)
}

/// An event without its markets.
fn event_alone(venue: &Venue, event: &Event) -> Map<String, Value> {
    let floors = || event.markets.iter().map(|ix| venue.floors().get(*ix));
    let first = floors().next();
    let market = first.map(|floor| &floor.listing.market);
    let group = first.and_then(|floor| floor.listing.group.as_deref()).map(neg_risk_market_id);
    let row = json!({
        "id": event.id, "ticker": event.slug, "slug": event.slug, "title": event.title,
        "description": event.title, "resolutionSource": "", "active": true,
        "closed": event.is_closed(venue), "archived": false, "new": false, "featured": false,
        "restricted": true, "enableOrderBook": true, "image": "", "icon": "",
        "endDate": floors().filter_map(|floor| floor.listing.market.close).max(),
        "negRisk": market.is_some_and(|market| market.neg_risk), "negRiskMarketID": group,
        "enableNegRisk": group.is_some(), "negRiskAugmented": false, "commentCount": 0,
    });
    let Value::Object(mut row) = row else { return Map::new() };
    row.retain(|_, value| !value.is_null());
    let tags: Vec<Value> =
        market.and_then(|m| m.category.as_deref()).map(tag).into_iter().collect();
    row.insert("tags".to_owned(), tags.into());
    row
}

/// An event with its markets.
pub(in crate::serve) fn event(venue: &Venue, event: &Event) -> Value {
    let mut row = event_alone(venue, event);
    let markets = event.markets.iter().map(|ix| Value::Object(bare(venue, *ix)));
    row.insert("markets".to_owned(), markets.collect());
    Value::Object(row)
}

/// A category as a tag, numbered by its letters.
pub(in crate::serve) fn tag(category: &str) -> Value {
    let id = category.bytes().fold(0_u32, |id, byte| (id * 31 + u32::from(byte)) % 1_000_000);
    let mut letters = category.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    json!({
        "id": id.to_string(), "label": format!("{first}{}", letters.as_str()), "slug": category,
        "requiresTranslation": false,
    })
}
