//! Numbers that a person writes, in a script or to the control interface, read digit by digit: `0.48` and `"0.48"` are the same, and no float is between.

use betteroms_core::money::{Decimal, Fraction, Price, Shares, Tick, Usd};
use betteroms_core::time::Time;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The largest amount of dollars or shares a person may name, in millionths: a billion.
const MOST: i64 = 1_000_000_000_000_000;

/// A value as its reader understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact<T>(pub(crate) T);

/// What can be read from the text of a decimal number.
pub(crate) trait FromText: Sized {
    /// What is expected, for the message.
    const WHAT: &'static str;
    /// Reads it.
    fn from_text(text: &str) -> Option<Self>;
}

fn micros(text: &str) -> Option<i64> {
    let micros = Decimal::parse(text).ok()?.micros()?;
    (0..=MOST).contains(&micros).then_some(micros)
}

impl FromText for Usd {
    const WHAT: &'static str = "dollars, 0 to 1000000000 with at most 6 decimals";
    fn from_text(text: &str) -> Option<Self> {
        micros(text).map(Self::from_micros)
    }
}

impl FromText for Shares {
    const WHAT: &'static str = "shares, 0 to 1000000000 with at most 6 decimals";
    fn from_text(text: &str) -> Option<Self> {
        micros(text).map(Self::from_micros)
    }
}

impl FromText for Price {
    const WHAT: &'static str = "a price between 0 and 1";
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText for Fraction {
    const WHAT: &'static str = "a number from 0 to 1";
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl FromText for Tick {
    const WHAT: &'static str = "a price step: 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001";
    fn from_text(text: &str) -> Option<Self> {
        let step = Price::parse(text)?.micros();
        // The venue's grids (venue.md 3.6).
        let known = [100_000, 10_000, 5_000, 2_500, 1_000, 100].contains(&step);
        Self::from_micros(step).filter(|_| known)
    }
}

/// Millionths of a plain number: a speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speed(pub(crate) u64);

impl FromText for Speed {
    const WHAT: &'static str = "a speed: 0 stands still, 1 is real time, 60 a minute a second";
    fn from_text(text: &str) -> Option<Self> {
        u64::try_from(micros(text)?).ok().map(Self)
    }
}

impl FromText for Time {
    const WHAT: &'static str = "an instant such as \"2026-11-01T12:00:00Z\"";
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A span of time in microseconds: `"250ms"`, `"90s"`, `"5m"`, `"2h"`, `"1d"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) i64);

impl FromText for Span {
    const WHAT: &'static str = "a span such as \"250ms\", \"90s\", \"5m\", \"2h\" or \"1d\"";
    fn from_text(text: &str) -> Option<Self> {
        let units = [
            ("ms", 1_000),
            ("s", 1_000_000),
            ("m", 60_000_000),
            ("h", 3_600_000_000_i64),
            ("d", 86_400_000_000),
        ];
        let (number, unit) = units
            .into_iter()
            .find_map(|(unit, micros)| Some((text.strip_suffix(unit)?, micros)))?;
        let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
        number.checked_mul(unit).filter(|micros| *micros <= 315_360_000_000_000).map(Self)
    }
}

impl<'de, T: FromText> Deserialize<'de> for Exact<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let text = raw.get().trim_matches('"');
        T::from_text(text)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{} is not {}", raw.get(), T::WHAT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_and_refused_with_what_was_expected() {
        let price = |text: &str| serde_json::from_str::<Exact<Price>>(text);
        assert_eq!(price("0.48").expect("a price").0.micros(), 480_000);
        assert_eq!(price("\"0.48\"").expect("a price").0.micros(), 480_000);
        let refused = price("1.5").expect_err("too much").to_string();
        assert!(refused.starts_with("1.5 is not a price between 0 and 1"), "{refused}");
        assert!(serde_json::from_str::<Exact<Tick>>("0.02").is_err());
        assert!(serde_json::from_str::<Exact<Usd>>("-1").is_err());
        assert!(serde_json::from_str::<Exact<Shares>>("0.0000001").is_err());
        let span = |text: &str| Span::from_text(text).map(|span| span.0);
        assert_eq!(span("250ms"), Some(250_000));
        assert_eq!(span("5m"), Some(300_000_000));
        assert_eq!([span("5"), span("-5s"), span("s"), span("5 m")], [None; 4]);
    }
}
