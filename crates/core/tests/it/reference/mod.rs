//! A slow, obvious paper matcher, written from the text of the matching rules alone and sharing no
//! arithmetic and no data structure with the real one. It is the judge in the differential tests.
//!
//! Everything is a plain `i64` in millionths (times in microseconds), widened to `i128` for a product.
//! Three tracks stand side by side in every array: 0 expected, 1 fewest, 2 most.

mod evidence;
mod placing;

use betteroms_core::book::{Book, Print};
use betteroms_core::market::{Gate, Market, Outcome, Side};
use betteroms_core::order::Status;
use betteroms_core::reason::EndReason;
use std::collections::BTreeMap;

pub(crate) const UNIT: i64 = 1_000_000;
pub(crate) const LOT: i64 = 10_000;
pub(crate) const CASH_STEP: i64 = 100;

/// The tracks in the order of every array here.
pub(crate) const TRACKS: [usize; 3] = [0, 1, 2];
pub(crate) const FEWEST: usize = 1;
pub(crate) const MOST: usize = 2;

/// How the paper venue is set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// f in millionths.
    pub(crate) fraction: i64,
    pub(crate) best_plus_tick: bool,
    pub(crate) cushion_ticks: i64,
    pub(crate) age_secs_max: i64,
}

impl Settings {
    /// The liquidity fraction of a track: the fewest band takes half.
    pub(crate) fn fraction_of(&self, track: usize) -> i64 {
        if track == FEWEST { self.fraction / 2 } else { self.fraction }
    }

    /// What of a displayed size a track may ever take.
    pub(crate) fn share_of(&self, displayed: i64, track: usize) -> i64 {
        let part = wide(displayed, self.fraction_of(track)) / i128::from(UNIT);
        floor_to(narrow(part), LOT)
    }
}

/// One copy of what an order got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) ahead: i64,
    pub(crate) filled: i64,
    pub(crate) cash: i64,
    pub(crate) fee: i64,
}

/// What an order asks of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Shares(i64),
    Cash(i64),
}

/// How an order behaves once its limit was walked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Resting { post_only: bool },
    FillOrKill,
    FillAndKill,
}

/// An order as handed to the venue.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    /// In the outcome's own terms.
    pub(crate) limit: i64,
    pub(crate) asks: Asks,
    pub(crate) kind: Kind,
    pub(crate) due: Option<i64>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Resting,
    Ended(Status, Option<EndReason>),
    /// Denied: its limit meets this order of ours.
    SelfCross(String),
}

/// An order of ours.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) request: Request,
    pub(crate) placed: i64,
    pub(crate) tracks: [Track; 3],
    pub(crate) fate: Fate,
}

impl Order {
    /// Side and limit as outcome index 0 sees them.
    pub(crate) fn in_first_terms(&self) -> (Side, i64) {
        in_first_terms(self.request.outcome, self.request.side, self.request.limit)
    }

    pub(crate) fn remaining(&self, track: usize) -> i64 {
        match self.request.asks {
            Asks::Shares(shares) => (shares - self.tracks[track].filled).max(0),
            Asks::Cash(_) => 0,
        }
    }

    pub(crate) fn rests(&self) -> bool {
        self.fate == Fate::Resting
    }

    /// Evidence counts after the placing and at or before the earlier of due and close.
    fn sees(&self, at: i64, market: &Market) -> bool {
        let close = market.close.map(|t| t.micros());
        at > self.placed
            && self.request.due.is_none_or(|due| at <= due)
            && close.is_none_or(|close| at <= close)
    }
}

/// A fill on the expected track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) order: String,
    pub(crate) by: By,
    /// In the outcome's own terms.
    pub(crate) price: i64,
    pub(crate) shares: i64,
    pub(crate) cash: i64,
    pub(crate) fee: i64,
    pub(crate) at: i64,
}

/// What brought a fill about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Taking,
    Print,
    LatePrint,
    Book,
}

/// What we used of one displayed level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) used: [i64; 3],
    pub(crate) missing_since: Option<i64>,
}

/// The venue's memory of one market, our orders there, and the money that came of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Venue {
    pub(crate) cut: Option<i64>,
    /// The `now` of the pass that moved the cut.
    pub(crate) moved_at: Option<i64>,
    /// By resting side (as a word) and price, both as outcome index 0 sees them.
    pub(crate) taken: BTreeMap<(&'static str, i64), Taken>,
    pub(crate) counted: BTreeMap<String, usize>,
    /// In the order of their placing.
    pub(crate) orders: Vec<Order>,
    pub(crate) fills: Vec<Fill>,
    /// Net shares by outcome index and track.
    pub(crate) shares: [[i64; 3]; 2],
    /// Dollars in minus dollars out by track, fees and payouts included.
    pub(crate) cash: [i64; 3],
    pub(crate) is_paid: bool,
    /// Prints that met one of our orders, with what they filled: no print may be used twice.
    pub(crate) print_use: Vec<(i64, i64)>,
    /// How often a print that had eaten a queue reached a second order of ours behind that queue.
    pub(crate) shared_queues: u32,
}

/// What one pass may know of the market.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) now: i64,
    pub(crate) market: &'a Market,
    pub(crate) book: Option<&'a Book>,
    pub(crate) prints: &'a [Print],
}

impl Seen<'_> {
    /// The newest known book, if it may decide anything: not stale and not crossed.
    pub(crate) fn usable_book(&self, settings: &Settings) -> Option<&Book> {
        let secs = self.market.max_book_age_secs.map_or(settings.age_secs_max, i64::from);
        let book = self.book?;
        if self.now - book.received().micros() > secs * UNIT {
            return None;
        }
        let best = |side| book.resting(side).first().map(|level| level.price);
        match (best(Side::Buy), best(Side::Sell)) {
            (Some(bid), Some(ask)) if bid > ask => None,
            _ => Some(book),
        }
    }

    /// When trading ended, if it has: the announced time, or now if the venue closed it before.
    pub(crate) fn closed_at(&self) -> Option<i64> {
        let announced = self.market.close.map(|t| t.micros()).filter(|at| *at <= self.now);
        announced.or((self.market.gate == Gate::Closed).then_some(self.now))
    }
}

impl Venue {
    pub(crate) fn used(&self, resting: Side, price: i64, track: usize) -> i64 {
        self.taken.get(&(word(resting), price)).map_or(0, |taken| taken.used[track])
    }

    fn use_up(&mut self, resting: Side, price: i64, track: usize, shares: i64) {
        if shares == 0 {
            return;
        }
        let none = Taken { used: [0; 3], missing_since: None };
        self.taken.entry((word(resting), price)).or_insert(none).used[track] += shares;
    }

    /// Rule 1: what a track may still take of a displayed level.
    fn available(&self, level: (Side, i64, i64), track: usize, settings: &Settings) -> i64 {
        let (resting, price, displayed) = level;
        (settings.share_of(displayed, track) - self.used(resting, price, track)).max(0)
    }

    /// Books shares that an order got on one track, at its own terms' price.
    fn book(&mut self, index: usize, track: usize, got: Got) {
        let order = &mut self.orders[index];
        let (name, outcome, side) =
            (order.request.name.clone(), order.request.outcome, order.request.side);
        let exact = wide(got.price, got.shares);
        let (cash, net) = match side {
            Side::Buy => (-narrow(ceil_div(exact, i128::from(UNIT))), got.shares),
            Side::Sell => (narrow(exact / i128::from(UNIT)), -got.shares),
        };
        let on = &mut order.tracks[track];
        on.filled += got.shares;
        on.cash += cash;
        on.fee += got.fee;
        self.shares[outcome.index()][track] += net;
        self.cash[track] += cash - got.fee;
        if track == 0 {
            let Got { by, price, shares, fee, at } = got;
            self.fills.push(Fill { order: name, by, price, shares, cash, fee, at });
        }
    }

    /// Ends every order whose expected track is full.
    fn end_the_full(&mut self) {
        for order in self.orders.iter_mut().filter(|order| order.rests()) {
            if order.remaining(0) == 0 {
                order.fate = Fate::Ended(Status::Filled, None);
            }
        }
    }
}

/// Shares that changed hands.
#[derive(Clone, Copy, Debug)]
struct Got {
    by: By,
    price: i64,
    shares: i64,
    fee: i64,
    at: i64,
}

pub(crate) const fn word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// NO at p is YES at 1 − p on the other side.
pub(crate) fn in_first_terms(outcome: Outcome, side: Side, price: i64) -> (Side, i64) {
    match (outcome, side) {
        (Outcome::First, side) => (side, price),
        (Outcome::Second, Side::Buy) => (Side::Sell, UNIT - price),
        (Outcome::Second, Side::Sell) => (Side::Buy, UNIT - price),
    }
}

pub(crate) fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

pub(crate) fn narrow(value: i128) -> i64 {
    i64::try_from(value).expect("test amounts are small")
}

pub(crate) fn floor_to(value: i64, step: i64) -> i64 {
    value - value % step
}

/// Rounds a quotient of two positive numbers up.
pub(crate) fn ceil_div(value: i128, by: i128) -> i128 {
    (value + by - 1) / by
}

/// Rule 5, from the formula: shares × rate × (p(1−p))^exponent, half up at the fifth decimal.
pub(crate) fn fee(shares: i64, price: i64, market: &Market) -> i64 {
    let schedule = market.fee.expect("an order without a schedule is denied before the venue");
    let exponent = schedule.exponent.expect("an order without a whole exponent is denied before");
    // Prices lie on the grid of 0.0001: as fractions of ten thousand every factor is exact.
    assert_eq!(price % 100, 0, "a price finer than the venue's finest grid");
    let mut numerator = wide(shares, i64::from(schedule.rate.micros()));
    let mut denominator = i128::from(UNIT) * i128::from(UNIT);
    for _ in 0..exponent {
        numerator *= wide(price / 100, (UNIT - price) / 100);
        denominator *= 100_000_000;
    }
    // In units of 0.00001: floor(x + ½).
    let doubled = 2 * numerator * 100_000 + denominator;
    narrow(doubled / (2 * denominator)) * 10
}
