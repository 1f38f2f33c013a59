//! The price ladder against a tree that does the same slowly, on seeded random streams over every grid
//! of the venue.

use crate::story::{Dice, cases};
use betteroms_core::ladder::{Ladder, OffGrid};
use betteroms_core::money::{Price, Tick};
use std::collections::BTreeMap;

const COMMANDS: i64 = 200;

fn price(micros: u32) -> Price {
    Price::from_micros(micros).expect("a price")
}

fn tick(micros: u32) -> Tick {
    Tick::from_micros(micros).expect("a tick")
}

/// The grids of `shared/venue.md` 3.6, and one that leaves a rest of a dollar.
fn a_tick(dice: &mut Dice) -> Tick {
    tick(dice.pick(&[100_000, 10_000, 5_000, 2_500, 1_000, 100, 70_000]))
}

/// Mostly prices on the grid, with the ends and crowded places among them.
fn a_price(dice: &mut Dice, tick: Tick) -> Price {
    let last = i64::from(999_999 / tick.micros());
    let ticks = match dice.between(0, 9) {
        0 => 1,
        1 => last,
        2..=5 => dice.between(1, last.min(70)),
        _ => dice.between(1, last),
    };
    let on = u32::try_from(ticks).expect("small") * tick.micros();
    price(if dice.chance(5) { (on + 1).min(999_999) } else { on })
}

struct Pair {
    fast: Ladder<u32>,
    slow: BTreeMap<Price, u32>,
    compared: u64,
}

impl Pair {
    fn step(&mut self, dice: &mut Dice) {
        let at = a_price(dice, self.fast.tick());
        let value = u32::try_from(dice.between(1, 1_000_000)).expect("small");
        let off = OffGrid { price: at, tick: self.fast.tick() };
        let on = at.is_on(self.fast.tick());
        match dice.between(0, 99) {
            0..=39 => {
                let before = on.then(|| self.slow.insert(at, value)).ok_or(off);
                assert_eq!(self.fast.insert(at, value), before);
            }
            40..=59 => {
                let slot = self.fast.get_mut_or_default(at).map(|slot| {
                    *slot += 1;
                    *slot
                });
                let same = on.then(|| {
                    let slot = self.slow.entry(at).or_default();
                    *slot += 1;
                    *slot
                });
                assert_eq!(slot, same.ok_or(off));
            }
            60..=79 => assert_eq!(self.fast.take(at), self.slow.remove(&at)),
            80..=94 => self.take_an_end(dice),
            95..=97 => {
                let to = a_tick(dice);
                let fallen = self.fast.retick(to);
                let (stay, fall) =
                    std::mem::take(&mut self.slow).into_iter().partition(|(p, _)| p.is_on(to));
                self.slow = stay;
                let fall: BTreeMap<Price, u32> = fall;
                assert_eq!(fallen, fall.into_iter().collect::<Vec<_>>());
                assert_eq!(self.fast.tick(), to);
            }
            _ => {
                self.fast.clear();
                self.slow.clear();
            }
        }
        self.compare(at);
    }

    fn take_an_end(&mut self, dice: &mut Dice) {
        let (end, same) = if dice.chance(50) {
            (self.fast.best_low(), self.slow.keys().next().copied())
        } else {
            (self.fast.best_high(), self.slow.keys().next_back().copied())
        };
        assert_eq!(end, same);
        if let Some(end) = end {
            assert_eq!(self.fast.take(end), self.slow.remove(&end));
        }
    }

    fn compare(&mut self, at: Price) {
        let (fast, slow) = (&self.fast, &self.slow);
        assert_eq!((fast.len(), fast.is_empty()), (slow.len(), slow.is_empty()));
        assert_eq!(fast.get(at), slow.get(&at));
        assert_eq!(fast.at_or_above(at), slow.range(at..).next().map(|(p, _)| *p));
        assert_eq!(fast.at_or_below(at), slow.range(..=at).next_back().map(|(p, _)| *p));
        assert!(fast.ascending().map(|(p, v)| (p, *v)).eq(slow.iter().map(|(p, v)| (*p, *v))));
        assert!(
            fast.descending().map(|(p, v)| (p, *v)).eq(slow.iter().rev().map(|(p, v)| (*p, *v)))
        );
        // From both ends at once: they meet without telling a level twice.
        let (mut ladder, mut tree) = (fast.ascending(), slow.iter());
        while ladder.len() > 0 {
            assert_eq!(ladder.next(), tree.next().map(|(p, v)| (*p, v)));
            assert_eq!(ladder.next_back(), tree.next_back().map(|(p, v)| (*p, v)));
        }
        assert_eq!((ladder.next(), ladder.next_back()), (None, None));
        self.compared += 1;
    }
}

#[test]
fn a_ladder_answers_as_a_tree_does() {
    let streams = cases(300);
    let mut compared = 0;
    for seed in 0..u64::from(streams) {
        let mut dice = Dice::new(seed);
        let fast = Ladder::new(a_tick(&mut dice));
        let mut pair = Pair { fast, slow: BTreeMap::new(), compared: 0 };
        for _ in 0..COMMANDS {
            pair.step(&mut dice);
        }
        compared += pair.compared;
    }
    assert_eq!(compared, u64::from(streams) * u64::try_from(COMMANDS).expect("small"));
}

#[test]
fn reading_an_idle_ladder_finds_nothing_anywhere() {
    let mut idle = Ladder::<u64>::new(tick(100));
    assert_eq!((idle.best_low(), idle.best_high()), (None, None));
    assert_eq!(idle.get(price(500_000)), None);
    assert_eq!(idle.take(price(500_000)), None);
    assert_eq!((idle.at_or_above(price(1)), idle.at_or_below(price(999_999))), (None, None));
    assert_eq!(idle.ascending().count(), 0);
    assert_eq!(idle.retick(tick(10_000)), []);
    assert_eq!(idle.tick(), tick(10_000));
}

#[test]
fn a_price_off_the_grid_is_refused_and_named() {
    let mut ladder = Ladder::<u64>::new(Tick::CENT);
    let off = ladder.insert(price(505_000), 1).unwrap_err();
    assert_eq!(off, OffGrid { price: price(505_000), tick: Tick::CENT });
    assert_eq!(off.to_string(), "price 0.505 is not on the grid of 0.01");
    assert!(ladder.is_empty());
}

#[test]
fn a_coarser_grid_hands_back_what_does_not_fit() {
    let mut ladder = Ladder::new(tick(1_000));
    for micros in [961_000, 970_000, 12_000, 10_000] {
        ladder.insert(price(micros), micros).unwrap();
    }
    assert_eq!(ladder.retick(tick(100)), []);
    let fallen = ladder.retick(Tick::CENT);
    assert_eq!(fallen, [(price(12_000), 12_000), (price(961_000), 961_000)]);
    let left: Vec<u32> = ladder.descending().map(|(_, value)| *value).collect();
    assert_eq!(left, [970_000, 10_000]);
}
