//! What the store must write after a batch of events: whole rows, in a fixed order, no arithmetic left.

use super::paper::PaperMarket;
use super::position::Position;
use super::real::Booked;
use super::{Account, Run, State};
use crate::event::{Event, Fill, FillKey, OrderFact};
use crate::market::{ConditionId, Outcome};
use crate::money::Usd;
use crate::order::{Order, OrderId};
use std::collections::{BTreeMap, BTreeSet};

/// Which parts of the picture a batch of events touched, and the fills it booked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub(super) account: bool,
    pub(super) orders: BTreeMap<OrderId, Touched>,
    pub(super) positions: BTreeSet<(ConditionId, Outcome)>,
    pub(super) paper: BTreeSet<ConditionId>,
    pub(super) runs: BTreeSet<String>,
    pub(super) fills: Vec<Fill>,
    pub(super) charged: BTreeSet<FillKey>,
    pub(super) settlements: BTreeSet<FillKey>,
}

/// How much of an order a batch touched; the later covers the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touched {
    /// What became of it.
    Moved,
    /// Also how it was placed: its market, its terms, the venue's name of it.
    Placed,
    /// All of it: it is new.
    Admitted,
}

impl Touched {
    /// How much of its order an event touches.
    pub(super) const fn by(event: &Event) -> Self {
        if matches!(event, Event::OrderAdmitted { .. }) {
            return Self::Admitted;
        }
        let is_placed = matches!(event, Event::MarketNamed { .. } | Event::OrderSubmitting { .. });
        if is_placed { Self::Placed } else { Self::Moved }
    }

    /// How much of its order a fact at the venue touches.
    pub(super) const fn at_venue(fact: &OrderFact) -> Self {
        let is_placed = matches!(fact, OrderFact::Signed { .. } | OrderFact::Held { .. });
        if is_placed { Self::Placed } else { Self::Moved }
    }
}

/// One row of a view, as it now stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// Replaces the account's row.
    Account(&'a Account),
    /// Replaces a run's row.
    Run(&'a Run),
    /// Adds an order's row; its key must be new.
    Order(&'a Order),
    /// Replaces in an order's row how it was placed and what became of it: all but the plan's own words.
    Placed(&'a Order),
    /// Replaces in an order's row what became of it: status and reason, what it got, reserve, ending. Its market,
    /// how it was placed and the venue's name of it stand as they are.
    Moved(&'a Order),
    /// Adds an execution; its key must be new.
    Execution(&'a Fill),
    /// Replaces the fee of an execution by what the chain says was charged.
    Charged(&'a Booked),
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
        rows.extend(self.orders.iter().filter_map(|(id, touched)| {
            let order = state.orders.get(id)?;
            Some(match touched {
                Touched::Moved => Row::Moved(order),
                Touched::Placed => Row::Placed(order),
                Touched::Admitted => Row::Order(order),
            })
        }));
        rows.extend(self.fills.iter().map(Row::Execution));
        let charged = self.charged.iter().filter_map(|key| state.fills.get(key));
        rows.extend(charged.map(Row::Charged));
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

    pub(super) fn touch(&mut self, id: &OrderId, touched: Touched) {
        match self.orders.get_mut(id) {
            Some(known) => *known = touched.max(*known),
            None => {
                self.orders.insert(id.clone(), touched);
            }
        }
    }

    /// A fill's fee was another: the row that is there is corrected, or the one that is still to be written.
    pub(super) fn charge(&mut self, key: &FillKey, fee: Usd) {
        match self.fills.iter_mut().find(|fill| fill.key() == *key) {
            Some(fill) => fill.fee = fee,
            None => {
                self.charged.insert(key.clone());
            }
        }
    }

    /// The fills booked.
    pub fn fills(&self) -> &[Fill] {
        &self.fills
    }
}
