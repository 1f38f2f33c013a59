//! What the CLOB says about orders: the reply to a placement, an order that was looked up, the reply to a
//! cancel, and the words for an order's state (venue.md 4.2 to 4.4, 4.7, 5.3). What the user channel says
//! of an order is in [`super::user_events`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::prices::ByName;
use super::words::{OrderType, bare, expiration};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The reply to POST /order, and one leg of the reply to POST /orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAnswer {
    /// What the venue says went through; it does not mean accepted, see [`OrderAnswer::accepted`].
    pub success: bool,
    /// `errorMsg` or `error_msg`, whichever says something; empty when all is well.
    pub error: String,
    /// `orderID`: the order's hash; empty when refused.
    pub order_id: String,
    /// Where the order stands; `None` when the reply does not say.
    pub status: Option<PlacementStatus>,
    /// What the order gave, in dollars or shares by its side; `None` for `""`, nothing matched. The docs
    /// do not promise its meaning: fills are taken from trades (venue.md 4.2).
    pub making_amount: Option<Numeral>,
    /// What the order got, as `making_amount`.
    pub taking_amount: Option<Numeral>,
    /// Settlement transactions; absent since July 2026.
    pub transactions_hashes: Vec<String>,
    /// `tradeIDs`: the trades of the placement itself; later fills are not told here.
    pub trade_ids: Vec<String>,
}

/// Where an order stands right after its placement (venue.md 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PlacementStatus {
    /// It rests.
    Live,
    /// It crossed, at least partly.
    Matched,
    /// It would cross but is held for a while.
    Delayed,
    /// It was held and ended without a match. Not proof that it does not rest.
    Unmatched,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl Wire for PlacementStatus {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, PREFIX).as_str() {
            "LIVE" => Self::Live,
            "MATCHED" => Self::Matched,
            "DELAYED" => Self::Delayed,
            "UNMATCHED" => Self::Unmatched,
            _ => Self::Other(text),
        })
    }
}

impl OrderAnswer {
    /// Whether the order was taken: success, no error, an order id, and a status of live, matched or
    /// delayed. Anything else needs a lookup by the order's hash (venue.md 4.2).
    pub fn accepted(&self) -> bool {
        let stands = match &self.status {
            Some(PlacementStatus::Live | PlacementStatus::Matched | PlacementStatus::Delayed) => {
                true
            }
            Some(PlacementStatus::Unmatched | PlacementStatus::Other(_)) | None => false,
        };
        self.success && self.error.is_empty() && !self.order_id.is_empty() && stands
    }
}

impl Wire for OrderAnswer {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("placement", raw)?;
        let hashes: Option<Vec<String>> = object.want("transactionsHashes")?;
        let alias: Option<Vec<String>> = object.want("transactionHashes")?;
        let answer = Self {
            success: object.need("success")?,
            error: object.filled_any(&["errorMsg", "error_msg"])?.unwrap_or_default(),
            order_id: object.want("orderID")?.unwrap_or_default(),
            status: object.filled("status")?,
            making_amount: object.filled("makingAmount")?,
            taking_amount: object.filled("takingAmount")?,
            transactions_hashes: hashes.or(alias).unwrap_or_default(),
            trade_ids: object.want("tradeIDs")?.unwrap_or_default(),
        };
        object.close(&[]);
        Ok(answer)
    }
}

const PREFIX: &str = "ORDER_STATUS_";

/// The state of an order as a lookup or the user channel tells it (venue.md 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// It rests.
    Live,
    /// It is filled.
    Matched,
    /// It would cross but is held for a while.
    Delayed,
    /// It was held and ended without a match.
    Unmatched,
    /// It is over: any word that begins with CANCELED.
    Canceled {
        /// What stands behind that word, as the venue wrote it; empty when nothing does.
        reason: String,
    },
    /// The venue threw it out.
    Invalid,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl OrderStatus {
    /// Reads a status: with or without the REST prefix, in any case.
    pub fn parse(text: &str) -> Self {
        let word = match text.get(..PREFIX.len()) {
            Some(head) if head.eq_ignore_ascii_case(PREFIX) => &text[PREFIX.len()..],
            Some(_) | None => text,
        };
        match word.to_ascii_uppercase().as_str() {
            "LIVE" => Self::Live,
            "MATCHED" => Self::Matched,
            "DELAYED" => Self::Delayed,
            "UNMATCHED" => Self::Unmatched,
            "INVALID" => Self::Invalid,
            upper if upper.starts_with(CANCELED) => {
                let tail = &word[CANCELED.len()..];
                Self::Canceled { reason: tail.strip_prefix('_').unwrap_or(tail).to_owned() }
            }
            _ => Self::Other(text.to_owned()),
        }
    }
}

const CANCELED: &str = "CANCELED";

impl Wire for OrderStatus {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        String::read(raw).map(|text| Self::parse(&text))
    }
}

/// A row of GET /data/orders, and the answer of GET /data/order/{id}. For an unknown id some deployments
/// answer `null`: read the lookup as `Option<OpenOrder>` (venue.md 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The order's hash.
    pub id: String,
    /// Its state.
    pub status: OrderStatus,
    /// The API key that placed it.
    pub owner: String,
    /// The wallet that trades.
    pub maker_address: String,
    /// The condition id.
    pub market: String,
    /// The token.
    pub asset_id: String,
    /// Its direction.
    pub side: Side,
    /// Shares ordered.
    pub original_size: Numeral,
    /// Shares filled so far.
    pub size_matched: Numeral,
    /// Dollars per share.
    pub price: Numeral,
    /// The outcome's label; `None` when empty.
    pub outcome: Option<String>,
    /// When it expires; `None` when it does not.
    pub expiration: Option<Time>,
    /// How long it may live.
    pub order_type: OrderType,
    /// The ids of its trades.
    pub associate_trades: Vec<String>,
    /// When the venue took it.
    pub created_at: Time,
}

impl Wire for OpenOrder {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("order", raw)?;
        let order = Self {
            id: object.need("id")?,
            status: object.need("status")?,
            owner: object.need("owner")?,
            maker_address: object.need("maker_address")?,
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            side: object.need("side")?,
            original_size: object.need("original_size")?,
            size_matched: object.need("size_matched")?,
            price: object.need("price")?,
            outcome: object.filled("outcome")?,
            expiration: expiration(&mut object)?,
            order_type: object.need("order_type")?,
            associate_trades: object.want("associate_trades")?.unwrap_or_default(),
            created_at: object.need("created_at")?,
        };
        object.close(&[]);
        Ok(order)
    }
}

/// The reply to every cancel call (venue.md 4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelAnswer {
    /// The hashes of orders that are now cancelled.
    pub canceled: Vec<String>,
    /// The hashes of the others with the venue's reason: not an error, but a cause to look the order up.
    pub not_canceled: BTreeMap<String, String>,
}

impl Wire for CancelAnswer {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("cancel", raw)?;
        let canceled = object.need("canceled")?;
        let not: Option<ByName<String>> = object.filled_any(&["not_canceled", "notCanceled"])?;
        object.close(&[]);
        Ok(Self { canceled, not_canceled: not.map_or_else(BTreeMap::new, |not| not.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::OrderStatus;

    #[test]
    fn a_status_loses_its_prefix_and_keeps_its_reason() {
        let canceled = |reason: &str| OrderStatus::Canceled { reason: reason.to_owned() };
        let rows = [
            ("LIVE", OrderStatus::Live),
            ("order_status_live", OrderStatus::Live),
            ("ORDER_STATUS_MATCHED", OrderStatus::Matched),
            ("Delayed", OrderStatus::Delayed),
            ("UNMATCHED", OrderStatus::Unmatched),
            ("ORDER_STATUS_INVALID", OrderStatus::Invalid),
            ("CANCELED", canceled("")),
            ("ORDER_STATUS_CANCELED_MARKET_RESOLVED", canceled("MARKET_RESOLVED")),
            ("CANCELED_order couldn't be filled", canceled("order couldn't be filled")),
            ("Canceled: é", canceled(": é")),
            ("", OrderStatus::Other(String::new())),
            ("ORDER_STATUS_", OrderStatus::Other("ORDER_STATUS_".to_owned())),
            ("ééééééééééé", OrderStatus::Other("ééééééééééé".to_owned())),
            ("Resting", OrderStatus::Other("Resting".to_owned())),
        ];
        for (text, expected) in rows {
            assert_eq!(OrderStatus::parse(text), expected, "{text}");
        }
    }
}
