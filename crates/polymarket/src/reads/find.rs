//! What a person asks about markets: search by words, and one market in full.

use super::LiveBooks;
use super::books::{Seen, Wanted};
use crate::error::VenueError;
use crate::wire::gamma::{GammaEvent, GammaMarket};
use betteroms_core::market::Market;
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;

/// An event that matches a search. Texts are the venue's own and not yet fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHit {
    /// The title.
    pub title: String,
    /// The short name in web addresses.
    pub slug: String,
    /// Its open markets.
    pub markets: Vec<MarketHit>,
}

/// A market of an event that matches a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketHit {
    /// The short name, good as `marketId` in a plan.
    pub slug: String,
    /// The question.
    pub question: String,
    /// Outcome labels with Gamma's last price, which may be old.
    pub outcomes: Vec<(String, Option<String>)>,
}

/// One market in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Identity and parameters.
    pub market: Market,
    /// The book, `None` when the venue has none.
    pub seen: Option<Seen>,
    /// The scheduled end. Trading may go on after it.
    pub scheduled_end: Option<Time>,
    /// The event's short name.
    pub event: Option<String>,
}

impl LiveBooks {
    /// Searches open events by words, best match first.
    ///
    /// # Errors
    /// When the venue does not answer.
    pub async fn search(&self, text: &str) -> Result<Vec<EventHit>, VenueError> {
        let events = self.gamma_search(text).await?;
        Ok(events.iter().filter(|event| !event.closed).map(hit).collect())
    }

    /// Reads one market with its book; `now` becomes the book's time of receipt.
    ///
    /// # Errors
    /// When the reference does not lead to one market, or an answer is not believed.
    pub async fn show(&self, reference: &MarketRef, now: Time) -> Result<Shown, MarketProblem> {
        let found = self.look_up(std::slice::from_ref(reference)).await;
        let gamma = found.into_values().next().unwrap_or(Err(MarketProblem::NotFound))?;
        let market = self.with_clob(&gamma).await?;
        let wanted = Wanted { condition: market.condition.clone(), tokens: market.tokens.clone() };
        let seen = if gamma.closed {
            None
        } else {
            self.books(&[wanted], now).await.into_values().next().unwrap_or(Ok(None))?
        };
        // The book's tick and minimum win over the ones the market was described with.
        let market = Market {
            tick: seen.as_ref().and_then(|seen| seen.tick).unwrap_or(market.tick),
            min_size: seen.as_ref().and_then(|seen| seen.min_size).unwrap_or(market.min_size),
            ..market
        };
        Ok(Shown {
            market,
            seen,
            scheduled_end: gamma.end_date.as_deref().and_then(Time::parse),
            event: gamma.events.first().and_then(|event| event.slug.clone()),
        })
    }
}

fn hit(event: &GammaEvent) -> EventHit {
    let open = |market: &&GammaMarket| !market.closed && !market.archived;
    let market = |market: &GammaMarket| {
        let prices = market.outcome_prices.iter().map(|price| Some(price.to_string()));
        let prices = prices.chain(std::iter::repeat(None));
        Some(MarketHit {
            slug: market.slug.clone()?,
            question: market.question.clone().unwrap_or_default(),
            outcomes: market.outcomes.iter().cloned().zip(prices).collect(),
        })
    };
    EventHit {
        title: event.title.clone().unwrap_or_default(),
        slug: event.slug.clone().unwrap_or_default(),
        markets: event.markets.iter().filter(open).filter_map(market).collect(),
    }
}
