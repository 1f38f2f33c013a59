//! A recording's `manifest.json`: what it is, whom to credit, its markets with every parameter's
//! source, and its files with their digests. `docs/recordings.md` describes it field by field.

use super::error::RecordingError;
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Param, Resolution};
use betteroms_core::money::{Shares, Tick};
use betteroms_core::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The manifest's name in the recording's folder.
pub const MANIFEST: &str = "manifest.json";
/// The format this version writes and reads.
pub const VERSION: u32 = 1;
const FORMAT: &str = "betteroms-recording";

/// The whole manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Always `betteroms-recording`.
    pub format: String,
    /// The format's version.
    pub version: u32,
    /// The recording's name.
    pub name: String,
    /// The licence the data stands under, or that none is stated.
    pub licence: String,
    /// Whom to credit; empty where nobody asks for it.
    pub credit: String,
    /// Where the data came from.
    pub source: String,
    /// What the importer had to decide, for a reader of reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Where a replay begins unless told otherwise.
    pub start: Time,
    /// The last event of any market.
    pub end: Time,
    /// The markets, ordered by condition.
    pub markets: Vec<MarketEntry>,
}

/// Where a parameter's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The venue said it and the source recorded it.
    Venue,
    /// The source lacks it; somebody assumed it.
    Assumed,
}

/// A parameter with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Origin,
}

impl<T> Sourced<T> {
    /// A value that was assumed.
    pub const fn assumed(value: T) -> Self {
        Self { value, source: Origin::Assumed }
    }

    /// A value that the venue gave.
    pub const fn venue(value: T) -> Self {
        Self { value, source: Origin::Venue }
    }
}

/// One market of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarketEntry {
    /// The condition id.
    pub condition: ConditionId,
    /// The slug.
    pub slug: String,
    /// The event's slug, where the market belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The question.
    pub question: String,
    /// Outcome labels, index 0 first; the source tells whether that order is the venue's.
    pub outcomes: Sourced<[String; 2]>,
    /// Token ids, index 0 first.
    pub tokens: Sourced<[String; 2]>,
    /// The price step before the first tick change.
    pub tick: Sourced<Tick>,
    /// The smallest resting size.
    pub min_size: Sourced<Shares>,
    /// The taker fee curve.
    pub fee: Option<Sourced<FeeSchedule>>,
    /// When trading ends.
    pub close: Option<Sourced<Time>>,
    /// The result and when it became visible.
    pub resolution: Option<Sourced<Resolution>>,
    /// How old a book may be, in seconds.
    pub max_book_age_secs: Option<Sourced<u32>>,
    /// True in a neg-risk event.
    pub neg_risk: bool,
    /// The venue's category.
    pub category: Option<String>,
    /// One file per UTC day, in order.
    pub files: Vec<FileEntry>,
}

/// One file of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileEntry {
    /// The path below the recording's folder.
    pub path: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// The file's length.
    pub bytes: u64,
    /// Venue time of the first event.
    pub first: Time,
    /// Venue time of the last event.
    pub last: Time,
    /// When the first of its events to arrive was received.
    pub first_received: Time,
    /// When the last of its events to arrive was received.
    pub last_received: Time,
    /// All rows.
    pub rows: u64,
    /// Books among them.
    pub books: u64,
    /// Prints among them.
    pub prints: u64,
    /// Tick changes among them.
    pub ticks: u64,
}

impl Manifest {
    /// A manifest of the current version, without name, credit, span or markets.
    pub fn empty() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: String::new(),
            licence: String::new(),
            credit: String::new(),
            source: String::new(),
            notes: Vec::new(),
            start: Time::default(),
            end: Time::default(),
            markets: Vec::new(),
        }
    }

    /// Checks what the types cannot.
    pub(super) fn check(&self) -> Result<(), RecordingError> {
        let wrong = |what: String| Err(RecordingError::Manifest(what));
        if self.format != FORMAT {
            return wrong(format!("its format is {:?}, not {FORMAT:?}", self.format));
        }
        if self.version != VERSION {
            let version = self.version;
            return wrong(format!("version {version} is not known here, only {VERSION}"));
        }
        if self.start > self.end {
            return wrong(format!("start {} lies after end {}", self.start, self.end));
        }
        let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
        for market in &self.markets {
            let condition = &market.condition;
            if !names.insert(condition.as_str()) || !names.insert(market.slug.as_str()) {
                return wrong(format!("market {condition} ({}) stands twice", market.slug));
            }
            market.check()?;
            if let Some(file) = market.files.iter().find(|f| !paths.insert(f.path.as_str())) {
                return wrong(format!("file {} stands twice", file.path));
            }
        }
        Ok(())
    }
}

impl MarketEntry {
    /// A market with what the rules assume for every imported set: minimum 5, tick 0.01 until a finer
    /// grid is seen, books at most 300 s old, token ids `condition:index`; no fee schedule, no close,
    /// no result, no files.
    pub fn with_assumptions(condition: &str, slug: &str, labels: [&str; 2]) -> Self {
        Self {
            condition: ConditionId::new(condition),
            slug: slug.to_owned(),
            event: None,
            question: slug.to_owned(),
            outcomes: Sourced::assumed(labels.map(str::to_owned)),
            tokens: Sourced::assumed([format!("{condition}:0"), format!("{condition}:1")]),
            tick: Sourced::assumed(Tick::CENT),
            min_size: Sourced::assumed(Shares::from_units(5)),
            fee: None,
            close: None,
            resolution: None,
            max_book_age_secs: Some(Sourced::assumed(300)),
            neg_risk: false,
            category: None,
            files: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), RecordingError> {
        let condition = &self.condition;
        let wrong = |what: String| Err(RecordingError::Manifest(what));
        if condition.as_str().is_empty() || self.slug.is_empty() {
            return wrong("a market has no condition or no slug".to_owned());
        }
        if !self.min_size.value.is_positive() {
            return wrong(format!("the minimum size of {condition} is not positive"));
        }
        for file in &self.files {
            if !is_plain(&file.path) {
                return wrong(format!("{:?} is not a plain path below the folder", file.path));
            }
            if file.first > file.last || file.first_received > file.last_received {
                return wrong(format!("the times of {} run backwards", file.path));
            }
        }
        if self.files.windows(2).any(|pair| matches!(pair, [a, b] if a.last > b.first)) {
            return wrong(format!("the files of {condition} overlap or are out of order"));
        }
        Ok(())
    }

    /// The market as known at `now`, with the tick that the caller found in the rows.
    pub(super) fn as_of(&self, now: Time, tick: Tick) -> Market {
        let resolution = self.resolution.as_ref().map(|r| r.value).filter(|r| r.at <= now);
        let close = self.close.as_ref().map(|c| c.value);
        let closed = resolution.is_some() || close.is_some_and(|at| at <= now);
        Market {
            condition: self.condition.clone(),
            slug: self.slug.clone(),
            question: self.question.clone(),
            outcomes: self.outcomes.value.clone(),
            tokens: self.tokens.value.clone(),
            tick,
            min_size: self.min_size.value,
            fee: self.fee.as_ref().map(|f| f.value),
            category: self.category.clone(),
            neg_risk: self.neg_risk,
            gate: if closed { Gate::Closed } else { Gate::Accepting },
            close,
            resolution,
            result_recorded: Some(self.resolution.is_some()),
            max_book_age_secs: self.max_book_age_secs.as_ref().map(|m| m.value),
            assumed: self.assumed(),
        }
    }

    /// The parameters that are assumed.
    pub fn assumed(&self) -> BTreeSet<Param> {
        fn origin<T>(sourced: Option<&Sourced<T>>) -> Option<Origin> {
            sourced.map(|s| s.source)
        }
        [
            (Param::Tick, Some(self.tick.source)),
            (Param::MinSize, Some(self.min_size.source)),
            (Param::Fee, origin(self.fee.as_ref())),
            (Param::Close, origin(self.close.as_ref())),
            (Param::Resolution, origin(self.resolution.as_ref())),
            (Param::Tokens, Some(self.tokens.source)),
            (Param::OutcomeOrder, Some(self.outcomes.source)),
            (Param::MaxBookAge, origin(self.max_book_age_secs.as_ref())),
        ]
        .into_iter()
        .filter(|(_, origin)| *origin == Some(Origin::Assumed))
        .map(|(param, _)| param)
        .collect()
    }
}

/// True for `folder/file.ext` made of letters, digits, `.`, `_` and `-`, with no part that begins
/// with a dot: such a path cannot leave the recording's folder.
fn is_plain(path: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    path.len() <= 255
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(legal))
}
