//! A market as the CLOB describes it: `/clob-markets/{condition}` with short keys, which is what the
//! matching engine goes by, and `/markets/{condition}` with long ones (venue.md 5.2).

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use serde_json::value::RawValue;

/// `/clob-markets/{condition}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobMarket {
    /// `c`: the condition id.
    pub condition: String,
    /// `t`: the tokens, index 0 first.
    pub tokens: Vec<ClobToken>,
    /// `mts`: the price step in force.
    pub tick: Option<Numeral>,
    /// `mos`: the smallest size that may rest.
    pub min_size: Option<Numeral>,
    /// `fd`: the fee curve; missing means no fee.
    pub fee: Option<ClobFee>,
    /// `nr`: neg-risk; missing means no.
    pub neg_risk: bool,
    /// `ao`: whether orders are taken.
    pub accepting: Option<bool>,
}

/// One token of a [`ClobMarket`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobToken {
    /// `t`: the token id.
    pub token: String,
    /// `o`: the outcome's label.
    pub outcome: String,
}

/// `fd`: the curve of the taker fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobFee {
    /// `r`: the rate.
    pub rate: Numeral,
    /// `e`: the exponent.
    pub exponent: Numeral,
    /// `to`: only takers pay.
    pub taker_only: Option<bool>,
}

/// Base fees (`mbf`, `tbf`) are legacy ceilings and not read (venue.md 6.4); `ibce` and `oas` have no
/// confirmed meaning.
const SHORT_UNUSED: &[&str] =
    &["mbf", "tbf", "sd", "gst", "aot", "cbos", "itode", "ibce", "rfqe", "oas", "r"];

impl Wire for ClobMarket {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("clob-market", raw)?;
        let market = Self {
            condition: object.need("c")?,
            tokens: object.need("t")?,
            tick: object.want("mts")?,
            min_size: object.want("mos")?,
            fee: object.want("fd")?,
            neg_risk: object.want("nr")?.unwrap_or(false),
            accepting: object.want("ao")?,
        };
        object.close(SHORT_UNUSED);
        Ok(market)
    }
}

impl Wire for ClobToken {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("clob-token", raw)?;
        let token = Self { token: object.need("t")?, outcome: object.need("o")? };
        object.close(&[]);
        Ok(token)
    }
}

impl Wire for ClobFee {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("clob-fee", raw)?;
        let fee = Self {
            rate: object.need("r")?,
            exponent: object.need("e")?,
            taker_only: object.want("to")?,
        };
        object.close(&[]);
        Ok(fee)
    }
}

/// `/markets/{condition}` and the rows of `/sampling-markets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongMarket {
    /// The condition id.
    pub condition_id: String,
    /// The tokens, index 0 first.
    pub tokens: Vec<LongToken>,
    /// The price step; absent in the simplified form.
    pub minimum_tick_size: Option<Numeral>,
    /// The smallest size that may rest; absent in the simplified form.
    pub minimum_order_size: Option<Numeral>,
    /// Whether orders are taken.
    pub accepting_orders: Option<bool>,
    /// Whether the market is over.
    pub closed: bool,
    /// Whether the market belongs to a neg-risk event.
    pub neg_risk: Option<bool>,
    /// Whether it ended undecided and pays one half each.
    pub is_50_50_outcome: Option<bool>,
}

/// One token of a [`LongMarket`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongToken {
    /// The token id.
    pub token_id: String,
    /// The outcome's label.
    pub outcome: String,
    /// The last price, 0 and 1 after resolution.
    pub price: Option<Numeral>,
    /// Whether it won.
    pub winner: Option<bool>,
}

const LONG_UNUSED: &[&str] = &[
    "enable_order_book",
    "active",
    "archived",
    "accepting_order_timestamp",
    "question_id",
    "question",
    "description",
    "market_slug",
    "end_date_iso",
    "game_start_time",
    "seconds_delay",
    "fpmm",
    "maker_base_fee",
    "taker_base_fee",
    "notifications_enabled",
    "neg_risk_market_id",
    "neg_risk_request_id",
    "icon",
    "image",
    "rewards",
    "tags",
];

impl Wire for LongMarket {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("market", raw)?;
        let market = Self {
            condition_id: object.need("condition_id")?,
            tokens: object.need("tokens")?,
            minimum_tick_size: object.want("minimum_tick_size")?,
            minimum_order_size: object.want("minimum_order_size")?,
            accepting_orders: object.want("accepting_orders")?,
            closed: object.need("closed")?,
            neg_risk: object.want("neg_risk")?,
            is_50_50_outcome: object.want("is_50_50_outcome")?,
        };
        object.close(LONG_UNUSED);
        Ok(market)
    }
}

impl Wire for LongToken {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("token", raw)?;
        let token = Self {
            token_id: object.need("token_id")?,
            outcome: object.need("outcome")?,
            price: object.want("price")?,
            winner: object.want("winner")?,
        };
        object.close(&[]);
        Ok(token)
    }
}

/// A page of the CLOB's lists; the cursor of the last one is `LTE=` (venue.md 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

impl<T: Wire> Wire for Page<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("page", raw)?;
        let page = Self { data: object.need("data")?, next_cursor: object.want("next_cursor")? };
        object.close(&["limit", "count"]);
        Ok(page)
    }
}
