//! Orders that end: cancelled, expired, killed, swept (venue.md 4.4, 4.7).

use super::Venue;
use super::change::Change;
use super::order::{OrderIx, Status, Why};
use super::people::{KeyIx, Notice};
use crate::ledger::{Asset, MarketIx, WalletIx};
use alloy_primitives::B256;
use betteroms_core::market::Outcome;

/// Why an order was not cancelled, in the venue's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCancelled {
    /// No such order of this key, or it is long gone.
    #[error("Order not found or already canceled")]
    NotFound,
    /// It was cancelled before.
    #[error("the order is already canceled")]
    Already,
    /// All of it traded.
    #[error("Order already matched")]
    Matched,
}

impl Venue {
    /// Cancels one order of a key.
    ///
    /// # Errors
    /// Why it was not cancelled, which is information and no refusal.
    pub fn cancel(&mut self, key: KeyIx, id: &B256) -> Result<OrderIx, NotCancelled> {
        let order = self.orders.find(id).ok_or(NotCancelled::NotFound)?;
        let found = self.orders.get(order);
        if found.key != key {
            return Err(NotCancelled::NotFound);
        }
        match found.status {
            Status::Matched => Err(NotCancelled::Matched),
            Status::Ended(_) => Err(NotCancelled::Already),
            Status::Live | Status::Delayed => {
                self.end(order, Why::Cancelled);
                Ok(order)
            }
        }
    }

    /// Open orders of a key, oldest first; of one market or token where that is asked.
    pub fn open_orders(
        &self,
        key: KeyIx,
        market: Option<MarketIx>,
        outcome: Option<Outcome>,
    ) -> Vec<OrderIx> {
        let open = self.people.key(key).open.iter().copied();
        open.filter(|order| {
            let order = self.orders.get(*order);
            market.is_none_or(|m| m == order.market) && outcome.is_none_or(|o| o == order.outcome)
        })
        .collect()
    }

    /// Ends an order that has something left, wherever it is.
    pub(super) fn end(&mut self, order: OrderIx, why: Why) {
        let status = Status::Ended(why);
        self.retire(order, status);
        let ended = self.orders.get(order);
        let (key, matched) = (ended.key, ended.matched);
        self.note(Change::Ended { order, matched, status });
        let notice = Notice { at: self.now, kind: 1, order };
        self.people.key_mut(key).notices.push(notice);
    }

    /// Takes an order out of the book and its promise from the wallet.
    pub(super) fn retire(&mut self, order: OrderIx, status: Status) {
        let ended = self.orders.get_mut(order);
        let was = std::mem::replace(&mut ended.status, status);
        let (key, market, slot) = (ended.key, ended.market, ended.slot.take());
        let (side, price) = ended.in_first_terms();
        self.release(order);
        self.people.key_mut(key).open.remove(&order);
        if was == Status::Delayed {
            self.floors.get_mut(market).held.remove(&order);
        }
        if let Some(slot) = slot {
            let left = self.floors.get_mut(market).book.remove(slot);
            if left.is_positive() {
                self.level_changed(market, side, price);
            }
        }
    }

    /// Brings what an open order holds of its wallet up to date.
    pub(super) fn promise(&mut self, order: OrderIx) {
        let open = self.orders.get(order);
        let holds = open.holds();
        self.hold(order, holds);
    }

    /// Frees what an order holds of its wallet.
    pub(super) fn release(&mut self, order: OrderIx) {
        self.hold(order, 0);
    }

    fn hold(&mut self, order: OrderIx, amount: i64) {
        let held = self.orders.get_mut(order);
        let by = amount.saturating_sub(held.promised);
        held.promised = amount;
        let (wallet, asset) = (held.wallet, held.asset());
        self.funds.promise(wallet, asset, by);
    }

    /// A wallet's balance may have shrunk: its newest orders go until the rest is covered (venue.md 4.6).
    pub(super) fn recheck(&mut self, wallet: WalletIx, asset: Asset) {
        let seen = self.funds.seen(&self.ledger, wallet, asset);
        let mut over = self
            .funds
            .active(wallet, asset)
            .saturating_add(self.funds.matched(wallet, asset))
            .saturating_sub(seen);
        if over <= 0 {
            return;
        }
        let mut orders: Vec<OrderIx> = match asset {
            Asset::Share(market, _) => self.open_in(market),
            Asset::Cash => {
                self.people.keys().flat_map(|(_, key)| key.open.iter().copied()).collect()
            }
        };
        orders.retain(|order| {
            let order = self.orders.get(*order);
            order.wallet == wallet && order.asset() == asset
        });
        orders.sort_unstable();
        while let Some(order) = orders.pop().filter(|_| over > 0) {
            over = over.saturating_sub(self.orders.get(order).promised);
            self.end(order, Why::NotEnoughBalance);
        }
    }
}
