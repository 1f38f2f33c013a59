//! What the Data API says a wallet holds and did, in version 1 (camel case, bare lists) and version 2
//! (snake case, envelopes) (venue.md 5.5). It is cached for seconds to minutes and never decides about an
//! order. Envelopes and public trades are in [`super::data`], approvals in [`super::approvals`].

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::words::bare;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// A row of `/positions` and `/v2/positions`. Money in dollars, sizes in shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    /// The funding wallet.
    pub wallet: String,
    /// The token.
    pub token: String,
    /// The condition id.
    pub condition: String,
    /// Shares held.
    pub size: Numeral,
    /// Dollars per share paid on average.
    pub avg_price: Numeral,
    /// What the shares cost without fees: `initialValue`, `entry_cost_usdc`.
    pub entry_cost: Numeral,
    /// What the fees cost; version 2 only.
    pub entry_fees: Option<Numeral>,
    /// Both together; version 2 only.
    pub total_cost: Option<Numeral>,
    /// Dollars per share now.
    pub current_price: Numeral,
    /// Dollars now.
    pub current_value: Numeral,
    /// Dollars won or lost by sales.
    pub realized_pnl: Numeral,
    /// Dollars won or lost on paper; version 2 only.
    pub unrealized_pnl: Option<Numeral>,
    /// `OPEN` and the like; version 2 only.
    pub status: Option<String>,
    /// Whether it can be redeemed now.
    pub redeemable: bool,
    /// Whether it can be merged with the other side.
    pub mergeable: bool,
    /// Whether the market belongs to a neg-risk event.
    pub negative_risk: Option<bool>,
}

const POSITION_UNUSED: &[&str] = &[
    "cashPnl",
    "percentPnl",
    "percent_pnl",
    "totalBought",
    "percentRealizedPnl",
    "percent_realized_pnl",
    "total_size",
    "total_pnl",
    "archived",
    "title",
    "slug",
    "icon",
    "eventId",
    "event_id",
    "eventSlug",
    "event_slug",
    "outcome",
    "outcomeIndex",
    "outcome_index",
    "oppositeOutcome",
    "opposite_outcome",
    "oppositeAsset",
    "opposite_token_id",
    "endDate",
    "end_date",
    "last_event_at",
    "first_entry_at",
    "name",
    "profile_image",
    "verified",
];

impl Wire for PositionRow {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("position", raw)?;
        let row = Self {
            wallet: object.need_either(["proxyWallet", "proxy_wallet"])?,
            token: object.need_either(["asset", "token_id"])?,
            condition: object.need_either(["conditionId", "condition_id"])?,
            size: object.need_either(["size", "current_size"])?,
            avg_price: object.need_either(["avgPrice", "avg_price"])?,
            entry_cost: object.need_either(["initialValue", "entry_cost_usdc"])?,
            entry_fees: object.want("entry_fees_usdc")?,
            total_cost: object.want("total_cost_usdc")?,
            current_price: object.need_either(["curPrice", "current_price"])?,
            current_value: object.need_either(["currentValue", "current_value"])?,
            realized_pnl: object.need_either(["realizedPnl", "realized_pnl"])?,
            unrealized_pnl: object.want("unrealized_pnl")?,
            status: object.filled("status")?,
            redeemable: object.need("redeemable")?,
            mergeable: object.need("mergeable")?,
            negative_risk: object.filled_any(&["negativeRisk", "negative_risk"])?,
        };
        object.close(POSITION_UNUSED);
        Ok(row)
    }
}

/// A row of `/activity` and `/v2/activity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// The funding wallet.
    pub wallet: String,
    /// When.
    pub timestamp: Time,
    /// `type`: what was done.
    pub kind: ActivityKind,
    /// The condition id; `None` for rebates and rewards.
    pub condition: Option<String>,
    /// The token; `None` where no single one is meant.
    pub token: Option<String>,
    /// The direction, of trades only.
    pub side: Option<Side>,
    /// Shares; of rebates and rewards dollars.
    pub size: Numeral,
    /// Dollars; of a taker's purchase with the fee in it (venue.md 6.2).
    pub usdc_size: Option<Numeral>,
    /// Dollars per share; 0 or absent where there is none.
    pub price: Option<Numeral>,
    /// The transaction.
    pub transaction_hash: Option<String>,
}

/// What an [`ActivityRow`] tells (venue.md 5.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// Bought or sold.
    Trade,
    /// Dollars became a pair.
    Split,
    /// A pair became dollars.
    Merge,
    /// Shares of an ended market became dollars.
    Redeem,
    /// A liquidity reward.
    Reward,
    /// Neg-risk shares became others.
    Conversion,
    /// Fees paid back to a maker.
    MakerRebate,
    /// Fees paid back to a taker.
    TakerRebate,
    /// Interest.
    Yield,
    /// A word we do not know, as the venue wrote it.
    Other(String),
}

impl Wire for ActivityKind {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "").as_str() {
            "TRADE" => Self::Trade,
            "SPLIT" => Self::Split,
            "MERGE" => Self::Merge,
            "REDEEM" => Self::Redeem,
            "REWARD" => Self::Reward,
            "CONVERSION" => Self::Conversion,
            "MAKER_REBATE" => Self::MakerRebate,
            "TAKER_REBATE" => Self::TakerRebate,
            "YIELD" => Self::Yield,
            _ => Self::Other(text),
        })
    }
}

/// `outcome_index` is not read: 999 was served for an index-0 token.
const ACTIVITY_UNUSED: &[&str] = &[
    "outcomeIndex",
    "outcome_index",
    "title",
    "slug",
    "icon",
    "eventSlug",
    "event_slug",
    "outcome",
    "name",
    "pseudonym",
    "bio",
    "profileImage",
    "profile_image",
    "profileImageOptimized",
    "profile_image_optimized",
];

impl Wire for ActivityRow {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("activity", raw)?;
        let row = Self {
            wallet: object.need_either(["proxyWallet", "proxy_wallet"])?,
            timestamp: object.need("timestamp")?,
            kind: object.need("type")?,
            condition: object.filled_any(&["conditionId", "condition_id"])?,
            token: object.filled_any(&["asset", "token_id"])?,
            side: object.filled("side")?,
            size: object.need("size")?,
            usdc_size: object.filled_any(&["usdcSize", "usdc_size"])?,
            price: object.filled("price")?,
            transaction_hash: object.filled_any(&["transactionHash", "transaction_hash"])?,
        };
        object.close(ACTIVITY_UNUSED);
        Ok(row)
    }
}

/// A row of `/value`, and the object of `/v2/value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletValue {
    /// The funding wallet.
    pub wallet: String,
    /// Dollars its positions are worth.
    pub value: Numeral,
}

impl Wire for WalletValue {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("value", raw)?;
        let value = Self {
            wallet: object.need_either(["user", "proxy_wallet"])?,
            value: object.need("value")?,
        };
        object.close(&[]);
        Ok(value)
    }
}
