//! A desk: drives passes of the real core over hand-made markets and records every step.

use betteroms_core::book::{Book, Level, Print};
use betteroms_core::decide::decide;
use betteroms_core::event::{AccountId, Event, PassId};
use betteroms_core::limits::{FillModel, Limits, PaperModel};
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Resolution, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::order::OrderId;
use betteroms_core::plan::{
    Digest, Here, IfBlocked, MarketRef, Mode, OutcomeRef, Plan, RunId, Size, TimeInForce, Trade,
};
use betteroms_core::reconcile::{catch_up, settle_paper};
use betteroms_core::report::{Input, equity, report};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::world::{MarketView, World};
use betteroms_store::{Batch, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// An account on a store, with its limits.
pub(crate) struct Desk {
    pub(crate) account: AccountId,
    pub(crate) limits: Limits,
    pub(crate) model: PaperModel,
}

impl Desk {
    pub(crate) fn new(account: &str) -> Self {
        Self { account: AccountId::new(account), limits: limits(), model: model() }
    }

    /// Opens the account with cash.
    pub(crate) async fn fund(&self, store: &mut Store, dollars: i32) {
        let mut state = store.load(&self.account).await.unwrap();
        let events = [Event::AccountOpened { cash: Usd::from_units(dollars) }];
        self.step(store, &mut state, None, t(0), &events).await.unwrap();
    }

    /// One whole pass, recorded step by step; returns the picture after it.
    pub(crate) async fn pass(&self, store: &mut Store, world: &World, plans: &[Plan]) -> State {
        let state = self.pass_until_sent(store, world, plans).await;
        self.finish(store, state, world).await
    }

    /// A pass up to the decision's record: what a kill before acting leaves.
    pub(crate) async fn pass_until_sent(
        &self,
        store: &mut Store,
        world: &World,
        plans: &[Plan],
    ) -> (State, Vec<OrderId>) {
        let mut state = store.load(&self.account).await.unwrap();
        let markets: Vec<ConditionId> = world.markets.keys().cloned().collect();
        store.load_markets(&mut state, &markets).await.unwrap();
        let keys: Vec<String> = plans.iter().map(|plan| plan.run_id.to_string()).collect();
        store.load_runs(&mut state, &keys).await.unwrap();

        let nth = if state.account.last_now == Some(world.now) {
            state.account.passes_at_last_now + 1
        } else {
            1
        };
        let pass = PassId::new(world.now, nth);
        let seen = serde_json::to_vec(world).unwrap();
        let digest = Digest::of(&seen);
        let opened = [Event::PassOpened {
            pass: pass.clone(),
            now: world.now,
            world: digest.clone(),
            limits: Digest::of(b"limits"),
        }];
        let mut changes = Changes::default();
        state.apply_all(&opened, &mut changes).unwrap();
        let blobs = [(digest, "world", seen)];
        let batch = Batch {
            account: &self.account,
            pass: Some(&pass),
            at: world.now,
            events: &opened,
            rows: changes.rows(&state),
            blobs: &blobs,
            report: None,
        };
        store.record(batch).await.unwrap();

        let caught = catch_up(&state, world, &self.limits, &self.model);
        self.step(store, &mut state, Some(&pass), world.now, &caught).await.unwrap();
        let decision = decide(&state, world, plans, &self.limits).unwrap();
        self.step(store, &mut state, Some(&pass), world.now, &decision.events).await.unwrap();
        (state, decision.commands)
    }

    /// Acts, settles, reports and ends the open pass.
    pub(crate) async fn finish(
        &self,
        store: &mut Store,
        (mut state, commands): (State, Vec<OrderId>),
        world: &World,
    ) -> State {
        let pass = state.account.open_pass.clone().unwrap();
        let mut events =
            settle_paper(&state, world, (&self.limits, &self.model), &commands).unwrap();
        let mut changes = Changes::default();
        state.apply_all(&events, &mut changes).unwrap();
        let closed = Event::PassClosed { pass: pass.clone(), equity: equity(&state, world) };
        state.apply(&closed, &mut changes).unwrap();
        events.push(closed);
        let input =
            Input { pass: &pass, events: &events, state: &state, world, limits: &self.limits };
        let said = serde_json::to_string(&report(&input)).unwrap();
        let batch = Batch {
            account: &self.account,
            pass: Some(&pass),
            at: world.now,
            events: &events,
            rows: changes.rows(&state),
            blobs: &[],
            report: Some((&pass, world.now, said)),
        };
        store.record(batch).await.unwrap();
        state
    }

    /// Applies and records facts.
    pub(crate) async fn step(
        &self,
        store: &mut Store,
        state: &mut State,
        pass: Option<&PassId>,
        at: Time,
        events: &[Event],
    ) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        state.apply_all(events, &mut changes).unwrap();
        let rows = changes.rows(state);
        let account = &self.account;
        store.record(Batch { account, pass, at, events, rows, blobs: &[], report: None }).await
    }
}

/// Three passes that touch every view: part fill, rest, wait and denial; fills by prints; payout.
pub(crate) async fn three_passes(desk: &Desk, store: &mut Store) {
    desk.fund(store, 1_000).await;
    let plan = a_plan("first", &[buy("0.51", 102), fak("0.60", 20), dear(), too_large()]);
    desk.pass(store, &first_world(), std::slice::from_ref(&plan)).await;
    desk.pass(store, &second_world(), &[plan, a_plan("second", &[sell_all("0.40")])]).await;
    desk.pass(store, &last_world(), &[]).await;
}

pub(crate) fn first_world() -> World {
    let book = a_book(60, &[("0.49", 300)], &[("0.50", 100), ("0.51", 50), ("0.53", 400)]);
    a_world(60, a_view(book, vec![]))
}

pub(crate) fn second_world() -> World {
    let book = a_book(360, &[("0.48", 200)], &[("0.52", 60)]);
    a_world(360, a_view(book, vec![a_print(200, "0.51", 20), a_print(210, "0.50", 5)]))
}

pub(crate) fn last_world() -> World {
    let mut view = a_view(a_book(660, &[("0.90", 10)], &[("0.95", 10)]), vec![]);
    view.market.gate = Gate::Closed;
    view.market.close = Some(t(600));
    view.market.resolution = Some(Resolution { at: t(650), payout_first: Fraction::ONE });
    a_world(700, view)
}

/// A market of many, all alike, for long plans.
pub(crate) fn wide_world(now: i64, markets: u32) -> World {
    let mut world = World { now: t(now), ..World::default() };
    for n in 0..markets {
        let book = a_book(now, &[("0.49", 9_000)], &[("0.50", 9_000)]);
        let mut view = a_view(book, vec![]);
        view.market.condition = ConditionId::new(format!("0x{n:064x}"));
        view.market.slug = format!("market-{n}");
        let condition = view.market.condition.clone();
        world.resolved.insert(view.market.slug.clone(), Ok(condition.clone()));
        world.markets.insert(condition, view);
    }
    world
}

pub(crate) fn t(secs: i64) -> Time {
    Time::from_secs(1_780_000_000 + secs)
}

pub(crate) fn the_market() -> ConditionId {
    ConditionId::new("0xabc")
}

pub(crate) fn a_book(at: i64, bids: &[(&str, i32)], asks: &[(&str, i32)]) -> Book {
    let side = |levels: &[(&str, i32)]| {
        let level =
            |(p, size): &(&str, i32)| Level { price: price(p), size: Shares::from_units(*size) };
        levels.iter().map(level).collect()
    };
    Book::from_view(Outcome::First, (t(at), t(at)), side(bids), side(asks)).unwrap()
}

pub(crate) fn a_print(at: i64, at_price: &str, size: i32) -> Print {
    Print {
        at: t(at),
        received: t(at),
        outcome: Outcome::First,
        taker: Side::Sell,
        price: price(at_price),
        size: Shares::from_units(size),
        tx: None,
    }
}

pub(crate) fn a_view(book: Book, prints: Vec<Print>) -> MarketView {
    let market = Market {
        condition: the_market(),
        slug: "will-it-rain".into(),
        question: "Will it rain?".into(),
        outcomes: ["Yes".into(), "No".into()],
        tokens: ["1".into(), "2".into()],
        tick: Tick::CENT,
        min_size: Shares::from_units(5),
        fee: Some(FeeSchedule { rate: Fraction::from_micros(70_000).unwrap(), exponent: Some(1) }),
        category: None,
        neg_risk: false,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    };
    MarketView { market, book: Some(book), prints }
}

pub(crate) fn a_world(now: i64, view: MarketView) -> World {
    let (id, slug) = (view.market.condition.clone(), view.market.slug.clone());
    World {
        now: t(now),
        markets: BTreeMap::from([(id.clone(), view)]),
        resolved: BTreeMap::from([(slug, Ok(id))]),
        unread: BTreeMap::new(),
        plans_named: false,
        ..World::default()
    }
}

pub(crate) fn a_plan(run_id: &str, trades: &[Trade]) -> Plan {
    let trades: Vec<Trade> = (0..)
        .zip(trades)
        .map(|(index, trade)| Trade { index, id: index.to_string(), ..trade.clone() })
        .collect();
    Plan {
        run_id: RunId::new(run_id).unwrap(),
        mode: Mode::Paper,
        digest: Digest::of(run_id.as_bytes()),
        sha256: Digest::of(run_id.as_bytes()),
        file: format!("{run_id}.json"),
        trades,
        remarks: vec![],
    }
}

pub(crate) fn buy(limit: &str, dollars: i32) -> Trade {
    Trade {
        index: 0,
        id: String::new(),
        market: MarketRef::Market("will-it-rain".into()),
        outcome: OutcomeRef::Yes,
        side: Side::Buy,
        price: price(limit),
        size: Size::Usdc(Usd::from_units(dollars)),
        time_in_force: None,
        good_for_secs: Some(3_600),
        notional_max: None,
        post_only: false,
        reduce_only: false,
        price_ceil: None,
        price_floor: None,
        if_blocked: IfBlocked::Wait,
        not_before: None,
        not_after: None,
        notes: Some("it's \"quoted\" \u{1f327}".into()),
        here: Here::default(),
        size_here: Here::default(),
    }
}

fn fak(limit: &str, dollars: i32) -> Trade {
    Trade { time_in_force: Some(TimeInForce::Fak), good_for_secs: None, ..buy(limit, dollars) }
}

/// Waits: its guard is never met.
pub(crate) fn dear() -> Trade {
    Trade { price_ceil: Some(price("0.10")), ..buy("0.50", 30) }
}

/// Denied: over its own cap.
fn too_large() -> Trade {
    Trade { notional_max: Some(Usd::from_units(10)), ..buy("0.50", 30) }
}

pub(crate) fn sell_all(limit: &str) -> Trade {
    Trade {
        side: Side::Sell,
        size: Size::All,
        time_in_force: Some(TimeInForce::Fak),
        good_for_secs: None,
        ..buy(limit, 1)
    }
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn limits() -> Limits {
    Limits {
        per_trade: Usd::from_units(1_000_000),
        per_pass: Usd::from_units(1_000_000),
        orders_per_pass: 100_000,
        per_day: Usd::from_units(1_000_000),
        per_market: Usd::from_units(1_000_000),
        total: Usd::from_units(1_000_000),
        price_band_micros: None,
        spread_micros_max: None,
        book_age_secs_max: 300,
        wait_hours_max: 24,
        good_for_secs: None,
        halted: false,
        life_secs_min: None,
    }
}

fn model() -> PaperModel {
    PaperModel {
        liquidity_fraction: Fraction::ONE,
        liquidity_by_category: BTreeMap::new(),
        fill_model: FillModel::Book,
        spread_cushion_ticks: 0,
    }
}
