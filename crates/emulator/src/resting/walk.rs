//! Reading a resting book in priority order, without copying it.

use super::queue::{Queue, Slab, Slot};
use super::{RestingBook, ladder_of};
use betteroms_core::book::Level;
use betteroms_core::ladder::{Ladder, Levels as Slots};
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};

/// The displayed levels of one side, best first.
#[derive(Clone, Debug)]
pub struct Levels<'a> {
    slots: Slots<'a, Queue>,
    side: Side,
}

impl Iterator for Levels<'_> {
    type Item = Level;

    fn next(&mut self) -> Option<Level> {
        let (price, queue) = match self.side {
            Side::Buy => self.slots.next_back(),
            Side::Sell => self.slots.next(),
        }?;
        Some(Level { price, size: queue.total })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.slots.size_hint()
    }
}

impl ExactSizeIterator for Levels<'_> {}

/// What an incoming order can trade with, in the order in which it does: best price first, at one price
/// first come first.
#[derive(Clone, Debug)]
pub struct Candidates<'a> {
    ladder: &'a Ladder<Queue>,
    slab: &'a Slab,
    /// The side that rests.
    resting: Side,
    limit: Price,
    next: Option<(Slot, Price)>,
}

impl Candidates<'_> {
    /// The first order of the best level that is `from` or worse and still within the limit.
    fn first_of_level(&self, from: Option<Price>) -> Option<(Slot, Price)> {
        let (price, within) = match self.resting {
            Side::Buy => {
                let price = self.ladder.at_or_below(from?)?;
                (price, price >= self.limit)
            }
            Side::Sell => {
                let price = self.ladder.at_or_above(from?)?;
                (price, price <= self.limit)
            }
        };
        let queue = self.ladder.get(price).filter(|_| within)?;
        self.slab.first(queue).map(|slot| (slot, price))
    }
}

impl Iterator for Candidates<'_> {
    type Item = (Slot, u32, Price, Shares);

    fn next(&mut self) -> Option<Self::Item> {
        let (slot, price) = self.next?;
        let entry = self.slab.get(slot)?;
        let worse = match self.resting {
            Side::Buy => price.micros().checked_sub(1),
            Side::Sell => price.micros().checked_add(1),
        };
        self.next = match self.slab.behind(slot) {
            Some(behind) => Some((behind, price)),
            None => self.first_of_level(worse.and_then(Price::from_micros)),
        };
        Some((slot, entry.owner, price, entry.size))
    }
}

impl RestingBook {
    /// The displayed levels of `side`, best first: bids from the highest, asks from the lowest.
    pub fn levels(&self, side: Side) -> Levels<'_> {
        Levels { slots: ladder_of(&self.ladders, side).ascending(), side }
    }

    /// What an incoming order of `taker` with `limit` (both in index-0 terms) would trade with, in
    /// priority order, the crowd's entries with owner [`super::PUBLIC`] among them. It only reads: a dry
    /// run for fill-or-kill, and the plan of fills that [`RestingBook::reduce`] then carries out.
    pub fn candidates(&self, taker: Side, limit: Price) -> Candidates<'_> {
        let resting = taker.opposite();
        let ladder = ladder_of(&self.ladders, resting);
        let best = match resting {
            Side::Buy => ladder.best_high(),
            Side::Sell => ladder.best_low(),
        };
        let mut walk = Candidates { ladder, slab: &self.slab, resting, limit, next: None };
        walk.next = walk.first_of_level(best);
        walk
    }
}
