//! A number as the venue wrote it.

use betteroms_core::money::{Decimal, Price, Shares, Tick};
use std::fmt;

/// Digits beyond this many are not a number we believe.
const DIGITS_MAX: usize = 80;
/// The largest power of ten accepted in `1e-7`.
const EXPONENT_MAX: usize = 40;

/// A decimal number in the venue's own digits, without an exponent. It is text until somebody asks for
/// millionths, and never a float: the Data API writes JSON numbers, the CLOB writes strings, both end
/// here unchanged (venue.md 5.1, 5.5).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Numeral(String);

impl Numeral {
    /// Reads a decimal number, with an exponent if need be. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > DIGITS_MAX {
            return None;
        }
        let plain = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => expanded(mantissa, exponent)?,
            None => text.to_owned(),
        };
        let unsigned = plain.strip_prefix('-').unwrap_or(&plain);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let written = !whole.is_empty() || !part.is_empty();
        let dangling = unsigned.ends_with('.');
        (written && !dangling && digits(whole) && digits(part)).then_some(Self(plain))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value in millionths; `None` when it is finer than that or does not fit.
    pub fn micros(&self) -> Option<i64> {
        // Trailing zeros say nothing, but would count against the digits a decimal may have.
        let text = if self.0.contains('.') {
            self.0.trim_end_matches('0').trim_end_matches('.')
        } else {
            &self.0
        };
        let text = if text.is_empty() || text == "-" { "0" } else { text };
        Decimal::parse(text).ok()?.micros()
    }

    /// The value in millionths with finer digits cut off (towards zero); `None` when it does not fit.
    /// For public prints only, whose prices are quotients of settled amounts.
    pub fn micros_cut(&self) -> Option<i64> {
        let cut = match self.0.split_once('.') {
            Some((whole, part)) => {
                let whole = if whole.is_empty() { "0" } else { whole };
                let part: String = part.chars().take(6).collect();
                format!("{whole}.{part}")
            }
            None => self.0.clone(),
        };
        Decimal::parse(&cut).ok()?.micros()
    }

    /// The value as a price strictly between 0 and 1, if it is one exactly.
    pub fn price(&self) -> Option<Price> {
        u32::try_from(self.micros()?).ok().and_then(Price::from_micros)
    }

    /// The value as a tick, if it is one exactly.
    pub fn tick(&self) -> Option<Tick> {
        u32::try_from(self.micros()?).ok().and_then(Tick::from_micros)
    }

    /// The value as shares, negative ones included, if exact.
    pub fn shares(&self) -> Option<Shares> {
        self.micros().map(Shares::from_micros)
    }

    /// The value as a whole number; `None` with anything behind the point.
    pub fn whole(&self) -> Option<i64> {
        let (whole, part) = self.0.split_once('.').unwrap_or((&self.0, "0"));
        part.bytes().all(|b| b == b'0').then(|| whole.parse().ok())?
    }
}

/// Moves the point by the exponent.
fn expanded(mantissa: &str, exponent: &str) -> Option<String> {
    let (sign, unsigned) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() || !format!("{whole}{part}").bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (down, size) = match exponent.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, exponent.strip_prefix('+').unwrap_or(exponent)),
    };
    let size: usize = size.parse().ok().filter(|size| *size <= EXPONENT_MAX)?;
    Some(if down {
        let padded = format!("{}{whole}", "0".repeat(size));
        let (head, tail) = padded.split_at(padded.len() - size);
        let head = head.trim_start_matches('0');
        format!("{sign}{}.{tail}{part}", if head.is_empty() { "0" } else { head })
    } else {
        let padded = format!("{part}{}", "0".repeat(size.saturating_sub(part.len())));
        let (head, tail) = padded.split_at(size);
        let rest = if tail.is_empty() { "0" } else { tail };
        format!("{sign}{whole}{head}.{rest}")
    })
}

impl fmt::Display for Numeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Numeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Numeral;

    #[test]
    fn digits_are_kept_and_exponents_only_move_the_point() {
        type Row = (&'static str, Option<&'static str>, Option<i64>, Option<i64>);
        let rows: &[Row] = &[
            ("0.1", Some("0.1"), Some(100_000), Some(100_000)),
            (".48", Some(".48"), Some(480_000), Some(480_000)),
            ("100.00", Some("100.00"), Some(100_000_000), Some(100_000_000)),
            ("21.428571428571427", Some("21.428571428571427"), None, Some(21_428_571)),
            ("0.30000000000000004", Some("0.30000000000000004"), None, Some(300_000)),
            ("1e-06", Some("0.000001"), Some(1), Some(1)),
            ("1.5E-7", Some("0.00000015"), None, Some(0)),
            ("12.5e1", Some("125.0"), Some(125_000_000), Some(125_000_000)),
            ("-2.5e+2", Some("-250.0"), Some(-250_000_000), Some(-250_000_000)),
            ("1e400", None, None, None),
            ("NaN", None, None, None),
            ("0x10", None, None, None),
            ("1.", None, None, None),
            ("", None, None, None),
            ("--1", None, None, None),
            ("-", None, None, None),
            ("-.0", Some("-.0"), Some(0), Some(0)),
            ("5", Some("5"), Some(5_000_000), Some(5_000_000)),
        ];
        for (text, plain, exact, cut) in rows {
            let read = Numeral::parse(text);
            assert_eq!(read.as_ref().map(Numeral::as_str), *plain, "{text}");
            assert_eq!(read.as_ref().and_then(Numeral::micros), *exact, "{text}");
            assert_eq!(read.as_ref().and_then(Numeral::micros_cut), *cut, "{text}");
        }
        assert_eq!(Numeral::parse("1.0").and_then(|n| n.whole()), Some(1));
        assert_eq!(Numeral::parse("1.5").and_then(|n| n.whole()), None);
    }

    #[test]
    fn no_text_makes_it_panic() {
        let mut state = 7_u64;
        let alphabet = b"0123456789..--eE+";
        for _ in 0..200_000 {
            let mut text = String::new();
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let mut bits = state >> 8;
            for _ in 0..(state >> 60) {
                let at = usize::try_from(bits % 17).unwrap();
                text.push(char::from(alphabet[at]));
                bits /= 17;
            }
            if let Some(number) = Numeral::parse(&text) {
                let cut = number.micros_cut();
                assert!(number.micros().is_none_or(|exact| cut == Some(exact)), "{text}");
                let _ = (number.price(), number.tick(), number.whole());
            }
        }
    }
}
