//! What `replace` and `flatten` can know before they take anything out. Once an order is out, a refusal of what was to
//! follow leaves less than there was: so whatever can be told beforehand is told before.

use super::market::{problem_text, show};
use super::run::options;
use crate::app::{House, Usage};
use crate::real::{self, Armed};
use crate::render::money::shares;
use crate::render::reasons::{off_tick, over_limit, too_short};
use anyhow::Result;
use betteroms_core::event::AccountId;
use betteroms_core::limits::Limits;
use betteroms_core::market::Market;
use betteroms_core::money::{LOT, Price, Shares, Usd, notional_ceil, shares_floor};
use betteroms_core::order::Order;
use betteroms_core::plan::Size;
use betteroms_core::risk::trade_cap;
use betteroms_core::state::State;
use betteroms_core::world::MarketProblem;
use betteroms_polymarket::LiveBooks;

/// The most sales that one flattening is divided into.
const PARTS_MAX: i64 = 500;

/// The limits and the brake that what follows will meet.
#[derive(Debug)]
pub(super) struct Beforehand {
    limits: Limits,
    is_braked: bool,
}

impl Beforehand {
    /// Those of an account as it stands.
    ///
    /// # Errors
    /// When nothing may be placed on this account at all.
    pub(super) fn new(house: &House, account: &AccountId, state: &State) -> Result<Self> {
        let limits = match account.is_real() {
            true => Armed::new(house, true, state)?.tighten(house.config.real_limits()),
            false => house.config.limits(),
        };
        let is_braked = state.account.brake.is_some() || real::is_halt_asked(&house.db);
        Ok(Self { limits, is_braked })
    }

    /// Whether an order may be replaced at another price.
    ///
    /// # Errors
    /// When the brake, a limit, the market's tick, or what is left of the order would keep the replacement from being placed.
    pub(super) async fn check(&self, house: &House, order: &Order, price: Price) -> Result<()> {
        if self.is_braked && !order.trade.reduce_only {
            let text = "the account is halted: the replacement would wait until `betteroms resume`, and then be \
                        placed. Nothing was changed [HALTED]";
            return Err(Usage(text.to_owned()).into());
        }
        let (limit, cap) = trade_cap(&self.limits, order);
        if let Some(cost) = cost(order, price).filter(|cost| *cost > limit) {
            let (what, remedy) = over_limit(price, (cost, limit), cap);
            let text =
                format!("at {price} it {what}. {remedy} Nothing was changed [NOTIONAL_OVER_LIMIT]");
            return Err(Usage(text).into());
        }
        let reference = match (&order.market, &order.slug) {
            (Some(condition), _) => condition.to_string(),
            (None, Some(slug)) => slug.clone(),
            (None, None) => order.trade.market.to_string(),
        };
        let market = market(house, &reference).await.map_err(|problem| {
            let words = problem_text(&reference, &problem);
            Usage(format!("{} Nothing was changed", words.trim_end()))
        })?;
        on_tick(&market, price)?;
        Ok(self.check_rest(house, order, &market)?)
    }

    /// Whether what is left of an order, in shares and in time, is enough for another one.
    fn check_rest(&self, house: &House, order: &Order, market: &Market) -> Result<(), Usage> {
        let Some(placing) = &order.placing else { return Ok(()) };
        let rest = (order.size() - order.tracks.expected.filled).or_zero();
        if rest.is_positive() && rest < market.min_size && !order.time_in_force.is_immediate() {
            let text = format!(
                "{} shares are left of it, and the market takes no order of fewer than {}. Nothing was changed \
                 [UNDER_MINIMUM]",
                shares(rest),
                shares(market.min_size)
            );
            return Err(Usage(text));
        }
        let left = placing.due.map(|due| due.since_micros(house.now).div_euclid(1_000_000));
        let (Some(secs), Some(secs_min)) = (left, self.limits.life_secs_min) else { return Ok(()) };
        if secs < i64::from(secs_min) {
            let (what, _) = too_short(secs, secs_min);
            let text = format!("{what}. Nothing was changed [LIFETIME_TOO_SHORT]");
            return Err(Usage(text));
        }
        Ok(())
    }

    /// The sizes in which a holding is sold at a price or better, so that none is over the limit of one trade;
    /// `None` where it goes as a whole.
    ///
    /// # Errors
    /// When that would be too many.
    pub(super) fn parts(&self, free: Shares, price: Price) -> Result<Option<Vec<Shares>>, Usage> {
        let limit = self.limits.per_trade;
        let free = free.floor_lot();
        let part = shares_floor(limit, price, LOT);
        if notional_ceil(price, free) <= limit || !part.is_positive() {
            return Ok(None);
        }
        let count = free.micros().div_euclid(part.micros()).saturating_add(1);
        if count > PARTS_MAX {
            let text = format!(
                "at {price} or better this takes {count} sales of {limit} each, the per-trade limit: raise it, or \
                 give a lower price"
            );
            return Err(Usage(text));
        }
        let mut left = free;
        let even = (1..=count).rev().map(|parts| {
            let part = Shares::from_micros(left.micros().div_euclid(parts)).floor_lot();
            left -= part;
            part
        });
        Ok(Some(even.filter(|part| part.is_positive()).collect()))
    }
}

/// What an order costs at another price; `None` where that is not known before it is placed.
fn cost(order: &Order, price: Price) -> Option<Usd> {
    let rest = (order.size() - order.tracks.expected.filled).or_zero();
    match (order.placing.is_some(), order.trade.size) {
        (true, _) => Some(notional_ceil(price, rest)),
        (false, Size::Shares(shares)) => Some(notional_ceil(price, shares)),
        (false, Size::Usdc(cash)) => Some(cash),
        (false, Size::All) => None,
    }
}

/// The market of a name, as the venue describes it now.
pub(super) async fn market(house: &House, reference: &str) -> Result<Market, MarketProblem> {
    let books = LiveBooks::connect(options(house))
        .map_err(|error| MarketProblem::Unavailable { cause: error.explain() })?;
    show(&books, reference, house.now).await.map(|shown| shown.market)
}

/// Whether a price is one of the market's.
///
/// # Errors
/// When it is not: names the neighbours that are.
pub(super) fn on_tick(market: &Market, price: Price) -> Result<(), Usage> {
    let Some(near) = market.tick.around(price) else { return Ok(()) };
    let (what, remedy) = off_tick(price, market.tick, near);
    Err(Usage(format!("{what}. {remedy} Nothing was changed [OFF_TICK]")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parts(limit: i64, shares: i64, price: u32) -> Result<Option<Vec<Shares>>, String> {
        let limits = Limits { per_trade: Usd::from_micros(limit), ..Config::default().limits() };
        let beforehand = Beforehand { limits, is_braked: false };
        let shares = Shares::from_micros(shares * 10_000);
        beforehand.parts(shares, Price::from_micros(price).unwrap()).map_err(|Usage(text)| text)
    }

    #[test]
    fn a_holding_is_sold_in_even_parts_that_no_limit_stops() {
        assert_eq!(parts(10_000_000, 1_000, 900_000), Ok(None));
        for (limit, hundredths, price) in [
            (10_000_000, 50_000, 900_000),
            (10_000_000, 1_112, 900_000),
            (3_450_000, 99_999, 350_000),
            (1_000_000, 7, 999_000),
        ] {
            let all = parts(limit, hundredths, price).unwrap();
            let Some(all) = all else { continue };
            let price = Price::from_micros(price).unwrap();
            let limit = Usd::from_micros(limit);
            assert!(all.iter().all(|part| notional_ceil(price, *part) <= limit), "{all:?}");
            let sum: Shares = all.iter().copied().sum();
            assert_eq!(sum, Shares::from_micros(hundredths * 10_000));
            let (least, most) = (all.iter().min().unwrap(), all.iter().max().unwrap());
            assert!(*most - *least <= Shares::from_micros(10_000), "{all:?}");
        }
        assert!(parts(1_000_000, 10_000_000, 500_000).is_err());
    }
}
