//! Set D2: one JSON line per full-depth book, `markets.csv` with the results. One token per market is
//! recorded; it becomes index 0.

use super::super::error::RecordingError;
use super::super::exact;
use super::super::manifest::{MarketEntry, Sourced};
use super::super::rows::Event;
use super::prepare::token_book;
use super::{SourceMarket, SourceSet, fee_percent};
use betteroms_core::book::Level;
use betteroms_core::market::Outcome;
use betteroms_core::money::Fraction;
use betteroms_core::time::Time;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

const MARKETS: &str = "markets.csv";

#[derive(Deserialize)]
struct MarketRow {
    condition_id: String,
    token_id: String,
    slug: String,
    game: String,
    first_pitch: String,
    is_winner: String,
}

#[derive(Deserialize)]
struct Line {
    timestamp: String,
    token_id: String,
    condition_id: String,
    bids: String,
    asks: String,
}

#[derive(Deserialize)]
struct LevelText {
    price: String,
    size: String,
}

/// Reads the set from its folder.
pub(super) fn read(dir: &Path) -> Result<SourceSet, RecordingError> {
    let mut markets = read_markets(&dir.join(MARKETS))?;
    for path in book_files(dir)? {
        read_books(&path, &mut markets)?;
    }
    Ok(SourceSet {
        name: "D2: MLB markets before first pitch".to_owned(),
        licence: "none stated: for internal tests only".to_owned(),
        credit: String::new(),
        source: "mlb-l2-2026".to_owned(),
        notes: vec![
            "the source has no receive times: a book counts as received at its venue time".into(),
            "only one token of each market was recorded; it is taken as outcome index 0".into(),
            "results are visible at the recording's end".into(),
        ],
        markets: markets.into_values().map(|(market, _)| market).collect(),
    })
}

/// Markets by condition, each with the token that was recorded.
type Markets = BTreeMap<String, (SourceMarket, String)>;

fn read_markets(path: &Path) -> Result<Markets, RecordingError> {
    let text = std::fs::read(path).map_err(RecordingError::io("reading", path))?;
    let mut markets = Markets::new();
    for (line, row) in csv::Reader::from_reader(text.as_slice()).deserialize().zip(2_u32..) {
        let place = format!("{MARKETS}, line {row}");
        let wrong = |what: String| RecordingError::source(place.clone(), what);
        let line: MarketRow = line.map_err(|e| wrong(e.to_string()))?;
        let close = Time::parse(&line.first_pitch)
            .ok_or_else(|| wrong(format!("{} is no instant", line.first_pitch)))?;
        let payout = match line.is_winner.as_str() {
            "True" => Fraction::ONE,
            "False" => Fraction::from_micros(0).unwrap_or(Fraction::ONE),
            other => return Err(wrong(format!("is_winner is {other}, not True or False"))),
        };
        let id = &line.condition_id;
        let mut entry = MarketEntry::with_assumptions(id, &line.slug, ["Yes", "No"]);
        entry.tokens = Sourced::assumed([line.token_id.clone(), format!("{id}:1")]);
        entry.event = Some(line.game);
        entry.category = Some("sports".to_owned());
        entry.fee = fee_percent(5);
        entry.close = Some(Sourced::assumed(close));
        entry.max_book_age_secs = Some(Sourced::assumed(3_600));
        let market = SourceMarket { entry, events: Vec::new(), payout_at_end: Some(payout) };
        if markets.insert(line.condition_id, (market, line.token_id)).is_some() {
            return Err(wrong("the market stands twice".to_owned()));
        }
    }
    Ok(markets)
}

/// All `books-*.jsonl.zst` by name.
fn book_files(dir: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let entries = std::fs::read_dir(dir).map_err(RecordingError::io("reading", dir))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(RecordingError::io("reading", dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("books-") && name.ends_with(".jsonl.zst") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        let sentence = format!("{} holds no books-*.jsonl.zst", dir.display());
        return Err(RecordingError::Request(sentence));
    }
    Ok(paths)
}

fn read_books(path: &Path, markets: &mut Markets) -> Result<(), RecordingError> {
    let file = File::open(path).map_err(RecordingError::io("reading", path))?;
    let plain = zstd::Decoder::new(file).map_err(RecordingError::io("unpacking", path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for (line, number) in BufReader::new(plain).lines().zip(1_u64..) {
        let line = line.map_err(RecordingError::io("unpacking", path))?;
        let place = format!("{name}, line {number}");
        read_line(&line, &place, markets)?;
    }
    Ok(())
}

fn read_line(line: &str, place: &str, markets: &mut Markets) -> Result<(), RecordingError> {
    let wrong = |what: String| RecordingError::source(place, what);
    let line: Line = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
    let (market, token) = markets
        .get_mut(&line.condition_id)
        .ok_or_else(|| wrong(format!("market {} is not listed", line.condition_id)))?;
    if *token != line.token_id {
        return Err(wrong(format!("token {} is not the market's", line.token_id)));
    }
    let at = Time::parse(&line.timestamp)
        .ok_or_else(|| wrong(format!("{} is no instant", line.timestamp)))?;
    let bids = levels(&line.bids).map_err(wrong)?;
    let asks = levels(&line.asks).map_err(wrong)?;
    let book = token_book((Outcome::First, place), (at, at), bids, asks)?;
    market.events.push(Event::Book(book));
    Ok(())
}

/// Reads a string that holds a JSON array of levels.
fn levels(text: &str) -> Result<Vec<Level>, String> {
    let levels: Vec<LevelText> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    levels
        .iter()
        .map(|l| Ok(Level { price: exact::price(&l.price)?, size: exact::size(&l.size)? }))
        .collect()
}
