//! What the operator books outside a pass: withdrawing plans, paper cash, a fresh account, the opening of a
//! real one, and what it is allowed.

use crate::pass::Rules;
use anyhow::Result;
use betteroms_core::event::{AccountFact, AccountId, Event};
use betteroms_core::money::Usd;
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::reason::{Denial, EndReason};
use betteroms_core::state::{Changes, Run, State};
use betteroms_core::time::Time;
use betteroms_store::{Batch, Store};

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
    let of_run = |order: &Order| run_id.is_none_or(|run| order.run_id.as_str() == run);
    let (mut events, ended) = withdrawals(&state, of_run);
    if let Some(name) = run_id {
        store.load_runs(&mut state, &[name.to_owned()]).await?;
        if let Some(Run::Plan { id, stopped: false, .. }) = state.runs.get(name) {
            events.push(Event::PlanStopped { run_id: id.clone() });
        }
    }
    record_alone(store, state, events, at).await?;
    Ok(ended)
}

/// Ends single orders of a paper account, those that wait or rest. Safe to repeat.
///
/// # Errors
/// When the store cannot be used.
pub(crate) async fn cancel(
    store: &mut Store,
    account: &AccountId,
    orders: &[OrderId],
) -> Result<Ended> {
    let state = store.load(account).await?;
    let at = state.account.last_now.unwrap_or_default();
    let (events, ended) = withdrawals(&state, |order| orders.contains(&order.id));
    record_alone(store, state, events, at).await?;
    Ok(ended)
}

fn withdrawals(state: &State, which: impl Fn(&Order) -> bool) -> (Vec<Event>, Ended) {
    let at = state.account.last_now.unwrap_or_default();
    let mut ended = Ended::default();
    let mut events = Vec::new();
    for order in state.orders.values().filter(|order| which(order)) {
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
    let (mut events, ended) = withdrawals(&state, |_| true);
    events.push(Event::AccountRetired { successor: successor.clone() });
    record_alone(store, state, events, now).await?;
    let fresh = State::new(successor.clone());
    let opened = vec![Event::AccountOpened { cash: rules.starting_cash }];
    record_alone(store, fresh, opened, now).await?;
    Ok((successor, ended))
}

/// Opens a real account with what its wallet holds, where it is not open yet. What traded before `now` is in
/// that; `fingerprint` tells the secret of its orders from others.
///
/// # Errors
/// When the store cannot be used.
pub(crate) async fn open_real(
    store: &mut Store,
    (account, now): (&AccountId, Time),
    cash: Usd,
    fingerprint: &str,
) -> Result<()> {
    let state = store.load(account).await?;
    let mut facts = Vec::new();
    if !state.account.is_opened() {
        facts.push(Event::AccountOpened { cash });
        // The venue tells the time of a trade in whole seconds.
        let until = Time::from_secs(now.secs());
        facts.push(Event::Account { fact: AccountFact::TradesSeen { until } });
    }
    if state.account.real.as_ref().is_none_or(|real| real.secret.is_none()) {
        let fingerprint = fingerprint.to_owned();
        facts.push(Event::Account { fact: AccountFact::SecretUsed { fingerprint } });
    }
    record_alone(store, state, facts, now).await
}

/// Books what the operator has seen, allows or forbids.
///
/// # Errors
/// When the store cannot be used.
pub(crate) async fn note(
    store: &mut Store,
    (account, now): (&AccountId, Time),
    facts: Vec<AccountFact>,
) -> Result<()> {
    let state = store.load(account).await?;
    let facts = facts.into_iter().map(|fact| Event::Account { fact }).collect();
    record_alone(store, state, facts, now).await
}

/// Records facts that belong to no pass.
pub(crate) async fn record_alone(
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
