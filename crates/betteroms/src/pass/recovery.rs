//! Finishing a pass that was cut off, with exactly what it had journaled.

use super::{Orders, Rules, Step, Venue, close};
use crate::crash::{self, Point};
use anyhow::{Context as _, Result};
use betteroms_core::event::{AccountId, Event};
use betteroms_core::market::ConditionId;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::Digest;
use betteroms_core::report::Report;
use betteroms_core::world::World;
use betteroms_store::Store;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Finishes the pass that a killed run left behind, with what it had journaled; `None` when there is
/// none. Calling it twice is safe.
///
/// # Errors
/// When the store cannot be used, or does not hold what the pass had observed.
pub async fn finish_killed(
    store: &mut Store,
    venue: &mut impl Venue,
    account: &AccountId,
) -> Result<Option<Report>> {
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
    let mut place: Vec<(u64, OrderId)> = state
        .with_status(Status::Submitting)
        .filter_map(|order| Some((order.placing.as_ref()?.seq, order.id.clone())))
        .collect();
    place.sort();
    let place = place.into_iter().map(|(_, id)| id).collect();
    let cancel = state.with_status(Status::Cancelling).map(|order| order.id.clone()).collect();
    let orders = Orders { place, cancel };
    let mut step = Step::resumed(pass, state, events);
    crash::point(Point::Resumed);
    venue.recover(store, (&mut step, &world, &rules), &orders).await?;
    close(store, step, &world, &rules).await.map(Some)
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

async fn read_blob<T: for<'de> Deserialize<'de>>(store: &Store, digest: &Digest) -> Result<T> {
    let bytes = store.blob(digest).await?.with_context(|| {
        format!("what the unfinished pass had observed ({}) is gone", digest.short())
    })?;
    serde_json::from_slice(&bytes).context("what the unfinished pass had observed is damaged")
}
