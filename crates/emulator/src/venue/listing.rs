//! A market's life: listed, started, re-gridded, closed, resolved (venue.md 3.8, 4.6, 8.3).

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::market::{Floor, Listing};
use super::order::{OrderIx, Why};
use super::people::Notice;
use crate::ledger::MarketIx;
use crate::resting::RestingBook;
use alloy_primitives::U256;
use betteroms_core::market::{Gate, Resolution, Side};
use betteroms_core::money::{Fraction, Price, Tick};
use std::collections::BTreeSet;

/// Why a market could not be listed or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// A token id is not a decimal number of 256 bits.
    #[error("token {0} is not a decimal number below 2^256")]
    Token(String),
    /// The condition, slug or a token is taken.
    #[error("{0} is listed already")]
    Taken(String),
    /// It was resolved before.
    #[error("market {0} is resolved already")]
    Resolved(String),
    /// A payout that is neither 0, 0.5 nor 1.
    #[error("a payout is 0, 0.5 or 1, not {0}")]
    Payout(Fraction),
    /// The chain does not take the result: a second winner of one event.
    #[error("{0}")]
    Ledger(crate::ledger::Refused),
}

impl Venue {
    /// Lists a market. Its start, close and result are put on the agenda where they are known.
    ///
    /// # Errors
    /// On ids that are malformed or taken.
    pub fn list(&mut self, listing: Listing) -> Result<MarketIx, ListingError> {
        let market = &listing.market;
        let number = |token: &String| {
            let is_decimal = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
            let value = U256::from_str_radix(token, 10).ok().filter(|_| is_decimal);
            value.ok_or_else(|| ListingError::Token(token.clone()))
        };
        let [first, second] = &market.tokens;
        let tokens = [number(first)?, number(second)?];
        let is_taken = tokens.iter().any(|token| self.floors.by_token(token).is_some());
        if is_taken || first == second || self.floors.by_slug(&market.slug).is_some() {
            return Err(ListingError::Taken(market.slug.clone()));
        }
        if self.floors.by_condition(market.condition.as_str()).is_some() {
            return Err(ListingError::Taken(market.condition.to_string()));
        }
        let group = listing.group.clone().map(|name| {
            let ledger = &mut self.ledger;
            *self.groups.entry(name).or_insert_with(|| ledger.add_group())
        });
        let ix = self.ledger.add_market(group);
        let (close, result) = (market.close, market.resolution);
        if let Some(start) = listing.game_start {
            self.agenda.at(start, Task::GameStart(ix));
        }
        if let Some(close) = close {
            self.agenda.at(close, Task::Close(ix));
        }
        if let Some(Resolution { at, payout_first }) = result {
            self.agenda.at(at, Task::Resolve(ix, payout_first));
        }
        let book = RestingBook::new(market.tick);
        let changed = self.now;
        let mut listing = listing;
        // Nobody sees a result before its time.
        listing.market.resolution = None;
        let (held, last, history) = (BTreeSet::new(), [None; 2], Vec::new());
        self.floors.push(ix, Floor { listing, tokens, book, held, changed, last, history, group });
        self.note(Change::Listed { market: ix });
        Ok(ix)
    }

    /// Opens, pauses or closes a market to new orders by hand. One that is closed stays closed.
    pub fn set_gate(&mut self, market: MarketIx, gate: Gate) {
        if gate == Gate::Closed {
            return self.close(market);
        }
        let known = &mut self.floors.get_mut(market).listing.market;
        if known.gate != Gate::Closed {
            known.gate = gate;
        }
    }

    /// Changes the price grid; orders that no longer lie on it leave.
    pub fn set_tick(&mut self, market: MarketIx, new: Tick) {
        let floor = self.floors.get_mut(market);
        let old = floor.listing.market.tick;
        if old == new {
            return;
        }
        floor.listing.market.tick = new;
        let removed = floor.book.retick(new);
        floor.changed = self.now;
        self.note(Change::Tick { market, old, new });
        for gone in removed {
            let order = OrderIx(gone.owner);
            // The book has let go of it already.
            self.orders.get_mut(order).slot = None;
            self.end(order, Why::OffGrid);
            self.level_changed(market, gone.side, gone.price);
        }
        // One that is held back is in no book yet, and could not enter this one.
        for order in self.floors.get(market).held.clone() {
            if !self.orders.get(order).price.is_on(new) {
                self.end(order, Why::OffGrid);
            }
        }
    }

    /// A game starts: where the book is to be cleared, all resting orders go, the crowd's as well.
    pub(super) fn game_started(&mut self, market: MarketIx) {
        if self.floors.get(market).listing.clear_on_start {
            self.clear(market, Why::GameStarted);
        }
    }

    /// Trading ends: no new orders, and what rests is cancelled.
    pub fn close(&mut self, market: MarketIx) {
        let floor = self.floors.get_mut(market);
        if floor.listing.market.gate == Gate::Closed {
            return;
        }
        floor.listing.market.gate = Gate::Closed;
        floor.changed = self.now;
        self.clear(market, Why::MarketResolved);
        self.note(Change::Closed { market });
    }

    /// The result is known: the market closes, tokens can be redeemed.
    ///
    /// # Errors
    /// When it was resolved before, on a payout that is neither 0, 0.5 nor 1, or on a second winner of one
    /// neg-risk event; nothing changed then.
    pub fn resolve(
        &mut self,
        market: MarketIx,
        payout_first: Fraction,
    ) -> Result<(), ListingError> {
        if ![0, 500_000, 1_000_000].contains(&payout_first.micros()) {
            return Err(ListingError::Payout(payout_first));
        }
        let found = &self.floors.get(market).listing.market;
        if found.resolution.is_some() {
            return Err(ListingError::Resolved(found.slug.clone()));
        }
        self.ledger.resolve(market, payout_first).map_err(ListingError::Ledger)?;
        self.close(market);
        let at = self.now;
        self.floors.get_mut(market).listing.market.resolution =
            Some(Resolution { at, payout_first });
        self.note(Change::Resolved { market, payout_first });
        Ok(())
    }

    /// The crowd's orders go, and whoever listens hears of each level.
    fn clear_crowd(&mut self, market: MarketIx) {
        let book = &mut self.floors.get_mut(market).book;
        let levels = |side| book.levels(side).map(move |level| (side, level.price));
        let shown = [Side::Buy, Side::Sell].into_iter().flat_map(levels);
        let held: Vec<(Side, Price)> =
            shown.filter(|(side, price)| book.public(*side, *price).is_positive()).collect();
        book.clear_public();
        for (side, price) in held {
            self.level_changed(market, side, price);
        }
    }

    /// Open orders of a market, oldest first. They are taken from the market, not from the keys: a
    /// crowded venue has many more of other markets.
    pub(super) fn open_in(&self, market: MarketIx) -> Vec<OrderIx> {
        let floor = self.floors.get(market);
        let resting = floor.book.owners().map(OrderIx);
        let mut orders: Vec<OrderIx> = resting.chain(floor.held.iter().copied()).collect();
        orders.sort_unstable();
        orders
    }

    fn clear(&mut self, market: MarketIx, why: Why) {
        self.clear_crowd(market);
        for order in self.open_in(market) {
            self.end(order, why);
            if why == Why::MarketResolved {
                let notice = Notice { at: self.now, kind: 4, order };
                let key = self.orders.get(order).key;
                self.people.key_mut(key).notices.push(notice);
            }
        }
    }
}
