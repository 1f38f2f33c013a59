//! One pass, one direction: load, observe, catch up, decide, record, act, settle, report. The
//! picture is in `ARCHITECTURE.md`; this file is that picture. Who answers what was decided is a
//! [`Venue`]: [`Paper`] here, the real one in `real`. `recovery` finishes a pass that was cut off, [`Step`] is
//! what a pass carries along; what the operator books outside a pass is in `crate::bookings`.

pub(crate) mod real;
mod recovery;
mod step;
mod venue;

pub use recovery::finish_killed;
pub use step::Step;
pub use venue::{Orders, Paper, Venue};

use crate::books::{Books, Observed, Resolved};
use crate::crash::{self, Point};
use anyhow::{Result, bail};
use betteroms_core::decide::{PlanOutcome, decide, known, withdraw};
use betteroms_core::event::{AccountId, Event};
use betteroms_core::limits::{Limits, PaperModel};
use betteroms_core::market::ConditionId;
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::{MarketRef, Plan};
use betteroms_core::report::{self, Report};
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_core::venue::AccountView;
use betteroms_core::world::{Watch, World};
use betteroms_store::Store;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The rules that a pass runs under; journaled with it, so that a killed pass is finished under the
/// same ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// What may be traded.
    pub limits: Limits,
    /// How paper answers.
    pub paper: PaperModel,
    /// What a new account begins with.
    pub starting_cash: Usd,
}

/// The plans of a pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The checked plans.
    pub plans: &'a [Plan],
    /// True when files or folders were named, found or not: plans that live and are not among them
    /// are then told of.
    pub named: bool,
    /// Real: orders that the operator takes out. The pass then does this and nothing else: it places nothing.
    pub take_out: Option<&'a [OrderId]>,
}

/// What a call to [`run`] did.
#[derive(Clone, Debug)]
pub struct Done {
    /// The pass's report.
    pub report: Report,
    /// False where there was nothing to do: the same `now` again and no new plan.
    pub is_new: bool,
}

/// Runs one pass of `account` at `now`. Every plan is either admitted, known, or refused with the
/// reason in the report; whatever rests, waits or is held is taken care of first.
///
/// # Errors
/// When the store, the source of books or the venue cannot be used; nothing is half done then: the next
/// call finishes it.
pub async fn run(
    store: &mut Store,
    (books, venue): (&mut impl Books, &mut impl Venue),
    (account, now): (&AccountId, Time),
    given: Given<'_>,
    rules: &Rules,
) -> Result<Done> {
    // 1 LOAD
    let mut state = load(store, (account, now), given).await?;
    if let Some(report) = nothing_to_do(store, &state, now, given).await? {
        return Ok(Done { report, is_new: false });
    }
    // 2 OBSERVE
    let view = venue.look(store, &mut state).await?;
    let mut world = observe(store, books, (&mut state, view), now, given).await?;
    venue.check(store, (&mut state, &mut world), given).await?;
    crash::point(Point::Observed);
    let mut step = Step::open(state, &world, rules)?;
    // 3 CATCH UP
    let facts = venue.catch_up(&step.state, &world, rules)?;
    step.take(facts)?;
    // 4 DECIDE
    let decision = match given.take_out {
        Some(orders) => withdraw(&step.state, &world, &rules.limits, orders)?,
        None => decide(&step.state, &world, given.plans, &rules.limits)?,
    };
    step.take(decision.events)?;
    let mut orders = Orders { place: decision.commands, cancel: decision.cancels };
    let facts = venue.prepare(&step.state, &world, &mut orders);
    step.take(facts)?;
    crash::point(Point::Signed);
    // 5 RECORD
    if !orders.is_empty() {
        step.record(store, (&world, rules), None).await?;
    }
    crash::point(Point::Recorded);
    // 6 ACT, 7 SETTLE, 8 REPORT
    venue.act(store, (&mut step, &world, rules), &orders).await?;
    let report = close(store, step, &world, rules).await?;
    Ok(Done { report, is_new: true })
}

/// The picture that a pass at `now` begins with.
async fn load(
    store: &Store,
    (account, now): (&AccountId, Time),
    given: Given<'_>,
) -> Result<State> {
    let mut state = store.load(account).await?;
    if let Some(last) = state.account.last_now.filter(|last| now < *last) {
        bail!(
            "the time is {now}, before this account's last pass at {last}: time only goes forward. \
             Set the clock right; where it is right now, it was ahead then: wait until that time. Nothing was done"
        );
    }
    let keys: Vec<String> = given.plans.iter().map(|plan| plan.run_id.to_string()).collect();
    store.load_runs(&mut state, &keys).await?;
    for plan in given.plans {
        store.load_run_orders(&mut state, plan.run_id.as_str()).await?;
    }
    Ok(state)
}

/// Closes the pass and reports it.
async fn close(store: &mut Store, mut step: Step, world: &World, rules: &Rules) -> Result<Report> {
    let equity = report::equity(&step.state, world);
    step.take(vec![Event::PassClosed { pass: step.pass.clone(), equity }])?;
    let report = step.report(world, &rules.limits);
    crash::point(Point::Settled);
    step.record(store, (world, rules), Some(&report)).await?;
    crash::point(Point::Closed);
    Ok(report)
}

/// The last report, where this call has nothing to add to it: the same `now` as the last pass, and
/// every plan known. `None` when a pass is due.
async fn nothing_to_do(
    store: &Store,
    state: &State,
    now: Time,
    given: Given<'_>,
) -> Result<Option<Report>> {
    // What is to be taken out is asked for each time.
    if state.account.last_now != Some(now) || given.take_out.is_some() {
        return Ok(None);
    }
    let plans = given.plans;
    let clashes = |plan: &Plan| {
        plans.iter().any(|other| other.run_id == plan.run_id && other.digest != plan.digest)
    };
    let mut outcomes = Vec::new();
    for plan in plans {
        if clashes(plan) {
            return Ok(None);
        }
        let Some(result) = known(state, plan) else { return Ok(None) };
        outcomes.push(PlanOutcome::of(plan, result));
    }
    let last = store.latest_report(&state.account.id).await?;
    // Cash may have been booked since: it is told as it stands.
    let cash = report::Cash {
        total: state.account.cash,
        reserved: state.reserved(),
        free: state.free_cash(),
        funded: state.account.funded,
        equity: state.account.equity,
    };
    Ok(last.map(|report| Report { plans: outcomes, cash, ..report }))
}

/// Reads everything the pass will need, before any decision.
async fn observe(
    store: &Store,
    books: &mut impl Books,
    (state, account): (&mut State, Option<AccountView>),
    now: Time,
    given: Given<'_>,
) -> Result<World> {
    let unnamed = state.with_status(Status::Waiting).filter(|order| order.market.is_none());
    let names: BTreeSet<MarketRef> = given
        .plans
        .iter()
        .filter(|plan| known(state, plan).is_none())
        .flat_map(|plan| plan.trades.iter().map(|trade| &trade.market))
        .chain(unnamed.map(|order| &order.trade.market))
        .cloned()
        .collect();
    let names: Vec<MarketRef> = names.into_iter().collect();
    let resolved: Resolved =
        if names.is_empty() { BTreeMap::new() } else { books.resolve(&names).await? };
    let mut markets = state.watched();
    markets.extend(resolved.values().filter_map(|found| found.clone().ok()));
    let legs = account.iter().flat_map(|view| &view.trades).flat_map(|trade| &trade.legs);
    markets.extend(legs.map(|leg| leg.market.clone()));
    let markets: Vec<ConditionId> = markets.into_iter().collect();
    store.load_markets(state, &markets).await?;
    let watches: Vec<Watch> = markets
        .into_iter()
        .map(|condition| {
            let memory = state.paper.get(&condition);
            let (last_cut, observed_at) =
                memory.map_or((None, None), |memory| (memory.cut, memory.observed_at));
            Watch { condition, last_cut, observed_at }
        })
        .collect();
    let seen =
        if watches.is_empty() { Observed::default() } else { books.observe(&watches, now).await? };
    let markets = seen.views.into_iter().map(|v| (v.market.condition.clone(), v)).collect();
    let (plans_named, unread) = (given.named, seen.unread);
    Ok(World { now, plans_named, markets, resolved, unread, gate: None, account })
}
