//! Our resting orders of one market while new evidence is worked through, best price first.

use super::Reading;
use crate::event::{Event, Fill, Role};
use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Price, Shares, Usd, notional_ceil, notional_floor};
use crate::order::{Order, OrderId, Status, Tracks, Want};
use crate::reason::EndReason;
use crate::state::State;
use crate::time::Time;

/// One of our resting orders, in index-0 terms.
#[derive(Clone, Debug)]
pub(super) struct Resting {
    pub(super) id: OrderId,
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) seq: u64,
    pub(super) placed_at: Time,
    pub(super) due: Option<Time>,
    pub(super) tracks: Tracks,
    size: Shares,
    outcome: Outcome,
    own_side: Side,
    own_price: Price,
    fills: u32,
    is_ended: bool,
    before: Tracks,
}

impl Resting {
    fn of(order: &Order) -> Option<Self> {
        let (side, price) = order.in_first_terms()?;
        let placing = order.placing.as_ref()?;
        let Want::Shares(size) = placing.want else {
            return None;
        };
        Some(Self {
            id: order.id.clone(),
            side,
            price,
            seq: placing.seq,
            placed_at: placing.at,
            due: placing.due,
            tracks: order.tracks,
            size,
            outcome: order.outcome?,
            own_side: order.trade.side,
            own_price: order.trade.price,
            fills: order.fills,
            is_ended: false,
            before: order.tracks,
        })
    }

    pub(super) fn remaining(&self, reading: Reading) -> Shares {
        (self.size - reading.track(&self.tracks).filled).or_zero()
    }
}

/// The resting orders of one market, and the facts found so far.
#[derive(Debug)]
pub(super) struct Queue {
    market: ConditionId,
    orders: Vec<Resting>,
    facts: Vec<Event>,
}

impl Queue {
    /// Our open orders of `market`: per side best price first, then the earlier placed.
    pub(super) fn of(state: &State, market: &ConditionId) -> Self {
        let mut orders: Vec<Resting> = state
            .with_status(Status::Open)
            .filter(|order| order.market.as_ref() == Some(market))
            .filter_map(Resting::of)
            .collect();
        orders.sort_by_key(|order| (order.side, better_first(order.side, order.price), order.seq));
        Self { market: market.clone(), orders, facts: Vec::new() }
    }

    /// Orders on `side` that `sees` evidence of that time, in their order.
    pub(super) fn seeing(&mut self, side: Side, at: Time) -> impl Iterator<Item = &mut Resting> {
        self.orders.iter_mut().filter(move |o| !o.is_ended && o.side == side && o.placed_at < at)
    }

    /// Books `shares` at the order's own price on one reading; on the expected one it is a fact.
    pub(super) fn fill(&mut self, id: &OrderId, shares: Shares, reading: Reading, at: Time) {
        let market = &self.market;
        let Some(order) = self.orders.iter_mut().find(|order| &order.id == id) else {
            return;
        };
        let cash = own_cash(order.own_side, order.own_price, shares);
        let track = reading.track_mut(&mut order.tracks);
        track.filled += shares;
        track.cash += cash;
        if reading != Reading::Expected {
            return;
        }
        order.fills = order.fills.saturating_add(1);
        self.facts.push(Event::Filled {
            fill: Fill {
                order: order.id.clone(),
                trade_id: format!("{}#{}", order.id, order.fills),
                role: Role::Maker,
                market: market.clone(),
                outcome: order.outcome,
                side: order.own_side,
                price: order.own_price,
                shares,
                cash,
                fee: Usd::ZERO,
                at,
            },
        });
    }

    /// Ends the orders that are now full; their bands are frozen as they stand.
    pub(super) fn end_filled(&mut self, at: Time) {
        let full = |o: &Resting| o.remaining(Reading::Expected).is_zero();
        self.end(at, (Status::Filled, None), full);
    }

    /// Ends the orders whose time has come.
    pub(super) fn end_due(&mut self, at: Time) {
        self.end(at, (Status::Expired, Some(EndReason::Due)), |o| {
            o.due.is_some_and(|due| due <= at)
        });
    }

    /// Ends every order because trading has ended.
    pub(super) fn end_all(&mut self, at: Time) {
        self.end(at, (Status::Cancelled, Some(EndReason::MarketClosed)), |_| true);
    }

    fn end(
        &mut self,
        at: Time,
        (status, reason): (Status, Option<EndReason>),
        ends: impl Fn(&Resting) -> bool,
    ) {
        for order in self.orders.iter_mut().filter(|order| !order.is_ended) {
            if ends(order) {
                order.is_ended = true;
                if order.before != order.tracks {
                    let (id, tracks) = (order.id.clone(), order.tracks);
                    self.facts.push(Event::QueueMoved { id, tracks });
                }
                let id = order.id.clone();
                self.facts.push(Event::OrderEnded { id, status, reason, at });
            }
        }
    }

    /// True when no order of ours rested here as the pass began.
    pub(super) const fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The dues of the orders that still rest.
    pub(super) fn dues(&self) -> Vec<Time> {
        self.orders.iter().filter_map(|order| order.due).collect()
    }

    /// The facts, with the queue places of those that rest on.
    pub(super) fn into_facts(mut self) -> Vec<Event> {
        let moved = self.orders.iter().filter(|o| !o.is_ended && o.before != o.tracks);
        let moves = moved.map(|o| Event::QueueMoved { id: o.id.clone(), tracks: o.tracks });
        self.facts.extend(moves);
        self.facts
    }
}

/// What `shares` at `price` move in cash: a buy pays rounded up, a sell receives rounded down.
pub(super) fn own_cash(side: Side, price: Price, shares: Shares) -> Usd {
    match side {
        Side::Buy => -notional_ceil(price, shares),
        Side::Sell => notional_floor(price, shares),
    }
}

/// A sort key that puts the better price of a side first.
fn better_first(side: Side, price: Price) -> i64 {
    let micros = i64::from(price.micros());
    match side {
        Side::Buy => micros.saturating_neg(),
        Side::Sell => micros,
    }
}
