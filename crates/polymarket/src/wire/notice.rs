//! GET /notifications: what the venue tells a person about his account (venue.md 5.3). It is news and no
//! record; state is taken from orders and trades.

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use betteroms_core::market::Side;
use serde_json::value::RawValue;

/// A row of GET /notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// `type`: 1 cancel, 2 fill, 4 resolved, 8 fill failed and more (venue.md 5.3).
    pub kind: Numeral,
    /// The API key it is for.
    pub owner: String,
    /// The order it is about, for the kinds 1, 2 and 8. What other kinds carry is not read.
    pub order: Option<OrderNotice>,
}

/// What a [`Notification`] says of an order. It is news and no record: fills are taken from trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNotice {
    /// The order's hash.
    pub order_id: String,
    /// The condition id.
    pub market: String,
    /// The token.
    pub asset_id: String,
    /// The order's direction.
    pub side: Side,
    /// Dollars per share.
    pub price: Numeral,
    /// Shares; the three may contradict each other, as they do in a test of the official SDK.
    pub original_size: Numeral,
    /// Shares.
    pub matched_size: Numeral,
    /// Shares.
    pub remaining_size: Numeral,
    /// The trade, for a fill.
    pub trade_id: Option<String>,
    /// The settlement, for a fill.
    pub transaction_hash: Option<String>,
}

impl Wire for Notification {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("notification", raw)?;
        let kind: Numeral = object.need("type")?;
        let owner = object.need("owner")?;
        let order = match kind.whole() {
            Some(1 | 2 | 8) => Some(object.need("payload")?),
            Some(_) | None => None,
        };
        object.close(&["payload", "id", "timestamp"]);
        Ok(Self { kind, owner, order })
    }
}

const NOTICE_UNUSED: &[&str] = &[
    "condition_id",
    "eventSlug",
    "icon",
    "image",
    "market_slug",
    "outcome",
    "outcome_index",
    "owner",
    "question",
    "seriesSlug",
    "type",
];

impl Wire for OrderNotice {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("notice", raw)?;
        let notice = Self {
            order_id: object.need("order_id")?,
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            side: object.need("side")?,
            price: object.need("price")?,
            original_size: object.need("original_size")?,
            matched_size: object.need("matched_size")?,
            remaining_size: object.need("remaining_size")?,
            trade_id: object.filled("trade_id")?,
            transaction_hash: object.filled("transaction_hash")?,
        };
        object.close(NOTICE_UNUSED);
        Ok(notice)
    }
}
