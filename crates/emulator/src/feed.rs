//! What happens to the venue from outside, at its own time: recorded books and prints, and what a script
//! says shall happen. A [`Feed`] puts many sources into one order; the venue asks it together with its own
//! agenda, so that everything happens strictly by time.
//!
//! Where the facts come from (files, a script) is not known here. Sources are pulled only when their time
//! comes, so a feed holds one fact of each source.

use crate::ledger::MarketIx;
use crate::venue::Mode;
use alloy_primitives::Address;
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::time::Time;
use std::collections::BTreeSet;
use std::fmt;

/// Something that happens to the venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedEvent {
    /// The price grid of a market changes.
    Tick(MarketIx, Tick),
    /// A public trade: somebody in the crowd takes.
    Print {
        /// The market.
        market: MarketIx,
        /// The token that was traded.
        outcome: Outcome,
        /// The taker's side of it.
        taker: Side,
        /// Its price, in that token's terms.
        price: Price,
        /// Shares.
        size: Shares,
    },
    /// The crowd's book is now this one.
    Book(MarketIx, Box<Book>),
    /// The crowd's part of one level, in index-0 terms; a size of zero takes it away.
    Level(MarketIx, Side, Level),
    /// Trading ends.
    Close(MarketIx),
    /// The result becomes visible: what a share of outcome index 0 pays.
    Resolve(MarketIx, Fraction),
    /// The engine changes its mode.
    Mode(Mode),
    /// Dollars come into a wallet.
    Fund(Address, Usd),
}

/// A source of facts in the order of their times.
type Lane = Box<dyn Iterator<Item = (Time, FeedEvent)> + Send>;

/// A source and what it says next.
struct Source {
    lane: Lane,
    /// `None` until it is pulled the first time.
    head: Option<FeedEvent>,
}

/// Many sources as one: by time, and at equal times in the order in which the sources were added.
#[derive(Default)]
pub struct Feed {
    sources: Vec<Source>,
    /// When each source that is not at its end says something next.
    due: BTreeSet<(Time, usize)>,
}

impl Feed {
    /// A feed that says nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source that says nothing before `first`, and is not asked before then. A fact whose time
    /// lies before the one in front of it happens right after that one.
    pub fn add(
        &mut self,
        first: Time,
        lane: impl Iterator<Item = (Time, FeedEvent)> + Send + 'static,
    ) {
        self.due.insert((first, self.sources.len()));
        self.sources.push(Source { lane: Box::new(lane), head: None });
    }

    /// Puts the sources of another feed behind those of this one.
    pub fn join(&mut self, other: Self) {
        let own = self.sources.len();
        self.due.extend(other.due.into_iter().map(|(at, source)| (at, own.saturating_add(source))));
        self.sources.extend(other.sources);
    }

    /// When the next fact is due, at the earliest: a source that was not asked yet may turn out later.
    pub fn next_time(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the next fact that is due by `until`.
    pub fn take(&mut self, until: Time) -> Option<(Time, FeedEvent)> {
        while let Some(&(at, index)) = self.due.first().filter(|(at, _)| *at <= until) {
            self.due.pop_first();
            let source = self.sources.get_mut(index)?;
            let said = source.head.take();
            if let Some((next, event)) = source.lane.next() {
                source.head = Some(event);
                self.due.insert((next.max(at), index));
            }
            if let Some(event) = said {
                return Some((at, event));
            }
        }
        None
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Feed");
        shown.field("sources", &self.sources.len()).field("next", &self.next_time());
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn fund(cents: i64) -> FeedEvent {
        FeedEvent::Fund(Address::ZERO, Usd::from_micros(cents))
    }

    fn told(feed: &mut Feed, until: i64) -> Vec<(i64, i64)> {
        let until = Time::from_micros(until);
        std::iter::from_fn(|| feed.take(until))
            .map(|(at, event)| {
                let FeedEvent::Fund(_, amount) = event else { panic!("{event:?}") };
                (at.micros(), amount.micros())
            })
            .collect()
    }

    #[test]
    fn sources_interleave_by_time_and_are_pulled_only_when_their_time_comes() {
        let pulled = Arc::new(AtomicUsize::new(0));
        let lane = |times: &'static [(i64, i64)]| {
            let pulled = Arc::clone(&pulled);
            times.iter().map(move |(at, cents)| {
                pulled.fetch_add(1, Ordering::Relaxed);
                (Time::from_micros(*at), fund(*cents))
            })
        };
        let mut feed = Feed::new();
        feed.add(Time::from_micros(2), lane(&[(2, 20), (2, 21), (5, 50), (4, 40)]));
        feed.add(Time::from_micros(1), lane(&[(2, 22), (3, 30)]));
        let mut late = Feed::new();
        late.add(Time::from_micros(100), lane(&[(100, 1)]));
        feed.join(late);
        assert_eq!(feed.next_time(), Some(Time::from_micros(1)));
        assert_eq!(told(&mut feed, 2), [(2, 20), (2, 21), (2, 22)]);
        assert_eq!(told(&mut feed, 4), [(3, 30)]);
        assert_eq!(told(&mut feed, 99), [(5, 50), (5, 40)]);
        assert_eq!(pulled.load(Ordering::Relaxed), 6, "the late source was not asked");
        assert_eq!(feed.next_time(), Some(Time::from_micros(100)));
        assert_eq!(told(&mut feed, 100), [(100, 1)]);
        assert_eq!(feed.next_time(), None);
    }
}
