//! What the user channel says of our orders (venue.md 10.2). Its trades are [`super::trade::Trade`]; how
//! frames are taken apart is in [`super::frames`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::order::OrderStatus;
use super::words::{OrderType, bare, expiration};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// `order`: something happened to one of our orders. There is no snapshot and no replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// What happened.
    pub kind: OrderEventKind,
    /// The order's hash.
    pub id: String,
    /// The API key that placed it.
    pub owner: String,
    /// The same; both are sent.
    pub order_owner: Option<String>,
    /// The condition id.
    pub market: String,
    /// The token.
    pub asset_id: String,
    /// Its direction.
    pub side: Side,
    /// Shares ordered.
    pub original_size: Numeral,
    /// Shares filled so far, not by this event alone; `None` when empty, as for killed FOK orders.
    pub size_matched: Option<Numeral>,
    /// Dollars per share.
    pub price: Numeral,
    /// The ids of its trades.
    pub associate_trades: Vec<String>,
    /// The outcome's label; `None` when empty.
    pub outcome: Option<String>,
    /// When the venue took it; `None` when empty.
    pub created_at: Option<Time>,
    /// When it expires; `None` when it does not.
    pub expiration: Option<Time>,
    /// How long it may live.
    pub order_type: Option<OrderType>,
    /// Its state; `INVALID` was seen where the venue cancelled.
    pub status: Option<OrderStatus>,
    /// The wallet that trades.
    pub maker_address: Option<String>,
    /// When the event was sent.
    pub timestamp: Time,
}

impl Wire for OrderEvent {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("order-event", raw)?;
        let event = Self {
            kind: object.need("type")?,
            id: object.need("id")?,
            owner: object.need("owner")?,
            order_owner: object.filled("order_owner")?,
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            side: object.need("side")?,
            original_size: object.need("original_size")?,
            size_matched: object.filled("size_matched")?,
            price: object.need("price")?,
            associate_trades: object.want("associate_trades")?.unwrap_or_default(),
            outcome: object.filled("outcome")?,
            created_at: object.filled("created_at")?,
            expiration: expiration(&mut object)?,
            order_type: object.filled("order_type")?,
            status: object.filled("status")?,
            maker_address: object.filled("maker_address")?,
            timestamp: object.need("timestamp")?,
        };
        object.close(&["event_type"]);
        Ok(event)
    }
}

/// What an [`OrderEvent`] tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrderEventKind {
    /// The order was taken.
    Placement,
    /// Some of it was filled.
    Update,
    /// It is over, by us or by the venue.
    Cancellation,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl Wire for OrderEventKind {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "").as_str() {
            "PLACEMENT" => Self::Placement,
            "UPDATE" => Self::Update,
            "CANCELLATION" => Self::Cancellation,
            _ => Self::Other(text),
        })
    }
}
