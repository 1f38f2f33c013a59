//! The rows of a recording's files and the events they spell: one flat table, documented in
//! `docs/recordings.md`. A `book` row is followed by its `level` rows; everything is ordered by time.

use super::error::RecordingError;
use betteroms_core::book::{Book, BookError, Level, Print};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Tick};
use betteroms_core::time::Time;

pub(super) const BOOK: i32 = 0;
pub(super) const LEVEL: i32 = 1;
pub(super) const PRINT: i32 = 2;
pub(super) const TICK: i32 = 3;

/// One recorded fact about a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The price step became finer.
    Tick(TickChange),
    /// A public trade.
    Print(Print),
    /// A whole book as one token shows it.
    Book(TokenBook),
}

/// A change of a market's price step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickChange {
    /// The venue's time.
    pub at: Time,
    /// When the recorder knew.
    pub received: Time,
    /// The step from then on.
    pub tick: Tick,
}

/// A book in the terms of the token it was recorded for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBook {
    /// The token's outcome.
    pub outcome: Outcome,
    /// The venue's time.
    pub at: Time,
    /// When it reached the recorder; equal to `at` where that is not recorded.
    pub received: Time,
    /// Bids, best first.
    pub bids: Vec<Level>,
    /// Asks, best first.
    pub asks: Vec<Level>,
}

impl TokenBook {
    /// The book in index-0 terms.
    ///
    /// # Errors
    /// On a price that stands twice on a side, or a negative size.
    pub fn into_book(self) -> Result<Book, BookError> {
        Book::from_view(self.outcome, (self.at, self.received), self.bids, self.asks)
    }
}

impl Event {
    /// The venue's time of the event.
    pub const fn at(&self) -> Time {
        match self {
            Self::Tick(change) => change.at,
            Self::Print(print) => print.at,
            Self::Book(book) => book.at,
        }
    }

    /// When the recorder knew it.
    pub const fn received(&self) -> Time {
        match self {
            Self::Tick(change) => change.received,
            Self::Print(print) => print.received,
            Self::Book(book) => book.received,
        }
    }

    /// The order of events of one market: time, then ticks, prints, books; index 0 first.
    pub(super) const fn rank(&self) -> (Time, usize) {
        match self {
            Self::Tick(change) => (change.at, 0),
            Self::Print(print) => (print.at, 1),
            Self::Book(book) => (book.at, 2 + book.outcome.index()),
        }
    }

    /// How many rows the event takes.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Tick(_) | Self::Print(_) => 1,
            Self::Book(book) => book.bids.len().saturating_add(book.asks.len()).saturating_add(1),
        }
    }
}

/// A run of rows, column by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) time: Vec<i64>,
    pub(super) received: Vec<i64>,
    pub(super) kind: Vec<i32>,
    pub(super) outcome: Vec<i32>,
    pub(super) side: Vec<i32>,
    pub(super) price: Vec<i32>,
    pub(super) size: Vec<i64>,
}

/// What differs from row to row within one event.
struct Cell {
    kind: i32,
    outcome: Outcome,
    side: Side,
    price: u32,
    size: Shares,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.time.len()
    }

    /// Appends the rows of an event.
    pub(super) fn push(&mut self, event: &Event) {
        let when = (event.at(), event.received());
        let cell = |kind, outcome, side, price, size| Cell { kind, outcome, side, price, size };
        match event {
            Event::Tick(change) => {
                let tick = change.tick.micros();
                self.append(when, &cell(TICK, Outcome::First, Side::Buy, tick, Shares::ZERO));
            }
            Event::Print(p) => {
                self.append(when, &cell(PRINT, p.outcome, p.taker, p.price.micros(), p.size));
            }
            Event::Book(book) => {
                self.append(when, &cell(BOOK, book.outcome, Side::Buy, 0, Shares::ZERO));
                for (side, levels) in [(Side::Buy, &book.bids), (Side::Sell, &book.asks)] {
                    for level in levels {
                        let price = level.price.micros();
                        self.append(when, &cell(LEVEL, book.outcome, side, price, level.size));
                    }
                }
            }
        }
    }

    fn append(&mut self, (at, received): (Time, Time), cell: &Cell) {
        self.time.push(at.micros());
        self.received.push(received.micros());
        self.kind.push(cell.kind);
        self.outcome.push(i32::from(cell.outcome == Outcome::Second));
        self.side.push(i32::from(cell.side == Side::Sell));
        self.price.push(i32::try_from(cell.price).expect("a price is below a million"));
        self.size.push(cell.size.micros());
    }

    /// Checks every row, so that reading one later cannot go wrong.
    pub(super) fn check(&self, file: &str) -> Result<(), RecordingError> {
        for row in 0..self.len() {
            if let Err(what) = self.check_row(row) {
                let at = self.time.get(row).copied().map(Time::from_micros).unwrap_or_default();
                return Err(RecordingError::rows(file, format!("{what}, in the row of {at}")));
            }
        }
        Ok(())
    }

    fn check_row(&self, row: usize) -> Result<(), &'static str> {
        let before = row.checked_sub(1);
        if before.is_some_and(|b| self.time[b] > self.time[row]) {
            return Err("time goes backwards");
        }
        if !(0..=1).contains(&self.outcome[row]) || !(0..=1).contains(&self.side[row]) {
            return Err("an outcome or side is neither 0 nor 1");
        }
        let (price, size) = (self.price[row], self.size[row]);
        let is_price = (1..1_000_000).contains(&price);
        match self.kind[row] {
            BOOK if price != 0 || size != 0 => Err("a book row has a price or size"),
            BOOK => Ok(()),
            LEVEL | PRINT if !is_price => Err("a price is not between 0 and 1"),
            LEVEL | PRINT if size <= 0 => Err("a size is not positive"),
            LEVEL if !before.is_some_and(|b| self.same_book(b, row)) => {
                Err("a level stands without its book")
            }
            LEVEL | PRINT => Ok(()),
            TICK if !is_price || size != 0 => Err("a tick is not between 0 and 1"),
            TICK => Ok(()),
            _ => Err("a row is of no known kind"),
        }
    }

    fn same_book(&self, before: usize, row: usize) -> bool {
        matches!(self.kind[before], BOOK | LEVEL)
            && self.time[before] == self.time[row]
            && self.received[before] == self.received[row]
            && self.outcome[before] == self.outcome[row]
    }

    pub(super) fn outcome_at(&self, row: usize) -> Outcome {
        if self.outcome[row] == 0 { Outcome::First } else { Outcome::Second }
    }

    fn side_at(&self, row: usize) -> Side {
        if self.side[row] == 0 { Side::Buy } else { Side::Sell }
    }

    fn price_at(&self, row: usize) -> Price {
        let micros = u32::try_from(self.price[row]).ok();
        micros.and_then(Price::from_micros).expect("rows are checked when read")
    }

    /// The venue's time and the receive time of a row.
    pub(super) fn when(&self, row: usize) -> (Time, Time) {
        (Time::from_micros(self.time[row]), Time::from_micros(self.received[row]))
    }

    /// The event that begins at a row of checked rows; `None` in the middle of a book.
    pub(super) fn event(&self, row: usize) -> Option<Event> {
        let (at, received) = self.when(row);
        match self.kind[row] {
            TICK => Some(Event::Tick(TickChange {
                at,
                received,
                tick: self.price_at(row).try_into().expect("every price is a step"),
            })),
            PRINT => Some(Event::Print(Print {
                at,
                received,
                outcome: self.outcome_at(row),
                taker: self.side_at(row),
                price: self.price_at(row),
                size: Shares::from_micros(self.size[row]),
                tx: None,
            })),
            BOOK => Some(Event::Book(self.book(row))),
            _ => None,
        }
    }

    fn book(&self, row: usize) -> TokenBook {
        let (at, received) = self.when(row);
        let outcome = self.outcome_at(row);
        let mut book = TokenBook { outcome, at, received, bids: Vec::new(), asks: Vec::new() };
        let mut next = row.saturating_add(1);
        while self.kind.get(next) == Some(&LEVEL) {
            let size = Shares::from_micros(self.size[next]);
            let level = Level { price: self.price_at(next), size };
            match self.side_at(next) {
                Side::Buy => book.bids.push(level),
                Side::Sell => book.asks.push(level),
            }
            next = next.saturating_add(1);
        }
        book
    }
}
