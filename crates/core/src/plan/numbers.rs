//! Reads prices, amounts and seconds from the digits in the file, never through a float, and guesses
//! what went wrong when the digits cannot be meant.

use super::catalogue::Mistake;
use super::fields::quoted;
use super::problems::Place;
use super::reader::Reader;
use super::tree::{NodeId, NodeKind};
use crate::money::{Decimal, MICROS, PRICE_STEP, Price};
use std::borrow::Cow;

/// The largest amount of dollars or shares a plan may name, in millionths: sums stay far from 64 bits.
pub const AMOUNT_MICROS_MAX: i64 = 100_000_000 * MICROS;
/// The longest lifetime in seconds: ten years.
pub const SECONDS_MAX: u32 = 315_360_000;

/// More digits than this are no decision of a person.
const DIGITS_MAX: usize = 20;
/// From so many decimals on, a tail of nines or zeros is taken for a float's.
const FLOAT_DECIMALS: usize = 12;

/// A number as the file writes it, whole and part, both only digits.
struct Written<'t> {
    raw: &'t str,
    whole: &'t str,
    part: &'t str,
}

impl<'a> Reader<'a> {
    /// A price: strictly between 0 and 1, no finer than 0.0001.
    pub(super) fn price(&mut self, id: NodeId, place: Place) -> Option<Price> {
        let raw = self.number_text(id, place)?;
        let read = written(&raw).and_then(|number| price(&number));
        self.told(id, place, read)
    }

    /// Dollars or shares in millionths: above zero, no finer than 0.000001, at most 100 million.
    pub(super) fn amount(&mut self, id: NodeId, place: Place, zero: &Mistake) -> Option<i64> {
        let raw = self.number_text(id, place)?;
        let read = written(&raw).and_then(|number| amount(&number, zero));
        self.told(id, place, read)
    }

    /// Whole seconds, at least one.
    pub(super) fn seconds(&mut self, id: NodeId, place: Place) -> Option<u32> {
        let raw = self.number_text(id, place)?;
        let read = written(&raw).and_then(|number| seconds(&number));
        self.told(id, place, read)
    }

    fn told<T>(&mut self, id: NodeId, place: Place, read: Result<T, Mistake>) -> Option<T> {
        read.map_err(|mistake| self.wrong(id, place, &mistake)).ok()
    }

    fn number_text(&mut self, id: NodeId, place: Place) -> Option<Cow<'a, str>> {
        let kind = self.tree.kind(id);
        if kind == NodeKind::Number {
            return Some(Cow::Borrowed(self.tree.raw(id)));
        }
        if kind == NodeKind::Text {
            return self.text(id, place, "a number");
        }
        self.wrong_type(id, place, "a number");
        None
    }
}

/// Takes apart `-?digits(.digits)?`, or names what the text is instead.
fn written(raw: &str) -> Result<Written<'_>, Mistake> {
    let shown = || short(raw);
    let unsigned = raw.strip_prefix('-').unwrap_or(raw);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let zeros = |s: &str| s.bytes().all(|b| b == b'0');
    let has_point = unsigned.contains('.');
    if !digits(whole) || (has_point && !digits(part)) {
        return Err(not_digits(raw, unsigned));
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(Mistake::MalformedNumber { word: quoted(raw) });
    }
    if raw.len() != unsigned.len() {
        return Err(if zeros(whole) && zeros(part) {
            Mistake::NegativeZero {}
        } else {
            Mistake::NumberNegative { raw: shown() }
        });
    }
    Ok(Written { raw, whole, part })
}

/// Why a text that is not plain digits was probably written.
fn not_digits(raw: &str, unsigned: &str) -> Mistake {
    let lower = unsigned.trim_start_matches('+').to_ascii_lowercase();
    let is_exponent = lower.split_once('e').is_some_and(|(mantissa, power)| {
        let power = power.trim_start_matches(['+', '-']);
        let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        !mantissa.is_empty() && numeric(mantissa) && !power.is_empty() && numeric(power)
    });
    if is_exponent {
        return Mistake::NumberExponent { raw: short(raw) };
    }
    if raw.len() > 64 {
        return Mistake::NotANumber { raw: quoted(raw) };
    }
    if matches!(lower.as_str(), "nan" | "infinity" | "inf") {
        return Mistake::NotANumber { raw: quoted(raw) };
    }
    match without_unit(raw) {
        Some(plain) => Mistake::NumberWithUnit { raw: quoted(raw), plain },
        None => Mistake::NotANumber { raw: quoted(raw) },
    }
}

/// The plain form of `$0.42`, `42%`, `42¢`, `0,42`, `1,000`, `1_000`, `+5`, `.5`, `5.` and `100 USDC`.
fn without_unit(raw: &str) -> Option<String> {
    let trimmed = raw.trim().trim_start_matches(['$', '+']).trim();
    let lower = trimmed.to_ascii_lowercase();
    let units = ["usdc", "usd", "shares", "cents", "¢", "%", "c", "s"];
    let unit = units.iter().find(|unit| lower.ends_with(**unit));
    let bare = unit.map_or(lower.as_str(), |u| lower.trim_end_matches(*u)).trim();
    let hundredths = matches!(unit, Some(&("cents" | "¢" | "%" | "c")));
    let grouped: Vec<&str> = bare.split([',', '_', ' ']).collect();
    let decimal_comma = bare.contains(',') && !bare.contains('.');
    let joined = match grouped.as_slice() {
        [whole, part] if decimal_comma && part.len() != 3 => format!("{whole}.{part}"),
        _ => grouped.concat(),
    };
    let joined = match joined.strip_prefix('.') {
        Some(part) => format!("0.{part}"),
        None => joined.trim_end_matches('.').to_owned(),
    };
    let number = Decimal::parse(&joined).ok()?.micros()?;
    let number = if hundredths { number.checked_div(100)? } else { number };
    Some(Decimal::from_micros(number).to_string())
}

fn price(number: &Written<'_>) -> Result<Price, Mistake> {
    let raw = short(number.raw);
    if let Some(plain) = float_tail(number, 4) {
        return Err(Mistake::LooksLikeFloat { raw, plain });
    }
    let too_fine = number.part.trim_end_matches('0').len() > 4;
    let micros = micros(number)?;
    let low = i64::from(PRICE_STEP);
    let cents = (MICROS.saturating_add(1)..MICROS.saturating_mul(100)).contains(&micros);
    if cents && micros.checked_rem(10_000) == Some(0) {
        let plain = Decimal::from_micros(micros.checked_div(100).unwrap_or(0)).to_string();
        return Err(Mistake::LooksLikeCents { raw, plain });
    }
    if micros >= MICROS || micros <= 0 && !too_fine {
        return Err(Mistake::PriceOutOfRange { raw });
    }
    if too_fine {
        let steps = micros.saturating_add(low.checked_div(2).unwrap_or(0)).checked_div(low);
        let near = steps.unwrap_or(1).clamp(1, 9_999).saturating_mul(low);
        let near = Decimal::from_micros(near).to_string();
        return Err(Mistake::PriceTooFine { raw, near });
    }
    let value = u32::try_from(micros).ok().and_then(Price::from_micros);
    value.ok_or(Mistake::PriceOutOfRange { raw })
}

fn amount(number: &Written<'_>, zero: &Mistake) -> Result<i64, Mistake> {
    let raw = short(number.raw);
    if let Some(plain) = float_tail(number, 6) {
        return Err(Mistake::LooksLikeFloat { raw, plain });
    }
    if number.whole.len() > 9 {
        return Err(Mistake::AmountTooLarge { raw });
    }
    let micros = micros(number)?;
    if micros > AMOUNT_MICROS_MAX {
        return Err(Mistake::AmountTooLarge { raw });
    }
    if number.part.trim_end_matches('0').len() > 6 {
        let near = Decimal::from_micros(micros.max(1)).to_string();
        return Err(Mistake::AmountTooFine { raw, near });
    }
    if micros == 0 {
        return Err(zero.clone());
    }
    Ok(micros)
}

fn seconds(number: &Written<'_>) -> Result<u32, Mistake> {
    let raw = short(number.raw);
    if number.part.bytes().any(|b| b != b'0') {
        return Err(Mistake::SecondsNotWhole { raw });
    }
    let value = number.whole.parse::<u32>().ok();
    value.filter(|s| (1..=SECONDS_MAX).contains(s)).ok_or(Mistake::SecondsOutOfRange { raw })
}

/// The value in millionths, cut behind the sixth decimal; its caller judges how fine it may be.
fn micros(number: &Written<'_>) -> Result<i64, Mistake> {
    let too_long = || Mistake::NumberTooLong { raw: short(number.raw) };
    if number.whole.len().saturating_add(number.part.len()) > DIGITS_MAX {
        return Err(too_long());
    }
    let part = number.part.get(..6).unwrap_or(number.part);
    let text =
        if part.is_empty() { number.whole.to_owned() } else { format!("{}.{part}", number.whole) };
    let value = Decimal::parse(&text).ok().and_then(Decimal::micros);
    value.ok_or_else(too_long)
}

/// The number with `places` decimals that a float was meant to be: `0.42` for `0.41999999999999999`.
fn float_tail(number: &Written<'_>, places: usize) -> Option<String> {
    if number.part.len() < FLOAT_DECIMALS || number.whole.len() > 9 {
        return None;
    }
    let (kept, rest) = number.part.split_at_checked(places)?;
    let tail = rest.get(..FLOAT_DECIMALS.checked_sub(places)?)?;
    let more = rest.bytes().any(|b| b != b'0');
    let low = tail.bytes().all(|b| b == b'0');
    let high = tail.bytes().all(|b| b == b'9');
    if !more || !(low || high) {
        return None;
    }
    let cut = Decimal::parse(&format!("{}.{kept}", number.whole)).ok()?.micros()?;
    let step = 10_i64.checked_pow(6_u32.checked_sub(u32::try_from(places).ok()?)?)?;
    let meant = if high { cut.checked_add(step)? } else { cut };
    Some(Decimal::from_micros(meant).to_string())
}

/// A number as a sentence shows it.
fn short(raw: &str) -> String {
    if raw.len() <= 40 {
        raw.to_owned()
    } else {
        format!("{}…", raw.chars().take(40).collect::<String>())
    }
}
