//! Looking markets and events up in Gamma.

use super::LiveBooks;
use super::name::{EventName, condition_id};
use crate::client::{Call, Route};
use crate::error::{Unknown, Unproven, VenueError, printable};
use crate::wire::clob::ClobMarket;
use crate::wire::gamma::{GammaEvent, GammaMarket, SearchAnswer};
use betteroms_core::market::ConditionId;
use betteroms_core::world::MarketProblem;
use futures_util::StreamExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// Markets asked for in one call: below Gamma's page of 100, and an address of bearable length.
const BATCH: usize = 50;

/// By what markets are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Condition,
    Id,
    Slug,
}

impl Key {
    const fn parameter(self) -> &'static str {
        match self {
            Self::Condition => "condition_ids",
            Self::Id => "id",
            Self::Slug => "slug",
        }
    }

    fn of(self, market: &GammaMarket) -> Option<String> {
        match self {
            Self::Condition => market.condition_id.as_deref().and_then(condition_id),
            Self::Id => Some(market.id.clone()),
            Self::Slug => market.slug.clone(),
        }
    }
}

pub(super) type Found<T> = BTreeMap<String, Result<T, MarketProblem>>;

impl LiveBooks {
    /// Looks markets up by key, open ones first, then among the closed: without being asked for them
    /// Gamma leaves closed markets out (py-sdk#130). Every asked key is in the answer.
    pub(super) async fn gamma_markets(
        &self,
        key: Key,
        wanted: &BTreeSet<String>,
    ) -> Found<GammaMarket> {
        // Owned batches: futures over borrowed ones could not move to another thread.
        let wanted: Vec<String> = wanted.iter().cloned().collect();
        let batches: Vec<Vec<String>> = wanted.chunks(BATCH).map(<[_]>::to_vec).collect();
        let batches = futures_util::stream::iter(batches)
            .map(|batch| async move {
                let answer = self.gamma_batch(key, &batch).await;
                (batch, answer)
            })
            .buffered(self.client.options().parallel)
            .collect::<Vec<_>>()
            .await;
        let mut found = BTreeMap::new();
        for (batch, answer) in batches {
            match answer {
                Err(error) => {
                    let problem = super::unavailable(&error);
                    found.extend(batch.iter().map(|name| (name.clone(), Err(problem.clone()))));
                }
                Ok(mut markets) => found.extend(batch.iter().map(|name| {
                    (name.clone(), markets.remove(name).ok_or(MarketProblem::NotFound))
                })),
            }
        }
        found
    }

    async fn gamma_batch(
        &self,
        key: Key,
        batch: &[String],
    ) -> Result<BTreeMap<String, GammaMarket>, VenueError> {
        let mut found = self.gamma_call(key, batch, false).await?;
        let rest: Vec<String> =
            batch.iter().filter(|name| !found.contains_key(*name)).cloned().collect();
        if !rest.is_empty() {
            found.extend(self.gamma_call(key, &rest, true).await?);
        }
        Ok(found)
    }

    async fn gamma_call(
        &self,
        key: Key,
        batch: &[String],
        closed: bool,
    ) -> Result<BTreeMap<String, GammaMarket>, VenueError> {
        let mut query: Vec<_> = batch.iter().map(|name| (key.parameter(), name.clone())).collect();
        query.push(("closed", closed.to_string()));
        query.push(("limit", BATCH.to_string()));
        let call = Call {
            route: Route::GammaMarkets,
            what: format!("look {} markets up", batch.len()),
            url: format!("{}/markets", self.client.options().hosts.gamma),
            query,
            body: None,
        };
        let markets: Vec<GammaMarket> = self.client.read(&call).await?;
        let mut found = BTreeMap::new();
        for market in markets {
            let name = key.of(&market).unwrap_or_default();
            let refuse = |why| call.unknown(Unknown::Unproven(why));
            if !batch.contains(&name) {
                return Err(refuse(Unproven::WrongMarket(printable(&name, 80))));
            }
            if found.insert(name.clone(), market).is_some() {
                return Err(refuse(Unproven::Twice(format!("market {name}"))));
            }
        }
        Ok(found)
    }

    /// Reads one event with its markets.
    pub(super) async fn gamma_event(&self, name: &EventName) -> Result<GammaEvent, MarketProblem> {
        let gamma = &self.client.options().hosts.gamma;
        let (text, url) = match name {
            EventName::Id(id) => (id, format!("{gamma}/events/{id}")),
            EventName::Slug(slug) => (slug, format!("{gamma}/events/slug/{slug}")),
        };
        let call = Call {
            route: Route::GammaEvents,
            what: format!("show the event {text}"),
            url,
            query: Vec::new(),
            body: None,
        };
        let event: GammaEvent = self.client.read(&call).await.map_err(|error| {
            if error.is_not_found() { MarketProblem::NotFound } else { super::unavailable(&error) }
        })?;
        let told = match name {
            EventName::Id(_) => Some(event.id.as_str()),
            EventName::Slug(_) => event.slug.as_deref(),
        };
        if told != Some(text) {
            let why = Unproven::WrongMarket(printable(told.unwrap_or_default(), 80));
            return Err(super::unbelieved(&call.what, why));
        }
        Ok(event)
    }

    /// What the matching engine goes by for a market; `None` while the CLOB does not know it, which can
    /// last for minutes after Gamma lists it (venue.md 5.4).
    pub(super) async fn clob_market(
        &self,
        condition: &ConditionId,
    ) -> Result<Option<ClobMarket>, VenueError> {
        let call = Call {
            route: Route::ClobMarkets,
            what: format!("show the parameters of {condition}"),
            url: format!("{}/clob-markets/{condition}", self.client.options().hosts.clob),
            query: Vec::new(),
            body: None,
        };
        match self.client.read(&call).await {
            Ok(market) => Ok(Some(market)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Searches open events by words.
    pub(super) async fn gamma_search(&self, text: &str) -> Result<Vec<GammaEvent>, VenueError> {
        let call = Call {
            route: Route::GammaSearch,
            what: "search".to_owned(),
            url: format!("{}/public-search", self.client.options().hosts.gamma),
            query: vec![
                ("q", text.to_owned()),
                ("limit_per_type", "20".to_owned()),
                ("events_status", "active".to_owned()),
            ],
            body: None,
        };
        self.client.read::<SearchAnswer>(&call).await.map(|answer| answer.events)
    }
}
