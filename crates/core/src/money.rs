//! Money, shares and prices as whole millionths, and every rounding we ever do, each under a name.
//!
//! Nothing here can hold a float. Sums and products are checked: an overflow is a bug and stops the
//! process, it never wraps. Text is read digit by digit; see [`Decimal`].
#![deny(clippy::arithmetic_side_effects)]

use serde::{Deserialize, Serialize};
use std::fmt;

/// Millionths in one unit.
pub const MICROS: i64 = 1_000_000;
/// The venue's size step, 0.01 share, in millionths (`shared/venue.md` 3.6).
pub const LOT: i64 = 10_000;
/// The share step of a fill-and-kill buy, 0.0001 share, in millionths.
pub const FAK_STEP: i64 = 100;
/// The finest price grid the venue has, 0.0001 dollars, in millionths.
pub const PRICE_STEP: u32 = 100;

/// Dollars, in millionths; negative for money we paid or owe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i64);

/// Outcome shares, in millionths; negative only in a band's net position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shares(i64);

/// Dollars per share, strictly between 0 and 1, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u32);

/// A belief between 0 and 1 inclusive, in millionths. A price only implies one; the two never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(u32);

/// A share of a whole, 0 to 1 inclusive, in millionths: liquidity fractions and fee rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fraction(u32);

fn sum(a: i64, b: i64) -> i64 {
    a.checked_add(b).expect("an amount outgrew 64 bits: sizes are capped when a plan is read")
}

fn difference(a: i64, b: i64) -> i64 {
    a.checked_sub(b).expect("an amount outgrew 64 bits: sizes are capped when a plan is read")
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).expect("a product outgrew 64 bits: sizes are capped when a plan is read")
}

/// Divides, rounding towards plus infinity. `by` is positive.
fn divide_ceil(value: i128, by: i128) -> i128 {
    value.div_euclid(by).checked_add(i128::from(value.rem_euclid(by) != 0)).expect("in range")
}

macro_rules! amount {
    ($name:ident, $what:literal) => {
        impl $name {
            /// None of it.
            pub const ZERO: Self = Self(0);

            #[doc = concat!("Builds ", $what, " from millionths.")]
            pub const fn from_micros(micros: i64) -> Self {
                Self(micros)
            }

            #[doc = concat!("Builds ", $what, " from whole units.")]
            pub fn from_units(units: i32) -> Self {
                Self(i64::from(units).checked_mul(MICROS).expect("an i32 times a million fits"))
            }

            /// The amount in millionths.
            pub const fn micros(self) -> i64 {
                self.0
            }

            /// True when there is none of it.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// True when above zero.
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// The amount, or zero if it is negative.
            pub fn or_zero(self) -> Self {
                Self(self.0.max(0))
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(sum(self.0, other.0))
            }
        }

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 = sum(self.0, other.0);
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(difference(self.0, other.0))
            }
        }

        impl std::ops::SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 = difference(self.0, other.0);
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(difference(0, self.0))
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                items.fold(Self::ZERO, std::ops::Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&Decimal::from_micros(self.0).to_string())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                let decimal = Decimal::parse(&text).map_err(serde::de::Error::custom)?;
                decimal.micros().map(Self).ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        "{text} is finer than a millionth or too large"
                    ))
                })
            }
        }
    };
}

amount!(Usd, "dollars");
amount!(Shares, "shares");

macro_rules! bounded {
    ($name:ident, $low:literal, $high:literal, $what:literal) => {
        impl $name {
            #[doc = concat!("Builds ", $what, " from millionths; `None` outside its bounds.")]
            pub const fn from_micros(micros: u32) -> Option<Self> {
                if micros as i64 >= $low && micros as i64 <= $high {
                    Some(Self(micros))
                } else {
                    None
                }
            }

            /// The value in millionths.
            pub const fn micros(self) -> u32 {
                self.0
            }

            /// Reads decimal text; `None` if malformed, finer than a millionth or out of bounds.
            pub fn parse(text: &str) -> Option<Self> {
                let micros = Decimal::parse(text).ok()?.micros()?;
                u32::try_from(micros).ok().and_then(Self::from_micros)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&Decimal::from_micros(i64::from(self.0)).to_string())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| {
                    serde::de::Error::custom(format!(concat!("{} is not ", $what), text))
                })
            }
        }
    };
}

bounded!(Price, 1, 999_999, "a price strictly between 0 and 1");
bounded!(Probability, 0, 1_000_000, "a probability between 0 and 1");
bounded!(Fraction, 0, 1_000_000, "a fraction between 0 and 1");

impl Price {
    /// The same claim seen from the other outcome: `1 − p`.
    pub const fn complement(self) -> Self {
        Self(1_000_000_u32.saturating_sub(self.0))
    }

    /// True when the price is a whole number of ticks.
    pub const fn is_on(self, tick: Tick) -> bool {
        self.0.is_multiple_of(tick.0)
    }

    /// The price `ticks` dearer; `None` when that leaves (0, 1).
    pub fn dearer(self, tick: Tick, ticks: u32) -> Option<Self> {
        self.0.checked_add(tick.0.checked_mul(ticks)?).and_then(Self::from_micros)
    }

    /// The price `ticks` cheaper; `None` when that leaves (0, 1).
    pub fn cheaper(self, tick: Tick, ticks: u32) -> Option<Self> {
        self.0.checked_sub(tick.0.checked_mul(ticks)?).and_then(Self::from_micros)
    }
}

impl Fraction {
    /// The whole.
    pub const ONE: Self = Self(1_000_000);

    /// Half of the fraction, rounded down.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

/// The price step of a market, in millionths of a dollar; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Price", into = "Price")]
pub struct Tick(u32);

impl Tick {
    /// One cent.
    pub const CENT: Self = Self(10_000);

    /// Builds a tick from millionths; `None` for zero or a dollar and more.
    pub const fn from_micros(micros: u32) -> Option<Self> {
        if micros > 0 && micros < 1_000_000 { Some(Self(micros)) } else { None }
    }

    /// The step in millionths of a dollar.
    pub const fn micros(self) -> u32 {
        self.0
    }
}

impl TryFrom<Price> for Tick {
    type Error = String;
    fn try_from(price: Price) -> Result<Self, String> {
        Self::from_micros(price.micros()).ok_or_else(|| format!("{price} is not a tick"))
    }
}

impl From<Tick> for Price {
    fn from(tick: Tick) -> Self {
        Self(tick.0)
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Price(self.0).fmt(f)
    }
}

impl Shares {
    /// Rounds down to the venue's lot of 0.01 share.
    pub fn floor_lot(self) -> Self {
        self.floor_to(LOT)
    }

    /// Rounds down (towards minus infinity) to a multiple of `step` millionths.
    pub fn floor_to(self, step: i64) -> Self {
        Self(difference(self.0, self.0.checked_rem_euclid(step).expect("a step is positive")))
    }

    /// Takes `fraction` of the shares, rounded down to the lot.
    pub fn fraction_floor_lot(self, fraction: Fraction) -> Self {
        let product = i128::from(self.0).checked_mul(i128::from(fraction.0)).expect("fits i128");
        Self(narrow(product.div_euclid(i128::from(MICROS)))).floor_lot()
    }

    /// The smaller of two amounts.
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
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

/// A decimal number as written: sign, digits and the place of the point, with nothing lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits as one whole number.
    digits: i128,
    /// How many of the digits stand behind the point.
    places: u32,
}

/// Why a text is not a plain decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something else than an optional minus, digits and one point.
    #[error("not a plain decimal number")]
    Malformed,
    /// More than 30 digits.
    #[error("a number of more than 30 digits")]
    TooLong,
}

impl Decimal {
    /// Builds a decimal from millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self { digits: micros as i128, places: 6 }
    }

    /// Reads `-?[0-9]+(.[0-9]+)?`, and `.48` as the venue writes it. No exponent, no plus sign.
    ///
    /// # Errors
    /// On any other form, and on more than 30 digits.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let dangling = unsigned.contains('.') && part.is_empty();
        if (whole.is_empty() && part.is_empty())
            || dangling
            || !all_digits(whole)
            || !all_digits(part)
        {
            return Err(DecimalError::Malformed);
        }
        if whole.len().saturating_add(part.len()) > 30 {
            return Err(DecimalError::TooLong);
        }
        let digits: i128 = format!("{whole}{part}").parse().map_err(|_| DecimalError::Malformed)?;
        let digits = if text.starts_with('-') { digits.saturating_neg() } else { digits };
        Ok(Self { digits, places: u32::try_from(part.len()).map_err(|_| DecimalError::TooLong)? })
    }

    /// The value in millionths; `None` when it is finer than that or does not fit.
    pub fn micros(self) -> Option<i64> {
        let (mut digits, mut places) = (self.digits, self.places);
        while places > 6 {
            if digits.checked_rem(10)? != 0 {
                return None;
            }
            digits = digits.checked_div(10)?;
            places = places.checked_sub(1)?;
        }
        let scale = 10_i128.checked_pow(6_u32.checked_sub(places)?)?;
        i64::try_from(digits.checked_mul(scale)?).ok()
    }
}

impl fmt::Display for Decimal {
    /// Writes without an exponent and without trailing zeros behind the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_i128.pow(self.places);
        let sign = if self.digits < 0 { "-" } else { "" };
        let size = self.digits.unsigned_abs();
        let whole = size.checked_div(scale.unsigned_abs()).expect("a power of ten is not zero");
        let part = size.checked_rem(scale.unsigned_abs()).expect("a power of ten is not zero");
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let width = usize::try_from(self.places).unwrap_or(usize::MAX);
        let padded = format!("{part:0width$}");
        write!(f, "{sign}{whole}.{}", padded.trim_end_matches('0'))
    }
}
