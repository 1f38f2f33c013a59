//! From what the operator wrote to one market.

use super::LiveBooks;
use super::gamma::{Found, Key};
use super::market::{condition_of, market_of};
use super::name::{EventName, Name, Pick};
use crate::wire::gamma::{GammaEvent, GammaMarket};
use betteroms_core::market::Market;
use betteroms_core::plan::MarketRef;
use betteroms_core::world::MarketProblem;
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, BTreeSet};

impl LiveBooks {
    /// Resolves market references; every reference is in the answer, under its text as [`MarketRef`]
    /// prints it. A slug that no market has is tried as an event's. An event of one market is that market;
    /// of several, they are listed.
    pub async fn resolve(
        &self,
        references: &[MarketRef],
    ) -> BTreeMap<String, Result<Market, MarketProblem>> {
        let found = self.look_up(references).await;
        let markets = futures_util::stream::iter(found)
            .map(|(name, found)| async move {
                let market = match found {
                    Ok(gamma) => self.with_clob(&gamma).await,
                    Err(problem) => Err(problem),
                };
                (name, market)
            })
            .buffered(self.client.options().parallel)
            .collect::<Vec<_>>()
            .await;
        markets.into_iter().collect()
    }

    pub(super) async fn with_clob(&self, gamma: &GammaMarket) -> Result<Market, MarketProblem> {
        let what = "describe the market";
        let condition = condition_of(gamma).map_err(|why| super::unbelieved(what, why))?;
        let clob = self.clob_market(&condition).await.map_err(|e| super::unavailable(&e))?;
        market_of(gamma, clob.as_ref(), None).map_err(|why| super::unbelieved(what, why))
    }

    /// Gamma's record for each reference.
    pub(super) async fn look_up(&self, references: &[MarketRef]) -> Found<GammaMarket> {
        let names: BTreeMap<String, Option<Name>> =
            references.iter().map(|r| (r.to_string(), Name::of(r))).collect();
        let mut by = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        let [conditions, ids, slugs] = &mut by;
        for name in names.values().flatten() {
            match name {
                Name::Condition(id) => conditions.insert(id.clone()),
                Name::Id(id) => ids.insert(id.clone()),
                Name::Slug(slug) => slugs.insert(slug.clone()),
                Name::Event { .. } => false,
            };
        }
        let conditions = self.gamma_markets(Key::Condition, conditions).await;
        let ids = self.gamma_markets(Key::Id, ids).await;
        let slugs = self.gamma_markets(Key::Slug, slugs).await;
        let missing = |name: &String| slugs.get(name) == Some(&Err(MarketProblem::NotFound));
        let events: BTreeSet<EventName> = names
            .values()
            .flatten()
            .filter_map(|name| match name {
                Name::Event { event, .. } => Some(event.clone()),
                Name::Slug(slug) if missing(slug) => Some(EventName::Slug(slug.clone())),
                Name::Slug(_) | Name::Condition(_) | Name::Id(_) => None,
            })
            .collect();
        let events = self.events(events).await;
        let of_event = |event: &EventName, pick: Option<&Pick>| match events.get(event) {
            None => Err(MarketProblem::NotFound),
            Some(Err(problem)) => Err(problem.clone()),
            Some(Ok(event)) => pick_from(event, pick),
        };
        let get = |found: &Found<GammaMarket>, name: &String| {
            found.get(name).cloned().unwrap_or(Err(MarketProblem::NotFound))
        };
        let answer = |name: &Name| match name {
            Name::Condition(id) => get(&conditions, id),
            Name::Id(id) => get(&ids, id),
            Name::Slug(slug) if missing(slug) => of_event(&EventName::Slug(slug.clone()), None),
            Name::Slug(slug) => get(&slugs, slug),
            Name::Event { event, pick } => of_event(event, pick.as_ref()),
        };
        let none = Err(MarketProblem::NotFound);
        names
            .into_iter()
            .map(|(text, name)| (text, name.as_ref().map_or_else(|| none.clone(), &answer)))
            .collect()
    }

    async fn events(
        &self,
        names: BTreeSet<EventName>,
    ) -> BTreeMap<EventName, Result<GammaEvent, MarketProblem>> {
        futures_util::stream::iter(names)
            .map(|name| async move {
                let event = self.gamma_event(&name).await;
                (name, event)
            })
            .buffered(self.client.options().parallel)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect()
    }
}

/// The one market of an event that is meant, or the list to choose from: open markets first.
fn pick_from(event: &GammaEvent, pick: Option<&Pick>) -> Result<GammaMarket, MarketProblem> {
    let same = |told: Option<&String>, words: &str| {
        told.is_some_and(|told| told.trim().to_lowercase() == words.to_lowercase())
    };
    let meant: Vec<&GammaMarket> = event
        .markets
        .iter()
        .filter(|market| match pick {
            None => true,
            Some(Pick::Slug(slug)) => market.slug.as_ref() == Some(slug),
            Some(Pick::Words(words)) => {
                same(market.slug.as_ref(), words)
                    || same(market.group_item_title.as_ref(), words)
                    || same(market.question.as_ref(), words)
            }
        })
        .collect();
    match meant.as_slice() {
        [] => Err(MarketProblem::NotFound),
        [one] => Ok(tagged(one, event)),
        _ => {
            let (closed, open): (Vec<_>, Vec<_>) =
                meant.into_iter().partition(|market| market.closed);
            let slugs = open.into_iter().chain(closed).filter_map(|m| m.slug.clone()).collect();
            Err(MarketProblem::Several { slugs })
        }
    }
}

/// The market with the event's tags, from which its category may follow.
fn tagged(market: &GammaMarket, event: &GammaEvent) -> GammaMarket {
    let mut market = market.clone();
    if market.events.is_empty() {
        market.events.push(GammaEvent { markets: Vec::new(), ..event.clone() });
    }
    market
}
