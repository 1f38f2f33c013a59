//! Turns a recorded set (`shared/data/INDEX.md`) into a recording (`shared/rules.md` 6).
//!
//! Each set has its reader (`d1`, `d2`, `d4`) that yields markets and events; everything after that is
//! the same for all: select, order, find the ticks, apply `--assume`, choose the start, write.
//! Import reads no clock, no environment and no thread count: equal input gives equal bytes.

mod assume;
mod d1;
mod d2;
mod d4;
mod prepare;

use super::error::RecordingError;
use super::manifest::{Manifest, MarketEntry, Sourced};
use super::rows::Event;
use super::write::{Draft, Progress};
use betteroms_core::market::{FeeSchedule, Resolution};
use betteroms_core::money::Fraction;
use betteroms_core::time::Time;
use std::path::{Path, PathBuf};

/// The sets that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// BTC 15-minute markets, 20 levels about once a second (CC BY 4.0).
    D1,
    /// One day of MLB markets, full depth about once a minute.
    D2,
    /// Crypto up-or-down markets with prints and receive times.
    D4,
}

impl std::str::FromStr for Set {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "d1" => Ok(Self::D1),
            "d2" => Ok(Self::D2),
            "d4" => Ok(Self::D4),
            _ => Err(format!("{text} is no set that can be imported; there are d1, d2 and d4")),
        }
    }
}

/// What to import and how much of it.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The set the source folder holds.
    pub set: Set,
    /// TOML or JSON with what the source lacks.
    pub assume: Option<PathBuf>,
    /// Only these markets, by slug or condition; empty for all.
    pub markets: Vec<String>,
    /// Only events at or after this venue time.
    pub from: Option<Time>,
    /// Only events at or before this venue time.
    pub to: Option<Time>,
    /// Keep one book per outcome and so many seconds: the first of each interval.
    pub every_secs: Option<u32>,
    /// The recording's start; by default the first whole second at which two markets have a book.
    pub start: Option<Time>,
    /// The recording's name; by default the set's.
    pub name: Option<String>,
}

impl ImportOptions {
    /// All of a set, with nothing assumed beyond the rules.
    pub const fn whole(set: Set) -> Self {
        Self {
            set,
            assume: None,
            markets: Vec::new(),
            from: None,
            to: None,
            every_secs: None,
            start: None,
            name: None,
        }
    }
}

/// Imports a set from its folder into a new folder and returns the manifest written there. `out`
/// must not exist or be empty; it appears whole or not at all.
///
/// # Errors
/// On a source that is not the set, a value that is not exact, or a folder that cannot be written.
pub fn import(
    source: &Path,
    out: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Manifest, RecordingError> {
    let draft = Draft::begin(out)?;
    let mut set = match options.set {
        Set::D1 => d1::read(source)?,
        Set::D2 => d2::read(source)?,
        Set::D4 => d4::read(source)?,
    };
    prepare::select(&mut set, options)?;
    prepare::order(&mut set, options.every_secs);
    if let Some(file) = &options.assume {
        assume::Assumptions::read(file)?.apply(&mut set)?;
    }
    let (start, end) = prepare::span(&mut set, options.start)?;

    let mut about = Manifest { start, end, ..Manifest::empty() };
    about.name = options.name.clone().unwrap_or(set.name);
    (about.licence, about.credit) = (set.licence, set.credit);
    (about.source, about.notes) = (set.source, set.notes);
    let markets = set.markets.into_iter().map(|market| (market.entry, market.events));
    draft.write(about, markets.collect(), progress)
}

/// A set as its reader found it.
struct SourceSet {
    name: String,
    licence: String,
    credit: String,
    source: String,
    notes: Vec<String>,
    markets: Vec<SourceMarket>,
}

/// One market of a source: its entry without files, and its events.
struct SourceMarket {
    entry: MarketEntry,
    events: Vec<Event>,
    /// What index 0 paid, where it becomes visible only at the recording's end.
    payout_at_end: Option<Fraction>,
}

impl SourceMarket {
    fn is_named(&self, name: &str) -> bool {
        self.entry.condition.as_str() == name || self.entry.slug == name
    }
}

/// A fee curve with exponent 1 and a rate in hundredths.
fn fee_percent(percent: u32) -> Option<Sourced<FeeSchedule>> {
    let rate = Fraction::from_micros(percent.saturating_mul(10_000))?;
    Some(Sourced::assumed(FeeSchedule { rate, exponent: Some(1) }))
}

/// A result whose time, at least, is assumed.
const fn assumed_result(at: Time, payout_first: Fraction) -> Option<Sourced<Resolution>> {
    Some(Sourced::assumed(Resolution { at, payout_first }))
}
