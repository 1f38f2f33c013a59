//! A resting book as one would explain it: a list of orders, sorted by price, then by arrival. It can be
//! told to be wrong in one way, to see that the comparison notices.

use super::super::PUBLIC;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares, Tick};

/// How the slow book is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    /// Last come, first served.
    Lifo,
    /// The crowd leaves from its oldest entry.
    CrowdLeavesInFront,
    /// A reduced order goes to the back.
    ReducedLosesItsPlace,
    /// An order at the limit itself is no candidate.
    LimitIsOut,
    /// A change of the grid forgets nothing.
    OffGridStays,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) arrival: u64,
    pub(super) size: Shares,
    pub(super) owner: u32,
}

#[derive(Clone, Debug)]
pub(super) struct SlowBook {
    pub(super) tick: Tick,
    pub(super) orders: Vec<Order>,
    arrivals: u64,
    bug: Bug,
}

impl SlowBook {
    pub(super) const fn new(tick: Tick, bug: Bug) -> Self {
        Self { tick, orders: Vec::new(), arrivals: 0, bug }
    }

    /// The orders of one side in priority order.
    pub(super) fn sorted(&self, side: Side) -> Vec<&Order> {
        let mut orders: Vec<&Order> = self.orders.iter().filter(|o| o.side == side).collect();
        orders.sort_by_key(|o| {
            let price = i64::from(o.price.micros());
            let arrival = i64::try_from(o.arrival).expect("few orders");
            let price = if side == Side::Buy { -price } else { price };
            (price, if self.bug == Bug::Lifo { -arrival } else { arrival })
        });
        orders
    }

    pub(super) fn rest(&mut self, side: Side, price: Price, size: Shares, owner: u32) {
        self.arrivals += 1;
        self.orders.push(Order { side, price, arrival: self.arrivals, size, owner });
    }

    pub(super) fn remaining(&self, owner: u32) -> Shares {
        self.orders.iter().find(|o| o.owner == owner).map_or(Shares::ZERO, |o| o.size)
    }

    pub(super) fn remove(&mut self, owner: u32) {
        self.orders.retain(|o| o.owner != owner);
    }

    /// Takes from the order that arrived as number `arrival`.
    pub(super) fn reduce(&mut self, arrival: u64, by: Shares) {
        let order = self.orders.iter_mut().find(|o| o.arrival == arrival).expect("it rests");
        order.size -= by;
        if self.bug == Bug::ReducedLosesItsPlace && !by.is_zero() {
            self.arrivals += 1;
            order.arrival = self.arrivals;
        }
        self.orders.retain(|o| o.size.is_positive());
    }

    pub(super) fn displayed(&self, side: Side, price: Price) -> Shares {
        self.orders.iter().filter(|o| o.side == side && o.price == price).map(|o| o.size).sum()
    }

    pub(super) fn public(&self, side: Side, price: Price) -> Shares {
        let here = self.orders.iter().filter(|o| o.side == side && o.price == price);
        here.filter(|o| o.owner == PUBLIC).map(|o| o.size).sum()
    }

    pub(super) fn set_public(&mut self, side: Side, price: Price, size: Shares) {
        let before = self.public(side, price);
        let here = |o: &Order| o.side == side && o.price == price;
        if size > before {
            let last = self.orders.iter_mut().filter(|o| here(o)).max_by_key(|o| o.arrival);
            match last.filter(|o| o.owner == PUBLIC) {
                Some(last) => last.size += size - before,
                None => self.rest(side, price, size - before, PUBLIC),
            }
            return;
        }
        let mut left = before - size;
        while left.is_positive() {
            let crowd = self.orders.iter_mut().filter(|o| here(o) && o.owner == PUBLIC);
            let leaver = if self.bug == Bug::CrowdLeavesInFront {
                crowd.min_by_key(|o| o.arrival)
            } else {
                crowd.max_by_key(|o| o.arrival)
            };
            let leaver = leaver.expect("the crowd has that much");
            let part = left.min(leaver.size);
            leaver.size -= part;
            left -= part;
            self.orders.retain(|o| o.size.is_positive());
        }
    }

    pub(super) fn clear_public(&mut self) {
        self.orders.retain(|o| o.owner != PUBLIC);
    }

    /// Owner and size of the named orders that fall off the new grid.
    pub(super) fn retick(&mut self, tick: Tick) -> Vec<(Side, Price, u32, Shares)> {
        self.tick = tick;
        let mut fallen: Vec<Order> =
            self.orders.iter().filter(|o| !o.price.is_on(tick)).cloned().collect();
        if self.bug != Bug::OffGridStays {
            self.orders.retain(|o| o.price.is_on(tick));
        }
        fallen.sort_by_key(|o| (o.side == Side::Sell, o.price, o.arrival));
        let named = fallen.into_iter().filter(|o| o.owner != PUBLIC);
        named.map(|o| (o.side, o.price, o.owner, o.size)).collect()
    }

    /// What an incoming order of `taker` would trade with: arrival, owner, price, size.
    pub(super) fn candidates(&self, taker: Side, limit: Price) -> Vec<(u64, u32, Price, Shares)> {
        let within = |o: &&Order| match taker {
            Side::Buy => o.price <= limit,
            Side::Sell => o.price >= limit,
        };
        let sorted = self.sorted(taker.opposite()).into_iter().filter(within);
        let sorted = sorted.filter(|o| self.bug != Bug::LimitIsOut || o.price != limit);
        sorted.map(|o| (o.arrival, o.owner, o.price, o.size)).collect()
    }

    /// The levels of one side, best first.
    pub(super) fn levels(&self, side: Side) -> Vec<(Price, Shares)> {
        let mut prices: Vec<Price> = self.sorted(side).iter().map(|o| o.price).collect();
        prices.dedup();
        prices.into_iter().map(|price| (price, self.displayed(side, price))).collect()
    }
}
