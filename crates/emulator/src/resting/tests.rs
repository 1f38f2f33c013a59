//! The resting book against the slow one: random streams of commands, compared after every command.

pub(crate) mod dice;
mod slow;

use super::*;
use dice::{Dice, cases};
use slow::{Bug, SlowBook};

const COMMANDS: u64 = 30;

fn price(micros: u32) -> Price {
    Price::from_micros(micros).expect("a price")
}

fn tick(micros: u32) -> Tick {
    Tick::from_micros(micros).expect("a tick")
}

fn lots(count: i64) -> Shares {
    Shares::from_micros(count * 10_000)
}

/// What a stream did, by kind, to see that nothing is tested only in name.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    compared: u64,
    rested: u64,
    refused: u64,
    removed: u64,
    reduced: u64,
    fills: u64,
    crowd: u64,
    reticked: u64,
    fallen: u64,
    stale: u64,
}

struct Pair {
    fast: RestingBook,
    slow: SlowBook,
    /// Every order ever made, by its owner's number.
    slots: Vec<Slot>,
    seen: Seen,
}

/// Fails the stream, telling what differs.
macro_rules! same {
    ($fast:expr, $slow:expr, $what:literal) => {{
        let (fast, slow) = (&$fast, &$slow);
        if fast != slow {
            return Err(format!("{}: {fast:?}, slowly {slow:?}", $what));
        }
    }};
}

impl Pair {
    fn a_price(&self, dice: &mut Dice) -> Price {
        let step = self.slow.tick.micros();
        // Two crowded places, where named orders and the crowd come to stand between each other.
        let near = if dice.chance(75) { dice.between(0, 1) } else { dice.between(-4, 4) };
        let near = u32::try_from(near + 8).expect("positive");
        let on = (400_000 / step + near) * step;
        price(if dice.chance(3) { on + 1 } else { on })
    }

    fn step(&mut self, dice: &mut Dice) -> Result<(), String> {
        let side = dice.pick(&[Side::Buy, Side::Sell]);
        let at = self.a_price(dice);
        match dice.between(0, 99) {
            0..=34 => self.rest(dice, side, at)?,
            35..=44 => self.remove(dice)?,
            45..=54 => self.reduce(dice)?,
            55..=69 => self.take(dice, side, at)?,
            70..=96 => self.crowd(dice, side, at)?,
            97 => {
                self.fast.clear_public();
                self.slow.clear_public();
            }
            _ => self.retick(dice)?,
        }
        self.compare(side, at)
    }

    fn rest(&mut self, dice: &mut Dice, side: Side, at: Price) -> Result<(), String> {
        let size = lots(dice.between(0, 12));
        let owner = u32::try_from(self.slots.len()).expect("few");
        match self.fast.rest(side, at, size, owner) {
            Ok(slot) => {
                same!((at.is_on(self.slow.tick), size.is_positive()), (true, true), "accepted");
                self.slots.push(slot);
                self.slow.rest(side, at, size, owner);
                self.seen.rested += 1;
            }
            Err(error) => {
                let off = OffGrid { price: at, tick: self.slow.tick };
                let why = if size.is_zero() { RestingError::Size(size) } else { off.into() };
                same!(error, why, "refusal");
                self.seen.refused += 1;
            }
        }
        Ok(())
    }

    /// Some order that was ever made, so that slots of orders long gone are asked for too.
    fn some_order(&mut self, dice: &mut Dice) -> Option<(u32, Slot)> {
        let place = dice.place(self.slots.len())?;
        let owner = u32::try_from(place).expect("few");
        if self.slow.remaining(owner).is_zero() {
            self.seen.stale += 1;
        }
        Some((owner, self.slots[place]))
    }

    fn remove(&mut self, dice: &mut Dice) -> Result<(), String> {
        let Some((owner, slot)) = self.some_order(dice) else { return Ok(()) };
        same!(self.fast.remove(slot), self.slow.remaining(owner), "removed");
        self.slow.remove(owner);
        self.seen.removed += 1;
        Ok(())
    }

    fn reduce(&mut self, dice: &mut Dice) -> Result<(), String> {
        let Some((owner, slot)) = self.some_order(dice) else { return Ok(()) };
        let (by, remaining) = (lots(dice.between(0, 8)), self.slow.remaining(owner));
        match self.fast.reduce(slot, by) {
            Ok(left) => {
                same!(left, remaining - by, "left");
                let order = self.slow.orders.iter().find(|o| o.owner == owner).map(|o| o.arrival);
                if let Some(arrival) = order {
                    self.slow.reduce(arrival, by);
                }
                self.seen.reduced += 1;
            }
            Err(error) => same!(error, RestingError::TooMuch { by, remaining }, "refusal"),
        }
        Ok(())
    }

    /// An incoming order takes what it can get, as the venue engine does.
    fn take(&mut self, dice: &mut Dice, taker: Side, limit: Price) -> Result<(), String> {
        let mut left = lots(dice.between(1, 30));
        let plan: Vec<_> = self.fast.candidates(taker, limit).collect();
        let slowly = self.slow.candidates(taker, limit);
        same!(plan.len(), slowly.len(), "candidates");
        for ((slot, owner, at, size), (arrival, slow_owner, slow_at, slow_size)) in
            plan.into_iter().zip(slowly)
        {
            same!((owner, at, size), (slow_owner, slow_at, slow_size), "fill");
            let part = left.min(size);
            same!(self.fast.reduce(slot, part), Ok(size - part), "filled");
            self.slow.reduce(arrival, part);
            left -= part;
            self.seen.fills += 1;
            if left.is_zero() {
                break;
            }
        }
        Ok(())
    }

    fn crowd(&mut self, dice: &mut Dice, side: Side, at: Price) -> Result<(), String> {
        let size = match dice.between(0, 2) {
            0 => lots(dice.between(0, 20)),
            _ => (self.slow.public(side, at) + lots(dice.between(-4, 6))).or_zero(),
        };
        let told = self.fast.set_public(side, at, size);
        if at.is_on(self.slow.tick) {
            same!(told, Ok(()), "crowd");
            self.slow.set_public(side, at, size);
            self.seen.crowd += 1;
        } else {
            let off = OffGrid { price: at, tick: self.slow.tick };
            same!(told, Err(RestingError::OffGrid(off)), "crowd off the grid");
        }
        Ok(())
    }

    fn retick(&mut self, dice: &mut Dice) -> Result<(), String> {
        let to = tick(dice.pick(&[10_000, 5_000, 2_500, 1_000]));
        let removed = self.fast.retick(to);
        let told: Vec<_> = removed.iter().map(|r| (r.side, r.price, r.owner, r.size)).collect();
        same!(told, self.slow.retick(to), "off the new grid");
        for gone in &removed {
            let index = usize::try_from(gone.owner).expect("small");
            same!(gone.slot, self.slots[index], "slot");
            same!(self.fast.remaining(gone.slot), Shares::ZERO, "gone");
        }
        self.seen.reticked += 1;
        self.seen.fallen += u64::try_from(removed.len()).expect("few");
        Ok(())
    }

    fn compare(&mut self, side: Side, at: Price) -> Result<(), String> {
        let (fast, slow) = (&self.fast, &self.slow);
        same!(fast.len(), slow.orders.len(), "length");
        same!(fast.displayed(side, at), slow.displayed(side, at), "displayed");
        same!(fast.public(side, at), slow.public(side, at), "public");
        for taker in [side, side.opposite()] {
            let mut candidates = fast.candidates(taker, at);
            let slowly = slow.candidates(taker, at);
            same!(fast.crosses(taker, at), !slowly.is_empty(), "crosses");
            for (_, owner, at, size) in slowly {
                let told = candidates.next().map(|(slot, o, p, s)| (o, p, s, fast.remaining(slot)));
                same!(told, Some((owner, at, size, size)), "candidate");
            }
            same!(candidates.next(), None, "one candidate more");
        }
        self.seen.compared += 1;
        Ok(())
    }

    fn compare_whole(&self) -> Result<(), String> {
        for side in [Side::Buy, Side::Sell] {
            let levels: Vec<_> = self.fast.levels(side).map(|l| (l.price, l.size)).collect();
            same!(levels, self.slow.levels(side), "levels");
            let book = self.fast.displayed_book(Time::from_secs(7));
            same!(book.resting(side), self.fast.levels(side).collect::<Vec<_>>(), "book");
            same!(self.fast.best(side), book.best(side), "best");
        }
        let mut owners: Vec<u32> = self.fast.owners().collect();
        owners.sort_unstable();
        let slowly = self.slow.orders.iter().map(|order| order.owner);
        let mut slowly: Vec<u32> = slowly.filter(|owner| *owner != PUBLIC).collect();
        slowly.sort_unstable();
        same!(owners, slowly, "owners");
        for (owner, slot) in (0..).zip(&self.slots) {
            same!(self.fast.remaining(*slot), self.slow.remaining(owner), "remaining");
        }
        Ok(())
    }
}

/// One stream; what it did, or the first difference.
fn stream(seed: u64, bug: Bug) -> Result<Seen, String> {
    let mut dice = Dice::new(seed);
    let grid = tick(dice.pick(&[10_000, 1_000]));
    let (fast, slow) = (RestingBook::new(grid), SlowBook::new(grid, bug));
    let mut pair = Pair { fast, slow, slots: Vec::new(), seen: Seen::default() };
    for _ in 0..COMMANDS {
        pair.step(&mut dice)?;
    }
    pair.compare_whole()?;
    Ok(pair.seen)
}

#[test]
fn the_book_answers_as_the_slow_one_does() {
    let streams = cases(40_000);
    let mut all = Seen::default();
    for seed in 0..streams {
        let seen = stream(seed, Bug::None).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        all.compared += seen.compared;
        all.rested += seen.rested;
        all.refused += seen.refused;
        all.removed += seen.removed;
        all.reduced += seen.reduced;
        all.fills += seen.fills;
        all.crowd += seen.crowd;
        all.reticked += seen.reticked;
        all.fallen += seen.fallen;
        all.stale += seen.stale;
    }
    assert_eq!(all.compared, streams * COMMANDS, "{all:?}");
    let Seen { rested, refused, removed, reduced, fills, crowd, reticked, fallen, stale, .. } = all;
    for count in [rested, refused, removed, reduced, fills, crowd, reticked, fallen, stale] {
        assert!(count > streams / 10, "{all:?}");
    }
}

#[test]
fn a_planted_bug_is_noticed() {
    use Bug::{CrowdLeavesInFront, Lifo, LimitIsOut, OffGridStays, ReducedLosesItsPlace};
    for bug in [Lifo, CrowdLeavesInFront, ReducedLosesItsPlace, LimitIsOut, OffGridStays] {
        let noticed = (0..2_000).filter(|seed| stream(*seed, bug).is_err()).count();
        assert!(noticed > 40, "{bug:?} noticed in {noticed} of 2,000 streams");
    }
    assert_eq!((0..2_000).filter(|seed| stream(*seed, Bug::None).is_err()).count(), 0);
}

#[test]
fn a_named_order_advances_only_as_the_crowd_ahead_leaves() {
    let mut book = RestingBook::new(Tick::CENT);
    let at = price(480_000);
    book.set_public(Side::Buy, at, lots(100)).unwrap();
    let mine = book.rest(Side::Buy, at, lots(10), 7).unwrap();
    book.set_public(Side::Buy, at, lots(130)).unwrap();
    let queue = |book: &RestingBook| -> Vec<(u32, Shares)> {
        book.candidates(Side::Sell, at).map(|(_, owner, _, size)| (owner, size)).collect()
    };
    assert_eq!(queue(&book), [(PUBLIC, lots(100)), (7, lots(10)), (PUBLIC, lots(30))]);
    book.set_public(Side::Buy, at, lots(90)).unwrap();
    assert_eq!(queue(&book), [(PUBLIC, lots(90)), (7, lots(10))]);
    assert_eq!(book.displayed(Side::Buy, at), lots(100));
    book.clear_public();
    assert_eq!(queue(&book), [(7, lots(10))]);
    assert_eq!(book.remove(mine), lots(10));
    assert!(book.is_empty());
    assert_eq!(book.best(Side::Buy), None);
}

#[test]
fn what_cannot_rest_is_refused_and_changes_nothing() {
    let mut book = RestingBook::new(Tick::CENT);
    let at = price(480_000);
    let huge = Shares::from_micros(i64::MAX);
    assert_eq!(book.rest(Side::Buy, at, lots(1), PUBLIC), Err(RestingError::Owner));
    assert_eq!(book.rest(Side::Buy, at, -lots(1), 1), Err(RestingError::Size(-lots(1))));
    assert_eq!(book.set_public(Side::Buy, at, -lots(1)), Err(RestingError::Size(-lots(1))));
    assert!(book.is_empty());
    let slot = book.rest(Side::Buy, at, huge, 1).unwrap();
    assert_eq!(book.rest(Side::Buy, at, lots(1), 2), Err(RestingError::Size(lots(1))));
    assert_eq!(book.set_public(Side::Buy, at, lots(1)), Err(RestingError::Size(lots(1))));
    assert_eq!(book.reduce(slot, -lots(1)), Err(RestingError::Size(-lots(1))));
    assert_eq!((book.len(), book.displayed(Side::Buy, at)), (1, huge));
}
