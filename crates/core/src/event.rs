//! Facts we have recorded. Only these change state; refolding them never decides anything again.

mod account;
mod at_venue;

use crate::decide::PlanOutcome;
use crate::market::{ConditionId, Outcome, Resolution, Side};
use crate::money::{Price, Shares, Usd};
use crate::order::{Order, OrderId, Placing, Status, Tracks};
use crate::plan::{Digest, Mode, RunId};
use crate::reason::{Denial, EndReason, Wait};
use crate::state::paper::{Amounts, PaperMarket};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use account::{
    AccountFact, AdoptedShares, Arming, Brake, Conversion, Difference, Intent, Preview, Subject,
};
pub use at_venue::OrderFact;

/// Whose books these are: `paper`, `paper#2`, `replay:<digest>`, later `real:<wallet>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// Wraps a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The account of a funding wallet at the real venue.
    pub fn real(wallet: &str) -> Self {
        Self(format!("real:{}", wallet.to_ascii_lowercase()))
    }

    /// True when real money is traded on it.
    pub fn is_real(&self) -> bool {
        self.0.starts_with("real:")
    }

    /// True when a recording supplies its books.
    pub fn is_replay(&self) -> bool {
        self.0.starts_with("replay:")
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A pass's name: `tick:<now µs>`, with `#2` and so on for further passes at the same `now`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassId(String);

impl PassId {
    /// Names the `nth` pass (from 1) at `now`.
    pub fn new(now: Time, nth: u32) -> Self {
        let micros = now.micros();
        Self(if nth <= 1 { format!("tick:{micros}") } else { format!("tick:{micros}#{nth}") })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a fill took displayed liquidity or was taken while resting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// Took; pays the fee.
    Taker,
    /// Rested; pays none.
    Maker,
}

impl Role {
    /// The word stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taker => "TAKER",
            Self::Maker => "MAKER",
        }
    }
}

/// One fill as booked. Its key is (account, trade id, order, role): it counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The order.
    pub order: OrderId,
    /// The venue's name of the match; on paper `order#n`.
    pub trade_id: String,
    /// Taker or maker.
    pub role: Role,
    /// The market.
    pub market: ConditionId,
    /// The token.
    pub outcome: Outcome,
    /// BUY or SELL.
    pub side: Side,
    /// Dollars per share in the token's terms.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Dollars, negative when we paid, before the fee.
    pub cash: Usd,
    /// The fee, zero or positive.
    pub fee: Usd,
    /// When the evidence for it happened (a print's or a book's venue time, or the placing).
    pub at: Time,
}

/// What makes a fill count once within its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FillKey {
    /// The venue's name of the match.
    pub trade_id: String,
    /// The order.
    pub order: OrderId,
    /// Taker or maker.
    pub role: Role,
}

impl Fill {
    /// What makes it count once.
    pub fn key(&self) -> FillKey {
        FillKey { trade_id: self.trade_id.clone(), order: self.order.clone(), role: self.role }
    }
}

/// Everything that can be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The account began with this cash.
    AccountOpened {
        /// Starting cash.
        cash: Usd,
    },
    /// The operator moved paper cash in or out.
    CashMoved {
        /// Positive in, negative out.
        amount: Usd,
    },
    /// A pass began; everything it observed is stored beside it.
    PassOpened {
        /// Its name.
        pass: PassId,
        /// Its one reading of the clock.
        now: Time,
        /// Digest of what it observed.
        world: Digest,
        /// Digest of the limits and the paper model it used.
        limits: Digest,
    },
    /// What became of a plan file that the pass was given, or that it missed.
    PlanReceived {
        /// The file and its result.
        outcome: PlanOutcome,
    },
    /// A plan was taken in.
    PlanAdmitted {
        /// The plan's name.
        run_id: RunId,
        /// The pass that took it in.
        pass: PassId,
        /// Paper or real.
        mode: Mode,
        /// How often the runId was taken in: more than once only after `plan stop`.
        attempt: u32,
        /// Its digest.
        digest: Digest,
        /// What the digest covers, to name a later difference.
        canonical: String,
        /// The file's name.
        file: String,
        /// How many trades it has.
        trades: u32,
    },
    /// The operator stopped a plan: its runId may be used again with another content.
    PlanStopped {
        /// The plan's name.
        run_id: RunId,
    },
    /// A trade of it became an order of ours, waiting until judged.
    OrderAdmitted {
        /// The order.
        order: Box<Order>,
    },
    /// A market reference that failed before now leads to a market.
    MarketNamed {
        /// The order.
        id: OrderId,
        /// The market.
        market: ConditionId,
        /// Its slug.
        slug: Option<String>,
        /// The outcome, where its label is known there.
        outcome: Option<Outcome>,
    },
    /// It waits, for a reason it did not have before.
    OrderWaiting {
        /// The order.
        id: OrderId,
        /// The block.
        wait: Wait,
    },
    /// We refused it.
    OrderDenied {
        /// The order.
        id: OrderId,
        /// Why.
        denial: Denial,
        /// When.
        at: Time,
    },
    /// It is about to be sent; durable before it leaves.
    OrderSubmitting {
        /// The order.
        id: OrderId,
        /// What was fixed.
        placing: Placing,
        /// Cash promised to it.
        reserve: Usd,
    },
    /// It rests.
    OrderOpened {
        /// The order.
        id: OrderId,
    },
    /// A fill was booked.
    Filled {
        /// The fill.
        fill: Fill,
    },
    /// It ended.
    OrderEnded {
        /// The order.
        id: OrderId,
        /// `Filled`, `Cancelled`, `Rejected` or `Expired`.
        status: Status,
        /// Why, where it is not full.
        reason: Option<EndReason>,
        /// When.
        at: Time,
    },
    /// Paper: its place in the queue or its bands moved. Fills of the expected track come as `Filled`.
    QueueMoved {
        /// The order.
        id: OrderId,
        /// `ahead` of all three, and the two bands' fills.
        tracks: Tracks,
    },
    /// Paper: new orders used displayed liquidity of these levels.
    LiquidityTaken {
        /// The market.
        market: ConditionId,
        /// Index-0 side and price of each level, and what was added on each track.
        levels: Vec<(Side, Price, Amounts)>,
    },
    /// Paper: the market's newest usable book was worked through.
    PaperMarketMoved {
        /// The market.
        market: ConditionId,
        /// The picture after it.
        picture: PaperMarket,
    },
    /// A result became visible; positions were paid.
    MarketResolved {
        /// The market.
        market: ConditionId,
        /// What it paid.
        resolution: Resolution,
    },
    /// The pass ended.
    PassClosed {
        /// Its name.
        pass: PassId,
        /// Cash plus marked positions at its end.
        equity: Usd,
    },
    /// Real: something became of an order between us and the venue.
    AtVenue {
        /// The order.
        id: OrderId,
        /// What.
        fact: OrderFact,
    },
    /// Something became of the account that is neither an order of ours nor the passing of time.
    Account {
        /// What.
        fact: AccountFact,
    },
    /// The account was reset: it takes no further passes.
    AccountRetired {
        /// The account that follows.
        successor: AccountId,
    },
}

impl Event {
    /// The version of the events' JSON form: raised when an old form needs lifting on read.
    pub const VERSION: u32 = 1;

    /// The fill that it books: an execution.
    pub const fn fill(&self) -> Option<&Fill> {
        match self {
            Self::Filled { fill } | Self::Account { fact: AccountFact::ForeignFill { fill } } => {
                Some(fill)
            }
            Self::AccountOpened { .. }
            | Self::CashMoved { .. }
            | Self::PassOpened { .. }
            | Self::PlanReceived { .. }
            | Self::PlanAdmitted { .. }
            | Self::PlanStopped { .. }
            | Self::OrderAdmitted { .. }
            | Self::MarketNamed { .. }
            | Self::OrderWaiting { .. }
            | Self::OrderDenied { .. }
            | Self::OrderSubmitting { .. }
            | Self::OrderOpened { .. }
            | Self::OrderEnded { .. }
            | Self::QueueMoved { .. }
            | Self::LiquidityTaken { .. }
            | Self::PaperMarketMoved { .. }
            | Self::MarketResolved { .. }
            | Self::PassClosed { .. }
            | Self::AtVenue { .. }
            | Self::Account { .. }
            | Self::AccountRetired { .. } => None,
        }
    }

    /// The fact's name in the audit log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "account_opened",
            Self::CashMoved { .. } => "cash_moved",
            Self::PassOpened { .. } => "pass_opened",
            Self::PlanReceived { .. } => "plan_received",
            Self::PlanAdmitted { .. } => "plan_admitted",
            Self::PlanStopped { .. } => "plan_stopped",
            Self::OrderAdmitted { .. } => "order_admitted",
            Self::MarketNamed { .. } => "market_named",
            Self::OrderWaiting { .. } => "order_waiting",
            Self::OrderDenied { .. } => "order_denied",
            Self::OrderSubmitting { .. } => "order_submitting",
            Self::OrderOpened { .. } => "order_opened",
            Self::Filled { .. } => "filled",
            Self::OrderEnded { .. } => "order_ended",
            Self::QueueMoved { .. } => "queue_moved",
            Self::LiquidityTaken { .. } => "liquidity_taken",
            Self::PaperMarketMoved { .. } => "paper_market_moved",
            Self::MarketResolved { .. } => "market_resolved",
            Self::PassClosed { .. } => "pass_closed",
            Self::AtVenue { fact, .. } => fact.kind(),
            Self::Account { fact } => fact.kind(),
            Self::AccountRetired { .. } => "account_retired",
        }
    }
}
