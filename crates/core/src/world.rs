//! What a pass has observed, all of it before any decision: markets, books and prints as of `now`.
//! Whoever supplies it (the live venue, a recording) promises that nothing after `now` is in it.

use crate::book::{Book, Print};
use crate::market::{ConditionId, Market};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything observed for one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The pass's one reading of the clock.
    pub now: Time,
    /// True when the operator named plan files or folders for this pass, found or not.
    pub plans_named: bool,
    /// Observed markets by condition.
    pub markets: BTreeMap<ConditionId, MarketView>,
    /// What each market reference of the plans resolved to. Keys are as [`MarketRef`] prints them.
    ///
    /// [`MarketRef`]: crate::plan::MarketRef
    pub resolved: BTreeMap<String, Result<ConditionId, MarketProblem>>,
    /// Watched markets that could not be read, and why: their trades wait.
    pub unread: BTreeMap<ConditionId, String>,
}

/// One market as observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketView {
    /// Identity and parameters as of `now`.
    pub market: Market,
    /// The newest book known at `now`, the newer of the two token views; `None` when there is none.
    pub book: Option<Book>,
    /// Prints the pass may know, in any order: those after the last cut, and those that arrived late.
    pub prints: Vec<Print>,
}

/// Why a market reference did not lead to one market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum MarketProblem {
    /// Nothing has that name.
    NotFound,
    /// The name is an event or address of several markets; they are listed by slug.
    Several {
        /// The slugs to choose from.
        slugs: Vec<String>,
    },
    /// The venue could not be asked, or its answer could not be trusted; a later pass may know.
    Unavailable {
        /// What went wrong, for the operator.
        cause: String,
    },
}

/// What a pass asks about one market: how far it has already looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The market.
    pub condition: ConditionId,
    /// The venue time of the last book that moved our paper picture; prints are wanted after it.
    pub last_cut: Option<Time>,
    /// The `now` of the pass that moved it; later arrivals of earlier prints are wanted too.
    pub observed_at: Option<Time>,
}
