//! One market's resting orders, both sides in index-0 terms: an order for the second outcome enters as
//! its mirror at 1 − p (`shared/venue.md` 4.6, 12.2). Priority is price, then time.
//!
//! It knows sizes, prices and an opaque number for the owner. It does not match, check balances, or know
//! what an order is: the venue engine asks for [`RestingBook::candidates`], decides, and then says what
//! is to be reduced. Prices are on the market's grid and sizes above zero; both are checked.

mod crowd;
mod queue;
#[cfg(test)]
pub(crate) mod tests;
mod walk;

pub use crowd::PUBLIC;
pub use queue::Slot;
pub use walk::{Candidates, Levels};

use betteroms_core::book::{Book, Level};
use betteroms_core::ladder::{Ladder, OffGrid};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Tick};
use betteroms_core::time::Time;
use queue::{Queue, Slab};

/// The resting orders of one market. One that was never used holds no memory.
#[derive(Clone, Debug)]
pub struct RestingBook {
    /// Bids, then asks.
    ladders: [Ladder<Queue>; 2],
    slab: Slab,
}

/// An order that no longer rests because the grid changed under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Where it rested; stands for nothing any more.
    pub slot: Slot,
    /// Whose it was.
    pub owner: u32,
    /// Its side in index-0 terms.
    pub side: Side,
    /// Its price in index-0 terms.
    pub price: Price,
    /// What remained of it.
    pub size: Shares,
}

/// Why something cannot rest, or cannot be taken from what rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestingError {
    /// The price is not a whole number of the market's ticks.
    #[error(transparent)]
    OffGrid(#[from] OffGrid),
    /// A size that is zero or less where something must rest, less than zero elsewhere, or so large that
    /// a level's sum could not be told.
    #[error("{0} shares cannot rest")]
    Size(Shares),
    /// The number that stands for the crowd, given as an order's owner.
    #[error("the owner's number is the crowd's")]
    Owner,
    /// As many orders rest as can be told apart.
    #[error("no room for another order")]
    Full,
    /// More is to be taken than remains; nothing remains of an order that left.
    #[error("{by} shares cannot be taken from {remaining}")]
    TooMuch {
        /// What was to be taken.
        by: Shares,
        /// What remains.
        remaining: Shares,
    },
}

const fn ladder_of(ladders: &[Ladder<Queue>; 2], side: Side) -> &Ladder<Queue> {
    let [bids, asks] = ladders;
    match side {
        Side::Buy => bids,
        Side::Sell => asks,
    }
}

const fn ladder_of_mut(ladders: &mut [Ladder<Queue>; 2], side: Side) -> &mut Ladder<Queue> {
    let [bids, asks] = ladders;
    match side {
        Side::Buy => bids,
        Side::Sell => asks,
    }
}

impl RestingBook {
    /// An empty book on the grid of `tick`.
    pub fn new(tick: Tick) -> Self {
        Self { ladders: [Ladder::new(tick), Ladder::new(tick)], slab: Slab::new() }
    }

    /// The price step.
    pub const fn tick(&self) -> Tick {
        ladder_of(&self.ladders, Side::Buy).tick()
    }

    /// How many entries rest, the crowd's included.
    pub const fn len(&self) -> usize {
        self.slab.len()
    }

    /// The owners of the orders that rest, in no order; the crowd is none.
    pub fn owners(&self) -> impl Iterator<Item = u32> {
        self.slab.resting().map(|entry| entry.owner).filter(|owner| *owner != PUBLIC)
    }

    /// True when nothing rests.
    pub const fn is_empty(&self) -> bool {
        self.slab.len() == 0
    }

    /// Changes the grid (`shared/venue.md` 3.8). On a finer grid that holds the old one everything
    /// stays, with its slot and its priority. Orders off the new grid leave the book and are handed
    /// back: bids before asks, lowest price first, first come first. The crowd's entries off the grid
    /// leave without a word.
    pub fn retick(&mut self, tick: Tick) -> Vec<Removed> {
        let mut removed = Vec::new();
        for side in [Side::Buy, Side::Sell] {
            for (price, mut queue) in ladder_of_mut(&mut self.ladders, side).retick(tick) {
                while let Some(slot) = self.slab.first(&queue) {
                    if let Some(entry) = self.slab.get(slot).filter(|e| e.owner != PUBLIC) {
                        let (owner, size) = (entry.owner, entry.size);
                        removed.push(Removed { slot, owner, side, price, size });
                    }
                    self.slab.unlink(&mut queue, slot);
                }
            }
        }
        removed
    }

    /// Lets an order rest behind all others at its price. `side` and `price` are in index-0 terms,
    /// `owner` is the caller's number for the order. Whether it crosses is not looked at.
    ///
    /// # Errors
    /// On a price off the grid, a size that is not above zero or outgrows the level, or [`PUBLIC`] as the
    /// owner.
    pub fn rest(
        &mut self,
        side: Side,
        price: Price,
        size: Shares,
        owner: u32,
    ) -> Result<Slot, RestingError> {
        if owner == PUBLIC {
            return Err(RestingError::Owner);
        }
        self.join(side, price, size, owner)
    }

    /// Puts an entry at the back of its queue.
    fn join(
        &mut self,
        side: Side,
        price: Price,
        size: Shares,
        owner: u32,
    ) -> Result<Slot, RestingError> {
        if !size.is_positive() {
            return Err(RestingError::Size(size));
        }
        let total = self.displayed(side, price).micros().checked_add(size.micros());
        if total.is_none() {
            return Err(RestingError::Size(size));
        }
        let ladder = ladder_of_mut(&mut self.ladders, side);
        let queue = ladder.get_mut_or_default(price)?;
        let slot = self.slab.push(queue, (side, price), size, owner);
        if queue.is_empty() {
            ladder.take(price);
        }
        slot.ok_or(RestingError::Full)
    }

    /// Takes an order out and tells what remained of it: zero when it had left before.
    pub fn remove(&mut self, slot: Slot) -> Shares {
        let Some((side, price, size, owner)) = self.told(slot) else { return Shares::ZERO };
        let ladder = ladder_of_mut(&mut self.ladders, side);
        if let Some(queue) = ladder.get_mut(price) {
            if owner == PUBLIC {
                queue.public -= size;
            }
            self.slab.unlink(queue, slot);
            if queue.is_empty() {
                ladder.take(price);
            }
        }
        size
    }

    /// Takes `by` from an order, which keeps its place, and tells what remains. An order of which nothing
    /// remains leaves the book.
    ///
    /// # Errors
    /// When `by` is negative, or more than remains; nothing is changed then.
    pub fn reduce(&mut self, slot: Slot, by: Shares) -> Result<Shares, RestingError> {
        if by < Shares::ZERO {
            return Err(RestingError::Size(by));
        }
        let remaining = self.remaining(slot);
        if by > remaining {
            return Err(RestingError::TooMuch { by, remaining });
        }
        if by == remaining {
            self.remove(slot);
            return Ok(Shares::ZERO);
        }
        if let Some((side, price, _, owner)) = self.told(slot)
            && let Some(queue) = ladder_of_mut(&mut self.ladders, side).get_mut(price)
        {
            if owner == PUBLIC {
                queue.public -= by;
            }
            self.slab.shrink(queue, slot, by);
        }
        Ok(remaining - by)
    }

    /// What remains of an order: zero when it left.
    pub fn remaining(&self, slot: Slot) -> Shares {
        self.slab.get(slot).map_or(Shares::ZERO, |entry| entry.size)
    }

    /// The best displayed level of `side`: the highest bid or the lowest ask.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.levels(side).next()
    }

    /// Shares displayed on `side` at `price`; zero where nothing rests, as off the grid.
    pub fn displayed(&self, side: Side, price: Price) -> Shares {
        ladder_of(&self.ladders, side).get(price).map_or(Shares::ZERO, |queue| queue.total)
    }

    /// Whether an incoming order of `side` at `price` would trade with what rests on the other side.
    pub fn crosses(&self, side: Side, price: Price) -> bool {
        self.best(side.opposite()).is_some_and(|level| match side {
            Side::Buy => level.price <= price,
            Side::Sell => level.price >= price,
        })
    }

    /// The book as it is displayed, with `at` as both of its times.
    pub fn displayed_book(&self, at: Time) -> Book {
        let (bids, asks) = (self.levels(Side::Buy).collect(), self.levels(Side::Sell).collect());
        Book::from_view(Outcome::First, (at, at), bids, asks)
            .expect("a ladder tells each price once, and what rests is above zero")
    }

    /// Side, price, size and owner of a resting order.
    fn told(&self, slot: Slot) -> Option<(Side, Price, Shares, u32)> {
        self.slab.get(slot).map(|entry| (entry.side, entry.price, entry.size, entry.owner))
    }
}
