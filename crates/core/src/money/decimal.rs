//! Decimal text, digit by digit.

use std::fmt;

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
        let (mut part, mut width) = (part, usize::try_from(self.places).unwrap_or(usize::MAX));
        while let (Some(shorter), Some(0)) = (part.checked_div(10), part.checked_rem(10)) {
            (part, width) = (shorter, width.saturating_sub(1));
        }
        write!(f, "{sign}{whole}.{part:0width$}")
    }
}
