//! What stands between a decision and the venue in this pass: failed checks, and plans that nothing allows.

use super::Observer;
use crate::pass::Given;
use crate::real::{Armed, checks};
use anyhow::Result;
use betteroms_core::order::Status;
use betteroms_core::state::State;
use betteroms_core::world::{Gate, Shut, World};
use betteroms_store::Store;
use std::collections::BTreeSet;

impl Observer<'_> {
    /// The gate of this pass. Where nothing could be sent anyway the venue is not asked. `None` is a dry run,
    /// which needs no permission.
    pub(super) async fn gate(
        &self,
        store: &Store,
        (state, world): (&mut State, &World),
        given: Given<'_>,
        armed: Option<&Armed>,
    ) -> Result<Gate> {
        let waiting: BTreeSet<String> =
            state.with_status(Status::Waiting).map(|order| order.run_id.to_string()).collect();
        let is_idle = waiting.is_empty() && given.plans.is_empty();
        if is_idle || given.take_out.is_some() {
            return Ok(Gate::default());
        }
        let waiting: Vec<String> = waiting.into_iter().collect();
        store.load_runs(state, &waiting).await?;
        let failed = checks(self.house, self.access).await.into_iter().filter(|one| !one.is_good);
        let shut = failed.map(|one| Shut {
            code: one.code.to_owned(),
            fact: format!("{}. {}", one.found, one.remedy),
            market: None,
            lets_exits: one.lets_exits,
        });
        let unarmed =
            armed.map(|armed| armed.unarmed(state, given.plans, world.now)).unwrap_or_default();
        Ok(Gate { shut: shut.collect(), unarmed })
    }
}
