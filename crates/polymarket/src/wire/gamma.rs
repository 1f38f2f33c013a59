//! Markets, events and search results as Gamma describes them (venue.md 5.4). Gamma knows names, dates,
//! tags and results; for tick, minimum and fee the CLOB is asked, because Gamma's values lag (BYR).

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use serde_json::value::RawValue;

/// A market. Only `id` is always there: lists of the venue's own tests have little more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GammaMarket {
    /// Gamma's number.
    pub id: String,
    /// The question.
    pub question: Option<String>,
    /// The condition id.
    pub condition_id: Option<String>,
    /// The short name in web addresses.
    pub slug: Option<String>,
    /// What the market is called inside its event.
    pub group_item_title: Option<String>,
    /// Outcome labels, index 0 first.
    pub outcomes: Vec<String>,
    /// Prices, or what the outcomes paid, in the same order.
    pub outcome_prices: Vec<Numeral>,
    /// Token ids in the same order; empty while the CLOB does not know the market.
    pub clob_token_ids: Vec<String>,
    /// False before the market opens.
    pub active: Option<bool>,
    /// True once trading is over for good.
    pub closed: bool,
    /// True once put away.
    pub archived: bool,
    /// Whether orders are taken.
    pub accepting_orders: Option<bool>,
    /// Whether the market is on the CLOB at all.
    pub enable_order_book: Option<bool>,
    /// Whether the market belongs to a neg-risk event.
    pub neg_risk: Option<bool>,
    /// The price step; lags.
    pub tick: Option<Numeral>,
    /// The smallest size that may rest.
    pub min_size: Option<Numeral>,
    /// Whether takers pay.
    pub fees_enabled: Option<bool>,
    /// Such as `crypto_fees_v2`.
    pub fee_type: Option<String>,
    /// The fee curve.
    pub fee_schedule: Option<GammaFee>,
    /// The scheduled end; trading may go on after it.
    pub end_date: Option<String>,
    /// When trading ended, in the database's own form `2026-07-24 00:00:16+00`.
    pub closed_time: Option<String>,
    /// When the oracle ended.
    pub uma_end_date: Option<String>,
    /// `proposed`, `disputed`, `resolved`.
    pub uma_resolution_status: Option<String>,
    /// When Gamma last touched the record.
    pub updated_at: Option<String>,
    /// The category, in old markets.
    pub category: Option<String>,
    /// The events it belongs to, without their markets.
    pub events: Vec<GammaEvent>,
}

/// The fee curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GammaFee {
    /// The rate.
    pub rate: Numeral,
    /// The exponent.
    pub exponent: Numeral,
    /// Only takers pay.
    pub taker_only: Option<bool>,
}

/// An event: a page of one or more markets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GammaEvent {
    /// Gamma's number.
    pub id: String,
    /// The short name in web addresses.
    pub slug: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// True once all of it is over.
    pub closed: bool,
    /// Its markets; empty where the event is told inside one of them.
    pub markets: Vec<GammaMarket>,
    /// Labels of its tags.
    pub tags: Vec<GammaTag>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GammaTag {
    /// What people read.
    pub label: Option<String>,
    /// The short name.
    pub slug: Option<String>,
}

/// `/public-search`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchAnswer {
    /// Events that match, best first.
    pub events: Vec<GammaEvent>,
}

impl Wire for GammaMarket {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("gamma-market", raw)?;
        let market = Self {
            id: object.need::<Numeral>("id")?.to_string(),
            question: object.want("question")?,
            condition_id: object.want("conditionId")?,
            slug: object.want("slug")?,
            group_item_title: object.want("groupItemTitle")?,
            outcomes: object.wrapped("outcomes")?,
            outcome_prices: object.wrapped("outcomePrices")?,
            clob_token_ids: object.wrapped("clobTokenIds")?,
            active: object.want("active")?,
            closed: object.want("closed")?.unwrap_or(false),
            archived: object.want("archived")?.unwrap_or(false),
            accepting_orders: object.want("acceptingOrders")?,
            enable_order_book: object.want("enableOrderBook")?,
            neg_risk: object.want("negRisk")?,
            tick: object.want("orderPriceMinTickSize")?,
            min_size: object.want("orderMinSize")?,
            fees_enabled: object.want("feesEnabled")?,
            fee_type: object.want("feeType")?,
            fee_schedule: object.want("feeSchedule")?,
            end_date: object.want("endDate")?,
            closed_time: object.want("closedTime")?,
            uma_end_date: object.want("umaEndDate")?,
            uma_resolution_status: object.want("umaResolutionStatus")?,
            updated_at: object.want("updatedAt")?,
            category: object.want("category")?,
            events: object.want("events")?.unwrap_or_default(),
        };
        object.close(MARKET_UNUSED);
        Ok(market)
    }
}

impl Wire for GammaFee {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("gamma-fee", raw)?;
        let fee = Self {
            rate: object.need("rate")?,
            exponent: object.need("exponent")?,
            taker_only: object.want("takerOnly")?,
        };
        object.close(&["rebateRate"]);
        Ok(fee)
    }
}

impl Wire for GammaEvent {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("gamma-event", raw)?;
        let event = Self {
            id: object.need::<Numeral>("id")?.to_string(),
            slug: object.want("slug")?,
            title: object.want("title")?,
            closed: object.want("closed")?.unwrap_or(false),
            markets: object.want("markets")?.unwrap_or_default(),
            tags: object.want("tags")?.unwrap_or_default(),
        };
        object.close(EVENT_UNUSED);
        Ok(event)
    }
}

impl Wire for GammaTag {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("gamma-tag", raw)?;
        let tag = Self { label: object.want("label")?, slug: object.want("slug")? };
        object.close(TAG_UNUSED);
        Ok(tag)
    }
}

impl Wire for SearchAnswer {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("search", raw)?;
        let answer = Self { events: object.want("events")?.unwrap_or_default() };
        object.close(&["tags", "profiles", "pagination"]);
        Ok(answer)
    }
}

/// Fields we know and do not need.
const MARKET_UNUSED: &[&str] = &[
    "acceptingOrdersTimestamp",
    "approved",
    "automaticallyActive",
    "automaticallyResolved",
    "bestAsk",
    "bestBid",
    "clearBookOnStart",
    "clobRewards",
    "comboStatus",
    "competitive",
    "createdAt",
    "creator",
    "customLiveness",
    "cyom",
    "deploying",
    "deployingTimestamp",
    "description",
    "endDateIso",
    "eventStartTime",
    "featured",
    "fpmmLive",
    "funded",
    "gameId",
    "gameStartTime",
    "groupItemThreshold",
    "hasReviewedDates",
    "holdingRewardsEnabled",
    "icon",
    "image",
    "lastTradePrice",
    "line",
    "liquidity",
    "liquidityAmm",
    "liquidityClob",
    "liquidityNum",
    "lowerBound",
    "mailchimpTag",
    "makerBaseFee",
    "makerRebatesFeeShareBps",
    "manualActivation",
    "marketMakerAddress",
    "marketType",
    "negRiskMarketID",
    "negRiskOther",
    "negRiskRequestID",
    "new",
    "oneDayPriceChange",
    "oneHourPriceChange",
    "oneMonthPriceChange",
    "oneWeekPriceChange",
    "oneYearPriceChange",
    "pagerDutyNotificationEnabled",
    "pendingDeployment",
    "questionID",
    "ready",
    "readyForCron",
    "requiresTranslation",
    "resolutionSource",
    "resolvedBy",
    "restricted",
    "rewardsMaxSpread",
    "rewardsMinSize",
    "rfqEnabled",
    "secondsDelay",
    "series",
    "seriesColor",
    "showGmpOutcome",
    "showGmpSeries",
    "sportsMarketType",
    "spread",
    "startDate",
    "startDateIso",
    "submitted_by",
    "tags",
    "takerBaseFee",
    "twitterCardImage",
    "umaBond",
    "umaResolutionStatuses",
    "umaReward",
    "updatedBy",
    "upperBound",
    "volume",
    "volume1mo",
    "volume1moAmm",
    "volume1moClob",
    "volume1wk",
    "volume1wkAmm",
    "volume1wkClob",
    "volume1yr",
    "volume1yrAmm",
    "volume1yrClob",
    "volume24hr",
    "volume24hrClob",
    "volumeClob",
    "volumeNum",
];

const EVENT_UNUSED: &[&str] = &[
    "active",
    "archived",
    "automaticallyActive",
    "automaticallyResolved",
    "closedTime",
    "commentCount",
    "competitive",
    "countryName",
    "createdAt",
    "creationDate",
    "cumulativeMarkets",
    "cyom",
    "deploying",
    "deployingTimestamp",
    "description",
    "electionType",
    "enableNegRisk",
    "enableOrderBook",
    "endDate",
    "ended",
    "estimateValue",
    "eventDate",
    "eventMetadata",
    "eventWeek",
    "featured",
    "gameId",
    "gmpChartMode",
    "icon",
    "image",
    "liquidity",
    "liquidityClob",
    "live",
    "negRisk",
    "negRiskAugmented",
    "negRiskMarketID",
    "new",
    "openInterest",
    "pendingDeployment",
    "period",
    "requiresTranslation",
    "resolutionSource",
    "restricted",
    "score",
    "series",
    "seriesSlug",
    "showAllOutcomes",
    "showMarketImages",
    "sortBy",
    "startDate",
    "startTime",
    "ticker",
    "updatedAt",
    "volume",
    "volume1mo",
    "volume1wk",
    "volume1yr",
    "volume24hr",
];

const TAG_UNUSED: &[&str] = &[
    "createdAt",
    "createdBy",
    "forceHide",
    "forceShow",
    "id",
    "isCarousel",
    "publishedAt",
    "requiresTranslation",
    "updatedAt",
    "updatedBy",
];
