//! What the operator books outside a pass: withdrawing plans, paper cash, a fresh account.

use crate::pass::Rules;
use anyhow::Result;
use betteroms_core::event::{AccountId, Event};
use betteroms_core::money::Usd;
use betteroms_core::order::Status;
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
