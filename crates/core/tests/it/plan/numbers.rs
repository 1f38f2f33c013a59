//! Numbers are exact: held against a slow, obvious reading with whole numbers of any length.

use super::{codes, read, with};
use betteroms_core::plan::Size;
use proptest::prelude::*;

/// A decimal as a fraction `top / 10^places`, digits without limit: schoolbook on decimal digits.
#[derive(Debug, PartialEq, Eq)]
struct Rational {
    top: Vec<u8>,
    places: usize,
}

impl Rational {
    fn of(text: &str) -> Self {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        Self {
            top: whole.bytes().chain(part.bytes()).map(|b| b - b'0').collect(),
            places: part.len(),
        }
    }

    /// The value times a million if that is whole, as decimal digits without leading zeros.
    fn micros(&self) -> Option<String> {
        let mut digits = self.top.clone();
        if self.places <= 6 {
            digits.extend(vec![0; 6 - self.places]);
        } else {
            let cut = digits.split_off(digits.len() - (self.places - 6));
            if cut.iter().any(|d| *d != 0) {
                return None;
            }
        }
        let text: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
        let text = text.trim_start_matches('0');
        Some(if text.is_empty() { "0".into() } else { text.into() })
    }
}

fn decimal() -> impl Strategy<Value = String> {
    let whole = prop_oneof![Just("0".to_owned()), "[1-9][0-9]{0,9}"];
    let part = prop_oneof![
        Just(String::new()),
        "\\.[0-9]{1,8}",
        "\\.[0-9]{1,4}0{0,6}",
        "\\.[0-9]{1,4}(0{8,14}|9{8,14})[0-9]{0,3}"
    ];
    (whole, part).prop_map(|(whole, part)| format!("{whole}{part}"))
}

fn cases() -> u32 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok();
    set.and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_size_is_exact_or_refused(text in decimal(), quoted in any::<bool>()) {
        let value = if quoted { format!("\"{text}\"") } else { text.clone() };
        let exact = Rational::of(&text).micros();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let fits = exact.as_ref().is_some_and(|micros| {
            let in_range = micros.len() < 15 || (micros.len() == 15 && micros.as_str() <= "100000000000000");
            micros != "0" && in_range && digits <= 20
        });
        match read(&with("size", &value)) {
            Ok(plan) => {
                let Size::Usdc(usd) = plan.trades[0].size else { panic!("dollars") };
                prop_assert!(fits, "{text} accepted");
                prop_assert_eq!(Some(usd.micros().to_string()), exact);
            }
            Err(problems) => prop_assert!(!fits, "{text} refused: {problems}"),
        }
    }

    #[test]
    fn a_price_is_exact_or_refused(text in decimal()) {
        let exact = Rational::of(&text).micros();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let fits = exact.as_ref().is_some_and(|micros| {
            micros != "0" && micros.len() <= 6 && micros.ends_with("00") && digits <= 20
        });
        match read(&with("price", &text)) {
            Ok(plan) => {
                prop_assert!(fits, "{text} accepted");
                prop_assert_eq!(Some(plan.trades[0].price.micros().to_string()), exact);
            }
            Err(problems) => prop_assert!(!fits, "{text} refused: {problems}"),
        }
    }

    #[test]
    fn a_float_of_a_price_is_read_as_written_or_explained(steps in 1..10_000_u32, nudge in -2..=2_i64) {
        // What a program writes that computed with floats: the neighbours of the number that was meant.
        let meant = f64::from(steps) / 10_000.0;
        let bits = i64::try_from(meant.to_bits()).expect("positive") + nudge;
        let written = format!("{}", f64::from_bits(u64::try_from(bits).expect("positive")));
        let codes = codes(&with("price", &written));
        let plain = written.len() <= 6;
        let explained = codes == ["LOOKS_LIKE_FLOAT"] || codes == ["NUMBER_TOO_LONG"];
        prop_assert!(plain && codes.is_empty() || explained, "{} {:?}", written, codes);
    }
}
