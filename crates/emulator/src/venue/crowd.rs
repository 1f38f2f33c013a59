//! The crowd: public liquidity and public takers, recorded or by hand. It has no key, never runs out of
//! anything, and pays what it owes: the ledger funds it from the outside world.

use super::Venue;
use super::order::{Kind, Order, OrderIx, Status};
use super::people::KeyIx;
use super::trade::TradeIx;
use crate::ledger::{Asset, MarketIx, WalletIx};
use crate::names::Kind as NameKind;
use alloy_primitives::B256;
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd};

impl Venue {
    /// Somebody in the crowd takes: an order of this side, token and limit trades what it finds, and the
    /// rest of it goes away.
    pub fn crowd_takes(
        &mut self,
        market: MarketIx,
        (outcome, side): (Outcome, Side),
        price: Price,
        size: Shares,
    ) -> Vec<TradeIx> {
        let order = self.of_crowd(market, (outcome, side), price, size);
        let plan = self.plan(&order);
        self.carry_out_for_crowd(&order, &plan)
    }

    /// Puts the crowd's book in place of what it had: what is gone leaves, what is new joins the back of
    /// its queue, and what crosses an order that rests trades with it first. Levels off the grid in force
    /// are left out.
    pub fn crowd_shows(&mut self, market: MarketIx, book: &Book) {
        for side in [Side::Buy, Side::Sell] {
            self.crowd_leaves(market, side, book);
        }
        for side in [Side::Buy, Side::Sell] {
            for level in book.resting(side) {
                self.crowd_joins(market, side, *level);
            }
        }
    }

    /// Sets what the crowd holds at one level, in index-0 terms; what crosses trades first.
    pub fn crowd_level(&mut self, market: MarketIx, side: Side, level: Level) {
        let had = self.floors.get(market).book.public(side, level.price);
        if level.size < had {
            self.set_crowd(market, side, level.price, level.size);
        } else {
            self.crowd_joins(market, side, level);
        }
    }

    /// Takes away what the new book no longer shows.
    fn crowd_leaves(&mut self, market: MarketIx, side: Side, book: &Book) {
        let floor = self.floors.get(market);
        let shrunk: Vec<(Price, Shares)> = floor
            .book
            .levels(side)
            .filter_map(|level| {
                let shown = book.displayed(side, level.price);
                (floor.book.public(side, level.price) > shown).then_some((level.price, shown))
            })
            .collect();
        for (price, size) in shrunk {
            self.set_crowd(market, side, price, size);
        }
    }

    fn crowd_joins(&mut self, market: MarketIx, side: Side, level: Level) {
        let floor = self.floors.get(market);
        let had = floor.book.public(side, level.price);
        let tick = floor.listing.market.tick;
        if level.size <= had || !level.price.is_on(tick) {
            return;
        }
        let mut size = level.size;
        if floor.book.crosses(side, level.price) {
            let fresh = level.size - had;
            let trades = self.crowd_takes(market, (Outcome::First, side), level.price, fresh);
            let taken: Shares = trades.iter().map(|trade| self.trades.get(*trade).size).sum();
            size -= taken;
        }
        if size > had {
            self.set_crowd(market, side, level.price, size);
        }
    }

    fn set_crowd(&mut self, market: MarketIx, side: Side, price: Price, size: Shares) {
        let book = &mut self.floors.get_mut(market).book;
        if book.set_public(side, price, size).is_ok() {
            self.level_changed(market, side, price);
        }
    }

    /// A fault: part of an order trades now, with the crowd, at the order's own price. Nothing happens
    /// when it has less left.
    pub fn fill_from_crowd(&mut self, order: OrderIx, size: Shares) -> Vec<TradeIx> {
        let resting = self.orders.get(order);
        let Some(slot) = resting.slot else { return Vec::new() };
        let (market, outcome) = (resting.market, resting.outcome);
        let (side, price) = (resting.side.opposite(), resting.price);
        let size = size.min(self.floors.get(market).book.remaining(slot));
        let taking = self.of_crowd(market, (outcome, side), price, size);
        let plan = self.plan_against(&taking, order);
        self.carry_out_for_crowd(&taking, &plan)
    }

    /// A fault: an order that was cancelled turns out to have traded so much before.
    pub(super) fn late_fill(&mut self, order: OrderIx, size: Shares) {
        let ended = self.orders.get(order);
        if !matches!(ended.status, Status::Ended(_)) {
            return;
        }
        let size = size.min(ended.left());
        let (market, outcome) = (ended.market, ended.outcome);
        let (side, price) = (ended.side.opposite(), ended.price);
        let taking = self.of_crowd(market, (outcome, side), price, size);
        let plan = self.plan_against(&taking, order);
        self.carry_out_for_crowd(&taking, &plan);
    }

    /// An order of the crowd's, which is never entered.
    fn of_crowd(
        &mut self,
        market: MarketIx,
        (outcome, side): (Outcome, Side),
        price: Price,
        size: Shares,
    ) -> Order {
        Order {
            id: self.names.hash(NameKind::Crowd),
            key: KeyIx(u32::MAX),
            wallet: self.crowd,
            market,
            outcome,
            side,
            kind: Kind::Fak,
            post_only: false,
            price,
            size,
            matched: Shares::ZERO,
            cash_left: None,
            expiration: 0,
            created: self.now,
            status: Status::Live,
            promised: 0,
            slot: None,
            builder: B256::ZERO,
            trades: Vec::new(),
        }
    }

    /// Gives the crowd what a settlement takes from it.
    pub(super) fn fund_crowd(&mut self, flows: &[(WalletIx, Asset, i64)]) {
        let crowd = self.crowd;
        for (_, asset, by) in flows.iter().filter(|(wallet, _, by)| *wallet == crowd && *by < 0) {
            let amount = by.saturating_neg();
            match asset {
                Asset::Cash => self.ledger.deposit(crowd, Usd::from_micros(amount)),
                Asset::Share(market, outcome) => {
                    let shares = Shares::from_micros(amount);
                    self.ledger.give_shares(crowd, *market, *outcome, shares)
                }
            }
            .expect("the outside world has enough of everything");
        }
    }
}
