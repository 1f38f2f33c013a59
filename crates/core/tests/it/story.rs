//! Random small markets told pass by pass: books of either token, prints that come late, twice or off
//! the grid, and orders of every kind. One seed tells one story.

use crate::given::{TradeWords, a_market, a_trade, micros, paid, plain_model, t};
use betteroms_core::book::{Book, Level, Print};
use betteroms_core::limits::{FillModel, PaperModel};
use betteroms_core::market::{FeeSchedule, Market, Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick};
use betteroms_core::time::Time;
use proptest::test_runner::RngSeed;

/// A small generator whose whole state is one number (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("low is not above high");
        low + i64::try_from(self.next() % span).expect("a small span")
    }

    /// True in `percent` of a hundred throws.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let last = i64::try_from(items.len()).expect("a short list") - 1;
        let i = usize::try_from(self.between(0, last)).expect("not negative");
        items[i].clone()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.between(0, i64::try_from(i).expect("a short list"));
            items.swap(i, usize::try_from(j).expect("not negative"));
        }
    }
}

/// What happens in one pass.
#[derive(Clone, Debug)]
pub(crate) struct Chapter {
    pub(crate) now: Time,
    /// The newest known book.
    pub(crate) book: Option<Book>,
    /// The trades of this pass's plan.
    pub(crate) trades: Vec<TradeWords>,
}

/// A market, how paper answers there, everything printed, and the passes.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) market: Market,
    pub(crate) model: PaperModel,
    pub(crate) prints: Vec<Print>,
    pub(crate) chapters: Vec<Chapter>,
    /// True when prints carry transactions and whole seconds, as the live feed's do.
    pub(crate) is_live: bool,
}

struct Teller {
    dice: Dice,
    tick: i64,
    /// Where the market is, in ticks.
    mid: i64,
    is_live: bool,
    /// Outcome, side and limit of the last trade that may rest: a later one may join it.
    last: Option<(bool, bool, Price)>,
}

/// Tells the story of a seed.
pub(crate) fn tell(seed: u64, passes: usize) -> Story {
    let mut dice = Dice::new(seed);
    let tick = dice.pick(&[10_000, 10_000, 10_000, 5_000, 1_000, 100]);
    let is_live = dice.chance(35);
    let mid = dice.between(20, 1_000_000 / tick - 20);
    let mut market = a_market();
    market.tick = Tick::from_micros(u32::try_from(tick).expect("small")).expect("a tick");
    let rate = dice.pick(&[0, 50_000, 70_000]);
    let exponent = Some(dice.pick(&[1, 1, 1, 2, 1]));
    market.fee = Some(FeeSchedule { rate: Fraction::from_micros(rate).expect("a rate"), exponent });
    if dice.chance(35) {
        let close = dice.between(60, 500);
        market.close = Some(t(close));
        if dice.chance(70) {
            let later = dice.pick(&[0, 0, 1, 30, 90]);
            market.resolution = Some(paid(t(close + later), dice.pick(&["0", "1", "0.5"])));
        }
    }
    let fraction = dice.pick(&[1_000_000, 1_000_000, 500_000, 333_333]);
    let model = PaperModel {
        liquidity_fraction: Fraction::from_micros(fraction).expect("a fraction"),
        fill_model: dice.pick(&[FillModel::Book, FillModel::Book, FillModel::BestPlusTick]),
        spread_cushion_ticks: dice.pick(&[0, 0, 0, 1, 2]),
        ..plain_model()
    };
    let mut teller = Teller { dice, tick, mid, is_live, last: None };
    let (mut prints, mut chapters) = (Vec::new(), Vec::<Chapter>::new());
    let (mut now, mut newest) = (0, None::<Book>);
    for _ in 0..passes {
        let before = now;
        now += teller.dice.pick(&[1_000_000, 5_000_000, 20_000_000, 30_000_000, 61_000_000]);
        teller.mid = (teller.mid + teller.dice.between(-2, 2)).clamp(15, 1_000_000 / tick - 15);
        prints.extend(teller.prints(before, now));
        newest = teller.next_book(newest, before, now);
        let trades = teller.trades();
        let missing = teller.dice.chance(4);
        let book = newest.clone().filter(|_| !missing);
        chapters.push(Chapter { now: micros_after(now), book, trades });
    }
    Story { market, model, prints, chapters, is_live }
}

fn micros_after(micros: i64) -> Time {
    Time::from_micros(t(0).micros() + micros)
}

impl Teller {
    fn price(&self, ticks: i64) -> Price {
        let most = 1_000_000 / self.tick - 1;
        let micros = ticks.clamp(1, most) * self.tick;
        Price::from_micros(u32::try_from(micros).expect("in range")).expect("in range")
    }

    fn size(&mut self, most: i64) -> Shares {
        let lots = self.dice.between(1, most * 100);
        let finer = if self.dice.chance(30) { self.dice.between(0, 9_999) } else { 0 };
        Shares::from_micros(lots * 10_000 + finer)
    }

    fn prints(&mut self, before: i64, now: i64) -> Vec<Print> {
        let mut prints = Vec::new();
        let mut at = before;
        for _ in 0..self.dice.between(0, 7) {
            if self.dice.chance(70) {
                at = self.dice.between(before + 1, now);
            }
            if self.is_live {
                at -= at.rem_euclid(1_000_000);
            }
            let delay = self.dice.pick(&[0, 0, 100_000, 3_000_000, 40_000_000]);
            let taker = self.dice.pick(&[Side::Buy, Side::Sell]);
            let ticks = self.mid + self.dice.between(-4, 4);
            let on_grid = i64::from(self.price(ticks).micros());
            let off =
                if self.dice.chance(15) { self.dice.between(-self.tick, self.tick) } else { 0 };
            let off = if self.dice.chance(10) { self.dice.between(-100, 100) } else { off };
            let first = u32::try_from((on_grid + off).clamp(1, 999_999)).expect("in range");
            let first = Price::from_micros(first).expect("in range");
            let outcome = self.dice.pick(&[Outcome::First, Outcome::Second]);
            let (taker, price) = match outcome {
                Outcome::First => (taker, first),
                Outcome::Second => (taker.opposite(), first.complement()),
            };
            let most = self.dice.pick(&[10, 60, 60, 200]);
            let size = self.size(most);
            let tx = self.is_live.then(|| format!("0x{}", self.dice.between(0, 30)));
            let (at, received) = (micros_after(at), micros_after(at + delay));
            let print = Print { at, received, outcome, taker, price, size, tx };
            if self.dice.chance(10) {
                prints.push(print.clone());
            }
            prints.push(print);
        }
        prints
    }

    fn next_book(&mut self, newest: Option<Book>, before: i64, now: i64) -> Option<Book> {
        if self.dice.chance(12) {
            return newest;
        }
        let last = newest.as_ref().map_or(i64::MIN, |book| book.at().micros() - t(0).micros());
        let from = last.saturating_add(1).max(before - 8_000_000).min(now);
        let at = if self.dice.chance(30) { now } else { self.dice.between(from, now) };
        let age = if self.dice.chance(4) { 301_000_000 } else { 0 };
        let (at, received) = (micros_after(at), micros_after(now - age));
        let gap = self.dice.pick(&[0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, -1]);
        let side_of = |teller: &mut Self, direction: i64, from: i64| -> Vec<Level> {
            let mut levels = Vec::new();
            let mut ticks = from;
            for _ in 0..teller.dice.pick(&[0, 2, 3, 3, 4, 4, 5, 6]) {
                let price = teller.price(ticks);
                if levels.iter().all(|level: &Level| level.price != price) {
                    let most = teller.dice.pick(&[15, 60, 120]);
                    levels.push(Level { price, size: teller.size(most) });
                }
                ticks += direction * teller.dice.pick(&[1, 1, 1, 2]);
            }
            levels
        };
        let mid = self.mid;
        let bids = side_of(self, -1, mid);
        let asks = side_of(self, 1, mid + gap);
        let mirrored = |levels: &[Level]| -> Vec<Level> {
            let flip = |l: &Level| Level { price: l.price.complement(), size: l.size };
            levels.iter().map(flip).collect()
        };
        let book = if self.dice.chance(50) {
            Book::from_view(Outcome::First, (at, received), bids, asks)
        } else {
            let (bids, asks) = (mirrored(&asks), mirrored(&bids));
            Book::from_view(Outcome::Second, (at, received), bids, asks)
        };
        Some(book.expect("a legal book"))
    }

    fn trades(&mut self) -> Vec<TradeWords> {
        let mut trades = Vec::new();
        for _ in 0..self.dice.pick(&[0, 1, 1, 2, 3]) {
            let outcome_is_no = self.dice.chance(50);
            let is_sell = self.dice.chance(40);
            let kind = self.dice.between(0, 9);
            // What must fill at once reaches further into the book; what may rest stands behind it.
            let reach = if kind >= 6 {
                self.dice.between(0, 6)
            } else {
                self.dice.pick(&[-4, -3, -2, -2, -1, -1, 0, 1])
            };
            let is_up = is_sell == outcome_is_no;
            let ticks = if is_up { self.mid + reach } else { self.mid - reach };
            let first = self.price(ticks);
            let limit = if outcome_is_no { first.complement() } else { first };
            let mut joined = (outcome_is_no, is_sell, limit);
            if kind < 6 {
                joined = self.last.filter(|_| self.dice.chance(45)).unwrap_or(joined);
                self.last = Some(joined);
            }
            let (outcome_is_no, is_sell, limit) = joined;
            let mut words = a_trade().at(&limit.to_string());
            if outcome_is_no {
                words = words.no();
            }
            if is_sell {
                words = words.sell();
            }
            let most = self.dice.pick(&[2, 10, 150]);
            let size = self.size(most).floor_lot() + Shares::from_units(5);
            words = words.shares(&size.to_string());
            if kind >= 6 && !is_sell {
                let cents = self.dice.between(100, 9_000);
                words = words.usdc(&format!("{}.{:02}", cents / 100, cents % 100));
            }
            words = match kind {
                0 | 1 => words,
                2 => words.post_only(),
                3..=5 => words.good_for(u32::try_from(self.dice.between(1, 200)).expect("small")),
                6 | 7 => words.fak(),
                _ => words.fok(),
            };
            trades.push(words);
        }
        trades
    }
}

/// The number of cases of a property: the short form, or more by environment.
pub(crate) fn cases(short: u32) -> u32 {
    let more = std::env::var("BETTEROMS_PROVE_CASES").ok().and_then(|text| text.parse().ok());
    more.unwrap_or(short)
}

/// The seed of a property's cases: fixed, so that a run repeats, or another by environment.
pub(crate) fn seed(fixed: u64) -> RngSeed {
    let other = std::env::var("BETTEROMS_PROVE_SEED").ok().and_then(|text| text.parse().ok());
    RngSeed::Fixed(other.unwrap_or(fixed))
}

/// The shares each account holds of both outcomes as a story begins.
pub(crate) const HOLDING: &str = "400";

pub(crate) fn holding_micros() -> i64 {
    micros(HOLDING)
}
