//! The small price answers of the CLOB and the Data API (venue.md 5.1). The passes do not use them: a
//! book says more. They are read where a person asks, and by the emulator's tests.

use super::json::{Malformed, Object, Problem, Wire};
use super::number::Numeral;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// `/last-trade-price` and the rows of `/last-trades-prices`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTrade {
    /// The token, where the answer names it.
    pub token_id: Option<String>,
    /// Dollars per share; 0.5 when nothing traded yet.
    pub price: Numeral,
    /// BUY or SELL; empty when nothing traded yet.
    pub side: String,
}

impl Wire for LastTrade {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("last-trade", raw)?;
        let last = Self {
            token_id: object.want("token_id")?,
            price: object.need("price")?,
            side: object.need("side")?,
        };
        object.close(&[]);
        Ok(last)
    }
}

/// One point of a price history, in either version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// Seconds since the epoch.
    pub at: Numeral,
    /// Dollars per share.
    pub price: Numeral,
}

impl Wire for PricePoint {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("price-point", raw)?;
        let point = Self {
            at: object.need_either(["t", "timestamp"])?,
            price: object.need_either(["p", "price"])?,
        };
        object.close(&["resolution_seconds"]);
        Ok(point)
    }
}

/// `/prices-history` of the CLOB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceHistory(pub Vec<PricePoint>);

impl Wire for PriceHistory {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("price-history", raw)?;
        let points = object.need("history")?;
        object.close(&[]);
        Ok(Self(points))
    }
}

/// An answer with one number under one name: `/tick-size`, `/fee-rate`, `/midpoint`, `/spread`, `/price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneNumber(pub Numeral);

impl Wire for OneNumber {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let names = ["minimum_tick_size", "base_fee", "mid", "mid_price", "spread", "price"];
        let mut object = Object::open("number", raw)?;
        let mut found = None;
        for name in names {
            if found.is_none() {
                found = object.want(name)?;
            }
        }
        object.close(&[]);
        let missing = Malformed { path: "number".to_owned(), problem: Problem::Missing };
        found.map(Self).ok_or(missing)
    }
}

/// An answer by token: `/midpoints` has a number for each, `/prices` a number for each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByName<T>(pub BTreeMap<String, T>);

impl<T: Wire> Wire for ByName<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let all = Object::open("by-name", raw)?.into_fields();
        all.map(|(name, raw)| T::read(raw).map(|value| (name.into_owned(), value)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
