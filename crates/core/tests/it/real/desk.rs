//! A real account on a desk: orders signed and sent, and what the venue then shows of them.

use crate::given::{MARKET, a_market, a_trade, a_view, condition, shares, t, usd};
use betteroms_core::event::{
    AccountFact, AccountId, AdoptedShares, Event, FillKey, OrderFact, PassId, Role,
};
use betteroms_core::ledger::imbalance;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::order::{Order, OrderId, Placing, Want};
use betteroms_core::plan::{Digest, RunId, TimeInForce};
use betteroms_core::reconcile::real::{Foreign, catch_up};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::venue::{
    AccountView, OwnLeg, Part, Settlement, Standing, VenueId, VenueOrder, VenueTrade,
};
use betteroms_core::world::World;
use std::collections::BTreeMap;

/// A real account.
pub(crate) struct Real {
    pub(crate) state: State,
    pub(crate) now: Time,
}

impl Real {
    pub(crate) fn with(cash: &str, held: &str) -> Self {
        let state = State::new(AccountId::real("0xAb"));
        let mut real = Self { state, now: t(0) };
        let adopted = AdoptedShares {
            market: condition(),
            outcome: Outcome::First,
            shares: shares(held),
            cost: usd("0"),
        };
        real.record(&[
            Event::AccountOpened { cash: usd(cash) },
            Event::Account {
                fact: AccountFact::Adopted { cash: Usd::ZERO, shares: vec![adopted], at: None },
            },
        ]);
        real.at(t(0));
        real
    }

    /// A pass begins.
    pub(crate) fn at(&mut self, now: Time) {
        self.now = now;
        let digest = Digest::of(b"");
        let pass = PassId::new(now, 1);
        self.record(&[Event::PassOpened { pass, now, world: digest.clone(), limits: digest }]);
    }

    #[track_caller]
    pub(crate) fn record(&mut self, events: &[Event]) {
        self.state.apply_all(events, &mut Changes::default()).expect("facts that fit");
        assert_eq!(imbalance(&self.state), None);
    }

    /// Signs an order of the first outcome and marks it as sent; `secs` is its life.
    pub(crate) fn send(
        &mut self,
        name: &str,
        side: Side,
        (price, size): (Price, Shares),
        secs: Option<i64>,
    ) -> OrderId {
        let id = OrderId::new(&RunId::new("r").unwrap(), name, 1);
        let trade = a_trade().0;
        let due = secs.map(|secs| self.now.plus_secs(secs));
        let trade = betteroms_core::plan::Trade { side, price, ..trade };
        let tif = if due.is_some() { TimeInForce::Gtt } else { TimeInForce::Gtc };
        let of = (RunId::new("r").unwrap(), "r.json".to_owned());
        let order = Order {
            market: Some(condition()),
            outcome: Some(Outcome::First),
            ..Order::admitted(id.clone(), of, (trade, tif), self.now)
        };
        let placing = Placing {
            at: self.now,
            due,
            want: Want::Shares(size),
            seq: 1,
            mid_doubled: None,
            notional: usd("1"),
        };
        let signed = OrderFact::Signed { venue: venue_id(&id), body: "{}".to_owned() };
        self.record(&[
            Event::OrderAdmitted { order: Box::new(order) },
            Event::OrderSubmitting { id: id.clone(), placing, reserve: Usd::ZERO },
            Event::AtVenue { id: id.clone(), fact: signed },
        ]);
        id
    }

    /// Works a view through; returns the facts.
    #[track_caller]
    pub(crate) fn see(&mut self, view: &AccountView) -> Vec<Event> {
        let facts = catch_up(&self.state, &self.world(), view, Foreign::Book).expect("it fits");
        self.record(&facts);
        facts
    }

    pub(crate) fn world(&self) -> World {
        let view = a_view(None);
        let markets = BTreeMap::from([(condition(), view)]);
        World { now: self.now, markets, ..World::default() }
    }

    pub(crate) fn order(&self, id: &OrderId) -> &Order {
        &self.state.orders[id]
    }

    pub(crate) fn held(&self) -> &betteroms_core::state::position::Position {
        &self.state.positions[&(condition(), Outcome::First)]
    }

    pub(crate) fn settlement(&self, trade: &str, order: &OrderId, role: Role) -> Settlement {
        let key = FillKey { trade_id: trade.to_owned(), order: order.clone(), role };
        self.state.fills[&key].settlement
    }
}

/// The venue's name of an order of these tests.
pub(crate) fn venue_id(id: &OrderId) -> VenueId {
    VenueId::new(&format!("0x{}", Digest::of(id.as_str().as_bytes()).as_str()))
}

/// An order as the venue shows it.
pub(crate) fn shown(order: &Order, matched: Shares, standing: Standing) -> VenueOrder {
    let Some(Want::Shares(size)) = order.placing.as_ref().map(|placing| placing.want) else {
        panic!("an order for shares");
    };
    VenueOrder {
        id: venue_id(&order.id),
        market: condition(),
        token: a_market().tokens[0].clone(),
        side: order.trade.side,
        price: order.trade.price,
        size,
        matched,
        standing,
    }
}

/// A trade in which one order of ours took part.
pub(crate) fn trade(
    (id, at): (&str, Time),
    order: &Order,
    role: Role,
    parts: &[Shares],
    settlement: Settlement,
) -> VenueTrade {
    let leg = OwnLeg {
        order: venue_id(&order.id),
        role,
        market: betteroms_core::market::ConditionId::new(MARKET),
        token: a_market().tokens[0].clone(),
        side: order.trade.side,
        price: order.trade.price,
        parts: parts
            .iter()
            .map(|shares| Part { shares: *shares, price: order.trade.price, is_direct: true })
            .collect(),
    };
    VenueTrade { id: id.to_owned(), settlement, at, legs: vec![leg], transaction: None }
}
