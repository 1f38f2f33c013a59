//! Who supplies markets, books and prints: a recording or the live venue. Either promises that nothing
//! after `now` is reachable through it.

use crate::recording::Recording;
use anyhow::Result;
use betteroms_core::market::ConditionId;
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::{MarketProblem, MarketView, Watch};
use betteroms_polymarket::LiveBooks;
use std::collections::BTreeMap;

/// What market references lead to, keyed as [`MarketRef`] prints them.
pub type Resolved = BTreeMap<String, Result<ConditionId, MarketProblem>>;

/// A source of markets and books as of an instant.
#[expect(async_fn_in_trait, reason = "used with a type parameter in one thread, never boxed")]
pub trait Books {
    /// Looks up market references. A reference that cannot be looked up is a problem, never missing.
    ///
    /// # Errors
    /// When the source as a whole cannot be used.
    async fn resolve(&mut self, names: &[MarketRef]) -> Result<Resolved>;

    /// Observes markets as of `now`. A market that cannot be read now is named with its cause: its
    /// trades wait.
    ///
    /// # Errors
    /// When the source as a whole cannot be used.
    async fn observe(&mut self, watches: &[Watch], now: Time) -> Result<Observed>;
}

/// What was observed of the watched markets; each is in one of the two.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Markets as read.
    pub views: Vec<MarketView>,
    /// Markets that could not be read, and why.
    pub unread: BTreeMap<ConditionId, String>,
}

impl Books for Recording {
    async fn resolve(&mut self, names: &[MarketRef]) -> Result<Resolved> {
        let found = names.iter().map(|name| {
            let market = Self::resolve(self, name).map(|market| market.condition);
            (name.to_string(), market)
        });
        Ok(found.collect())
    }

    async fn observe(&mut self, watches: &[Watch], now: Time) -> Result<Observed> {
        Ok(Observed { views: Self::observe(self, watches, now)?, unread: BTreeMap::new() })
    }
}

impl Books for LiveBooks {
    async fn resolve(&mut self, names: &[MarketRef]) -> Result<Resolved> {
        let found = Self::resolve(self, names).await;
        Ok(found.into_iter().map(|(name, market)| (name, market.map(|m| m.condition))).collect())
    }

    async fn observe(&mut self, watches: &[Watch], now: Time) -> Result<Observed> {
        let observed = Self::observe(self, watches, now).await;
        for remark in &observed.remarks {
            tracing::warn!("{remark}");
        }
        let unread = observed.problems.into_iter().map(|(id, problem)| (id, why_unread(problem)));
        Ok(Observed { views: observed.views, unread: unread.collect() })
    }
}

/// Why a market that is known by its id could not be read, for the operator.
pub(crate) fn why_unread(problem: MarketProblem) -> String {
    match problem {
        MarketProblem::Unavailable { cause } => cause,
        MarketProblem::NotFound => "the venue no longer knows it".to_owned(),
        MarketProblem::Several { .. } => "its id names several markets".to_owned(),
    }
}
