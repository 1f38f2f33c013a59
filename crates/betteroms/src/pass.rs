//! One pass, one direction: load, observe, catch up, decide, record, act, settle, report. The
//! picture is in `ARCHITECTURE.md`; this file is that picture.

use crate::books::{Books, Observed, Resolved};
use anyhow::{Context as _, Result};
use betteroms_core::decide::{Decision, decide, known};
use betteroms_core::event::{AccountId, Event, PassId};
use betteroms_core::limits::{Limits, PaperModel};
use betteroms_core::market::ConditionId;
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::{Digest, MarketRef, Plan};
use betteroms_core::reason::{Denial, EndReason};
use betteroms_core::reconcile::{catch_up, settle_paper};
use betteroms_core::report::{self, Report};
use betteroms_core::state::{Changes, Run, State};
use betteroms_core::time::Time;
use betteroms_core::world::{Watch, World};
use betteroms_store::{Batch, Store};
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
    plans: &[Plan],
    rules: &Rules,
) -> Result<Done> {
    // 1 LOAD
    let mut state = store.load(account).await?;
    let keys: Vec<String> = plans.iter().map(|plan| plan.run_id.as_str().to_owned()).collect();
    store.load_runs(&mut state, &keys).await?;
    for plan in plans {
        store.load_run_orders(&mut state, plan.run_id.as_str()).await?;
    }
    if let Some(report) = nothing_to_do(store, &state, now, plans).await? {
        return Ok(Done { report, is_new: false });
    }
    // 2 OBSERVE
    let world = observe(store, books, &mut state, now, plans).await?;
    let mut step = Step::open(state, &world, rules)?;
    // 3 CATCH UP
    let facts = catch_up(&step.state, &world, &rules.limits, &rules.paper);
    step.take(facts)?;
    // 4 DECIDE
    let Decision { events, commands } = decide(&step.state, &world, plans, &rules.limits)?;
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

/// Finishes the pass that a killed run left behind, with what it had journaled; `None` when there is
/// none. Calling it twice is safe.
///
/// # Errors
/// When the store cannot be used, or does not hold what the pass had observed.
pub async fn finish_killed(store: &mut Store, account: &AccountId) -> Result<Option<Report>> {
    let Some((pass, events)) = store.open_pass(account).await? else { return Ok(None) };
    let (world, limits) = events
        .iter()
        .find_map(|event| {
            let Event::PassOpened { world, limits, .. } = event else { return None };
            Some((world.clone(), limits.clone()))
        })
        .context("the unfinished pass has no beginning: run `betteroms db verify`")?;
    let world: World = read_blob(store, &world).await?;
    let rules: Rules = read_blob(store, &limits).await?;
    let mut state = store.load(account).await?;
    let markets: Vec<ConditionId> =
        world.markets.keys().chain(world.unread.keys()).cloned().collect();
    store.load_markets(&mut state, &markets).await?;
    let received = events.iter().filter_map(|event| {
        let Event::PlanReceived { outcome } = event else { return None };
        Some(outcome.run_id.as_str().to_owned())
    });
    let received: Vec<String> = received.collect();
    store.load_runs(&mut state, &[pass.as_str().to_owned()]).await?;
    store.load_runs(&mut state, &received).await?;
    for run_id in &received {
        store.load_run_orders(&mut state, run_id).await?;
    }
    let touched = touched_runs(&events);
    for run_id in &touched {
        store.load_run_orders(&mut state, run_id).await?;
    }
    let mut commands: Vec<(u64, OrderId)> = state
        .with_status(Status::Submitting)
        .filter_map(|order| Some((order.placing.as_ref()?.seq, order.id.clone())))
        .collect();
    commands.sort();
    let commands: Vec<OrderId> = commands.into_iter().map(|(_, id)| id).collect();
    let step =
        Step { pass, state, recorded: events, fresh: Vec::new(), changes: Changes::default() };
    finish(store, step, &world, &rules, (&commands, None)).await.map(Some)
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

/// A pass on its way: the picture, and the facts not yet recorded.
struct Step {
    pass: PassId,
    state: State,
    recorded: Vec<Event>,
    fresh: Vec<Event>,
    changes: Changes,
}

impl Step {
    fn open(state: State, world: &World, rules: &Rules) -> Result<Self> {
        let account = &state.account;
        let nth =
            if account.last_now == Some(world.now) { account.passes_at_last_now + 1 } else { 1 };
        let pass = PassId::new(world.now, nth);
        let mut first = Vec::new();
        if !account.is_opened() {
            first.push(Event::AccountOpened { cash: rules.starting_cash });
        }
        first.push(Event::PassOpened {
            pass: pass.clone(),
            now: world.now,
            world: digest(world)?,
            limits: digest(rules)?,
        });
        let changes = Changes::default();
        let mut step = Self { pass, state, recorded: Vec::new(), fresh: Vec::new(), changes };
        step.take(first)?;
        Ok(step)
    }

    fn take(&mut self, facts: Vec<Event>) -> Result<()> {
        self.state.apply_all(&facts, &mut self.changes)?;
        self.fresh.extend(facts);
        Ok(())
    }

    /// Makes the fresh facts durable in one transaction, with what the pass observed and its report.
    async fn record(
        &mut self,
        store: &mut Store,
        inputs: Option<(&World, &Rules)>,
        report: Option<&Report>,
    ) -> Result<()> {
        let mut blobs = Vec::new();
        if let Some((world, rules)) = inputs {
            blobs.push((digest(world)?, "world", serde_json::to_vec(world)?));
            blobs.push((digest(rules)?, "rules", serde_json::to_vec(rules)?));
        }
        let now = self.state.account.last_now.unwrap_or_default();
        let report = report.map(serde_json::to_string).transpose()?;
        store
            .record(Batch {
                account: &self.state.account.id,
                pass: Some(&self.pass),
                at: now,
                events: &self.fresh,
                rows: self.changes.rows(&self.state),
                blobs: &blobs,
                report: report.map(|text| (&self.pass, now, text)),
            })
            .await?;
        self.recorded.append(&mut self.fresh);
        self.changes = Changes::default();
        Ok(())
    }

    fn report(&self, world: &World, limits: &Limits) -> Report {
        let events: Vec<Event> = self.recorded.iter().chain(&self.fresh).cloned().collect();
        let (pass, state) = (&self.pass, &self.state);
        report::report(&report::Input { pass, events: &events, state, world, limits })
    }
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
    let mut outcomes = Vec::new();
    for plan in plans {
        let Some(result) = known(state, plan) else { return Ok(None) };
        outcomes.push(betteroms_core::decide::PlanOutcome {
            run_id: plan.run_id.clone(),
            file: plan.file.clone(),
            result,
            remarks: plan.remarks.clone(),
        });
    }
    let last = store.latest_report(&state.account.id).await?;
    Ok(last.map(|report| Report { plans: outcomes, ..report }))
}

/// Reads everything the pass will need, before any decision.
async fn observe(
    store: &Store,
    books: &mut impl Books,
    state: &mut State,
    now: Time,
    plans: &[Plan],
) -> Result<World> {
    let unnamed = state.with_status(Status::Waiting).filter(|order| order.market.is_none());
    let names: BTreeSet<MarketRef> = plans
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
    Ok(World { now, markets, resolved, unread: seen.unread })
}

/// The runs whose orders the pass's events touched: a report shows them even where they ended.
fn touched_runs(events: &[Event]) -> BTreeSet<String> {
    let ended = events.iter().filter_map(|event| {
        let (Event::OrderEnded { id, .. } | Event::OrderDenied { id, .. }) = event else {
            return None;
        };
        Some(id)
    });
    ended.filter_map(|id| id.run_id().map(str::to_owned)).collect()
}

fn digest(value: &impl Serialize) -> Result<Digest> {
    Ok(Digest::of(&serde_json::to_vec(value)?))
}

async fn read_blob<T: for<'de> Deserialize<'de>>(store: &Store, digest: &Digest) -> Result<T> {
    let bytes = store.blob(digest).await?.with_context(|| {
        format!("what the unfinished pass had observed ({}) is gone", digest.short())
    })?;
    serde_json::from_slice(&bytes).context("what the unfinished pass had observed is damaged")
}

/// How many orders were ended by the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// That waited.
    pub withdrawn: u32,
    /// That rested.
    pub cancelled: u32,
}

/// Ends what waits and rests of one plan, whose runId may then be used again with another content, or
/// of the whole account. Safe to repeat.
///
/// # Errors
/// When the store cannot be used.
pub async fn withdraw(
    store: &mut Store,
    account: &AccountId,
    run_id: Option<&str>,
) -> Result<Ended> {
    let mut state = store.load(account).await?;
    let at = state.account.last_now.unwrap_or_default();
    let (mut events, ended) = withdrawals(&state, run_id);
    if let Some(name) = run_id {
        store.load_runs(&mut state, &[name.to_owned()]).await?;
        if let Some(Run::Plan { id, stopped: false, .. }) = state.runs.get(name) {
            events.push(Event::PlanStopped { run_id: id.clone() });
        }
    }
    record_alone(store, state, events, at).await?;
    Ok(ended)
}

fn withdrawals(state: &State, run_id: Option<&str>) -> (Vec<Event>, Ended) {
    let at = state.account.last_now.unwrap_or_default();
    let mut ended = Ended::default();
    let mut events = Vec::new();
    let chosen =
        state.orders.values().filter(|o| run_id.is_none_or(|run| o.run_id.as_str() == run));
    for order in chosen {
        let id = order.id.clone();
        if order.status == Status::Waiting {
            ended.withdrawn += 1;
            events.push(Event::OrderDenied { id, denial: Denial::Withdrawn, at });
        } else if order.status == Status::Open {
            ended.cancelled += 1;
            let reason = Some(EndReason::Operator);
            events.push(Event::OrderEnded { id, status: Status::Cancelled, reason, at });
        }
    }
    (events, ended)
}

/// Books paper cash into an account, opening it first where it is new; returns its cash.
///
/// # Errors
/// When the store cannot be used.
pub async fn deposit(
    store: &mut Store,
    (account, now): (&AccountId, Time),
    amount: Usd,
    rules: &Rules,
) -> Result<Usd> {
    let state = store.load(account).await?;
    let mut events = Vec::new();
    let mut cash = state.account.cash + amount;
    if !state.account.is_opened() {
        events.push(Event::AccountOpened { cash: rules.starting_cash });
        cash += rules.starting_cash;
    }
    events.push(Event::CashMoved { amount });
    record_alone(store, state, events, now).await?;
    Ok(cash)
}

/// Ends everything of a paper account and opens its successor, `paper#2` and so on.
///
/// # Errors
/// When the store cannot be used.
pub async fn reset(
    store: &mut Store,
    (account, now): (&AccountId, Time),
    rules: &Rules,
) -> Result<(AccountId, Ended)> {
    let state = store.load(account).await?;
    let nth =
        account.as_str().split_once('#').and_then(|(_, nth)| nth.parse().ok()).unwrap_or(1_u32);
    let successor = AccountId::new(format!("paper#{}", nth + 1));
    let (mut events, ended) = withdrawals(&state, None);
    events.push(Event::AccountRetired { successor: successor.clone() });
    record_alone(store, state, events, now).await?;
    let fresh = State::new(successor.clone());
    let opened = vec![Event::AccountOpened { cash: rules.starting_cash }];
    record_alone(store, fresh, opened, now).await?;
    Ok((successor, ended))
}

/// Records facts that belong to no pass.
async fn record_alone(
    store: &mut Store,
    mut state: State,
    events: Vec<Event>,
    at: Time,
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut changes = Changes::default();
    state.apply_all(&events, &mut changes)?;
    store
        .record(Batch {
            account: &state.account.id,
            pass: None,
            at,
            events: &events,
            rows: changes.rows(&state),
            blobs: &[],
            report: None,
        })
        .await?;
    Ok(())
}
