//! What a pass asks before it decides: parameters, books and prints of the markets it watches.

use super::LiveBooks;
use super::books::Wanted;
use super::gamma::Key;
use super::market::{condition_of, market_of, tokens_of};
use crate::wire::gamma::GammaMarket;
use betteroms_core::book::Print;
use betteroms_core::market::ConditionId;
use betteroms_core::time::Time;
use betteroms_core::world::{MarketProblem, MarketView, Watch};
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// How far before the last cut prints are read again, in seconds: public trades are complete only 300 s
/// late, and the core tells known ones from new ones (rules.md 4.8).
const OVERLAP_SECS: i64 = 600;

/// Everything a pass learnt. Each watched market is in exactly one of the two lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Markets with parameters, book and prints that are believed.
    pub views: Vec<MarketView>,
    /// Markets that could not be read, and why. Nothing of them may be used in this pass.
    pub problems: BTreeMap<ConditionId, MarketProblem>,
    /// What the operator should know although nothing failed.
    pub remarks: Vec<String>,
}

impl LiveBooks {
    /// Observes the watched markets. `now` is the pass's one reading of the clock and becomes every
    /// book's time of receipt. A book's own time may lie after `now` by as long as the reading takes;
    /// prints after `now` are left to the next pass.
    ///
    /// Safe to repeat: it only reads.
    pub async fn observe(&self, watches: &[Watch], now: Time) -> Observed {
        let mut observed = Observed::default();
        let wanted: BTreeSet<String> =
            watches.iter().map(|watch| watch.condition.as_str().to_lowercase()).collect();
        let mut found = self.gamma_markets(Key::Condition, &wanted).await;
        let mut known = Vec::new();
        for watch in watches {
            let name = watch.condition.as_str().to_lowercase();
            // Taken out: a market watched twice is observed once.
            let Some(gamma) = found.remove(&name) else {
                continue;
            };
            match gamma.and_then(|gamma| identified(watch, gamma)) {
                Ok(pair) => known.push(pair),
                Err(problem) => {
                    observed.problems.insert(watch.condition.clone(), problem);
                }
            }
        }
        let wanted: Vec<Wanted> = known
            .iter()
            .filter(|asked| !asked.gamma.closed)
            .map(|asked| asked.wanted.clone())
            .collect();
        let mut books = self.books(&wanted, now).await;
        let views = futures_util::stream::iter(known)
            .map(|asked| {
                let book = books.remove(&asked.wanted.condition).unwrap_or(Ok(None));
                async move {
                    let view = match book {
                        Ok(seen) => self.view(&asked, seen, now).await,
                        Err(problem) => Err(problem),
                    };
                    (asked.watch.condition, view)
                }
            })
            .buffered(self.client.options().parallel)
            .collect::<Vec<_>>()
            .await;
        for (condition, view) in views {
            match view {
                Ok((view, remark)) => {
                    observed.views.push(view);
                    observed.remarks.extend(remark);
                }
                Err(problem) => {
                    observed.problems.insert(condition, problem);
                }
            }
        }
        observed
    }

    /// Reads the rest of one market and puts it together.
    async fn view(
        &self,
        asked: &Asked,
        seen: Option<super::books::Seen>,
        now: Time,
    ) -> Result<(MarketView, Option<String>), MarketProblem> {
        let condition = &asked.wanted.condition;
        let clob = self.clob_market(condition).await.map_err(|e| super::unavailable(&e))?;
        let market = market_of(&asked.gamma, clob.as_ref(), seen.as_ref())
            .map_err(|why| super::unbelieved("describe the market", why))?;
        let (prints, remark) = self.recent(asked, now).await?;
        Ok((MarketView { market, book: seen.map(|seen| seen.book), prints }, remark))
    }

    /// Prints since the last cut; none are wanted for a market that has not had one.
    async fn recent(
        &self,
        asked: &Asked,
        now: Time,
    ) -> Result<(Vec<Print>, Option<String>), MarketProblem> {
        let Some(last_cut) = asked.watch.last_cut else {
            return Ok((Vec::new(), None));
        };
        let since = last_cut.plus_secs(-OVERLAP_SECS);
        let Wanted { condition, tokens } = &asked.wanted;
        let read = self.prints(condition, tokens, since, now).await;
        let read = read.map_err(|error| super::unavailable(&error))?;
        let remark = (!read.complete).then(|| {
            format!(
                "{condition}: more public trades since {since} than are read in one pass; the oldest are \
                 missing, so resting paper orders may show fewer fills"
            )
        });
        Ok((read.prints, remark))
    }
}

/// A watched market with Gamma's record of it.
struct Asked {
    watch: Watch,
    gamma: GammaMarket,
    wanted: Wanted,
}

fn identified(watch: &Watch, gamma: GammaMarket) -> Result<Asked, MarketProblem> {
    let ids = condition_of(&gamma).and_then(|_| tokens_of(&gamma));
    let tokens = ids.map_err(|why| super::unbelieved("describe the market", why))?;
    // Lower case everywhere: the same id must not name two markets.
    let condition = ConditionId::new(watch.condition.as_str().to_lowercase());
    Ok(Asked { watch: watch.clone(), gamma, wanted: Wanted { condition, tokens } })
}
