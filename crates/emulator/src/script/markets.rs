//! A script's markets and the crowd's levels in them.

use super::Wrong;
use super::form::{Form, LevelForm, LiquidityForm, MarketForm};
use crate::ledger::MarketIx;
use crate::names::{Kind, Names};
use crate::venue::Venue;
use crate::venue::market::Listing;
use alloy_primitives::U256;
use betteroms_core::book::Level;
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Resolution, Side};
use betteroms_core::money::{Fraction, Shares, Tick};
use std::collections::{BTreeMap, BTreeSet};

/// The smallest resting size where a script names none (venue.md 3.6).
const MIN_SIZE: i32 = 5;

/// The condition and tokens of a market that has none of the venue's: drawn from the seed and its name.
pub fn derived_ids(names: &Names, slug: &str) -> (ConditionId, [String; 2]) {
    let of = |what: &str| names.of(Kind::Market, &format!("{what}/{slug}"));
    let token = |what: &str| U256::from_be_bytes(of(what).0).to_string();
    (ConditionId::new(of("condition").to_string()), [token("token/0"), token("token/1")])
}

/// Whether an id is one the venue could have given to a market.
pub fn is_condition(id: &str) -> bool {
    id.strip_prefix("0x").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

pub(super) fn list(form: &Form, venue: &mut Venue, wrong: &mut Wrong) {
    winners(&form.markets, wrong);
    for (at, market) in form.markets.iter().enumerate() {
        let place = format!("markets[{at}]");
        let before = wrong.0.len();
        let listing = listing(market, venue.names(), &place, wrong);
        if wrong.0.len() > before {
            continue;
        }
        if let Err(error) = venue.list(listing) {
            wrong.at(place, format!("{error}: write another slug, condition or tokens"));
        }
    }
}

/// In a neg-risk event at most one market pays 1, and none 0.5.
fn winners(markets: &[MarketForm], wrong: &mut Wrong) {
    let mut won: BTreeSet<&str> = BTreeSet::new();
    for (at, market) in markets.iter().enumerate() {
        let (Some(group), Some(resolution)) = (&market.group, &market.resolution) else { continue };
        let payout = resolution.payout_first.0;
        let place = format!("markets[{at}].resolution.payoutFirst");
        if payout == Fraction::ONE.half() {
            wrong.at(place, "a market of a neg-risk group pays 0 or 1");
        } else if payout == Fraction::ONE && !won.insert(group) {
            wrong.at(place, format!("group {group:?} has a winner already: write 0"));
        }
    }
}

fn listing(form: &MarketForm, names: &Names, place: &str, wrong: &mut Wrong) -> Listing {
    let (condition, tokens) = derived_ids(names, &form.slug);
    if form.slug.is_empty()
        || !form.slug.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    {
        wrong.at(format!("{place}.slug"), "a slug is letters, digits and hyphens");
    }
    if form.condition.as_deref().is_some_and(|id| !is_condition(id)) {
        wrong.at(
            format!("{place}.condition"),
            "a condition is 0x and 64 hex digits; leave it out to have one made",
        );
    }
    let neg_risk = form.neg_risk.unwrap_or(form.group.is_some());
    if form.group.is_some() && !neg_risk {
        wrong.at(format!("{place}.negRisk"), "a market of a group is neg-risk: leave negRisk out");
    }
    let fee = form.fee.map_or(FeeSchedule::FREE, |fee| FeeSchedule {
        rate: fee.rate.0,
        exponent: Some(fee.exponent.unwrap_or(1)),
    });
    if fee.known_exponent().is_none() {
        wrong
            .at(format!("{place}.fee.exponent"), "write 1, as all markets of the venue have, or 2");
    }
    let resolution = form
        .resolution
        .map(|given| Resolution { at: given.at.0, payout_first: given.payout_first.0 });
    if resolution.is_some_and(|given| given.payout(Outcome::First).is_none()) {
        wrong.at(format!("{place}.resolution.payoutFirst"), "write 0, 0.5 or 1");
    }
    let outcomes = form.outcomes.clone().unwrap_or_else(|| ["Yes", "No"].map(str::to_owned));
    let [first, second] = &outcomes;
    if first.eq_ignore_ascii_case(second) {
        wrong.at(format!("{place}.outcomes"), "the two outcomes need different names");
    }
    let market = Market {
        condition: form.condition.as_deref().map_or(condition, ConditionId::new),
        slug: form.slug.clone(),
        question: form.question.clone().unwrap_or_else(|| form.slug.clone()),
        outcomes,
        tokens: form.tokens.clone().unwrap_or(tokens),
        tick: form.tick.map_or(Tick::CENT, |tick| tick.0),
        min_size: form.min_size.map_or(Shares::from_units(MIN_SIZE), |size| size.0),
        fee: Some(fee),
        category: form.category.clone(),
        neg_risk,
        gate: Gate::Accepting,
        close: form.close.map(|close| close.0),
        resolution,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    };
    Listing {
        group: form.group.clone(),
        event: form.event.clone().map(|event| (event.slug, event.title)),
        taker_delay_millis: form.taker_delay_millis.unwrap_or_default(),
        game_start: form.game_start.map(|start| start.0),
        clear_on_start: form.clear_on_start,
        rewards: form.rewards.map(|given| (given.min_size.0, given.max_spread.0)),
        ..Listing::plain(market)
    }
}

/// The market a script names, by slug or condition.
pub(super) fn market(venue: &Venue, name: &str) -> Result<MarketIx, String> {
    let floors = venue.floors();
    let found = floors.by_slug(name).or_else(|| floors.by_condition(name));
    found.ok_or_else(|| {
        format!("no market is called {name:?}: write a slug or condition that is listed")
    })
}

/// The outcome of a market by its label, in any case.
pub(super) fn outcome(venue: &Venue, market: MarketIx, label: &str) -> Result<Outcome, String> {
    let market = &venue.floors().get(market).listing.market;
    let all = [Outcome::First, Outcome::Second];
    let found = all.into_iter().find(|outcome| market.label(*outcome).eq_ignore_ascii_case(label));
    found.ok_or_else(|| {
        let [first, second] = &market.outcomes;
        format!("{} has no outcome {label:?}: write {first:?} or {second:?}", market.slug)
    })
}

pub(super) fn liquidity(form: &Form, venue: &mut Venue, wrong: &mut Wrong) {
    for (at, given) in form.liquidity.iter().enumerate() {
        let place = format!("liquidity[{at}]");
        let Some(market) = wrong.take(&format!("{place}.market"), market(venue, &given.market))
        else {
            continue;
        };
        let outcome =
            given.outcome.as_deref().map_or(Ok(Outcome::First), |l| outcome(venue, market, l));
        let Some(outcome) = wrong.take(&format!("{place}.outcome"), outcome) else { continue };
        rest(given, (market, outcome), venue, &place, wrong);
    }
}

fn rest(
    given: &LiquidityForm,
    (market, outcome): (MarketIx, Outcome),
    venue: &mut Venue,
    place: &str,
    wrong: &mut Wrong,
) {
    for (side, levels) in [(Side::Buy, &given.bids), (Side::Sell, &given.asks)] {
        let list = if side == Side::Buy { "bids" } else { "asks" };
        // Levels named twice in one list add up, as two people's would.
        let mut sums: BTreeMap<_, (usize, Shares)> = BTreeMap::new();
        for (nth, (price, size)) in levels.iter().enumerate() {
            sums.entry(price.0).or_insert((nth, Shares::ZERO)).1 += size.0;
        }
        for (price, (nth, size)) in sums {
            let price: LevelForm = (crate::exact::Exact(price), crate::exact::Exact(size));
            let put = put(venue, (market, outcome), side, price);
            wrong.take(&format!("{place}.{list}[{nth}]"), put);
        }
    }
}

fn put(
    venue: &mut Venue,
    (market, outcome): (MarketIx, Outcome),
    side: Side,
    (price, size): LevelForm,
) -> Result<(), String> {
    let floor = venue.floors().get(market);
    let tick = floor.listing.market.tick;
    let (price, size) = (price.0, size.0);
    if !price.is_on(tick) {
        return Err(format!("price {price} is not on the grid of {tick}"));
    }
    let level = match outcome {
        Outcome::First => Level { price, size },
        Outcome::Second => Level { price: price.complement(), size },
    };
    let side = side.in_first_terms(outcome);
    if floor.book.crosses(side, level.price) {
        return Err(format!("price {price} crosses the other side: bids stand below asks"));
    }
    venue.crowd_level(market, side, level);
    Ok(())
}
