//! One pass, one direction: load, observe, catch up, decide, record, act, settle, report. The
//! picture is in `ARCHITECTURE.md`; this file is that picture. `recovery` finishes a pass that was cut
//! off, `step` is what a pass carries along; what the operator books outside a pass is in
//! `crate::bookings`.

mod recovery;
mod step;

pub use recovery::finish_killed;

use crate::books::{Books, Observed, Resolved};
use anyhow::{Result, bail};
use betteroms_core::decide::{Decision, PlanOutcome, decide, known};
use betteroms_core::event::{AccountId, Event};
use betteroms_core::limits::{Limits, PaperModel};
use betteroms_core::market::ConditionId;
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::{MarketRef, Plan};
use betteroms_core::reconcile::{catch_up, settle_paper};
use betteroms_core::report::{self, Report};
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_core::world::{Watch, World};
use betteroms_store::Store;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use step::Step;

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
/// When the store or the source of books cannot be used; nothing is half done then: the next call
/// finishes it.
pub async fn run(
    store: &mut Store,
    books: &mut impl Books,
    (account, now): (&AccountId, Time),
    given: Given<'_>,
    rules: &Rules,
) -> Result<Done> {
    let plans = given.plans;
    // 1 LOAD
    let mut state = store.load(account).await?;
    if let Some(last) = state.account.last_now.filter(|last| now < *last) {
        bail!(
            "the time is {now}, before this account's last pass at {last}: time only goes forward. \
             Set the clock right; nothing was done"
        );
    }
    let keys: Vec<String> = plans.iter().map(|plan| plan.run_id.as_str().to_owned()).collect();
    store.load_runs(&mut state, &keys).await?;
    for plan in plans {
        store.load_run_orders(&mut state, plan.run_id.as_str()).await?;
    }
    if let Some(report) = nothing_to_do(store, &state, now, plans).await? {
        return Ok(Done { report, is_new: false });
    }
    // 2 OBSERVE
    let world = observe(store, books, &mut state, now, given).await?;
    let mut step = Step::open(state, &world, rules)?;
    // 3 CATCH UP
    let facts = catch_up(&step.state, &world, &rules.limits, &rules.paper);
    step.take(facts)?;
    // 4 DECIDE
    let Decision { events, commands, .. } = decide(&step.state, &world, plans, &rules.limits)?;
    step.take(events)?;
    // 5 RECORD
    if !commands.is_empty() {
        step.record(store, Some((&world, rules)), None).await?;
    }
    // 6 ACT, 7 SETTLE, 8 REPORT
    let inputs = commands.is_empty().then_some((&world, rules));
    let report = finish(store, step, &world, rules, (&commands, inputs)).await?;
    Ok(Done { report, is_new: true })
}

/// Acts on the recorded commands, settles the answers, closes the pass and reports it.
async fn finish(
    store: &mut Store,
    mut step: Step,
    world: &World,
    rules: &Rules,
    (commands, inputs): (&[OrderId], Option<(&World, &Rules)>),
) -> Result<Report> {
    let facts = settle_paper(&step.state, world, (&rules.limits, &rules.paper), commands)?;
    step.take(facts)?;
    let equity = report::equity(&step.state, world);
    step.take(vec![Event::PassClosed { pass: step.pass.clone(), equity }])?;
    let report = step.report(world, &rules.limits);
    step.record(store, inputs, Some(&report)).await?;
    Ok(report)
}

/// The last report, where this call has nothing to add to it: the same `now` as the last pass, and
/// every plan known. `None` when a pass is due.
async fn nothing_to_do(
    store: &Store,
    state: &State,
    now: Time,
    plans: &[Plan],
) -> Result<Option<Report>> {
    if state.account.last_now != Some(now) {
        return Ok(None);
    }
    let clashes = |plan: &Plan| {
        plans.iter().any(|other| other.run_id == plan.run_id && other.digest != plan.digest)
    };
    let mut outcomes = Vec::new();
    for plan in plans {
        if clashes(plan) {
            return Ok(None);
        }
        let Some(result) = known(state, plan) else { return Ok(None) };
        outcomes.push(PlanOutcome {
            run_id: plan.run_id.clone(),
            file: plan.file.clone(),
            result,
            remarks: plan.remarks.clone(),
        });
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
    state: &mut State,
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
    Ok(World { now, plans_named, markets, resolved, unread, gate: None, account: None })
}
