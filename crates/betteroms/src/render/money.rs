//! How amounts look to a person.

use betteroms_core::money::{Shares, Usd};

/// Dollars with cents and thousands separators, `-$1,234.50`. A finer amount is shown to the cent,
/// rounded towards minus infinity: never better than it is.
pub fn usd(amount: Usd) -> String {
    in_cents(amount.micros().div_euclid(10_000))
}

/// The same for what was paid: a finer amount is rounded up.
pub fn usd_ceil(amount: Usd) -> String {
    in_cents(-(-amount.micros()).div_euclid(10_000))
}

fn in_cents(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let size = cents.unsigned_abs();
    format!("{sign}${}.{:02}", grouped(size / 100), size % 100)
}

/// Dollars to the last digit that is there, at least cents: fees of a fraction of a cent show.
pub fn usd_exact(amount: Usd) -> String {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let digits: u64 = digits.parse().unwrap_or(0);
    format!("{sign}${}.{part:0<2}", grouped(digits))
}

/// Shares to the last digit that is there, with thousands separators.
pub fn shares(amount: Shares) -> String {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let digits: u64 = digits.parse().unwrap_or(0);
    if part.is_empty() {
        format!("{sign}{}", grouped(digits))
    } else {
        format!("{sign}{}.{part}", grouped(digits))
    }
}

/// Twice a mid as the mid itself.
pub fn mid(doubled: u32) -> String {
    Usd::from_micros(i64::from(doubled) / 2).to_string()
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_never_flattered() {
        for (micros, rounded, exact) in [
            (0, "$0.00", "$0.00"),
            (2_100_000_000, "$2,100.00", "$2,100.00"),
            (-4_181_000, "-$4.19", "-$4.181"),
            (999_999, "$0.99", "$0.999999"),
            (1_234_567_890_000, "$1,234,567.89", "$1,234,567.89"),
        ] {
            assert_eq!(usd(Usd::from_micros(micros)), rounded);
            assert_eq!(
                usd_ceil(Usd::from_micros(-micros)).replace('-', ""),
                rounded.replace('-', "")
            );
            assert_eq!(usd_exact(Usd::from_micros(micros)), exact);
        }
    }
}
