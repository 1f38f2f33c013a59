//! Numbers of a source as exact millionths. Text is read digit by digit. Set D1 stores binary
//! floats: each is taken through its shortest decimal text, never through arithmetic.

use betteroms_core::money::{Decimal, PRICE_STEP, Price, Shares};
use std::collections::HashMap;

/// Reads a price on the venue's finest grid of 0.0001.
///
/// # Errors
/// A sentence: not a decimal, outside (0, 1), or finer than the grid.
pub(super) fn price(text: &str) -> Result<Price, String> {
    let price =
        Price::parse(text).ok_or_else(|| format!("{text} is not a price between 0 and 1"))?;
    if price.micros().is_multiple_of(PRICE_STEP) {
        Ok(price)
    } else {
        Err(format!("price {text} is finer than 0.0001"))
    }
}

/// Reads a size; zero is allowed, a level without shares is dropped later.
///
/// # Errors
/// A sentence: not a decimal, negative, finer than a millionth or too large.
pub(super) fn size(text: &str) -> Result<Shares, String> {
    let micros = Decimal::parse(text).ok().and_then(Decimal::micros);
    match micros {
        Some(micros) if micros >= 0 => Ok(Shares::from_micros(micros)),
        _ => Err(format!("{text} is not a size in whole millionths")),
    }
}

/// Turns D1's floats into exact numbers, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct Floats {
    prices: HashMap<u64, Price>,
    sizes: HashMap<u64, (Shares, bool)>,
    /// How many sizes carried the noise of float sums, such as 5.5600000000000005.
    pub(super) noisy: u64,
}

impl Floats {
    /// The price whose shortest decimal text this float is.
    pub(super) fn price(&mut self, value: f64) -> Result<Price, String> {
        if let Some(known) = self.prices.get(&value.to_bits()) {
            return Ok(*known);
        }
        let exact = price(&value.to_string())?;
        self.prices.insert(value.to_bits(), exact);
        Ok(exact)
    }

    /// The size whose shortest decimal text this float is. The source's recorder summed sizes in
    /// floats, so a size whose shortest text is finer than a millionth is read from its first 15
    /// digits, which every float keeps; those too must lie on the grid of a millionth.
    pub(super) fn size(&mut self, value: f64) -> Result<Shares, String> {
        let (exact, noisy) = match self.sizes.get(&value.to_bits()) {
            Some(known) => *known,
            None => {
                let shortest = value.to_string();
                let read = match size(&shortest) {
                    Ok(exact) => (exact, false),
                    Err(sentence) => {
                        let digits = fifteen_digits(value).ok_or(sentence)?;
                        (size(&digits)?, true)
                    }
                };
                self.sizes.insert(value.to_bits(), read);
                read
            }
        };
        self.noisy = self.noisy.saturating_add(u64::from(noisy));
        Ok(exact)
    }
}

/// The float's decimal text with 15 significant digits; `None` for what is not a plain number ≥ 0.
fn fifteen_digits(value: f64) -> Option<String> {
    let scientific = format!("{value:.14e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let point = usize::try_from(exponent.checked_add(1)?).ok()?;
    let (whole, part) = digits.split_at_checked(point)?;
    let part = part.trim_end_matches('0');
    (!mantissa.starts_with('-')).then(|| match part {
        "" => whole.to_owned(),
        part => format!("0{whole}.{part}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_the_decimals_they_were_written_as() {
        let mut floats = Floats::default();
        assert_eq!(floats.price(0.47).unwrap().micros(), 470_000);
        assert_eq!(floats.price(0.999).unwrap().micros(), 999_000);
        assert_eq!(floats.size(164_192.22).unwrap().micros(), 164_192_220_000);
        assert_eq!(floats.noisy, 0);
        for (noisy, micros) in [
            (5.560_000_000_000_000_5, 5_560_000),
            (5.689_999_999_999_999_5, 5_690_000),
            (1.589_999_999_999_999_9, 1_590_000),
        ] {
            assert_eq!(floats.size(noisy).unwrap().micros(), micros);
        }
        assert_eq!(floats.noisy, 3);
    }

    #[test]
    fn floats_off_the_grid_are_refused() {
        let mut floats = Floats::default();
        for price in [0.0, 1.0, -0.5, 0.123_45, f64::NAN, f64::INFINITY, 0.300_000_000_000_000_04] {
            assert!(floats.price(price).is_err(), "{price}");
        }
        for size in [-1.0, 1.234_567_8, f64::NAN, f64::INFINITY, 1e300, 1e-9] {
            assert!(floats.size(size).is_err(), "{size}");
        }
    }
}
