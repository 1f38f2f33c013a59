//! Who answers what a pass decided: the paper venue, or the real one. Everything else of a pass is the same
//! for both.

use super::{Given, Rules, Step};
use anyhow::Result;
use betteroms_core::event::Event;
use betteroms_core::order::OrderId;
use betteroms_core::reconcile::{catch_up, settle_paper};
use betteroms_core::state::State;
use betteroms_core::venue::AccountView;
use betteroms_core::world::World;
use betteroms_store::Store;

/// What a pass asks of the venue, recorded before it is asked.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Orders to place, in order.
    pub place: Vec<OrderId>,
    /// Orders to cancel.
    pub cancel: Vec<OrderId>,
}

impl Orders {
    /// True where nothing is asked.
    pub const fn is_empty(&self) -> bool {
        self.place.is_empty() && self.cancel.is_empty()
    }
}

/// The venue as a pass meets it, in the order in which it does.
#[expect(async_fn_in_trait, reason = "used with a type parameter in one thread, never boxed")]
pub trait Venue {
    /// OBSERVE: what it says of the account, and with it the rows that this asks about; `None` on paper.
    ///
    /// # Errors
    /// When it cannot be asked: a pass without it would decide blindly.
    async fn look(&mut self, store: &Store, state: &mut State) -> Result<Option<AccountView>>;

    /// OBSERVE: balances, and whether anything may be sent at all, noted in the world.
    ///
    /// # Errors
    /// When the store or the venue cannot be used.
    async fn check(
        &mut self,
        store: &Store,
        picture: (&mut State, &mut World),
        given: Given<'_>,
    ) -> Result<()>;

    /// CATCH UP: what was observed as facts.
    ///
    /// # Errors
    /// Only when `state` contradicts itself.
    fn catch_up(&self, state: &State, world: &World, rules: &Rules) -> Result<Vec<Event>>;

    /// Makes what will be sent, to be recorded with the decision. What cannot be made is denied, and no longer
    /// among the orders.
    fn prepare(&mut self, state: &State, world: &World, orders: &mut Orders) -> Vec<Event>;

    /// ACT and SETTLE: sends what was recorded, and takes the answers into the step.
    ///
    /// # Errors
    /// When the store cannot be used, or `step` contradicts itself. The venue's silence is no error but a fact.
    async fn act(
        &mut self,
        store: &mut Store,
        pass: (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()>;

    /// The same for a pass that was cut off: nobody knows what of its orders was sent.
    ///
    /// # Errors
    /// As [`Self::act`].
    async fn recover(
        &mut self,
        store: &mut Store,
        pass: (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()>;
}

/// The paper venue: the matcher answers from the observed books.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paper;

impl Venue for Paper {
    async fn look(&mut self, _: &Store, _: &mut State) -> Result<Option<AccountView>> {
        Ok(None)
    }

    async fn check(&mut self, _: &Store, _: (&mut State, &mut World), _: Given<'_>) -> Result<()> {
        Ok(())
    }

    fn catch_up(&self, state: &State, world: &World, rules: &Rules) -> Result<Vec<Event>> {
        Ok(catch_up(state, world, &rules.limits, &rules.paper))
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
        let models = (&rules.limits, &rules.paper);
        let facts = settle_paper(&step.state, world, models, &orders.place)?;
        step.take(facts)
    }

    async fn recover(
        &mut self,
        store: &mut Store,
        pass: (&mut Step, &World, &Rules),
        orders: &Orders,
    ) -> Result<()> {
        // Nothing was sent anywhere: the same orders meet the same books.
        self.act(store, pass, orders).await
    }
}
