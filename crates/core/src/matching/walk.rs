//! Taking displayed liquidity: which levels, at which price, how much.

use super::queue::own_cash;
use super::{Reading, Terms, reaches};
use crate::book::Book;
use crate::limits::FillModel;
use crate::market::{FeeSchedule, Outcome, Side};
use crate::money::{FAK_STEP, Price, Shares, Usd, fee_half_up, shares_floor};
use crate::order::Want;
use crate::state::paper::{Amounts, PaperMarket};

/// One level's worth of a taker's fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    /// The level as displayed, in index-0 terms: what `taken` is counted by.
    pub(super) level: Price,
    /// What is paid or received per share, in the order's own terms.
    pub(super) price: Price,
    pub(super) shares: Shares,
    /// Negative when we pay; before the fee.
    pub(super) cash: Usd,
    pub(super) fee: Usd,
}

/// What a walk through the opposing side found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walk {
    pub(super) legs: Vec<Leg>,
    pub(super) is_full: bool,
}

/// A taker as the walk sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker {
    /// The token it trades.
    pub(super) outcome: Outcome,
    /// Its side of that token.
    pub(super) side: Side,
    /// Its limit in that token's terms.
    pub(super) limit: Price,
    pub(super) want: Want,
    pub(super) fee: FeeSchedule,
}

impl Taker {
    /// A price carried between index-0 terms and the order's own; the same way both ways.
    const fn flipped(&self, first: Price) -> Price {
        match self.outcome {
            Outcome::First => first,
            Outcome::Second => first.complement(),
        }
    }

    const fn first_side(&self) -> Side {
        self.side.in_first_terms(self.outcome)
    }

    fn leg(&self, level: Price, first_price: Price, shares: Shares) -> Leg {
        let price = self.flipped(first_price);
        let cash = own_cash(self.side, price, shares);
        // A market without a computable fee never gets this far: `decide` denies it.
        let exponent = self.fee.known_exponent().unwrap_or(1);
        let fee = fee_half_up(shares, price, self.fee.rate, exponent);
        Leg { level, price, shares, cash, fee }
    }
}

/// What a taker still wants during a walk.
enum Left {
    Shares(Shares),
    Cash(Usd),
}

impl Left {
    /// Shares it would take at `price` (own terms) were nothing else in the way.
    fn wanted(&self, price: Price) -> Shares {
        match self {
            Self::Shares(shares) => *shares,
            Self::Cash(cash) => shares_floor(*cash, price, FAK_STEP),
        }
    }

    /// Cash buys whole steps of 0.0001 share on every leg, also where less than that is left of one.
    fn on_step(&self, shares: Shares) -> Shares {
        match self {
            Self::Shares(_) => shares,
            Self::Cash(_) => shares.floor_to(FAK_STEP),
        }
    }

    fn took(&mut self, leg: &Leg) {
        match self {
            Self::Shares(shares) => *shares -= leg.shares,
            Self::Cash(cash) => *cash += leg.cash,
        }
    }
}

/// Walks the levels that `taker` reaches, best first, against what is still available on `reading`.
/// Changes nothing; the caller books the legs and adds them to what is taken.
pub(super) fn walk(
    book: &Book,
    memory: &PaperMarket,
    taker: &Taker,
    (terms, reading): (&Terms, Reading),
) -> Walk {
    let side = taker.first_side();
    let limit = taker.flipped(taker.limit);
    let opposing = book.resting(side.opposite());
    let best = opposing.first().and_then(|level| terms.cushioned(level.price, side));
    let flat = match terms.fill_model {
        FillModel::Book => None,
        FillModel::BestPlusTick => best.map(|best| best_plus_tick(best, limit, side, terms)),
    };
    let bound = flat.unwrap_or(limit);
    let mut left = match taker.want {
        Want::Shares(shares) => Left::Shares(shares),
        Want::Cash(cash) => Left::Cash(cash),
    };
    let mut legs = Vec::new();
    for level in opposing {
        let Some(price) = terms.cushioned(level.price, side) else {
            break;
        };
        if !reaches(side, price, bound) {
            break;
        }
        let pays = flat.unwrap_or(price);
        let wanted = left.wanted(taker.flipped(pays));
        if wanted.is_zero() {
            return Walk { legs, is_full: true };
        }
        let used = memory.used(side.opposite(), level.price);
        let available = (terms.usable(level.size, reading) - reading.of(&used)).or_zero();
        let shares = left.on_step(wanted.min(available));
        if shares.is_positive() {
            let leg = taker.leg(level.price, pays, shares);
            left.took(&leg);
            legs.push(leg);
        }
    }
    let is_full = left.wanted(taker.flipped(bound)).is_zero();
    Walk { legs, is_full }
}

/// The one price of the seed's model: a tick worse than the best, but never beyond the limit.
fn best_plus_tick(best: Price, limit: Price, side: Side, terms: &Terms) -> Price {
    match side {
        Side::Buy => best.dearer(terms.tick, 1).map_or(limit, |price| price.min(limit)),
        Side::Sell => best.cheaper(terms.tick, 1).map_or(limit, |price| price.max(limit)),
    }
}

/// Adds a walk's legs to what is taken of the levels, on one reading.
pub(super) fn use_up(memory: &mut PaperMarket, resting: Side, legs: &[Leg], reading: Reading) {
    for leg in legs {
        let mut amounts = Amounts::default();
        *reading.of_mut(&mut amounts) = leg.shares;
        memory.use_up(resting, leg.level, amounts);
    }
}
