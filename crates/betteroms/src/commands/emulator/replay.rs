//! A recording's markets on an emulated venue, and its books and prints as the venue's feed.

use crate::recording::{Event, MarketEntry, Recording, RecordingError, Stream};
use betteroms_core::market::{ConditionId, Gate, Market};
use betteroms_core::time::Time;
use betteroms_emulator::feed::{Feed, FeedEvent};
use betteroms_emulator::ledger::MarketIx;
use betteroms_emulator::script::{derived_ids, is_condition};
use betteroms_emulator::venue::Venue;
use betteroms_emulator::venue::market::Listing;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What became of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// The recording's name.
    pub name: String,
    /// Its last event.
    pub end: Time,
    /// Slugs of markets whose condition or tokens are not the venue's in the recording: theirs are made.
    pub renamed: Vec<String>,
}

/// Lists a recording's markets and lets the venue follow their books, prints, ticks, ends and results from
/// its present time on. All happen at the venue's recorded time, whenever the recorder heard of them.
///
/// # Errors
/// On a damaged file among those that tell what is in force now, or a market the venue does not take.
pub fn replay(recording: &Arc<Recording>, venue: &mut Venue) -> anyhow::Result<Replayed> {
    let manifest = recording.manifest();
    let mut replayed =
        Replayed { name: manifest.name.clone(), end: manifest.end, renamed: Vec::new() };
    let mut feed = Feed::new();
    for entry in &manifest.markets {
        let market = market(entry, venue, &mut replayed.renamed);
        let event = entry.event.clone().map(|slug| (slug.clone(), slug));
        let ix = venue.list(Listing { event, ..Listing::plain(market) })?;
        let stream = recording.stream(&entry.condition, venue.now())?;
        if let Some(first) = stream.next_time() {
            feed.add(first, lane(stream, ix));
        }
    }
    venue.follow(feed);
    Ok(replayed)
}

/// The market as it was before anything happened, under ids that orders can be signed for.
fn market(entry: &MarketEntry, venue: &mut Venue, renamed: &mut Vec<String>) -> Market {
    let (condition, tokens) = derived_ids(venue.names(), &entry.slug);
    let is_token = |token: &String| {
        !token.is_empty() && token.len() <= 78 && token.bytes().all(|b| b.is_ascii_digit())
    };
    let keeps_condition = is_condition(entry.condition.as_str());
    let keeps_tokens = entry.tokens.value.iter().all(is_token);
    if !keeps_condition || !keeps_tokens {
        renamed.push(entry.slug.clone());
    }
    let id = if keeps_condition { ConditionId::new(entry.condition.as_str()) } else { condition };
    Market {
        condition: id,
        slug: entry.slug.clone(),
        question: entry.question.clone(),
        outcomes: entry.outcomes.value.clone(),
        tokens: if keeps_tokens { entry.tokens.value.clone() } else { tokens },
        tick: entry.tick.value,
        min_size: entry.min_size.value,
        fee: entry.fee.as_ref().map(|fee| fee.value),
        category: entry.category.clone(),
        neg_risk: entry.neg_risk,
        gate: Gate::Accepting,
        close: entry.close.as_ref().map(|close| close.value),
        resolution: entry.resolution.as_ref().map(|result| result.value),
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

/// A market's events as the venue takes them; it ends where the recording cannot be read on.
fn lane(
    stream: Stream,
    market: MarketIx,
) -> impl Iterator<Item = (Time, FeedEvent)> + Send + 'static {
    let readable = stream.map_while(|read| match read {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::error!("the recording ends here: {error}");
            None
        }
    });
    readable.filter_map(move |(at, event)| {
        let event = match event {
            Event::Tick(change) => FeedEvent::Tick(market, change.tick),
            Event::Print(print) => FeedEvent::Print {
                market,
                outcome: print.outcome,
                taker: print.taker,
                price: print.price,
                size: print.size,
            },
            Event::Book(book) => match book.into_book() {
                Ok(book) => FeedEvent::Book(market, Box::new(book)),
                Err(error) => {
                    tracing::warn!("a recorded book is left out: {error}");
                    return None;
                }
            },
        };
        Some((at, event))
    })
}

const _: fn() = || {
    // The venue lives behind a lock that threads share, and its feed with it.
    fn sendable<T: Send>() {}
    sendable::<Stream>();
    sendable::<RecordingError>();
};
