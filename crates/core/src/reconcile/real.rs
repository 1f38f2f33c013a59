//! Real: what the venue says of our account, against our picture of it. Fills come from trades alone, each
//! once; an order ends only when the venue says so and its fills are all here; absence ends nothing by
//! itself (`shared/rules.md` §3).

mod balances;
mod charges;
mod orders;
mod trades;

pub use balances::{balances, converted, paid};
pub use charges::{Reading, reading};

use crate::event::Event;
use crate::order::{OrderId, Status};
use crate::state::{ApplyError, Changes, State};
use crate::venue::{AccountView, VenueId};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// What to do with what others trade with our wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreign {
    /// Book it, and tell.
    #[default]
    Book,
    /// Book it, and block new exposure in its market until a person has looked.
    Block,
}

/// Works what the venue says through our picture: trades first, then orders. `state` must hold every order
/// whose venue name is in `view`, and every fill of its trades ([`asked`]).
///
/// A record that the picture refuses is told as a difference of its market and left out; the others are worked
/// through all the same.
///
/// # Errors
/// Only when `state` contradicts itself.
pub fn catch_up(
    state: &State,
    world: &World,
    view: &AccountView,
    foreign: Foreign,
) -> Result<Vec<Event>, ApplyError> {
    let mut work = Work {
        ours: index(state),
        origin: state,
        state: state.clone(),
        world,
        view,
        foreign,
        is_blind: false,
        facts: Vec::new(),
    };
    work.trades()?;
    work.charges()?;
    work.reappeared()?;
    work.orders()?;
    work.foreign_orders()?;
    work.results()?;
    Ok(work.facts)
}

/// What a view asks about: venue names of orders, and ids of trades.
pub fn asked(view: &AccountView) -> (BTreeSet<VenueId>, BTreeSet<String>) {
    let legs = view.trades.iter().flat_map(|trade| &trade.legs);
    let orders = legs.map(|leg| leg.order.clone()).chain(view.open.keys().cloned());
    let orders = orders.chain(view.looked.keys().cloned()).collect();
    let doubtful = view.doubtful.iter().map(|record| record.id.clone());
    (orders, view.trades.iter().map(|trade| trade.id.clone()).chain(doubtful).collect())
}

/// Orders that have to be looked up by their hash: in doubt, about to end, signed and unanswered for, or
/// open and not in the list of open orders.
pub fn to_look_up(state: &State, open: &BTreeSet<&VenueId>) -> Vec<VenueId> {
    let sent = state.orders.values().filter(|order| order.status.is_working());
    let unsure = sent.filter(|order| match order.status {
        Status::Open => order.venue_id().is_some_and(|id| !open.contains(id)),
        Status::InDoubt | Status::Cancelling | Status::Submitting => true,
        Status::Denied
        | Status::Waiting
        | Status::Filled
        | Status::Cancelled
        | Status::Rejected
        | Status::Expired => false,
    });
    unsure.filter_map(|order| order.venue_id().cloned()).collect()
}

fn index(state: &State) -> BTreeMap<VenueId, OrderId> {
    let known = state.orders.values();
    known.filter_map(|order| Some((order.venue_id()?.clone(), order.id.clone()))).collect()
}

struct Work<'a> {
    ours: BTreeMap<VenueId, OrderId>,
    /// The picture before anything was worked through it.
    origin: &'a State,
    state: State,
    world: &'a World,
    view: &'a AccountView,
    foreign: Foreign,
    /// True once a trade was met that could not be booked.
    is_blind: bool,
    facts: Vec<Event>,
}

impl Work<'_> {
    /// Results of markets in which something is held. They pay when the shares are redeemed on the chain; until
    /// then they say what the shares are worth.
    fn results(&mut self) -> Result<(), ApplyError> {
        let now = self.world.now;
        let seen = self.world.markets.values().map(|view| &view.market);
        let seen = seen.filter_map(|market| Some((&market.condition, market.resolution?)));
        for (market, resolution) in seen.filter(|(_, resolution)| resolution.at <= now) {
            let known = self.state.paper.get(market).is_some_and(|one| one.resolution.is_some());
            let held = self.state.positions.values();
            let is_held = held.into_iter().any(|one| one.market == *market && !one.is_flat());
            if is_held && !known {
                self.emit(Event::MarketResolved { market: market.clone(), resolution })?;
            }
        }
        Ok(())
    }

    /// Takes back the facts since `begun`, of a record that the picture refused: it may be changed in part.
    fn undo(&mut self, begun: usize) -> Result<(), ApplyError> {
        self.facts.truncate(begun);
        self.state = self.origin.clone();
        self.state.apply_all(&self.facts, &mut Changes::default())
    }

    fn emit(&mut self, event: Event) -> Result<(), ApplyError> {
        self.state.apply(&event, &mut Changes::default())?;
        self.facts.push(event);
        Ok(())
    }
}
