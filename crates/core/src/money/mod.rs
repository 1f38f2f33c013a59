//! Money, shares and prices as whole millionths. Every rounding we ever do stands in `rounding`, each
//! under a name; text is read and written digit by digit in `decimal`.
//!
//! Nothing here can hold a float. Sums and products are checked: an overflow is a bug and stops the
//! process, it never wraps.
#![deny(clippy::arithmetic_side_effects)]

mod decimal;
mod rounding;

pub use decimal::{Decimal, DecimalError};
pub use rounding::{
    FEE_EXPONENT_MAX, average, fee_half_up, fee_on_cash_ceil, notional_ceil, notional_floor,
    payout_floor, pro_rata_ceil, shares_floor, slippage_ceil,
};

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
                to.collect_str(&Decimal::from_micros(self.0))
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
                to.collect_str(&Decimal::from_micros(i64::from(self.0)))
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
    /// The lowest that the finest grid has.
    pub const LOWEST: Self = Self(100);
    /// Where fees are highest.
    pub const HALF: Self = Self(500_000);

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

    /// The prices next to one that is not on this grid, below and above, where there are such; `None` for a price that
    /// is on it.
    pub fn around(self, price: Price) -> Option<[Option<Price>; 2]> {
        if price.is_on(self) {
            return None;
        }
        let rest = price.0.checked_rem(self.0).unwrap_or(0);
        let below = price.0.saturating_sub(rest);
        Some([below, below.saturating_add(self.0)].map(Price::from_micros))
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
