//! The real venue as a pass meets it: [`Observer`] looks and never sends, [`DryRun`] is what a preview trades
//! on, [`RealVenue`] sends. Only [`Armed`] makes the last one. What was recorded is sent once (`send`), and
//! what came of it is looked for until it is known or the pass ends (`looks`).

mod charges;
mod gate;
mod looks;
mod observe;
mod send;

pub(crate) use observe::Observer;

use super::{Given, Orders, Rules, Step, Venue};
use crate::crash::{self, Point};
use crate::real::Armed;
use anyhow::Result;
use betteroms_core::event::{Event, OrderFact};
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::RunId;
use betteroms_core::reason::Denial;
use betteroms_core::reconcile::settle_paper;
use betteroms_core::risk::worst_cost;
use betteroms_core::state::State;
use betteroms_core::venue::{AccountView, VenueId};
use betteroms_core::world::World;
use betteroms_polymarket::ordering::{OrderSecret, Prepared, prepare};
use betteroms_store::Store;
use std::collections::{BTreeMap, BTreeSet};

/// What would be sent is answered by the paper matcher, on the real account's books: nothing leaves the house.
#[derive(Debug)]
pub(crate) struct DryRun<'a> {
    observer: Observer<'a>,
    /// What each plan's trades can cost at worst, those that wait included.
    worst: BTreeMap<RunId, Usd>,
}

impl<'a> DryRun<'a> {
    pub(crate) const fn new(observer: Observer<'a>) -> Self {
        Self { observer, worst: BTreeMap::new() }
    }

    /// What a plan's trades can cost at worst; zero for a plan that has none to place.
    pub(crate) fn worst_cost(&self, run_id: &RunId) -> Usd {
        self.worst.get(run_id).copied().unwrap_or(Usd::ZERO)
    }
}

impl Venue for DryRun<'_> {
    async fn look(&mut self, store: &Store, state: &mut State) -> Result<Option<AccountView>> {
        self.observer.look(store, state).await.map(Some)
    }

    async fn check(
        &mut self,
        store: &Store,
        picture: (&mut State, &mut World),
        given: Given<'_>,
    ) -> Result<()> {
        self.observer.check(store, picture, given, None).await
    }

    fn catch_up(&self, state: &State, world: &World, _: &Rules) -> Result<Vec<Event>> {
        self.observer.catch_up(state, world)
    }

    fn prepare(&mut self, _: &State, _: &World, _: &mut Orders) -> Vec<Event> {
        Vec::new()
    }

    async fn act(
        &mut self,
        _: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()> {
        for order in step.state.orders.values() {
            // A block denies what does not wait; the next pass may find none.
            let is_blocked = matches!(order.denial, Some(Denial::Blocked { .. }))
                && order.ended_at == Some(world.now);
            if matches!(order.status, Status::Waiting | Status::Submitting) || is_blocked {
                let market = order.market.as_ref().and_then(|market| world.markets.get(market));
                let cost = worst_cost(order, market.map(|view| &view.market));
                *self.worst.entry(order.run_id.clone()).or_default() += cost;
            }
        }
        let models = (&rules.limits, &rules.paper);
        let facts = settle_paper(&step.state, world, models, &orders.place)?;
        step.take(facts)
    }

    /// A pass that was cut off is not the preview's to finish.
    async fn recover(
        &mut self,
        _: &mut Store,
        _: (&mut Step, &World, &Rules),
        _: &Orders,
    ) -> Result<()> {
        anyhow::bail!("a pass was cut off: `betteroms run --real` finishes it first")
    }
}

/// The real venue.
#[derive(Debug)]
pub(crate) struct RealVenue<'a> {
    observer: Observer<'a>,
    armed: Armed,
    secret: OrderSecret,
    /// What was signed in this pass: a repeat sends these bytes.
    signed: BTreeMap<OrderId, Prepared>,
    /// Orders that the venue said it took: they are looked for, and never sent again.
    accepted: BTreeSet<OrderId>,
}

impl<'a> RealVenue<'a> {
    pub(crate) fn new(observer: Observer<'a>, armed: Armed, secret: OrderSecret) -> Self {
        let (signed, accepted) = (BTreeMap::new(), BTreeSet::new());
        Self { observer, armed, secret, signed, accepted }
    }

    fn sign(&self, id: &OrderId, state: &State, world: &World) -> Result<Prepared, String> {
        let draft = send::draft(id, state, world)?;
        let access = self.observer.access;
        let owner = access.account.owner();
        prepare(draft, access.wallet, owner, &self.secret, &access.key)
            .map_err(|error| error.to_string())
    }
}

impl Venue for RealVenue<'_> {
    async fn look(&mut self, store: &Store, state: &mut State) -> Result<Option<AccountView>> {
        self.observer.look(store, state).await.map(Some)
    }

    async fn check(
        &mut self,
        store: &Store,
        picture: (&mut State, &mut World),
        given: Given<'_>,
    ) -> Result<()> {
        self.observer.check(store, picture, given, Some(&self.armed)).await
    }

    fn catch_up(&self, state: &State, world: &World, _: &Rules) -> Result<Vec<Event>> {
        self.observer.catch_up(state, world)
    }

    fn prepare(&mut self, state: &State, world: &World, orders: &mut Orders) -> Vec<Event> {
        let mut facts = Vec::new();
        orders.place.retain(|id| match self.sign(id, state, world) {
            Ok(made) => {
                let venue = VenueId::new(&made.id);
                let fact = OrderFact::Signed { venue, body: made.body.clone() };
                facts.push(Event::AtVenue { id: id.clone(), fact });
                self.signed.insert(id.clone(), made);
                true
            }
            Err(cause) => {
                let denial = Denial::CannotSign { cause };
                facts.push(Event::OrderDenied { id: id.clone(), denial, at: world.now });
                false
            }
        });
        facts
    }

    async fn act(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()> {
        // What ends first frees what the others need.
        self.cancel(&step.state, &orders.cancel).await;
        self.send(store, (step, world, rules), &orders.place).await?;
        self.freeze(store, (step, world, rules)).await?;
        self.settle(store, (step, world, rules), orders).await?;
        // One that was asked for meanwhile, and what was in doubt till now.
        self.freeze(store, (step, world, rules)).await
    }

    /// Nobody knows which of the orders left the house: all are in doubt, and are looked for before any is
    /// sent.
    async fn recover(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()> {
        for event in &step.recorded {
            if let Event::AtVenue { id, fact: OrderFact::Signed { venue, body } } = event {
                let made = Prepared { id: venue.to_string(), body: body.clone() };
                self.signed.insert(id.clone(), made);
            }
            if let Event::AtVenue { id, fact: OrderFact::Accepted { .. } } = event {
                self.accepted.insert(id.clone());
            }
        }
        let cause = "the pass was cut off while it was being sent";
        let doubts = orders.place.iter().map(|id| Event::AtVenue {
            id: id.clone(),
            fact: OrderFact::Doubted { cause: cause.to_owned() },
        });
        step.take(doubts.collect())?;
        step.record(store, (world, rules), None).await?;
        crash::point(Point::Doubted);
        self.cancel(&step.state, &orders.cancel).await;
        let doubted = self.signed.keys().filter(|id| {
            step.state.orders.get(id).is_some_and(|order| order.status == Status::InDoubt)
        });
        let orders = Orders { place: doubted.cloned().collect(), cancel: orders.cancel.clone() };
        self.freeze(store, (step, world, rules)).await?;
        self.settle(store, (step, world, rules), &orders).await?;
        self.freeze(store, (step, world, rules)).await
    }
}
