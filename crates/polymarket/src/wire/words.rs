//! The small words that orders, trades and events share: side, order type, and a time in any of the
//! venue's spellings. What only one kind of answer says lives with that answer.

use super::json::{Malformed, Object, Problem, Wire};
use super::number::Numeral;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// From here on a number is milliseconds and not seconds: the year 5138, or 1973 (venue.md 10.2).
const MILLIS_FROM: i64 = 100_000_000_000;
/// A number beyond this is neither.
const MILLIS_MAX: i64 = 100_000_000_000_000;

pub(super) fn not(what: &'static str) -> Malformed {
    Malformed { path: String::new(), problem: Problem::Not(what) }
}

/// A word of the venue without its REST prefix and without regard to case (venue.md 4.4, 4.5).
pub(super) fn bare(text: &str, prefix: &str) -> String {
    let upper = text.to_ascii_uppercase();
    upper.strip_prefix(prefix).map_or_else(|| upper.clone(), str::to_owned)
}

/// BUY or SELL in any case: tests of the official SDK carry `buy` (venue.md 5.3). Any other word is an
/// error, for nobody may guess a side.
impl Wire for Side {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        match bare(&String::read(raw)?, "").as_str() {
            "BUY" => Ok(Self::Buy),
            "SELL" => Ok(Self::Sell),
            _ => Err(not("BUY or SELL")),
        }
    }
}

/// How long an order may live (venue.md 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// Until cancelled.
    Gtc,
    /// Until its expiration.
    Gtd,
    /// At once and whole, or not at all.
    Fok,
    /// What can be had at once; the rest is cancelled.
    Fak,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl Wire for OrderType {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "").as_str() {
            "GTC" => Self::Gtc,
            "GTD" => Self::Gtd,
            "FOK" => Self::Fok,
            "FAK" => Self::Fak,
            _ => Self::Other(text),
        })
    }
}

/// A time: seconds or milliseconds since the epoch, told apart by their size, as text or as a number; or
/// RFC 3339 (venue.md 5.3, 10.2).
impl Wire for Time {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = raw.get();
        let text = if text.starts_with('"') { String::read(raw)? } else { text.to_owned() };
        let time = match Numeral::parse(&text) {
            Some(number) => match number.whole() {
                Some(secs @ 0..MILLIS_FROM) => Some(Self::from_secs(secs)),
                Some(millis @ MILLIS_FROM..MILLIS_MAX) => Some(Self::from_millis(millis)),
                Some(_) | None => None,
            },
            None => Self::parse(&text),
        };
        time.ok_or_else(|| not("a time"))
    }
}

/// When an order expires; `None` for `"0"`, `""`, null and missing, which all mean never.
pub(super) fn expiration(object: &mut Object<'_>) -> Result<Option<Time>, Malformed> {
    let at: Option<Time> = object.filled("expiration")?;
    Ok(at.filter(|at| at.micros() != 0))
}

#[cfg(test)]
mod tests {
    use super::{OrderType, Side, Time};
    use crate::wire::decode;

    #[test]
    fn a_time_is_told_by_its_size_and_its_form() {
        let at = Time::from_secs(1_725_841_741);
        for text in ["1725841741", "\"1725841741\"", "1725841741000", "\"1725841741000\""] {
            assert_eq!(decode::<Time>(text.as_bytes()).unwrap(), at, "{text}");
        }
        assert_eq!(decode::<Time>(b"\"2024-09-09T00:29:01Z\"").unwrap(), at);
        assert_eq!(decode::<Time>(b"99999999999").unwrap(), Time::from_secs(99_999_999_999));
        assert_eq!(decode::<Time>(b"100000000000").unwrap(), Time::from_secs(100_000_000));
        for text in ["\"\"", "-1", "1.5", "100000000000000", "\"soon\"", "true", "[1]", "{}"] {
            let error = decode::<Time>(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), ": is not a time", "{text}");
        }
    }

    #[test]
    fn words_are_read_without_regard_to_case() {
        assert_eq!(decode::<Side>(b"\"buy\"").unwrap(), Side::Buy);
        assert_eq!(decode::<Side>(b"\"SELL\"").unwrap(), Side::Sell);
        for text in ["\"\"", "\"LONG\"", "0", "null"] {
            assert!(decode::<Side>(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(decode::<OrderType>(b"\"gtd\"").unwrap(), OrderType::Gtd);
        assert_eq!(decode::<OrderType>(b"\"Ioc\"").unwrap(), OrderType::Other("Ioc".into()));
    }
}
