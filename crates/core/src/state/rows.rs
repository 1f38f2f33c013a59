//! What the store must write after a batch of events: whole rows, in a fixed order, no arithmetic left.

use super::paper::PaperMarket;
use super::position::Position;
use super::real::Booked;
use super::{Account, Run, State};
use crate::event::{Fill, FillKey};
use crate::market::{ConditionId, Outcome};
use crate::order::{Order, OrderId};
use std::collections::BTreeSet;

/// Which parts of the picture a batch of events touched, and the fills it booked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub(super) account: bool,
    pub(super) orders: BTreeSet<OrderId>,
    pub(super) positions: BTreeSet<(ConditionId, Outcome)>,
    pub(super) paper: BTreeSet<ConditionId>,
    pub(super) runs: BTreeSet<String>,
    pub(super) fills: Vec<Fill>,
    pub(super) settlements: BTreeSet<FillKey>,
}

/// One row of a view, as it now stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// Replaces the account's row.
    Account(&'a Account),
    /// Replaces a run's row.
    Run(&'a Run),
    /// Replaces an order's row.
    Order(&'a Order),
    /// Adds an execution; its key must be new.
    Execution(&'a Fill),
    /// Replaces the settlement of an execution.
    Settlement(&'a Booked),
    /// Replaces a position's row.
    Position(&'a Position),
    /// Replaces the matcher's memory of a market.
    Paper(&'a ConditionId, &'a PaperMarket),
}

impl Changes {
    /// The rows as they stand in `state`: account, runs, orders, executions, positions, paper.
    pub fn rows<'a>(&'a self, state: &'a State) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        if self.account {
            rows.push(Row::Account(&state.account));
        }
        rows.extend(self.runs.iter().filter_map(|key| state.runs.get(key)).map(Row::Run));
        rows.extend(self.orders.iter().filter_map(|id| state.orders.get(id)).map(Row::Order));
        rows.extend(self.fills.iter().map(Row::Execution));
        let settled = self.settlements.iter().filter_map(|key| state.fills.get(key));
        rows.extend(settled.map(Row::Settlement));
        rows.extend(
            self.positions.iter().filter_map(|key| state.positions.get(key)).map(Row::Position),
        );
        rows.extend(
            self.paper
                .iter()
                .filter_map(|id| state.paper.get_key_value(id))
                .map(|(id, market)| Row::Paper(id, market)),
        );
        rows
    }

    /// The fills booked.
    pub fn fills(&self) -> &[Fill] {
        &self.fills
    }
}
