//! A match as the account sees it: the rows of GET /data/trades and the trades of the user channel, which
//! share their form (venue.md 4.5, 5.3, 10.2). Public trades are in [`super::data`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::words::{bare, not};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// One match. The outer side, token, price and size are the taker's; a maker reads only the legs whose
/// order is his (venue.md 5.3). The same id comes again with every change of its status: replace, never
/// add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The trade's id.
    pub id: String,
    /// The hash of the taker's order.
    pub taker_order_id: String,
    /// The condition id.
    pub market: String,
    /// The token the taker traded.
    pub asset_id: String,
    /// The taker's direction.
    pub side: Side,
    /// Shares the taker traded.
    pub size: Numeral,
    /// Dollars per share, as the taker's side sees it.
    pub price: Numeral,
    /// Legacy; `None` when missing or empty. Fees are not taken from here (venue.md 6.4).
    pub fee_rate_bps: Option<Numeral>,
    /// How far the settlement is.
    pub status: TradeStatus,
    /// When it matched.
    pub match_time: Time,
    /// The same in nanoseconds since the epoch, on some rows.
    pub match_time_nano: Option<Numeral>,
    /// When its status last changed.
    pub last_update: Option<Time>,
    /// The label of the taker's outcome; `None` when empty.
    pub outcome: Option<String>,
    /// Its place among the settlements of one large match.
    pub bucket_index: Option<Numeral>,
    /// The API key of the taker.
    pub owner: String,
    /// The API key whose view this is; on the user channel only.
    pub trade_owner: Option<String>,
    /// The taker's wallet.
    pub maker_address: Option<String>,
    /// The settlement; may be replaced by another until the trade is confirmed (venue.md 4.2).
    pub transaction_hash: Option<String>,
    /// Why it failed, on some rows.
    pub err_msg: Option<String>,
    /// The resting orders it met.
    pub maker_orders: Vec<MakerLeg>,
    /// Whether we took or made; the user channel may leave it out.
    pub trader_side: Option<TraderRole>,
    /// When the frame was sent; on the user channel only.
    pub timestamp: Option<Time>,
}

/// What one resting order contributed to a [`Trade`]. Its side may equal the taker's: then it is of the
/// other token and the pair was minted or merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakerLeg {
    /// The hash of the resting order.
    pub order_id: String,
    /// Its API key.
    pub owner: String,
    /// Its wallet.
    pub maker_address: Option<String>,
    /// Shares it gave or got.
    pub matched_amount: Numeral,
    /// Dollars per share, in its own token.
    pub price: Numeral,
    /// Legacy; `None` when missing or empty.
    pub fee_rate_bps: Option<Numeral>,
    /// Its own token.
    pub asset_id: String,
    /// The label of its outcome; `None` when empty.
    pub outcome: Option<String>,
    /// Its direction; absent in frames of the V1 era.
    pub side: Option<Side>,
}

impl Wire for Trade {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("trade", raw)?;
        let trade = Self {
            id: object.need("id")?,
            taker_order_id: object.need("taker_order_id")?,
            market: object.need("market")?,
            asset_id: object.need("asset_id")?,
            side: object.need("side")?,
            size: object.need("size")?,
            price: object.need("price")?,
            fee_rate_bps: object.filled("fee_rate_bps")?,
            status: object.need("status")?,
            match_time: object.need_any(&["match_time", "matchtime"])?,
            match_time_nano: object.filled("match_time_nano")?,
            last_update: object.filled("last_update")?,
            outcome: object.filled("outcome")?,
            bucket_index: object.filled("bucket_index")?,
            owner: object.need("owner")?,
            trade_owner: object.filled("trade_owner")?,
            maker_address: object.filled("maker_address")?,
            transaction_hash: object.filled("transaction_hash")?,
            err_msg: object.filled("err_msg")?,
            maker_orders: object.need("maker_orders")?,
            trader_side: object.filled("trader_side")?,
            timestamp: object.filled("timestamp")?,
        };
        object.close(&["event_type", "type"]);
        Ok(trade)
    }
}

impl Wire for MakerLeg {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("leg", raw)?;
        let leg = Self {
            order_id: object.need("order_id")?,
            owner: object.need("owner")?,
            maker_address: object.filled("maker_address")?,
            matched_amount: object.need("matched_amount")?,
            price: object.need("price")?,
            fee_rate_bps: object.filled("fee_rate_bps")?,
            asset_id: object.need("asset_id")?,
            outcome: object.filled("outcome")?,
            side: object.filled("side")?,
        };
        object.close(&["outcome_index"]);
        Ok(leg)
    }
}

/// How far the settlement of a trade is (venue.md 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TradeStatus {
    /// Matched off the chain.
    Matched,
    /// Matched, and not yet on its way to the chain; told by REST only.
    MatchedNotBroadcasted,
    /// In a block.
    Mined,
    /// Final.
    Confirmed,
    /// The settlement is being tried again.
    Retrying,
    /// Final: the settlement reverted, balances are as if the trade never was.
    Failed,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl TradeStatus {
    /// Whether nothing more will happen to the trade. A word we do not know is not an end.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Confirmed | Self::Failed => true,
            Self::Matched
            | Self::MatchedNotBroadcasted
            | Self::Mined
            | Self::Retrying
            | Self::Other(_) => false,
        }
    }
}

impl Wire for TradeStatus {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "TRADE_STATUS_").as_str() {
            "MATCHED" => Self::Matched,
            "MATCHED_NOT_BROADCASTED" => Self::MatchedNotBroadcasted,
            "MINED" => Self::Mined,
            "CONFIRMED" => Self::Confirmed,
            "RETRYING" => Self::Retrying,
            "FAILED" => Self::Failed,
            _ => Self::Other(text),
        })
    }
}

/// Which side of a match we were on. Any other word is an error: it decides which numbers are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TraderRole {
    /// Our order crossed.
    Taker,
    /// Our order rested.
    Maker,
}

impl Wire for TraderRole {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        match bare(&String::read(raw)?, "").as_str() {
            "TAKER" => Ok(Self::Taker),
            "MAKER" => Ok(Self::Maker),
            _ => Err(not("TAKER or MAKER")),
        }
    }
}
