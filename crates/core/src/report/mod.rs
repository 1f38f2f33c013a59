//! What happened in one pass, as data: folded from the pass's events, the picture after them and the
//! books it saw. The same values give the same report; nothing in it depends on how long anything
//! took. Text for people is made from it at the edge (`betteroms::render`); its JSON form is
//! documented in `docs/report.md` and versioned by [`VERSION`].

mod attention;
mod build;
mod fold;
mod lines;
mod worth;

pub use build::{Input, order_line, report};
pub use fold::fold;
pub use lines::{
    Attention, CapLine, Cash, Counts, FillLine, MarkSource, OrderLine, Pnl, PositionLine, Totals,
};
pub use worth::equity;

use crate::decide::PlanOutcome;
use crate::event::{AccountId, PassId};
use crate::ledger::Source;
use crate::market::Param;
use crate::money::Usd;
use crate::time::Time;
use crate::venue::Payment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the report's JSON form: raised when a field changes its meaning or goes away.
pub const VERSION: u32 = 1;

/// One pass, told to the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// Whose books.
    pub account: AccountId,
    /// The pass; the last one where several are folded.
    pub pass: PassId,
    /// Its `now`.
    pub now: Time,
    /// How many passes are folded here.
    pub passes: u32,
    /// What needs a person; empty when nothing does.
    pub attention: Vec<Attention>,
    /// Markets that could not be read, by slug or by what the plan calls them, and why.
    pub unread: Vec<(String, String)>,
    /// The plan files it was given, and what became of each.
    pub plans: Vec<PlanOutcome>,
    /// How the trades it dealt with stand.
    pub counts: Counts,
    /// Money moved by its fills.
    pub totals: Totals,
    /// Every trade it dealt with, and every one that still waits or rests.
    pub orders: Vec<OrderLine>,
    /// Its fills.
    pub fills: Vec<FillLine>,
    /// What is used of each cap.
    pub caps: Vec<CapLine>,
    /// What is held, and what was paid out in this pass.
    pub positions: Vec<PositionLine>,
    /// Profit and loss since the account began.
    pub pnl: Pnl,
    /// Cash.
    pub cash: Cash,
    /// Real: what the account's dollars came from and went to, since it began; they add up to its cash.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub books: BTreeMap<Source, Usd>,
    /// Real: what the venue paid by itself in this pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    /// Parameters that the recording assumed, by market slug.
    pub assumed: Vec<(String, BTreeSet<Param>)>,
}
