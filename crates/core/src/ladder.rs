//! A price ladder: one slot per price of a tick grid, found by division instead of by search. Prices
//! lie on at most 10,000 levels, so this beats a tree in time and in memory traffic.
//!
//! What stands in a slot is the caller's: a queue of orders, a total, anything with an empty value. A
//! ladder that was never written to holds no memory, so thousands of idle markets cost nothing; after
//! the first write nothing here allocates until the grid changes.

mod bits;

use crate::money::{Price, Tick};
use bits::Bits;

/// Slots by price on the grid of one tick.
#[derive(Clone, Debug)]
pub struct Ladder<T> {
    tick: Tick,
    len: usize,
    /// Slot `i` belongs to the price `i` ticks; a slot that is not occupied holds the empty value.
    slots: Vec<T>,
    occupied: Bits,
}

/// A price that is not a whole number of ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("price {price} is not on the grid of {tick}")]
pub struct OffGrid {
    /// The price.
    pub price: Price,
    /// The tick of the grid.
    pub tick: Tick,
}

impl<T> Ladder<T> {
    /// An empty ladder, without memory of its own.
    pub fn new(tick: Tick) -> Self {
        Self { tick, len: 0, slots: Vec::new(), occupied: Bits::default() }
    }

    /// The step of the grid.
    pub const fn tick(&self) -> Tick {
        self.tick
    }

    /// How many slots are occupied.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when no slot is occupied.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The lowest occupied price.
    pub fn best_low(&self) -> Option<Price> {
        self.occupied.at_or_above(0).map(|index| self.price(index))
    }

    /// The highest occupied price.
    pub fn best_high(&self) -> Option<Price> {
        self.occupied.at_or_below(usize::MAX).map(|index| self.price(index))
    }

    /// The lowest occupied price that is `from` or more. `from` need not be on the grid.
    pub fn at_or_above(&self, from: Price) -> Option<Price> {
        let index = from.micros().div_ceil(self.tick.micros()) as usize;
        self.occupied.at_or_above(index).map(|index| self.price(index))
    }

    /// The highest occupied price that is `from` or less. `from` need not be on the grid.
    pub fn at_or_below(&self, from: Price) -> Option<Price> {
        let index = (from.micros() / self.tick.micros()) as usize;
        self.occupied.at_or_below(index).map(|index| self.price(index))
    }

    /// What stands at `price`; `None` where nothing does, as off the grid.
    pub fn get(&self, price: Price) -> Option<&T> {
        let index = self.occupied_index(price)?;
        self.slots.get(index)
    }

    /// What stands at `price`, to be changed; `None` where nothing does, as off the grid.
    pub fn get_mut(&mut self, price: Price) -> Option<&mut T> {
        let index = self.occupied_index(price)?;
        self.slots.get_mut(index)
    }

    /// Occupied prices and what stands there, lowest first; `rev` turns it round.
    pub fn ascending(&self) -> Levels<'_, T> {
        Levels { ladder: self, low: 0, high: self.slots.len(), left: self.len }
    }

    /// Occupied prices and what stands there, highest first.
    pub fn descending(&self) -> std::iter::Rev<Levels<'_, T>> {
        self.ascending().rev()
    }

    fn index(&self, price: Price) -> Result<usize, OffGrid> {
        if price.is_on(self.tick) {
            Ok((price.micros() / self.tick.micros()) as usize)
        } else {
            Err(OffGrid { price, tick: self.tick })
        }
    }

    fn occupied_index(&self, price: Price) -> Option<usize> {
        self.index(price).ok().filter(|index| self.occupied.contains(*index))
    }

    /// The price of an occupied slot.
    fn price(&self, index: usize) -> Price {
        let ticks = u32::try_from(index).ok();
        let micros = ticks.and_then(|ticks| ticks.checked_mul(self.tick.micros()));
        micros.and_then(Price::from_micros).expect("a slot is occupied through its price")
    }
}

impl<T: Default> Ladder<T> {
    /// What stands at `price`, to be changed; where nothing did, the empty value now does.
    ///
    /// # Errors
    /// On a price off the grid.
    pub fn get_mut_or_default(&mut self, price: Price) -> Result<&mut T, OffGrid> {
        let index = self.index(price)?;
        if self.slots.is_empty() {
            self.make_room();
        }
        if !self.occupied.contains(index) {
            self.occupied.add(index);
            self.len += 1;
        }
        Ok(self.slots.get_mut(index).expect("there is a slot for every price of the grid"))
    }

    /// Puts `value` at `price` and hands back what stood there.
    ///
    /// # Errors
    /// On a price off the grid.
    pub fn insert(&mut self, price: Price, value: T) -> Result<Option<T>, OffGrid> {
        let stood = self.occupied_index(price).is_some();
        let before = std::mem::replace(self.get_mut_or_default(price)?, value);
        Ok(stood.then_some(before))
    }

    /// Empties the slot at `price` and hands over what stood there; `None` where nothing did.
    pub fn take(&mut self, price: Price) -> Option<T> {
        let index = self.occupied_index(price)?;
        let value = std::mem::take(self.slots.get_mut(index)?);
        self.occupied.remove(index);
        self.len -= 1;
        Some(value)
    }

    /// Empties every slot and keeps the memory.
    pub fn clear(&mut self) {
        while let Some(low) = self.best_low() {
            drop(self.take(low));
        }
    }

    /// Changes the grid. What stands on a price of the new grid stays; the rest is handed back, lowest
    /// price first. On a grid that divides the old one nothing is handed back.
    pub fn retick(&mut self, tick: Tick) -> Vec<(Price, T)> {
        if tick == self.tick {
            return Vec::new();
        }
        let mut new = Self::new(tick);
        let mut fallen = Vec::new();
        while let Some(low) = self.best_low() {
            let Some(value) = self.take(low) else { break };
            match new.get_mut_or_default(low) {
                Ok(slot) => *slot = value,
                Err(OffGrid { .. }) => fallen.push((low, value)),
            }
        }
        *self = new;
        fallen
    }

    fn make_room(&mut self) {
        // Slot 0 stays empty: no price is zero. It spares a subtraction at every look-up.
        let count = (999_999 / self.tick.micros()) as usize + 1;
        self.slots.resize_with(count, T::default);
        self.occupied.make_room(count);
    }
}

/// The occupied prices of a ladder, from either end.
#[derive(Clone, Debug)]
pub struct Levels<'a, T> {
    ladder: &'a Ladder<T>,
    /// The first index not yet told from below.
    low: usize,
    /// One above the last index not yet told from above.
    high: usize,
    left: usize,
}

impl<'a, T> Levels<'a, T> {
    fn level(&mut self, index: usize) -> Option<(Price, &'a T)> {
        self.left -= 1;
        self.ladder.slots.get(index).map(|value| (self.ladder.price(index), value))
    }
}

impl<'a, T> Iterator for Levels<'a, T> {
    type Item = (Price, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let index = self.ladder.occupied.at_or_above(self.low)?;
        self.low = index + 1;
        self.level(index)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> DoubleEndedIterator for Levels<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let index = self.ladder.occupied.at_or_below(self.high.checked_sub(1)?)?;
        self.high = index;
        self.level(index)
    }
}

impl<T> ExactSizeIterator for Levels<'_, T> {}
