//! An order book as `/book` and `/books` send it (venue.md 5.1).

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// One token's view of a market's book. Bids ascend and asks descend in the venue's answer; nobody may
/// rely on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookAnswer {
    /// The condition id.
    pub market: String,
    /// The token whose view this is.
    pub asset_id: String,
    /// Milliseconds since the epoch.
    pub timestamp: Numeral,
    /// SHA-1 of the answer, see [`BookAnswer::hash_agrees`].
    pub hash: Option<String>,
    /// Buy interest; missing means none.
    pub bids: Vec<LevelAnswer>,
    /// Sell interest; missing means none.
    pub asks: Vec<LevelAnswer>,
    /// Smallest size that may rest; absent in answers of the V1 era.
    pub min_order_size: Option<Numeral>,
    /// The price step in force; absent in answers of the V1 era.
    pub tick_size: Option<Numeral>,
    /// Whether the market belongs to a neg-risk event.
    pub neg_risk: Option<bool>,
    /// Empty when the token never traded.
    pub last_trade_price: Option<String>,
}

/// One price and the size resting there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelAnswer {
    /// Dollars per share.
    pub price: Numeral,
    /// Shares.
    pub size: Numeral,
}

impl Wire for BookAnswer {
    /// 500 books of a few thousand levels each.
    const OBJECTS_MAX: usize = 1_500_000;

    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("book", raw)?;
        let book = Self {
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            timestamp: object.need("timestamp")?,
            hash: object.want("hash")?,
            bids: object.want("bids")?.unwrap_or_default(),
            asks: object.want("asks")?.unwrap_or_default(),
            min_order_size: object.want("min_order_size")?,
            tick_size: object.want("tick_size")?,
            neg_risk: object.want("neg_risk")?,
            last_trade_price: object.want("last_trade_price")?,
        };
        // The market channel sends the same object with its kind (venue.md 10.1).
        object.close(&["event_type"]);
        Ok(book)
    }
}

impl Wire for LevelAnswer {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("level", raw)?;
        let level = Self { price: object.need("price")?, size: object.need("size")? };
        object.close(&[]);
        Ok(level)
    }
}

impl BookAnswer {
    /// Whether the venue's hash is the hash of what it sent: SHA-1 of the compact JSON of the answer with
    /// an empty `hash`, keys in the order of venue.md 5.1. `None` when the answer lacks one of the hashed
    /// fields. The venue's algorithm is confirmed by one recorded answer only, so a disagreement is worth
    /// a warning and not a refusal.
    pub fn hash_agrees(&self) -> Option<bool> {
        let hash = self.hash.as_deref()?;
        let text = self.hashed_text()?;
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let mut hex = String::with_capacity(40);
        for byte in digest.as_ref() {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        }
        Some(hex == hash)
    }

    fn hashed_text(&self) -> Option<String> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let levels = |levels: &[LevelAnswer]| {
            let level = |l: &LevelAnswer| {
                format!(
                    r#"{{"price":{},"size":{}}}"#,
                    quoted(l.price.as_str()),
                    quoted(l.size.as_str())
                )
            };
            levels.iter().map(level).collect::<Vec<_>>().join(",")
        };
        Some(format!(
            r#"{{"market":{},"asset_id":{},"timestamp":{},"hash":"","bids":[{}],"asks":[{}],"min_order_size":{},"tick_size":{},"neg_risk":{},"last_trade_price":{}}}"#,
            quoted(&self.market),
            quoted(&self.asset_id),
            quoted(self.timestamp.as_str()),
            levels(&self.bids),
            levels(&self.asks),
            quoted(self.min_order_size.as_ref()?.as_str()),
            quoted(self.tick_size.as_ref()?.as_str()),
            self.neg_risk?,
            quoted(self.last_trade_price.as_deref()?),
        ))
    }
}
