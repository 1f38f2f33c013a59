//! The recorded crowd's part of a book. A recording tells only what a level held in all, so the crowd
//! rests as entries without a name between the named orders: what it adds joins the back, and what it
//! takes away leaves from its own back. A named order behind the crowd thus advances only when the part
//! of the crowd ahead of it shrinks, the stricter reading of `shared/venue.md` 12.2.

use super::{RestingBook, RestingError, ladder_of, ladder_of_mut};
use betteroms_core::ladder::OffGrid;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};

/// The owner of the crowd's entries.
pub const PUBLIC: u32 = u32::MAX;

impl RestingBook {
    /// Shares of the crowd on `side` at `price`, in index-0 terms.
    pub fn public(&self, side: Side, price: Price) -> Shares {
        ladder_of(&self.ladders, side).get(price).map_or(Shares::ZERO, |queue| queue.public)
    }

    /// Sets what the crowd holds on `side` at `price`, in index-0 terms. What is more than before joins
    /// the back of the queue; where the crowd is last there already, it joins that entry. What is less
    /// leaves from the newest of the crowd's entries. Whether the level crosses is not looked at.
    ///
    /// # Errors
    /// On a price off the grid, or a size that is negative or outgrows the level; nothing is changed then.
    pub fn set_public(
        &mut self,
        side: Side,
        price: Price,
        size: Shares,
    ) -> Result<(), RestingError> {
        if size < Shares::ZERO {
            return Err(RestingError::Size(size));
        }
        let tick = self.tick();
        if !price.is_on(tick) {
            return Err(OffGrid { price, tick }.into());
        }
        let before = self.public(side, price);
        if size > before {
            self.grow_public(side, price, size - before)?;
        } else if size < before {
            self.shrink_public(side, price, before - size);
        }
        Ok(())
    }

    /// Takes the whole crowd out of the book; named orders keep their order among themselves.
    pub fn clear_public(&mut self) {
        for side in [Side::Buy, Side::Sell] {
            let mut next = ladder_of(&self.ladders, side).best_low();
            while let Some(price) = next {
                self.shrink_public(side, price, self.public(side, price));
                let above = price.micros().checked_add(1).and_then(Price::from_micros);
                next = above.and_then(|above| ladder_of(&self.ladders, side).at_or_above(above));
            }
        }
    }

    fn grow_public(&mut self, side: Side, price: Price, by: Shares) -> Result<(), RestingError> {
        if self.displayed(side, price).micros().checked_add(by.micros()).is_none() {
            return Err(RestingError::Size(by));
        }
        let queue = ladder_of_mut(&mut self.ladders, side).get_mut(price);
        let last = queue.and_then(|queue| {
            let last = self.slab.last(queue)?;
            self.slab.get(last).is_some_and(|e| e.owner == PUBLIC).then_some((queue, last))
        });
        if let Some((queue, last)) = last {
            queue.public += by;
            self.slab.grow(queue, last, by);
            return Ok(());
        }
        self.join(side, price, by, PUBLIC)?;
        if let Some(queue) = ladder_of_mut(&mut self.ladders, side).get_mut(price) {
            queue.public += by;
        }
        Ok(())
    }

    /// Takes `by`, which is no more than the crowd has there, from the crowd's newest entries.
    fn shrink_public(&mut self, side: Side, price: Price, by: Shares) {
        let ladder = ladder_of_mut(&mut self.ladders, side);
        let Some(queue) = ladder.get_mut(price) else { return };
        queue.public -= by;
        let (mut left, mut at) = (by, self.slab.last(queue));
        while let Some(slot) = at.filter(|_| left.is_positive()) {
            at = self.slab.ahead(slot);
            let Some(entry) = self.slab.get(slot).filter(|e| e.owner == PUBLIC) else { continue };
            let size = entry.size;
            if size > left {
                self.slab.shrink(queue, slot, left);
                left = Shares::ZERO;
            } else {
                self.slab.unlink(queue, slot);
                left -= size;
            }
        }
        if queue.is_empty() {
            ladder.take(price);
        }
    }
}
