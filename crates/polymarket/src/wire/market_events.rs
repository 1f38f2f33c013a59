//! The events of the public market channel (venue.md 10.1). A `book` event is a
//! [`BookAnswer`](super::book::BookAnswer); how frames are taken apart is in [`super::frames`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// `price_change`: levels that changed, each told again as its mirror in the other token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// The condition id.
    pub market: String,
    /// When.
    pub timestamp: Time,
    /// The levels.
    pub price_changes: Vec<LevelChange>,
}

/// One level of a [`PriceChange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelChange {
    /// The token whose book changed.
    pub asset_id: String,
    /// Dollars per share.
    pub price: Numeral,
    /// The side of the level: BUY is a bid.
    pub side: Side,
    /// The new total of the level in shares, 0 when it is gone. A test of the official SDK leaves it out;
    /// then the level is unknown.
    pub size: Option<Numeral>,
    /// Names the book after the change.
    pub hash: Option<String>,
    /// The best bid after the change: a check on our own book.
    pub best_bid: Option<Numeral>,
    /// The best ask after the change; `1` was seen for an empty side.
    pub best_ask: Option<Numeral>,
}

impl Wire for PriceChange {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("price-change", raw)?;
        let event = Self {
            market: object.need("market")?,
            timestamp: object.need("timestamp")?,
            price_changes: object.need("price_changes")?,
        };
        object.close(KIND);
        Ok(event)
    }
}

impl Wire for LevelChange {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("change", raw)?;
        let change = Self {
            asset_id: object.need("asset_id")?,
            price: object.need("price")?,
            side: object.need("side")?,
            size: object.filled("size")?,
            hash: object.filled("hash")?,
            best_bid: object.filled("best_bid")?,
            best_ask: object.filled("best_ask")?,
        };
        object.close(&[]);
        Ok(change)
    }
}

/// `last_trade_price`: a public trade. It promises no order against `price_change`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTradePrice {
    /// The condition id.
    pub market: String,
    /// The token the taker used.
    pub asset_id: String,
    /// Dollars per share.
    pub price: Numeral,
    /// Shares.
    pub size: Numeral,
    /// The taker's direction.
    pub side: Side,
    /// Legacy (venue.md 6.4).
    pub fee_rate_bps: Option<Numeral>,
    /// When.
    pub timestamp: Time,
    /// The settlement; absent in frames of the V1 era.
    pub transaction_hash: Option<String>,
}

impl Wire for LastTradePrice {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("last-trade-price", raw)?;
        let event = Self {
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            price: object.need("price")?,
            size: object.need("size")?,
            side: object.need("side")?,
            fee_rate_bps: object.filled("fee_rate_bps")?,
            timestamp: object.need("timestamp")?,
            transaction_hash: object.filled("transaction_hash")?,
        };
        object.close(KIND);
        Ok(event)
    }
}

/// `tick_size_change`: from now on prices follow another step (venue.md 3.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickSizeChange {
    /// The condition id.
    pub market: String,
    /// The token.
    pub asset_id: String,
    /// The step until now, in dollars per share.
    pub old_tick_size: Numeral,
    /// The step from now on.
    pub new_tick_size: Numeral,
    /// When.
    pub timestamp: Time,
}

impl Wire for TickSizeChange {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("tick-size-change", raw)?;
        let event = Self {
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            old_tick_size: object.need("old_tick_size")?,
            new_tick_size: object.need("new_tick_size")?,
            timestamp: object.need("timestamp")?,
        };
        object.close(KIND);
        Ok(event)
    }
}

/// `best_bid_ask`, sent where the custom features were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BestBidAsk {
    /// The condition id.
    pub market: String,
    /// The token.
    pub asset_id: String,
    /// Dollars per share; `None` when the side is empty.
    pub best_bid: Option<Numeral>,
    /// As `best_bid`.
    pub best_ask: Option<Numeral>,
    /// Their difference.
    pub spread: Option<Numeral>,
    /// When.
    pub timestamp: Time,
}

impl Wire for BestBidAsk {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("best-bid-ask", raw)?;
        let event = Self {
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            best_bid: object.filled("best_bid")?,
            best_ask: object.filled("best_ask")?,
            spread: object.filled("spread")?,
            timestamp: object.need("timestamp")?,
        };
        object.close(KIND);
        Ok(event)
    }
}

/// `new_market`, sent where the custom features were asked for. It tells that a market is there; what
/// the market is like is read from the CLOB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMarket {
    /// Gamma's id.
    pub id: String,
    /// The condition id.
    pub market: String,
    /// The question.
    pub question: Option<String>,
    /// The slug.
    pub slug: Option<String>,
    /// The tokens, index 0 first.
    pub assets_ids: Vec<String>,
    /// Their labels.
    pub outcomes: Vec<String>,
    /// The price step, where told.
    pub order_price_min_tick_size: Option<Numeral>,
    /// When.
    pub timestamp: Time,
}

impl Wire for NewMarket {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("new-market", raw)?;
        let event = Self {
            id: object.need("id")?,
            market: object.need("market")?,
            question: object.filled("question")?,
            slug: object.filled("slug")?,
            assets_ids: object.need("assets_ids")?,
            outcomes: object.need("outcomes")?,
            order_price_min_tick_size: object.filled("order_price_min_tick_size")?,
            timestamp: object.need("timestamp")?,
        };
        object.close(MARKET_UNUSED);
        Ok(event)
    }
}

/// `market_resolved`, sent where the custom features were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketResolved {
    /// Gamma's id.
    pub id: String,
    /// The condition id.
    pub market: String,
    /// The tokens, index 0 first.
    pub assets_ids: Vec<String>,
    /// The token that won; `None` when none did alone.
    pub winning_asset_id: Option<String>,
    /// Its label.
    pub winning_outcome: Option<String>,
    /// When.
    pub timestamp: Time,
}

impl Wire for MarketResolved {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("market-resolved", raw)?;
        let event = Self {
            id: object.need("id")?,
            market: object.need("market")?,
            assets_ids: object.need("assets_ids")?,
            winning_asset_id: object.filled("winning_asset_id")?,
            winning_outcome: object.filled("winning_outcome")?,
            timestamp: object.need("timestamp")?,
        };
        object.close(MARKET_UNUSED);
        Ok(event)
    }
}

const KIND: &[&str] = &["event_type"];

const MARKET_UNUSED: &[&str] = &[
    "event_type",
    "question",
    "slug",
    "description",
    "outcomes",
    "event_message",
    "tags",
    "condition_id",
    "active",
    "clob_token_ids",
    "sports_market_type",
    "line",
    "game_start_time",
    "group_item_title",
    "taker_base_fee",
    "fees_enabled",
    "fee_schedule",
];
