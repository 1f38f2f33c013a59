//! What the operator allows, and how the paper venue answers: plain values, read from the
//! configuration by the binary, journaled by digest with every pass. Plans can only tighten them.

use crate::money::{Fraction, Usd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Caps and judgements that apply before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Highest notional of one trade; over it the trade is denied.
    pub per_trade: Usd,
    /// Highest notional placed in one pass; over it trades wait.
    pub per_pass: Usd,
    /// Most orders placed in one pass.
    pub orders_per_pass: u32,
    /// Highest notional placed in one UTC day.
    pub per_day: Usd,
    /// Highest exposure in one market: cost of what is held plus open buys.
    pub per_market: Usd,
    /// Highest exposure of the account.
    pub total: Usd,
    /// Furthest a limit price may be from the mid, in millionths of a dollar; `None` is off.
    pub price_band_micros: Option<u32>,
    /// Widest spread to trade on, in millionths of a dollar; `None` is off.
    pub spread_micros_max: Option<u32>,
    /// Oldest book that counts, where the source does not set its own.
    pub book_age_secs_max: u32,
    /// How long a GTC trade waits.
    pub wait_hours_max: u32,
    /// Lifetime of trades whose plan gives none.
    pub good_for_secs: Option<u32>,
    /// No new exposure.
    pub halted: bool,
    /// Real: the shortest life that an order with an end may have, in seconds; `None` on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_secs_min: Option<u32>,
}

/// How marketable paper orders are priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FillModel {
    /// Each leg at its level.
    #[default]
    Book,
    /// Every leg one tick worse than the best, and nothing beyond.
    BestPlusTick,
}

/// How the paper venue answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaperModel {
    /// Share of displayed liquidity that we may take.
    pub liquidity_fraction: Fraction,
    /// The same for single categories of markets.
    pub liquidity_by_category: BTreeMap<String, Fraction>,
    /// How marketable orders are priced.
    pub fill_model: FillModel,
    /// Ticks by which opposing displayed prices are taken worse.
    pub spread_cushion_ticks: u32,
}

impl PaperModel {
    /// The liquidity fraction of a market's category.
    pub fn fraction(&self, category: Option<&str>) -> Fraction {
        let own = category.and_then(|name| self.liquidity_by_category.get(name));
        own.copied().unwrap_or(self.liquidity_fraction)
    }
}
