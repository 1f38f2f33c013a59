//! Real: what is taken out of the venue, because its time has come or the operator says so.

use super::{Decision, Work};
use crate::event::{Event, OrderFact};
use crate::limits::Limits;
use crate::market::Side;
use crate::order::{Order, OrderId, Status};
use crate::reason::{Denial, EndReason};
use crate::state::{ApplyError, State};
use crate::world::World;

/// Decides a pass in which the operator takes orders out of a real venue, and nothing is placed: what waits
/// is withdrawn, what may rest is asked to be cancelled. What has ended is left alone.
///
/// # Errors
/// Only when `state` contradicts itself.
pub fn withdraw(
    state: &State,
    world: &World,
    limits: &Limits,
    orders: &[OrderId],
) -> Result<Decision, ApplyError> {
    let mut work = Work { state: state.clone(), world, limits, decision: Decision::default() };
    for id in orders {
        work.take_out(id)?;
    }
    Ok(work.decision)
}

/// Buys that rest, or may rest, at a real venue: what a freeze takes out.
pub fn frozen(state: &State) -> impl Iterator<Item = &Order> {
    let sent = state.orders.values().filter(|order| order.venue.is_some());
    sent.filter(|order| {
        order.trade.side == Side::Buy && matches!(order.status, Status::Open | Status::InDoubt)
    })
}

impl Work<'_> {
    /// Real: what a cancel was asked of and still rests, what outlived its time at the venue, and under a
    /// freeze every buy. On paper the matcher ends what is due.
    pub(super) fn cancel_what_must_end(&mut self) -> Result<(), ApplyError> {
        if !self.state.account.id.is_real() {
            return Ok(());
        }
        let is_frozen = self.state.account.brake.is_some_and(|brake| brake.freeze);
        let now = self.world.now;
        let mut ends = Vec::new();
        for order in self.state.orders.values().filter(|order| order.venue.is_some()) {
            let due = order.placing.as_ref().and_then(|placing| placing.due);
            let is_open = matches!(order.status, Status::Open | Status::InDoubt);
            if order.status == Status::Cancelling {
                self.decision.cancels.push(order.id.clone());
            } else if is_open && due.is_some_and(|due| due <= now) {
                ends.push((order.id.clone(), EndReason::Due));
            }
        }
        if is_frozen {
            let kept = |id: &OrderId| !ends.iter().any(|(due, _)| due == id);
            let frozen: Vec<OrderId> =
                frozen(&self.state).map(|order| order.id.clone()).filter(kept).collect();
            ends.extend(frozen.into_iter().map(|id| (id, EndReason::Frozen)));
        }
        for (id, reason) in ends {
            self.decision.cancels.push(id.clone());
            self.emit(Event::AtVenue { id, fact: OrderFact::Cancelling { reason } })?;
        }
        Ok(())
    }

    fn take_out(&mut self, id: &OrderId) -> Result<(), ApplyError> {
        let Some(order) = self.state.orders.get(id) else { return Ok(()) };
        let (at, reason, id) = (self.world.now, EndReason::Operator, id.clone());
        match (order.status, order.venue.is_some()) {
            (Status::Waiting, _) => {
                self.emit(Event::OrderDenied { id, denial: Denial::Withdrawn, at })
            }
            (Status::Open | Status::InDoubt, true) => {
                self.decision.cancels.push(id.clone());
                self.emit(Event::AtVenue { id, fact: OrderFact::Cancelling { reason } })
            }
            (Status::Cancelling, true) => {
                self.decision.cancels.push(id);
                Ok(())
            }
            (
                Status::Open
                | Status::InDoubt
                | Status::Cancelling
                | Status::Denied
                | Status::Submitting
                | Status::Filled
                | Status::Cancelled
                | Status::Rejected
                | Status::Expired,
                _,
            ) => Ok(()),
        }
    }
}
