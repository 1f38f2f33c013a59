//! Why a trade waits, why it was denied, why an order ended: closed lists of coded data. The words
//! for a person are made at the edge (`betteroms::render`); the codes are stable and journaled.

use crate::money::{Price, Shares, Tick, Usd};
use crate::order::OrderId;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// A cap that the operator set, by the name it has in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cap {
    /// `limits.perTrade`: one trade's notional.
    PerTrade,
    /// `defaults.maxNotionalUSD` of the plan: one trade's notional.
    PlanPerTrade,
    /// `limits.perPass`: notional placed in one pass.
    PerPass,
    /// `limits.ordersPerPass`: orders placed in one pass.
    OrdersPerPass,
    /// `limits.perDay`: notional placed in one UTC day.
    PerDay,
    /// `limits.perMarket`: exposure in one market.
    PerMarket,
    /// `limits.total`: exposure of the account.
    Total,
}

/// A block that may pass: the trade is judged again on every pass until its lifetime ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Wait {
    /// `notBefore` lies ahead.
    NotBefore {
        /// When it begins.
        until: Time,
    },
    /// The market could not be looked up.
    MarketUnavailable {
        /// What went wrong.
        cause: String,
    },
    /// The venue takes no orders for the market now.
    NotAccepting,
    /// There is no book.
    BookMissing,
    /// The newest book is too old.
    BookStale {
        /// Its age.
        age_secs: i64,
        /// The oldest that counts.
        age_secs_max: u32,
    },
    /// The newest book's best bid is above its best ask.
    BookCrossed,
    /// A guard, the price band or the spread limit needs a mid, and one side is empty.
    NoMid,
    /// The mid is above `priceCeil`.
    AbovePriceCeil {
        /// The guard.
        ceil: Price,
        /// Twice the mid, in millionths, so that no half is rounded.
        mid_doubled: u32,
    },
    /// The mid is below `priceFloor`.
    BelowPriceFloor {
        /// The guard.
        floor: Price,
        /// Twice the mid, in millionths.
        mid_doubled: u32,
    },
    /// The spread is wider than configured.
    SpreadWide {
        /// The spread, in millionths of a dollar.
        spread_micros: i64,
        /// The widest allowed.
        spread_micros_max: u32,
    },
    /// The limit price is further from the mid than configured.
    OutsidePriceBand {
        /// Twice the mid, in millionths.
        mid_doubled: u32,
        /// The furthest allowed distance, in millionths of a dollar.
        band_micros: u32,
    },
    /// Not enough free cash.
    CashShort {
        /// What the order would reserve.
        need: Usd,
        /// What is free.
        free: Usd,
    },
    /// A cap on notional is used up.
    CapReached {
        /// Which cap bit.
        cap: Cap,
        /// The order's notional.
        need: Usd,
        /// What the cap still lets through.
        left: Usd,
    },
    /// The pass has placed as many orders as it may.
    OrdersPerPass {
        /// The cap.
        orders_max: u32,
    },
    /// The account is halted: no new exposure.
    Halted,
    /// Real: the venue takes no such orders now, or turned this one away unread.
    VenueMode {
        /// What it said, as a code.
        mode: String,
    },
    /// Real: an order of ours in this market is in doubt, or venue and books disagree.
    Unsettled {
        /// What, as a code.
        what: String,
    },
    /// Real: nothing allows this trade to be sent: no preview, no arming, or a check that fails.
    NotArmed {
        /// What is missing, as a code.
        what: String,
    },
}

impl Wait {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotBefore { .. } => "NOT_BEFORE",
            Self::MarketUnavailable { .. } => "MARKET_UNAVAILABLE",
            Self::NotAccepting => "NOT_ACCEPTING",
            Self::BookMissing => "BOOK_MISSING",
            Self::BookStale { .. } => "BOOK_STALE",
            Self::BookCrossed => "BOOK_CROSSED",
            Self::NoMid => "NO_MID",
            Self::AbovePriceCeil { .. } => "ABOVE_PRICE_CEIL",
            Self::BelowPriceFloor { .. } => "BELOW_PRICE_FLOOR",
            Self::SpreadWide { .. } => "SPREAD_WIDE",
            Self::OutsidePriceBand { .. } => "OUTSIDE_PRICE_BAND",
            Self::CashShort { .. } => "CASH_SHORT",
            Self::CapReached { .. } => "CAP_REACHED",
            Self::OrdersPerPass { .. } => "ORDERS_PER_PASS",
            Self::Halted => "HALTED",
            Self::VenueMode { .. } => "VENUE_MODE",
            Self::Unsettled { .. } => "UNSETTLED",
            Self::NotArmed { .. } => "NOT_ARMED",
        }
    }
}

/// Why we refused a trade before any venue saw it. Final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Denial {
    /// Its notional is over a per-trade cap.
    NotionalOverLimit {
        /// Price × shares, before fees.
        cost: Usd,
        /// The cap.
        limit: Usd,
        /// Which cap bit.
        cap: Cap,
    },
    /// Nothing has that name.
    MarketNotFound,
    /// The name leads to several markets.
    MarketAmbiguous {
        /// The slugs to choose from.
        slugs: Vec<String>,
    },
    /// The market has no such outcome.
    OutcomeUnknown {
        /// The labels it has.
        labels: [String; 2],
    },
    /// Trading has ended.
    MarketClosed,
    /// The price is not on the market's grid.
    OffTick {
        /// The market's tick.
        tick: Tick,
        /// The next legal price below, if any.
        below: Option<Price>,
        /// The next legal price above, if any.
        above: Option<Price>,
    },
    /// The size is under the market's minimum.
    UnderMinimum {
        /// What the trade comes to.
        size: Shares,
        /// The smallest that may rest.
        size_min: Shares,
    },
    /// A marketable BUY is under the venue's minimum worth.
    UnderMarketableMinimum {
        /// What the trade comes to.
        notional: Usd,
        /// The smallest that may take.
        notional_min: Usd,
    },
    /// The market's fee is unknown or cannot be computed exactly.
    NoFeeSchedule,
    /// `size: "all"` with nothing held and free.
    NothingHeld,
    /// A SELL of more than is held and free.
    OverHolding {
        /// Shares the trade asks for.
        wanted: Shares,
        /// The SHARES value to write instead.
        free: Shares,
    },
    /// Its limit meets one of our own resting orders of the same market.
    SelfCross {
        /// That order.
        with: OrderId,
    },
    /// Blocked, and the trade does not wait (`ifBlocked: "deny"`, FOK or FAK).
    Blocked {
        /// The block.
        by: Wait,
    },
    /// It waited until its lifetime ended.
    WaitEnded {
        /// The last block; `None` when its end had passed before it was first judged.
        last: Option<Wait>,
        /// When its lifetime ended.
        ended: Time,
    },
    /// Withdrawn by the operator while it waited (`plan stop`, `account reset`).
    Withdrawn,
    /// Real: it would live shorter than the venue allows.
    LifetimeTooShort {
        /// Seconds it would live.
        secs: i64,
        /// The fewest.
        secs_min: u32,
    },
    /// Real: it could not be signed, or what was signed is not what was decided.
    CannotSign {
        /// Why.
        cause: String,
    },
}

impl Denial {
    /// The stable code; a block's own code where a block was the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotionalOverLimit { .. } => "NOTIONAL_OVER_LIMIT",
            Self::MarketNotFound => "MARKET_NOT_FOUND",
            Self::MarketAmbiguous { .. } => "MARKET_AMBIGUOUS",
            Self::OutcomeUnknown { .. } => "OUTCOME_UNKNOWN",
            Self::MarketClosed => "MARKET_CLOSED",
            Self::OffTick { .. } => "OFF_TICK",
            Self::UnderMinimum { .. } => "UNDER_MINIMUM",
            Self::UnderMarketableMinimum { .. } => "UNDER_MARKETABLE_MINIMUM",
            Self::NoFeeSchedule => "NO_FEE_SCHEDULE",
            Self::NothingHeld => "NOTHING_HELD",
            Self::OverHolding { .. } => "OVER_HOLDING",
            Self::SelfCross { .. } => "SELF_CROSS",
            Self::Blocked { by } | Self::WaitEnded { last: Some(by), .. } => by.code(),
            Self::WaitEnded { last: None, .. } => "NOT_AFTER_PASSED",
            Self::Withdrawn => "WITHDRAWN",
            Self::LifetimeTooShort { .. } => "LIFETIME_TOO_SHORT",
            Self::CannotSign { .. } => "CANNOT_SIGN",
        }
    }
}

/// Why an order that reached a venue ended without being full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// Its time came (`Expired`).
    Due,
    /// The market closed (`Cancelled`).
    MarketClosed,
    /// What a fill-and-kill order left (`Cancelled`).
    FakRest,
    /// The operator cancelled it (`Cancelled`).
    Operator,
    /// A post-only order that would have taken (`Rejected`).
    PostOnlyWouldCross,
    /// A fill-or-kill order that could not be full (`Rejected`).
    FokNotFull,
    /// A fill-and-kill order that found nothing (`Rejected`).
    FakFoundNothing,
    /// The venue refused it for another reason, told by its report (`Rejected`).
    VenueRefused,
    /// Sent, and never seen at the venue (`Rejected`).
    NotSeen,
    /// The venue took it out: balance, a game's start, a cancel from elsewhere (`Cancelled`).
    VenueCancelled,
    /// It rested, and the venue no longer knows it (`Cancelled`).
    Gone,
    /// The operator's freeze or panic (`Cancelled`).
    Frozen,
    /// It matched, and the settlement failed for good (`Cancelled`).
    SettlementFailed,
}

impl EndReason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Due => "DUE",
            Self::MarketClosed => "MARKET_CLOSED",
            Self::FakRest => "FAK_REST",
            Self::Operator => "OPERATOR",
            Self::PostOnlyWouldCross => "POST_ONLY_WOULD_CROSS",
            Self::FokNotFull => "FOK_NOT_FULL",
            Self::FakFoundNothing => "FAK_FOUND_NOTHING",
            Self::VenueRefused => "VENUE_REFUSED",
            Self::NotSeen => "NOT_SEEN",
            Self::VenueCancelled => "VENUE_CANCELLED",
            Self::Gone => "GONE",
            Self::Frozen => "FROZEN",
            Self::SettlementFailed => "SETTLEMENT_FAILED",
        }
    }
}
