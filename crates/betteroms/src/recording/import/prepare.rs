//! What happens to a set between reading and writing: selection, order, ticks, start and end.

use super::super::error::RecordingError;
use super::super::rows::{Event, TickChange, TokenBook};
use super::{ImportOptions, SourceMarket, SourceSet, assumed_result};
use betteroms_core::book::Level;
use betteroms_core::market::Outcome;
use betteroms_core::money::Tick;
use betteroms_core::time::Time;
use std::collections::BTreeMap;

/// Builds a token's book, best levels first and without empty ones.
pub(super) fn token_book(
    (outcome, place): (Outcome, &str),
    (at, received): (Time, Time),
    mut bids: Vec<Level>,
    mut asks: Vec<Level>,
) -> Result<TokenBook, RecordingError> {
    bids.retain(|level| level.size.is_positive());
    asks.retain(|level| level.size.is_positive());
    bids.sort_unstable_by_key(|level| std::cmp::Reverse(level.price));
    asks.sort_unstable_by_key(|level| level.price);
    for side in [&bids, &asks] {
        let twice = side.windows(2).find(|pair| matches!(pair, [a, b] if a.price == b.price));
        if let Some([level, _]) = twice {
            let sentence = format!("price {} stands twice on one side of the book", level.price);
            return Err(RecordingError::source(place, sentence));
        }
    }
    Ok(TokenBook { outcome, at, received, bids, asks })
}

/// Keeps what the options ask for.
pub(super) fn select(set: &mut SourceSet, options: &ImportOptions) -> Result<(), RecordingError> {
    for name in &options.markets {
        if !set.markets.iter().any(|market| market.is_named(name)) {
            return Err(RecordingError::Request(format!("the source has no market {name}")));
        }
    }
    if !options.markets.is_empty() {
        set.markets.retain(|market| options.markets.iter().any(|name| market.is_named(name)));
    }
    let from = options.from.unwrap_or(Time::from_micros(i64::MIN));
    let to = options.to.unwrap_or(Time::from_micros(i64::MAX));
    for market in &mut set.markets {
        market.events.retain(|event| (from..=to).contains(&event.at()));
    }
    set.markets.retain(|market| !market.events.is_empty());
    if options.from.is_some() || options.to.is_some() {
        let until = |t: Option<Time>| t.map_or_else(|| "its end".to_owned(), |t| t.to_string());
        let since = options.from.map_or_else(|| "its beginning".to_owned(), |t| t.to_string());
        set.notes.push(format!("cut from {since} to {}", until(options.to)));
    }
    Ok(())
}

/// Orders markets by condition and events by time, writes every refinement of the price grid as a
/// tick change, and thins the books where asked.
pub(super) fn order(set: &mut SourceSet, every_secs: Option<u32>) {
    set.markets.sort_by(|a, b| a.entry.condition.cmp(&b.entry.condition));
    for market in &mut set.markets {
        market.events.sort_by_key(Event::rank);
        if let Some(secs) = every_secs {
            thin(&mut market.events, secs);
        }
        let changes = tick_changes(&market.events);
        market.events.extend(changes.into_iter().map(Event::Tick));
        market.events.sort_by_key(Event::rank);
    }
    if let Some(secs) = every_secs {
        set.notes.push(format!("thinned to one book per outcome every {secs} s"));
    }
}

/// Keeps, of each outcome's books, the first in every interval of so many seconds since the epoch.
fn thin(events: &mut Vec<Event>, every_secs: u32) {
    let every = i64::from(every_secs.max(1)).saturating_mul(1_000_000);
    let mut last = BTreeMap::new();
    events.retain(|event| match event {
        Event::Tick(_) | Event::Print(_) => true,
        Event::Book(book) => {
            let interval = book.at.micros().div_euclid(every);
            last.insert(book.outcome.index(), interval) != Some(interval)
        }
    });
}

/// The finest decimal grid that the books have used up to each time, never coarser than a cent. A
/// print is no evidence of the grid: its price may be a mean over several makers.
fn tick_changes(events: &[Event]) -> Vec<TickChange> {
    let mut known = Tick::CENT;
    let mut changes = Vec::new();
    for event in events {
        let Event::Book(book) = event else { continue };
        let finest = book.bids.iter().chain(&book.asks).map(grid).min();
        if let Some(tick) = finest.filter(|tick| *tick < known) {
            known = tick;
            changes.push(TickChange { at: book.at, received: book.received, tick });
        }
    }
    changes
}

fn grid(level: &Level) -> Tick {
    [10_000, 1_000, 100]
        .into_iter()
        .filter_map(Tick::from_micros)
        .find(|tick| level.price.is_on(*tick))
        .unwrap_or(Tick::CENT)
}

/// Chooses where the recording starts, finds where it ends, and places the results that become
/// visible there.
pub(super) fn span(
    set: &mut SourceSet,
    wanted: Option<Time>,
) -> Result<(Time, Time), RecordingError> {
    let nothing = || RecordingError::Request("there is nothing to import in that range".to_owned());
    let events = || set.markets.iter().flat_map(|market| &market.events);
    let first = events().map(Event::received).min().ok_or_else(nothing)?;
    let last = events().map(|e| e.received().max(e.at())).max().ok_or_else(nothing)?;
    for market in &mut set.markets {
        if let Some(payout) = market.payout_at_end {
            market.entry.resolution = assumed_result(last, payout);
        }
    }
    let results = set.markets.iter().filter_map(|m| m.entry.resolution.as_ref());
    let end = results.map(|r| r.value.at).chain([last]).max().unwrap_or(last);
    let start = match wanted {
        None => two_books(&set.markets).unwrap_or(first).min(end),
        Some(start) if (first..=end).contains(&start) => start,
        Some(start) => {
            let sentence = format!("start {start} lies outside the recording, {first} to {end}");
            return Err(RecordingError::Request(sentence));
        }
    };
    Ok((start, end))
}

/// The first whole second at which two open markets have a book that is not too old, else the first
/// at which one has.
fn two_books(markets: &[SourceMarket]) -> Option<Time> {
    let mut books: Vec<(Time, usize)> = Vec::new();
    for (index, market) in markets.iter().enumerate() {
        let of_market = market.events.iter().filter(|e| matches!(e, Event::Book(_)));
        books.extend(of_market.map(|book| (book.received(), index)));
    }
    books.sort_unstable();
    let mut newest: BTreeMap<usize, Time> = BTreeMap::new();
    for (now, index) in &books {
        newest.insert(*index, *now);
        let usable = newest.iter().filter(|(index, received)| {
            markets.get(**index).is_some_and(|market| {
                let entry = &market.entry;
                let age = entry.max_book_age_secs.as_ref().map_or(300, |age| age.value);
                let open = entry.close.as_ref().is_none_or(|close| close.value > *now);
                open && received.plus_secs(i64::from(age)) >= *now
            })
        });
        if usable.count() >= 2 {
            return Some(whole_second(*now));
        }
    }
    books.first().map(|(at, _)| whole_second(*at))
}

fn whole_second(at: Time) -> Time {
    Time::from_secs(at.micros().saturating_add(999_999).div_euclid(1_000_000))
}
