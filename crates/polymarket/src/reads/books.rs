//! Books of many markets: batches of 500 tokens, each view judged, the newer view of a market kept.

use super::{AMOUNT_MOST, LiveBooks};
use crate::client::{Call, Route};
use crate::error::{Unknown, Unproven, VenueError, printable};
use crate::reads::name::condition_id;
use crate::wire::Numeral;
use crate::wire::book::{BookAnswer, LevelAnswer};
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{ConditionId, Outcome};
use betteroms_core::money::{PRICE_STEP, Price, Shares, Tick};
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;
use futures_util::StreamExt as _;
use std::collections::BTreeMap;

/// Tokens in one call (venue.md 5.1).
const BATCH: usize = 500;
/// How far the venue's clock may run ahead of ours before its times are not believed.
const AHEAD_MAX_SECS: i64 = 60;

/// A market whose book is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The market.
    pub condition: ConditionId,
    /// Its token ids, index 0 first.
    pub tokens: [String; 2],
}

/// The newest book of a market, and what its answer says about the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The book, in index-0 terms. It may be crossed, stale or empty: the core judges that.
    pub book: Book,
    /// The price step in force.
    pub tick: Option<Tick>,
    /// The smallest size that may rest.
    pub min_size: Option<Shares>,
}

impl LiveBooks {
    /// Reads the books of markets; for each the newer of its two token views, index 0 at equal times.
    /// `received` is the pass's `now`. A market whose tokens the venue leaves out has `None`.
    ///
    /// A view that is not credible spoils its market only; an answer about tokens nobody asked for spoils
    /// its batch.
    pub async fn books(
        &self,
        wanted: &[Wanted],
        received: Time,
    ) -> BTreeMap<ConditionId, Result<Option<Seen>, MarketProblem>> {
        // Owned batches: futures over borrowed ones could not move to another thread.
        let batches: Vec<Vec<Wanted>> = wanted.chunks(BATCH / 2).map(<[_]>::to_vec).collect();
        let batches = futures_util::stream::iter(batches)
            .map(|markets| async move {
                let answers = self.batch(&markets).await;
                (markets, answers)
            })
            .buffered(self.client.options().parallel)
            .collect::<Vec<_>>()
            .await;
        let mut books = BTreeMap::new();
        for (markets, answers) in batches {
            for market in markets {
                let book = match &answers {
                    Err(error) => Err(super::unavailable(error)),
                    Ok(answers) => newest(&market, answers, received)
                        .map_err(|why| super::unbelieved("show its book", why)),
                };
                books.insert(market.condition, book);
            }
        }
        books
    }

    /// One call: answers by token. Tokens the venue does not know are left out by it.
    async fn batch(&self, markets: &[Wanted]) -> Result<BTreeMap<String, BookAnswer>, VenueError> {
        let tokens: Vec<&String> = markets.iter().flat_map(|market| &market.tokens).collect();
        let ask: Vec<_> =
            tokens.iter().map(|token| serde_json::json!({ "token_id": token })).collect();
        let call = Call {
            route: Route::Books,
            what: format!("show the books of {} tokens", tokens.len()),
            url: format!("{}/books", self.client.options().hosts.clob),
            query: Vec::new(),
            body: Some(serde_json::Value::from(ask).to_string()),
        };
        let answers: Vec<BookAnswer> = self.client.read(&call).await?;
        let refuse = |why| call.unknown(Unknown::Unproven(why));
        let mut by_token = BTreeMap::new();
        for answer in answers {
            let token = answer.asset_id.clone();
            if !tokens.contains(&&token) {
                return Err(refuse(Unproven::WrongToken(printable(&token, 80))));
            }
            if by_token.insert(token.clone(), answer).is_some() {
                return Err(refuse(Unproven::Twice(format!("the book of token {token}"))));
            }
        }
        Ok(by_token)
    }
}

fn newest(
    market: &Wanted,
    answers: &BTreeMap<String, BookAnswer>,
    received: Time,
) -> Result<Option<Seen>, Unproven> {
    let [first, second] = &market.tokens;
    let view = |outcome, token: &String| {
        answers.get(token).map(|answer| seen(market, outcome, answer, received)).transpose()
    };
    Ok(match (view(Outcome::First, first)?, view(Outcome::Second, second)?) {
        (Some(first), Some(second)) if second.book.at() > first.book.at() => Some(second),
        (Some(first), _) => Some(first),
        (None, second) => second,
    })
}

/// Judges one view.
///
/// # Errors
/// When it is about another market, or has a price, size or time that cannot be.
fn seen(
    market: &Wanted,
    outcome: Outcome,
    answer: &BookAnswer,
    received: Time,
) -> Result<Seen, Unproven> {
    if condition_id(&answer.market).as_deref() != Some(market.condition.as_str()) {
        return Err(Unproven::WrongMarket(printable(&answer.market, 80)));
    }
    if answer.hash_agrees() == Some(false) {
        tracing::warn!(token = answer.asset_id, "the hash of a book is not the hash of its levels");
    }
    let bad_time = || Unproven::BadTime(answer.timestamp.to_string());
    let millis = answer.timestamp.whole().filter(|millis| *millis > 0).ok_or_else(bad_time)?;
    let at = Time::from_millis(millis);
    if at > received.plus_secs(AHEAD_MAX_SECS) {
        return Err(bad_time());
    }
    let book =
        Book::from_view(outcome, (at, received), levels(&answer.bids)?, levels(&answer.asks)?)
            .map_err(Unproven::BadBook)?;
    let parameter =
        |text: &Numeral| Unproven::BadMarket(format!("{text} is not a tick or minimum"));
    let tick = answer.tick_size.as_ref().map(|told| told.tick().ok_or_else(|| parameter(told)));
    let min_size = answer.min_order_size.as_ref().map(|told| {
        let size = told.shares().filter(|size| (Shares::ZERO..=AMOUNT_MOST).contains(size));
        size.ok_or_else(|| parameter(told))
    });
    Ok(Seen { book, tick: tick.transpose()?, min_size: min_size.transpose()? })
}

fn levels(told: &[LevelAnswer]) -> Result<Vec<Level>, Unproven> {
    // Sums over a side are made in many places: the whole of it is held within bounds here.
    let mut all = Shares::ZERO;
    told.iter()
        .map(|level| {
            let price = price(&level.price)?;
            let size =
                level.size.shares().filter(|size| (Shares::ZERO..=AMOUNT_MOST).contains(size));
            let size = size.filter(|size| {
                all += *size;
                all <= AMOUNT_MOST
            });
            let size = size.ok_or_else(|| Unproven::BadSize(level.size.to_string()))?;
            Ok(Level { price, size })
        })
        .collect()
}

/// A price strictly between 0 and 1 on the finest grid the venue has. Whether it is on the market's own
/// tick is not judged: levels of a coarser or finer epoch can remain after a change (venue.md 3.8).
fn price(told: &Numeral) -> Result<Price, Unproven> {
    told.price()
        .filter(|price| price.micros().is_multiple_of(PRICE_STEP))
        .ok_or_else(|| Unproven::BadPrice(told.to_string()))
}
