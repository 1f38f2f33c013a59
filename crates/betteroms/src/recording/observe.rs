//! What could be known at one instant: the newest book, the prints since the last look, the tick,
//! and nothing that was received later.
//!
//! Files are searched from their end, and row groups whose statistics rule them out are not read:
//! a pass over a market touches one group, plus those that hold prints it has not seen.

use super::Recording;
use super::error::RecordingError;
use super::file::{Group, MarketFile};
use super::manifest::{FileEntry, MarketEntry};
use super::rows::{BOOK, Event, PRINT, Rows, TICK, TickChange, TokenBook};
use betteroms_core::book::Print;
use betteroms_core::market::Outcome;
use betteroms_core::time::Time;
use betteroms_core::world::{MarketView, Watch};

impl Recording {
    /// Observes markets as of `now`, in the order asked: parameters, the newest book received by
    /// `now` (the newer of both token views, index 0 at equal times; it may be stale or crossed),
    /// and the prints that this watch has not seen (rules 4): those after the last cut, and those at
    /// or before it that arrived after the pass that set it. Without a last cut there are none.
    ///
    /// # Errors
    /// On a market the recording does not hold, and on a damaged file.
    pub fn observe(&self, watches: &[Watch], now: Time) -> Result<Vec<MarketView>, RecordingError> {
        watches.iter().map(|watch| self.view(watch, now)).collect()
    }

    fn view(&self, watch: &Watch, now: Time) -> Result<MarketView, RecordingError> {
        let market = self.market(&watch.condition)?;
        let mut look = Look::new(watch, now);
        for entry in market.files.iter().rev() {
            if look.needs_file(entry) {
                look.search(&self.load(entry)?)?;
            }
        }
        look.into_view(market, now)
    }
}

/// The search through one market's files, newest first.
struct Look {
    now: Time,
    /// The last cut, and the `now` of the pass that set it.
    since: Option<(Time, Time)>,
    /// The newest book yet, and the name of its file.
    book: Option<(TokenBook, String)>,
    tick: Option<TickChange>,
    prints: Vec<Print>,
}

impl Look {
    fn new(watch: &Watch, now: Time) -> Self {
        // A cut without its pass cannot tell what came late: only what follows the cut is new.
        let since = watch.last_cut.map(|cut| (cut, watch.observed_at.unwrap_or(now)));
        Self { now, since, book: None, tick: None, prints: Vec::new() }
    }

    fn needs_file(&self, entry: &FileEntry) -> bool {
        let range = Range {
            last: entry.last,
            first_received: entry.first_received,
            last_received: entry.last_received,
        };
        self.is_known(range)
            && ((entry.books > 0 && self.wants_book(range))
                || (entry.prints > 0 && self.wants_prints(range))
                || (entry.ticks > 0 && self.wants_tick(range)))
    }

    fn needs_group(&self, group: &Group) -> bool {
        let range = Range {
            last: Time::from_micros(group.time.1),
            first_received: Time::from_micros(group.received.0),
            last_received: Time::from_micros(group.received.1),
        };
        let special = group.kind_max >= PRINT;
        self.is_known(range)
            && (self.wants_book(range)
                || (special && self.wants_prints(range))
                || (group.kind_max >= TICK && self.wants_tick(range)))
    }

    fn is_known(&self, range: Range) -> bool {
        range.first_received <= self.now
    }

    /// Equal times matter: index 0 wins, and its view may stand in the group before.
    fn wants_book(&self, range: Range) -> bool {
        self.book.as_ref().is_none_or(|(book, _)| range.last >= book.at)
    }

    fn wants_tick(&self, range: Range) -> bool {
        self.tick.is_none_or(|tick| range.last > tick.at)
    }

    fn wants_prints(&self, range: Range) -> bool {
        self.since.is_some_and(|(cut, pass)| range.last > cut || range.last_received > pass)
    }

    fn search(&mut self, file: &MarketFile) -> Result<(), RecordingError> {
        for (index, group) in file.groups.iter().enumerate().rev() {
            if self.needs_group(group) {
                let rows = file.read(index)?;
                self.search_rows(&rows, file.name());
            }
        }
        Ok(())
    }

    fn search_rows(&mut self, rows: &Rows, file: &str) {
        let mut best = self.book.as_ref().map(|(b, _)| (b.at, b.outcome == Outcome::First));
        let mut best_row = None;
        for (row, kind) in rows.kind.iter().enumerate() {
            let (at, received) = rows.when(row);
            if received > self.now {
                continue;
            }
            match *kind {
                BOOK => {
                    let rank = Some((at, rows.outcome_at(row) == Outcome::First));
                    if best < rank {
                        (best, best_row) = (rank, Some(row));
                    }
                }
                PRINT if self.is_new(at, received) => {
                    if let Some(Event::Print(print)) = rows.event(row) {
                        self.prints.push(print);
                    }
                }
                TICK if self.tick.is_none_or(|known| known.at <= at) => {
                    if let Some(Event::Tick(change)) = rows.event(row) {
                        self.tick = Some(change);
                    }
                }
                _ => {}
            }
        }
        if let Some(Event::Book(book)) = best_row.and_then(|row| rows.event(row)) {
            self.book = Some((book, file.to_owned()));
        }
    }

    fn is_new(&self, at: Time, received: Time) -> bool {
        self.since.is_some_and(|(cut, pass)| at > cut || received > pass)
    }

    fn into_view(mut self, market: &MarketEntry, now: Time) -> Result<MarketView, RecordingError> {
        let book = match self.book {
            None => None,
            Some((book, file)) => {
                let at = book.at;
                let wrong = |e| RecordingError::rows(&file, format!("{e}, in the book of {at}"));
                Some(book.into_book().map_err(wrong)?)
            }
        };
        self.prints.sort_by_key(|print| (print.at, print.received));
        let tick = self.tick.map_or(market.tick.value, |change| change.tick);
        Ok(MarketView { market: market.as_of(now, tick), book, prints: self.prints })
    }
}

/// What is known of a file or row group without reading it.
#[derive(Clone, Copy)]
struct Range {
    last: Time,
    first_received: Time,
    last_received: Time,
}
