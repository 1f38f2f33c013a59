//! What a pass has observed, all of it before any decision: markets, books and prints as of `now`.
//! Whoever supplies it (the live venue, a recording) promises that nothing after `now` is in it.

use crate::book::{Book, Print};
use crate::market::{ConditionId, Market};
use crate::plan::RunId;
use crate::time::Time;
use crate::venue::AccountView;
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
    /// Real: what stands between a decision and the venue; `None` on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// Real: what the venue says of our account; `None` on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountView>,
}

/// What stands between a decision and the real venue: checks that failed, and plans that nobody saw a
/// preview of under these limits. Trades wait for either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Checks that failed, gravest first; new exposure waits for all of them.
    pub shut: Vec<Shut>,
    /// Plans that may not place now, and why, as a code.
    pub unarmed: BTreeMap<RunId, String>,
}

/// A check before trading that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shut {
    /// The check, as a code.
    pub code: String,
    /// What was found, and what to do.
    pub fact: String,
    /// The market it is about; `None` for all.
    pub market: Option<ConditionId>,
    /// True where exits may pass.
    pub lets_exits: bool,
}

impl Gate {
    /// What keeps an order of this plan in this market from being sent; `None` where nothing does.
    pub fn holds(&self, run_id: &RunId, market: &ConditionId, is_exit: bool) -> Option<String> {
        let shut = self.shut.iter().find(|shut| {
            shut.market.as_ref().is_none_or(|one| one == market) && !(is_exit && shut.lets_exits)
        });
        shut.map(|shut| shut.code.clone()).or_else(|| self.unarmed.get(run_id).cloned())
    }
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
