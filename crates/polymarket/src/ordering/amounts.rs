//! What an order gives at most and takes at least (venue.md 3.6, 3.7). Whole numbers of millionths, exact or
//! refused; the one rounding there is goes down, on what a market order takes, as the venue demands.

use super::Life;
use betteroms_core::market::Side;
use betteroms_core::money::{FAK_STEP, LOT, MICROS, PRICE_STEP, Price, Shares, Tick, Usd};
use betteroms_core::order::Want;

/// The step of the cash that a market buy spends, a cent, in millionths.
const CENT: i64 = 10_000;
/// One, in millionths.
const ONE: u128 = MICROS.unsigned_abs() as u128;

/// The two amounts of an order, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amounts {
    /// The most that is given: pUSD of a buy, shares of a sale.
    pub maker: u64,
    /// The least that is received: shares of a buy, pUSD of a sale.
    pub taker: u64,
}

/// Why an order has no amounts that the venue would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAmounts {
    /// The price is no whole number of ticks.
    #[error("the price {price} is no multiple of the tick {tick}")]
    OffTick {
        /// The price.
        price: Price,
        /// The market's tick.
        tick: Tick,
    },
    /// The price is nearer to a dollar than a tick.
    #[error("the price {price} is nearer to 1 than the tick {tick}")]
    TooDear {
        /// The price.
        price: Price,
        /// The market's tick.
        tick: Tick,
    },
    /// Shares that are none, or finer than the venue's lot.
    #[error("{0} shares: an order is for a positive multiple of 0.01 share")]
    Shares(Shares),
    /// Cash that is none, or finer than a cent.
    #[error("{0} dollars: a market buy spends a positive multiple of 0.01 dollar")]
    Cash(Usd),
    /// A market buy in shares.
    #[error("a market buy says how much cash it spends, not how many shares it wants")]
    BuyWantsShares,
    /// Cash where only shares will do.
    #[error("only a market buy is for cash; this order says how many shares it is for")]
    WantsCash,
    /// Price times shares has more decimals than the tick allows.
    #[error("{shares} shares at {price} are no amount that the tick {tick} allows")]
    Inexact {
        /// The price.
        price: Price,
        /// The shares.
        shares: Shares,
        /// The market's tick.
        tick: Tick,
    },
    /// Rounded down, what a market order takes is nothing, or so little less that it would also trade at the
    /// next price beyond its limit.
    #[error("so small a market order at {0} would round past its own price")]
    PastThePrice(Price),
    /// More than fits.
    #[error("the order's amounts are too large")]
    TooLarge,
}

/// The amounts of an order. A GTC or GTD order is for shares, and cash is exactly price times shares. A FOK
/// or FAK buy is for cash, and takes cash over price; a FOK or FAK sale is for shares, and takes price times
/// shares; both rounded down to four decimals, whatever the tick.
///
/// # Errors
/// [`BadAmounts`] says what is wrong; nothing is rounded to make an order fit.
pub fn amounts(
    side: Side,
    life: Life,
    price: Price,
    want: Want,
    tick: Tick,
) -> Result<Amounts, BadAmounts> {
    if !price.is_on(tick) {
        return Err(BadAmounts::OffTick { price, tick });
    }
    // The lower bound holds by itself: a price is above zero, so on the grid it is a tick at least.
    if price.complement().micros() < tick.micros() {
        return Err(BadAmounts::TooDear { price, tick });
    }
    match (life.rests(), side, want) {
        (true, _, Want::Cash(_)) | (false, Side::Sell, Want::Cash(_)) => Err(BadAmounts::WantsCash),
        (true, _, Want::Shares(shares)) => limit(side, price, shares, tick),
        (false, Side::Buy, Want::Shares(_)) => Err(BadAmounts::BuyWantsShares),
        (false, Side::Buy, Want::Cash(cash)) => market_buy(price, cash),
        (false, Side::Sell, Want::Shares(shares)) => market_sale(price, shares),
    }
}

fn limit(side: Side, price: Price, shares: Shares, tick: Tick) -> Result<Amounts, BadAmounts> {
    let size = lots(shares)?;
    let product = u128::from(price.micros()) * u128::from(size);
    let cash = product / ONE;
    if !product.is_multiple_of(ONE) || !cash.is_multiple_of(amount_step(tick)) {
        return Err(BadAmounts::Inexact { price, shares, tick });
    }
    let cash = narrow(cash)?;
    Ok(match side {
        Side::Buy => Amounts { maker: cash, taker: size },
        Side::Sell => Amounts { maker: size, taker: cash },
    })
}

fn market_buy(price: Price, cash: Usd) -> Result<Amounts, BadAmounts> {
    let maker = whole_steps(cash.micros(), CENT).ok_or(BadAmounts::Cash(cash))?;
    let shares = u128::from(maker) * ONE / u128::from(price.micros());
    let taker = floor(shares);
    // Paid per share, maker over taker, must stay below the next price there can be.
    if u128::from(maker) * ONE >= taker * u128::from(price.micros() + PRICE_STEP) {
        return Err(BadAmounts::PastThePrice(price));
    }
    Ok(Amounts { maker, taker: narrow(taker)? })
}

fn market_sale(price: Price, shares: Shares) -> Result<Amounts, BadAmounts> {
    let maker = lots(shares)?;
    let taker = floor(u128::from(maker) * u128::from(price.micros()) / ONE);
    // Received per share, taker over maker, must stay above the next price there can be.
    let next = u128::from(price.micros().saturating_sub(PRICE_STEP));
    if taker == 0 || taker * ONE <= u128::from(maker) * next {
        return Err(BadAmounts::PastThePrice(price));
    }
    Ok(Amounts { maker, taker: narrow(taker)? })
}

/// Shares as a number, if they are what the venue sells.
fn lots(shares: Shares) -> Result<u64, BadAmounts> {
    whole_steps(shares.micros(), LOT).ok_or(BadAmounts::Shares(shares))
}

/// A positive multiple of `step`, or nothing.
fn whole_steps(micros: i64, step: i64) -> Option<u64> {
    u64::try_from(micros).ok().filter(|_| micros > 0 && micros % step == 0)
}

/// Down to four decimals.
fn floor(micros: u128) -> u128 {
    micros - micros % u128::from(FAK_STEP.unsigned_abs())
}

/// The step, in millionths, of the cash of a resting order: two decimals more than the tick has, and never
/// finer than a millionth.
fn amount_step(tick: Tick) -> u128 {
    // The power of ten that is the tick's last decimal.
    let mut last = ONE;
    while !u128::from(tick.micros()).is_multiple_of(last) {
        last /= 10;
    }
    (last / 100).max(1)
}

fn narrow(micros: u128) -> Result<u64, BadAmounts> {
    u64::try_from(micros).map_err(|_| BadAmounts::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_two_decimals_more_than_the_tick() {
        // The venue's table (venue.md 3.6): 3, 4, 5, 6, 5, 6; and ticks that it does not have.
        let rows = [
            (100_000, 1_000),
            (10_000, 100),
            (5_000, 10),
            (2_500, 1),
            (1_000, 10),
            (100, 1),
            (500_000, 1_000),
            (20_000, 100),
            (50, 1),
            (1, 1),
        ];
        for (tick, step) in rows {
            assert_eq!(amount_step(Tick::from_micros(tick).unwrap()), step, "tick {tick}");
        }
    }
}
