//! Public trades and resolutions as the Data API sends them: version 1 as a bare list in camel case,
//! version 2 as an envelope in snake case (venue.md 5.5). Numbers are JSON numbers in both. What a wallet
//! holds and did is in [`super::holdings`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use serde_json::value::RawValue;

/// One public trade, in either version. With `takerOnly` (the default) each match is told once, from the
/// taker's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeRow {
    /// BUY or SELL.
    pub side: String,
    /// The token traded. `outcomeIndex` is not read: 999 was served for an index-0 token.
    pub token: String,
    /// The condition id.
    pub condition: String,
    /// Shares.
    pub size: Numeral,
    /// Dollars per share.
    pub price: Numeral,
    /// Seconds since the epoch.
    pub timestamp: Numeral,
    /// The settlement transaction.
    pub transaction_hash: Option<String>,
}

const TRADE_UNUSED: &[&str] = &[
    "proxyWallet",
    "proxy_wallet",
    "title",
    "slug",
    "icon",
    "eventSlug",
    "event_slug",
    "outcome",
    "outcomeIndex",
    "outcome_index",
    "name",
    "pseudonym",
    "bio",
    "profileImage",
    "profile_image",
    "profileImageOptimized",
    "profile_image_optimized",
];

impl Wire for TradeRow {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("trade", raw)?;
        let hash: Option<String> = match object.want("transactionHash")? {
            Some(hash) => Some(hash),
            None => object.want("transaction_hash")?,
        };
        let row = Self {
            side: object.need("side")?,
            token: object.need_either(["asset", "token_id"])?,
            condition: object.need_either(["conditionId", "condition_id"])?,
            size: object.need("size")?,
            price: object.need("price")?,
            timestamp: object.need("timestamp")?,
            transaction_hash: hash.filter(|hash| !hash.is_empty()),
        };
        object.close(TRADE_UNUSED);
        Ok(row)
    }
}

/// The envelope of version 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<T> {
    /// The rows; null and missing mean none.
    pub data: Vec<T>,
    /// Where the next page begins; `None` on the last one and on lists without pages.
    pub next_cursor: Option<String>,
}

impl<T: Wire> Wire for Envelope<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("envelope", raw)?;
        let data = object.want("data")?.unwrap_or_default();
        let pages: Option<Pagination> = object.want("pagination")?;
        object.close(&[]);
        let next_cursor = pages
            .filter(|pages| pages.has_more != Some(false))
            .and_then(|pages| pages.next_cursor)
            .filter(|cursor| !cursor.is_empty());
        Ok(Self { data, next_cursor })
    }
}

/// The envelope of version 2 around one object, as `/v2/value` and `/v2/approvals` have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Single<T>(pub T);

impl<T: Wire> Wire for Single<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("envelope", raw)?;
        let data = object.need("data")?;
        object.close(&[]);
        Ok(Self(data))
    }
}

struct Pagination {
    has_more: Option<bool>,
    next_cursor: Option<String>,
}

impl Wire for Pagination {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("pagination", raw)?;
        let pages =
            Self { has_more: object.want("has_more")?, next_cursor: object.want("next_cursor")? };
        object.close(&["limit", "offset"]);
        Ok(pages)
    }
}

/// A row of `/v2/resolutions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolutionRow {
    /// The condition id.
    pub condition_id: String,
    /// `resolved` once the payouts are final.
    pub status: String,
    /// Millionths of a dollar per share, index 0 first.
    pub payouts: Vec<Numeral>,
    /// When, as RFC 3339.
    pub resolved_at: Option<String>,
}

const RESOLUTION_UNUSED: &[&str] = &[
    "extended_review",
    "was_disputed",
    "new_version_q",
    "transaction_hash",
    "log_index",
    "last_update_timestamp",
    "resolution_source",
    "was_arbitrated",
    "resolved_block",
];

impl Wire for ResolutionRow {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("resolution", raw)?;
        let row = Self {
            condition_id: object.need("condition_id")?,
            status: object.need("status")?,
            payouts: object.want("payouts")?.unwrap_or_default(),
            resolved_at: object.want("resolved_at")?,
        };
        object.close(RESOLUTION_UNUSED);
        Ok(row)
    }
}
