//! What catching up costs besides the network: a thousand open orders of ours in fifty markets, and ten
//! thousand trades that filled them. For `cargo xtask bench real`; one JSON line tells the middle of several
//! runs, in microseconds.
//!
//! `unseen`: every trade is new and confirmed. `pending`: every trade is new and not settled. `seen`: every
//! trade is in the books already.

use betteroms_core::event::{AccountFact, AccountId, Event, OrderFact, PassId, Role};
use betteroms_core::ledger::imbalance;
use betteroms_core::market::{ConditionId, Gate, Market, Outcome, Side};
use betteroms_core::money::{Price, Shares, Tick, Usd};
use betteroms_core::order::{Order, OrderId, Placing, Want};
use betteroms_core::plan::{
    Digest, Here, IfBlocked, MarketRef, OutcomeRef, RunId, Size, TimeInForce, Trade,
};
use betteroms_core::reconcile::real::{Foreign, balances, catch_up};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::venue::{
    AccountView, OwnLeg, Part, Settlement, Standing, VenueId, VenueOrder, VenueTrade,
};
use betteroms_core::world::{MarketView, World};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

type Failed = Box<dyn Error>;

const ORDERS: usize = 1_000;
const TRADES: usize = 10_000;
const MARKETS: usize = 50;
const RUNS: usize = 11;
const NOW: Time = Time::from_secs(1_790_035_200);

fn main() -> Result<(), Failed> {
    let cents = Price::parse("0.10").ok_or("a price")?;
    let markets = (0..MARKETS).map(|nth| {
        let view = MarketView { market: market(nth), book: None, prints: Vec::new() };
        (view.market.condition.clone(), view)
    });
    let world = World { now: NOW, markets: markets.collect(), ..World::default() };
    let before = resting(cents)?;
    let told = |settlement| view(cents, settlement);
    let (unseen, after) = run(&before, &world, &told(Settlement::Confirmed), 2 * TRADES)?;
    let (seen, _) = run(&after, &world, &told(Settlement::Confirmed), 0)?;
    let (pending, _) = run(&before, &world, &told(Settlement::Matched), TRADES)?;
    let told = serde_json::json!({ "unseen": unseen, "seen": seen, "pending": pending });
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// Catches up as a pass does, several times from the same picture; the middle time and the picture after.
fn run(
    before: &State,
    world: &World,
    view: &AccountView,
    facts_least: usize,
) -> Result<(u64, State), Failed> {
    let mut times = Vec::with_capacity(RUNS);
    let mut last = before.clone();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let facts = catch_up(before, world, view, Foreign::Book)?;
        let mut after = before.clone();
        after.apply_all(&facts, &mut Changes::default())?;
        let mut off = balances(&after, view);
        // That fees were charged as expected is no difference.
        off.retain(|fact| !matches!(fact, Event::Account { fact: AccountFact::FeesProven {} }));
        let is_balanced = imbalance(&after).is_none();
        times.push(u64::try_from(begun.elapsed().as_micros())?);
        if facts.len() < facts_least || !off.is_empty() || !is_balanced {
            return Err(format!("{} facts, {off:?}", facts.len()).into());
        }
        last = after;
    }
    times.sort_unstable();
    Ok((times.get(RUNS / 2).copied().unwrap_or_default(), last))
}

fn condition(nth: usize) -> ConditionId {
    ConditionId::new(format!("0x{:064x}", nth % MARKETS + 1))
}

fn token(nth: usize, outcome: usize) -> String {
    format!("{}{:076}", 1 + outcome, nth % MARKETS)
}

fn venue_id(nth: usize) -> VenueId {
    VenueId::new(&format!("0x{}", Digest::of(&nth.to_le_bytes()).as_str()))
}

fn market(nth: usize) -> Market {
    Market {
        condition: condition(nth),
        slug: format!("market-{nth}"),
        question: "Will it?".to_owned(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [token(nth, 0), token(nth, 1)],
        tick: Tick::CENT,
        min_size: Shares::from_units(5),
        fee: None,
        category: None,
        neg_risk: false,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

/// An account whose thousand orders were sent and rest.
fn resting(cents: Price) -> Result<State, Failed> {
    let mut state = State::new(AccountId::real("0xAb"));
    let mut changes = Changes::default();
    let digest = Digest::of(b"");
    let pass = PassId::new(NOW, 1);
    let adopted = AccountFact::Adopted { cash: Usd::ZERO, shares: Vec::new(), at: None };
    let opened = [
        Event::AccountOpened { cash: Usd::from_units(1_000_000) },
        Event::Account { fact: adopted },
        Event::PassOpened { pass, now: NOW, world: digest.clone(), limits: digest },
    ];
    state.apply_all(&opened, &mut changes)?;
    let run = RunId::new("bench").ok_or("a run id")?;
    for nth in 0..ORDERS {
        let id = OrderId::new(&run, &nth.to_string(), 1);
        let order = Order {
            market: Some(condition(nth)),
            outcome: Some(Outcome::First),
            ..Order::admitted(
                id.clone(),
                (run.clone(), "bench.json".to_owned()),
                (trade(nth, cents), TimeInForce::Gtc),
                NOW,
            )
        };
        let placing = Placing {
            at: NOW,
            due: None,
            want: Want::Shares(Shares::from_units(1_000)),
            seq: u64::try_from(nth)?,
            mid_doubled: None,
            notional: Usd::from_units(100),
        };
        let signed = OrderFact::Signed { venue: venue_id(nth), body: "{}".to_owned() };
        let facts = [
            Event::OrderAdmitted { order: Box::new(order) },
            Event::OrderSubmitting { id: id.clone(), placing, reserve: Usd::from_units(100) },
            Event::AtVenue { id: id.clone(), fact: signed },
            Event::OrderOpened { id },
        ];
        state.apply_all(&facts, &mut changes)?;
    }
    Ok(state)
}

fn trade(nth: usize, cents: Price) -> Trade {
    Trade {
        index: u32::try_from(nth).unwrap_or_default(),
        id: nth.to_string(),
        market: MarketRef::Market(condition(nth).to_string()),
        outcome: OutcomeRef::Yes,
        side: Side::Buy,
        price: cents,
        size: Size::Shares(Shares::from_units(1_000)),
        time_in_force: Some(TimeInForce::Gtc),
        good_for_secs: None,
        notional_max: None,
        post_only: false,
        reduce_only: false,
        price_ceil: None,
        price_floor: None,
        if_blocked: IfBlocked::Wait,
        not_before: None,
        not_after: None,
        notes: None,
        here: Here::default(),
        size_here: Here::default(),
    }
}

/// What the venue says after ten thousand trades of a share each, and what the chain says once they settled.
fn view(cents: Price, settlement: Settlement) -> AccountView {
    let each = i32::try_from(TRADES / ORDERS).unwrap_or_default();
    let orders = (0..ORDERS).map(|nth| {
        let order = VenueOrder {
            id: venue_id(nth),
            market: condition(nth),
            token: token(nth, 0),
            side: Side::Buy,
            price: cents,
            size: Shares::from_units(1_000),
            matched: Shares::from_units(each),
            standing: Standing::Live,
        };
        (order.id.clone(), order)
    });
    let trades = (0..TRADES).map(|nth| VenueTrade {
        id: format!("0195a1c2-7b3e-7c4d-8e5f-{nth:012}"),
        settlement,
        at: NOW.plus_secs(i64::try_from(nth / 100).unwrap_or_default()),
        legs: vec![OwnLeg {
            order: venue_id(nth % ORDERS),
            role: Role::Maker,
            market: condition(nth % ORDERS),
            token: token(nth % ORDERS, 0),
            side: Side::Buy,
            price: cents,
            parts: vec![Part { shares: Shares::from_units(1), price: cents, is_direct: true }],
        }],
        transaction: None,
    });
    let held = Shares::from_units(i32::try_from(TRADES / MARKETS).unwrap_or_default());
    let shares = (0..MARKETS).map(|nth| (condition(nth), [held, Shares::ZERO]));
    AccountView {
        open: orders.collect(),
        trades: trades.collect(),
        cash: Some(Usd::from_units(999_000)),
        shares: shares.collect::<BTreeMap<_, _>>(),
        ..AccountView::default()
    }
}
