//! The lines of a report.

use crate::event::{Difference, Role};
use crate::market::Side;
use crate::money::{Fraction, Price, Shares, Usd};
use crate::order::{OrderId, Status};
use crate::plan::{Here, RunId, TimeInForce};
use crate::reason::{Cap, Denial, EndReason, Wait};
use crate::time::Time;
use crate::venue::VenueOrder;
use serde::{Deserialize, Serialize};

/// Something that only a person can settle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Attention {
    /// A market paid something else than 0, 0.5 or 1; its positions stay open.
    OddPayout {
        /// The market's slug.
        slug: String,
        /// What index 0 paid.
        payout_first: Fraction,
    },
    /// An order whose fate at the venue is unknown.
    InDoubt {
        /// The order.
        order: OrderId,
        /// What is known of it, for the operator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Real: a cancel was asked for, and the venue does not show that the order is out.
    CancelUnproven {
        /// The order.
        order: OrderId,
        /// How many looks in a row did not show it as open.
        looks: u32,
    },
    /// Real: venue or chain and our books disagree. New exposure waits meanwhile.
    Differs {
        /// The market's slug; `None` where it is about cash.
        market: Option<String>,
        /// How.
        difference: Difference,
    },
    /// Real: a trade's receipt shows another fee than announced. It is booked.
    FeeCharged {
        /// The order.
        order: OrderId,
        /// The trade.
        trade_id: String,
        /// What the market's schedule makes of it.
        expected: Usd,
        /// What was charged.
        charged: Usd,
    },
    /// Real: fees look otherwise than announced: what the wallet's cash lacks or has left over, held against the
    /// trades since cash last agreed.
    FeesDiffer {
        /// What the markets' schedules make of them.
        expected: Usd,
        /// What was charged, if nothing else moved the cash.
        charged: Usd,
        /// How many trades.
        fills: u32,
        /// The first of them.
        trades: Vec<String>,
    },
    /// Real: an order that is not ours rests under our key.
    ForeignOrder {
        /// As the venue shows it.
        order: VenueOrder,
        /// The market's slug.
        market: String,
    },
    /// Real: something traded with our wallet that no order of ours explains. It is booked.
    ForeignFill {
        /// The fill.
        fill: FillLine,
    },
    /// Real: a settlement failed on the chain; what it had brought was taken back.
    SettlementFailed {
        /// The order.
        order: OrderId,
        /// The trade.
        trade_id: String,
    },
    /// Real: a check before trading failed.
    CheckFailed {
        /// Which.
        check: String,
        /// What was found, and what to do.
        fact: String,
    },
    /// Real: an order rests at the venue that had ended in the books. It counts again.
    Reappeared {
        /// The order.
        order: OrderId,
        /// How it had ended.
        ended: Option<EndReason>,
    },
    /// Real: orders that were decided and did not leave: what stopped them came while they were being sent. They wait,
    /// or were denied where they may not wait.
    HeldBack {
        /// What stopped them, as a code.
        cause: String,
        /// How many.
        orders: u32,
    },
    /// Real: nothing allows this plan's orders to be sent.
    Unarmed {
        /// The plan.
        run_id: RunId,
        /// Why, as a code.
        what: String,
    },
    /// The operator's brake is on.
    Braked {
        /// True for a freeze.
        freeze: bool,
    },
}

/// How many trades stand where. Each trade counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// All of them.
    pub asked: u32,
    /// Full.
    pub filled: u32,
    /// Part filled, resting or ended.
    pub part: u32,
    /// Resting with nothing filled.
    pub resting: u32,
    /// Waiting.
    pub waiting: u32,
    /// Refused by us.
    pub denied: u32,
    /// Refused by the venue.
    pub rejected: u32,
    /// Cancelled with nothing filled.
    pub cancelled: u32,
    /// Expired with nothing filled.
    pub expired: u32,
    /// About to be sent, or in doubt.
    pub unsettled: u32,
}

/// Money moved by the fills of the pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Paid for buys, before fees.
    pub spent: Usd,
    /// Received from sells, before fees.
    pub received: Usd,
    /// Fees.
    pub fees: Usd,
    /// Payouts of resolved markets.
    pub paid_out: Usd,
    /// Cost against the mid at placing, over the fills that had one.
    pub slippage: Usd,
}

/// One trade and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// Our name of it.
    pub id: OrderId,
    /// The plan.
    pub run_id: RunId,
    /// Its file.
    pub file: String,
    /// Where in the file the trade stands.
    pub here: Here,
    /// Where its size stands.
    pub size_here: Here,
    /// The trade's index, from 0.
    pub index: u32,
    /// The market's slug, or what the plan called it.
    pub market: String,
    /// The outcome as the plan calls it.
    pub outcome: String,
    /// BUY or SELL.
    pub side: Side,
    /// Time in force.
    pub time_in_force: TimeInForce,
    /// Limit price.
    pub price: Price,
    /// Shares asked for; `None` until placed and for cash orders.
    pub size: Option<Shares>,
    /// Cash asked for, for FOK and FAK buys.
    pub cash: Option<Usd>,
    /// Where it stands.
    pub status: Status,
    /// Shares done.
    pub filled: Shares,
    /// Average fill price before fees, rounded down.
    pub average: Option<Usd>,
    /// Fees so far.
    pub fee: Usd,
    /// Others' shares before us, while it rests.
    pub ahead: Option<Shares>,
    /// Least and most shares that the evidence supports.
    pub filled_range: (Shares, Shares),
    /// The block that holds it.
    pub wait: Option<Wait>,
    /// Until when it waits.
    pub wait_until: Option<Time>,
    /// Why we refused it.
    pub denial: Option<Denial>,
    /// Why it ended.
    pub end: Option<EndReason>,
    /// When it rests until.
    pub due: Option<Time>,
    /// Real: the venue's last words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FillLine {
    /// The order.
    pub order: OrderId,
    /// The market's slug.
    pub market: String,
    /// BUY or SELL.
    pub side: Side,
    /// Taker or maker.
    pub role: Role,
    /// Dollars per share.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Negative when we paid, before the fee.
    pub cash: Usd,
    /// The fee.
    pub fee: Usd,
    /// Cost against the mid at placing; `None` where there was none.
    pub slippage: Option<Usd>,
    /// When the evidence for it happened.
    pub at: Time,
}

/// What is used of a cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapLine {
    /// The cap.
    pub cap: Cap,
    /// The market, for a per-market cap.
    pub market: Option<String>,
    /// What is used.
    pub used: Usd,
    /// The cap itself.
    pub limit: Usd,
}

/// What a mark is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkSource {
    /// The held token's best bid.
    Bid,
    /// The last print.
    Last,
    /// The held token's best bid when the market could last be read.
    LastBid,
    /// What the market paid.
    Payout,
    /// Nothing: the position is carried at zero.
    Unmarked,
}

/// One position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PositionLine {
    /// The market's slug.
    pub market: String,
    /// The outcome's label.
    pub outcome: String,
    /// Shares held.
    pub shares: Shares,
    /// Average price before fees, rounded down.
    pub average: Option<Usd>,
    /// What the held shares cost, before fees.
    pub cost: Usd,
    /// The price they are valued at.
    pub mark: Option<Fraction>,
    /// What the mark is taken from.
    pub mark_source: MarkSource,
    /// Shares × mark, rounded down.
    pub value: Usd,
    /// Value less cost and buy fees.
    pub unrealised: Usd,
    /// Locked so far, net of fees.
    pub realised: Usd,
    /// True when the market has closed and no result is visible yet.
    pub awaits_result: bool,
    /// True when the market has closed and the recording holds no result at all.
    pub no_result_recorded: bool,
}

/// Profit and loss since the account began: marked positions included, fees deducted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pnl {
    /// The least that the evidence supports.
    pub lowest: Usd,
    /// What is booked.
    pub expected: Usd,
    /// The most that the evidence supports.
    pub highest: Usd,
    /// Since the UTC day began.
    pub today: Usd,
    /// The part still open, at the marks.
    pub unrealised: Usd,
}

/// Cash of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cash {
    /// All of it.
    pub total: Usd,
    /// Promised to orders.
    pub reserved: Usd,
    /// Not promised.
    pub free: Usd,
    /// What the account was given.
    pub funded: Usd,
    /// Cash and marked positions.
    pub equity: Usd,
}
