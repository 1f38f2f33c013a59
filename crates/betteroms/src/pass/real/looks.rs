//! Looking for what was sent until its fate is known: three looks, then the same bytes once more, then looks
//! again (`shared/rules.md` §3). Silence ends nothing.

use super::RealVenue;
use super::observe::{Ask, known_markets};
use super::send::is_exit;
use crate::crash::{self, Point};
use crate::pass::{Orders, Rules, Step};
use anyhow::Result;
use betteroms_core::decide::frozen;
use betteroms_core::event::{Event, OrderFact};
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::reason::EndReason;
use betteroms_core::reconcile::real::catch_up;
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_core::venue::VenueId;
use betteroms_core::world::World;
use betteroms_polymarket::account::Placed;
use betteroms_store::Store;

/// Looks in vain before anything is sent again.
const LOOKS: u32 = 3;
/// How long after its decision an order may be sent, in seconds: as old as a book may be.
pub(super) const SECS_MAX: i64 = 300;

impl RealVenue<'_> {
    /// Books what the sending led to, and settles doubts as far as this pass can.
    pub(super) async fn settle(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()> {
        if !orders.is_empty() {
            self.look_again(store, (step, world, rules)).await?;
            let sent = self.observer.access.clock.now();
            let all: Vec<OrderId> = orders.place.iter().chain(&orders.cancel).cloned().collect();
            self.looks(store, (step, world, rules), &all).await?;
            let again = self.to_repeat(&step.state, &orders.place, sent);
            if !again.is_empty() {
                self.repeat(store, (step, world, rules), &again).await?;
                self.look_again(store, (step, world, rules)).await?;
                self.looks(store, (step, world, rules), &again).await?;
            }
        }
        step.take(unanswered(&step.state))
    }

    /// Takes resting buys out where a freeze was asked for while this run held the store: the journal has it
    /// only later, and nothing that could add exposure is left resting until then.
    pub(super) async fn freeze(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
    ) -> Result<()> {
        if !crate::real::is_freeze_asked(&self.observer.house.db) {
            return Ok(());
        }
        let buys: Vec<OrderId> = frozen(&step.state).map(|order| order.id.clone()).collect();
        if buys.is_empty() {
            return Ok(());
        }
        let reason = EndReason::Frozen;
        let fact = |id: &OrderId| Event::AtVenue {
            id: id.clone(),
            fact: OrderFact::Cancelling { reason },
        };
        step.take(buys.iter().map(fact).collect())?;
        step.record(store, (world, rules), None).await?;
        self.cancel(&step.state, &buys).await;
        self.look_again(store, (step, world, rules)).await?;
        self.looks(store, (step, world, rules), &buys).await
    }

    /// Looks, spaced, while one of these orders is not known to rest or to have ended.
    async fn looks(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &[OrderId],
    ) -> Result<()> {
        for _ in 0..LOOKS {
            let known = |id: &OrderId| step.state.orders.get(id);
            if !orders.iter().filter_map(known).any(is_awaited) {
                break;
            }
            tokio::time::sleep(self.observer.house.config.real.look_every()).await;
            self.look_again(store, (step, world, rules)).await?;
        }
        Ok(())
    }

    /// One look, worked through the books and recorded. A look that fails tells nothing.
    async fn look_again(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
    ) -> Result<()> {
        let mut view = match self.observer.view(store, &mut step.state, Ask::Unsure).await {
            Ok(view) => view,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "a look failed");
                return Ok(());
            }
        };
        // What the venue shows, under whatever word, it has: that is never sent again.
        let is_shown = |id: &VenueId| view.order(id).is_some();
        let known = step.state.orders.values();
        let shown = known.filter(|order| order.venue_id().is_some_and(is_shown));
        self.accepted.extend(shown.map(|order| order.id.clone()));
        known_markets(&mut view, world);
        let foreign = self.observer.house.config.real.foreign();
        let facts = catch_up(&step.state, world, &view, foreign)?;
        crash::point(Point::Looked);
        step.take(facts)?;
        step.record(store, (world, rules), None).await?;
        crash::point(Point::LookRecorded);
        Ok(())
    }

    /// What may be sent a second time: in doubt, looked for in vain three times and long enough after it was
    /// `sent`, not taken by the venue as far as it told, not past its end, and no new exposure while the brake
    /// is on.
    fn to_repeat(&self, state: &State, orders: &[OrderId], sent: Time) -> Vec<OrderId> {
        let house = self.observer.house;
        let patience = house.config.real.look_every().saturating_mul(LOOKS);
        let patience = i64::try_from(patience.as_micros()).unwrap_or(i64::MAX);
        if !self.armed.may_send() {
            return Vec::new();
        }
        let is_braked = state.account.brake.is_some() || crate::real::is_halt_asked(&house.db);
        let now = self.observer.access.clock.now();
        let may = |order: &&Order| {
            let due = order.placing.as_ref().and_then(|placing| placing.due);
            let looked = order.venue.as_ref().is_some_and(|at| {
                let is_late = at.looked.is_some_and(|last| last.since_micros(sent) >= patience);
                // What ever matched was taken, whatever became of it since.
                let never_matched = at.matched.is_zero() && at.failed.is_zero();
                !at.resent && at.unseen >= LOOKS && is_late && never_matched
            });
            // What was decided long ago is not sent on today's market, nor under a permission that is over.
            let is_recent = order.placing.as_ref().is_some_and(|placing| {
                now.since_micros(placing.at) <= SECS_MAX.saturating_mul(1_000_000)
            });
            order.status == Status::InDoubt
                && is_recent
                && order.fills == 0
                && looked
                && due.is_none_or(|due| now < due)
        };
        let is_held = |id: &OrderId| is_braked && !is_exit(state, id);
        let orders = orders.iter().filter(|id| !self.accepted.contains(*id) && !is_held(id));
        let orders = orders.filter_map(|id| state.orders.get(id)).filter(may);
        orders.map(|order| order.id.clone()).collect()
    }

    /// The same bytes once more. Of the answer only a yes counts: everything else only a look tells.
    async fn repeat(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &[OrderId],
    ) -> Result<()> {
        let proven: Vec<OrderId> = orders
            .iter()
            .filter(|id| self.prove(id, &step.state, world).is_ok())
            .cloned()
            .collect();
        crash::point(Point::Resending);
        let resent = |id: &OrderId| Event::AtVenue { id: id.clone(), fact: OrderFact::Resent };
        step.take(proven.iter().map(resent).collect())?;
        step.record(store, (world, rules), None).await?;
        crash::point(Point::ResendRecorded);
        let placed = self.place(&proven).await;
        crash::point(Point::Resent);
        let mut facts = Vec::new();
        for (id, placed) in proven.iter().zip(placed) {
            if let Placed::Accepted { status, .. } = placed {
                self.accepted.insert(id.clone());
                facts.extend(super::send::taken(id, &status));
            }
        }
        step.take(facts)?;
        step.record(store, (world, rules), None).await
    }
}

/// What is worth another look: a doubt, and a cancel that did not show yet.
const fn is_awaited(order: &Order) -> bool {
    is_unsure(order) || matches!(order.status, Status::Cancelling)
}

const fn is_unsure(order: &Order) -> bool {
    matches!(order.status, Status::Submitting | Status::InDoubt)
}

/// What the pass leaves behind: nothing stays "about to be sent", and each doubt is counted.
fn unanswered(state: &State) -> Vec<Event> {
    let mut facts = Vec::new();
    for order in state.orders.values().filter(|order| is_unsure(order)) {
        let fact = |fact| Event::AtVenue { id: order.id.clone(), fact };
        if order.status == Status::Submitting {
            let cause =
                "the venue took it, and shows neither the order nor its trades yet".to_owned();
            facts.push(fact(OrderFact::Doubted { cause }));
        }
        facts.push(fact(OrderFact::StillDoubted));
    }
    facts
}
