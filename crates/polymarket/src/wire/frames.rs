//! One text frame of the market or the user channel, taken apart (venue.md 10.1, 10.2). What the events
//! hold is in [`super::market_events`], [`super::user_events`] and [`super::trade`]; links, silence and
//! reconnects are not here.

use super::book::BookAnswer;
use super::json::{Malformed, Object, Wire, decode};
use super::market_events::{
    BestBidAsk, LastTradePrice, MarketResolved, NewMarket, PriceChange, TickSizeChange,
};
use super::trade::Trade;
use super::user_events::OrderEvent;
use crate::error::printable;
use serde_json::value::RawValue;

/// One text frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The answer to our `PING`; not JSON.
    Pong,
    /// Events in the venue's order: an array usually, one bare object sometimes.
    Events(Vec<Event>),
}

impl Frame {
    /// Reads a frame. One event that cannot be read spoils the frame: the channel has no sequence numbers,
    /// so a lost event leaves no state that could be trusted.
    ///
    /// # Errors
    /// When the text is neither `PONG` nor JSON of a known form.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        if text.trim() == "PONG" {
            return Ok(Self::Pong);
        }
        decode::<Events>(text.as_bytes()).map(|events| Self::Events(events.0))
    }
}

struct Events(Vec<Event>);

impl Wire for Events {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        if raw.get().starts_with('[') {
            return Vec::read(raw).map(Self);
        }
        Event::read(raw).map(|event| Self(vec![event]))
    }
}

/// One event of either channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `book`: replaces the book of a token.
    Book(BookAnswer),
    /// `price_change`.
    PriceChange(PriceChange),
    /// `last_trade_price`.
    LastTradePrice(LastTradePrice),
    /// `tick_size_change`.
    TickSizeChange(TickSizeChange),
    /// `best_bid_ask`.
    BestBidAsk(BestBidAsk),
    /// `new_market`.
    NewMarket(NewMarket),
    /// `market_resolved`.
    MarketResolved(MarketResolved),
    /// `order`, of the user channel.
    Order(OrderEvent),
    /// `trade`, of the user channel.
    Trade(Trade),
    /// An event we do not know, by its name made printable. It must be ignored (venue.md 10.1).
    Unknown(String),
}

impl Wire for Event {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        // Opened once for its kind and once more by the reader of that kind, which closes it.
        let kind: String = Object::open("event", raw)?.need("event_type")?;
        match kind.as_str() {
            "book" => BookAnswer::read(raw).map(Self::Book),
            "price_change" => PriceChange::read(raw).map(Self::PriceChange),
            "last_trade_price" => LastTradePrice::read(raw).map(Self::LastTradePrice),
            "tick_size_change" => TickSizeChange::read(raw).map(Self::TickSizeChange),
            "best_bid_ask" => BestBidAsk::read(raw).map(Self::BestBidAsk),
            "new_market" => NewMarket::read(raw).map(Self::NewMarket),
            "market_resolved" => MarketResolved::read(raw).map(Self::MarketResolved),
            "order" => OrderEvent::read(raw).map(Self::Order),
            "trade" => Trade::read(raw).map(Self::Trade),
            _ => Ok(Self::Unknown(printable(&kind, 64))),
        }
    }
}
