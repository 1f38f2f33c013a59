//! What stands between a decision and the venue in this pass: failed checks, and plans that nothing allows.

use super::Observer;
use crate::pass::Given;
use crate::real::checks::Check;
use crate::real::{Armed, checks, funds};
use anyhow::Result;
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::order::Status;
use betteroms_core::plan::Trade;
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
        if armed.is_some() && sells(state, given) {
            self.refresh_shares(state, world).await;
        }
        let waiting: Vec<String> = waiting.into_iter().collect();
        store.load_runs(state, &waiting).await?;
        let grouped = world.markets.values().filter(|view| view.market.neg_risk);
        let grouped: Vec<&ConditionId> = grouped.map(|view| &view.market.condition).collect();
        // At once: a node that is dead costs one deadline, not two.
        let (checked, of_grouped) = tokio::join!(checks(self.house, self.access), async {
            if grouped.is_empty() {
                return None;
            }
            Some(funds::neg_risk(self.house, self.access).await)
        });
        let failed = checked.into_iter().filter(|one| !one.is_good);
        let mut shut: Vec<Shut> = failed.map(|one| shut(&one, None)).collect();
        if let Some(check) = of_grouped.filter(|check| !check.is_good) {
            shut.extend(grouped.into_iter().map(|market| self::shut(&check, Some(market))));
        }
        let unarmed =
            armed.map(|armed| armed.unarmed(state, given.plans, world.now)).unwrap_or_default();
        Ok(Gate { shut, unarmed })
    }

    /// Sees to it that the venue knows of the shares that may be sold. Where it does not answer, its refusal tells.
    async fn refresh_shares(&self, state: &State, world: &World) {
        for position in state.positions.values().filter(|one| one.confirmed().is_positive()) {
            let Some(seen) = world.markets.get(&position.market) else { continue };
            let token = seen.market.token(position.outcome);
            let held = position.confirmed();
            if let Err(error) = funds::refresh_shares(self.access, token, held).await {
                let error = error.explain();
                tracing::warn!(%error, "the venue was not asked to look at the wallet's shares");
            }
        }
    }
}

/// Whether anything is to be sold.
fn sells(state: &State, given: Given<'_>) -> bool {
    let is_sale = |trade: &Trade| trade.side == Side::Sell;
    state.with_status(Status::Waiting).any(|order| is_sale(&order.trade))
        || given.plans.iter().flat_map(|plan| &plan.trades).any(is_sale)
}

fn shut(check: &Check, market: Option<&ConditionId>) -> Shut {
    Shut {
        code: check.code.to_owned(),
        fact: format!("{}. {}", check.found, check.remedy),
        market: market.cloned(),
        lets_exits: check.lets_exits,
    }
}
