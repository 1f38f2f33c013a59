//! The taker fee against the published formula's figures and four charges seen on the venue.

use crate::given::{fraction, price, shares, usd};
use betteroms_core::money::fee_half_up;

/// Rate, and the fee of 100 shares at 0.01, 0.1, 0.3, 0.5, 0.7, 0.9 and 0.99 (exponent 1). Crypto;
/// sports, and so economics, culture, weather and other; politics, and so finance, mentions and tech;
/// geopolitics.
const TABLE: [(&str, [&str; 7]); 4] = [
    ("0.07", ["0.0693", "0.63", "1.47", "1.75", "1.47", "0.63", "0.0693"]),
    ("0.05", ["0.0495", "0.45", "1.05", "1.25", "1.05", "0.45", "0.0495"]),
    ("0.04", ["0.0396", "0.36", "0.84", "1", "0.84", "0.36", "0.0396"]),
    ("0", ["0", "0", "0", "0", "0", "0", "0"]),
];
const PRICES: [&str; 7] = ["0.01", "0.1", "0.3", "0.5", "0.7", "0.9", "0.99"];

#[test]
fn fee_of_100_shares_follows_the_published_curve() {
    for (rate, fees) in TABLE {
        for (at, fee) in PRICES.into_iter().zip(fees) {
            let charged = fee_half_up(shares("100"), price(at), fraction(rate), 1);
            assert_eq!(charged, usd(fee), "rate {rate} at {at}");
        }
    }
}

/// Weather trades of September and October 2026, rate 0.05: shares, price, fee charged.
#[test]
fn fee_equals_what_the_venue_charged_on_four_trades() {
    for (size, at, fee) in [
        ("22.84", "0.52", "0.28504"),
        ("7.44", "0.90", "0.03348"),
        ("28.09", "0.67", "0.31053"),
        ("35.44", "0.55", "0.43857"),
    ] {
        let charged = fee_half_up(shares(size), price(at), fraction("0.05"), 1);
        assert_eq!(charged, usd(fee), "{size} at {at}");
    }
}

#[test]
fn fee_rounds_half_up_at_five_decimals() {
    for (size, at, rate, exponent, fee) in [
        // 0.000005 exactly, then a hair below it.
        ("0.0004", "0.5", "0.05", 1, "0.00001"),
        ("0.000399", "0.5", "0.05", 1, "0"),
        // 0.000015: half goes up.
        ("0.0012", "0.5", "0.05", 1, "0.00002"),
        ("0.001199", "0.5", "0.05", 1, "0.00001"),
        ("96.1538", "0.52", "0.07", 1, "1.68"),
        ("100", "0.5", "0.07", 0, "7"),
        ("100", "0.5", "0.07", 2, "0.4375"),
        ("100", "0.3", "0.07", 2, "0.3087"),
        ("0", "0.5", "0.07", 1, "0"),
        ("1000000000", "0.5", "0.07", 2, "4375000"),
        ("100", "0.0001", "0.07", 1, "0.0007"),
        ("100", "0.9999", "0.07", 1, "0.0007"),
    ] {
        let charged = fee_half_up(shares(size), price(at), fraction(rate), exponent);
        assert_eq!(charged, usd(fee), "{size} at {at}, rate {rate}^{exponent}");
    }
}

/// The figures above are the ones that stand in the shared vectors, where these are at hand.
#[test]
fn table_holds_every_figure_of_the_shared_vectors() {
    let Some(folder) = crate::shared::folder("payloads/vectors_generated") else { return };
    let text = std::fs::read_to_string(folder.join("vectors_fees.json")).unwrap();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = vectors["table"].as_array().unwrap();
    assert!(rows.len() >= 28, "{} rows", rows.len());
    for row in rows.iter().chain(vectors["observed"].as_array().unwrap()) {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let rate = if text("category") == "weather" { "0.05".to_owned() } else { text("rate") };
        let expected =
            if row["fee_5dp"].is_string() { text("fee_5dp") } else { text("observed_fee") };
        let exponent = u32::try_from(row["exponent"].as_u64().unwrap_or(1)).unwrap();
        let charged =
            fee_half_up(shares(&text("shares")), price(&text("price")), fraction(&rate), exponent);
        assert_eq!(charged, usd(&expected), "{row}");
    }
}
