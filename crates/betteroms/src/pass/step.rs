//! What a pass carries from load to report.

use super::Rules;
use anyhow::Result;
use betteroms_core::event::{Event, PassId};
use betteroms_core::limits::Limits;
use betteroms_core::plan::Digest;
use betteroms_core::report::{self, Report};
use betteroms_core::state::{Changes, State};
use betteroms_core::world::World;
use betteroms_store::{Batch, Store};
use serde::Serialize;

/// A pass on its way: the picture, and the facts not yet recorded.
#[derive(Debug)]
pub struct Step {
    pub(super) pass: PassId,
    pub(super) state: State,
    pub(super) recorded: Vec<Event>,
    fresh: Vec<Event>,
    changes: Changes,
    /// True once what the pass observed is stored.
    has_inputs: bool,
}

impl Step {
    pub(super) fn open(state: State, world: &World, rules: &Rules) -> Result<Self> {
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
        let (recorded, fresh) = (Vec::new(), Vec::new());
        let mut step = Self { pass, state, recorded, fresh, changes, has_inputs: false };
        step.take(first)?;
        Ok(step)
    }

    /// A pass that was cut off, with what it had recorded.
    pub(super) fn resumed(pass: PassId, state: State, recorded: Vec<Event>) -> Self {
        let (fresh, changes) = (Vec::new(), Changes::default());
        Self { pass, state, recorded, fresh, changes, has_inputs: true }
    }

    pub(super) fn take(&mut self, facts: Vec<Event>) -> Result<()> {
        self.state.apply_all(&facts, &mut self.changes)?;
        self.fresh.extend(facts);
        Ok(())
    }

    /// Makes the fresh facts durable in one transaction, the first time with what the pass observed, the last
    /// time with its report.
    pub(super) async fn record(
        &mut self,
        store: &mut Store,
        (world, rules): (&World, &Rules),
        report: Option<&Report>,
    ) -> Result<()> {
        if self.fresh.is_empty() && report.is_none() {
            return Ok(());
        }
        let mut blobs = Vec::new();
        if !self.has_inputs {
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
        (self.changes, self.has_inputs) = (Changes::default(), true);
        Ok(())
    }

    pub(super) fn report(&self, world: &World, limits: &Limits) -> Report {
        let events: Vec<Event> = self.recorded.iter().chain(&self.fresh).cloned().collect();
        let (pass, state) = (&self.pass, &self.state);
        report::report(&report::Input { pass, events: &events, state, world, limits })
    }
}

fn digest(value: &impl Serialize) -> Result<Digest> {
    Ok(Digest::of(&serde_json::to_vec(value)?))
}
