//! How paper answers: a pure model of a venue that we only see in snapshots, `shared/rules.md` §4 to
//! the letter. [`advance()`] works one market's new evidence through our resting orders, [`place()`]
//! answers new orders. Both return facts and change nothing.
//!
//! What it does not know: who stands before us beyond the displayed size, cancels between two books,
//! and anything after the pass's `now`. Where the evidence allows two readings the truth lies
//! between the two bands.
#![deny(clippy::arithmetic_side_effects)]

mod advance;
mod place;
mod prints;
mod queue;
mod walk;

pub use advance::{Advance, advance};
pub use place::{Answer, Refusal, crossing, place};

use crate::book::Book;
use crate::limits::{FillModel, PaperModel};
use crate::market::{Market, Side};
use crate::money::{Fraction, Price, Shares, Tick};
use crate::order::{Track, Tracks};
use crate::state::paper::Amounts;
use crate::time::Time;
use crate::world::MarketView;

/// The three readings of the same evidence, worked one after another and never mixed.
const READINGS: [Reading; 3] = [Reading::Expected, Reading::Fewest, Reading::Most];

/// Which of the three readings a piece of work is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Expected,
    Fewest,
    Most,
}

impl Reading {
    const fn of(self, amounts: &Amounts) -> Shares {
        match self {
            Self::Expected => amounts.expected,
            Self::Fewest => amounts.fewest,
            Self::Most => amounts.most,
        }
    }

    const fn of_mut(self, amounts: &mut Amounts) -> &mut Shares {
        match self {
            Self::Expected => &mut amounts.expected,
            Self::Fewest => &mut amounts.fewest,
            Self::Most => &mut amounts.most,
        }
    }

    const fn track(self, tracks: &Tracks) -> &Track {
        match self {
            Self::Expected => &tracks.expected,
            Self::Fewest => &tracks.fewest,
            Self::Most => &tracks.most,
        }
    }

    const fn track_mut(self, tracks: &mut Tracks) -> &mut Track {
        match self {
            Self::Expected => &mut tracks.expected,
            Self::Fewest => &mut tracks.fewest,
            Self::Most => &mut tracks.most,
        }
    }
}

/// The paper model as it applies to one market now.
#[derive(Clone, Copy, Debug)]
struct Terms {
    fraction: Fraction,
    fill_model: FillModel,
    cushion_ticks: u32,
    tick: Tick,
}

impl Terms {
    fn new(model: &PaperModel, market: &Market) -> Self {
        Self {
            fraction: model.fraction(market.category.as_deref()),
            fill_model: model.fill_model,
            cushion_ticks: model.spread_cushion_ticks,
            tick: market.tick,
        }
    }

    /// Shares of a level that a reading may use before what is already used.
    fn usable(&self, displayed: Shares, reading: Reading) -> Shares {
        let fraction = match reading {
            Reading::Expected | Reading::Most => self.fraction,
            Reading::Fewest => self.fraction.half(),
        };
        displayed.fraction_floor_lot(fraction)
    }

    /// A displayed opposing price as `taker` has to take it; `None` when that leaves (0, 1).
    fn cushioned(&self, displayed: Price, taker: Side) -> Option<Price> {
        match taker {
            Side::Buy => displayed.dearer(self.tick, self.cushion_ticks),
            Side::Sell => displayed.cheaper(self.tick, self.cushion_ticks),
        }
    }
}

/// True when `price` is at or better than `limit` for a taker on `side`.
fn reaches(side: Side, price: Price, limit: Price) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

/// What is wrong with the newest book of a view, if anything: it then changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookFlaw {
    /// There is none.
    Missing,
    /// Too old.
    Stale {
        /// Its age.
        age_secs: i64,
        /// The oldest that counts.
        age_secs_max: u32,
    },
    /// Best bid above best ask.
    Crossed,
}

/// The newest book of a view, if it may be used at `now`. Age counts from when it was received
/// (recorded); `age_secs_max` counts where the source sets no age of its own. Locked is usable.
///
/// # Errors
/// With what makes it unusable.
pub fn usable_book(view: &MarketView, now: Time, age_secs_max: u32) -> Result<&Book, BookFlaw> {
    let book = view.book.as_ref().ok_or(BookFlaw::Missing)?;
    let age_secs_max = view.market.max_book_age_secs.unwrap_or(age_secs_max);
    let age_micros = now.since_micros(book.received());
    if age_micros > i64::from(age_secs_max).saturating_mul(1_000_000) {
        return Err(BookFlaw::Stale { age_secs: age_micros.div_euclid(1_000_000), age_secs_max });
    }
    if book.is_crossed() {
        return Err(BookFlaw::Crossed);
    }
    Ok(book)
}
