//! Products and quotients of money, shares and prices. Rounding is always against us, except the
//! venue's own fee; the name says which way.

use super::{Fraction, MICROS, PRICE_STEP, Price, Shares, Usd, narrow};

/// Divides, rounding towards plus infinity. `by` is positive.
fn divide_ceil(value: i128, by: i128) -> i128 {
    value.div_euclid(by).checked_add(i128::from(value.rem_euclid(by) != 0)).expect("in range")
}

fn product(price: Price, shares: Shares) -> i128 {
    i128::from(price.0).checked_mul(i128::from(shares.0)).expect("32 by 64 bits fits 128")
}

/// Price × shares in dollars, rounded up to the millionth: what we pay or reserve.
pub fn notional_ceil(price: Price, shares: Shares) -> Usd {
    Usd(narrow(divide_ceil(product(price, shares), i128::from(MICROS))))
}

/// Price × shares in dollars, rounded down to the millionth: what we receive, or a mark.
pub fn notional_floor(price: Price, shares: Shares) -> Usd {
    Usd(narrow(product(price, shares).div_euclid(i128::from(MICROS))))
}

/// How many shares `cash` buys at `price`, rounded down to a multiple of `step` millionths.
pub fn shares_floor(cash: Usd, price: Price, step: i64) -> Shares {
    let scaled = i128::from(cash.0).checked_mul(i128::from(MICROS)).expect("64 by 20 bits fits");
    Shares(narrow(scaled.div_euclid(i128::from(price.0)))).floor_to(step)
}

/// Cost ÷ shares as a price in millionths, rounded down; for display only. `None` without shares.
pub fn average(cost: Usd, shares: Shares) -> Option<Usd> {
    let scaled = i128::from(cost.0).checked_mul(i128::from(MICROS)).expect("64 by 20 bits fits");
    scaled.checked_div_euclid(i128::from(shares.0)).map(|v| Usd(narrow(v)))
}

/// `total × part ÷ whole`, rounded up: the cost of what leaves a position. `whole` is positive.
pub fn pro_rata_ceil(total: Usd, part: Shares, whole: Shares) -> Usd {
    let product = i128::from(total.0).checked_mul(i128::from(part.0)).expect("64 by 64 fits 128");
    Usd(narrow(divide_ceil(product, i128::from(whole.0))))
}

/// Shares × payout per share in dollars, rounded down to the millionth.
pub fn payout_floor(shares: Shares, payout: Fraction) -> Usd {
    let product = i128::from(shares.0).checked_mul(i128::from(payout.0)).expect("fits i128");
    Usd(narrow(product.div_euclid(i128::from(MICROS))))
}

/// The highest whole exponent of a fee curve that the arithmetic below covers exactly.
pub const FEE_EXPONENT_MAX: u32 = 2;

/// The taker's fee on one leg: shares × rate × (p(1−p))^exponent, rounded half up at five decimals,
/// the smallest charge being 0.00001 (`shared/venue.md` 6.2; the rounding mode is unconfirmed there
/// and fixed by `shared/rules.md` 4.5). `exponent` is at most [`FEE_EXPONENT_MAX`].
pub fn fee_half_up(shares: Shares, price: Price, rate: Fraction, exponent: u32) -> Usd {
    const OVERFLOW: &str = "a fee outgrew 128 bits: sizes are capped when a plan is read";
    let (p, q) = (i128::from(price.0), i128::from(price.complement().0));
    // Prices lie on the grid of 0.0001, so dividing both factors by 100 is exact and keeps e = 2 in range.
    let step = i128::from(PRICE_STEP);
    let on_grid = price.0.is_multiple_of(PRICE_STEP);
    let (curve, scale) = if on_grid {
        let (p, q) = (p.div_euclid(step), q.div_euclid(step));
        (p.checked_mul(q).expect(OVERFLOW), 100_000_000_i128)
    } else {
        (p.checked_mul(q).expect(OVERFLOW), 1_000_000_000_000_i128)
    };
    let mut value = i128::from(shares.0).checked_mul(i128::from(rate.0)).expect(OVERFLOW);
    // Units now: millionths of a share times millionths; ten millionths make the fifth decimal.
    let mut unit = i128::from(MICROS).checked_mul(10).expect(OVERFLOW);
    for _ in 0..exponent {
        value = value.checked_mul(curve).expect(OVERFLOW);
        unit = unit.checked_mul(scale).expect(OVERFLOW);
    }
    let half = unit.div_euclid(2);
    let steps = value.checked_add(half).expect(OVERFLOW).div_euclid(unit);
    Usd(narrow(steps.checked_mul(10).expect(OVERFLOW)))
}

/// The most that spending `cash` at `best` or dearer can be charged under a curve of exponent 1 or
/// more: cash × rate × (1 − best), rounded up to the millionth.
pub fn fee_on_cash_ceil(cash: Usd, best: Price, rate: Fraction) -> Usd {
    let exact = i128::from(cash.0)
        .checked_mul(i128::from(rate.0))
        .and_then(|value| value.checked_mul(i128::from(best.complement().0)))
        .expect("64 by 20 by 20 bits fits 128");
    Usd(narrow(divide_ceil(exact, 1_000_000_000_000)))
}

/// What a fill cost against the mid: paid above it or received below it, rounded up; negative when
/// better than the mid. `cash` is negative for a buy, `mid_doubled` is twice the mid in millionths.
pub fn slippage_ceil(cash: Usd, shares: Shares, mid_doubled: u32) -> Usd {
    let worth = i128::from(shares.0).checked_mul(i128::from(mid_doubled)).expect("fits 128");
    let doubled = i128::from(cash.0)
        .checked_mul(i128::from(MICROS).checked_mul(2).expect("fits"))
        .expect("64 by 21 bits fits 128");
    // A buy paid −cash for shares worth the mid; a sell gave shares worth the mid for cash.
    let cost = if cash.0 < 0 { doubled.checked_neg() } else { worth.checked_sub(doubled) };
    let cost = if cash.0 < 0 { cost.and_then(|paid| paid.checked_sub(worth)) } else { cost };
    Usd(narrow(divide_ceil(cost.expect("fits 128"), 2_000_000)))
}
