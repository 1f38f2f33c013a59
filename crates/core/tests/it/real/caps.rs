//! R38 on real accounts: random plans under random limits, decided on top of random histories: orders that rest,
//! are filled in part, held, refused, or in doubt whatever became of them, trades that settle, fail or are somebody
//! else's, and a day that ends. No cap is ever exceeded by what is placed, by a sum of its own over everything that
//! was ever sent and is not known to have ended: what rests and what is in doubt counts whole.
//!
//! Controls that run each time: the same with one thing that the decision is not told, which must exceed the cap
//! that is about it. Found by this and mended: a FAK in doubt counted as nothing, for it never rests:
//! 156 caps were exceeded in 4,000 plans.

use super::desk::{Real, venue_id};
use super::truth::{MARKETS, Truth, day, market, world, worth};
use crate::given::{TradeWords, a_plan, a_trade, no_limits, shares, t, usd};
use crate::story::{Dice, cases};
use betteroms_core::decide::{Decision, decide};
use betteroms_core::event::{Event, OrderFact};
use betteroms_core::limits::Limits;
use betteroms_core::market::Side;
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::reason::{Cap, Denial, Wait};
use betteroms_core::reconcile::real::{Foreign, catch_up};
use betteroms_core::state::State;
use std::collections::BTreeMap;

const PASSES: i64 = 8;

/// What the decision is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Nothing,
    Doubts,
    Resting,
    Held,
    Day,
    Trade,
    Pass,
    Count,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    plans: u32,
    placed: u32,
    doubts: u32,
    /// Fills, failed trades, and trades of others.
    happened: [u32; 3],
    /// Denials and waits by the cap that bit.
    bites: BTreeMap<&'static str, u32>,
    /// Blocks by a cap that would not have bitten without what is in doubt.
    by_doubt: u32,
    /// The same without what rests.
    by_rest: u32,
    breaches: BTreeMap<&'static str, u32>,
    /// The first of them: its seed and pass.
    first: Option<(u64, i64)>,
}

fn limits(dice: &mut Dice) -> Limits {
    let mut between = |low, high| Usd::from_micros(dice.between(low, high) * 1_000_000);
    Limits {
        per_trade: between(8, 40),
        per_pass: between(15, 80),
        per_day: between(40, 200),
        per_market: between(20, 90),
        total: between(30, 150),
        orders_per_pass: u32::try_from(dice.between(1, 4)).unwrap(),
        ..no_limits()
    }
}

fn words(dice: &mut Dice) -> TradeWords {
    let name = market(usize::try_from(dice.between(0, 2)).unwrap());
    let limit = format!("0.{}", dice.between(20, 45));
    let one = a_trade().market(name.as_str()).at(&limit);
    let one = if dice.chance(30) { one.no() } else { one };
    match dice.between(0, 9) {
        0..4 => one.shares(&dice.between(5, 90).to_string()),
        4..6 => {
            one.shares(&format!("{}.{}", dice.between(5, 60), dice.between(10, 99))).good_for(3_600)
        }
        6 => one.usdc(&dice.between(2, 30).to_string()).at_most("12"),
        7..9 => one.usdc(&format!("{}.{}", dice.between(1, 30), dice.between(10, 99))).fak(),
        _ => {
            let out = a_trade().market("0xm0").sell().at("0.90").shares("5");
            if dice.chance(50) { out.reduce_only() } else { out }
        }
    }
}

/// The picture and the limits without what is planted to be forgotten.
fn forgetful(plant: Plant, state: &State, limits: &Limits) -> (State, Limits) {
    let (mut state, mut limits) = (state.clone(), limits.clone());
    let free = no_limits();
    match plant {
        Plant::Nothing => {}
        Plant::Doubts => state.orders.retain(|_, order| order.status != Status::InDoubt),
        Plant::Resting => state.orders.retain(|_, order| order.status != Status::Open),
        Plant::Held => state.positions.values_mut().for_each(|one| one.cost = Usd::ZERO),
        Plant::Day => state.account.day_notional = Usd::ZERO,
        Plant::Trade => limits.per_trade = free.per_trade,
        Plant::Pass => limits.per_pass = free.per_pass,
        Plant::Count => limits.orders_per_pass = free.orders_per_pass,
    }
    (state, limits)
}

/// Every cap that the placed orders exceed.
fn breaches(truth: &Truth, real: &Real, limits: &Limits, decision: &Decision) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut exceeds = |cap, used: i64, most: Usd| {
        if used > most.micros() {
            found.push(cap);
        }
    };
    let placed = || decision.commands.iter().map(|id| real.order(id));
    for order in placed() {
        exceeds("trade", worth(order), limits.per_trade);
        exceeds("trade", worth(order), order.trade.notional_max.unwrap_or(limits.per_trade));
    }
    let adding = || placed().filter(|order| !order.trade.reduce_only);
    let new: i64 = adding().map(worth).sum();
    if new == 0 {
        return found;
    }
    exceeds("pass", new, limits.per_pass);
    let count = i64::try_from(adding().count()).unwrap();
    exceeds("count", count, Usd::from_micros(i64::from(limits.orders_per_pass)));
    exceeds("day", new + truth.of_day(day(real.now)), limits.per_day);
    let mut exposure = truth.exposure(&real.state, |_| true);
    let buys = || adding().filter(|order| order.trade.side == Side::Buy);
    for order in buys() {
        let nth = (0..MARKETS).find(|nth| Some(market(*nth)) == order.market).unwrap();
        exposure[nth] += worth(order);
    }
    for order in buys() {
        let nth = (0..MARKETS).find(|nth| Some(market(*nth)) == order.market).unwrap();
        exceeds("market", exposure[nth], limits.per_market);
        exceeds("total", exposure.iter().sum(), limits.total);
    }
    found
}

/// Counts what held orders back, and whether it was a doubt or what rests.
fn count(truth: &Truth, before: &State, decision: &Decision, tally: &mut Tally) {
    let sum = |counts: fn(Status) -> bool| -> i64 {
        let whole: i64 = truth.exposure(before, |_| true).iter().sum();
        whole - truth.exposure(before, |status| !counts(status)).iter().sum::<i64>()
    };
    let doubtful = sum(|status| status == Status::InDoubt);
    let resting = sum(|status| status == Status::Open);
    for event in &decision.events {
        if let Event::OrderDenied { denial: Denial::NotionalOverLimit { .. }, .. } = event {
            *tally.bites.entry("trade").or_default() += 1;
        }
        let (Event::OrderWaiting { wait, .. }
        | Event::OrderDenied { denial: Denial::Blocked { by: wait }, .. }) = event
        else {
            continue;
        };
        let Some(name) = bite(wait) else { continue };
        *tally.bites.entry(name).or_default() += 1;
        if let Wait::CapReached { cap: Cap::Total, need, left } = wait {
            let short = need.micros() - left.micros();
            tally.by_doubt += u32::from(short <= doubtful);
            tally.by_rest += u32::from(short <= resting);
        }
    }
}

/// The cap behind a block.
fn bite(wait: &Wait) -> Option<&'static str> {
    let caps = [
        (Cap::PerPass, "pass"),
        (Cap::PerDay, "day"),
        (Cap::PerMarket, "market"),
        (Cap::Total, "total"),
    ];
    if let Wait::CapReached { cap, .. } = wait {
        return caps.iter().find(|(one, _)| one == cap).map(|(_, name)| *name);
    }
    match wait.code() {
        "ORDERS_PER_PASS" => Some("count"),
        "UNSETTLED" => Some("unsettled"),
        _ => None,
    }
}

fn tell(seed: u64, plant: Plant, tally: &mut Tally) {
    let dice = &mut Dice::new(seed);
    let (mut real, mut truth) = (Real::with("1000000", "0"), Truth::default());
    let limits = limits(dice);
    let mut secs = dice.between(60_000, 80_000);
    for pass in 0..PASSES {
        secs += dice.between(5, 9_000);
        real.at(t(secs));
        truth.happen(dice, &real);
        let (world, view) = (world(real.now), truth.look(dice, &real));
        let facts = catch_up(&real.state, &world, &view, Foreign::Book).expect("it fits");
        real.record(&facts);
        let trades: Vec<TradeWords> = (0..dice.between(1, 5)).map(|_| words(dice)).collect();
        let plans = [a_plan(&format!("p{pass}"), trades)];
        let before = real.state.clone();
        let (told, under) = forgetful(plant, &before, &limits);
        let decision = decide(&told, &world, &plans, &under).expect("a decision");
        count(&truth, &before, &decision, tally);
        real.record(&decision.events);
        for cap in breaches(&truth, &real, &limits, &decision) {
            *tally.breaches.entry(cap).or_default() += 1;
            tally.first.get_or_insert((seed, pass));
        }
        tally.plans += 1;
        tally.placed += u32::try_from(decision.commands.len()).unwrap();
        tally.doubts += u32::try_from(before.with_status(Status::InDoubt).count()).unwrap();
        for id in &decision.commands {
            truth.send(dice, &mut real, id);
        }
        let doubts: Vec<OrderId> =
            real.state.with_status(Status::InDoubt).map(|order| order.id.clone()).collect();
        let still =
            doubts.into_iter().map(|id| Event::AtVenue { id, fact: OrderFact::StillDoubted });
        real.record(&still.collect::<Vec<_>>());
    }
    for (sum, times) in tally.happened.iter_mut().zip(truth.happened) {
        *sum += times;
    }
}

#[test]
fn no_cap_is_exceeded_and_what_rests_or_is_in_doubt_counts() {
    let mut tally = Tally::default();
    let wanted = cases(4_000);
    for seed in 0.. {
        if tally.plans >= wanted {
            break;
        }
        tell(seed, Plant::Nothing, &mut tally);
    }
    println!("{tally:?}");
    assert_eq!((tally.first, &tally.breaches), (None, &BTreeMap::new()), "seed and pass");
    let least = wanted / 40;
    for cap in ["trade", "pass", "day", "market", "total", "count", "unsettled"] {
        assert!(tally.bites.get(cap).is_some_and(|bites| *bites >= least), "{cap} bit too seldom");
    }
    assert!(tally.placed >= wanted && tally.doubts >= wanted / 2, "too little was sent or doubted");
    assert!(tally.happened.iter().all(|times| *times >= least), "{:?}", tally.happened);
    assert!(tally.by_doubt >= least && tally.by_rest >= least, "nothing hung on what is open");
}

#[test]
fn what_a_decision_is_not_told_exceeds_the_cap_that_is_about_it() {
    for (plant, cap) in [
        (Plant::Doubts, "total"),
        (Plant::Doubts, "market"),
        (Plant::Resting, "market"),
        (Plant::Held, "market"),
        (Plant::Day, "day"),
        (Plant::Trade, "trade"),
        (Plant::Pass, "pass"),
        (Plant::Count, "count"),
    ] {
        let mut tally = Tally::default();
        for seed in 0..60 {
            tell(seed, plant, &mut tally);
        }
        println!("{plant:?}: {:?}", tally.breaches);
        assert!(tally.breaches.contains_key(cap), "{plant:?} was not seen");
    }
}

#[test]
fn a_cash_order_in_doubt_counts_whole() {
    let mut real = Real::with("100", "0");
    let world = world(real.now);
    let limits = Limits { total: usd("15"), ..no_limits() };
    let fak = a_trade().market("0xm0").usdc("10").at("0.45").fak();
    let decision = decide(&real.state, &world, &[a_plan("a", [fak])], &limits).unwrap();
    real.record(&decision.events);
    let id = decision.commands[0].clone();
    let signed = OrderFact::Signed { venue: venue_id(&id), body: "{}".to_owned() };
    let doubted = OrderFact::Doubted { cause: "no answer".to_owned() };
    real.record(&[signed, doubted].map(|fact| Event::AtVenue { id: id.clone(), fact }));
    let other = a_trade().market("0xm1").shares("20").at("0.30");
    let decision = decide(&real.state, &world, &[a_plan("b", [other])], &limits).unwrap();
    assert_eq!(decision.commands, []);
    real.record(&decision.events);
    let order = real.state.with_status(Status::Waiting).next().unwrap();
    let left = Wait::CapReached { cap: Cap::Total, need: usd("6"), left: usd("5") };
    assert_eq!(order.wait, Some(left));
    assert_eq!(shares("0"), real.order(&id).remaining(), "it never rests");
}
