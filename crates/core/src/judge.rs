//! One waiting trade against its market at this `now`: placed, denied for good, or waiting on.

use crate::book::Book;
use crate::limits::Limits;
use crate::market::{FeeSchedule, Gate as MarketGate, Market, Outcome, Side};
use crate::matching::{BookFlaw, usable_book};
use crate::money::{
    LOT, Price, Shares, Usd, fee_half_up, fee_on_cash_ceil, notional_ceil, shares_floor,
};
use crate::order::{Order, Placing, Want};
use crate::plan::{OutcomeRef, Size, TimeInForce};
use crate::reason::{Denial, Wait};
use crate::risk::{Budget, Use};
use crate::state::State;
use crate::state::real::IN_DOUBT;
use crate::time::Time;
use crate::world::{Gate, MarketView};

/// The smallest worth of a BUY that takes (`shared/venue.md` 3.6).
const MARKETABLE_MIN: Usd = Usd::from_micros(1_000_000);

/// What becomes of a trade in this pass.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// It will be sent.
    Place { placing: Box<Placing>, wants: Use },
    /// Something that may pass holds it back.
    Wait(Wait),
    /// Refused for good.
    Deny(Denial),
}

impl From<Wait> for Verdict {
    fn from(wait: Wait) -> Self {
        Self::Wait(wait)
    }
}

impl From<Denial> for Verdict {
    fn from(denial: Denial) -> Self {
        Self::Deny(denial)
    }
}

/// What a trade is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Court<'a> {
    pub(crate) now: Time,
    pub(crate) limits: &'a Limits,
    pub(crate) budget: &'a Budget<'a>,
    pub(crate) state: &'a State,
    /// Real: what stands between a decision and the venue.
    pub(crate) gate: Option<&'a Gate>,
}

/// The outcome a trade names in this market: YES and NO are index 0 and 1, else the label.
pub(crate) fn outcome_of(name: &OutcomeRef, market: &Market) -> Option<Outcome> {
    match name {
        OutcomeRef::Yes => Some(Outcome::First),
        OutcomeRef::No => Some(Outcome::Second),
        OutcomeRef::Label(label) => [Outcome::First, Outcome::Second]
            .into_iter()
            .find(|outcome| market.label(*outcome).to_lowercase() == label.to_lowercase()),
    }
}

impl Court<'_> {
    /// Judges one trade whose market was observed. Final refusals come before blocks, so that an
    /// operator learns at once what no waiting will mend.
    pub(crate) fn judge(&self, order: &Order, view: &MarketView) -> Verdict {
        self.try_judge(order, view).unwrap_or_else(|refused| refused)
    }

    fn try_judge(&self, order: &Order, view: &MarketView) -> Result<Verdict, Verdict> {
        let market = &view.market;
        if market.is_closed(self.now) || market.resolution.is_some_and(|r| r.at <= self.now) {
            return Err(Denial::MarketClosed.into());
        }
        let Some(outcome) = outcome_of(&order.trade.outcome, market) else {
            return Err(Denial::OutcomeUnknown { labels: market.outcomes.clone() }.into());
        };
        check_tick(order.trade.price, market)?;
        if market.fee.and_then(|fee| fee.known_exponent()).is_none() {
            return Err(Denial::NoFeeSchedule.into());
        }
        let want = self.want(order, market, outcome)?;
        let notional = match want {
            Want::Shares(shares) => notional_ceil(order.trade.price, shares),
            Want::Cash(cash) => cash,
        };
        self.budget.check_trade(order, notional)?;
        self.check_self_cross(order, market)?;
        self.check_life(order)?;
        self.check_settled(order, market)?;
        if market.gate == MarketGate::Paused {
            return Err(Wait::NotAccepting.into());
        }
        let book = usable_book(view, self.now, self.limits.book_age_secs_max).map_err(flaw)?;
        self.check_guards(order, book, outcome)?;
        let best = best_opposing(book, order.trade.side, outcome);
        check_marketable_minimum(order, best, notional)?;
        let wants = Use {
            notional,
            reserve: reserve(order, market, (book, best), want),
            shares: match (order.trade.side, want) {
                (Side::Sell, Want::Shares(shares)) => shares,
                (Side::Sell | Side::Buy, Want::Shares(_) | Want::Cash(_)) => Shares::ZERO,
            },
        };
        self.budget.check(order, &market.condition, wants)?;
        Ok(Verdict::Place {
            placing: Box::new(self.placing(order, (book, outcome), wants, want)),
            wants,
        })
    }

    fn placing(
        &self,
        order: &Order,
        (book, outcome): (&Book, Outcome),
        wants: Use,
        want: Want,
    ) -> Placing {
        Placing {
            at: self.now,
            due: self.due(order),
            want,
            seq: 0,
            mid_doubled: book.mid_doubled(outcome),
            notional: wants.notional,
        }
    }

    /// Real: an order with an end must live as long as the venue demands.
    fn check_life(&self, order: &Order) -> Result<(), Denial> {
        let Some(secs_min) = self.limits.life_secs_min else { return Ok(()) };
        let Some(due) = self.due(order) else { return Ok(()) };
        let secs = due.since_micros(self.now).div_euclid(1_000_000);
        if secs < i64::from(secs_min) {
            return Err(Denial::LifetimeTooShort { secs, secs_min });
        }
        Ok(())
    }

    /// Real: nothing is sent past a shut gate, and no new exposure is added where the past is not clear.
    fn check_settled(&self, order: &Order, market: &Market) -> Result<(), Wait> {
        let is_exit = order.trade.reduce_only;
        let held = self.gate.and_then(|gate| gate.holds(&order.run_id, &market.condition, is_exit));
        if let Some(what) = held {
            return Err(Wait::NotArmed { what });
        }
        if is_exit {
            return Ok(());
        }
        // No order comes to be in doubt while a pass decides.
        let known = if self.budget.is_doubtful(&market.condition) {
            Some(IN_DOUBT)
        } else {
            self.state.difference(&market.condition)
        };
        match known {
            Some(what) => Err(Wait::Unsettled { what: what.to_owned() }),
            None => Ok(()),
        }
    }

    /// When our clock ends the order, were it placed now.
    fn due(&self, order: &Order) -> Option<Time> {
        let lives = match order.time_in_force {
            TimeInForce::Gtt => order.good_for_secs.map(|secs| self.now.plus_secs(i64::from(secs))),
            TimeInForce::Gtc | TimeInForce::Fok | TimeInForce::Fak => None,
        };
        let due = [lives, order.trade.not_after].into_iter().flatten().min();
        due.filter(|_| !order.time_in_force.is_immediate())
    }

    /// What the trade comes to: shares floored to the lot, or the cash of a FOK/FAK BUY.
    fn want(&self, order: &Order, market: &Market, outcome: Outcome) -> Result<Want, Denial> {
        let (trade, is_immediate) = (&order.trade, order.time_in_force.is_immediate());
        if let (Side::Buy, true, Size::Usdc(cash)) = (trade.side, is_immediate, trade.size) {
            let cents = Shares::from_micros(cash.micros()).floor_lot();
            return Ok(Want::Cash(Usd::from_micros(cents.micros())));
        }
        let free = self.budget.free_shares(&market.condition, outcome);
        let shares = match trade.size {
            Size::Usdc(cash) => shares_floor(cash, trade.price, LOT),
            Size::Shares(shares) => shares.floor_lot(),
            Size::All => free.or_zero().floor_lot(),
        };
        if trade.size == Size::All && shares.is_zero() {
            return Err(Denial::NothingHeld);
        }
        if trade.side == Side::Sell && shares > free {
            return Err(Denial::OverHolding { wanted: shares, free: free.or_zero().floor_lot() });
        }
        let size_min = if is_immediate { Shares::from_micros(LOT) } else { market.min_size };
        if shares < size_min {
            return Err(Denial::UnderMinimum { size: shares, size_min });
        }
        Ok(Want::Shares(shares))
    }

    fn check_self_cross(&self, order: &Order, market: &Market) -> Result<(), Verdict> {
        let resting = self.budget.resting(&market.condition);
        if resting.is_empty() {
            return Ok(());
        }
        match crate::matching::crossing(self.state, order, resting) {
            Some(with) => {
                let status = self.state.orders.get(&with).map(|order| order.status);
                // It is on its way out: the next pass will not meet it.
                if status == Some(crate::order::Status::Cancelling) {
                    return Err(Wait::Unsettled { what: "CANCELLING".to_owned() }.into());
                }
                Err(Denial::SelfCross { with }.into())
            }
            None => Ok(()),
        }
    }

    /// Guards, band and spread: all judged by the mid, in the named outcome's terms.
    fn check_guards(&self, order: &Order, book: &Book, outcome: Outcome) -> Result<(), Wait> {
        let trade = &order.trade;
        let guard = match trade.side {
            Side::Buy => trade.price_ceil,
            Side::Sell => trade.price_floor,
        };
        let (band, spread_max) = if trade.reduce_only {
            (None, None)
        } else {
            (self.limits.price_band_micros, self.limits.spread_micros_max)
        };
        if guard.is_none() && band.is_none() && spread_max.is_none() {
            return Ok(());
        }
        let mid_doubled = book.mid_doubled(outcome).ok_or(Wait::NoMid)?;
        if let Some(guard) = guard {
            let bound = guard.micros().saturating_mul(2);
            match trade.side {
                Side::Buy if mid_doubled > bound => {
                    return Err(Wait::AbovePriceCeil { ceil: guard, mid_doubled });
                }
                Side::Sell if mid_doubled < bound => {
                    return Err(Wait::BelowPriceFloor { floor: guard, mid_doubled });
                }
                Side::Buy | Side::Sell => {}
            }
        }
        if let (Some(max), Some(spread_micros)) = (spread_max, book.spread_micros())
            && spread_micros > i64::from(max)
        {
            return Err(Wait::SpreadWide { spread_micros, spread_micros_max: max });
        }
        if let Some(band_micros) = band
            && trade.price.micros().saturating_mul(2).abs_diff(mid_doubled)
                > band_micros.saturating_mul(2)
        {
            return Err(Wait::OutsidePriceBand { mid_doubled, band_micros });
        }
        Ok(())
    }
}

fn flaw(flaw: BookFlaw) -> Wait {
    match flaw {
        BookFlaw::Missing => Wait::BookMissing,
        BookFlaw::Stale { age_secs, age_secs_max } => Wait::BookStale { age_secs, age_secs_max },
        BookFlaw::Crossed => Wait::BookCrossed,
    }
}

fn check_tick(price: Price, market: &Market) -> Result<(), Denial> {
    match market.tick.around(price) {
        None => Ok(()),
        Some([below, above]) => Err(Denial::OffTick { tick: market.tick, below, above }),
    }
}

/// Best opposing price in the outcome's own terms.
fn best_opposing(book: &Book, side: Side, outcome: Outcome) -> Option<Price> {
    let first = book.best(side.in_first_terms(outcome).opposite())?.price;
    Some(match outcome {
        Outcome::First => first,
        Outcome::Second => first.complement(),
    })
}

fn is_marketable(order: &Order, best: Option<Price>) -> bool {
    best.is_some_and(|best| match order.trade.side {
        Side::Buy => order.trade.price >= best,
        Side::Sell => order.trade.price <= best,
    })
}

fn check_marketable_minimum(
    order: &Order,
    best: Option<Price>,
    notional: Usd,
) -> Result<(), Denial> {
    let takes = order.time_in_force.is_immediate() || is_marketable(order, best);
    let is_small = order.trade.side == Side::Buy && takes && notional < MARKETABLE_MIN;
    if is_small && !order.trade.post_only {
        return Err(Denial::UnderMarketableMinimum { notional, notional_min: MARKETABLE_MIN });
    }
    Ok(())
}

/// Cash to promise: the notional at the limit plus the highest fee the order could be charged
/// (`shared/rules.md` §4.4 and §5), each leg's rounding included. SELLs promise shares instead.
fn reserve(
    order: &Order,
    market: &Market,
    (book, best): (&Book, Option<Price>),
    want: Want,
) -> Usd {
    if order.trade.side == Side::Sell {
        return Usd::ZERO;
    }
    let limit = order.trade.price;
    let notional = match want {
        Want::Shares(shares) => notional_ceil(limit, shares),
        Want::Cash(cash) => cash,
    };
    let takes = is_marketable(order, best) && !order.trade.post_only;
    let (Some(best), Some(fee)) = (best.filter(|_| takes), market.fee) else {
        return notional;
    };
    // Half up at five decimals adds at most half of 0.00001 a leg.
    let legs = book.resting(Side::Buy).len().max(book.resting(Side::Sell).len());
    let rounding = Usd::from_micros(i64::try_from(legs).unwrap_or(i64::MAX).saturating_mul(5));
    let fee = match want {
        Want::Shares(shares) => highest_fee(shares, best, limit, fee),
        Want::Cash(cash) => fee_on_cash_ceil(cash, best, fee.rate),
    };
    notional + fee + rounding
}

/// The fee at the price between `best` and `limit` where it is highest: the one nearest to a half.
fn highest_fee(shares: Shares, best: Price, limit: Price, fee: FeeSchedule) -> Usd {
    let (low, high) = if best <= limit { (best, limit) } else { (limit, best) };
    let exponent = fee.known_exponent().unwrap_or(1);
    fee_half_up(shares, Price::HALF.clamp(low, high), fee.rate, exponent)
}
