//! What becomes of an account beside its orders: settlements, strangers, differences, what the operator
//! allows.

use super::{Fill, FillKey};
use crate::market::{ConditionId, Outcome};
use crate::money::{Shares, Usd};
use crate::order::OrderId;
use crate::plan::Digest;
use crate::time::Time;
use crate::venue::{OnChain, Payment, Settlement, VenueId, VenueOrder};
use serde::{Deserialize, Serialize};

/// What became of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AccountFact {
    /// Real: the settlement of a fill moved on.
    FillSettled {
        /// The fill.
        key: FillKey,
        /// How far it is now; `FAILED` takes the fill back.
        settlement: Settlement,
        /// Of a confirmed one, where its fee can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_chain: Option<Box<OnChain>>,
    },
    /// Real: the chain told what a fill was charged. Where that is not what was booked, the books take it over.
    FeeCharged {
        /// The fill.
        key: FillKey,
        /// What was booked: by the market's schedule.
        expected: Usd,
        /// What was charged.
        charged: Usd,
        /// How far the two may lie apart by rounding alone.
        rounding: Usd,
    },
    /// Real: something traded with our wallet that no order of ours explains.
    ForeignFill {
        /// The fill; its order is the venue's name of it.
        fill: Fill,
    },
    /// Real: an order that is not ours rests under our key, or has gone.
    ForeignOrder {
        /// As the venue shows it.
        order: VenueOrder,
    },
    /// Real: trades up to this time have been seen; the next look overlaps it. The first one says where the
    /// account's own history begins.
    TradesSeen {
        /// The newest of them.
        until: Time,
    },
    /// Real: the venue and our books disagree, or agree again. New exposure waits meanwhile.
    Differs {
        /// About what.
        what: Subject,
        /// What differs; `None` once they agree.
        difference: Option<Difference>,
    },
    /// Real: the wallet's cash agrees with the books while no trade is under way, so that all fees so far were
    /// charged as expected.
    FeesProven {},
    /// Real: the venue paid dollars into the wallet by itself.
    Paid {
        /// The payment.
        payment: Payment,
    },
    /// Real: the operator has looked at a record that could not be believed: it blocks nothing any more, and
    /// is never booked.
    SetAside {
        /// Its market.
        market: ConditionId,
        /// The trade's id, or the order's hash.
        id: String,
    },
    /// Real: the operator took over what the venue and the chain hold: opening balances.
    Adopted {
        /// Cash on top of the books' (negative where there was less).
        cash: Usd,
        /// Shares on top of the books', with what they cost.
        shares: Vec<AdoptedShares>,
        /// When the chain was asked: what came before is in it. `None` in journals of before, which kept deposits
        /// and withdrawals under one name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Time>,
    },
    /// Real: shares are about to be turned into dollars on the chain. Recorded before anything is sent, so that
    /// what was cut off after it is booked as what it was, and not taken for a deposit.
    Converting {
        /// The market.
        market: ConditionId,
        /// What is about to be done.
        intent: Intent,
    },
    /// Real: resolved or merged shares were turned into dollars on the chain.
    Converted {
        /// How.
        how: Conversion,
        /// The market.
        market: ConditionId,
        /// Shares of each outcome that left, index 0 first.
        shares: [Shares; 2],
        /// Dollars received.
        cash: Usd,
        /// The transaction, where it is known.
        transaction: Option<String>,
    },
    /// Real: what a plan would do was shown to the operator, under these limits.
    Previewed {
        /// The plan's digest.
        plan: Digest,
        /// What was shown.
        preview: Preview,
    },
    /// Real: the salts of orders come from this secret from now on. It tells the secret from others, and
    /// nothing about it.
    SecretUsed {
        /// The secret's fingerprint.
        fingerprint: String,
    },
    /// Real: unattended trading is allowed within caps, or no longer.
    Armed {
        /// The caps; `None` disarms.
        arming: Option<Arming>,
    },
    /// The operator's brake was put on or taken off.
    Braked {
        /// The brake; `None` takes it off.
        brake: Option<Brake>,
    },
}

impl AccountFact {
    /// The fact's name in the audit log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::FillSettled { .. } => "fill_settled",
            Self::FeeCharged { .. } => "fee_charged",
            Self::ForeignFill { .. } => "foreign_fill",
            Self::ForeignOrder { .. } => "foreign_order",
            Self::TradesSeen { .. } => "trades_seen",
            Self::Differs { .. } => "differs",
            Self::FeesProven {} => "fees_proven",
            Self::Paid { .. } => "paid",
            Self::SetAside { .. } => "set_aside",
            Self::Adopted { .. } => "adopted",
            Self::Converting { .. } => "converting",
            Self::Converted { .. } => "converted",
            Self::Previewed { .. } => "previewed",
            Self::SecretUsed { .. } => "secret_used",
            Self::Armed { .. } => "armed",
            Self::Braked { .. } => "braked",
        }
    }
}

/// What the venue and our books may disagree about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Dollars of the wallet: blocks new exposure everywhere.
    Cash,
    /// Shares or orders of one market: blocks new exposure there.
    Market(ConditionId),
    /// One trade or order whose record cannot be believed: blocks new exposure in its market.
    Record {
        /// The market.
        market: ConditionId,
        /// The trade's id, or the order's hash.
        id: String,
    },
}

/// How they disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Difference {
    /// The wallet holds other dollars than our books.
    CashDiffers {
        /// By our books, unsettled trades left out.
        books: Usd,
        /// On the chain.
        chain: Usd,
    },
    /// The wallet holds other shares than our books.
    SharesDiffer {
        /// The outcome.
        outcome: Outcome,
        /// By our books, unsettled trades left out.
        books: Shares,
        /// On the chain.
        chain: Shares,
    },
    /// The venue says that more of an order matched than the trades we were shown.
    FillsMissing {
        /// The order.
        order: OrderId,
        /// By the fills booked.
        books: Shares,
        /// By the venue.
        venue: Shares,
    },
    /// The venue shows another order under our order's hash.
    OrderDiffers {
        /// The order.
        order: OrderId,
    },
    /// A trade that no order of ours explains, where the configuration blocks such.
    Foreign {
        /// The trade.
        trade_id: String,
    },
    /// An order that is not ours rests there, where the configuration blocks such.
    ForeignOrder {
        /// Its hash.
        order: VenueId,
    },
    /// A record that does not fit what is known, or cannot be told exactly: it is not booked.
    Unbelievable {
        /// What is wrong with it.
        why: String,
    },
}

/// Shares that were bought elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdoptedShares {
    /// The market.
    pub market: ConditionId,
    /// The token.
    pub outcome: Outcome,
    /// On top of the books'; negative where there were fewer.
    pub shares: Shares,
    /// What they cost, fees included; zero where nobody knows.
    pub cost: Usd,
}

/// How shares became dollars without a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// A resolved market paid.
    Redeem,
    /// Complete sets were merged.
    Merge,
    /// Dollars were split into complete sets: shares and dollars are negative, for they came and went.
    Split,
}

/// A conversion that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// How.
    pub how: Conversion,
    /// Shares of each outcome that will leave, index 0 first.
    pub shares: [Shares; 2],
    /// Dollars that will come.
    pub cash: Usd,
}

/// What the operator saw before trading for real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Digest of the limits it was made under: other limits void it.
    pub limits: Digest,
    /// The most that the plan can cost, fees included.
    pub worst_cost: Usd,
    /// When it was made.
    pub at: Time,
}

/// Unattended trading within caps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arming {
    /// The highest notional of one order.
    pub order_max: Usd,
    /// The highest notional of one UTC day.
    pub day_max: Usd,
    /// When it ends.
    pub until: Time,
    /// Digest of the limits it was made under: other limits void it.
    pub limits: Digest,
}

/// The operator's brake: no new exposure; exits, cancels and reconciling go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brake {
    /// Since when.
    pub at: Time,
    /// True where what rests and could add exposure is taken out as well.
    pub freeze: bool,
}
