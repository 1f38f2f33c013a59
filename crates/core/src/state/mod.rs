//! Our picture of one account, and what each fact does to it. State is loaded from the store's
//! views, never by replaying the journal; [`State::apply`] is the only way it changes, live, in a
//! rebuild and in a backtest alike.

mod apply;
mod error;
pub mod fees;
pub mod paper;
pub mod position;
pub mod real;
mod rows;
mod settle;

pub use error::ApplyError;
use rows::Touched;
pub use rows::{Changes, Row};

use crate::event::{AccountId, Brake, FillKey, PassId, Subject};
use crate::market::{ConditionId, Outcome};
use crate::money::{Shares, Usd};
use crate::order::{Order, OrderId, Status};
use crate::plan::{Digest, Mode, RunId};
use crate::time::Time;
use paper::PaperMarket;
use position::Position;
use real::{Booked, RealAccount};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Cash and counters of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// Dollars held, reserved ones included.
    pub cash: Usd,
    /// What it began with, deposits and withdrawals added: the base of its PnL.
    pub funded: Usd,
    /// `now` of its last pass.
    pub last_now: Option<Time>,
    /// Passes so far at that `now`.
    pub passes_at_last_now: u32,
    /// The pass that has begun and not ended.
    pub open_pass: Option<PassId>,
    /// The next order's place among our orders.
    pub next_seq: u64,
    /// The UTC day of its last pass: what `day_notional` and `day_open_equity` belong to.
    pub day: String,
    /// Notional placed on that day.
    pub day_notional: Usd,
    /// Cash plus marked positions when its last pass ended.
    pub equity: Usd,
    /// The same when the day began, deposits of the day added: the base of the day's PnL.
    pub day_open_equity: Usd,
    /// Cash of the fewest-fills band over all markets, payouts included.
    pub fewest_cash: Usd,
    /// Cash of the most-fills band over all markets, payouts included.
    pub most_cash: Usd,
    /// The account that follows after a reset.
    pub successor: Option<AccountId>,
    /// The operator's brake, while it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brake: Option<Brake>,
    /// What only a real account has; `None` on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real: Option<Box<RealAccount>>,
}

impl Account {
    /// An account that has seen nothing.
    pub const fn new(id: AccountId) -> Self {
        Self {
            id,
            cash: Usd::ZERO,
            funded: Usd::ZERO,
            last_now: None,
            passes_at_last_now: 0,
            open_pass: None,
            next_seq: 1,
            day: String::new(),
            day_notional: Usd::ZERO,
            equity: Usd::ZERO,
            day_open_equity: Usd::ZERO,
            fewest_cash: Usd::ZERO,
            most_cash: Usd::ZERO,
            successor: None,
            brake: None,
            real: None,
        }
    }

    /// True once its starting cash was booked, of a real account even where that was nothing.
    pub fn is_opened(&self) -> bool {
        let has_claims = self.real.as_ref().is_some_and(|real| !real.cash.is_empty());
        self.funded.is_positive() || self.last_now.is_some() || has_claims
    }
}

/// A row of the `runs` table: a pass, or a plan with the pass that admitted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Run {
    /// One trip of the flow.
    Pass {
        /// Its name.
        id: PassId,
        /// Its one reading of the clock.
        now: Time,
        /// Digest of what it observed.
        world: Digest,
        /// True once it ended.
        closed: bool,
    },
    /// One plan file.
    Plan {
        /// Its name.
        id: RunId,
        /// The pass that admitted it.
        pass: PassId,
        /// When.
        now: Time,
        /// Paper or real.
        mode: Mode,
        /// How often the runId was taken in.
        attempt: u32,
        /// True once the operator stopped it: another content may then be admitted under the runId.
        stopped: bool,
        /// Its digest.
        digest: Digest,
        /// What the digest covers.
        canonical: String,
        /// The file's name.
        file: String,
        /// How many trades it has.
        trades: u32,
    },
}

impl Run {
    /// The row's key within its account.
    pub fn key(&self) -> &str {
        match self {
            Self::Pass { id, .. } => id.as_str(),
            Self::Plan { id, .. } => id.as_str(),
        }
    }
}

/// Our picture of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Cash and counters.
    pub account: Account,
    /// Orders that have not ended, and those that ended in this pass.
    pub orders: BTreeMap<OrderId, Order>,
    /// Positions that are not flat, and those touched in this pass.
    pub positions: BTreeMap<(ConditionId, Outcome), Position>,
    /// The paper matcher's memory of the markets that matter now.
    pub paper: BTreeMap<ConditionId, PaperMarket>,
    /// The plans and passes that this pass asks about, by key.
    pub runs: BTreeMap<String, Run>,
    /// Real: fills whose settlement is not final or whose fee is still to be read, and those that this pass asks about.
    pub fills: BTreeMap<FillKey, Booked>,
}

impl State {
    /// The picture of an account that has seen nothing.
    pub const fn new(id: AccountId) -> Self {
        Self {
            account: Account::new(id),
            orders: BTreeMap::new(),
            positions: BTreeMap::new(),
            paper: BTreeMap::new(),
            runs: BTreeMap::new(),
            fills: BTreeMap::new(),
        }
    }

    /// Cash promised to orders.
    pub fn reserved(&self) -> Usd {
        self.orders.values().map(|order| order.reserve).sum()
    }

    /// Cash that is not promised, and not the proceeds of sales that may yet fail.
    pub fn free_cash(&self) -> Usd {
        self.account.cash - self.reserved() - self.unsettled_proceeds()
    }

    /// Shares of a token that no working SELL has promised.
    pub fn free_shares(&self, market: &ConditionId, outcome: Outcome) -> Shares {
        let held = self
            .positions
            .get(&(market.clone(), outcome))
            .map_or(Shares::ZERO, Position::confirmed);
        let promised: Shares = self
            .orders
            .values()
            .filter(|o| o.status.is_working() && o.outcome == Some(outcome))
            .filter(|o| o.trade.side == crate::market::Side::Sell)
            .filter(|o| o.market.as_ref() == Some(market))
            .map(Order::remaining)
            .sum();
        held - promised
    }

    /// Orders with a status, in the order of their names.
    pub fn with_status(&self, status: Status) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(move |order| order.status == status)
    }

    /// Markets that a pass must look at: those with a live order, a position, or a difference with venue or chain.
    pub fn watched(&self) -> BTreeSet<ConditionId> {
        let orders = self.orders.values().filter(|o| !o.status.is_ended());
        let positions = self.positions.values().filter(|p| !p.is_flat());
        // A difference ends when the chain is asked again, also where nothing is held any more.
        let differs = self.account.real.iter().flat_map(|real| &real.differs);
        let differs = differs.filter_map(|(what, _)| match what {
            Subject::Market(market) | Subject::Record { market, .. } => Some(market.clone()),
            Subject::Cash => None,
        });
        orders
            .filter_map(|order| order.market.clone())
            .chain(positions.map(|position| position.market.clone()))
            .chain(differs)
            .collect()
    }

    /// Forgets orders that have ended and runs: what a fold over a long journal need not carry. A fill of which more
    /// is expected may yet change its order.
    pub fn prune(&mut self) {
        self.fills.retain(|_, booked| !booked.is_over());
        let awaited: BTreeSet<&OrderId> = self.fills.keys().map(|key| &key.order).collect();
        self.orders.retain(|id, order| !order.status.is_ended() || awaited.contains(id));
        self.runs.clear();
    }
}
