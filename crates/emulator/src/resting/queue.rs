//! The memory of resting orders: one slab of entries for both sides of a market, threaded into first-in
//! first-out queues, one per price. No entry moves while it rests, and freed ones are used again.

use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};

/// The end of a chain.
const NONE: u32 = u32::MAX;

/// Where an order rests, until it leaves. A slot that was freed and filled again is another slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    index: u32,
    turn: u32,
}

/// One resting order, 32 bytes. A free entry is threaded by `next` and has an odd `turn`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) size: Shares,
    pub(super) price: Price,
    pub(super) owner: u32,
    prev: u32,
    next: u32,
    /// Counts how often the entry was taken and freed.
    turn: u32,
    pub(super) side: Side,
}

/// The orders at one price, first come first, and their sums.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    head: u32,
    tail: u32,
    /// The sum of all sizes.
    pub(super) total: Shares,
    /// The part of `total` that the crowd owns.
    pub(super) public: Shares,
}

impl Default for Queue {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, total: Shares::ZERO, public: Shares::ZERO }
    }
}

impl Queue {
    /// True when nothing rests here any more.
    pub(super) const fn is_empty(&self) -> bool {
        self.head == NONE
    }
}

/// All entries of a market, resting and free.
#[derive(Clone, Debug)]
pub(super) struct Slab {
    entries: Vec<Entry>,
    free: u32,
    live: usize,
}

impl Slab {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), free: NONE, live: 0 }
    }

    /// How many entries rest.
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// All that rest, in no order.
    pub(super) fn resting(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.turn.is_multiple_of(2))
    }

    /// The entry of a slot; `None` once it left.
    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.index as usize).filter(|entry| entry.turn == slot.turn)
    }

    fn at(&self, index: u32) -> &Entry {
        self.entries.get(index as usize).expect("a link leads to an entry")
    }

    fn at_mut(&mut self, index: u32) -> &mut Entry {
        self.entries.get_mut(index as usize).expect("a link leads to an entry")
    }

    fn slot(&self, index: u32) -> Option<Slot> {
        (index != NONE).then(|| Slot { index, turn: self.at(index).turn })
    }

    /// The first of a queue.
    pub(super) fn first(&self, queue: &Queue) -> Option<Slot> {
        self.slot(queue.head)
    }

    /// The last of a queue.
    pub(super) fn last(&self, queue: &Queue) -> Option<Slot> {
        self.slot(queue.tail)
    }

    /// The one behind in the same queue.
    pub(super) fn behind(&self, slot: Slot) -> Option<Slot> {
        self.slot(self.get(slot)?.next)
    }

    /// The one ahead in the same queue.
    pub(super) fn ahead(&self, slot: Slot) -> Option<Slot> {
        self.slot(self.get(slot)?.prev)
    }

    /// Puts an order at the back of a queue. `None` when no number is left for it, at four thousand
    /// million orders at once.
    pub(super) fn push(
        &mut self,
        queue: &mut Queue,
        (side, price): (Side, Price),
        size: Shares,
        owner: u32,
    ) -> Option<Slot> {
        let prev = queue.tail;
        let index = if self.free == NONE {
            let index = u32::try_from(self.entries.len()).ok().filter(|index| *index != NONE)?;
            self.entries.push(Entry { size, price, owner, prev, next: NONE, turn: 0, side });
            index
        } else {
            let index = self.free;
            let entry = self.at_mut(index);
            let (next_free, turn) = (entry.next, entry.turn.wrapping_add(1));
            *entry = Entry { size, price, owner, prev, next: NONE, turn, side };
            self.free = next_free;
            index
        };
        match prev {
            NONE => queue.head = index,
            prev => self.at_mut(prev).next = index,
        }
        queue.tail = index;
        queue.total += size;
        self.live += 1;
        self.slot(index)
    }

    /// Makes a resting order larger where it stands; its queue's total grows with it.
    pub(super) fn grow(&mut self, queue: &mut Queue, slot: Slot, by: Shares) {
        self.at_mut(slot.index).size += by;
        queue.total += by;
    }

    /// Makes a resting order smaller; the caller has seen that more than `by` is there.
    pub(super) fn shrink(&mut self, queue: &mut Queue, slot: Slot, by: Shares) {
        self.at_mut(slot.index).size -= by;
        queue.total -= by;
    }

    /// Takes a resting order out of its queue and frees its entry.
    pub(super) fn unlink(&mut self, queue: &mut Queue, slot: Slot) {
        let free = self.free;
        let entry = self.at_mut(slot.index);
        let (prev, next, size) = (entry.prev, entry.next, entry.size);
        entry.turn = entry.turn.wrapping_add(1);
        entry.next = free;
        self.free = slot.index;
        match prev {
            NONE => queue.head = next,
            prev => self.at_mut(prev).next = next,
        }
        match next {
            NONE => queue.tail = prev,
            next => self.at_mut(next).prev = prev,
        }
        queue.total -= size;
        self.live -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resting_order_takes_half_a_cache_line() {
        assert_eq!(size_of::<Entry>(), 32);
        assert_eq!(size_of::<Queue>(), 24);
    }
}
